//! The dose of the last day and week, from what every minute of listening added.
//!
//! A record is a line of text, so that any number of programs can append to one file and none overwrites another's.
//! Who counts has a number of its own. Of several who count in the same minute the one that counted most is taken: one
//! pair of ears wears one headphone, and what passes two plugins is heard once.
//!
//! Day and week are the last 24 hours and seven days, as H.870 has it: no midnight brings the ears back.

use super::exposure::{Exposure, H870, NIOSH, percent};
use crate::signal::level::{power, power_db};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A day.
pub const DAY_MINUTES: i64 = 24 * 60;
/// Records that are older count no more.
pub const WEEK_MINUTES: i64 = 7 * DAY_MINUTES;
/// Longer than this no minute's record is, s: a batch that was written late.
const LONGEST_S: f64 = 120.0;
/// Softer than the first nothing counts, louder than the second no headphone plays, dB(A).
const POSSIBLE_DB_A: RangeInclusive<f64> = -100.0..=140.0;

/// What one who counts found in a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Minutes since 1970 (UTC).
    pub minute: i64,
    /// Who counted.
    pub counter: u64,
    /// So long something was heard, s.
    pub seconds: f64,
    /// Its mean level, dB(A).
    pub level_db_a: f64,
}

impl Record {
    /// What was heard on headphones with this anchor, dB(A); none if it was nothing.
    pub fn of(heard: &Exposure, anchor_db_a: f64, minute: i64, counter: u64) -> Option<Self> {
        let level_db_a = heard.level_db_a(anchor_db_a)?;
        Some(Record { minute, counter, seconds: heard.seconds, level_db_a })
    }

    /// As a line of text, without its end.
    pub fn line(&self) -> String {
        format!("{} {:x} {:.2} {:.2}", self.minute, self.counter, self.seconds, self.level_db_a)
    }

    /// From such a line; none if it is another, or impossible.
    pub fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [minute, counter, seconds, level] = words[..] else { return None };
        let record = Record {
            minute: minute.parse().ok()?,
            counter: u64::from_str_radix(counter, 16).ok()?,
            seconds: seconds.parse().ok()?,
            level_db_a: level.parse().ok()?,
        };
        let possible = (0.0..=LONGEST_S).contains(&record.seconds);
        (possible && POSSIBLE_DB_A.contains(&record.level_db_a)).then_some(record)
    }
}

/// Seconds, and energy relative to 0 dB(A) for a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    seconds: f64,
    energy_s: f64,
}

/// All that was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dose {
    /// By minute, and who counted.
    minutes: BTreeMap<(i64, u64), Sum>,
}

impl Dose {
    /// Adds a record.
    pub fn add(&mut self, record: &Record) {
        let sum = self.minutes.entry((record.minute, record.counter)).or_default();
        sum.seconds += record.seconds;
        sum.energy_s += record.seconds * power(record.level_db_a);
    }

    /// From lines of text; what is no record is passed over.
    pub fn read(text: &str) -> Self {
        let mut dose = Dose::default();
        text.lines().filter_map(Record::read).for_each(|record| dose.add(&record));
        dose
    }

    /// With what somebody else counted.
    pub fn join(&mut self, other: &Dose) {
        self.minutes.extend(&other.minutes);
    }

    /// The sum over so many minutes before this one, itself included; what lies ahead of it counts as well, since clocks
    /// are set back.
    fn sum(&self, minute: i64, minutes: i64) -> Sum {
        let mut most: BTreeMap<i64, Sum> = BTreeMap::new();
        for (&(at, _), &sum) in self.minutes.range((minute.saturating_sub(minutes) + 1, 0)..) {
            let most = most.entry(at).or_default();
            most.seconds = most.seconds.max(sum.seconds);
            most.energy_s = most.energy_s.max(sum.energy_s);
        }
        most.values().fold(Sum::default(), |all, sum| Sum {
            seconds: all.seconds + sum.seconds,
            energy_s: all.energy_s + sum.energy_s,
        })
    }

    /// The share of NIOSH's day that the last 24 hours took, %.
    pub fn niosh_percent(&self, minute: i64) -> f64 {
        percent(self.sum(minute, DAY_MINUTES).energy_s, NIOSH)
    }

    /// The share of H.870's week that the last seven days took, %.
    pub fn h870_percent(&self, minute: i64) -> f64 {
        percent(self.sum(minute, WEEK_MINUTES).energy_s, H870)
    }

    /// Hours of sound in the last 24, and their mean level, dB(A); none without sound.
    pub fn day(&self, minute: i64) -> Option<(f64, f64)> {
        let sum = self.sum(minute, DAY_MINUTES);
        (sum.seconds > 0.0).then(|| (sum.seconds / 3_600.0, power_db(sum.energy_s / sum.seconds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 29_000_000;

    fn record(minute: i64, counter: u64, level_db_a: f64) -> Record {
        Record { minute, counter, seconds: 60.0, level_db_a }
    }

    fn dose(records: impl IntoIterator<Item = Record>) -> Dose {
        let text: Vec<String> = records.into_iter().map(|record| record.line()).collect();
        Dose::read(&text.join("\n"))
    }

    /// Hours until a dose is full at a level.
    fn hours(level_db_a: f64, percent: impl Fn(&Dose, i64) -> f64) -> f64 {
        let minute = dose([record(NOW, 1, level_db_a)]);
        100.0 / percent(&minute, NOW) / 60.0
    }

    #[test]
    fn tables_of_the_standards() {
        for (level, full) in [(82.0, 16.0), (85.0, 8.0), (88.0, 4.0), (94.0, 1.0), (100.0, 0.25)] {
            let found = hours(level, Dose::niosh_percent);
            // NIOSH halves the time each 3 dB, energy does each 3.01 dB: 1.7 % at 100 dB(A).
            assert!((found / full - 1.0).abs() < 0.02, "NIOSH at {level}: {found} h");
        }
        for (level, full) in [(80.0, 40.0), (83.0, 20.05), (90.0, 4.0), (95.0, 1.26), (100.0, 0.4)] {
            let found = hours(level, Dose::h870_percent);
            assert!((found / full - 1.0).abs() < 0.005, "H.870 at {level}: {found} h");
        }
    }

    #[test]
    fn a_full_day_and_a_full_week_are_those_of_the_standards() {
        let day = dose((0..480).map(|n| record(NOW - n, 1, 85.0)));
        assert!((day.niosh_percent(NOW) - 100.0).abs() < 0.01, "{}", day.niosh_percent(NOW));
        let (hours, level) = day.day(NOW).unwrap();
        assert!((hours - 8.0).abs() < 1e-9 && (level - 85.0).abs() < 1e-9);
        let week =
            dose((0..5).flat_map(|d| (0..480).map(move |n| record(NOW - d * DAY_MINUTES - n, 1, 80.0))));
        assert!((week.h870_percent(NOW) - 100.0).abs() < 0.01, "{}", week.h870_percent(NOW));
        // 5 dB below NIOSH's level: a third of a day.
        assert!((week.niosh_percent(NOW) - 31.6).abs() < 0.1);
    }

    #[test]
    fn what_is_over_counts_no_more() {
        let old = dose([record(NOW, 1, 94.0)]);
        for (later, day, week) in [
            (0, true, true),
            (1_439, true, true),
            (1_440, false, true),
            (10_079, false, true),
            (10_080, false, false),
        ] {
            assert_eq!(old.niosh_percent(NOW + later) > 0.0, day, "{later}");
            assert_eq!(old.h870_percent(NOW + later) > 0.0, week, "{later}");
        }
        assert_eq!(old.day(NOW + 1_440), None);
        assert!(old.niosh_percent(NOW - 5) > 0.0, "a clock that was set back forgets nothing");
    }

    #[test]
    fn two_who_count_the_same_minute_count_it_once_and_one_after_another_twice() {
        let one = dose([record(NOW, 1, 85.0)]);
        let both = dose([record(NOW, 1, 85.0), record(NOW, 2, 82.0)]);
        assert_eq!(one.niosh_percent(NOW), both.niosh_percent(NOW));
        let halves = Record { seconds: 30.0, ..record(NOW, 1, 85.0) };
        assert_eq!(one.niosh_percent(NOW), dose([halves, halves]).niosh_percent(NOW));
        let after = dose([record(NOW, 1, 85.0), record(NOW - 1, 2, 85.0)]);
        assert!((after.niosh_percent(NOW) / one.niosh_percent(NOW) - 2.0).abs() < 1e-9);
        let mut joined = one.clone();
        joined.join(&one);
        assert_eq!(joined, one, "what is known already is not counted again");
    }

    #[test]
    fn a_record_comes_from_what_was_heard() {
        let mut heard = Exposure::default();
        heard.add(-20.0, 20.0);
        let record = Record::of(&heard, 85.0, NOW, 0xab).unwrap();
        assert!((record.level_db_a - 85.0).abs() < 1e-9);
        assert_eq!(Record::read(&record.line()), Some(Record { level_db_a: 85.0, ..record }));
        assert_eq!(Record::of(&Exposure::default(), 85.0, NOW, 1), None);
        for wrong in [
            "",
            "1 1 1",
            "1 1 1 1 1",
            "x 1 1 1",
            "1 1 NaN 80",
            "1 1 1000 80",
            "1 1 60 400",
            "1 1 60 NaN",
            "1 1 60 -inf",
            "1 1 -5 80",
        ] {
            assert_eq!(Record::read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "[0-9a-f .\\-\nNinfa]{0,200}") {
            let dose = Dose::read(&text);
            prop_assert!(dose.niosh_percent(i64::MAX) >= 0.0 && dose.h870_percent(i64::MIN) >= 0.0);
        }
    }
}
