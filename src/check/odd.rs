//! What is odd with a mix, so that less can be said of it than usual.

use crate::judge::measure::Measured;
use crate::judge::verdict::Judge;
use crate::source::Info;

/// Files of a lower rate have no treble to speak of.
const FULL_RATE_HZ: u32 = 32_000;
/// Shorter than this is judged as a file only.
const SHORTEST_S: f64 = 5.0;

/// In words.
pub(super) fn warnings(info: &Info, measured: &Measured, judge: &Judge) -> Vec<String> {
    let mut words = Vec::new();
    if !measured.loudness.integrated_lufs.is_finite() && measured.faults.rms == [0.0; 2] {
        words.push("the file is silent: is it the right one?".to_owned());
    } else if measured.duration_s < SHORTEST_S {
        words.push(format!(
            "there are {:.1} s of sound: under five, only the file is judged, not the music",
            measured.duration_s
        ));
    } else if judge.is_coarse(measured) {
        words
            .push("it is so long that its tone is not judged as a song's: check songs one by one".to_owned());
    } else if judge.likeness(measured).is_ok_and(|likeness| judge.is_no_music(&likeness)) {
        words.push(
            "it is unlike any finished music that is known here: what is said of its tone is a guess"
                .to_owned(),
        );
    }
    if info.rate_hz < FULL_RATE_HZ {
        words.push(format!(
            "at a rate of {} kHz there is nothing above {} kHz: what is said of treble counts that",
            f64::from(info.rate_hz) / 1_000.0,
            f64::from(info.rate_hz) / 2_000.0
        ));
    }
    words
}
