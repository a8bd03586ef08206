//! Second-order sections after the Audio EQ Cookbook, Butterworth and Linkwitz–Riley cascades of them.
//!
//! R. Bristow-Johnson, "Audio EQ Cookbook", W3C Working Group Note, 2021. The names `w0`, `alpha` and `a`
//! are the note's. Bilinear: responses cramp towards Nyquist, which is the convention of the profiles
//! and equalizers that we exchange filters with.

use crate::level::amplitude_db;
use crate::process::{Block, MAX_CHANNELS, Process, Stream};
use realfft::num_complex::Complex64;
use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};

/// What a section is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields say it: centre or corner, gain and Q of the Cookbook")]
pub enum Band {
    Peaking { center_hz: f64, gain_db: f64, q: f64 },
    LowShelf { corner_hz: f64, gain_db: f64, q: f64 },
    HighShelf { corner_hz: f64, gain_db: f64, q: f64 },
    LowPass { corner_hz: f64, q: f64 },
    HighPass { corner_hz: f64, q: f64 },
    BandPass { center_hz: f64, q: f64 },
    Notch { center_hz: f64, q: f64 },
    AllPass { center_hz: f64, q: f64 },
}

impl Band {
    fn frequency_hz_and_q(self) -> (f64, f64) {
        match self {
            Band::Peaking { center_hz: f, q, .. }
            | Band::LowShelf { corner_hz: f, q, .. }
            | Band::HighShelf { corner_hz: f, q, .. }
            | Band::LowPass { corner_hz: f, q }
            | Band::HighPass { corner_hz: f, q }
            | Band::BandPass { center_hz: f, q }
            | Band::Notch { center_hz: f, q }
            | Band::AllPass { center_hz: f, q } => (f, q),
        }
    }

    /// The coefficients of this band at `rate_hz`.
    ///
    /// # Panics
    /// If the frequency is not within 0…Nyquist, or q not positive. Parsers check before.
    pub fn at(self, rate_hz: f64) -> Coefficients {
        let (hz, q) = self.frequency_hz_and_q();
        assert!(0.0 < hz && hz < rate_hz / 2.0, "{hz} Hz at a rate of {rate_hz} Hz");
        assert!(q > 0.0, "q of {q}");
        let w0 = TAU * hz / rate_hz;
        let (sin, cos) = w0.sin_cos();
        let alpha = sin / (2.0 * q);
        match self {
            Band::Peaking { gain_db, .. } => {
                let a = 10f64.powf(gain_db / 40.0);
                Coefficients::normalized(
                    [1.0 + alpha * a, -2.0 * cos, 1.0 - alpha * a],
                    [1.0 + alpha / a, -2.0 * cos, 1.0 - alpha / a],
                )
            }
            Band::LowShelf { gain_db, .. } => shelf(gain_db, alpha, cos, 1.0),
            Band::HighShelf { gain_db, .. } => shelf(gain_db, alpha, cos, -1.0),
            Band::LowPass { .. } => {
                let b = (1.0 - cos) / 2.0;
                Coefficients::normalized([b, 2.0 * b, b], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
            }
            Band::HighPass { .. } => {
                let b = (1.0 + cos) / 2.0;
                Coefficients::normalized([b, -2.0 * b, b], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
            }
            Band::BandPass { .. } => {
                Coefficients::normalized([alpha, 0.0, -alpha], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
            }
            Band::Notch { .. } => {
                Coefficients::normalized([1.0, -2.0 * cos, 1.0], [1.0 + alpha, -2.0 * cos, 1.0 - alpha])
            }
            Band::AllPass { .. } => Coefficients::normalized(
                [1.0 - alpha, -2.0 * cos, 1.0 + alpha],
                [1.0 + alpha, -2.0 * cos, 1.0 - alpha],
            ),
        }
    }
}

/// Both shelves: `side` is 1 for the low one, −1 for the high one.
fn shelf(gain_db: f64, alpha: f64, cos: f64, side: f64) -> Coefficients {
    let a = 10f64.powf(gain_db / 40.0);
    let root = 2.0 * a.sqrt() * alpha;
    let (up, down) = (a + 1.0, a - 1.0);
    Coefficients::normalized(
        [
            a * (up - side * down * cos + root),
            side * 2.0 * a * (down - side * up * cos),
            a * (up - side * down * cos - root),
        ],
        [
            up + side * down * cos + root,
            -side * 2.0 * (down + side * up * cos),
            up + side * down * cos - root,
        ],
    )
}

/// A section's transfer function: (b0 + b1·z⁻¹ + b2·z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    /// Numerator b0, b1, b2.
    pub b: [f64; 3],
    /// Denominator a1, a2.
    pub a: [f64; 2],
}

impl Coefficients {
    /// Passes everything unchanged.
    pub const IDENTITY: Coefficients = Coefficients { b: [1.0, 0.0, 0.0], a: [0.0, 0.0] };

    /// From a numerator and a denominator, divided by the latter's first term.
    pub fn normalized(b: [f64; 3], a: [f64; 3]) -> Self {
        Coefficients { b: b.map(|x| x / a[0]), a: [a[1] / a[0], a[2] / a[0]] }
    }

    /// The complex response at a frequency.
    pub fn response(&self, hz: f64, rate_hz: f64) -> Complex64 {
        let z = Complex64::from_polar(1.0, -TAU * hz / rate_hz);
        let z2 = z * z;
        (self.b[0] + self.b[1] * z + self.b[2] * z2) / (1.0 + self.a[0] * z + self.a[1] * z2)
    }

    /// The gain at a frequency.
    pub fn gain_db(&self, hz: f64, rate_hz: f64) -> f64 {
        amplitude_db(self.response(hz, rate_hz).norm())
    }
}

/// The memory of one section in one channel, transposed direct form II, in `f64`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory([f64; 2]);

impl Memory {
    /// One sample through `coefficients`.
    #[inline]
    pub fn step(&mut self, coefficients: &Coefficients, x: f64) -> f64 {
        let Coefficients { b, a } = coefficients;
        let y = b[0] * x + self.0[0];
        self.0[0] = b[1] * x - a[0] * y + self.0[1];
        self.0[1] = b[2] * x - a[1] * y;
        y
    }

    /// Forgets a tail that is inaudible and would turn into slow denormals. To be called once a block.
    pub fn settle(&mut self) {
        self.0 = self.0.map(|s| if s.abs() < 1e-30 { 0.0 } else { s });
    }
}

/// A cascade of sections with memory for every channel.
#[derive(Clone, Debug)]
pub struct Cascade {
    design: Vec<Band>,
    coefficients: Vec<Coefficients>,
    memory: Vec<[Memory; MAX_CHANNELS]>,
}

impl Cascade {
    /// The bands one after another. Takes effect with [`Process::prepare`].
    pub fn new(design: Vec<Band>) -> Self {
        let memory = vec![Default::default(); design.len()];
        Cascade { coefficients: vec![Coefficients::IDENTITY; design.len()], memory, design }
    }

    /// The complex response of these bands at a rate.
    pub fn response(&self, hz: f64, rate_hz: f64) -> Complex64 {
        self.design.iter().map(|band| band.at(rate_hz).response(hz, rate_hz)).product()
    }

    /// The gain of these bands at a rate.
    pub fn gain_db(&self, hz: f64, rate_hz: f64) -> f64 {
        amplitude_db(self.response(hz, rate_hz).norm())
    }
}

impl Process for Cascade {
    fn prepare(&mut self, stream: Stream) {
        self.coefficients = self.design.iter().map(|band| band.at(stream.rate_hz)).collect();
        self.reset();
    }

    fn process(&mut self, mut block: Block<'_>) {
        for (channel, plane) in block.planes().enumerate() {
            for (coefficients, memory) in self.coefficients.iter().zip(&mut self.memory) {
                let mut state = memory[channel];
                for sample in plane.iter_mut() {
                    // A non-finite sample would stay in the recursion for ever.
                    let x = if sample.is_finite() { f64::from(*sample) } else { 0.0 };
                    *sample = state.step(coefficients, x) as f32;
                }
                state.settle();
                memory[channel] = state;
            }
        }
    }

    fn reset(&mut self) {
        self.memory.fill(Default::default());
    }
}

/// The Q of each section of a Butterworth filter of even `order`.
pub fn butterworth_q(order: usize) -> impl Iterator<Item = f64> {
    assert!(order >= 2 && order.is_multiple_of(2), "order {order}: even orders only");
    (0..order / 2).map(move |k| 0.5 / ((2 * k + 1) as f64 * PI / (2 * order) as f64).cos())
}

/// A Butterworth low-pass of even order.
pub fn butterworth_low_pass(corner_hz: f64, order: usize) -> Vec<Band> {
    butterworth_q(order).map(|q| Band::LowPass { corner_hz, q }).collect()
}

/// A Butterworth high-pass of even order.
pub fn butterworth_high_pass(corner_hz: f64, order: usize) -> Vec<Band> {
    butterworth_q(order).map(|q| Band::HighPass { corner_hz, q }).collect()
}

/// Linkwitz–Riley of fourth order, the low branch. Low and high sum to an all-pass.
///
/// S. Linkwitz, "Active crossover networks for noncoincident drivers", JAES 24 (1976).
pub fn linkwitz_riley_low(corner_hz: f64) -> Vec<Band> {
    vec![Band::LowPass { corner_hz, q: FRAC_1_SQRT_2 }; 2]
}

/// Linkwitz–Riley of fourth order, the high branch.
pub fn linkwitz_riley_high(corner_hz: f64) -> Vec<Band> {
    vec![Band::HighPass { corner_hz, q: FRAC_1_SQRT_2 }; 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Promises, check_promises};

    const RATE_HZ: f64 = 48_000.0;

    fn measured(design: &[Band], hz: f64) -> Complex64 {
        let mut cascade = Cascade::new(design.to_vec());
        cascade.prepare(Stream { rate_hz: RATE_HZ, block_frames: 65_536, channels: 1 });
        let mut impulse = vec![0f32; 65_536];
        impulse[0] = 1.0;
        cascade.process(Block::mono(&mut impulse));
        impulse
            .iter()
            .enumerate()
            .map(|(n, &x)| f64::from(x) * Complex64::from_polar(1.0, -TAU * hz * n as f64 / RATE_HZ))
            .sum()
    }

    #[track_caller]
    fn check(band: Band) {
        for hz in [20.0, 105.0, 1_000.0, 5_000.0, 15_000.0] {
            let said = band.at(RATE_HZ).gain_db(hz, RATE_HZ);
            if said < -90.0 {
                continue; // f32 output leaves too little below that to compare
            }
            let did = amplitude_db(measured(&[band], hz).norm());
            assert!((said - did).abs() < 1e-2, "{band:?} at {hz} Hz: said {said:.4} dB, did {did:.4} dB");
        }
    }

    #[test]
    fn a_band_does_what_it_says() {
        check(Band::Peaking { center_hz: 1_000.0, gain_db: 6.0, q: 0.7 });
        check(Band::Peaking { center_hz: 105.0, gain_db: -9.0, q: 4.0 });
        check(Band::LowShelf { corner_hz: 105.0, gain_db: 11.2, q: 0.7 });
        check(Band::HighShelf { corner_hz: 10_000.0, gain_db: 3.9, q: 0.7 });
        check(Band::LowPass { corner_hz: 2_000.0, q: 0.9 });
        check(Band::HighPass { corner_hz: 80.0, q: 0.5 });
        check(Band::BandPass { center_hz: 1_000.0, q: 2.0 });
        check(Band::Notch { center_hz: 3_000.0, q: 2.0 });
        check(Band::AllPass { center_hz: 700.0, q: 0.7 });
    }

    #[test]
    fn shelves_reach_their_gain_at_their_end_and_leave_the_other() {
        let low = Band::LowShelf { corner_hz: 200.0, gain_db: 6.0, q: FRAC_1_SQRT_2 }.at(RATE_HZ);
        assert!(
            (low.gain_db(1.0, RATE_HZ) - 6.0).abs() < 0.01 && low.gain_db(20_000.0, RATE_HZ).abs() < 0.01
        );
        let high = Band::HighShelf { corner_hz: 2_000.0, gain_db: -6.0, q: FRAC_1_SQRT_2 }.at(RATE_HZ);
        assert!(
            (high.gain_db(23_999.0, RATE_HZ) + 6.0).abs() < 0.01 && high.gain_db(1.0, RATE_HZ).abs() < 0.01
        );
    }

    #[test]
    fn linkwitz_riley_branches_sum_flat_and_meet_at_minus_6_db() {
        for corner_hz in [40.0, 80.0, 2_000.0] {
            let (low, high) =
                (Cascade::new(linkwitz_riley_low(corner_hz)), Cascade::new(linkwitz_riley_high(corner_hz)));
            assert!((low.gain_db(corner_hz, RATE_HZ) + 6.02).abs() < 0.01);
            for hz in [20.0, corner_hz, 100.0, 5_000.0] {
                let sum = low.response(hz, RATE_HZ) + high.response(hz, RATE_HZ);
                assert!(amplitude_db(sum.norm()).abs() < 1e-6, "{hz} Hz: {}", amplitude_db(sum.norm()));
            }
        }
    }

    #[test]
    fn butterworth_is_3_db_down_at_its_corner_for_any_order() {
        for order in [2, 4, 8] {
            let gain_db = Cascade::new(butterworth_high_pass(300.0, order)).gain_db(300.0, RATE_HZ);
            assert!((gain_db + 3.01).abs() < 0.01, "order {order}: {gain_db}");
        }
    }

    #[test]
    fn a_cascade_keeps_its_promises() {
        let design =
            [linkwitz_riley_high(80.0), vec![Band::Peaking { center_hz: 1_000.0, gain_db: 6.0, q: 3.0 }]]
                .concat();
        check_promises(|| Cascade::new(design.clone()), Promises::exact());
    }

    struct Faulty(Fault, f32, Vec<f32>);
    #[derive(Clone, Copy, PartialEq)]
    enum Fault {
        ForgetsReset,
        LosesStateBetweenBlocks,
        Allocates,
        KeepsNan,
        LiesAboutLatency,
    }

    impl Process for Faulty {
        fn prepare(&mut self, _: Stream) {
            self.1 = 0.0;
        }
        fn process(&mut self, mut block: Block<'_>) {
            if self.0 == Fault::LosesStateBetweenBlocks {
                self.1 = 0.0;
            }
            if self.0 == Fault::Allocates {
                self.2 = vec![0.0; 3];
            }
            for plane in block.planes() {
                for x in plane {
                    let keep = if x.is_finite() || self.0 == Fault::KeepsNan { *x } else { 0.0 };
                    self.1 = 0.5 * self.1 + keep.clamp(-1e6, 1e6);
                    *x = self.1;
                }
            }
        }
        fn reset(&mut self) {
            if self.0 != Fault::ForgetsReset {
                self.1 = 0.0;
            }
        }
        fn latency_frames(&self) -> usize {
            if self.0 == Fault::LiesAboutLatency { 7 } else { 0 }
        }
    }

    fn plant(fault: Fault) {
        let stream = Stream { rate_hz: RATE_HZ, block_frames: 512, channels: 1 };
        let promises = Promises { stream, impulse_at_latency: Some(true), ..Promises::exact() };
        check_promises(|| Faulty(fault, 0.0, vec![]), promises);
    }

    #[test]
    #[should_panic(expected = "after reset against fresh")]
    fn the_suite_sees_a_reset_that_forgets_to() {
        plant(Fault::ForgetsReset);
    }

    #[test]
    #[should_panic(expected = "blocks of")]
    fn the_suite_sees_state_lost_between_blocks() {
        plant(Fault::LosesStateBetweenBlocks);
    }

    #[test]
    #[should_panic(expected = "allocated")]
    fn the_suite_sees_an_allocation() {
        plant(Fault::Allocates);
    }

    #[test]
    #[should_panic(expected = "NaN or Inf")]
    fn the_suite_sees_nan_kept() {
        plant(Fault::KeepsNan);
    }

    #[test]
    #[should_panic(expected = "reported latency is 7")]
    fn the_suite_sees_a_lie_about_latency() {
        plant(Fault::LiesAboutLatency);
    }
}
