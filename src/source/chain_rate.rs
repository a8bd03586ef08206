//! The rate at which the chain runs for a file of a given rate.
//!
//! From 44.1 to 192 kHz the file's own rate is kept, so that most music is never resampled. Other rates go to the
//! nearest of their own family (44.1 kHz or 48 kHz and their doubles), where the ratio is a small fraction.

/// The lowest rate the chain runs at. Below it the third octaves of the judge and the limiters would miss their treble.
pub const LOWEST_HZ: u32 = 44_100;
/// The highest rate the chain runs at.
pub const HIGHEST_HZ: u32 = 192_000;

/// The rate the chain runs at for a file of `file_rate_hz`.
///
/// 44.1–192 kHz stay as they are. Lower rates go up to 44.1 kHz if they divide it (11.025, 22.05 kHz), else to
/// 48 kHz; higher rates go down to 176.4 kHz if they are of the 44.1 kHz family, else to 192 kHz.
pub fn chain_rate_hz(file_rate_hz: u32) -> u32 {
    match file_rate_hz {
        LOWEST_HZ..=HIGHEST_HZ => file_rate_hz,
        rate if rate < LOWEST_HZ && rate > 0 && LOWEST_HZ.is_multiple_of(rate) => LOWEST_HZ,
        rate if rate < LOWEST_HZ => 48_000,
        rate if rate.is_multiple_of(LOWEST_HZ) => 176_400,
        _ => HIGHEST_HZ,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_from_44_1_to_192_khz_are_kept() {
        for rate in [44_100, 47_952, 48_000, 88_200, 96_000, 176_400, 192_000] {
            assert_eq!(chain_rate_hz(rate), rate);
        }
    }

    #[test]
    fn other_rates_go_to_their_family() {
        let rule = [
            (8_000, 48_000),
            (11_025, 44_100),
            (12_000, 48_000),
            (16_000, 48_000),
            (22_050, 44_100),
            (24_000, 48_000),
            (32_000, 48_000),
            (44_056, 48_000),
            (352_800, 176_400),
            (384_000, 192_000),
        ];
        for (file, chain) in rule {
            assert_eq!(chain_rate_hz(file), chain, "{file} Hz");
        }
    }
}
