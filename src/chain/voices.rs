//! All systems for one listener, made ready as they are asked for, and set against each other.
//!
//! Each is built once, however many ask. They make room for noise together, as the systems of one `render` do, so that
//! none is softer than the others because its place is loud.

use super::delivery::Delivery;
use super::programme::Programme;
use super::{Listener, Prepared, Wanted};
use crate::playback::electronics::{Drive, Settings};
use crate::playback::system::System;
use crate::signal::convolve::offline::{Filters, Plan};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A place whose noise, against its music, lies so far below the loudest one's never decides how soft all are: what
/// headphones and the ears' weighting add differs by less. A test holds this for the catalogue.
const LOUD_DB: f64 = 15.0;
/// Devices that are kept at once; the one that has waited longest is given up.
const KEPT: usize = 40;

/// Which device, and at which rate.
#[derive(Clone, Debug, PartialEq)]
struct Which {
    id: String,
    draw: u32,
    rate_hz: f64,
}

/// A device, its filters transformed.
struct Ready {
    prepared: Prepared,
    plan: Plan,
    filters: Arc<Filters>,
    /// How it plays the programmes that were asked for.
    players: Mutex<Vec<(Cast, Arc<Player>)>>,
}

/// What a player is made for: a programme by its number, and what sets it against others.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cast {
    programme: u64,
    like_lufs: Option<f64>,
    softer_db: f64,
}

/// Players of one device that are kept at once.
const CASTS: usize = 16;

type Building = Arc<OnceLock<Result<Ready, String>>>;

/// What plays one system to those who listen.
pub struct Player {
    pub(super) electronics: Settings,
    pub(super) drive: Drive,
    pub(super) delivery: Delivery,
    pub(super) plan: Plan,
    pub(super) filters: Arc<Filters>,
}

/// All systems for one listener.
pub struct Voices {
    systems: Vec<System>,
    listener: Listener,
    wanted: Wanted,
    kept: Mutex<Vec<(Which, Building)>>,
    /// By how much all are softer, by the number of the programme that decides and the draw.
    softer_db: Mutex<Vec<((u64, u32), f64)>>,
}

impl Voices {
    /// Nothing is built yet.
    pub fn new(systems: Vec<System>, listener: Listener, wanted: Wanted) -> Self {
        Voices { systems, listener, wanted, kept: Mutex::default(), softer_db: Mutex::default() }
    }

    /// The systems, in their order.
    pub fn systems(&self) -> &[System] {
        &self.systems
    }

    /// Who listens.
    pub fn listener(&self) -> &Listener {
        &self.listener
    }

    /// How systems shall play.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Builds all systems on all cores, so that none waits later. `go_on` is asked between them.
    pub fn prepare(&self, rate_hz: f64, go_on: impl Fn() -> bool + Sync) {
        self.build(&self.systems.iter().collect::<Vec<_>>(), 0, rate_hz, go_on);
    }

    /// The systems whose noise may be strongest against the music.
    fn loud_places(&self, draw: u32) -> Vec<&System> {
        if !self.listener.noise {
            return Vec::new();
        }
        let over_music_db = |system: &System| {
            let device = system.device(draw);
            let level_db_a = self.wanted.level_db_a.unwrap_or(device.level_db_a);
            device.noise.level_db_c() - level_db_a.min(system.level.greatest_db_a)
        };
        let levels: Vec<(&System, f64)> =
            self.systems.iter().map(|system| (system, over_music_db(system))).collect();
        let greatest = levels.iter().map(|(_, db)| *db).fold(f64::NEG_INFINITY, f64::max);
        levels.into_iter().filter(|(_, db)| *db >= greatest - LOUD_DB).map(|(system, _)| system).collect()
    }

    fn build(&self, systems: &[&System], draw: u32, rate_hz: f64, go_on: impl Fn() -> bool + Sync) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..cores.min(systems.len()) {
                scope.spawn(|| {
                    while let Some(system) = systems.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if !go_on() {
                            return;
                        }
                        // One that cannot be built says so when it is asked for.
                        let _ = self.ready(&Which { id: system.id.clone(), draw, rate_hz }).get();
                    }
                });
            }
        });
    }

    /// By how much all systems are softer with their devices of a draw, so that no place's noise drives the ceiling.
    /// The programme, which is known by its number, is the one that sets the level: let it be the mix. This takes a
    /// while.
    pub fn softer_db(&self, draw: u32, number: u64, programme: &Programme) -> f64 {
        if let Some(known) = self.known_softer_db(draw, number) {
            return known;
        }
        let loud = self.loud_places(draw);
        self.build(&loud, draw, programme.rate_hz, || true);
        let excess_db = |system: &System| {
            let which = Which { id: system.id.clone(), draw, rate_hz: programme.rate_hz };
            let building = self.ready(&which);
            let Some(Ok(ready)) = building.get() else { return 0.0 };
            ready.prepared.playing(programme, &self.wanted).2.noise_excess_db()
        };
        let softer_db = loud.into_iter().map(excess_db).fold(0.0, f64::max);
        self.remembered().push(((number, draw), softer_db));
        softer_db
    }

    /// The same if somebody has asked for it already.
    pub fn known_softer_db(&self, draw: u32, number: u64) -> Option<f64> {
        let is_it = |(of, _): &&((u64, u32), f64)| *of == (number, draw);
        self.remembered().iter().find(is_it).map(|(_, softer_db)| *softer_db)
    }

    fn remembered(&self) -> MutexGuard<'_, Vec<((u64, u32), f64)>> {
        self.softer_db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device of a system as it plays a programme, which is known by its number. It comes out as loud as a programme
    /// of `like_lufs` would, and as its own if none is given; and by `softer_db` softer ([`Voices::softer_db`]).
    ///
    /// # Errors
    /// If there is no such system, or it cannot be built.
    pub fn player(
        &self,
        (id, draw): (&str, u32),
        (number, programme): (u64, &Programme),
        like_lufs: Option<f64>,
        softer_db: f64,
    ) -> Result<Arc<Player>, String> {
        if !self.systems.iter().any(|system| system.id == id) {
            return Err("there is no such system".into());
        }
        let building = self.ready(&Which { id: id.to_owned(), draw, rate_hz: programme.rate_hz });
        let Some(Ok(ready)) = building.get() else {
            let why = building.get().and_then(|built| built.as_ref().err()).cloned();
            return Err(why.unwrap_or_default());
        };
        let cast = Cast { programme: number, like_lufs, softer_db };
        let mut players = ready.players.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, player)) = players.iter().find(|(known, _)| *known == cast) {
            return Ok(Arc::clone(player));
        }
        let wanted = Wanted { like_lufs: like_lufs.or(self.wanted.like_lufs), ..self.wanted };
        let (drive, _, mut delivery) = ready.prepared.playing(programme, &wanted);
        delivery.soften(softer_db);
        let electronics = ready.prepared.electronics().clone();
        let player = Player {
            electronics,
            drive,
            delivery,
            plan: ready.plan.clone(),
            filters: Arc::clone(&ready.filters),
        };
        let player = Arc::new(player);
        if players.len() >= CASTS {
            players.remove(0);
        }
        players.push((cast, Arc::clone(&player)));
        Ok(player)
    }

    /// A device, built by whoever asks first.
    fn ready(&self, which: &Which) -> Building {
        let building = self.building(which);
        building.get_or_init(|| {
            let system = self.systems.iter().find(|system| system.id == which.id);
            let system = system.ok_or("there is no such system")?;
            let device = system.device(which.draw);
            let prepared = Prepared::new(system, device, &self.listener, which.rate_hz)
                .map_err(|error| format!("{}: {error}", which.id))?;
            let plan = Plan::of(prepared.filters());
            let filters = Arc::new(plan.filters(prepared.filters()));
            Ok(Ready { prepared, plan, filters, players: Mutex::default() })
        });
        building
    }

    fn building(&self, which: &Which) -> Building {
        // A thread that panicked here left the list as it was.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, building)) = kept.iter().find(|(known, _)| known == which) {
            return Arc::clone(building);
        }
        if kept.len() >= KEPT {
            // What is in use lives on with those who use it.
            let oldest = kept.iter().position(|(known, _)| known.draw != 0).unwrap_or(0);
            kept.remove(oldest);
        }
        let building = Building::default();
        kept.push((which.clone(), Arc::clone(&building)));
        building
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{Analysis, Voice, make_room};
    use crate::playback::system;
    use crate::signal::level::amplitude_db;

    fn programme(gain: f32) -> Programme {
        let mut analysis = Analysis::new(48_000.0);
        let sound = |by: f32| (0..48_000).map(|n| gain * (n as f32 * by).sin()).collect::<Vec<f32>>();
        let (left, right) = (sound(0.05), sound(0.051));
        analysis.push(&left, &right);
        analysis.finish()
    }

    fn systems() -> Vec<System> {
        ["studio", "car"].map(|id| system::find(id).expect("in the catalogue")).to_vec()
    }

    #[test]
    fn a_loud_place_makes_all_softer_alike_as_in_one_render() {
        [0, 7].into_iter().for_each(a_draw_is_as_in_one_render);
    }

    fn a_draw_is_as_in_one_render(draw: u32) {
        let programme = programme(0.3);
        let listener = Listener::default();
        let voices = Voices::new(systems(), listener.clone(), Wanted::default());
        let mut rendered: Vec<Delivery> = systems()
            .iter()
            .map(|system| {
                let voice =
                    Voice::new(system, system.device(draw), &listener, &programme, &Wanted::default());
                voice.expect("it can be built").0.delivery
            })
            .collect();
        let softer_db = make_room(&mut rendered);
        assert_eq!(voices.known_softer_db(draw, 0), None);
        assert!((voices.softer_db(draw, 0, &programme) - softer_db).abs() < 1e-6, "{softer_db}");
        assert_eq!(voices.known_softer_db(draw, 0), Some(voices.softer_db(draw, 0, &programme)));
        for (system, rendered) in systems().iter().zip(&rendered) {
            let player = voices.player((&system.id, draw), (0, &programme), None, softer_db);
            let player = player.expect("it can be built");
            assert!((player.delivery.noise_excess_db() - rendered.noise_excess_db()).abs() < 1e-3);
            assert!((player.delivery.gain_db() - rendered.gain_db()).abs() < 1e-3, "{}", system.id);
        }
    }

    #[test]
    fn the_strongest_noise_is_among_the_few_that_are_tried() {
        let programme = programme(0.3);
        let listener = Listener::default();
        for level_db_a in [None, Some(60.0)] {
            let wanted = Wanted { level_db_a, ..Wanted::default() };
            let voices = Voices::new(system::catalogue(), listener.clone(), wanted);
            let excess_db = |system: &System| {
                let prepared = Prepared::new(system, system.device(0), &listener, programme.rate_hz);
                let prepared = prepared.expect("it can be built");
                prepared.playing(&programme, &wanted).2.noise_excess_db()
            };
            let of_all = voices.systems.iter().map(excess_db).fold(0.0, f64::max);
            assert!((voices.softer_db(0, 0, &programme) - of_all).abs() < 1e-9, "{of_all}");
            assert!(voices.loud_places(0).len() < voices.systems.len() / 2);
        }
    }

    #[test]
    fn pieces_that_are_compared_come_out_equally_loud() {
        let voices = Voices::new(systems(), Listener::default(), Wanted::default());
        let (loud, soft) = (programme(0.5), programme(0.05));
        let player = |number, programme, like| {
            voices.player(("studio", 0), (number, programme), like, 0.0).expect("it can be built")
        };
        let like = Some(loud.integrated_lufs);
        let by_db = player(1, &soft, like).delivery.gain_db() - player(0, &loud, like).delivery.gain_db();
        assert!((by_db - amplitude_db(10.0)).abs() < 0.1, "{by_db}");
    }

    #[test]
    fn who_asks_twice_gets_the_same() {
        let voices = Voices::new(systems(), Listener::default(), Wanted::default());
        let programme = programme(0.3);
        let ask = || voices.player(("car", 3), (0, &programme), None, 1.0).expect("it can be built");
        let players = std::thread::scope(|scope| {
            let threads = [0; 4].map(|_| scope.spawn(ask));
            threads.map(|thread| thread.join().expect("nobody panicked"))
        });
        assert!(players.iter().all(|player| Arc::ptr_eq(player, &players[0])));
        assert!(voices.player(("moon", 0), (0, &programme), None, 0.0).is_err());
    }
}
