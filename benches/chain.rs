//! `cargo bench -p farfield --bench chain`: from a description to filters, for every system at every rate of
//! the chain, by the wall clock. The fastest of the samples is the one that other work on the machine disturbed least.

use divan::Bencher;
use farfield::chain::{Linear, Listener, Worn, noise_loop};
use farfield::headphone::{self, Seal};
use farfield::playback::system;

/// The least and the greatest rate of the chain, and what most music has.
const RATES_HZ: [u32; 4] = [44_100, 48_000, 96_000, 192_000];

fn main() {
    divan::main();
}

fn ids() -> impl Iterator<Item = String> {
    system::catalogue().into_iter().map(|system| system.id)
}

fn listener() -> Listener {
    let profile = headphone::find("Sennheiser HD 650").expect("the catalogue has it");
    Listener { headphone: Some(Worn::new(profile.clone(), Seal::default())), ..Listener::default() }
}

/// The first of a run: the listener's ears and headphone are made ready for the rate as well.
#[divan::bench(consts = RATES_HZ, args = ids())]
fn filters_of_the_first_system<const RATE_HZ: u32>(bencher: Bencher, id: &str) {
    let device = system::find(id).expect("an id of the catalogue").device(0);
    bencher.with_inputs(listener).bench_refs(|listener| Linear::new(&device, listener, RATE_HZ.into()));
}

/// Those that follow.
#[divan::bench(consts = RATES_HZ, args = ids())]
fn filters_of_the_next_system<const RATE_HZ: u32>(bencher: Bencher, id: &str) {
    let device = system::find(id).expect("an id of the catalogue").device(0);
    let listener = listener();
    bencher.bench_local(|| Linear::new(&device, &listener, RATE_HZ.into()));
}

/// Ten seconds of the place, through the headphone's compensation.
#[divan::bench]
fn noise_of_the_kitchen(bencher: Bencher) {
    let device = system::find("kitchen").expect("an id of the catalogue").device(0);
    let linear = Linear::new(&device, &listener(), 48_000.0).expect("the catalogue is tested");
    bencher.bench_local(|| noise_loop(&device, &linear));
}
