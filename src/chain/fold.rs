//! What is taken of the mix before it reaches a system.

use serde::Deserialize;

/// What is taken of the mix before it reaches the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    /// Both sides as they are.
    #[default]
    Stereo,
    /// The mean of both on both.
    Mono,
    /// Half the difference on both: what mono loses.
    Side,
}

impl Fold {
    /// Gains from left and right to each of the two outputs, `[output][input]`.
    pub fn gains(self) -> [[f32; 2]; 2] {
        match self {
            Fold::Stereo => [[1.0, 0.0], [0.0, 1.0]],
            Fold::Mono => [[0.5, 0.5]; 2],
            Fold::Side => [[0.5, -0.5]; 2],
        }
    }

    /// Folds a stretch in place.
    #[cfg(feature = "decode")]
    pub(super) fn apply(self, [left, right]: &mut [Vec<f32>; 2]) {
        if self == Fold::Stereo {
            return;
        }
        let [gains, _] = self.gains();
        for (left, right) in left.iter_mut().zip(right) {
            *left = gains[0] * *left + gains[1] * *right;
            *right = *left;
        }
    }
}
