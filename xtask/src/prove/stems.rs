//! Is the right stem blamed? One stem after the other is made guilty of something, and the mix is the sum.

use super::auc::share;
use super::music::{Excerpt, excerpt, files, judged, severity, write};
use super::sound::{band, each, equalised, gains, peak_of, power};
use farfield::judge::finding::Kind;
use farfield::judge::report::Report;
use farfield::signal::audio::Audio;
use farfield::signal::biquad::Band;
use farfield::signal::level::amplitude;
use farfield::source::stems::in_folder;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What a stem is made guilty of.
struct Guilt {
    name: &'static str,
    kinds: &'static [Kind],
    /// Where it lives: a stem with next to nothing there cannot be guilty.
    band_hz: [f64; 2],
    damage: fn(&Audio) -> Audio,
}

const GUILTS: [Guilt; 3] = [
    Guilt {
        name: "bass-excess",
        kinds: &[Kind::BassExcess, Kind::Boom, Kind::Rumble],
        band_hz: [25.0, 100.0],
        damage: |x| {
            gains(&equalised(x, &[Band::LowShelf { corner_hz: 90.0, gain_db: 14.0, q: 0.8 }]), [3.0; 2])
        },
    },
    Guilt {
        name: "harsh",
        kinds: &[Kind::Harsh, Kind::Sibilant],
        band_hz: [2_000.0, 5_000.0],
        damage: |x| {
            gains(&equalised(x, &[Band::Peaking { center_hz: 3_200.0, gain_db: 12.0, q: 1.0 }]), [2.5; 2])
        },
    },
    Guilt {
        name: "mono-loss",
        kinds: &[Kind::MonoLoss, Kind::Polarity],
        band_hz: [150.0, 6_000.0],
        damage: |x| gains(x, [2.0, -2.0]),
    },
];
/// The least share of the strongest stem's power in the band.
const LEAST_SHARE: f64 = 0.03;
/// Words in the name of a stem that leads.
const LEADS: [&str; 5] = ["vocal", "voice", "lead", "choir", "solo"];
/// By how much a lead is lowered until it is buried.
const BURIED_DB: f64 = -14.0;

struct Part {
    name: String,
    sound: Audio,
}

/// All multitracks of a folder: each in a folder of its own.
pub(super) fn prove(folder: &Path, used: Excerpt) -> Result<Value, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
    if in_folder(folder).is_ok_and(|files| !files.is_empty()) {
        folders = vec![folder.to_owned()];
    }
    folders.sort();
    let (mut rights, mut rows) = (Vec::new(), Vec::new());
    for folder in &folders {
        let parts = parts(folder, used)?;
        let set = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for guilt in &GUILTS {
            for guilty in guilty(&parts, guilt) {
                let report = with(&parts, guilty, guilt.damage)?;
                let named = blamed(&report, guilt.kinds);
                let right = named.as_deref() == Some(parts[guilty].name.as_str());
                rights.push(right);
                let word = if right { "right" } else { "WRONG" };
                let (name, said) = (&parts[guilty].name, named.as_deref().unwrap_or("nobody"));
                println!("{word} {set:20} {:12} guilty {name:18} blamed {said}", guilt.name);
                rows.push(json!({ "set": set, "guilt": guilt.name, "guilty": name, "blamed": named }));
            }
        }
        rows.extend(buried(&set, &parts)?);
    }
    let right = share(rights.iter().copied());
    println!("right stem: {right:.3} of {}\n", rights.len());
    Ok(json!({ "right": right, "cases": rights.len(), "rows": rows }))
}

fn parts(folder: &Path, used: Excerpt) -> Result<Vec<Part>, String> {
    let read = |stem: farfield::source::stems::Stem| {
        Ok::<Part, String>(Part { sound: excerpt(&stem.path, used)?, name: stem.name })
    };
    let mut parts = files(folder)?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let shortest = parts.iter().map(|part| part.sound.frames()).min().unwrap_or(0);
    parts.iter_mut().flat_map(|part| &mut part.sound.planes).for_each(|plane| plane.truncate(shortest));
    Ok(parts)
}

/// Those that have something where the guilt lives.
fn guilty(parts: &[Part], guilt: &Guilt) -> Vec<usize> {
    let powers: Vec<f64> = parts
        .iter()
        .map(|part| power(&each(&part.sound, |plane| band(plane, part.sound.rate_hz, guilt.band_hz))))
        .collect();
    let most = powers.iter().copied().fold(0.0, f64::max);
    (0..parts.len()).filter(|&n| powers[n] > 0.0 && powers[n] >= LEAST_SHARE * most).collect()
}

/// What is said of the sum with one stem damaged.
fn with(parts: &[Part], guilty: usize, damage: impl Fn(&Audio) -> Audio) -> Result<Report, String> {
    let sounds: Vec<Audio> = parts
        .iter()
        .enumerate()
        .map(|(n, part)| if n == guilty { damage(&part.sound) } else { part.sound.clone() })
        .collect();
    let mut mix = Audio::silence(sounds[0].rate_hz, 2, sounds[0].frames());
    for (sum, plane) in sounds.iter().flat_map(|sound| sound.planes.iter().enumerate()) {
        mix.planes[sum].iter_mut().zip(plane).for_each(|(sum, x)| *sum += x);
    }
    let gain = (amplitude(-1.0) / peak_of(&mix).max(1e-10)).min(1.0);
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let stems = folder.path().join("stems");
    std::fs::create_dir(&stems).map_err(|e| e.to_string())?;
    for (part, sound) in parts.iter().zip(&sounds) {
        write(&gains(sound, [gain; 2]), &stems.join(format!("{}.wav", part.name)))?;
    }
    let path = folder.path().join("mix.wav");
    write(&gains(&mix, [gain; 2]), &path)?;
    judged(&path, files(&stems)?)
}

/// The stem on the gravest finding of these kinds that has one.
fn blamed(report: &Report, kinds: &[Kind]) -> Option<String> {
    let of_kinds = report.findings.iter().filter(|finding| kinds.contains(&finding.kind));
    let with_stem = of_kinds.filter_map(|finding| Some((finding.severity, finding.stem.as_ref()?)));
    with_stem.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, stem)| stem.name.clone())
}

/// The lead of a set far below where it was: is it said, and is the lead itself not blamed?
fn buried(set: &str, parts: &[Part]) -> Result<Vec<Value>, String> {
    let leads = |part: &Part| LEADS.iter().any(|word| part.name.to_lowercase().contains(word));
    let mut rows = Vec::new();
    for (lead, part) in parts.iter().enumerate().filter(|(_, part)| leads(part)) {
        let before = severity(&with(parts, lead, Audio::clone)?, &[Kind::LeadMasked]);
        let report = with(parts, lead, |sound| gains(sound, [amplitude(BURIED_DB); 2]))?;
        let after = severity(&report, &[Kind::LeadMasked]);
        let by = blamed(&report, &[Kind::LeadMasked]);
        let said = by.as_deref().unwrap_or("nobody");
        println!("lead  {set:20} {:18} buried: lead-masked {before:.2} to {after:.2}, by {said}", part.name);
        rows.push(json!({ "set": set, "lead": part.name, "before": before, "after": after, "by": by }));
    }
    Ok(rows)
}
