//! Finished music that a mix shall be like: what is kept of it, and a judge that knows it.

use super::features;
use super::measure::Measured;
use super::model::Features;
use super::piece::Piece;
use super::verdict::Judge;

/// Mean square of the difference, in units of the scatter, from which on two pieces are far apart: of 2,346 pairs of
/// 69 finished pieces one in 200 are (book/judge/statistics.md, 7).
const FAR: f64 = 1.0;

/// The same from the mean of all music: the greatest of the 69 is 0.74.
const NO_MUSIC: f64 = 1.5;

/// What the judge keeps of a reference: features without level, so that its loudness does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeness(pub(super) Features);

/// Why a piece can be no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLikeness {
    /// Nothing, or nothing but bass, or not long enough.
    #[error("has less than five seconds of music; name a whole song")]
    TooLittle,
    /// Features of cells so long are not those of the model.
    #[error("is longer than an hour; name single songs")]
    TooLong,
}

impl Judge {
    /// What is kept of a reference.
    ///
    /// # Errors
    /// If there is too little music in it, or too much.
    pub fn likeness(&self, measured: &Measured) -> Result<Likeness, NoLikeness> {
        let piece = Piece::new(measured, self.model()).ok_or(NoLikeness::TooLittle)?;
        if piece.is_coarse() {
            return Err(NoLikeness::TooLong);
        }
        let spectrum = piece.spectrum.as_ref().ok_or(NoLikeness::TooLittle)?.all();
        let (low, decay) = (piece.low.clone(), features::decay(&piece));
        Ok(Likeness(Features { spectrum, low, decay }))
    }

    /// This judge for mixes that shall be like some references.
    #[must_use]
    pub fn among(self, references: &[&Likeness]) -> Self {
        let features: Vec<&Features> = references.iter().map(|reference| &reference.0).collect();
        let model = self.model().among(&features);
        self.with_model(model)
    }

    /// Whether a piece is so long that only coarse cells are kept of it, from which no tone is judged.
    pub fn is_coarse(&self, measured: &Measured) -> bool {
        Piece::new(measured, self.model()).is_some_and(|piece| piece.is_coarse())
    }

    /// Whether a piece is like no finished music at all: a tone, noise, speech.
    pub fn is_no_music(&self, piece: &Likeness) -> bool {
        self.model().spectrum.distance(&piece.0.spectrum, self.model().spectrum.mean()) > NO_MUSIC
    }

    /// Whether two pieces are less alike than finished music usually is.
    pub fn is_far(&self, one: &Likeness, other: &Likeness) -> bool {
        self.model().spectrum.distance(&one.0.spectrum, &other.0.spectrum) > FAR
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::example::{EXAMPLES, Example};
    use crate::judge::finding::{Finding, Kind};
    use crate::judge::measure::{BAND_COUNT, Cells, band_hz};
    use crate::judge::remedy::MOVED;
    use crate::judge::thresholds::Thresholds;
    use crate::signal::level::power;

    fn is_tonal(kind: Kind) -> bool {
        MOVED.contains(&kind) || matches!(kind, Kind::TooWet | Kind::TooDry)
    }

    fn judge() -> Judge {
        Judge::new(Thresholds::shipped().unwrap(), Vec::new()).unwrap()
    }

    fn clean() -> Measured {
        Example::parse(EXAMPLES[0]).measured()
    }

    /// An equaliser on the bands.
    fn equalised(measured: &Measured, gain_db: impl Fn(f64) -> f64) -> Measured {
        let cells = &measured.cells;
        let gains: Vec<f32> = (0..BAND_COUNT).map(|band| power(gain_db(band_hz(band))) as f32).collect();
        let all = (0..cells.times()).flat_map(|t| cells.at(t).iter().zip(&gains).collect::<Vec<_>>());
        let all = all.map(|(c, gain)| {
            let mut cell = *c;
            cell.ll *= gain;
            cell.rr *= gain;
            cell.lr *= gain;
            cell
        });
        Measured { cells: Cells::new(cells.hop_s, all.collect()), ..measured.clone() }
    }

    /// Two songs of about the same sound: a decibel or two apart, here and there.
    fn similar(measured: &Measured) -> [Measured; 2] {
        [1.0, -1.0].map(|sign| {
            equalised(measured, |hz| sign * (1.2 * (2.1 * hz.ln()).sin() + 0.8 * (5.0 * hz.ln()).cos()))
        })
    }

    fn found(judge: &Judge, mix: &Measured, references: &[Measured]) -> Vec<Finding> {
        let all: Vec<Likeness> = references.iter().map(|r| judge.likeness(r).unwrap()).collect();
        judge.clone().among(&all.iter().collect::<Vec<_>>()).judge(mix)
    }

    fn of(findings: &[Finding], kind: Kind) -> (f64, f64) {
        findings.iter().find(|f| f.kind == kind).map_or((0.0, 0.0), |f| (f.severity, f.confidence))
    }

    #[test]
    fn too_much_bass_is_surer_against_its_own_clean_version_and_its_like() {
        let judge = judge();
        let mix = equalised(&clean(), |hz| 6.0 / (1.0 + (hz / 90.0).powf(2.5)));
        let references = [&[clean()], &similar(&clean())[..]].concat();
        let (without, with) = (found(&judge, &mix, &[]), found(&judge, &mix, &references));
        let (without, with) = (of(&without, Kind::BassExcess), of(&with, Kind::BassExcess));
        assert!(with.0 > without.0 + 0.1 && with.1 > without.1 + 0.05, "{without:?} {with:?}");
    }

    #[test]
    fn what_is_dark_among_the_dark_is_not_dull() {
        let judge = judge();
        // As dark as it takes to be called dull.
        let darker = |db: f64| equalised(&clean(), |hz| -db * hz.powi(2) / (hz.powi(2) + 5_000.0f64.powi(2)));
        let dull =
            |mix: &Measured, references: &[Measured]| of(&found(&judge, mix, references), Kind::Dull).0;
        let dark = [12.0, 18.0, 24.0, 30.0, 36.0].map(darker);
        let dark = dark.iter().find(|dark| dull(dark, &[]) > 0.3).expect("it is dull");
        assert!(dull(dark, &similar(dark)) < 0.1, "{}", dull(dark, &similar(dark)));
    }

    #[test]
    fn a_mix_that_is_its_own_reference_has_nothing_wrong_with_its_tone() {
        let judge = judge();
        for text in EXAMPLES {
            let measured = Example::parse(text).measured();
            let findings = found(&judge, &measured, std::slice::from_ref(&measured));
            // The hole where leads live is looked for in the middle alone, of which references say less.
            let tonal = findings.iter().filter(|f| is_tonal(f.kind));
            let worst = tonal.map(|f| f.severity).fold(0.0, f64::max);
            assert!(worst < 0.05, "{worst}");
            // What cancels, cancels whatever the references do.
            let before = of(&found(&judge, &measured, &[]), Kind::MonoLoss);
            assert_eq!(of(&findings, Kind::MonoLoss), before);
        }
    }

    #[test]
    fn the_loudness_of_a_reference_does_not_matter() {
        let (judge, song) = (judge(), clean());
        let plain = judge.likeness(&song).unwrap();
        for gain_db in [-24.0, 12.0] {
            let mut louder = equalised(&song, |_| gain_db);
            louder.envelope.powers.iter_mut().flatten().for_each(|p| *p *= power(gain_db) as f32);
            let louder = judge.likeness(&louder).unwrap();
            let pairs = plain.0.spectrum.iter().zip(&louder.0.spectrum);
            assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-3), "{plain:?} {louder:?}");
        }
    }

    #[test]
    fn who_is_far_from_whom() {
        let (judge, song) = (judge(), clean());
        let near = judge.likeness(&similar(&song)[0]).unwrap();
        let far = judge.likeness(&equalised(&song, |hz| 30.0 * (3.0 * hz.ln()).sin())).unwrap();
        let song = judge.likeness(&song).unwrap();
        let away = |other: &Likeness| judge.model().spectrum.distance(&song.0.spectrum, &other.0.spectrum);
        assert!(away(&near) < FAR && away(&far) > FAR, "{} {}", away(&near), away(&far));
        assert!(!judge.is_far(&song, &near) && judge.is_far(&song, &far));
    }

    #[test]
    fn what_is_no_song_is_no_reference() {
        let judge = judge();
        let mut short = clean();
        short.duration_s = 4.0;
        assert_eq!(judge.likeness(&short), Err(NoLikeness::TooLittle));
        assert_eq!(judge.likeness(&equalised(&clean(), |_| -4_000.0)), Err(NoLikeness::TooLittle));
        let mut long = clean();
        let cells = (0..70).flat_map(|t| clean().cells.at(t).to_vec()).collect();
        long.cells = Cells::new(0.2, cells);
        assert_eq!(judge.likeness(&long), Err(NoLikeness::TooLong));
    }
}
