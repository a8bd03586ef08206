//! The default ears, from the KEMAR measurement of Gardner & Martin (1994).
//!
//! Everything that is done to it is `HrirSet::from_sofa`; here only the choices are made. The same file in gives
//! the same bytes out.

use farfield::ears::prepare::Preparation;
use farfield::ears::sofa::Sofa;
use farfield::ears::{HrirSet, SphericalHead};
use std::fs;

pub(crate) const USAGE: &str = "MIT_KEMAR_normal_pinna.sofa [--check]
      derives catalog/ears/kemar.hrir from the SOFA file of the Debian package libmysofa1
      (/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa); --check only compares";

const TARGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalog/ears/kemar.hrir");

/// Symmetric, as the measurement already is up to its poles; the bass of a sphere with the manikin's usual radius.
const HOW: Preparation = Preparation {
    symmetric: true,
    length_s: 0.003_5,
    head: Some(SphericalHead { radius_m: 0.0875, ear_azimuth_deg: 100.0 }),
};

pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let (path, check) = match arguments {
        [path] => (path, false),
        [path, flag] if flag == "--check" => (path, true),
        _ => return Err("one SOFA file is needed".into()),
    };
    let file = fs::File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let sofa = Sofa::from_reader(file).map_err(|error| format!("{path}: {error}"))?;
    let bytes = HrirSet::from_sofa(&sofa, HOW).pack().ok_or("the prepared set is not symmetric")?;
    if !check {
        fs::write(TARGET, &bytes).map_err(|error| format!("{TARGET}: {error}"))?;
        println!("{TARGET}: {} bytes", bytes.len());
        return Ok(());
    }
    let kept = fs::read(TARGET).map_err(|error| format!("{TARGET}: {error}"))?;
    if kept == bytes {
        println!("{TARGET} is what {path} gives");
        Ok(())
    } else {
        Err(format!("{TARGET} differs from what {path} gives; derive it again without --check"))
    }
}
