//! Any bytes as a headphone file, any words as its name: an error or a finite response, never a panic.

#![no_main]

use farfield::headphone::import::{About, Import, Meaning, read, read_pair, text};
use farfield::headphone::{Ear, Form, find, search};
use libfuzzer_sys::fuzz_target;

const MEANINGS: [Option<Meaning>; 4] = [
    None,
    Some(Meaning::Correction),
    Some(Meaning::ResponseAtEardrum),
    Some(Meaning::RelativeToHarman),
];

fn check(import: &Import) {
    for hz in [20.0, 200.0, 2_000.0, 20_000.0] {
        for ear in [Ear::Left, Ear::Right] {
            assert!(import.profile.response_re_harman(ear, hz).is_finite());
            assert!(import.profile.response_re_df(ear, hz).is_finite());
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_last() else { return };
    let Ok(text) = text(bytes) else { return };
    let name = text.lines().next().unwrap_or_default();
    let name: String = name.chars().take(60).collect();
    let forms = [Form::OverEar, Form::InEar, Form::Earbud];
    let (form, meaning) = (forms[usize::from(choice) % 3], MEANINGS[usize::from(choice / 3) % 4]);
    let about = About { name: &name, form, meaning };
    if let Ok(import) = read(&text, &about) {
        check(&import);
    }
    let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
    let (left, right) = text.split_at(middle);
    if let Ok(import) = read_pair(left, right, &about) {
        check(&import);
    }
    if choice >= 250 {
        let _ = find(&name);
        let _ = search(&name);
    }
});
