//! On which devices a finding matters, and how much: from 0, where nothing of it is heard, to 1.
//!
//! A fault of tone counts by how much it changes the loudness that is heard there, against the system that shows it
//! most; one of stereo by what the device does with left and right; one of dynamics by the noise of the place.

use super::effect::Effect;
use super::finding::Finding;
use super::hearing::{Hearing, Listening, Spectrum};
use super::kinds::{driven_score, share_lost};
use super::measure::{BAND_COUNT, band_hz};
use super::piece::{Piece, k_weights};
use super::place::{Heard, Place};
use super::statistics::lg;
use super::swell;

/// From this share of the greatest effect on, a finding holds on a device.
pub(super) const HOLDS: f64 = 0.5;
/// The level at which plain listening is taken, dB(A): the studio's.
pub(super) const PLAIN_DB_A: f64 = 79.0;
/// A difference between ears from a single channel that half of what sits in one ear still needs, dB (an
/// estimate: about what a head makes of a loudspeaker at 30° around 1 kHz).
const HALF_ISOLATED_DB: f64 = 6.0;
/// Bass that a loudspeaker has lost to this share is gone.
const GONE: f64 = 0.7;
/// Up to here loudness counts as bass.
const BASS_HZ: f64 = 160.0;

/// A piece before all its listeners.
pub(super) struct Audience<'a> {
    piece: &'a Piece<'a>,
    hearing: Hearing,
    places: &'a [Place],
    usual: Spectrum,
    plain: Heard,
}

/// One finding on all devices, `[place][device]`.
pub(super) struct Reach(pub(super) Vec<Vec<f64>>);

impl<'a> Audience<'a> {
    pub(super) fn new(piece: &'a Piece<'a>, places: &'a [Place]) -> Self {
        Audience { piece, hearing: Hearing::new(), places, usual: piece.mean(), plain: plain() }
    }

    pub(super) fn usual(&self) -> &Spectrum {
        &self.usual
    }

    /// A device at its level.
    pub(super) fn listen<'d>(&'d self, device: &'d Heard) -> Listening<'d> {
        Listening::new(&self.hearing, device, &self.usual)
    }

    /// A finding on all devices of all places.
    pub(super) fn reach(&self, finding: &Finding) -> Reach {
        let span = self.span(finding);
        let raw = |place: &Place, device: &Heard| self.raw(finding, &span, device, place.is_mono);
        let mut all: Vec<Vec<f64>> = self
            .places
            .iter()
            .map(|place| place.devices.iter().map(|device| raw(place, device)).collect())
            .collect();
        if let Some(whole) = self.whole(finding, &span) {
            all.iter_mut().flatten().for_each(|x| *x /= whole);
        }
        if finding.effect == Effect::Drives {
            let worst =
                self.places.iter().filter_map(|p| p.driven).map(|d| driven_score(&d)).fold(0.1, f64::max);
            for (place, devices) in self.places.iter().zip(&mut all) {
                devices.fill(place.driven.map_or(0.0, |driven| driven_score(&driven) / worst));
            }
        }
        Reach(all.into_iter().map(|d| d.into_iter().map(|x| x.clamp(0.0, 1.0)).collect()).collect())
    }

    /// What is all of a finding, on systems: the most that one shows, and of a swell twice what is a warning, so that it
    /// holds where it is one.
    fn whole(&self, finding: &Finding, span: &Spectrum) -> Option<f64> {
        match finding.effect {
            Effect::Swells => Some(2.0 * finding.amount.min(finding.warn) / 100.0),
            _ => is_relative(finding).then(|| self.most(finding, span)),
        }
    }

    /// How much of a finding a headphone shows, over what the system shows that shows it most. Several possible headphones.
    pub(super) fn shown(&self, finding: &Finding, own: &[Heard]) -> Vec<f64> {
        let span = self.span(finding);
        let most = if is_relative(finding) { self.most(finding, &span) } else { 1.0 };
        own.iter().map(|device| self.raw(finding, &span, device, false) / most).collect()
    }

    /// What the nominal device shows that shows most of a finding, or plain listening.
    fn most(&self, finding: &Finding, span: &Spectrum) -> f64 {
        let nominal = |place: &Place| Some(self.raw(finding, span, place.devices.first()?, place.is_mono));
        let plain = self.raw(finding, span, &self.plain, false);
        self.places.iter().filter_map(nominal).fold(plain, f64::max).max(1e-9)
    }

    fn raw(&self, finding: &Finding, span: &Spectrum, device: &Heard, mono: bool) -> f64 {
        match &finding.effect {
            Effect::Everywhere => 1.0,
            Effect::Drives => 0.0,
            Effect::Tone(adds_db) => self.listen(device).change(span, &self.usual, adds_db),
            Effect::Swells => swell::share(&self.listen(device), span),
            Effect::Cancels => self.cancels(finding, device, &self.usual),
            Effect::StemCancels { powers, .. } => self.cancels(finding, device, powers),
            // Against the place where it is worst.
            Effect::Masked { together, .. } => {
                together.lost(&self.listen(device)) / (finding.amount / 100.0).max(1e-3)
            }
            Effect::Fades { together, .. } => {
                together.octaves_lost(&self.listen(device)) / finding.amount.max(0.1)
            }
            Effect::OneEar | Effect::StemOneEar { .. } => isolation(device),
            Effect::OneSide => f64::from(u8::from(!mono)),
            // Against the place by which the kind is judged.
            Effect::Noise => self.lost(device) / (finding.amount / 100.0).max(1e-3),
            Effect::Harmonics => self.bass_gone(span, device),
        }
    }

    /// The mean over the span where a finding is worst.
    pub(super) fn span(&self, finding: &Finding) -> Spectrum {
        let hop_s = self.piece.hop_s();
        let first = (finding.start_s / hop_s) as usize;
        let last = ((finding.end_s / hop_s) as usize).min(self.piece.times());
        let times: Vec<usize> = (first..last).collect();
        if times.is_empty() || last - first >= self.piece.times() {
            return self.usual;
        }
        std::array::from_fn(|band| self.piece.mean_over(&times, band..band + 1))
    }

    /// The loss by a device's own summing, over that of a mono sum.
    fn cancels(&self, finding: &Finding, device: &Heard, powers: &Spectrum) -> f64 {
        let [low_hz, high_hz] = finding.band_hz;
        let weights = k_weights();
        let (mut apart, mut together, mut sides, mut mono) = (0.0, 0.0, 0.0, 0.0);
        for band in (0..BAND_COUNT).filter(|&b| (low_hz..=high_hz).contains(&band_hz(b))) {
            let [ll, rr, lr] = powers[band];
            sides += weights[band] * (ll + rr);
            mono += weights[band] * (ll + rr + 2.0 * lr);
            for ear in &device.ears {
                let own = ear[band][0] * ll + ear[band][1] * rr;
                apart += weights[band] * own;
                together += weights[band] * (own + ear[band][2] * lr).max(0.0);
            }
        }
        let loss_db = |sum: f64, parts: f64| -lg((sum.max(0.0) + 1e-4 * parts) / parts.max(1e-30));
        loss_db(together, apart) / loss_db(mono, sides).max(0.5)
    }

    /// How much of the piece goes under in the noise of a place.
    fn lost(&self, device: &Heard) -> f64 {
        let listening = self.listen(device);
        let Some(noise) = &listening.noise else { return 0.0 };
        share_lost(self.piece, |spectrum| listening.at_ear(spectrum), noise)
    }

    /// How much of the bass's share of loudness a device has lost.
    fn bass_gone(&self, span: &Spectrum, device: &Heard) -> f64 {
        let share = |device: &Heard| {
            let listening = self.listen(device);
            let specific = listening.loudness(&listening.at_ear(span));
            let bass: f64 = specific
                .iter()
                .zip(self.hearing.filters_hz())
                .filter(|(_, hz)| **hz < BASS_HZ)
                .map(|(n, _)| n)
                .sum();
            bass / specific.iter().sum::<f64>().max(1e-9)
        };
        (1.0 - share(device) / share(&self.plain).max(1e-9)) / GONE
    }
}

/// Whether what a device shows of a finding says something only beside what others show.
fn is_relative(finding: &Finding) -> bool {
    matches!(finding.effect, Effect::Tone(_) | Effect::Swells)
}

/// How far a channel stays in its own ear, 0 to 1.
fn isolation(device: &Heard) -> f64 {
    // 80 Hz to 1.25 kHz, where nature makes little difference.
    let bands = 12..36;
    let sum = |ear: usize| bands.clone().map(|band| device.ears[ear][band][0]).sum::<f64>();
    let (own, other) = (sum(0), sum(1));
    if own <= 0.0 {
        return 0.0;
    }
    let apart_db = lg((own + 1e-12) / (other + 1e-12)).max(0.0);
    apart_db / (apart_db + HALF_ISOLATED_DB)
}

/// Flat to 20 Hz at each ear, at the studio's level, in silence.
pub(super) fn plain() -> Heard {
    let ears = [[[1.0, 0.0, 0.0]; BAND_COUNT], [[0.0, 1.0, 0.0]; BAND_COUNT]];
    Heard { ears, level_db_a: PLAIN_DB_A, noise_db_spl: None }
}
