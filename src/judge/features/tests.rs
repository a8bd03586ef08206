use super::*;
use crate::judge::example::{EXAMPLES, Example};
use crate::judge::model::Model;
use crate::judge::piece::Piece;

fn same(name: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (n, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= 1e-4 * b.abs().max(0.1), "{name}[{n}]: {a}, not {b}");
    }
}

#[test]
fn features_are_those_of_an_independent_program() {
    let model = Model::shipped().unwrap();
    for text in EXAMPLES {
        let example = Example::parse(text);
        let measured = example.measured();
        let piece = Piece::new(&measured, &model).unwrap();
        let spectrum = piece.spectrum.clone().unwrap();
        same("level", &spectrum.level_db, &example.features["level"]);
        same("rest", &spectrum.rest, &example.features["rest"]);
        same("low", &low(&piece).unwrap(), &example.features["low"]);
        same("coherence", &coherence(&piece), &example.features["coherence"]);
        same("decay", &decay(&piece).unwrap(), &example.features["decay"]);
    }
}
