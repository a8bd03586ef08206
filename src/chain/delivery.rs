//! The last steps to the headphone: level, the noise of the place, a fade at the start, the ceiling.

use super::level::Tuning;
use super::linear::Linear;
use crate::playback::room::noise::seamless_loop;
use crate::playback::system::Device;
use crate::signal::audio::Audio;
use crate::signal::ceiling::{Ceiling, CeilingWork};
use crate::signal::fade::FadeIn;
use crate::signal::fft::RealFft;
use crate::signal::level::{amplitude, amplitude_db, peak};
use crate::signal::process::{Block, Process, Stream};
use std::sync::Arc;

/// The noise of the place lasts this long before it comes round, seamlessly.
const NOISE_S: f64 = 10.0;

/// The noise of a device's place as a loop in pascal, through the compensation of the headphone.
pub fn noise_loop(device: &Device, linear: &Linear) -> Audio {
    let mut sound = seamless_loop(&device.noise, linear.rate_hz, NOISE_S, u64::from(device.draw));
    for (plane, taps) in sound.planes.iter_mut().zip(&linear.headphone) {
        if !taps.is_empty() {
            *plane = around(plane, taps);
        }
    }
    sound
}

/// A loop through an FIR: convolution in a circle, so that it stays without a seam.
fn around(sound: &[f32], taps: &[f32]) -> Vec<f32> {
    let mut fft = RealFft::<f32>::new(sound.len());
    let mut filter = fft.real_buffer();
    for (n, &tap) in taps.iter().enumerate() {
        filter[n % sound.len()] += tap;
    }
    let (mut bins, mut response) = (fft.bin_buffer(), fft.bin_buffer());
    fft.forward(&mut filter, &mut response);
    let mut samples = sound.to_vec();
    fft.forward(&mut samples, &mut bins);
    bins.iter_mut().zip(&response).for_each(|(bin, h)| *bin *= h);
    fft.inverse(&mut bins, &mut samples);
    let scale = 1.0 / sound.len() as f32;
    samples.iter().map(|x| x * scale).collect()
}

/// The peaks of the noise stay so far below the ceiling: half of what there is is left to the music.
const NOISE_BELOW_CEILING_DB: f64 = 6.0;

/// Makes outputs softer, all alike, until the noise of none of their places drives its ceiling. Returns by how much.
///
/// In a car at low volume the road is stronger than the music. It would hold the limiter down all the time.
pub fn make_room<'a>(outputs: impl IntoIterator<Item = &'a mut Delivery>) -> f64 {
    let mut outputs: Vec<&mut Delivery> = outputs.into_iter().collect();
    let by_db = outputs.iter().map(|output| output.noise_excess_db()).fold(0.0, f64::max);
    if by_db > 0.0 {
        outputs.iter_mut().for_each(|output| output.soften(by_db));
    }
    by_db
}

/// Gain, noise, fade-in and ceiling.
#[derive(Clone, Debug)]
pub struct Delivery {
    gain: f32,
    /// A seamless loop in pascal, `[ear][frame]`, and the samples of the output that stand for one.
    noise: Option<Arc<Audio>>,
    noise_gain: f32,
    noise_at: usize,
    fade: FadeIn,
    ceiling_dbtp: f64,
    ceiling: Ceiling,
}

impl Delivery {
    /// For a tuned chain. `noise` is a loop in pascal at the headphone, its compensation included.
    pub fn new(tuning: &Tuning, noise: Option<Arc<Audio>>, ceiling_dbtp: f64) -> Self {
        Delivery {
            gain: amplitude(tuning.gain_db) as f32,
            noise_gain: tuning.samples_per_pascal as f32,
            noise: noise.filter(|noise| noise.frames() > 0 && noise.channels() == 2),
            noise_at: 0,
            fade: FadeIn::new(),
            ceiling_dbtp,
            ceiling: Ceiling::new(ceiling_dbtp),
        }
    }

    /// What the ceiling had to do since the last reset.
    pub fn ceiling_work(&self) -> CeilingWork {
        self.ceiling.work()
    }

    /// Lets the noise go on as if it had begun with the piece and the piece were at this frame now.
    pub fn noise_from(&mut self, frame: u64) {
        if let Some(noise) = &self.noise {
            self.noise_at = (frame % noise.frames() as u64) as usize;
        }
    }

    /// Lets the noise go on where another's of the same place is.
    pub(super) fn noise_beside(&mut self, other: &Delivery) {
        self.noise_from(other.noise_at as u64);
    }

    /// By how much the noise takes more than its share of what there is below the ceiling.
    pub(super) fn noise_excess_db(&self) -> f64 {
        let peaks = self.noise.iter().flat_map(|noise| &noise.planes).map(|plane| f64::from(peak(plane)));
        let greatest = peaks.fold(0.0, f64::max) * f64::from(self.noise_gain);
        amplitude_db(greatest) + NOISE_BELOW_CEILING_DB - self.ceiling_dbtp
    }

    /// Makes the noise alone softer until it does not drive the ceiling. Returns by how much.
    ///
    /// For live music, whose level must not depend on which place is heard.
    pub fn hush(&mut self) -> f64 {
        let by_db = self.noise_excess_db().max(0.0);
        if by_db > 0.0 {
            self.noise_gain *= amplitude(-by_db) as f32;
        }
        by_db
    }

    #[cfg(test)]
    pub(super) fn gain_db(&self) -> f64 {
        amplitude_db(f64::from(self.gain))
    }

    /// Music and noise alike.
    pub(super) fn soften(&mut self, by_db: f64) {
        let factor = amplitude(-by_db) as f32;
        self.gain *= factor;
        self.noise_gain *= factor;
    }

    /// The first half of the work: gain and noise, without fade and ceiling.
    pub(super) fn level(&mut self, mut block: Block<'_>) {
        for plane in block.planes() {
            for x in plane {
                // What is not finite would spread through everything that remembers.
                *x = if x.is_finite() { *x * self.gain } else { 0.0 };
            }
        }
        self.add_noise(&mut block);
    }

    fn add_noise(&mut self, block: &mut Block<'_>) {
        let Some(noise) = &self.noise else { return };
        let frames = block.frames();
        let mut from = 0;
        while from < frames {
            let run = (frames - from).min(noise.frames() - self.noise_at);
            for (plane, noise) in block.planes().zip(&noise.planes) {
                let noise = &noise[self.noise_at..][..run];
                let heard = plane[from..][..run].iter_mut().zip(noise);
                heard.for_each(|(x, noise)| *x += noise * self.noise_gain);
            }
            from += run;
            self.noise_at = (self.noise_at + run) % noise.frames();
        }
    }
}

impl Process for Delivery {
    fn prepare(&mut self, stream: Stream) {
        self.fade.prepare(stream);
        self.ceiling.prepare(stream);
        self.noise_at = 0;
    }

    fn process(&mut self, mut block: Block<'_>) {
        self.level(block.lend());
        self.fade.process(block.lend());
        self.ceiling.process(block);
    }

    fn reset(&mut self) {
        self.noise_at = 0;
        self.fade.reset();
        self.ceiling.reset();
    }

    fn latency_frames(&self) -> usize {
        self.fade.latency_frames() + self.ceiling.latency_frames()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::process::{Promises, check_promises};

    fn tuning(gain_db: f64) -> Tuning {
        Tuning { gain_db, samples_per_pascal: 0.5, output_lufs: -20.0, lost_db: 0.0 }
    }

    fn noise() -> Arc<Audio> {
        let planes = vec![vec![0.1, -0.1, 0.2], vec![-0.1, 0.3, 0.0]];
        Arc::new(Audio { rate_hz: 48_000.0, planes })
    }

    fn delivery(gain_db: f64) -> Delivery {
        Delivery::new(&tuning(gain_db), Some(noise()), -1.0)
    }

    #[test]
    fn it_keeps_its_promises() {
        check_promises(|| delivery(3.0), Promises::exact());
    }

    #[test]
    fn the_loudest_noise_decides_how_much_softer_all_become() {
        let quiet =
            || Delivery::new(&Tuning { samples_per_pascal: 0.001, ..tuning(3.0) }, Some(noise()), -1.0);
        assert_eq!(make_room([&mut quiet(), &mut quiet()]), 0.0);
        // 0.3 Pa are −10.5 dB; twice as strong −4.4 dB, 2.6 dB above what noise may have.
        let loud = || Delivery::new(&Tuning { samples_per_pascal: 2.0, ..tuning(3.0) }, Some(noise()), -1.0);
        let (mut quiet, mut loud) = (quiet(), loud());
        let by_db = make_room([&mut quiet, &mut loud]);
        assert!((by_db - 2.56).abs() < 0.01, "{by_db}");
        for output in [&quiet, &loud] {
            assert!((f64::from(output.gain) / amplitude(3.0 - by_db) - 1.0).abs() < 1e-6);
        }
        assert!(loud.noise_excess_db().abs() < 1e-5);
        assert_eq!(make_room([]), 0.0);
    }

    #[test]
    fn nothing_goes_above_the_ceiling() {
        let mut delivery = delivery(30.0);
        let mut sound = Audio::silence(48_000.0, 2, 48_000);
        for plane in &mut sound.planes {
            plane.iter_mut().enumerate().for_each(|(n, x)| *x = (n as f32 * 0.3).sin());
        }
        delivery.prepare(Stream { rate_hz: 48_000.0, block_frames: 48_000, channels: 2 });
        delivery.process(sound.block(0, 48_000));
        let peak = crate::signal::level::peak(&sound.planes[0]);
        assert!(f64::from(peak) <= amplitude(-0.9), "{peak}");
        assert!(delivery.ceiling_work().greatest_reduction_db > 20.0);
    }
}
