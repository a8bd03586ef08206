//! Reading measured heads: SOFA files (AES69-2022) of the convention SimpleFreeFieldHRIR.
//!
//! A SOFA file is an HDF5 file. This module reads the few variables that describe head-related impulse
//! responses and checks every one before it believes it: sizes before anything is allocated, numbers before
//! anything is computed. A file is input from anywhere, so no content of it may bring the programme down.

use crate::signal::space::{Direction, Position};
use hdf5_pure::{AttrValue, Dataset, File};
use std::collections::HashMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The most measured directions (M) that are read.
pub const MOST_DIRECTIONS: usize = 20_000;
/// The most taps per response (N) that are read.
pub const MOST_TAPS: usize = 16_384;
/// The most samples (M · 2 · N) that are read: 64 MiB of them.
pub const MOST_SAMPLES: usize = 1 << 24;
/// The largest file that is read.
pub const MOST_BYTES: u64 = 1 << 29;

const CONVENTION: &str = "SimpleFreeFieldHRIR";

/// Why a SOFA file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SofaError {
    /// The bytes could not be had.
    #[error("cannot read the SOFA file: {0}")]
    Io(#[from] std::io::Error),
    /// Not HDF5, or broken.
    #[error("not a readable SOFA file (HDF5): {0}; download or export it again")]
    Container(String),
    /// Another kind of SOFA file.
    #[error("SOFA convention {found:?}; only {CONVENTION} (responses of a head in a free field) can be used")]
    Convention {
        /// What the file says it is.
        found: String,
    },
    /// A variable is absent.
    #[error("the SOFA file has no {0}, which {CONVENTION} requires; export it again")]
    Missing(&'static str),
    /// A variable is there, but says something impossible.
    #[error("{variable} of the SOFA file: {problem}")]
    Malformed {
        /// Its name in the file.
        variable: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// Head-related impulse responses as a SOFA file holds them.
#[derive(Clone, Debug, PartialEq)]
pub struct Sofa {
    /// Where the sound came from, one direction a measurement.
    pub directions: Vec<Direction>,
    /// How far away the source was, one distance a measurement.
    pub distances_m: Vec<f64>,
    /// HRIRs, `[direction][ear][tap]`; ear 0 is the left one.
    pub hrirs: Vec<[Vec<f32>; 2]>,
    /// Delays that the HRIRs do not contain, `[direction][ear]`.
    pub delays_s: Vec<[f64; 2]>,
    /// Samples per second.
    pub rate_hz: f64,
}

impl Sofa {
    /// Reads a whole SOFA file, at most [`MOST_BYTES`] of it.
    ///
    /// # Errors
    /// If reading fails, or the content is not a usable SimpleFreeFieldHRIR.
    pub fn from_reader(reader: impl Read) -> Result<Self, SofaError> {
        let mut bytes = Vec::new();
        reader.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(SofaError::Container(format!("larger than {} MiB", MOST_BYTES >> 20)));
        }
        Sofa::from_bytes(bytes)
    }

    /// Reads a SOFA file from memory.
    ///
    /// # Errors
    /// If the content is not a usable SimpleFreeFieldHRIR.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SofaError> {
        // The HDF5 reader guards its arithmetic and returns errors, but it is large and young, and the bytes
        // come from anywhere: should it panic after all, that is one more way of being unreadable. Nothing
        // outlives the call, so nothing can be left in a broken state.
        catch_unwind(AssertUnwindSafe(|| read(bytes)))
            .unwrap_or_else(|_| Err(SofaError::Container("its structure is damaged".into())))
    }
}

fn read(bytes: Vec<u8>) -> Result<Sofa, SofaError> {
    let file = File::from_bytes(bytes).map_err(container)?;
    check_convention(&file.root().attrs().map_err(container)?)?;
    let (measurements, taps) = response_shape(&file)?;
    let rate_hz = sampling_rate(&file, measurements)?;
    let positions = positions(&file, measurements)?;
    check_view(&file)?;
    let swapped = ears_are_swapped(&file)?;
    let mut hrirs = responses(&file, taps)?;
    let mut delays_s = delays(&file, measurements, rate_hz)?;
    if swapped {
        hrirs.iter_mut().for_each(|pair| pair.swap(0, 1));
        delays_s.iter_mut().for_each(|pair| pair.swap(0, 1));
    }
    Ok(Sofa {
        directions: positions.iter().map(|p| p.direction()).collect(),
        distances_m: positions.iter().map(|p| p.length_m()).collect(),
        hrirs,
        delays_s,
        rate_hz,
    })
}

fn container(error: impl std::fmt::Display) -> SofaError {
    SofaError::Container(error.to_string())
}

fn malformed<T>(variable: &'static str, problem: impl Into<String>) -> Result<T, SofaError> {
    Err(SofaError::Malformed { variable, problem: problem.into() })
}

fn check_convention(attributes: &HashMap<String, AttrValue>) -> Result<(), SofaError> {
    let text =
        |key: &str| attributes.get(key).and_then(AttrValue::as_str).unwrap_or_default().trim().to_owned();
    let found = text("SOFAConventions");
    if found != CONVENTION {
        return Err(SofaError::Convention { found });
    }
    match text("DataType").as_str() {
        "FIR" | "" => Ok(()),
        other => malformed("DataType", format!("{other:?}; {CONVENTION} has \"FIR\"")),
    }
}

/// A variable of the file; `None` if it has no such variable.
fn variable(file: &File, name: &str) -> Result<Option<Dataset>, SofaError> {
    if file.root().datasets().map_err(container)?.iter().any(|n| n == name) {
        file.dataset(name).map(Some).map_err(container)
    } else {
        Ok(None)
    }
}

fn required(file: &File, name: &'static str) -> Result<Dataset, SofaError> {
    variable(file, name)?.ok_or(SofaError::Missing(name))
}

fn shape(dataset: &Dataset) -> Result<Vec<usize>, SofaError> {
    let shape = dataset.shape().map_err(container)?;
    Ok(shape.into_iter().map(|n| usize::try_from(n).unwrap_or(usize::MAX)).collect())
}

/// All values of a variable, once its size is known to be harmless.
fn values(dataset: &Dataset, name: &'static str, most: usize) -> Result<Vec<f64>, SofaError> {
    let product = |sizes: &[usize]| sizes.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
    let count = product(&shape(dataset)?).filter(|&n| n <= most);
    let chunk: Vec<usize> = dataset
        .chunk_shape()
        .map_err(container)?
        .unwrap_or_default()
        .into_iter()
        .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
        .collect();
    // A chunk is unpacked whole, so its size counts as well as the variable's.
    let chunk = product(&chunk).filter(|&n| n <= 2 * MOST_SAMPLES);
    let narrow = dataset.element_size().map_err(container)? <= 16;
    if count.is_none() || chunk.is_none() || !narrow {
        return malformed(name, format!("larger than the {most} values that are read"));
    }
    let values = dataset.read_f64().map_err(container)?;
    if Some(values.len()) != count {
        return malformed(name, "fewer values than it declares");
    }
    if values.iter().any(|x| !x.is_finite()) {
        return malformed(name, "contains values that are not numbers");
    }
    Ok(values)
}

fn text_attribute(dataset: &Dataset, key: &str) -> Result<String, SofaError> {
    let attributes = dataset.attrs().map_err(container)?;
    Ok(attributes.get(key).and_then(AttrValue::as_str).unwrap_or_default().trim().to_lowercase())
}

/// Measurements and taps, checked against the bounds.
fn response_shape(file: &File) -> Result<(usize, usize), SofaError> {
    const NAME: &str = "Data.IR";
    let [measurements, receivers, taps] = shape(&required(file, NAME)?)?[..] else {
        return malformed(NAME, "must have three dimensions: measurement, receiver, sample");
    };
    if receivers != 2 {
        return malformed(NAME, format!("{receivers} receivers; a head has 2"));
    }
    if measurements == 0 || taps == 0 {
        return malformed(NAME, "is empty");
    }
    let samples = measurements.checked_mul(2).and_then(|n| n.checked_mul(taps));
    if measurements > MOST_DIRECTIONS || taps > MOST_TAPS || samples.is_none_or(|n| n > MOST_SAMPLES) {
        return malformed(
            NAME,
            format!(
                "{measurements} directions of {taps} taps; at most {MOST_DIRECTIONS} directions, {MOST_TAPS} taps \
                 and {MOST_SAMPLES} samples are read: use a smaller export"
            ),
        );
    }
    Ok((measurements, taps))
}

fn responses(file: &File, taps: usize) -> Result<Vec<[Vec<f32>; 2]>, SofaError> {
    const NAME: &str = "Data.IR";
    let all = values(&required(file, NAME)?, NAME, MOST_SAMPLES)?;
    let narrowed = |taps: &[f64]| taps.iter().map(|&x| x as f32).collect::<Vec<f32>>();
    let hrirs: Vec<[Vec<f32>; 2]> =
        all.chunks_exact(2 * taps).map(|pair| [narrowed(&pair[..taps]), narrowed(&pair[taps..])]).collect();
    let heard = |taps: &Vec<f32>| taps.iter().any(|&x| x != 0.0) && taps.iter().all(|x| x.abs() < 1e6);
    if let Some(place) = hrirs.iter().position(|pair| !pair.iter().all(heard)) {
        return malformed(NAME, format!("the response of measurement {place} is silent or enormous"));
    }
    Ok(hrirs)
}

fn sampling_rate(file: &File, measurements: usize) -> Result<f64, SofaError> {
    const NAME: &str = "Data.SamplingRate";
    let dataset = required(file, NAME)?;
    if !matches!(text_attribute(&dataset, "Units")?.as_str(), "hertz" | "hz" | "") {
        return malformed(NAME, "must be in hertz");
    }
    let rates = values(&dataset, NAME, measurements)?;
    match rates.first() {
        Some(&rate_hz) if !(8_000.0..=384_000.0).contains(&rate_hz) => {
            malformed(NAME, format!("{rate_hz} Hz; 8 to 384 kHz can be used"))
        }
        Some(rate_hz) if rates.iter().all(|r| r == rate_hz) => Ok(*rate_hz),
        Some(_) => malformed(NAME, "differs between measurements; resample them to one rate"),
        None => malformed(NAME, "is empty"),
    }
}

/// One row of `columns` values per measurement; a single row holds for all.
fn rows(
    file: &File,
    name: &'static str,
    measurements: usize,
    columns: usize,
) -> Result<Option<Vec<f64>>, SofaError> {
    let Some(dataset) = variable(file, name)? else { return Ok(None) };
    let values = values(&dataset, name, measurements * columns)?;
    if values.len() == columns {
        Ok(Some(values.repeat(measurements)))
    } else if values.len() == measurements * columns {
        Ok(Some(values))
    } else {
        malformed(
            name,
            format!("{} values; {columns} or {columns} per measurement belong there", values.len()),
        )
    }
}

fn positions(file: &File, measurements: usize) -> Result<Vec<Position>, SofaError> {
    const NAME: &str = "SourcePosition";
    let dataset = required(file, NAME)?;
    let rows = rows(file, NAME, measurements, 3)?.ok_or(SofaError::Missing(NAME))?;
    let (kind, units) = (text_attribute(&dataset, "Type")?, text_attribute(&dataset, "Units")?);
    let degrees_per_unit = if units.contains("radian") { 1f64.to_degrees() } else { 1.0 };
    let positions: Vec<Position> = match kind.as_str() {
        "cartesian" => rows.chunks_exact(3).map(|p| Position::new(p[0], p[1], p[2])).collect(),
        "spherical" | "" => rows
            .chunks_exact(3)
            .map(|p| {
                let [azimuth_deg, elevation_deg] = [p[0], p[1]].map(|angle| angle * degrees_per_unit);
                Direction { azimuth_deg, elevation_deg }.unit() * p[2]
            })
            .collect(),
        other => return malformed(NAME, format!("Type {other:?}; cartesian or spherical can be used")),
    };
    match positions.iter().position(|p| !(0.05..=1_000.0).contains(&p.length_m())) {
        Some(place) => malformed(NAME, format!("source {place} is not 5 cm to 1 km away from the head")),
        None => Ok(positions),
    }
}

/// Directions are read from the source's position alone, so the listener has to look along x.
fn check_view(file: &File) -> Result<(), SofaError> {
    const NAME: &str = "ListenerView";
    let Some(dataset) = variable(file, NAME)? else { return Ok(()) };
    let view = values(&dataset, NAME, 3 * MOST_DIRECTIONS)?;
    // Spherical: azimuth and elevation 0, distance 1. Cartesian: (1, 0, 0).
    let ahead: [f64; 3] =
        if text_attribute(&dataset, "Type")? == "spherical" { [0.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0] };
    let is_ahead = |row: &[f64]| row.iter().zip(ahead).all(|(a, b)| (a - b).abs() < 1e-6);
    if view.chunks(3).all(is_ahead) {
        Ok(())
    } else {
        malformed(NAME, "the head looks elsewhere than along x; export the set with a fixed head")
    }
}

/// Whether the file lists the right ear first.
fn ears_are_swapped(file: &File) -> Result<bool, SofaError> {
    const NAME: &str = "ReceiverPosition";
    let Some(dataset) = variable(file, NAME)? else { return Ok(false) };
    let places = values(&dataset, NAME, 6 * MOST_DIRECTIONS)?;
    if text_attribute(&dataset, "Type")? == "spherical" || places.len() < 6 {
        return Ok(false);
    }
    // Stored as [receiver][coordinate][measurement or 1]: y is the second coordinate.
    let per_value = places.len() / 6;
    let [first_y, second_y] = [places[per_value], places[4 * per_value]];
    Ok(first_y < 0.0 && second_y > 0.0)
}

fn delays(file: &File, measurements: usize, rate_hz: f64) -> Result<Vec<[f64; 2]>, SofaError> {
    const NAME: &str = "Data.Delay";
    let rows = rows(file, NAME, measurements, 2)?.unwrap_or_else(|| vec![0.0; 2 * measurements]);
    if rows.iter().any(|frames| frames.abs() > rate_hz) {
        return malformed(NAME, "a delay of more than a second");
    }
    Ok(rows.chunks_exact(2).map(|pair| [pair[0] / rate_hz, pair[1] / rate_hz]).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use hdf5_pure::FileBuilder;
    use proptest::prelude::*;

    /// What goes into a file made for a test.
    pub(crate) struct Fixture {
        pub(crate) convention: &'static str,
        pub(crate) positions: Vec<f64>,
        pub(crate) position_type: &'static str,
        pub(crate) position_units: &'static str,
        pub(crate) shape: [u64; 3],
        pub(crate) samples: Vec<f64>,
        pub(crate) delays: Option<Vec<f64>>,
        pub(crate) rate_hz: f64,
        pub(crate) view: Option<[f64; 3]>,
        pub(crate) ear_y_m: [f64; 2],
    }

    impl Default for Fixture {
        /// Two directions, left and up; the k-th sample of all is k + 1.
        fn default() -> Self {
            Fixture {
                convention: CONVENTION,
                positions: vec![90.0, 0.0, 1.4, 0.0, 90.0, 1.4],
                position_type: "spherical",
                position_units: "degree, degree, metre",
                shape: [2, 2, 4],
                samples: (1..=16).map(f64::from).collect(),
                delays: None,
                rate_hz: 48_000.0,
                view: Some([1.0, 0.0, 0.0]),
                ear_y_m: [0.09, -0.09],
            }
        }
    }

    impl Fixture {
        pub(crate) fn bytes(&self) -> Vec<u8> {
            let text = |s: &str| AttrValue::AsciiString(s.to_owned());
            let mut file = FileBuilder::new();
            file.set_attr("Conventions", text("SOFA"));
            file.set_attr("SOFAConventions", text(self.convention));
            file.set_attr("DataType", text("FIR"));
            file.create_dataset("Data.IR").with_f64_data(&self.samples).with_shape(&self.shape);
            file.create_dataset("Data.SamplingRate")
                .with_f64_data(&[self.rate_hz])
                .with_shape(&[1])
                .set_attr("Units", text("hertz"));
            if let Some(delays) = &self.delays {
                let shape = [delays.len() as u64 / 2, 2];
                file.create_dataset("Data.Delay").with_f64_data(delays).with_shape(&shape);
            }
            if let Some(view) = self.view {
                file.create_dataset("ListenerView")
                    .with_f64_data(&view)
                    .with_shape(&[1, 3])
                    .set_attr("Type", text("cartesian"));
            }
            file.create_dataset("ReceiverPosition")
                .with_f64_data(&[0.0, self.ear_y_m[0], 0.0, 0.0, self.ear_y_m[1], 0.0])
                .with_shape(&[2, 3, 1]);
            let shape = [self.positions.len() as u64 / 3, 3];
            file.create_dataset("SourcePosition")
                .with_f64_data(&self.positions)
                .with_shape(&shape)
                .set_attr("Type", text(self.position_type))
                .set_attr("Units", text(self.position_units));
            file.finish().expect("a fixture is a valid file")
        }

        fn read(&self) -> Result<Sofa, SofaError> {
            Sofa::from_bytes(self.bytes())
        }

        fn complaint(&self) -> String {
            self.read().expect_err("must be refused").to_string()
        }
    }

    #[test]
    fn a_simple_file_is_read_as_written() {
        let sofa = Fixture { delays: Some(vec![48.0, 0.0]), ..Fixture::default() }.read().unwrap();
        assert_eq!(sofa.rate_hz, 48_000.0);
        assert_eq!(sofa.hrirs[1], [vec![9.0, 10.0, 11.0, 12.0], vec![13.0, 14.0, 15.0, 16.0]]);
        assert!(sofa.directions[0].angle_deg(Direction::horizontal(90.0)) < 1e-6);
        assert!((sofa.directions[1].elevation_deg - 90.0).abs() < 1e-6);
        assert!((sofa.distances_m[0] - 1.4).abs() < 1e-9);
        assert_eq!(sofa.delays_s, vec![[0.001, 0.0]; 2]);
    }

    #[test]
    fn cartesian_positions_and_radians_mean_the_same_places() {
        let cartesian = Fixture {
            positions: vec![0.0, 1.4, 0.0, 0.0, 0.0, 1.4],
            position_type: "cartesian",
            position_units: "metre",
            ..Fixture::default()
        };
        let quarter = std::f64::consts::FRAC_PI_2;
        let radians = Fixture {
            positions: vec![quarter, 0.0, 1.4, 0.0, quarter, 1.4],
            position_units: "radian, radian, metre",
            ..Fixture::default()
        };
        let degrees = Fixture::default().read().unwrap();
        for other in [cartesian.read().unwrap(), radians.read().unwrap()] {
            for (a, b) in degrees.directions.iter().zip(&other.directions) {
                assert!(a.angle_deg(*b) < 1e-4);
            }
        }
    }

    #[test]
    fn a_right_ear_that_comes_first_is_put_second() {
        let plain = Fixture::default().read().unwrap();
        let swapped = Fixture { ear_y_m: [-0.09, 0.09], ..Fixture::default() }.read().unwrap();
        assert_eq!(swapped.hrirs[0][0], plain.hrirs[0][1]);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_name() {
        let fine = Fixture::default;
        assert!(Fixture { convention: "SingleRoomSRIR", ..fine() }.complaint().contains("SingleRoomSRIR"));
        assert!(Fixture { rate_hz: 0.0, ..fine() }.complaint().contains("Data.SamplingRate"));
        assert!(Fixture { samples: vec![f64::NAN; 16], ..fine() }.complaint().contains("Data.IR"));
        assert!(Fixture { samples: vec![0.0; 16], ..fine() }.complaint().contains("silent"));
        assert!(Fixture { shape: [4, 1, 4], ..fine() }.complaint().contains("receivers"));
        assert!(Fixture { positions: vec![0.0; 6], ..fine() }.complaint().contains("SourcePosition"));
        assert!(Fixture { positions: vec![1.0; 9], ..fine() }.complaint().contains("SourcePosition"));
        assert!(Fixture { position_type: "toroidal", ..fine() }.complaint().contains("toroidal"));
        assert!(Fixture { view: Some([0.0, 1.0, 0.0]), ..fine() }.complaint().contains("ListenerView"));
        assert!(Fixture { delays: Some(vec![1e9, 0.0]), ..fine() }.complaint().contains("Data.Delay"));
        let long = Fixture { shape: [1, 2, 20_000], samples: vec![1.0; 40_000], ..fine() };
        assert!(long.complaint().contains("taps"));
    }

    #[test]
    fn no_file_at_all_is_an_error_too() {
        for bytes in [vec![], vec![0; 100], b"RIFF....WAVEfmt ".to_vec()] {
            assert!(matches!(Sofa::from_bytes(bytes), Err(SofaError::Container(_))));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Wherever a file is cut or changed, it is read or refused; never a panic that escapes, never a NaN.
        #[test]
        fn a_damaged_file_never_brings_us_down(
            cut in 0.0f64..1.3, changes in prop::collection::vec((0.0f64..1.0, any::<u8>()), 0..6)
        ) {
            let mut bytes = Fixture::default().bytes();
            for (place, value) in changes {
                let place = (place * bytes.len() as f64) as usize;
                bytes[place] = value;
            }
            bytes.truncate((cut * bytes.len() as f64) as usize);
            if let Ok(sofa) = Sofa::from_bytes(bytes) {
                prop_assert!(sofa.hrirs.iter().flatten().flatten().all(|x| x.is_finite()));
            }
        }
    }
}
