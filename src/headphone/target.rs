//! What a headphone's response should be, at the eardrum; one type for each, so that they cannot be mixed up.
//!
//! A virtual room brings its own bass and the listener's own ears, so before it a headphone must be as neutral
//! as a diffuse field ([`DiffuseField`]). Harman's curve is "a good loudspeaker in a good room" already: through a virtual
//! room it would add the room's bass twice. It is for plain listening, as is [`FreeField`]. A
//! [`Compensation`](super::Compensation) carries its target in its type; whatever joins it to a room asks for
//! `Compensation<DiffuseField>` and nothing else compiles:
//!
//! ```
//! # use farfield::headphone::{Compensation, PerEar, Seal, find, target::DiffuseField};
//! fn through_a_room(_: Compensation<DiffuseField>) {}
//! let headphone = find("7506").unwrap();
//! through_a_room(Compensation::design(headphone, &PerEar::both(Seal::GOOD), 48_000.0));
//! ```
//! ```compile_fail,E0308
//! # use farfield::headphone::{Compensation, PerEar, Seal, find, target::{DiffuseField, Harman}};
//! # fn through_a_room(_: Compensation<DiffuseField>) {}
//! # let headphone = find("7506").unwrap();
//! through_a_room(Compensation::<Harman>::design(headphone, &PerEar::both(Seal::GOOD), 48_000.0));
//! ```

use super::Form;
use crate::signal::response::Curve;
use serde::Deserialize;
use std::sync::LazyLock;

/// A response that a headphone may be compensated to.
pub trait Target: Copy + sealed::Sealed {
    /// Its full name.
    fn name(form: Form) -> &'static str;

    /// Where its figures come from.
    fn source(form: Form) -> &'static str;

    /// Its gain at the eardrum, dB re 1 kHz.
    fn eardrum_db(form: Form, hz: f64) -> f64;

    /// Its gain relative to the diffuse field, dB.
    fn re_diffuse_field_db(form: Form, hz: f64) -> f64 {
        Self::eardrum_db(form, hz) - DiffuseField::eardrum_db(form, hz)
    }
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! targets {
    ($($(#[$doc:meta])* $target:ident: $form:ident => $record:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $target;

        impl sealed::Sealed for $target {}

        impl Target for $target {
            fn name($form: Form) -> &'static str {
                &$record.name
            }

            fn source($form: Form) -> &'static str {
                &$record.source
            }

            fn eardrum_db($form: Form, hz: f64) -> f64 {
                $record.curve.gain_db(hz)
            }
        }
    )*};
}

targets! {
    /// Sound from everywhere alike, on KEMAR. The only target through virtual rooms.
    ///
    /// For in-ears too: at the eardrum the field is the same, only the coupler's fit differs.
    DiffuseField: _form => TARGETS.diffuse_field;
    /// What most listeners prefer without a room: over-ear 2018, and the in-ear curve of 2019 for in-ears and earbuds.
    Harman: form => if form == Form::OverEar { &TARGETS.harman_over_ear } else { &TARGETS.harman_in_ear };
    /// A loudspeaker straight ahead without a room.
    FreeField: _form => TARGETS.free_field;
}

/// The mean spectrum of finished music, third-octave levels in dB re 1 kHz. An estimate.
pub(super) fn programme() -> &'static Curve {
    &TARGETS.programme
}

struct Record {
    name: String,
    source: String,
    curve: Curve,
}

struct Targets {
    harman_over_ear: Record,
    harman_in_ear: Record,
    diffuse_field: Record,
    free_field: Record,
    programme: Curve,
}

static TARGETS: LazyLock<Targets> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../catalog/targets.toml"))
        .expect("the shipped targets are read by the tests");
    let curve = |db: &[f64]| {
        assert_eq!(db.len(), file.third_octaves_hz.len(), "the tests count the shipped figures");
        Curve::new(file.third_octaves_hz.iter().copied().zip(db.iter().copied()).collect())
    };
    let record =
        |entry: Entry| Record { curve: curve(&entry.eardrum_db), name: entry.name, source: entry.source };
    Targets {
        harman_over_ear: record(file.harman_over_ear),
        harman_in_ear: record(file.harman_in_ear),
        diffuse_field: record(file.diffuse_field),
        free_field: record(file.free_field),
        programme: curve(&file.programme.level_db),
    }
});

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    #[serde(rename = "third_octaves_hz")]
    third_octaves_hz: Vec<f64>,
    harman_over_ear: Entry,
    harman_in_ear: Entry,
    diffuse_field: Entry,
    free_field: Entry,
    programme: Programme,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    source: String,
    eardrum_db: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Programme {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "source")]
    _source: String,
    level_db: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_published_curves() {
        for (hz, over_ear, in_ear, diffuse) in [
            (20.0, 3.9, 7.6, -3.9),
            (200.0, -2.0, -1.0, -3.8),
            (3_150.0, 8.5, 9.4, 11.1),
            (16_000.0, -9.1, -10.2, -2.7),
        ] {
            assert_eq!(Harman::eardrum_db(Form::OverEar, hz), over_ear);
            assert_eq!(Harman::eardrum_db(Form::InEar, hz), in_ear);
            assert_eq!(Harman::eardrum_db(Form::Earbud, hz), in_ear);
            assert_eq!(DiffuseField::eardrum_db(Form::OverEar, hz), diffuse);
        }
        assert_eq!(FreeField::eardrum_db(Form::OverEar, 3_150.0), 12.6);
        assert!(FreeField::source(Form::OverEar).contains("ANSI"));
    }

    #[test]
    fn harman_has_seven_db_more_bass_than_the_diffuse_field_and_less_treble() {
        assert!((Harman::re_diffuse_field_db(Form::OverEar, 31.5) - 7.8).abs() < 1e-9);
        assert!((Harman::re_diffuse_field_db(Form::OverEar, 2_500.0) + 3.7).abs() < 1e-9);
        assert_eq!(DiffuseField::re_diffuse_field_db(Form::InEar, 31.5), 0.0);
    }
}
