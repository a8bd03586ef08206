//! A loudspeaker as data: its response, where its drivers stand, what they are fed, whither they radiate.
//!
//! All of it is linear. What depends on the level is in [`crate::playback::electronics`].

pub mod response;
pub mod directivity;

pub use directivity::{Directivity, Pattern};
pub use response::Response;

use crate::signal::biquad::{Band, Coefficients};
use crate::signal::level::amplitude;
use crate::signal::space::{Direction, Position};
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// What a driver is fed: so much of either channel, through these filters.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// Amplitude of the left channel.
    pub from_left: f64,
    /// Amplitude of the right channel.
    pub from_right: f64,
    /// Crossover and protection.
    pub filters: Vec<Band>,
    /// Gain on top.
    pub gain_db: f64,
    /// Delay of this driver, by alignment.
    pub delay_s: f64,
}

impl Feed {
    /// The complex response over frequency at a rate, for an input of 1, whatever of either channel that is.
    pub fn response(&self, rate_hz: f64) -> impl Fn(f64) -> Complex64 + use<> {
        let (filter, delay_s) = (self.filter(rate_hz), self.delay_s);
        move |hz| filter(hz) * Complex64::from_polar(1.0, -TAU * hz * delay_s)
    }

    /// The same without the delay.
    pub fn filter(&self, rate_hz: f64) -> impl Fn(f64) -> Complex64 + use<> {
        let filters: Vec<Coefficients> = self.filters.iter().map(|band| band.at(rate_hz)).collect();
        let gain = amplitude(self.gain_db);
        move |hz| filters.iter().map(|filter| filter.response(hz, rate_hz)).product::<Complex64>() * gain
    }
}

/// One driver in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// What people call it: "left door".
    pub name: String,
    /// What it is fed.
    pub feed: Feed,
    /// Relative to the head's centre, in the head's frame: x to the front, y to the left, z up.
    pub position: Position,
    /// Where its axis points, in the head's frame.
    pub aim: Direction,
    /// How it radiates off its axis.
    pub directivity: Directivity,
}

impl Driver {
    /// The angle between this driver's axis and the listener, 0…180°.
    pub fn off_axis_deg(&self) -> f64 {
        self.aim.angle_deg((self.position * -1.0).direction())
    }

    /// A direction of radiation (head frame) as the driver sees it: its axis is azimuth 0, elevation 0.
    pub fn off_axis(&self, towards: Direction) -> Direction {
        let (sin_az, cos_az) = self.aim.azimuth_deg.to_radians().sin_cos();
        let (sin_el, cos_el) = self.aim.elevation_deg.to_radians().sin_cos();
        let v = towards.unit();
        let (x, y) = (v.x_m * cos_az + v.y_m * sin_az, v.y_m * cos_az - v.x_m * sin_az);
        Position::new(x * cos_el + v.z_m * sin_el, y, v.z_m * cos_el - x * sin_el).direction()
    }
}

/// What all drivers together get from a left and a right signal: the sum of their feeds, as if they stood
/// in one place. 1 for a left signal alone means: crossover and bass management add up flat.
pub fn summed_feeds(drivers: &[Driver], left: f64, right: f64, hz: f64, rate_hz: f64) -> Complex64 {
    let fed = |feed: &Feed| feed.response(rate_hz)(hz) * (feed.from_left * left + feed.from_right * right);
    drivers.iter().map(|driver| fed(&driver.feed)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::biquad::{linkwitz_riley_high, linkwitz_riley_low};
    use crate::signal::level::amplitude_db;

    fn driver(from_left: f64, from_right: f64, filters: Vec<Band>) -> Driver {
        Driver {
            name: String::new(),
            feed: Feed { from_left, from_right, filters, gain_db: 0.0, delay_s: 0.0 },
            position: Position::new(2.0, 0.0, 0.0),
            aim: Direction::horizontal(180.0),
            directivity: Directivity::Omni,
        }
    }

    #[test]
    fn satellites_and_a_subwoofer_add_up_flat_for_any_pan() {
        let drivers = [
            driver(1.0, 0.0, linkwitz_riley_high(80.0)),
            driver(0.0, 1.0, linkwitz_riley_high(80.0)),
            driver(1.0, 1.0, linkwitz_riley_low(80.0)),
        ];
        for (left, right) in [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.8, 0.2)] {
            for hz in [20.0, 60.0, 80.0, 120.0, 1_000.0] {
                let sum = amplitude_db(summed_feeds(&drivers, left, right, hz, 48_000.0).norm());
                assert!(sum.abs() < 1e-6, "{hz} Hz: {sum} dB");
            }
        }
    }

    #[test]
    fn a_driver_sees_directions_from_its_own_axis() {
        let turned = Driver {
            aim: Direction { azimuth_deg: -150.0, elevation_deg: 20.0 },
            ..driver(1.0, 0.0, Vec::new())
        };
        let on_axis = turned.off_axis(turned.aim);
        assert!(on_axis.azimuth_deg.abs() < 1e-9 && on_axis.elevation_deg.abs() < 1e-9);
        let level = Driver { aim: Direction::horizontal(180.0), ..turned.clone() };
        let left = level.off_axis(Direction::horizontal(-150.0));
        assert!((left.azimuth_deg - 30.0).abs() < 1e-9, "{left:?}");
        for towards in [Direction::horizontal(10.0), Direction { azimuth_deg: 70.0, elevation_deg: -40.0 }] {
            let seen = turned.off_axis(towards);
            let apart = seen.angle_deg(Direction::default()) - turned.aim.angle_deg(towards);
            assert!(apart.abs() < 1e-6);
        }
    }

    #[test]
    fn a_driver_that_aims_at_the_listener_is_on_axis() {
        assert!(driver(1.0, 0.0, Vec::new()).off_axis_deg() < 1e-6);
    }
}
