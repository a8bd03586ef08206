//! How a response is cut: a direct head, then partitions that grow fourfold.

/// Frames between two strokes of work, the length of the direct head, and the smallest partition.
pub(super) const STROKE: usize = 64;

/// One size of partition.
///
/// `first` follows from when a block of input can be answered. The smallest partitions are computed the moment
/// their block is complete, so they answer one block after its start. The larger ones spread their work over
/// the whole time until the next block is complete, so they answer two blocks after its start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    /// Frames of one partition; its transforms have twice as many.
    pub(super) block: usize,
    /// The tap at which the first partition begins.
    pub(super) first: usize,
}

/// The sizes in use. Fourfold growth with these starts costs the fewest operations for 0.5 s at 48 kHz; larger
/// blocks than 4096 would make a single transform a visible share of a stroke.
pub(super) const SHAPES: [Shape; 4] = [
    Shape { block: 64, first: 64 },
    Shape { block: 256, first: 512 },
    Shape { block: 1_024, first: 2_048 },
    Shape { block: 4_096, first: 8_192 },
];

impl Shape {
    /// Strokes in the time of one block.
    pub(super) fn strokes(self) -> u64 {
        (self.block / STROKE) as u64
    }

    /// Blocks from the start of an input block to its answer.
    pub(super) fn delay_blocks(self) -> u64 {
        (self.first / self.block) as u64
    }
}

/// How many partitions of the size `SHAPES[level]` a response of `frames` taps needs.
pub(super) fn partitions(level: usize, frames: usize) -> usize {
    let shape = SHAPES[level];
    let end = SHAPES.get(level + 1).map_or(frames, |next| next.first.min(frames));
    end.saturating_sub(shape.first).div_ceil(shape.block)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every tap belongs to exactly one partition, and no answer is asked for before it can be ready.
    #[test]
    fn sizes_join_without_gap() {
        assert_eq!(SHAPES[0].first, STROKE);
        for (here, next) in SHAPES.iter().zip(&SHAPES[1..]) {
            assert_eq!((next.first - here.first) % here.block, 0);
            assert_eq!(next.delay_blocks(), 2);
        }
        let counts = |frames| [0, 1, 2, 3].map(|level| partitions(level, frames));
        assert_eq!(counts(64), [0, 0, 0, 0]);
        assert_eq!(counts(65), [1, 0, 0, 0]);
        assert_eq!(counts(24_000), [7, 6, 6, 4]);
        assert_eq!(counts(96_000), [7, 6, 6, 22]);
    }
}
