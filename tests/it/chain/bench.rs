//! The measuring bench: a mix to play, a chain to play it on, and power in bands of what comes out.

use farfield::chain::bands::Gains;
use farfield::chain::{Analysis, Chain, Delivery, Linear, Listener, Programme, Tuning};
use farfield::playback::electronics::{Drive, Electronics, Settings};
use farfield::playback::system::{self, Device};
use farfield::signal::audio::Audio;
use farfield::signal::bands::{BandSums, edges_hz, third_octaves};
use farfield::signal::fft::RealFft;
use farfield::signal::process::{Block, Process, Stream};
use farfield::source::{Options, Reader};
use realfft::num_complex::Complex64;

pub(super) const RATE_HZ: f64 = 48_000.0;

pub(super) fn device(id: &str) -> Device {
    system::find(id).expect("in the catalogue").device(0)
}

pub(super) fn linear(device: &Device, listener: &Listener) -> Linear {
    Linear::new(device, listener, RATE_HZ).expect("the catalogue's systems can be built")
}

/// Centres of third-octaves from one to the other, and their edges.
pub(super) fn bands(from_hz: f64, to_hz: f64) -> (Vec<f64>, Vec<(f64, f64)>) {
    let centers = third_octaves().filter(|hz| (0.97 * from_hz..1.03 * to_hz).contains(hz));
    centers.map(|hz| (hz, edges_hz(hz, 3.0))).unzip()
}

/// The spectrum of a signal in a transform of `length`.
pub(super) fn spectrum(signal: &[f32], length: usize) -> Vec<Complex64> {
    let mut fft = RealFft::<f64>::new(length);
    let mut samples = fft.real_buffer();
    samples.iter_mut().zip(signal).for_each(|(sample, &x)| *sample = f64::from(x));
    let mut bins = fft.bin_buffer();
    fft.forward(&mut samples, &mut bins);
    bins
}

/// Mean gains of filters in bands, `[ear][band]`.
pub(super) fn gains(filters: &[[Vec<f32>; 2]; 2], edges_hz: &[(f64, f64)], rate_hz: f64) -> Vec<Vec<Gains>> {
    let longest = filters.iter().flatten().map(Vec::len).max().unwrap_or(1);
    let length = (2 * longest).next_power_of_two();
    let sums = BandSums::new(edges_hz.iter().copied(), length / 2 + 1, rate_hz / length as f64);
    let widths: Vec<f64> = sums.of(&vec![1.0; length / 2 + 1]).collect();
    let of_ear = |paths: &[Vec<f32>; 2]| -> Vec<Gains> {
        let [left, right] = paths.each_ref().map(|path| spectrum(path, length));
        let mean = |of: &dyn Fn(Complex64, Complex64) -> f64| -> Vec<f64> {
            let powers: Vec<f64> = left.iter().zip(&right).map(|(&l, &r)| of(l, r)).collect();
            sums.of(&powers).zip(&widths).map(|(sum, width)| sum / width).collect()
        };
        let ll = mean(&|l, _| l.norm_sqr());
        let rr = mean(&|_, r| r.norm_sqr());
        let lr = mean(&|l, r| 2.0 * (l * r.conj()).re);
        ll.into_iter().zip(rr).zip(lr).map(|((ll, rr), lr)| Gains { ll, rr, lr }).collect()
    };
    filters.iter().map(of_ear).collect()
}

/// A gain of 0 dB, and nothing else.
pub(super) fn as_it_is(noise: Option<Audio>) -> Delivery {
    let tuning = Tuning { gain_db: 0.0, samples_per_pascal: 1.0, output_lufs: 0.0, lost_db: 0.0 };
    Delivery::new(&tuning, noise.map(Into::into), 0.0)
}

/// A chain in real time whose electronics do nothing.
pub(super) fn bare_chain(linear: &Linear) -> Chain {
    let drive = Drive { programme_lufs: -14.0, volume_db: 0.0 };
    Chain::new(Electronics::new(&Settings::default(), drive), linear, as_it_is(None))
}

/// Plays a sound through a stage in blocks, and takes its latency off again: silence follows the sound.
pub(super) fn played(stage: &mut impl Process, sound: &Audio, block_frames: usize) -> Audio {
    stage.prepare(Stream { rate_hz: sound.rate_hz, block_frames, channels: 2 });
    let latency = stage.latency_frames();
    let frames = sound.frames();
    let mut planes = sound.planes.clone();
    planes.iter_mut().for_each(|plane| plane.resize(frames + latency, 0.0));
    let (left, right) = planes.split_at_mut(1);
    for (left, right) in left[0].chunks_mut(block_frames).zip(right[0].chunks_mut(block_frames)) {
        stage.process(Block::stereo(left, right));
    }
    planes.iter_mut().for_each(|plane| drop(plane.drain(..latency)));
    Audio { rate_hz: sound.rate_hz, planes }
}

/// A stretch of the music that the repository ships.
pub(super) fn music(from_s: f64, seconds: f64) -> Audio {
    let path = crate::root().join("music/metal-madness.flac");
    let mut reader = Reader::open(&path, Options::default()).expect("the repository ships it");
    let rate_hz = f64::from(reader.info().rate_hz);
    reader.skip((from_s * rate_hz) as u64).expect("long enough");
    let frames = (seconds * rate_hz) as usize;
    let mut planes = vec![vec![0.0; frames], vec![0.0; frames]];
    let mut done = 0;
    while done < frames {
        let (left, right) = planes.split_at_mut(1);
        let block = Block::stereo(&mut left[0][done..], &mut right[0][done..]);
        let read = reader.read(block).expect("a sound file");
        assert!(read > 0, "the piece is shorter than {seconds} s");
        done += read;
    }
    Audio { rate_hz, planes }
}

pub(super) fn programme(sound: &Audio) -> Programme {
    let mut analysis = Analysis::new(sound.rate_hz);
    analysis.push(&sound.planes[0], &sound.planes[1]);
    analysis.finish()
}
