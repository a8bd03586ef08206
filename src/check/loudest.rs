//! The loudest passages of a piece, kept while it streams by.

use crate::signal::audio::Audio;

/// Length of a passage.
const PASSAGE_S: f64 = 2.0;
/// How many are kept.
const KEPT: usize = 3;

/// Collects them.
pub(super) struct Loudest {
    rate_hz: f64,
    frames: usize,
    at_hand: [Vec<f32>; 2],
    /// Energy and sound, the loudest first.
    kept: Vec<(f64, [Vec<f32>; 2])>,
}

impl Loudest {
    pub(super) fn new(rate_hz: f64) -> Self {
        let frames = (PASSAGE_S * rate_hz) as usize;
        Loudest { rate_hz, frames, at_hand: Default::default(), kept: Vec::new() }
    }

    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) {
        let mut from = 0;
        while from < left.len() {
            let to = left.len().min(from + self.frames - self.at_hand[0].len());
            self.at_hand[0].extend_from_slice(&left[from..to]);
            self.at_hand[1].extend_from_slice(&right[from..to]);
            from = to;
            if self.at_hand[0].len() == self.frames {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        let energy: f64 = self.at_hand.iter().flatten().map(|&x| f64::from(x * x)).sum();
        let passage = std::mem::take(&mut self.at_hand);
        let place = self.kept.partition_point(|(kept, _)| *kept >= energy);
        if place < KEPT {
            self.kept.insert(place, (energy, passage));
            self.kept.truncate(KEPT);
        } else {
            self.at_hand = passage;
            self.at_hand.iter_mut().for_each(Vec::clear);
        }
    }

    /// The loudest passages; of a piece shorter than one, the piece.
    pub(super) fn passages(mut self) -> Vec<Audio> {
        if self.kept.is_empty() && !self.at_hand[0].is_empty() {
            self.end();
        }
        let audio = |(_, [left, right]): (f64, [Vec<f32>; 2])| Audio {
            rate_hz: self.rate_hz,
            planes: vec![left, right],
        };
        self.kept.into_iter().map(audio).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_passages_are_kept_in_order() {
        let mut loudest = Loudest::new(100.0);
        for level in [0.1f32, 0.5, 0.2, 0.9, 0.3] {
            let passage = vec![level; 200];
            for part in passage.chunks(33) {
                loudest.push(part, part);
            }
        }
        loudest.push(&[1.0; 50], &[1.0; 50]);
        let levels: Vec<f32> = loudest.passages().iter().map(|p| p.planes[0][0]).collect();
        assert_eq!(levels, [0.9, 0.5, 0.3]);
    }

    #[test]
    fn a_short_piece_is_kept_whole() {
        let mut loudest = Loudest::new(100.0);
        loudest.push(&[0.5; 30], &[0.5; 30]);
        assert_eq!(loudest.passages()[0].frames(), 30);
    }
}
