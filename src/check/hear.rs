//! One pass over one file: measured, and its loudest passages kept.

use super::CheckError;
use super::loudest::Loudest;
use crate::chain::render::{Stereo, Stretch};
use crate::judge::measure::{Measure, Measured};
use crate::signal::audio::Audio;
use crate::source::stems::align::Excerpts;
use crate::source::{Flaws, Info, Options, Reader, chain_rate_hz};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

/// Chunks that may wait before the other thread.
const WAITING: usize = 4;

/// What one pass yields.
pub(super) struct Heard {
    pub(super) info: Info,
    pub(super) measured: Measured,
    pub(super) loudest: Vec<Audio>,
    pub(super) excerpts: Option<Excerpts>,
    /// In words, what is odd with the file.
    pub(super) warnings: Vec<String>,
}

/// How a file is to be read.
pub(super) struct Way {
    pub(super) options: Options,
    /// At which rate it is measured; its own if none is given.
    pub(super) rate_hz: Option<f64>,
    /// What is kept to align it.
    pub(super) excerpts: Option<Excerpts>,
}

/// What goes by while a mix is read.
pub enum Tapped {
    /// The next frames at the chain's rate, left and right.
    Sound(Arc<[Vec<f32>; 2]>),
    /// That was all of it, and what was wrong with it. It does not come if reading fails.
    End(Flaws),
}

/// Hears what goes by; it is dropped when the mix has been read.
pub type Tap = Box<dyn FnMut(Tapped) + Send>;

/// Reads and measures a whole file. `progress` gets the share done; it returns false to stop.
pub(super) fn hear(
    path: &Path,
    way: Way,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Heard, CheckError> {
    hear_and_tap(path, way, None, progress)
}

/// The same with somebody beside.
pub(super) fn hear_and_tap(
    path: &Path,
    way: Way,
    mut tap: Option<Tap>,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Heard, CheckError> {
    let Way { options, rate_hz, mut excerpts } = way;
    let reader = Reader::open(path, options)?;
    let info = reader.info().clone();
    let length_s = info.duration_s().unwrap_or(f64::INFINITY);
    let rate_hz = rate_hz.unwrap_or_else(|| f64::from(chain_rate_hz(info.rate_hz)));
    let mut stereo = Stereo::at_rate(reader, Stretch::default(), 0.0, rate_hz);
    let mut loudest = Loudest::new(rate_hz);
    let Measure { mut spectra, mut course } = Measure::new(rate_hz);
    let mut frames = 0;
    // The spectra are half of the work: another thread does them.
    let (sender, receiver) = sync_channel::<Arc<[Vec<f32>; 2]>>(WAITING);
    let (spectra, done) = std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            receiver.iter().for_each(|planes| spectra.push(&planes[0], &planes[1]));
            spectra
        });
        let mut read = || -> Result<(), CheckError> {
            while let Some(planes) = stereo.next_chunk()? {
                let planes = Arc::new(planes);
                let [left, right] = &*planes;
                // It only hangs up when it has panicked, which its end tells.
                let _ = sender.send(Arc::clone(&planes));
                if let Some(tap) = &mut tap {
                    tap(Tapped::Sound(Arc::clone(&planes)));
                }
                frames += left.len();
                loudest.push(left, right);
                course.push(left, right);
                if let Some(excerpts) = &mut excerpts {
                    excerpts.push(left, right);
                }
                if !progress((frames as f64 / rate_hz / length_s).min(1.0)) {
                    return Err(CheckError::Stopped);
                }
            }
            Ok(())
        };
        let done = read();
        drop(sender);
        (worker.join().unwrap_or_else(|fault| resume_unwind(fault)), done)
    });
    done?;
    if let Some(mut tap) = tap {
        tap(Tapped::End(*stereo.reader().flaws()));
    }
    let measure = Measure { spectra, course };
    let warnings = stereo.reader().flaws().words(&info);
    Ok(Heard { info, measured: measure.finish(), loudest: loudest.passages(), excerpts, warnings })
}
