//! What of a report can be heard: for each finding a few seconds where it is worst.

use crate::check::words;
use farfield::check::Checked;
use farfield::check::clips::Wish;
use farfield::check::places::REFERENCE;
use farfield::judge::finding::Kind;
use farfield::judge::pictures::LoudnessTrack;
use farfield::judge::report::Reported;
use farfield::playback::system::System;

/// Length of a clip. Twelve findings with two clips each then take some 4 MB.
const CLIP_S: f64 = 8.0;

/// Clips, and which findings they belong to.
pub(super) struct Plan {
    /// All clips, each once.
    pub(super) wishes: Vec<Wish>,
    /// For each finding that is shown: where it is heard, and the studio, as places in `wishes`.
    pub(super) players: Vec<Option<Pair>>,
}

/// The two sides of a player.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) there: usize,
    pub(super) studio: usize,
}

impl Plan {
    pub(super) fn new(checked: &Checked, systems: &[System]) -> Self {
        let mut plan = Plan { wishes: Vec::new(), players: Vec::new() };
        for found in words::worth(&checked.report) {
            let pair = wish(found, checked, systems).and_then(|wish| {
                let studio = wish.in_the_studio()?;
                Some(Pair { there: plan.place(wish), studio: plan.place(studio) })
            });
            plan.players.push(pair);
        }
        plan
    }

    /// The place of a wish, which is added if nobody has had it.
    fn place(&mut self, wish: Wish) -> usize {
        let same = |known: &Wish| {
            known.system.id == wish.system.id
                && (known.start_s, known.length_s) == (wish.start_s, wish.length_s)
        };
        self.wishes.iter().position(same).unwrap_or_else(|| {
            self.wishes.push(wish);
            self.wishes.len() - 1
        })
    }
}

/// The worst system, other than the studio, that is at hand.
fn wish(found: &Reported, checked: &Checked, systems: &[System]) -> Option<Wish> {
    let id = found.systems.iter().find(|id| *id != REFERENCE)?;
    let system = systems.iter().find(|system| system.id == *id)?.clone();
    let (start_s, length_s) = span(found, &checked.pictures.loudness, checked.report.input.duration_s);
    Some(Wish { system, start_s, length_s })
}

/// The loudest seconds of a finding's span; the quietest where quiet is the trouble.
fn span(found: &Reported, loudness: &LoudnessTrack, duration_s: f64) -> (f64, f64) {
    let length_s = CLIP_S.min(duration_s);
    let latest_s = (found.end_s - length_s).max(found.start_s).min(duration_s - length_s).max(0.0);
    let earliest_s = found.start_s.min(latest_s);
    let middle = |n: usize| n as f64 * loudness.hop_s;
    let wanted = if found.kind == Kind::QuietLost { -1.0 } else { 1.0 };
    let inside = loudness.lufs.iter().enumerate().filter(|(n, lufs)| {
        // A value looks back over three seconds.
        (earliest_s..=latest_s).contains(&(middle(*n) - 0.5 * length_s)) && **lufs > -60.0
    });
    let best = inside.max_by(|a, b| (wanted * a.1).total_cmp(&(wanted * b.1)));
    let start_s = best.map_or(earliest_s, |(n, _)| middle(n) - 0.5 * length_s);
    // Whole tenths, so that findings of one place share their clips.
    ((10.0 * start_s).floor().max(0.0) / 10.0, length_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::headline::sample::found;

    #[test]
    fn a_clip_lies_within_the_finding_where_the_music_is_loudest() {
        let mut found = Reported { start_s: 20.0, end_s: 60.0, ..found(Kind::Mud, 0.5) };
        let lufs = (0..100)
            .map(|n| {
                if n == 40 {
                    -10.0
                } else if n == 30 {
                    -40.0
                } else {
                    -20.0
                }
            })
            .collect();
        let track = LoudnessTrack { hop_s: 1.0, lufs };
        assert_eq!(span(&found, &track, 100.0), (36.0, 8.0));
        found.kind = Kind::QuietLost;
        assert_eq!(span(&found, &track, 100.0), (26.0, 8.0));
        (found.start_s, found.end_s) = (97.0, 100.0);
        let (start_s, length_s) = span(&found, &track, 100.0);
        assert!(start_s + length_s <= 100.0 && start_s >= 91.9);
        assert_eq!(span(&found, &LoudnessTrack::default(), 3.0), (0.0, 3.0));
    }
}
