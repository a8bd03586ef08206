//! Frequency bands: octaves, third-octaves (IEC 61260-1, base ten) and ERB (Glasberg & Moore 1990).

/// How many octave bands the rooms are described in.
pub const OCTAVES: usize = 9;

/// Nominal centres of those bands.
pub const OCTAVE_HZ: [f64; OCTAVES] =
    [63.0, 125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0];

/// One figure per octave band, 63 Hz to 16 kHz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Octaves(pub [f64; OCTAVES]);

impl Octaves {
    /// The same figure in every band.
    pub const fn all(value: f64) -> Self {
        Octaves([value; OCTAVES])
    }

    /// A figure computed for each band from its centre.
    pub fn from_fn(mut of_hz: impl FnMut(f64) -> f64) -> Self {
        Octaves(OCTAVE_HZ.map(&mut of_hz))
    }

    /// Each figure changed.
    pub fn map(self, change: impl FnMut(f64) -> f64) -> Self {
        Octaves(self.0.map(change))
    }

    /// Two sets joined band by band.
    pub fn zip(self, other: Octaves, mut join: impl FnMut(f64, f64) -> f64) -> Self {
        Octaves(std::array::from_fn(|band| join(self.0[band], other.0[band])))
    }

    /// The figure at any frequency: linear over log f between the centres, held beyond the ends.
    pub fn at(&self, hz: f64) -> f64 {
        self.at_place(OctavePlace::of(hz))
    }

    /// The figure at a frequency whose place is known.
    pub fn at_place(&self, place: OctavePlace) -> f64 {
        let (below, above) = (self.0[place.below], self.0[place.below + 1]);
        below + (above - below) * place.part
    }
}

/// Where a frequency lies between the octaves' centres, for many figures at one frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OctavePlace {
    below: usize,
    part: f64,
}

impl OctavePlace {
    /// The place of a frequency, held at the ends.
    pub fn of(hz: f64) -> Self {
        let place = (hz / OCTAVE_HZ[0]).log2() / (OCTAVE_HZ[OCTAVES - 1] / OCTAVE_HZ[0]).log2()
            * (OCTAVES - 1) as f64;
        let place = place.clamp(0.0, (OCTAVES - 1) as f64);
        let below = (place as usize).min(OCTAVES - 2);
        OctavePlace { below, part: place - below as f64 }
    }
}

/// The exact centre of a third-octave band, base ten: 1 kHz · 10^(n/10).
pub fn third_octave_hz(n: i32) -> f64 {
    1_000.0 * 10f64.powf(f64::from(n) / 10.0)
}

/// The third-octave bands whose centres lie in 20 Hz…20 kHz: `n` from −17 to 13, 31 bands.
pub fn third_octaves() -> impl Iterator<Item = f64> {
    (-17..=13).map(third_octave_hz)
}

/// Lower and upper edge of a band of `1/fraction` octave around `center_hz`, base ten.
pub fn edges_hz(center_hz: f64, fraction: f64) -> (f64, f64) {
    let half = 10f64.powf(0.15 / fraction);
    (center_hz / half, center_hz * half)
}

/// Sums of a spectrum's bins over bands. A bin that an edge divides is shared in proportion.
///
/// Bin `k` stands for the frequencies half a bin below it to half a bin above it, as far as there are such:
/// the first and the last bin are half as wide. So the sums over bands without gaps are the whole power.
#[derive(Clone, Debug)]
pub struct BandSums {
    /// For every band, its first bin and the shares of it and of those that follow.
    shares: Vec<(usize, Vec<f64>)>,
}

impl BandSums {
    /// Bands given by their edges, over a spectrum of `bins` bins that are `spacing_hz` apart.
    pub fn new(edges_hz: impl IntoIterator<Item = (f64, f64)>, bins: usize, spacing_hz: f64) -> Self {
        let last = bins as f64 - 1.0;
        let share = |bin: usize, low: f64, high: f64| {
            let (from, to) = ((bin as f64 - 0.5).max(0.0), (bin as f64 + 0.5).min(last));
            ((high.min(to) - low.max(from)) / (to - from)).clamp(0.0, 1.0)
        };
        let shares = edges_hz
            .into_iter()
            .map(|(low_hz, high_hz)| {
                let (low, high) = (low_hz / spacing_hz, high_hz / spacing_hz);
                let first = (low.max(0.0).round() as usize).min(bins);
                let end = (high.max(0.0).round() as usize + 1).clamp(first, bins.max(first));
                (first, (first..end).map(|bin| share(bin, low, high)).collect())
            })
            .collect();
        BandSums { shares }
    }

    /// Third-octaves, 20 Hz to 20 kHz, over the spectrum of `length` samples.
    pub fn third_octaves(length: usize, rate_hz: f64) -> Self {
        BandSums::new(third_octaves().map(|hz| edges_hz(hz, 3.0)), length / 2 + 1, rate_hz / length as f64)
    }

    /// How many bands.
    pub fn bands(&self) -> usize {
        self.shares.len()
    }

    /// The power of every band, from the power of every bin. Bands beyond the spectrum get 0.
    pub fn of(&self, powers: &[f64]) -> impl Iterator<Item = f64> {
        self.shares.iter().map(|(first, shares)| {
            powers.iter().skip(*first).zip(shares).map(|(power, share)| power * share).sum()
        })
    }
}

/// Equivalent rectangular bandwidth of the auditory filter at `hz`.
///
/// Glasberg & Moore, "Derivation of auditory filter shapes from notched-noise data", Hear. Res. 47 (1990).
pub fn erb_hz(hz: f64) -> f64 {
    24.673 * (0.004_368 * hz + 1.0)
}

/// ERB-number (Cam) of a frequency.
pub fn cam(hz: f64) -> f64 {
    21.366 * (0.004_368 * hz + 1.0).log10()
}

/// Frequency of an ERB-number (Cam).
pub fn cam_hz(cam: f64) -> f64 {
    (10f64.powf(cam / 21.366) - 1.0) / 0.004_368
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erb_at_1_khz_is_132_4_hz_and_15_59_cam() {
        assert!((erb_hz(1_000.0) - 132.4).abs() < 0.06);
        assert!((cam(1_000.0) - 15.59).abs() < 0.005);
        assert!((cam_hz(cam(4_000.0)) - 4_000.0).abs() < 1e-9);
    }

    #[test]
    fn bands_without_gaps_share_out_the_whole_power() {
        let powers: Vec<f64> = (0..129).map(|bin| 1.0 + f64::from(bin % 7)).collect();
        // Edges anywhere: several in one bin, on bins, half way between, and the ends.
        let edges = [0.0, 30.0, 31.0, 100.0, 250.0, 1_000.0, 1_500.0, 7_777.0, 12_800.0];
        let sums = BandSums::new(edges.windows(2).map(|w| (w[0], w[1])), 129, 100.0);
        let total: f64 = sums.of(&powers).sum();
        assert!((total - powers.iter().sum::<f64>()).abs() < 1e-9, "{total}");
        let found: Vec<f64> = sums.of(&powers).collect();
        // 31…100 Hz: of bin 0 (0…50 Hz) 38 %, of bin 1 (50…150 Hz) a half.
        assert!((found[2] - (0.38 * powers[0] + 0.5 * powers[1])).abs() < 1e-9, "{}", found[2]);
        assert_eq!(BandSums::new([(20_000.0, 30_000.0)], 129, 100.0).of(&powers).sum::<f64>(), 0.0);
    }

    #[test]
    fn white_power_rises_by_1_db_a_third_octave() {
        let sums = BandSums::third_octaves(4_096, 48_000.0);
        let found: Vec<f64> = sums.of(&vec![1.0; 2_049]).collect();
        assert_eq!(sums.bands(), 31);
        // Already at 20 Hz, where a band is less than half a bin wide; the last ends at 22.4 kHz.
        for pair in found.windows(2) {
            assert!((pair[1] / pair[0] - 10f64.powf(0.1)).abs() < 1e-9, "{pair:?}");
        }
    }

    #[test]
    fn octaves_are_met_at_their_centres_and_held_outside() {
        let o = Octaves::from_fn(|hz| hz);
        for hz in [63.0, 16_000.0] {
            assert!((o.at(hz) - hz).abs() < 1e-6);
        }
        assert_eq!(o.at(5.0), 63.0);
        assert_eq!(o.at(90_000.0), 16_000.0);
        assert!((Octaves::all(0.3).at(777.0) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn third_octaves_run_from_20_hz_to_20_khz() {
        let bands: Vec<f64> = third_octaves().collect();
        assert_eq!(bands.len(), 31);
        assert!((bands[0] - 19.95).abs() < 0.01 && (bands[30] - 19_953.0).abs() < 1.0);
    }
}
