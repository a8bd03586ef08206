//! A new bounce of the same file is noticed, read, judged and compared.

use super::hall::Hall;
use super::verdict::{changes, verdict};
use crate::failure::Outcome;
use crate::interrupt;
use farfield_web::TrackKind;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// It has been written to its end when it has stayed the same so many times.
const CALM: u32 = 3;

/// By what one bounce is told from another.
pub(super) type Mark = (u64, SystemTime);

pub(super) fn mark(path: &Path) -> Option<Mark> {
    let facts = std::fs::metadata(path).ok()?;
    Some((facts.len(), facts.modified().ok()?))
}

/// Watches the mix until the program ends. `number` and `rate_hz` are those of its first version, which was `known` by
/// its mark.
pub(super) fn watch(hall: &Hall, mut number: u64, rate_hz: f64, mut known: Option<Mark>) {
    let path = &hall.args.mix;
    let (mut seen, mut calm, mut count) = (known, 0, 1);
    while !interrupt::asked() {
        std::thread::sleep(LOOK);
        let now = mark(path);
        calm = if now == seen { calm + 1 } else { 0 };
        seen = now;
        if now == known || now.is_none() || calm < CALM {
            continue;
        }
        known = now;
        hall.room.set_remark(Some("A new bounce: listening to it …".into()));
        match another(hall, number, count + 1, rate_hz) {
            Ok(newer) => {
                count += 1;
                number = newer;
                hall.room.set_remark(None);
            }
            Err(failure) => hall.room.set_remark(Some(format!("The new bounce cannot be used: {failure}"))),
        }
    }
}

/// Reads and judges what is there now; its number.
fn another(hall: &Hall, before: u64, count: u32, rate_hz: f64) -> Outcome<u64> {
    let piece = hall.read(&hall.args.mix, rate_hz)?;
    let checked = hall.check_mix().map_err(crate::failure::Failure::new)?;
    let said = verdict(&checked);
    let old = hall.room.track(before).and_then(|track| track.verdict.clone());
    let changes = old.map(|old| changes(&old, &said));
    let number = hall.room.add(TrackKind::Mix, format!("{} ({count})", hall.room.title), piece, true);
    hall.room.amend(number, |track| {
        track.verdict = Some(said);
        track.changes = changes;
    });
    hall.lay_stems(number, &checked);
    Ok(number)
}
