//! The shape of a compensation in decibels: smoothed, inverted, within its limits.

use crate::signal::response::Curve;

/// Points per octave, and the range, in which shapes are worked out.
pub(super) const PER_OCTAVE: f64 = 24.0;
const RANGE_HZ: (f64, f64) = (10.0, 20_480.0);

/// Cuts stop here, dB.
pub(super) const CUT_DB: f64 = -12.0;

/// The most that any seal is made up for, dB: more would only drive the membrane against its stops.
pub(super) const SEAL_BOOST_DB: f64 = 9.0;

/// A function of frequency as a curve.
pub(super) fn sampled(mut gain_db: impl FnMut(f64) -> f64) -> Curve {
    let octaves = (RANGE_HZ.1 / RANGE_HZ.0).log2();
    let points = (0..=(octaves * PER_OCTAVE) as u32).map(|n| RANGE_HZ.0 * (f64::from(n) / PER_OCTAVE).exp2());
    Curve::new(points.map(|hz| (hz, gain_db(hz))).collect())
}

/// The width, in octaves, over which a response means anything: peaks and dips narrower than that move with the
/// listener and the seat.
pub(super) fn smoothing_octaves(hz: f64) -> f64 {
    match hz {
        ..1_000.0 => 1.0 / 6.0,
        ..6_000.0 => 1.0 / 3.0,
        // From a third at 6 kHz to a whole one at 8 kHz.
        ..8_000.0 => 1.0 / 3.0 + 2.0 / 3.0 * (hz / 6_000.0).ln() / (8.0f64 / 6.0).ln(),
        _ => 1.0,
    }
}

/// The mean power over [`smoothing_octaves`]: it keeps peaks and fills dips, so that no narrow dip is boosted.
pub(super) fn smoothed(gain_db: impl Fn(f64) -> f64) -> Curve {
    const STEPS: i32 = 12;
    sampled(|hz| {
        let half = smoothing_octaves(hz) / 2.0;
        let power = |n: i32| 10f64.powf(gain_db(hz * (half * f64::from(n) / f64::from(STEPS)).exp2()) / 10.0);
        10.0 * ((-STEPS..=STEPS).map(power).sum::<f64>() / f64::from(2 * STEPS + 1)).log10()
    })
}

/// The most that may be added at `hz` where the pad seals, dB: 6 broadly, 3 above 6 kHz, 9 below 40 Hz.
pub(super) fn boost_limit_db(hz: f64) -> f64 {
    // The steps are ramps of less than half an octave on the side where more is allowed.
    let between = |from: (f64, f64), to: (f64, f64)| {
        from.1 + (to.1 - from.1) * (hz / from.0).ln() / (to.0 / from.0).ln()
    };
    match hz {
        ..30.0 => 9.0,
        ..40.0 => between((30.0, 9.0), (40.0, 6.0)),
        ..5_000.0 => 6.0,
        ..6_000.0 => between((5_000.0, 6.0), (6_000.0, 3.0)),
        _ => 3.0,
    }
}

/// How much of the correction is left: all up to 10 kHz, none from 16 kHz. No coupler is like an ear up there.
pub(super) fn trust(hz: f64) -> f64 {
    let place = ((hz / 10_000.0).ln() / 1.6f64.ln()).clamp(0.0, 1.0);
    0.5 + 0.5 * (std::f64::consts::PI * place).cos()
}

/// Keeps what lies below hearing from the driver: a Butterworth high-pass at 18 Hz, second order, dB.
pub(super) fn subsonic_db(hz: f64) -> f64 {
    -10.0 * (1.0 + (18.0 / hz).powi(4)).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_dip_is_filled_and_a_broad_one_kept() {
        let dip =
            |width: f64| move |hz: f64| if (hz / 3_000.0).log2().abs() < width / 2.0 { -20.0 } else { 0.0 };
        let narrow = smoothed(dip(0.1)).gain_db(3_000.0);
        let broad = smoothed(dip(1.0)).gain_db(3_000.0);
        assert!(narrow > -3.0 && broad < -19.0, "{narrow} {broad}");
    }

    #[test]
    fn limits_are_the_stated_ones() {
        for (hz, db) in
            [(10.0, 9.0), (30.0, 9.0), (40.0, 6.0), (1_000.0, 6.0), (6_000.0, 3.0), (15_000.0, 3.0)]
        {
            assert!((boost_limit_db(hz) - db).abs() < 1e-9, "{hz} Hz");
        }
        assert_eq!((trust(9_999.0), trust(16_000.0)), (1.0, 0.0));
        assert!((trust(12_649.0) - 0.5).abs() < 1e-4);
        assert!((subsonic_db(18.0) + 3.01).abs() < 0.01 && subsonic_db(40.0) > -0.2);
    }

    #[test]
    fn smoothing_widens_with_frequency() {
        for (hz, octaves) in [(100.0, 1.0 / 6.0), (3_000.0, 1.0 / 3.0), (6_000.0, 1.0 / 3.0), (9_000.0, 1.0)]
        {
            assert!((smoothing_octaves(hz) - octaves).abs() < 1e-9);
        }
        assert!((smoothing_octaves(7_999.0) - 1.0).abs() < 0.001);
    }
}
