//! A measured head, ready for use: minimum-phase responses over directions, and their delays apart.
//!
//! Responses without their delays can be mixed between measured directions; with them, two copies of one
//! wavefront would comb. That a head-related response is close to a minimum-phase filter and a delay is due
//! to D. J. Kistler & F. L. Wightman, J. Acoust. Soc. Am. 91 (1992); where it is not, in the bass, the rigid
//! sphere's phase takes over (see `spectra`).

use super::grid::Grid;
use crate::signal::space::Direction;

/// Names the layout of the packed form.
const MAGIC: &[u8; 8] = b"FFHRIR01";
/// Greatest value of a packed tap.
const FULL_SCALE: f32 = 32_767.0;
/// Two directions closer than this are one.
const SAME_DEG: f64 = 0.1;

/// Head-related responses of one head: diffuse-field equalised, minimum phase, with delays apart.
#[derive(Clone, Debug, PartialEq)]
pub struct HrirSet {
    directions: Vec<Direction>,
    hrirs: Vec<[Vec<f32>; 2]>,
    delays_s: Vec<[f64; 2]>,
    rate_hz: f64,
    head_radius_m: f64,
    /// For every direction the one on the other side, where the head is symmetric.
    mirror: Option<Vec<usize>>,
    grid: Grid,
}

/// Why packed responses cannot be unpacked.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("packed HRIRs are damaged: {0}")]
pub struct PackedError(&'static str);

impl HrirSet {
    /// A set from its parts. Directions as in AES69; responses `[direction][ear][tap]`, minimum phase, all of one
    /// length; delays `[direction][ear]` after the head's centre, as they are for a head of `head_radius_m`.
    ///
    /// # Panics
    /// If there is no direction, the lists differ in length, or a response is empty.
    pub fn new(
        directions: Vec<Direction>,
        hrirs: Vec<[Vec<f32>; 2]>,
        delays_s: Vec<[f64; 2]>,
        rate_hz: f64,
        head_radius_m: f64,
    ) -> Self {
        assert!(!directions.is_empty(), "a set has at least one direction");
        assert!(directions.len() == hrirs.len() && hrirs.len() == delays_s.len(), "one entry per direction");
        let taps = hrirs[0][0].len();
        assert!(taps > 0 && hrirs.iter().flatten().all(|h| h.len() == taps), "responses of one length");
        let grid = Grid::new(&directions);
        let mut set = HrirSet { directions, hrirs, delays_s, rate_hz, head_radius_m, mirror: None, grid };
        set.mirror = set.find_mirror();
        set
    }

    /// The directions, extrapolated poles included.
    pub fn directions(&self) -> &[Direction] {
        &self.directions
    }

    /// One response: minimum phase, without its delay.
    pub fn hrir(&self, direction: usize, ear: usize) -> &[f32] {
        &self.hrirs[direction][ear]
    }

    /// The delays of one direction, left and right, after the head's centre; negative for the near ear.
    pub fn delays_s(&self, direction: usize) -> [f64; 2] {
        self.delays_s[direction]
    }

    /// Samples per second of the responses.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Taps per response.
    pub fn taps(&self) -> usize {
        self.hrirs[0][0].len()
    }

    /// The radius of the sphere that has the delays of this head.
    pub fn head_radius_m(&self) -> f64 {
        self.head_radius_m
    }

    /// Whether right is left mirrored.
    pub fn is_symmetric(&self) -> bool {
        self.mirror.is_some()
    }

    pub(crate) fn grid(&self) -> &Grid {
        &self.grid
    }

    pub(crate) fn mirror(&self) -> Option<&[usize]> {
        self.mirror.as_deref()
    }

    /// The mirrored directions, if every right response is exactly the left one of the other side.
    fn find_mirror(&self) -> Option<Vec<usize>> {
        let mirror = mirrored(&self.directions, &self.grid)?;
        let same = |n: usize, m: usize| {
            self.hrirs[n][1] == self.hrirs[m][0] && (self.delays_s[n][1] - self.delays_s[m][0]).abs() < 1e-9
        };
        mirror.iter().enumerate().all(|(n, &m)| same(n, m)).then_some(mirror)
    }

    /// The compact form of a symmetric set: left ear only, 16-bit taps with a scale per response, little endian.
    /// `None` if the set is not symmetric.
    pub fn pack(&self) -> Option<Vec<u8>> {
        self.mirror.as_ref()?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.rate_hz as f32).to_le_bytes());
        bytes.extend((self.head_radius_m as f32).to_le_bytes());
        bytes.extend(u16::try_from(self.directions.len()).ok()?.to_le_bytes());
        bytes.extend(u16::try_from(self.taps()).ok()?.to_le_bytes());
        for ((direction, [left, _]), delays_s) in self.directions.iter().zip(&self.hrirs).zip(&self.delays_s)
        {
            let peak = left.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
            bytes.extend((direction.azimuth_deg as f32).to_le_bytes());
            bytes.extend((direction.elevation_deg as f32).to_le_bytes());
            bytes.extend((delays_s[0] as f32).to_le_bytes());
            bytes.extend((peak / FULL_SCALE).to_le_bytes());
            for x in left {
                bytes.extend(((x / peak * FULL_SCALE).round() as i16).to_le_bytes());
            }
        }
        Some(bytes)
    }

    /// Unpacks what [`HrirSet::pack`] made.
    ///
    /// # Errors
    /// If the bytes are anything else.
    pub fn unpack(bytes: &[u8]) -> Result<Self, PackedError> {
        let mut reader = Packed { rest: bytes.strip_prefix(MAGIC).ok_or(PackedError("not of this kind"))? };
        // Packed in 32 bits, a radius is 1 nm off: back to the micrometre that was meant.
        let (rate_hz, head_radius_m) =
            (f64::from(reader.f32()?), (f64::from(reader.f32()?) * 1e6).round() / 1e6);
        let (count, taps) = (usize::from(reader.u16()?), usize::from(reader.u16()?));
        if count == 0 || taps == 0 || !(8e3..1e6).contains(&rate_hz) || !(0.05..0.15).contains(&head_radius_m)
        {
            return Err(PackedError("impossible sizes"));
        }
        let (mut directions, mut left, mut left_delays_s) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..count {
            let [azimuth_deg, elevation_deg] = [f64::from(reader.f32()?), f64::from(reader.f32()?)];
            directions.push(Direction { azimuth_deg, elevation_deg });
            left_delays_s.push(f64::from(reader.f32()?));
            let scale = reader.f32()?;
            left.push(
                (0..taps).map(|_| Ok(f32::from(reader.i16()?) * scale)).collect::<Result<Vec<_>, _>>()?,
            );
        }
        let finite = directions.iter().all(|d| d.azimuth_deg.is_finite() && d.elevation_deg.is_finite())
            && left.iter().flatten().all(|x| x.is_finite())
            && left_delays_s.iter().all(|s: &f64| s.abs() < 0.01);
        if !finite || !reader.rest.is_empty() {
            return Err(PackedError("impossible values"));
        }
        let grid = Grid::new(&directions);
        let mirror = mirrored(&directions, &grid).ok_or(PackedError("not symmetric"))?;
        let hrirs = mirror.iter().enumerate().map(|(n, &m)| [left[n].clone(), left[m].clone()]).collect();
        let delays_s =
            mirror.iter().enumerate().map(|(n, &m)| [left_delays_s[n], left_delays_s[m]]).collect();
        Ok(HrirSet { directions, hrirs, delays_s, rate_hz, head_radius_m, mirror: Some(mirror), grid })
    }
}

/// The direction on the other side of the median plane.
pub(crate) fn mirror_of(direction: Direction) -> Direction {
    Direction { azimuth_deg: -direction.azimuth_deg, ..direction }
}

/// For each direction the place of its mirror image, if all are there.
pub(crate) fn mirrored(directions: &[Direction], grid: &Grid) -> Option<Vec<usize>> {
    directions
        .iter()
        .map(|&direction| {
            let place = grid.nearest(mirror_of(direction));
            (directions[place].angle_deg(mirror_of(direction)) < SAME_DEG).then_some(place)
        })
        .collect()
}

/// What is left to unpack.
struct Packed<'a> {
    rest: &'a [u8],
}

impl Packed<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], PackedError> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(PackedError("cut short"))?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn f32(&mut self) -> Result<f32, PackedError> {
        self.take().map(f32::from_le_bytes)
    }

    fn u16(&mut self) -> Result<u16, PackedError> {
        self.take().map(u16::from_le_bytes)
    }

    fn i16(&mut self) -> Result<i16, PackedError> {
        self.take().map(i16::from_le_bytes)
    }
}
