//! The rigid sphere: the head without a face, known exactly.
//!
//! R. O. Duda & W. L. Martens, "Range dependence of the response of a spherical head model", J. Acoust. Soc.
//! Am. 104 (1998): the series for a point source at any distance. The paper writes e^(−iωt); here, as
//! everywhere in Farfield, time runs as e^(+jωt), so its result is conjugated. The geometric delay of the
//! high frequencies is Woodworth's ray along the surface.

use crate::signal::space::{Direction, Position};
use realfft::num_complex::Complex64;
use std::f64::consts::{FRAC_PI_2, TAU};

/// Speed of sound at 20 °C.
pub(crate) const SPEED_OF_SOUND_M_S: f64 = 343.0;

/// The least distance of a source from the head's centre, in head radii: nearer, the series hardly converges.
const NEAREST_RADII: f64 = 1.2;

/// Beyond this many radii a wavefront counts as plane.
const FAR_RADII: f64 = 1_000.0;

/// No series needs more terms below 100 kHz.
const MOST_TERMS: usize = 400;

/// A rigid sphere with two ears on its equator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SphericalHead {
    /// Radius of the sphere.
    pub radius_m: f64,
    /// Azimuth of the left ear; the right ear mirrors it. 100° puts the ears a little behind the middle.
    pub ear_azimuth_deg: f64,
}

impl Default for SphericalHead {
    fn default() -> Self {
        SphericalHead { radius_m: 0.0875, ear_azimuth_deg: 100.0 }
    }
}

impl SphericalHead {
    /// Unit vectors towards the left and the right ear.
    pub fn ears(&self) -> [Position; 2] {
        [self.ear_azimuth_deg, -self.ear_azimuth_deg].map(|az| Direction::horizontal(az).unit())
    }

    /// Cosines of the angle between a direction and each ear, left then right.
    pub fn incidence(&self, direction: Direction) -> [f64; 2] {
        self.ears().map(|ear| ear.dot(direction.unit()).clamp(-1.0, 1.0))
    }

    /// Where the ears would be in the bass if there were no head: so far apart that a plane wave has the phase
    /// difference which the sphere gives it, 3ka/2 from the centre to each ear (Kuhn 1977).
    pub fn bass_ears(&self) -> [Position; 2] {
        self.ears().map(|ear| ear * (1.5 * self.radius_m))
    }

    /// Pressure at the surface, relative to the pressure at the head's centre without the head.
    ///
    /// `cos_incidence` is the cosine of the angle between source and ear, seen from the centre. Distances
    /// within 1.2 radii are taken as 1.2 radii; an infinite distance is a plane wave.
    pub fn pressure(&self, cos_incidence: f64, distance_m: f64, hz: f64) -> Complex64 {
        self.series(distance_m, hz).at(cos_incidence)
    }

    /// When the wavefront reaches the ear, after the centre: Woodworth's ray, straight to the lit side and
    /// along the surface into the shadow. Negative for the near ear.
    pub fn delay_s(&self, cos_incidence: f64) -> f64 {
        let radii = if cos_incidence >= 0.0 { -cos_incidence } else { cos_incidence.acos() - FRAC_PI_2 };
        radii * self.radius_m / SPEED_OF_SOUND_M_S
    }

    /// The series at one distance and frequency, good for every incidence.
    pub(crate) fn series(&self, distance_m: f64, hz: f64) -> Series {
        // Towards 0 Hz the terms cancel beyond the precision of f64; nothing changes below 1 Hz any more.
        let mu = TAU * hz.max(1.0) * self.radius_m / SPEED_OF_SOUND_M_S;
        let rho = (distance_m / self.radius_m).clamp(NEAREST_RADII, FAR_RADII);
        Series { terms: series_terms(mu, rho) }
    }
}

/// The weights of the Legendre polynomials P₀, P₁, …
pub(crate) struct Series {
    terms: Vec<Complex64>,
}

impl Series {
    /// The pressure for one incidence.
    pub(crate) fn at(&self, cos_incidence: f64) -> Complex64 {
        let (mut before, mut now) = (1.0, cos_incidence);
        let mut sum = self.terms[0];
        for (m, &term) in self.terms.iter().enumerate().skip(1) {
            sum += term * now;
            let m = m as f64;
            (before, now) = (now, ((2.0 * m + 1.0) * cos_incidence * now - m * before) / (m + 1.0));
        }
        sum
    }

    /// The mean of the squared magnitude over all directions: the Legendre polynomials are orthogonal.
    pub(crate) fn mean_power(&self) -> f64 {
        self.terms.iter().enumerate().map(|(m, term)| term.norm_sqr() / (2 * m + 1) as f64).sum()
    }
}

/// The recursion of the paper's appendix. `mu` is ka, `rho` the distance in radii.
fn series_terms(mu: f64, rho: f64) -> Vec<Complex64> {
    let zr = Complex64::new(0.0, mu * rho).inv();
    let za = Complex64::new(0.0, mu).inv();
    let (mut qr_before, mut qr) = (zr, zr * (1.0 - zr));
    let (mut qa_before, mut qa) = (za, za * (1.0 - za));
    let mut terms =
        vec![zr / (za * (za - 1.0)), 3.0 * zr * (zr - 1.0) / (za * (2.0 * za * za - 2.0 * za + 1.0))];
    let mut greatest = terms[0].norm().max(terms[1].norm());
    for m in 2..MOST_TERMS {
        let m = m as f64;
        (qr_before, qr) = (qr, -(2.0 * m - 1.0) * zr * qr + qr_before);
        (qa_before, qa) = (qa, -(2.0 * m - 1.0) * za * qa + qa_before);
        let term = (2.0 * m + 1.0) * qr / ((m + 1.0) * za * qa - qa_before);
        let size = term.norm();
        if !size.is_finite() {
            break;
        }
        terms.push(term);
        greatest = greatest.max(size);
        // Past m = ka the terms only fall.
        if m > mu && size < 1e-9 * greatest {
            break;
        }
    }
    let scale = rho * Complex64::from_polar(1.0, -mu) / Complex64::new(0.0, mu);
    terms.into_iter().map(|term| (term * scale).conj()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::level::amplitude_db;

    const HEAD: SphericalHead = SphericalHead { radius_m: 0.0875, ear_azimuth_deg: 100.0 };

    fn gain_db(incidence_deg: f64, distance_m: f64, hz: f64) -> f64 {
        amplitude_db(HEAD.pressure(incidence_deg.to_radians().cos(), distance_m, hz).norm())
    }

    /// Interaural phase delay, positive when the left ear leads.
    fn phase_itd_us(azimuth_deg: f64, hz: f64) -> f64 {
        let [left, right] =
            HEAD.incidence(Direction::horizontal(azimuth_deg)).map(|x| HEAD.pressure(x, 8.75, hz));
        (left * right.conj()).arg() / (TAU * hz) * 1e6
    }

    /// An evaluation of the series by an independent programme.
    #[test]
    fn the_far_sphere_meets_the_table_of_duda_and_martens_series() {
        let hz = [100.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0];
        let table = [
            (0.0, [0.04, 2.22, 3.75, 5.15, 5.71, 5.93, 6.00]),
            (60.0, [-0.02, 0.83, 2.77, 3.78, 4.50, 5.10, 5.49]),
            (90.0, [-0.05, -0.40, 0.98, 1.55, 2.16, 2.45, 2.65]),
            (120.0, [-0.04, -0.70, -2.11, -0.63, -1.45, -2.82, -4.33]),
            (150.0, [-0.01, -0.01, -0.80, -5.25, -4.23, -7.09, -11.56]),
            (180.0, [0.00, 0.40, 0.88, 1.22, 0.99, -0.18, -2.58]),
        ];
        for (incidence_deg, row) in table {
            for (hz, expected) in hz.into_iter().zip(row) {
                let did = gain_db(incidence_deg, f64::INFINITY, hz);
                assert!((did - expected).abs() < 0.05, "{incidence_deg}° {hz} Hz: {did} for {expected}");
            }
        }
    }

    #[test]
    fn a_source_at_25_cm_has_a_level_difference_even_in_the_bass() {
        let hz = [200.0, 1_000.0, 4_000.0];
        for (incidence_deg, row) in
            [(0.0, [5.4, 7.7, 9.3]), (90.0, [-1.0, -0.7, -0.6]), (150.0, [-3.8, -4.7, -9.1])]
        {
            for (hz, expected) in hz.into_iter().zip(row) {
                let did = gain_db(incidence_deg, 0.25, hz);
                assert!((did - expected).abs() < 0.06, "{incidence_deg}° {hz} Hz: {did} for {expected}");
            }
        }
    }

    #[test]
    fn phase_delay_between_the_ears_is_half_as_much_again_as_the_ray_in_the_bass() {
        for (azimuth_deg, at_200, at_500) in
            [(30.0, 387.0, 406.0), (60.0, 666.0, 667.0), (90.0, 766.0, 749.0)]
        {
            assert!((phase_itd_us(azimuth_deg, 200.0) - at_200).abs() < 1.0, "{azimuth_deg}° 200 Hz");
            assert!((phase_itd_us(azimuth_deg, 500.0) - at_500).abs() < 1.0, "{azimuth_deg}° 500 Hz");
        }
    }

    /// (a/c)(θ + sin θ), here for ears at 90°, where the formula is Woodworth's own.
    #[test]
    fn the_ray_takes_woodworths_time() {
        let head = SphericalHead { ear_azimuth_deg: 90.0, ..HEAD };
        for (azimuth_deg, expected_us) in [(30.0, 261.0), (60.0, 488.0), (90.0, 656.0)] {
            let [left, right] = head.incidence(Direction::horizontal(azimuth_deg)).map(|x| head.delay_s(x));
            let itd_us = (right - left) * 1e6;
            assert!((itd_us - expected_us).abs() < 1.0, "{azimuth_deg}°: {itd_us}");
        }
    }

    #[test]
    fn nothing_stands_in_the_way_of_very_low_frequencies() {
        for x in [-1.0, -0.3, 0.4, 1.0] {
            for hz in [0.0, 0.1, 1.0, 5.0] {
                assert!((HEAD.pressure(x, f64::INFINITY, hz) - 1.0).norm() < 0.03, "{x} {hz}");
            }
        }
    }

    #[test]
    fn the_series_is_finite_wherever_it_is_asked() {
        for hz in [0.0, 1e-9, 20.0, 20_000.0, 96_000.0] {
            for distance_m in [0.0, 0.05, 0.1, 1.0, 1e9] {
                for x in [-1.0, 0.0, 1.0] {
                    assert!(HEAD.pressure(x, distance_m, hz).is_finite(), "{hz} {distance_m} {x}");
                }
            }
        }
    }
}
