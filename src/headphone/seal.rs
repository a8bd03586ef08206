//! What leaks out between pad and head: a second-order high-pass, physically.
//!
//! The air in the front cavity is a spring, the air in the gap a mass with friction; a driver that is held by its own
//! stiffness then gives H(s) = (s² + s·ω₀/Q)/(s² + s·ω₀/Q + ω₀²): 6 dB an octave at very low frequencies, up to 12
//! below f₀, a small bump above. The shape of published leak measurements (T. Welti, AES 138, 2015). The presets are
//! estimates for headphones that enclose the ear; in-ears that do not seal lose bass from higher up.

use std::f64::consts::TAU;
use std::str::FromStr;

/// How one ear's pad closes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seal {
    corner_hz: f64,
    q: f64,
}

/// The greatest Q: driver and pad lose energy that the friction in a wide gap does not account for.
const Q_MAX: f64 = 1.2;
/// Density of air, kg/m³, and speed of sound, m/s, at 20 °C; its viscosity, Pa·s.
const AIR: (f64, f64, f64) = (1.204, 343.0, 1.81e-5);

/// A seal that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SealError {
    /// The corner is out of range.
    #[error("a leak's corner of {0} Hz is out of range; give 0 (no leak) to 500 Hz")]
    Corner(f64),
    /// The Q is out of range.
    #[error("a leak's Q of {0} is out of range; give 0.1 to 1.2")]
    Q(f64),
}

/// No seal has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no seal is called `{0}`; choose one of: {names}", names = Seal::names().collect::<Vec<_>>().join(", "))]
pub struct UnknownSeal(pub String);

impl Seal {
    /// Nothing leaks: the measuring head's own condition.
    pub const NONE: Seal = Seal { corner_hz: 0.0, q: 1.0 };
    /// A good seal; `tight`.
    pub const GOOD: Seal = Seal { corner_hz: 25.0, q: 0.35 };
    /// Light hair under the pad; `hair`.
    pub const LIGHT_HAIR: Seal = Seal { corner_hz: 40.0, q: 0.5 };
    /// Thin temples; `thin-glasses`.
    pub const THIN_GLASSES: Seal = Seal { corner_hz: 60.0, q: 0.7 };
    /// Common temples; `glasses`.
    pub const GLASSES: Seal = Seal { corner_hz: 80.0, q: 0.7 };
    /// Thick temples and hair; `glasses-and-hair`.
    pub const THICK_GLASSES_AND_HAIR: Seal = Seal { corner_hz: 100.0, q: 1.0 };
    /// A pad that does not lie on; `loose`.
    pub const BAD_FIT: Seal = Seal { corner_hz: 150.0, q: 1.0 };

    /// The presets and their names, from tight to loose.
    pub const PRESETS: [(&'static str, Seal); 6] = [
        ("tight", Seal::GOOD),
        ("hair", Seal::LIGHT_HAIR),
        ("thin-glasses", Seal::THIN_GLASSES),
        ("glasses", Seal::GLASSES),
        ("glasses-and-hair", Seal::THICK_GLASSES_AND_HAIR),
        ("loose", Seal::BAD_FIT),
    ];

    /// A leak from its corner and Q, as a calibration finds them. Corner 0 is no leak.
    pub fn new(corner_hz: f64, q: f64) -> Result<Self, SealError> {
        match (corner_hz, q) {
            (hz, _) if !(0.0..=500.0).contains(&hz) => Err(SealError::Corner(hz)),
            (_, q) if !(0.1..=Q_MAX).contains(&q) => Err(SealError::Q(q)),
            _ => Ok(Seal { corner_hz, q }),
        }
    }

    /// A slit between pad and head, in metres: its height, its width along the pad, its depth through it; and the volume
    /// of the front cavity in cubic metres (60 to 100 cm³ when the pad encloses the ear).
    pub fn slit(height_m: f64, width_m: f64, depth_m: f64, cavity_m3: f64) -> Result<Self, SealError> {
        let (density, speed, viscosity) = AIR;
        let compliance = cavity_m3 / (density * speed * speed);
        let mass = 1.2 * density * depth_m / (width_m * height_m);
        let resistance = 12.0 * viscosity * depth_m / (width_m * height_m.powi(3));
        let q = (mass / compliance).sqrt() / resistance;
        Seal::new(1.0 / (TAU * (mass * compliance).sqrt()), q.min(Q_MAX))
    }

    /// The leak's gain, dB, with respect to no leak. Minus infinity at 0 Hz.
    pub fn gain_db(&self, hz: f64) -> f64 {
        if self.corner_hz == 0.0 {
            return 0.0;
        }
        let x = hz / self.corner_hz;
        let friction = (x / self.q).powi(2);
        10.0 * ((x.powi(4) + friction) / ((1.0 - x * x).powi(2) + friction)).log10()
    }

    /// The corner in hertz; 0 when nothing leaks.
    pub fn corner_hz(&self) -> f64 {
        self.corner_hz
    }

    /// The Q.
    pub fn q(&self) -> f64 {
        self.q
    }

    /// The names that [`FromStr`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Seal::PRESETS.iter().map(|(name, _)| *name).chain(["none"])
    }
}

impl Default for Seal {
    fn default() -> Self {
        Seal::GOOD
    }
}

impl FromStr for Seal {
    type Err = UnknownSeal;

    fn from_str(name: &str) -> Result<Self, UnknownSeal> {
        let wanted = name.trim().to_lowercase().replace([' ', '_'], "-");
        let preset = Seal::PRESETS.iter().find(|(name, _)| *name == wanted).map(|(_, seal)| *seal);
        preset.or((wanted == "none").then_some(Seal::NONE)).ok_or_else(|| UnknownSeal(name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_leak_as_tabulated() {
        let hz = [20.0, 30.0, 40.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 315.0];
        let table = [
            [0.2, 0.6, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1],
            [-1.7, 0.2, 1.0, 1.2, 1.1, 0.9, 0.6, 0.4, 0.3, 0.1],
            [-6.3, -2.7, -0.4, 1.9, 2.1, 1.8, 1.4, 1.0, 0.7, 0.3],
            [-8.8, -5.2, -2.7, 0.7, 1.7, 2.1, 1.9, 1.5, 1.1, 0.5],
            [-13.6, -9.7, -6.7, -1.4, 1.3, 3.0, 3.3, 2.6, 1.9, 0.8],
            [-17.3, -13.6, -10.9, -6.1, -3.4, -0.7, 1.7, 3.2, 3.2, 1.7],
        ];
        for ((name, seal), row) in Seal::PRESETS.iter().zip(table) {
            for (hz, db) in hz.iter().zip(row) {
                assert!(
                    (seal.gain_db(*hz) - db).abs() <= 0.1,
                    "{name} {hz} Hz: {} for {db}",
                    seal.gain_db(*hz)
                );
            }
        }
    }

    #[test]
    fn slits_give_the_corners_computed_by_hand() {
        // Height, width, corner, Q for 80 cm³ and a pad 15 mm thick. The last Q is capped.
        for (height_mm, width_mm, corner_hz, q) in [
            (0.3, 10.0, 79.0, 0.3),
            (0.5, 10.0, 102.0, 1.06),
            (0.3, 40.0, 158.0, 0.59),
            (1.0, 10.0, 144.0, 1.2),
        ] {
            let seal = Seal::slit(height_mm * 1e-3, width_mm * 1e-3, 0.015, 80e-6).unwrap();
            assert!(
                (seal.corner_hz() / corner_hz - 1.0).abs() < 0.01,
                "{height_mm} mm: {}",
                seal.corner_hz()
            );
            assert!((seal.q() - q).abs() < 0.02, "{height_mm} mm: Q {}", seal.q());
        }
    }

    #[test]
    fn names_are_read_and_unknown_ones_answered_with_all() {
        assert_eq!("Glasses and_hair".parse(), Ok(Seal::THICK_GLASSES_AND_HAIR));
        assert_eq!("none".parse(), Ok(Seal::NONE));
        assert_eq!(Seal::default(), Seal::GOOD);
        let message = "snug".parse::<Seal>().unwrap_err().to_string();
        assert!(message.contains("`snug`") && message.contains("tight, hair") && message.contains("loose"));
    }

    #[test]
    fn impossible_seals_are_refused() {
        assert_eq!(Seal::new(900.0, 0.7), Err(SealError::Corner(900.0)));
        assert_eq!(Seal::new(80.0, 3.0), Err(SealError::Q(3.0)));
        assert!(Seal::new(f64::NAN, 0.7).is_err() && Seal::new(80.0, f64::NAN).is_err());
        assert!(Seal::slit(0.0, 0.0, 0.0, 0.0).is_err());
        assert_eq!(Seal::NONE.gain_db(20.0), 0.0);
    }
}
