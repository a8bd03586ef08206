//! How well a severity tells damaged songs from clean ones.

/// The chance that a damaged song scores above a clean one, any against any; half a point for a tie.
pub(super) fn auc(damaged: &[f64], clean: &[f64]) -> f64 {
    let pairs = damaged.iter().flat_map(|bad| clean.iter().map(move |good| (bad, good)));
    let points = pairs.map(|(bad, good)| match bad.total_cmp(good) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    });
    points.sum::<f64>() / (damaged.len() * clean.len()) as f64
}

/// The share of true ones.
pub(super) fn share(of: impl Iterator<Item = bool>) -> f64 {
    let (yes, all) = of.fold((0, 0), |(yes, all), is| (yes + usize::from(is), all + 1));
    f64::from(yes as u32) / f64::from(all.max(1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_a_half_and_telling_apart_is_one() {
        assert_eq!(auc(&[0.0, 0.0], &[0.0, 0.0, 0.0]), 0.5);
        assert_eq!(auc(&[0.5, 1.0], &[0.0, 0.4]), 1.0);
        assert_eq!(auc(&[0.0], &[0.1]), 0.0);
        // 2 of 4 pairs won, 1 tie.
        assert_eq!(auc(&[0.2, 0.6], &[0.2, 0.4]), 0.625);
    }

    #[test]
    fn a_share_is_of_all() {
        assert_eq!(share([true, false, false, true].into_iter()), 0.5);
        assert_eq!(share(std::iter::empty()), 0.0);
    }
}
