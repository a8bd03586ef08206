//! Where a response was taken decides what may be added to it, so the kinds are types.
//!
//! [`Direct`]: the loudspeaker alone; the room is added. [`AtListener`]: steady state in its place, room or
//! cabin gain included; the room that carries it must be neutral in level. [`AtEar`]: at the eardrum,
//! relative to the Harman target; no room. A room's gain can be added to a `Direct` only:
//!
//! ```
//! use farfield::playback::loudspeaker::response::{AtListener, Direct, RoomGain};
//! use farfield::signal::response::Curve;
//! let gain = RoomGain::new(Curve::flat(3.0));
//! let there: AtListener = Direct::new(Curve::flat(0.0)).in_room(&gain);
//! assert_eq!(there.gain_db(50.0), 3.0);
//! ```
//!
//! ```compile_fail,E0599
//! use farfield::playback::loudspeaker::response::{AtListener, RoomGain};
//! use farfield::signal::response::Curve;
//! let gain = RoomGain::new(Curve::flat(3.0));
//! let twice = AtListener::new(Curve::flat(0.0)).in_room(&gain); // the bass would count twice
//! ```

use crate::signal::response::Curve;

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(Curve);

        impl $name {
            /// Of a curve in dB.
            pub fn new(curve: Curve) -> Self {
                $name(curve)
            }

            /// The curve.
            pub fn curve(&self) -> &Curve {
                &self.0
            }

            /// The gain at a frequency.
            pub fn gain_db(&self, hz: f64) -> f64 {
                self.0.gain_db(hz)
            }
        }
    };
}

kind! {
    /// Of the loudspeaker alone, on its axis in the free field; 0 dB is its middle.
    Direct
}
kind! {
    /// In steady state at the listener, the gain of room or cabin included.
    AtListener
}
kind! {
    /// At the eardrum, relative to the Harman target.
    AtEar
}
kind! {
    /// What a room adds to a loudspeaker's response, in steady state.
    RoomGain
}

impl Direct {
    /// What arrives at the listener when the loudspeaker stands in a room.
    pub fn in_room(self, gain: &RoomGain) -> AtListener {
        AtListener(self.0.plus(&gain.0))
    }
}

/// A response of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// The room is added.
    Direct(Direct),
    /// The room must be neutral in level.
    AtListener(AtListener),
    /// There is no room.
    AtEar(AtEar),
}

impl Response {
    /// The curve, whatever it means.
    pub fn curve(&self) -> &Curve {
        match self {
            Response::Direct(Direct(curve))
            | Response::AtListener(AtListener(curve))
            | Response::AtEar(AtEar(curve)) => curve,
        }
    }

    /// The gain at a frequency.
    pub fn gain_db(&self, hz: f64) -> f64 {
        self.curve().gain_db(hz)
    }

    /// The same kind with another curve.
    pub fn map(&self, change: impl FnOnce(&Curve) -> Curve) -> Self {
        match self {
            Response::Direct(Direct(curve)) => Response::Direct(Direct(change(curve))),
            Response::AtListener(AtListener(curve)) => Response::AtListener(AtListener(change(curve))),
            Response::AtEar(AtEar(curve)) => Response::AtEar(AtEar(change(curve))),
        }
    }
}

/// Nothing is told apart below this.
const FLOOR_DB: f64 = -120.0;

/// A curve through anchors that falls on beyond them at a slope (dB per octave), down to −120 dB.
///
/// Loudspeakers have natural slopes: 12 dB per octave in a closed box, 24 with a port.
///
/// # Panics
/// As [`Curve::new`]; parsers check before.
pub fn with_slopes(anchors: &[(f64, f64)], low_slope: f64, high_slope: f64) -> Curve {
    let mut points = anchors.to_vec();
    let (first, last) = (points[0], points[points.len() - 1]);
    let octaves_to_floor = |(_, db): (f64, f64), slope: f64| ((db - FLOOR_DB) / slope).max(0.0);
    if low_slope > 0.0 {
        let octaves = octaves_to_floor(first, low_slope).min((first.0 / 0.1).log2());
        if octaves > 0.0 {
            points.insert(0, (first.0 / octaves.exp2(), first.1 - low_slope * octaves));
        }
    }
    if high_slope > 0.0 {
        let octaves = octaves_to_floor(last, high_slope).min((1e6 / last.0).log2());
        if octaves > 0.0 {
            points.push((last.0 * octaves.exp2(), last.1 - high_slope * octaves));
        }
    }
    Curve::new(points)
}

/// The frequencies where a curve first falls `down_db` below its level in the middle (mean power from
/// 300 Hz to 3 kHz), going down from 500 Hz and up from 3 kHz.
pub fn limits_hz(curve: &Curve, down_db: f64) -> (f64, f64) {
    const PER_OCTAVE: f64 = 96.0;
    let steps = (10f64.log2() * PER_OCTAVE) as i32;
    let in_band = (0..=steps).map(|n| 300.0 * (f64::from(n) / PER_OCTAVE).exp2());
    let mean = in_band.map(|hz| 10f64.powf(curve.gain_db(hz) / 10.0)).sum::<f64>() / f64::from(steps + 1);
    let edge_db = 10.0 * mean.log10() - down_db;
    let walk = |from_hz: f64, direction: f64, stop: i32| {
        (0..stop)
            .map(|n| from_hz * (direction * f64::from(n) / PER_OCTAVE).exp2())
            .find(|&hz| curve.gain_db(hz) <= edge_db)
    };
    (walk(500.0, -1.0, 700).unwrap_or(0.0), walk(3_000.0, 1.0, 300).unwrap_or(f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_its_anchors_a_curve_falls_at_its_slopes() {
        let curve = with_slopes(&[(40.0, -6.0), (100.0, 0.0), (10_000.0, -2.0)], 24.0, 12.0);
        for (hz, db) in [(40.0, -6.0), (20.0, -30.0), (10.0, -54.0), (20_000.0, -14.0), (40_000.0, -26.0)] {
            assert!((curve.gain_db(hz) - db).abs() < 1e-9, "{hz} Hz: {}", curve.gain_db(hz));
        }
        assert!((curve.gain_db(0.01) + 120.0).abs() < 1e-9);
    }

    #[test]
    fn without_a_slope_the_end_is_held() {
        let curve = with_slopes(&[(40.0, -6.0), (100.0, 0.0)], 0.0, 0.0);
        assert_eq!((curve.gain_db(1.0), curve.gain_db(90_000.0)), (-6.0, 0.0));
    }

    #[test]
    fn limits_are_found_on_a_straight_slope() {
        let curve = with_slopes(&[(100.0, 0.0), (8_000.0, 0.0)], 12.0, 6.0);
        let (low, high) = limits_hz(&curve, 6.0);
        assert!((low - 70.7).abs() < 0.6 && (high / 16_000.0 - 1.0).abs() < 0.01, "{low} {high}");
    }

    #[test]
    fn a_room_adds_to_a_direct_response() {
        let direct = Direct::new(Curve::new(vec![(50.0, -6.0), (100.0, 0.0)]));
        let there = direct.in_room(&RoomGain::new(Curve::flat(3.0)));
        assert_eq!((there.gain_db(50.0), there.gain_db(100.0)), (-3.0, 3.0));
    }
}
