//! What an equaliser does to a piece: on the mix it moves levels, on a stem it moves the stem, time by time.
//!
//! A stem that plays now and then is a large share of the mix there and none elsewhere; its mean share would promise
//! too much or too little. So the stem's own powers are taken out of the mix's, and put back as they would be.

use super::hearing::Spectrum;
use super::measure::{BAND_COUNT, Cell, Cells, Measured};
use super::piece::Piece;
use super::stems::Part;
use crate::signal::level::power;

/// An equaliser's response, dB by band, on the mix or on one stem.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) response_db: [f64; BAND_COUNT],
    pub(super) part: Option<&'a Part<'a>>,
}

impl Change<'_> {
    /// Nothing is changed.
    pub(super) const NONE: Change<'static> = Change { response_db: [0.0; BAND_COUNT], part: None };

    /// On the mix.
    pub(super) fn on_mix(response_db: [f64; BAND_COUNT]) -> Self {
        Change { response_db, part: None }
    }

    /// The mean powers of the mix over a span of it, in units of the piece, as they become.
    pub(super) fn of(&self, piece: &Piece, mix: &Spectrum, span_s: (f64, f64)) -> Spectrum {
        let gains = self.response_db.map(power);
        match self.part {
            None => std::array::from_fn(|band| mix[band].map(|p| p * gains[band])),
            Some(part) => {
                let stem = part.powers(span_s.0..span_s.1);
                let scale = piece.scale();
                std::array::from_fn(|band| with_stem(mix[band], stem[band].map(|p| p * scale), gains[band]))
            }
        }
    }

    /// What a pass over the changed mix would yield, as far as bands over time go; none if no stem is changed.
    pub(super) fn measured(&self, mix: &Measured) -> Option<Measured> {
        let part = self.part?;
        let gains = self.response_db.map(power);
        let hop_s = mix.cells.hop_s;
        let mut cells = Vec::with_capacity(mix.cells.times() * BAND_COUNT);
        for time in 0..mix.cells.times() {
            let before = mix.cells.at(time);
            let Some(stem) = part.cell(time, hop_s) else {
                cells.extend_from_slice(before);
                continue;
            };
            cells.extend((0..BAND_COUNT).map(|band| {
                let Cell { ll, rr, lr } = before[band];
                let [ll, rr, lr] = with_stem([ll, rr, lr].map(f64::from), stem[band], gains[band]);
                Cell { ll: ll as f32, rr: rr as f32, lr: lr as f32 }
            }));
        }
        Some(mix.with_cells(Cells::new(hop_s, cells)))
    }
}

/// Powers of a mix whose stem is turned by a factor of power. What the stem has in common with the others is left
/// as it is; nothing gets further than if the stem were the whole mix.
fn with_stem(mix: [f64; 3], stem: [f64; 3], gain: f64) -> [f64; 3] {
    let side = |n: usize| {
        let all = gain * mix[n];
        (mix[n] + (gain - 1.0) * stem[n]).clamp(all.min(mix[n]), all.max(mix[n]))
    };
    let (ll, rr) = (side(0), side(1));
    let most = (ll * rr).sqrt();
    [ll, rr, (mix[2] + (gain - 1.0) * stem[2]).clamp(-most, most)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::example::{EXAMPLES, Example};
    use crate::judge::model::Model;

    #[test]
    fn a_stem_that_is_the_mix_moves_as_the_mix_does() {
        let measured = Example::parse(EXAMPLES[0]).measured();
        let model = Model::shipped().unwrap();
        let part = Part { name: "all", measured: &measured, gain: 1.0, delay_s: 0.0 };
        let response_db = std::array::from_fn(|band| if band < 20 { -1.5 } else { 0.5 });
        let piece = Piece::new(&measured, &model).unwrap();
        let on_mix = piece.equalised(&response_db);
        let moved = Change { response_db, part: Some(&part) }.measured(&measured).unwrap();
        let on_stem = Piece::new(&moved, &model).unwrap();
        let (a, b) = (on_mix.low.unwrap(), on_stem.low.unwrap());
        let furthest = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // The times that count are chosen anew.
        assert!(furthest < 0.5, "{furthest}: {a:?} {b:?}");
    }

    #[test]
    fn a_silent_stem_moves_nothing_and_powers_stay_possible() {
        let mix = [2.0, 1.0, -0.5];
        assert_eq!(with_stem(mix, [0.0; 3], 0.1), mix);
        // A stem louder than the mix (it cancels with others) takes no more away than there is.
        assert_eq!(with_stem(mix, [9.0, 9.0, 9.0], 0.25)[..2], [0.5, 0.25]);
        let [ll, rr, lr] = with_stem(mix, [1.0, 0.2, -3.0], 4.0);
        assert!(lr.abs() <= (ll * rr).sqrt() + 1e-12 && ll == 5.0, "{ll} {rr} {lr}");
    }
}
