//! `cargo bench -p farfield --bench judge`: what the parts of a check cost, on the piece that is shipped with its stems. The
//! whole command beside another program's meter is `benches/judge/speed.sh`.

use divan::Bencher;
use farfield::check::places::place;
use farfield::judge::assess::Setting;
use farfield::judge::measure::{Measure, Measured};
use farfield::judge::place::Place;
use farfield::judge::stems::Part;
use farfield::judge::thresholds::Thresholds;
use farfield::judge::verdict::Judge;
use farfield::playback::system;
use farfield::signal::audio::Audio;
use farfield::source::read_all;
use std::path::Path;

const STEMS: [&str; 5] = ["drums", "bass", "lead", "pads", "organ"];

fn main() {
    divan::main();
}

fn shipped(name: &str) -> Audio {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("music/pedal-point").join(name);
    read_all(&path, 60.0).expect("it is shipped")
}

fn measured(audio: &Audio) -> Measured {
    let mut measure = Measure::new(audio.rate_hz);
    let right = audio.planes.last().expect("a channel");
    measure.push(&audio.planes[0], right);
    measure.finish()
}

fn places() -> Vec<Place> {
    system::catalogue().iter().map(|system| place(system).expect("the catalogue is tested")).collect()
}

/// One pass over 33.5 s of stereo.
#[divan::bench]
fn measure(bencher: Bencher) {
    let mix = shipped("mix.flac");
    bencher.bench_local(|| measured(&mix));
}

/// All systems with their populations, from the table.
#[divan::bench]
fn populations(bencher: Bencher) {
    bencher.bench_local(places);
}

/// What was measured, on all systems, with the moves that are tried.
#[divan::bench(args = [false, true])]
fn assess(bencher: Bencher, with_stems: bool) {
    let judge = Judge::new(Thresholds::shipped().expect("it is tested"), Vec::new()).expect("so is this");
    let mix = measured(&shipped("mix.flac"));
    let stems = STEMS.map(|name| measured(&shipped(&format!("stems/{name}.flac"))));
    let part = |(name, measured)| Part { name, measured, gain: 1.0, delay_s: 0.0 };
    let parts: Vec<Part> = STEMS.into_iter().zip(&stems).map(part).collect();
    let places = places();
    let parts = if with_stems { &parts[..] } else { &[] };
    let setting = Setting { places: &places, own: None, parts, codec_peak_dbtp: None, all: false };
    bencher.bench_local(|| judge.assess(&mix, &setting));
}
