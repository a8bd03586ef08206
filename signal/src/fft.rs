//! Real FFTs with their scratch, planned once: a thin layer over `realfft`.
//!
//! To plan a transform costs about as much as ten of them, most of it sines. Plans are the same for everyone, so each
//! thread keeps those that it has made: filters for many systems ask for few lengths many times.

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, FftNum, RealFftPlanner, RealToComplex};
use std::cell::RefCell;
use std::sync::Arc;
use std::thread::LocalKey;

/// A number for which each thread keeps its plans.
pub trait Planned: FftNum {
    /// Where they are.
    fn planner() -> &'static LocalKey<RefCell<RealFftPlanner<Self>>>;
}

macro_rules! planned {
    ($number:ty) => {
        impl Planned for $number {
            fn planner() -> &'static LocalKey<RefCell<RealFftPlanner<Self>>> {
                thread_local! {
                    static PLANNER: RefCell<RealFftPlanner<$number>> = RefCell::new(RealFftPlanner::new());
                }
                &PLANNER
            }
        }
    };
}

planned!(f32);
planned!(f64);

/// Plans for `length` real samples, there and back.
pub(crate) fn plans<T: Planned>(length: usize) -> (Arc<dyn RealToComplex<T>>, Arc<dyn ComplexToReal<T>>) {
    T::planner()
        .with_borrow_mut(|planner| (planner.plan_fft_forward(length), planner.plan_fft_inverse(length)))
}

/// Forward and inverse real FFT of one length. The transforms never allocate.
pub struct RealFft<T: FftNum> {
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
    scratch: Vec<Complex<T>>,
}

impl<T: Planned> RealFft<T> {
    /// Transforms of `length` real samples.
    pub fn new(length: usize) -> Self {
        let (forward, inverse) = plans(length);
        let scratch_len = forward.get_scratch_len().max(inverse.get_scratch_len());
        RealFft { forward, inverse, scratch: vec![Complex::new(T::zero(), T::zero()); scratch_len] }
    }

    /// How many real samples.
    pub fn length(&self) -> usize {
        self.forward.len()
    }

    /// How many bins, `length / 2 + 1`.
    pub fn bins(&self) -> usize {
        self.length() / 2 + 1
    }

    /// A buffer of real samples of the right length.
    pub fn real_buffer(&self) -> Vec<T> {
        vec![T::zero(); self.length()]
    }

    /// A buffer of bins of the right length.
    pub fn bin_buffer(&self) -> Vec<Complex<T>> {
        vec![Complex::new(T::zero(), T::zero()); self.bins()]
    }

    /// Samples to bins, unscaled. `samples` is used as scratch and left in disorder.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn forward(&mut self, samples: &mut [T], bins: &mut [Complex<T>]) {
        self.forward.process_with_scratch(samples, bins, &mut self.scratch).expect("lengths fit the plan");
    }

    /// Bins to samples, unscaled: forward and inverse multiply by `length`. `bins` is left in disorder.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn inverse(&mut self, bins: &mut [Complex<T>], samples: &mut [T]) {
        // A real signal has real ends; rounding in products may have left a trace.
        bins[0].im = T::zero();
        if self.length().is_multiple_of(2) {
            bins[self.length() / 2].im = T::zero();
        }
        self.inverse.process_with_scratch(bins, samples, &mut self.scratch).expect("lengths fit the plan");
    }
}
