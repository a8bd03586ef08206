//! The numbers of a report's pictures, from one piece before its audience.

use super::features::KEPT;
use super::hearing::Spectrum;
use super::hidden::Own;
use super::measure::{BAND_COUNT, band_hz, bands_hz};
use super::pictures::{BlindMap, LoudnessTrack, Pictures, StereoBand, SystemSpectrum, ToneBand};
use super::piece::{Piece, third_hz};
use super::place::{Heard, Place};
use super::reach::Audience;
use super::statistics::{lg, percentiles};
use crate::signal::equal_loudness::threshold_db_spl;
use crate::signal::level::power;
use crate::signal::weighting::k_weighting_db;

/// Silence in a picture, dB.
const FLOOR_DB: f64 = -60.0;
/// Short-term loudness looks over so many seconds (EBU Tech 3341).
const SHORT_TERM_S: f64 = 3.0;
/// A track has about so many values at most.
const MOST_VALUES: usize = 1_000;

/// All there is to draw.
pub(super) fn pictures(piece: &Piece, audience: &Audience, places: &[Place], own: Option<&Own>) -> Pictures {
    let spectra: Vec<SystemSpectrum> = places.iter().map(|place| spectrum(audience, place)).collect();
    Pictures {
        bands_hz: bands_hz(),
        tone: tone(piece),
        stereo: (0..BAND_COUNT).map(|band| stereo(audience.usual(), band)).collect(),
        loudness: loudness(piece),
        blind: own.map(|own| blind(audience, &spectra, own)),
        spectra,
    }
}

fn levels_db(audience: &Audience, device: &Heard) -> Vec<f64> {
    let at_ear = audience.listen(device).at_ear(audience.usual());
    at_ear.iter().map(|&p| lg(p + 1e-30).max(FLOOR_DB)).collect()
}

fn spectrum(audience: &Audience, place: &Place) -> SystemSpectrum {
    let all: Vec<Vec<f64>> = place.devices.iter().map(|device| levels_db(audience, device)).collect();
    let at = |percent: f64| -> Vec<f64> {
        (0..BAND_COUNT).map(|band| percentiles(all.iter().map(|d| d[band]).collect(), [percent])[0]).collect()
    };
    SystemSpectrum {
        id: place.id.clone(),
        name: place.name.clone(),
        low_db_spl: at(10.0),
        high_db_spl: at(90.0),
        level_db_spl: all.into_iter().next().unwrap_or_default(),
        noise_db_spl: place.devices.first().and_then(|d| d.noise_db_spl).map(|noise| noise.to_vec()),
    }
}

fn tone(piece: &Piece) -> Vec<ToneBand> {
    let Some(spectrum) = &piece.spectrum else { return Vec::new() };
    let usual = piece.model.spectrum.usual();
    KEPT.zip(spectrum.level_db.iter().zip(usual))
        .map(|(third, (&mix_db, (usual_db, spread_db)))| ToneBand {
            center_hz: third_hz(third),
            mix_db,
            usual_db,
            spread_db,
        })
        .collect()
}

fn stereo(usual: &Spectrum, band: usize) -> StereoBand {
    let [ll, rr, lr] = usual[band];
    let both = ll + rr + 1e-15;
    StereoBand {
        correlation: (lr / (ll * rr + 1e-24).sqrt()).clamp(-1.0, 1.0),
        mono_loss_db: -lg((0.5 * (ll + rr + 2.0 * lr) / both).max(1e-4)),
        balance_db: lg((ll + 1e-12) / (rr + 1e-12)).clamp(-40.0, 40.0),
    }
}

/// K-weighted power of the bands in a running window: within 0.3 LU of the meter.
fn loudness(piece: &Piece) -> LoudnessTrack {
    let weights: Vec<f64> = (0..BAND_COUNT).map(|band| power(k_weighting_db(band_hz(band)))).collect();
    let mut sums = vec![0.0];
    for t in 0..piece.times() {
        let now: f64 =
            piece.measured.cells.at(t).iter().zip(&weights).map(|(c, k)| k * f64::from(c.ll + c.rr)).sum();
        sums.push(sums[t] + now);
    }
    let window = ((SHORT_TERM_S / piece.hop_s()).round() as usize).max(1);
    let step = piece.times().div_ceil(MOST_VALUES).max(1);
    let short_term = |end: usize| {
        let from = end.saturating_sub(window);
        lg(((sums[end] - sums[from]) / (end - from) as f64).max(1e-12)) - 0.691
    };
    let lufs = (1..=piece.times()).step_by(step).map(short_term).collect();
    LoudnessTrack { hop_s: piece.hop_s() * step as f64, lufs }
}

fn blind(audience: &Audience, spectra: &[SystemSpectrum], own: &Own) -> BlindMap {
    let over = |levels: &[f64]| -> Vec<f64> {
        levels.iter().enumerate().map(|(band, db)| db - threshold_db_spl(band_hz(band))).collect()
    };
    let drawn: Vec<Vec<f64>> = own.devices.iter().map(|d| over(&levels_db(audience, d))).collect();
    let at = |percent: f64| -> Vec<f64> {
        (0..BAND_COUNT)
            .map(|band| percentiles(drawn.iter().map(|d| d[band]).collect(), [percent])[0])
            .collect()
    };
    let best: Vec<(f64, String)> = (0..BAND_COUNT)
        .map(|band| {
            let best = spectra.iter().max_by(|a, b| a.level_db_spl[band].total_cmp(&b.level_db_spl[band]));
            best.map_or((0.0, String::new()), |s| {
                (s.level_db_spl[band] - threshold_db_spl(band_hz(band)), s.id.clone())
            })
        })
        .collect();
    BlindMap {
        headphone: own.name.clone(),
        level_db_a: own.level_db_a,
        low_db: at(16.0),
        high_db: at(84.0),
        over_threshold_db: drawn.into_iter().next().unwrap_or_default(),
        best_db: best.iter().map(|(db, _)| *db).collect(),
        best_system: best.into_iter().map(|(_, id)| id).collect(),
    }
}
