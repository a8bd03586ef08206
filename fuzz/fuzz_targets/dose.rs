//! Any bytes as a day's file of the dose, at any time: what is no record is passed over, shares stay finite and never
//! negative, and what is known already is not counted twice.

#![no_main]

use farfield::ears::dose::{Dose, Record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((minute, text)) = bytes.split_first_chunk::<8>() else { return };
    let minute = i64::from_le_bytes(*minute);
    let text = String::from_utf8_lossy(text);
    for line in text.lines() {
        if let Some(record) = Record::read(line) {
            let again = Record::read(&record.line()).expect("what is written can be read");
            assert_eq!((again.minute, again.counter), (record.minute, record.counter));
        }
    }
    let mut dose = Dose::read(&text);
    let now = text.lines().find_map(Record::read).map_or(minute, |record| record.minute);
    for at in [minute, now, now.saturating_add(1), i64::MAX, i64::MIN] {
        let (day, week) = (dose.niosh_percent(at), dose.h870_percent(at));
        assert!(
            day.is_finite() && day >= 0.0 && week.is_finite() && week >= 0.0,
            "{day} %, {week} % at {at}"
        );
        assert!(dose.day(at).is_none_or(|(hours, level_db_a)| hours >= 0.0 && level_db_a.is_finite()));
    }
    let before = dose.h870_percent(now);
    dose.join(&dose.clone());
    assert_eq!(dose.h870_percent(now), before);
});
