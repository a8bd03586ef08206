//! What is heard beside the rest: partial loudness on the catalogue's devices, and the lead in its mix.

use super::bench::{Sound, found, judged, judged_on, noise, on, places, severity, sum, through, times};
use farfield::judge::finding::Kind;
use farfield::judge::measure::{BAND_COUNT, band_hz, bands_hz};
use farfield::judge::perception::{Excitation, Loudness, Presentation};
use farfield::judge::place::{Heard, Place};
use farfield::signal::biquad::Band;
use farfield::signal::level::power;
use farfield::signal::weighting::a_weighting_db;

type Powers = [f64; BAND_COUNT];

/// The mean of finished music, -5 dB per octave of density: as much in each band, 2 dB per octave less.
fn music() -> Powers {
    std::array::from_fn(|band| power(-2.0 * (band_hz(band) / 1_000.0).log2()))
}

/// Partial loudness of a mono sound 6 dB under the rest, in its gaps (25 dB down), on the nominal device.
fn sone(sound: &Powers, place: &Place) -> f64 {
    let device: &Heard = &place.devices[0];
    let gain = |band: usize| device.ears[0][band].iter().sum::<f64>();
    let at_ear = |powers: &Powers| -> Powers { std::array::from_fn(|band| gain(band) * powers[band]) };
    let level = |powers: &Powers| -> f64 {
        (0..BAND_COUNT).map(|band| powers[band] * power(a_weighting_db(band_hz(band)))).sum()
    };
    let rest = at_ear(&music());
    let volume = power(device.level_db_a) / level(&rest);
    let noise = device.noise_db_spl.map_or([0.0; BAND_COUNT], |noise| noise.map(power));
    let sound = at_ear(sound).map(|p| p * volume);
    let hides: Powers = std::array::from_fn(|band| rest[band] * volume * power(-25.0) + noise[band]);
    let both: Powers = std::array::from_fn(|band| sound[band] + hides[band]);
    let excitation = Excitation::new(&bands_hz(), Presentation::DiffuseField, 0.5);
    let loudness = Loudness::new(&excitation);
    loudness.partial_sone(&excitation.pattern(&sound, &both), &excitation.pattern(&hides, &both))
}

/// A bass by its partials from 50 Hz up, dB.
fn bass(partials_db: &[f64]) -> Powers {
    let mut powers = [0.0; BAND_COUNT];
    let total: f64 = music().iter().sum();
    for (n, db) in partials_db.iter().enumerate() {
        let hz = 50.0 * (n + 1) as f64;
        let band = (0..BAND_COUNT)
            .min_by(|&a, &b| (band_hz(a) / hz).log2().abs().total_cmp(&(band_hz(b) / hz).log2().abs()));
        powers[band.expect("there are bands")] += total * power(db - 6.0);
    }
    powers
}

#[test]
fn a_pure_sub_is_lost_on_small_speakers_and_heard_with_a_subwoofer() {
    // A loud one: twice the amplitude of all the rest together.
    let sub = bass(&[12.0]);
    let with_sub = sone(&sub, on("lounge-sub"));
    assert!(with_sub > 0.05, "{with_sub}");
    for id in ["phone", "laptop", "bluetooth"] {
        let left = sone(&sub, on(id));
        assert!(left < 0.05 * with_sub, "{id}: {left} of {with_sub}");
    }
    // Its woofer is small, not missing: in gaps of the rest something is left.
    let white_cone = sone(&sub, on("white-cone"));
    assert!(white_cone < 0.5 * with_sub, "{white_cone} of {with_sub}");
}

#[test]
fn harmonics_bring_a_bass_back_to_the_phone() {
    let steps: [&[f64]; 4] = [
        &[0.0],
        &[0.0, -20.0, -24.0, -28.0, -32.0],
        &[0.0, -15.0, -18.0, -20.0, -24.0, -26.0],
        &[0.0, -10.0, -12.0, -14.0, -16.0, -18.0, -20.0, -20.0],
    ];
    let heard = steps.map(|partials| sone(&bass(partials), on("phone")));
    assert!(heard.is_sorted() && heard[3] > 8.0 * heard[0].max(1e-3), "{heard:?}");
}

/// Noise like a voice, beating as syllables do, in noise like a band.
fn voice_and_band() -> (Sound, Sound) {
    let around = Band::Peaking { center_hz: 1_500.0, gain_db: 12.0, q: 0.7 };
    let voice = through(&noise(12.0, 0.1, 3), around);
    let syllable = |plane: Vec<f32>| -> Vec<f32> {
        let beat = |n: usize| if (n as f64 / super::bench::RATE_HZ * 3.0).fract() < 0.6 { 1.0 } else { 0.1 };
        plane.into_iter().enumerate().map(|(n, x)| x * beat(n)).collect()
    };
    (voice.map(syllable), noise(12.0, 0.1, 4))
}

/// How long the lead is masked at a gain, %.
fn masked(gain_db: f64, places: &[Place]) -> f64 {
    let (voice, band) = voice_and_band();
    let gain = 10f64.powf(gain_db / 20.0) as f32;
    let voice = times(&voice, gain, gain);
    let assessment = judged_on(places, &sum(&voice, &band), &[("lead voice", &voice), ("band", &band)]);
    found(&assessment, Kind::LeadMasked).map_or(0.0, |finding| finding.amount)
}

#[test]
fn a_louder_lead_is_never_masked_longer() {
    let amounts = [-30.0, -20.0, -12.0, -6.0, 0.0, 6.0].map(|gain_db| masked(gain_db, places()));
    assert!(amounts.is_sorted_by(|a, b| a >= b) && amounts[0] > 90.0, "{amounts:?}");
}

#[test]
fn a_flat_loudspeaker_in_silence_hides_nothing_that_the_mix_does_not() {
    let ears = [[[1.0, 0.0, 0.0]; BAND_COUNT], [[0.0, 1.0, 0.0]; BAND_COUNT]];
    let device = Heard { ears, level_db_a: 79.0, noise_db_spl: None };
    let flat = Place { devices: vec![device], driven: None, ..on("studio").clone() };
    // Far over the band it is never under anything, and at any level no longer than on real devices in their noise.
    let flat = [flat];
    assert_eq!(masked(30.0, &flat), 0.0);
    assert!(masked(6.0, &flat) <= masked(6.0, places()));
}

#[test]
fn a_buried_lead_is_found_its_masker_blamed_and_a_gain_proposed() {
    let (voice, band) = voice_and_band();
    let (voice, quiet) = (times(&voice, 0.1, 0.1), noise(12.0, 0.001, 9));
    let mix = sum(&sum(&voice, &band), &quiet);
    let assessment = judged(&mix, &[("Lead Voice", &voice), ("band", &band), ("shaker", &quiet)]);
    let finding = found(&assessment, Kind::LeadMasked).expect("it is found");
    assert!(finding.severity >= 1.0, "{finding:#?}");
    let stem = finding.stem.as_ref().expect("somebody masks it");
    assert!(stem.name == "band" && stem.share > 0.9, "{finding:#?}");
    assert!(finding.try_this.contains("Lead Voice") && finding.try_this.contains("dB"), "{finding:#?}");
}

#[test]
fn without_a_stem_that_leads_the_guess_stays_a_guess() {
    let (voice, band) = voice_and_band();
    let assessment = judged(&sum(&voice, &band), &[("keys", &voice), ("band", &band)]);
    assert!(severity(&assessment, Kind::LeadMasked) <= 0.5);
}
