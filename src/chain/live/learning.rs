//! What is played, listened to for a while: a programme that follows the music.
//!
//! Of what comes in, stretches of ten seconds are looked at as [`Analysis`] looks at a piece. Each takes its part in a
//! programme in which what was played before counts ever less. What is much softer than the rest counts nothing, as in
//! BS.1770's gate, so that a quiet bridge does not turn a level up; after silence everything is as it was.

use super::mailbox::Heard;
use crate::chain::programme::spectrum_of;
use crate::chain::{Analysis, Programme};
use crate::signal::level::{power, power_db};

/// Length of a stretch, and of the first one, s.
const STRETCH_S: f64 = 10.0;
const FIRST_S: f64 = 6.0;
/// So much of what is known gives way to a new stretch: after three of them half is left of what was.
const NEW: f64 = 0.4;
/// BS.1770's relative gate, LU.
const GATE_LU: f64 = 10.0;
/// Below this mean square nothing is played: −60 dBFS.
const SILENCE: f64 = 1e-6;
/// Passages that are kept to try electronics on.
const PASSAGES: usize = 2;

/// Listens to one stream.
pub(super) struct Learning {
    rate_hz: f64,
    analysis: Analysis,
    frames: f64,
    known: Option<Programme>,
    planes: [Vec<f32>; 2],
}

impl Learning {
    pub(super) fn new(rate_hz: f64) -> Self {
        let analysis = Analysis::new(rate_hz);
        Learning { rate_hz, analysis, frames: 0.0, known: None, planes: Default::default() }
    }

    /// Goes on at another rate with what is known.
    pub(super) fn at_rate(self, rate_hz: f64) -> Self {
        let known = self.known.and_then(|known| known.at_rate(rate_hz));
        Learning { known, ..Learning::new(rate_hz) }
    }

    /// What is known.
    pub(super) fn known(&self) -> Option<&Programme> {
        self.known.as_ref()
    }

    /// Takes what was heard; now and then there is a new programme.
    pub(super) fn add(&mut self, heard: &[Heard]) -> Option<Programme> {
        for (side, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            plane.extend(heard.iter().map(|frame| frame[side]));
        }
        let square = |x: &f32| f64::from(*x) * f64::from(*x);
        let mean = self.planes.iter().flatten().map(square).sum::<f64>() / heard.len().max(1) as f64;
        if mean < SILENCE {
            return None;
        }
        let [left, right] = &self.planes;
        self.analysis.push(left, right);
        self.frames += heard.len() as f64;
        let stretch_s = if self.known.is_none() { FIRST_S } else { STRETCH_S };
        if self.frames < stretch_s * self.rate_hz {
            return None;
        }
        self.frames = 0.0;
        let heard = std::mem::replace(&mut self.analysis, Analysis::new(self.rate_hz)).finish();
        let known = match self.known.take() {
            _ if !heard.integrated_lufs.is_finite() => return None,
            None => heard,
            Some(known) => joined(known, heard),
        };
        self.known = Some(known.clone());
        Some(known)
    }
}

/// What was known, and what was heard since.
fn joined(known: Programme, heard: Programme) -> Programme {
    let by_lu = heard.integrated_lufs - known.integrated_lufs;
    if by_lu < -GATE_LU {
        return known;
    }
    if by_lu > GATE_LU {
        return heard;
    }
    let weights = known.spectrum.k_weights();
    // Powers are sums over what was looked at; their shares are those of the loudness.
    let share = |part: f64, of: &Programme| {
        part * power(of.integrated_lufs) / of.spectrum.own_power(&weights).max(f64::MIN_POSITIVE)
    };
    let spectrum = known.spectrum.blended(share(1.0 - NEW, &known), &heard.spectrum, share(NEW, &heard));
    let integrated_lufs =
        power_db((1.0 - NEW) * power(known.integrated_lufs) + NEW * power(heard.integrated_lufs));
    let mut digest = heard.digest;
    digest.truncate(PASSAGES);
    Programme {
        rate_hz: known.rate_hz,
        frames: known.frames + heard.frames,
        integrated_lufs,
        spectrum,
        digest_spectrum: spectrum_of(known.rate_hz, &digest),
        digest,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{RATE_HZ, lufs, music, on, play, playing, stream};
    use super::super::{Builder, Desk};
    use super::*;
    use crate::playback::system;
    use crate::signal::biquad::{Band, Cascade};
    use crate::signal::level::{amplitude, peak};
    use crate::signal::process::{Block, Process};
    use std::sync::{Arc, Mutex};

    /// Music unlike the usual one, at a loudness.
    fn shaped(seconds: f64, bands: &[Band], loudness_lufs: f64) -> [Vec<f32>; 2] {
        let whole = music(10.0);
        let frames = (seconds * RATE_HZ) as usize;
        let mut sound = whole.map(|plane| plane.iter().copied().cycle().take(frames).collect::<Vec<f32>>());
        let mut cascade = Cascade::new(bands.to_vec());
        cascade.prepare(stream());
        let [left, right] = &mut sound;
        for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
            cascade.process(Block::stereo(left, right));
        }
        let gain = amplitude(loudness_lufs - lufs(&sound, 0, frames)) as f32;
        sound.iter_mut().flatten().for_each(|x| *x *= gain);
        sound
    }

    fn heavy(seconds: f64) -> [Vec<f32>; 2] {
        let low = Band::LowShelf { corner_hz: 120.0, gain_db: 12.0, q: 0.7 };
        let high = Band::HighShelf { corner_hz: 1_500.0, gain_db: -12.0, q: 0.7 };
        shaped(seconds, &[low, high], -18.0)
    }

    fn thin(seconds: f64) -> [Vec<f32>; 2] {
        let low = Band::HighPass { corner_hz: 350.0, q: 0.7 };
        let high = Band::HighShelf { corner_hz: 3_000.0, gain_db: 8.0, q: 0.7 };
        shaped(seconds, &[low, high], -18.0)
    }

    fn learned(sound: &[Vec<f32>; 2]) -> Programme {
        let mut learning = Learning::new(RATE_HZ);
        let heard: Vec<Heard> = sound[0].iter().zip(&sound[1]).map(|(&l, &r)| [l, r, 0.0, 0.0]).collect();
        heard.chunks(1_000).filter_map(|part| learning.add(part)).last().expect("it is long enough")
    }

    #[test]
    fn after_some_seconds_every_system_is_as_loud_as_any_other_whatever_is_played() {
        let mut builder = Builder::new(stream());
        let pieces = [heavy(8.0), thin(8.0)];
        let programmes = pieces.each_ref().map(learned);
        let mut unmatched = 0.0f64;
        for system in system::catalogue() {
            let settings = on(&system.id);
            let prepared = builder.prepare(&settings).unwrap();
            let usual = builder.tuned(&settings, &prepared).unwrap().1.gain_db;
            for (sound, programme) in pieces.iter().zip(&programmes) {
                builder.match_for(programme.clone());
                let line = builder.line(&settings, Arc::clone(&prepared)).unwrap();
                unmatched = unmatched.max((line.made.tuning.gain_db - usual).abs());
                let out = play(&mut playing(line).1, sound);
                let apart = lufs(&out, 96_000, 384_000) - lufs(sound, 96_000, 384_000) + 6.0;
                assert!(apart.abs() < 0.7, "{}: {apart} LU off", system.id);
            }
            builder.match_for(super::super::usual::programme(RATE_HZ));
        }
        assert!(unmatched > 3.0, "the pieces are no test: {unmatched} dB at most");
    }

    #[test]
    fn quiet_passages_and_silence_change_nothing() {
        let known = learned(&heavy(8.0));
        let mut learning = Learning { known: Some(known.clone()), ..Learning::new(RATE_HZ) };
        let soft = amplitude(-12.0) as f32;
        let heard: Vec<Heard> = thin(11.0)[0].iter().map(|x| [soft * x, soft * x, 0.0, 0.0]).collect();
        let after = heard.chunks(960).filter_map(|part| learning.add(part)).last().unwrap();
        assert_eq!(after.integrated_lufs, known.integrated_lufs);
        let silence = vec![[0.0; 4]; 960];
        assert!((0..1_000).all(|_| learning.add(&silence).is_none()));
        // What is ten times as loud is new music.
        let loud: Vec<Heard> = thin(11.0)[0].iter().map(|x| [4.0 * x, 4.0 * x, 0.0, 0.0]).collect();
        let after = loud.chunks(960).filter_map(|part| learning.add(part)).last().unwrap();
        assert!(after.integrated_lufs > known.integrated_lufs + 10.0);
    }

    #[test]
    fn what_is_known_of_the_music_outlives_a_change_of_the_rate() {
        let desk = Desk::open(|| on("phone"));
        let mut player = desk.player(stream());
        desk.settle();
        player.prepare(stream());
        for part in heavy(8.0)[0].chunks(24_000) {
            play(&mut player, &[part.to_vec(), part.to_vec()]);
            desk.settle();
        }
        drop(player);
        let other = crate::signal::process::Stream { rate_hz: 44_100.0, ..stream() };
        let mut player = desk.player(other);
        desk.settle();
        player.prepare(other);
        let sound = heavy(6.0)[0].clone();
        let sound = crate::signal::resample::resample(
            &crate::signal::audio::Audio { rate_hz: RATE_HZ, planes: vec![sound.clone(), sound] },
            other.rate_hz,
        );
        let sound = [sound.planes[0].clone(), sound.planes[1].clone()];
        // Less than it takes to learn anything anew.
        let out = play(&mut player, &sound);
        let loudness = |planes: &[Vec<f32>; 2]| {
            let mut meter = crate::signal::loudness::Loudness::new(other.rate_hz, 2);
            meter.add(&[&planes[0][44_100..220_500], &planes[1][44_100..220_500]]);
            meter.readings().integrated_lufs
        };
        let apart = loudness(&out) - loudness(&sound) + 6.0;
        assert!(apart.abs() < 0.7, "{apart} LU off");
        // The usual programme would have put it elsewhere.
        let line = Builder::new(other).build(&on("phone")).unwrap();
        let (mut post, inbox) = super::super::mailbox(other);
        assert!(post.send(line).is_ok());
        let mut unknowing = super::super::Player::new(inbox);
        unknowing.prepare(other);
        let unmatched = loudness(&play(&mut unknowing, &sound)) - loudness(&sound) + 6.0;
        assert!(unmatched.abs() > 1.5, "the music is no test: {unmatched} LU off");
    }

    #[test]
    fn the_level_creeps_to_where_it_should_be_and_a_switch_does_not_wait_for_it() {
        let wish = Arc::new(Mutex::new(on("phone")));
        let asked = Arc::clone(&wish);
        let desk = Desk::open(move || asked.lock().unwrap().clone());
        let mut player = desk.player(stream());
        desk.settle();
        player.prepare(stream());
        let sound = heavy(16.0);
        let part = |from: usize, to: usize| [sound[0][from..to].to_vec(), sound[1][from..to].to_vec()];
        let mut out = [Vec::new(), Vec::new()];
        let mut listen = |out: &mut [Vec<f32>; 2], to: usize| {
            while out[0].len() < to {
                let from = out[0].len();
                let played = play(&mut player, &part(from, from + 24_000));
                out.iter_mut().zip(played).for_each(|(out, played)| out.extend(played));
                desk.settle();
            }
        };
        listen(&mut out, 13 * 48_000);
        let apart = |out: &[Vec<f32>; 2], from: usize, to: usize| {
            lufs(out, from * 48_000, to * 48_000) - lufs(&sound, from * 48_000, to * 48_000) + 6.0
        };
        let (before, after) = (apart(&out, 2, 6), apart(&out, 11, 13));
        assert!(before.abs() > 2.0 && after.abs() < 0.7, "{before} LU off, then {after}");
        // Against a phone that stays as it was, nothing jumps.
        let still =
            play(&mut playing(Builder::new(stream()).build(&on("phone")).unwrap()).1, &part(0, out[0].len()));
        let level = |n: usize| {
            let span = n * 12_000..(n + 1) * 12_000;
            let power = |planes: &[Vec<f32>; 2]| -> f32 {
                planes.iter().flat_map(|plane| &plane[span.clone()]).map(|x| x * x).sum()
            };
            10.0 * (power(&out) / power(&still)).log10()
        };
        let steepest = (8..51).map(|n| (level(n + 1) - level(n)).abs()).fold(0.0, f32::max);
        assert!(steepest < 1.0, "{steepest} dB in a quarter of a second");
        *wish.lock().unwrap() = on("studio");
        desk.settle();
        listen(&mut out, 16 * 48_000);
        let there = apart(&out, 14, 16);
        assert!(there.abs() < 0.7, "{there} LU off after the switch");
        assert!(peak(&out[0]) < 0.9);
    }
}
