//! The noise under the music, block by block.

use super::{Noise, seamless_loop};
use crate::signal::audio::Audio;
use crate::signal::process::{Block, Process, Stream};

/// Length of the loop: long enough that nobody hears it come round.
const LOOP_S: f64 = 10.0;
/// Time in which the gain moves to a new value.
const RAMP_S: f64 = 0.05;

/// Adds the noise of a place to the sound at the ears; its gain moves without clicks.
#[derive(Clone, Debug)]
pub struct NoiseBed {
    noise: Noise,
    seed: u64,
    sound: Audio,
    at: usize,
    /// Where the gain shall be.
    target: f32,
    gain: f32,
    /// Greatest change of the gain in one frame, per unit of the greatest gain asked for so far.
    step: f32,
    span: f32,
}

impl NoiseBed {
    /// A bed of `noise`. `gain` is the amplitude that one pascal has in the stream; 0 is silence.
    pub fn new(noise: Noise, gain: f32, seed: u64) -> Self {
        let target = sensible(gain);
        let sound = Audio::silence(1.0, 2, 1);
        NoiseBed { noise, seed, sound, at: 0, target, gain: target, step: 1.0, span: target }
    }

    /// Moves the gain within 50 ms. A gain that is not finite counts as 0.
    pub fn set_gain(&mut self, gain: f32) {
        self.target = sensible(gain);
        self.span = self.gain.max(self.target);
    }

    /// The noise that is played.
    pub fn noise(&self) -> &Noise {
        &self.noise
    }
}

fn sensible(gain: f32) -> f32 {
    if gain.is_finite() { gain.max(0.0) } else { 0.0 }
}

impl Process for NoiseBed {
    fn prepare(&mut self, stream: Stream) {
        if self.sound.rate_hz != stream.rate_hz {
            self.sound = seamless_loop(&self.noise, stream.rate_hz, LOOP_S, self.seed);
            // The loop may have refused a senseless rate; remember the one asked for.
            self.sound.rate_hz = stream.rate_hz;
        }
        self.step = (1.0 / (RAMP_S * stream.rate_hz.max(1.0))) as f32;
        self.reset();
    }

    fn process(&mut self, mut block: Block<'_>) {
        let most = self.step * self.span;
        let frames = self.sound.frames();
        let stereo = block.channels() == 2;
        let count = block.frames();
        let (left, right) = block.pair();
        for n in 0..count {
            self.gain += (self.target - self.gain).clamp(-most, most);
            left[n] = clean(left[n]) + self.gain * self.sound.planes[0][self.at];
            if stereo {
                right[n] = clean(right[n]) + self.gain * self.sound.planes[1][self.at];
            }
            self.at = (self.at + 1) % frames;
        }
    }

    fn reset(&mut self) {
        self.at = 0;
        self.gain = self.target;
    }
}

fn clean(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::level::{power_db, rms};
    use crate::signal::process::{Promises, check_promises};

    const RATE_HZ: f64 = 48_000.0;

    fn bed(gain: f32) -> NoiseBed {
        NoiseBed::new(Noise::find("club-crowd").unwrap(), gain, 5)
    }

    fn prepared(gain: f32) -> NoiseBed {
        let mut bed = bed(gain);
        bed.prepare(Stream { rate_hz: RATE_HZ, block_frames: 512, channels: 2 });
        bed
    }

    fn play(bed: &mut NoiseBed, frames: usize) -> Audio {
        let mut sound = Audio::silence(RATE_HZ, 2, frames);
        for from in (0..frames).step_by(512) {
            bed.process(sound.block(from, (from + 512).min(frames)));
        }
        sound
    }

    #[test]
    fn a_bed_keeps_the_promises_of_a_stage() {
        let made = prepared(0.3);
        check_promises(|| made.clone(), Promises::exact());
        let mono =
            Promises { stream: Stream { channels: 1, ..Promises::exact().stream }, ..Promises::exact() };
        check_promises(|| made.clone(), mono);
    }

    #[test]
    fn a_pascal_has_the_gain_that_was_asked_for() {
        let sound = play(&mut prepared(0.1), 480_000);
        // 79.0 dB A of crowd are 80.6 dB SPL unweighted; a gain of 0.1 is -20 dB.
        let levels = bed(1.0).noise().bands().iter().map(|b| 10f64.powf(b.level_db_spl / 10.0)).sum::<f64>();
        for plane in &sound.planes {
            let found = 2.0 * power_db(rms(plane) / 20e-6);
            assert!((found - (power_db(levels) - 20.0)).abs() < 0.2, "{found}");
        }
    }

    #[test]
    fn muting_takes_50_ms_and_makes_no_step() {
        let mut bed = prepared(1.0);
        play(&mut bed, 4_800);
        bed.set_gain(0.0);
        let mut gains = Vec::new();
        for _ in 0..2_500 {
            play(&mut bed, 1);
            gains.push(bed.gain);
        }
        assert!(gains.windows(2).all(|w| (w[0] - w[1]).abs() <= 1.01 / 2_400.0));
        assert!(gains[1_000] > 0.5 && gains[2_450] == 0.0, "{} {}", gains[1_000], gains[2_450]);
        bed.set_gain(f32::NAN);
        assert!(play(&mut bed, 100).planes[0].iter().all(|x| *x == 0.0));
    }
}
