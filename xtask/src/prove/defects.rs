//! The defects: what is done to a finished piece, and by which kinds a judge may call it.
//!
//! There is none for `too-dry`: what a room has added cannot be taken out of a finished piece, and silence between
//! notes is no dryness. `lead-masked` is proved with stems, as it needs them to be more than a guess.

use super::sound::{
    band, convolved, each, equalised, from_mid_side, gains, mid_side, peak_of, samples, shaped,
};
use farfield::headphone::{self, Ear, Profile};
use farfield::judge::finding::Kind;
use farfield::signal::audio::Audio;
use farfield::signal::biquad::Band;
use farfield::signal::fade::smooth;
use farfield::signal::level::{amplitude, amplitude_db, rms};
use farfield::signal::noise::band_noise;
use farfield::signal::random::Random;

/// Something that is wrong with a mix.
pub(super) struct Defect {
    pub(super) name: &'static str,
    /// What a judge may call it.
    pub(super) kinds: &'static [Kind],
    /// Whether the damaged piece is made as loud as the clean one, lest its level give it away.
    pub(super) matched: bool,
    /// The damage; the number is that of the song, for defects of which each song gets another.
    pub(super) damage: fn(&Audio, usize) -> Audio,
}

const fn defect(name: &'static str, kinds: &'static [Kind], damage: fn(&Audio, usize) -> Audio) -> Defect {
    Defect { name, kinds, matched: true, damage }
}

const fn by_level(name: &'static str, kinds: &'static [Kind], damage: fn(&Audio, usize) -> Audio) -> Defect {
    Defect { name, kinds, matched: false, damage }
}

const fn low(corner_hz: f64, gain_db: f64) -> Band {
    Band::LowShelf { corner_hz, gain_db, q: 0.8 }
}

const fn bell(center_hz: f64, gain_db: f64, q: f64) -> Band {
    Band::Peaking { center_hz, gain_db, q }
}

/// All of them.
pub(super) const DEFECTS: [Defect; 27] = [
    defect("bass-excess", &[Kind::BassExcess], |x, _| equalised(x, &[low(75.0, 9.0)])),
    defect("bass-excess, mild", &[Kind::BassExcess], |x, _| equalised(x, &[low(75.0, 6.0)])),
    defect("rumble", &[Kind::Rumble, Kind::BassExcess], |x, _| with_rumble(x)),
    defect("boom", &[Kind::Boom, Kind::BassExcess], |x, _| equalised(x, &[bell(62.0, 12.0, 6.0)])),
    defect("bass-lost", &[Kind::BassLost], |x, _| without_harmonics(x)),
    defect("mud", &[Kind::Mud], |x, _| equalised(x, &[bell(280.0, 7.0, 0.9)])),
    defect("harsh", &[Kind::Harsh], |x, _| equalised(x, &[bell(3_200.0, 7.0, 1.0)])),
    defect("harsh, mild", &[Kind::Harsh], |x, _| equalised(x, &[bell(3_200.0, 4.5, 1.0)])),
    defect("sibilant", &[Kind::Sibilant, Kind::Harsh], |x, _| equalised(x, &[bell(7_200.0, 9.0, 1.4)])),
    defect("dull", &[Kind::Dull], |x, _| {
        equalised(x, &[Band::HighShelf { corner_hz: 4_500.0, gain_db: -9.0, q: 0.7 }])
    }),
    defect("too-wet", &[Kind::TooWet], |x, _| in_a_hall(x, 2.8, 0.0)),
    defect("too-wet, mild", &[Kind::TooWet], |x, _| in_a_hall(x, 1.8, -3.0)),
    defect("mono-loss", &[Kind::MonoLoss], |x, _| too_wide(x)),
    defect("mono-loss, one band", &[Kind::MonoLoss], |x, _| band_against_itself(x, [400.0, 3_000.0])),
    defect("polarity", &[Kind::Polarity, Kind::MonoLoss], |x, _| gains(x, [1.0, -1.0])),
    defect("image-exaggerated", &[Kind::ImageExaggerated], |x, _| in_one_ear(x, [120.0, 900.0])),
    defect("imbalance", &[Kind::Imbalance], |x, _| gains(x, [1.0, amplitude(-4.0)])),
    defect("silent-channel", &[Kind::SilentChannel, Kind::Imbalance], |x, _| gains(x, [1.0, 0.0])),
    by_level("dc-offset", &[Kind::DcOffset], |x, _| samples(x, |x| 0.9 * x + 0.04)),
    by_level("clipped", &[Kind::Clipped], |x, _| clipped(x, 9.0, 0.98)),
    by_level("true-peak", &[Kind::TruePeak, Kind::CodecClip, Kind::Clipped], |x, _| clipped(x, 6.0, 1.0)),
    by_level("loudness, too quiet", &[Kind::Loudness], |x, _| gains(x, [amplitude(-18.0); 2])),
    by_level("quiet-lost", &[Kind::QuietLost], |x, _| with_a_quiet_passage(x, -26.0)),
    defect("overload", &[Kind::Overload], |x, _| with_a_loud_end(x, 14.0)),
    defect("printed-correction, MDR-7506", &[Kind::PrintedCorrection], |x, _| {
        headphone::find("Sony MDR-7506").map_or_else(|_| x.clone(), |profile| corrected(x, profile))
    }),
    defect("printed-correction, any", &[Kind::PrintedCorrection], |x, song| {
        corrected(x, any_headphone(song))
    }),
    defect("printed room", &[Kind::PrintedCorrection], |x, _| in_a_virtual_room(x)),
];

/// Noise below what is music, 4 dB above the power of the bass.
fn with_rumble(sound: &Audio) -> Audio {
    let rate_hz = sound.rate_hz;
    let bass = each(sound, |plane| band(plane, rate_hz, [35.0, 120.0]));
    let level_db = amplitude_db(rms(&bass.planes.concat())).max(-120.0) + 4.0;
    let noise = band_noise(11, rate_hz, sound.frames(), level_db, (17.0, 28.0));
    each(sound, |plane| plane.iter().zip(&noise).map(|(x, n)| x + n).collect())
}

/// A bass of which only the fundamentals are left.
fn without_harmonics(sound: &Audio) -> Audio {
    equalised(
        sound,
        &[bell(130.0, -10.0, 0.9), bell(240.0, -9.0, 0.9), bell(420.0, -5.0, 1.0), low(65.0, 3.0)],
    )
}

/// A tail of noise that falls by 60 dB in `rt60_s`, from 20 ms on, darker than the piece.
fn in_a_hall(sound: &Audio, rt60_s: f64, wet_db: f64) -> Audio {
    let rate_hz = sound.rate_hz;
    let gap = (0.02 * rate_hz) as usize;
    let mut wet = sound.clone();
    for (channel, plane) in wet.planes.iter_mut().enumerate() {
        let mut random = Random::new(12).split(channel as u64);
        let mut dark = 0.0;
        let tail: Vec<f32> = (0..(1.2 * rt60_s * rate_hz) as usize)
            .map(|n| {
                let noise = random.normal() * 10f64.powf(-3.0 * n as f64 / (rt60_s * rate_hz));
                dark += (1.0 - (-std::f64::consts::TAU * 5_000.0 / rate_hz).exp()) * (noise - dark);
                if n < gap { 0.0 } else { dark as f32 }
            })
            .collect();
        *plane = convolved(plane, &tail);
    }
    let dry = super::sound::power(sound);
    let gain = (dry / super::sound::power(&wet).max(1e-20)).sqrt() * amplitude(wet_db);
    added(sound, &gains(&wet, [gain; 2]))
}

fn added(one: &Audio, other: &Audio) -> Audio {
    let plane = |(a, b): (&Vec<f32>, &Vec<f32>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
    Audio { rate_hz: one.rate_hz, planes: one.planes.iter().zip(&other.planes).map(plane).collect() }
}

/// The middle down, the sides up; a late copy of the middle makes sure that there are sides.
fn too_wide(sound: &Audio) -> Audio {
    let [mid, side] = mid_side(sound);
    let late = (0.02 * sound.rate_hz) as usize;
    let delayed = |n: usize| if n < late { 0.0 } else { 0.5 * mid[n - late] };
    let (down, up) = (amplitude(-6.0) as f32, amplitude(3.0) as f32);
    let side: Vec<f32> = side.iter().enumerate().map(|(n, s)| up * (s + delayed(n))).collect();
    let mid: Vec<f32> = mid.iter().map(|m| down * m).collect();
    from_mid_side(sound.rate_hz, &mid, &side)
}

/// A band of the right channel upside down.
fn band_against_itself(sound: &Audio, band_hz: [f64; 2]) -> Audio {
    let mut sound = sound.clone();
    let part = band(&sound.planes[1], sound.rate_hz, band_hz);
    sound.planes[1].iter_mut().zip(&part).for_each(|(x, part)| *x -= 2.0 * part);
    sound
}

/// The middle of a band in the left ear alone.
fn in_one_ear(sound: &Audio, band_hz: [f64; 2]) -> Audio {
    let parts = each(sound, |plane| band(plane, sound.rate_hz, band_hz));
    let [mid, _] = mid_side(&parts);
    let mut sound = added(sound, &gains(&parts, [-1.0, -1.0]));
    sound.planes[0].iter_mut().zip(&mid).for_each(|(x, mid)| *x += 1.6 * mid);
    sound
}

/// So far into full scale, cut there, and scaled.
fn clipped(sound: &Audio, into_db: f64, scale: f32) -> Audio {
    let gain = (amplitude(into_db) / peak_of(sound).max(1e-10)) as f32;
    samples(sound, |x| (gain * x).clamp(-1.0, 1.0) * scale)
}

/// By a gain that changes from frame to frame.
fn faded(sound: &Audio, gain: impl Fn(usize) -> f64) -> Audio {
    each(sound, |plane| plane.iter().enumerate().map(|(n, &x)| (f64::from(x) * gain(n)) as f32).collect())
}

/// Three tenths of the piece so much quieter, from its first third on; half a second to and fro.
fn with_a_quiet_passage(sound: &Audio, drop_db: f64) -> Audio {
    let frames = sound.frames() as f64;
    let (from, to, ramp) = (frames / 3.0, frames * (1.0 / 3.0 + 0.3), 0.5 * sound.rate_hz);
    let gain = |n: usize| {
        let n = n as f64;
        let inside = smooth(((n - from) / ramp).clamp(0.0, 1.0)) * smooth(((to - n) / ramp).clamp(0.0, 1.0));
        1.0 + inside * (amplitude(drop_db) - 1.0)
    };
    faded(sound, gain)
}

/// A last quarter so much louder than the rest: of what is played by its loudness as a whole, that drives small devices.
/// Bass does not, as it counts as loudness itself.
fn with_a_loud_end(sound: &Audio, rise_db: f64) -> Audio {
    let (from, ramp) = (0.75 * sound.frames() as f64, 0.5 * sound.rate_hz);
    let before = amplitude(-rise_db);
    let gain = |n: usize| before + smooth(((n as f64 - from) / ramp).clamp(0.0, 1.0)) * (1.0 - before);
    faded(sound, gain)
}

/// What one would hear through a program that makes this headphone neutral, forgotten in the bounce.
fn corrected(sound: &Audio, profile: &Profile) -> Audio {
    let gain = |hz: f64| {
        let hz = hz.clamp(20.0, 16_000.0);
        let response =
            0.5 * (profile.response_re_harman(Ear::Left, hz) + profile.response_re_harman(Ear::Right, hz));
        amplitude((-response).clamp(-12.0, 9.0))
    };
    each(sound, |plane| shaped(plane, sound.rate_hz, gain))
}

/// Each song another of those that were measured.
fn any_headphone(song: usize) -> &'static Profile {
    let measured: Vec<&Profile> =
        headphone::catalogue().iter().filter(|profile| !profile.sources.is_empty()).collect();
    measured[Random::new(13).split(song as u64).index(measured.len())]
}

/// What a virtual control room adds: the other loudspeaker, and a dozen reflections within 25 ms.
fn in_a_virtual_room(sound: &Audio) -> Audio {
    let rate_hz = sound.rate_hz;
    let at = |seconds: f64| (seconds * rate_hz).round() as usize;
    let mut random = Random::new(14);
    let mut side = |direct: bool| {
        let mut taps = vec![0.0; at(0.03)];
        if direct {
            taps[0] = 1.0;
        } else {
            taps[at(0.000_27)] += amplitude(-5.0) as f32;
        }
        for n in 0..6 {
            let seconds = random.between(0.002, 0.025);
            let gain = amplitude(-7.0 - 320.0 * seconds) as f32;
            taps[at(seconds)] += if n % 2 == 0 { gain } else { -gain };
        }
        taps
    };
    let (same, other) = (side(true), side(false));
    let [left, right] = [0, 1].map(|channel| &sound.planes[channel]);
    let ear = |near: &[f32], far: &[f32]| -> Vec<f32> {
        convolved(near, &same).iter().zip(convolved(far, &other)).map(|(a, b)| a + b).collect()
    };
    Audio { rate_hz, planes: vec![ear(left, right), ear(right, left)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use farfield::signal::noise::pink;

    #[test]
    fn every_defect_keeps_the_length_and_is_finite_and_changes_the_piece() {
        let piece =
            Audio { rate_hz: 44_100.0, planes: (0..2).map(|s| pink(s, 44_100.0, 88_200, -20.0)).collect() };
        for Defect { name, damage, .. } in DEFECTS {
            let damaged = damage(&piece, 3);
            assert_eq!((damaged.frames(), damaged.channels()), (piece.frames(), 2), "{name}");
            assert!(damaged.planes.iter().flatten().all(|x| x.is_finite()), "{name}");
            assert_ne!(damaged, piece, "{name}");
            assert_eq!(damage(&piece, 3), damaged, "{name} depends on its seed alone");
        }
    }

    #[test]
    fn names_are_apart() {
        let mut names = DEFECTS.map(|defect| defect.name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_correction_is_the_inverse_of_its_headphone() {
        let profile = headphone::find("Sony MDR-7506").expect("the catalogue has it");
        let mut impulse = vec![0.0; 48_000];
        impulse[24_000] = 1.0;
        let sound = corrected(&Audio { rate_hz: 48_000.0, planes: vec![impulse; 2] }, profile);
        let gain_db = |hz| farfield::signal::response::fir_gain_db(&sound.planes[0], hz, 48_000.0);
        let wanted_db = |hz| -profile.response_re_harman(Ear::Left, hz);
        let differs = |hz| (gain_db(hz) - gain_db(1_000.0)) - (wanted_db(hz) - wanted_db(1_000.0));
        assert!([60.0, 200.0, 3_000.0, 6_000.0].iter().all(|&hz| f64::abs(differs(hz)) < 1.5));
    }
}
