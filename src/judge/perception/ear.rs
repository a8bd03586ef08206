//! What the outer and middle ear do before the cochlea: the standard's tables.
//!
//! ANSI S3.4-2007, tables 1 to 3 (free-field and diffuse-field response at the eardrum, middle ear), linear over
//! log f between the tabulated frequencies.

use crate::signal::response::Curve;

/// How the level of a sound is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presentation {
    /// Sound pressure where the head will be, plane wave from the front.
    FreeField,
    /// Sound pressure where the head will be, from all around: rooms, and diffuse-field equalised ears.
    DiffuseField,
    /// Sound pressure at the eardrum.
    Eardrum,
}

#[rustfmt::skip]
const HZ: [f64; 40] = [
    20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 750.0,
    800.0, 1e3, 1250.0, 1500.0, 1600.0, 2e3, 2500.0, 3e3, 3150.0, 4e3, 5e3, 6e3, 6300.0, 8e3, 9e3, 10e3, 11200.0,
    12500.0, 14e3, 15e3, 16e3, 18e3, 20e3,
];
#[rustfmt::skip]
const FREE_FIELD_DB: [f64; 40] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.3, 0.5, 0.9, 1.4, 1.6, 1.7, 2.5, 2.7, 2.6, 2.6, 3.2, 5.2, 6.6, 12.0,
    16.8, 15.3, 15.2, 14.2, 10.7, 7.1, 6.4, 1.8, -0.9, -1.6, 1.9, 4.9, 2.0, -2.0, 2.5, 2.5, 2.5,
];
#[rustfmt::skip]
const DIFFUSE_FIELD_DB: [f64; 40] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.3, 0.4, 0.5, 1.0, 1.6, 1.7, 2.2, 2.7, 2.9, 3.8, 5.3, 6.8, 7.2, 10.2,
    14.9, 14.5, 14.4, 12.7, 10.8, 8.9, 8.7, 8.5, 6.2, 5.0, 4.5, 4.0, 3.3, 2.6, 2.0, 2.0, 2.0,
];
#[rustfmt::skip]
const MIDDLE_EAR_DB: [f64; 40] = [
    -39.6, -32.0, -25.85, -21.4, -18.5, -15.9, -14.1, -12.4, -11.0, -9.6, -8.3, -7.4, -6.2, -4.8, -3.8, -3.3, -2.9, -2.6,
    -2.6, -4.5, -5.4, -6.1, -8.5, -10.4, -7.3, -7.0, -6.6, -7.0, -9.2, -10.2, -12.2, -10.8, -10.1, -12.7, -15.0, -18.2,
    -23.8, -32.3, -45.5, -50.0,
];

/// Gain from the stated level to the cochlea.
pub fn to_cochlea(presentation: Presentation) -> Curve {
    let outer = match presentation {
        Presentation::FreeField => Some(&FREE_FIELD_DB),
        Presentation::DiffuseField => Some(&DIFFUSE_FIELD_DB),
        Presentation::Eardrum => None,
    };
    let points = HZ.iter().enumerate().map(|(n, &hz)| (hz, MIDDLE_EAR_DB[n] + outer.map_or(0.0, |o| o[n])));
    Curve::new(points.collect())
}
