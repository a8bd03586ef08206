//! Several files or clips at once, on all cores, with one tale of how far they are.

use super::CheckError;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does `one` for each of `count`; the results are in their order. `progress` gets the share of all that is
/// done; it returns false to stop.
pub(super) fn all<T: Send>(
    count: usize,
    one: impl Fn(usize, &mut (dyn FnMut(f64) -> bool + Send)) -> Result<T, CheckError> + Sync,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Vec<T>, CheckError> {
    let next = AtomicUsize::new(0);
    let progress = Mutex::new(progress);
    let done = Mutex::new(vec![0.0; count]);
    let tell = |file: usize, share: f64| {
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done[file] = share;
        let all = done.iter().sum::<f64>() / count as f64;
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress(all)
    };
    let work = || {
        let mut results = Vec::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            if turn >= count {
                return Ok(results);
            }
            results.push((turn, one(turn, &mut |share| tell(turn, share))?));
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    let mut results: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let results = workers.into_iter().map(|w| w.join().unwrap_or_else(|e| resume_unwind(e)));
        results.collect::<Result<Vec<Vec<_>>, CheckError>>()
    })?
    .into_iter()
    .flatten()
    .collect();
    results.sort_by_key(|(turn, _)| *turn);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
