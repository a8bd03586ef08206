//! The shipped song, all systems, and the judge.

use farfield::check::places::place;
use farfield::judge::assess::{Assessment, Setting};
use farfield::judge::finding::Kind;
use farfield::judge::measure::{Measure, Measured};
use farfield::judge::place::Place;
use farfield::judge::report::Reported;
use farfield::judge::stems::Part;
use farfield::judge::thresholds::Thresholds;
use farfield::judge::verdict::Judge;
use farfield::playback::system;
use farfield::signal::biquad::{Band, Memory};
use farfield::source::read_all;
use std::f64::consts::TAU;
use std::sync::OnceLock;

pub(super) type Sound = [Vec<f32>; 2];
pub(super) const RATE_HZ: f64 = 44_100.0;

/// The music that the repository ships: `metal-madness.flac` or one of `stems/`.
pub(super) fn shipped(name: &str) -> Sound {
    let audio = read_all(&crate::root().join("music").join(name), 60.0).expect("it is read");
    audio.planes.try_into().expect("two channels")
}

pub(super) fn measured(sound: &Sound) -> Measured {
    let mut measure = Measure::new(RATE_HZ);
    measure.push(&sound[0], &sound[1]);
    measure.finish()
}

/// The catalogue, computed once.
pub(super) fn places() -> &'static [Place] {
    static PLACES: OnceLock<Vec<Place>> = OnceLock::new();
    PLACES.get_or_init(|| system::catalogue().iter().map(|s| place(s).expect("it can be built")).collect())
}

pub(super) fn on(id: &str) -> &'static Place {
    places().iter().find(|place| place.id == id).expect("it is in the catalogue")
}

pub(super) fn judged(mix: &Sound, stems: &[(&str, &Sound)]) -> Assessment {
    judged_on(places(), mix, stems)
}

pub(super) fn judged_on(places: &[Place], mix: &Sound, stems: &[(&str, &Sound)]) -> Assessment {
    let judge = Judge::new(Thresholds::shipped().expect("a test reads it"), Vec::new()).expect("so is this");
    let stems: Vec<(&str, Measured)> = stems.iter().map(|(name, sound)| (*name, measured(sound))).collect();
    let parts: Vec<Part> =
        stems.iter().map(|(name, measured)| Part { name, measured, gain: 1.0, delay_s: 0.0 }).collect();
    let setting = Setting { places, own: None, parts: &parts, codec_peak_dbtp: None, all: true };
    judge.assess(&measured(mix), &setting)
}

pub(super) fn found(assessment: &Assessment, kind: Kind) -> Option<&Reported> {
    assessment.findings.iter().find(|finding| finding.kind == kind)
}

pub(super) fn severity(assessment: &Assessment, kind: Kind) -> f64 {
    found(assessment, kind).map_or(0.0, |finding| finding.severity)
}

/// Through an equaliser.
pub(super) fn through(sound: &Sound, band: Band) -> Sound {
    let filter = band.at(RATE_HZ);
    sound.clone().map(|plane| {
        let mut memory = Memory::default();
        plane.into_iter().map(|x| memory.step(&filter, f64::from(x)) as f32).collect()
    })
}

/// One sound in another's place between two times, with 50 ms of crossfade.
pub(super) fn between(outside: &Sound, inside: &Sound, from_s: f64, to_s: f64) -> Sound {
    let share = |n: usize| {
        let t = n as f64 / RATE_HZ;
        (((t - from_s) / 0.05).min((to_s - t) / 0.05) + 0.5).clamp(0.0, 1.0) as f32
    };
    let mix = |c: usize| {
        let both = outside[c].iter().zip(&inside[c]).enumerate();
        both.map(|(n, (a, b))| a + share(n) * (b - a)).collect()
    };
    [mix(0), mix(1)]
}

pub(super) fn times(sound: &Sound, left: f32, right: f32) -> Sound {
    [sound[0].iter().map(|x| left * x).collect(), sound[1].iter().map(|x| right * x).collect()]
}

pub(super) fn sum(a: &Sound, b: &Sound) -> Sound {
    std::array::from_fn(|c| a[c].iter().zip(&b[c]).map(|(a, b)| a + b).collect())
}

/// The same again and again, so many seconds of it.
pub(super) fn repeated(sound: &Sound, seconds: f64) -> Sound {
    let frames = (seconds * RATE_HZ) as usize;
    // The whole band, without the break before it and the fade after it.
    let inner = (RATE_HZ * 13.0) as usize..(RATE_HZ * 25.0) as usize;
    sound.clone().map(|plane| plane[inner.clone()].iter().copied().cycle().take(frames).collect())
}

pub(super) fn sine(hz: f64, gain: f64, seconds: f64) -> Vec<f32> {
    (0..(seconds * RATE_HZ) as usize).map(|n| (gain * (TAU * hz * n as f64 / RATE_HZ).sin()) as f32).collect()
}

/// Two unrelated channels of noise with as much in each octave, by a sum of three smoothed noises. Seeded.
pub(super) fn noise(seconds: f64, gain: f32, seed: u32) -> Sound {
    let mut state = seed;
    let mut white = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let mut plane = || {
        let mut low = [0.0f32; 3];
        let mut next = || {
            let x = white();
            for (low, pole) in low.iter_mut().zip([0.997_65f32, 0.963, 0.57]) {
                *low = pole * *low + (1.0 - pole).sqrt() * 0.2 * x;
            }
            gain * (low.iter().sum::<f32>() + 0.05 * x)
        };
        (0..(seconds * RATE_HZ) as usize).map(|_| next()).collect::<Vec<f32>>()
    };
    [plane(), plane()]
}
