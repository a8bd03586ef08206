use super::*;
use crate::headphone::Ear;
use proptest::prelude::*;

const ABOUT: About<'_> = About { name: "My Phones", form: Form::OverEar, meaning: None };

const PARAMETRIC: &str = "Preamp: -6.1 dB\n\
    Filter 1: ON LSC Fc 105 Hz Gain 6.0 dB Q 0.70\nFilter 2: ON PK Fc 3000 Hz Gain -4.0 dB Q 2.00\n\
    Filter 3: ON HSC Fc 10000 Hz Gain 2.0 dB Q 0.70\n";

/// A table of `levels` columns in a range, each level from its column and frequency.
fn table(head: &str, mark: &str, levels: usize, level_db: impl Fn(usize, f64) -> f64) -> String {
    let rows = (0..=60).map(|n| 20.0 * 1000f64.powf(f64::from(n) / 60.0)).map(|hz| {
        let cells = (0..levels).map(|n| format!("{mark}{:.3}", level_db(n, hz)));
        format!("{hz:.2}{}\n", cells.collect::<String>())
    });
    head.to_string() + &rows.collect::<String>()
}

fn read_as(text: &str, meaning: Meaning) -> Import {
    read(text, &About { meaning: Some(meaning), ..ABOUT }).unwrap()
}

fn between(profile: &Profile, from_hz: f64, to_hz: f64) -> f64 {
    profile.response_re_harman(Ear::Left, to_hz) - profile.response_re_harman(Ear::Left, from_hz)
}

#[test]
fn a_parametric_correction_is_the_headphone_upside_down() {
    let import = read(PARAMETRIC, &ABOUT).unwrap();
    assert_eq!((import.format, import.meaning), (Format::ParametricEq, Meaning::Correction));
    assert!(import.notes.iter().any(|note| note.contains("Harman over-ear 2018")), "{:?}", import.notes);
    // The shelf asks for 6 dB more bass and the peak for 4 dB less at 3 kHz; 600 Hz is between them.
    assert!((between(&import.profile, 600.0, 25.0) + 6.0).abs() < 0.3);
    assert!((between(&import.profile, 600.0, 3_000.0) - 4.0).abs() < 0.3);
    assert_eq!(import.profile.id, "my-phones");
    assert!(import.profile.uncertainty_db(4_000.0) > 1.0);
}

#[test]
fn a_graphic_equalizer_says_the_same_as_its_points() {
    let points: Vec<String> = (0..=60)
        .map(|n| 20.0 * 1000f64.powf(f64::from(n) / 60.0))
        .map(|hz| format!("{hz:.0} {:.1}", (hz / 1_000.0).log2()))
        .collect();
    let import = read(&format!("GraphicEQ: {}", points.join("; ")), &ABOUT).unwrap();
    assert_eq!((import.format, import.meaning), (Format::GraphicEq, Meaning::Correction));
    assert!((between(&import.profile, 500.0, 4_000.0) + 3.0).abs() < 0.15);
}

#[test]
fn an_equalizer_apo_configuration_has_ears_apart() {
    let text = "# both\nPreamp: -3 dB\nFilter: ON PK Fc 1000 Hz Gain 0 dB Q 1\nChannel: L\nPreamp: -1 dB\n\
        Filter: ON LSC Fc 100 Hz Gain 4 dB Q 0.7\nChannel: R\nGraphicEQ: 20 0; 5000 0; 8000 -6; 20000 -6\nChannel: C\nFilter: ON PK Fc 50 Hz Gain 9 dB Q 1\n";
    let import = read(text, &ABOUT).unwrap();
    assert_eq!(import.format, Format::EqualizerApo);
    let apart =
        |hz| import.profile.response_re_df(Ear::Left, hz) - import.profile.response_re_df(Ear::Right, hz);
    assert!((apart(25.0) + 3.0).abs() < 0.3, "{}", apart(25.0));
    assert!((apart(1_000.0) - 1.0).abs() < 0.1, "{}", apart(1_000.0));
    assert!((apart(10_000.0) + 5.0).abs() < 0.2, "{}", apart(10_000.0));
    assert!(import.notes.iter().any(|note| note.contains("channel C")));
}

#[test]
fn what_an_equalizer_apo_configuration_hides_is_refused() {
    let error = |line: &str| read(&format!("{PARAMETRIC}{line}\n"), &ABOUT).unwrap_err().to_string();
    assert!(
        error("Include: other.txt").contains("line 5: `include`") && error("Include: x").contains("paste")
    );
    assert!(error("Convolution: room.wav").contains("measurement"));
    assert!(error("Copy: L=R").contains("remove"));
    assert!(error("Preamp: loud").contains("`loud`"));
    assert!(error("GraphicEQ: 20 1; 30").contains("`30`"));
    assert!(error("GraphicEQ: ;").contains("without points"));
}

#[test]
fn an_auto_eq_result_is_read_by_the_column_that_is_meant() {
    // raw = Harman + 2 dB an octave, error the same without Harman, equalization its inverse.
    let tilt = |hz: f64| 2.0 * (hz / 1_000.0).log2();
    let text = table("frequency,raw,error,equalization,target\n", ",", 4, |n, hz| {
        let harman = Harman::eardrum_db(Form::OverEar, hz);
        [harman + tilt(hz), tilt(hz), -tilt(hz), harman][n]
    });
    let plain = read(&text, &ABOUT).unwrap();
    assert_eq!((plain.format, plain.meaning), (Format::AutoEqResult, Meaning::RelativeToHarman));
    for meaning in [Meaning::RelativeToHarman, Meaning::ResponseAtEardrum, Meaning::Correction] {
        let import = read_as(&text, meaning);
        assert_eq!(import.meaning, meaning);
        assert!((between(&import.profile, 250.0, 4_000.0) - 8.0).abs() < 0.2, "{meaning:?}");
    }
    let only_error = table("frequency,error\n", ",", 1, |_, hz| tilt(hz));
    let import = read_as(&only_error, Meaning::Correction);
    assert_eq!(import.meaning, Meaning::RelativeToHarman);
    assert!(import.notes[0].contains("deviations"));
    let only_raw = table("frequency,raw\n", ",", 1, |_, hz| -tilt(hz));
    assert!((between(&read_as(&only_raw, Meaning::Correction).profile, 250.0, 4_000.0) - 8.0).abs() < 0.2);
    let without_error = table("frequency,raw,target\n", ",", 2, |n, hz| [tilt(hz) + 80.0, 80.0][n]);
    let import = read(&without_error, &ABOUT).unwrap();
    assert!((between(&import.profile, 250.0, 4_000.0) - 8.0).abs() < 0.2);
}

#[test]
fn a_rew_measurement_is_a_response_at_the_eardrum() {
    let head = "* Measurement data saved by REW V5.20\n* Freq(Hz) SPL(dB) Phase(degrees)\n";
    let text = table(head, " ", 2, |n, hz| [90.0 + DiffuseField::eardrum_db(Form::OverEar, hz), 12.0][n]);
    let import = read(&text, &ABOUT).unwrap();
    assert_eq!((import.format, import.meaning), (Format::Rew, Meaning::ResponseAtEardrum));
    let re_df = |hz| import.profile.response_re_df(Ear::Left, hz);
    assert!((re_df(100.0) - re_df(3_000.0)).abs() < 0.3 && re_df(1_000.0).abs() < 5.0);
    assert!(import.notes.iter().any(|note| note.contains("phase")));
}

#[test]
fn a_plain_table_is_read_with_any_separator_and_both_ears() {
    let comma = table("", ",", 1, |_, hz| 3.0 * (hz / 1_000.0).log2());
    let reference = read_as(&comma, Meaning::RelativeToHarman).profile;
    let german = table("Frequenz;Pegel\n", ";", 1, |_, hz| 3.0 * (hz / 1_000.0).log2()).replace('.', ",");
    let import = read_as(&german, Meaning::RelativeToHarman);
    assert_eq!(import.format, Format::Table);
    assert!((between(&import.profile, 100.0, 8_000.0) - between(&reference, 100.0, 8_000.0)).abs() < 1e-6);

    let both = table("frequency\tLeft (dB)\tRight (dB)\n", "\t", 2, |n, _| [1.0, -1.0][n]);
    let ears = read_as(&both, Meaning::RelativeToHarman).profile;
    assert!(
        (ears.response_re_df(Ear::Left, 500.0) - ears.response_re_df(Ear::Right, 500.0) - 2.0).abs() < 1e-9
    );
}

#[test]
fn two_files_make_two_ears() {
    let one = |db| table("", ",", 1, move |_, _| db);
    let about = About { meaning: Some(Meaning::ResponseAtEardrum), ..ABOUT };
    let pair = read_pair(&one(70.0), &one(73.0), &about).unwrap().profile;
    assert!(
        (pair.response_re_df(Ear::Right, 500.0) - pair.response_re_df(Ear::Left, 500.0) - 3.0).abs() < 1e-9
    );
}

#[test]
fn a_table_that_does_not_look_like_an_eardrum_is_doubted() {
    let flat = table("", ",", 1, |_, _| 0.0);
    assert!(read(&flat, &ABOUT).unwrap().notes.iter().any(|note| note.contains("say so")));
    assert!(read_as(&flat, Meaning::RelativeToHarman).notes.is_empty());
}

#[test]
fn formats_are_told_apart() {
    for (text, format) in [
        (PARAMETRIC, Some(Format::ParametricEq)),
        ("GraphicEQ: 20 0; 20000 0", Some(Format::GraphicEq)),
        ("Channel: L\nFilter: ON PK Fc 100 Hz Gain 1 dB Q 1", Some(Format::EqualizerApo)),
        ("Include: other.txt", Some(Format::EqualizerApo)),
        ("frequency,raw\n20,1\n", Some(Format::AutoEqResult)),
        ("* REW\n20 70 1\n", Some(Format::Rew)),
        ("20,1\n30,1", Some(Format::Table)),
        ("freq;db\n20,5;1,5\n", Some(Format::Table)),
        ("", None),
        ("Dear Sir, I have 2 headphones.\nYours", None),
        ("{\"a\": 1}", None),
    ] {
        assert_eq!(detect(text).ok(), format, "{text}");
    }
}

#[test]
fn broken_tables_name_line_and_remedy() {
    let error = |text: &str| read(text, &ABOUT).unwrap_err().to_string();
    let good = table("", ",", 1, |_, _| 0.0);
    assert!(error(&format!("{good}here,1\n")).contains("line 62: `here` is no frequency"));
    assert!(error(&format!("{good}100,nan\n")).contains("line 62: no level"));
    assert!(error(&format!("{good}100,1e9\n")).contains("no level"));
    assert!(error("100,1\n200,2\n").contains("cover 100 Hz to 200 Hz with 2 points"));
    assert!(error("nothing").contains("rows of `frequency,dB`"));
}

#[test]
fn bytes_become_text_or_are_refused() {
    assert_eq!(text("a µ".as_bytes()).unwrap(), "a µ");
    assert_eq!(text(b"\xEF\xBB\xBFx").unwrap(), "x");
    assert_eq!(text(b"\xFF\xFEa\0b\0").unwrap(), "ab");
    assert_eq!(text(b"\xFE\xFF\0a").unwrap(), "a");
    assert_eq!(text(b"10 \xB5s").unwrap(), "10 µs");
    assert_eq!(text(b"RIFF\0\0"), Err(ImportError::NotText));
    assert!(matches!(text(&vec![b'a'; MOST_BYTES + 1]), Err(ImportError::TooLarge(_))));
}

proptest! {
    #[test]
    fn no_text_makes_the_import_panic(text in "(?s).{0,200}") {
        let _ = (read(&text, &ABOUT), read_pair(&text, PARAMETRIC, &ABOUT));
    }

    #[test]
    fn no_directives_make_the_import_panic(
        lines in prop::collection::vec(
            ("(Filter [0-9]|Preamp|GraphicEQ|Channel|Device):", "( (ON|PK|LS|HSC|6dB|Fc|Gain|Q|BW|Oct|Hz|dB|L|R|;|-?[0-9]{1,6}[.,]?[0-9]{0,3}|inf|nan)){0,10}"),
            0..8,
        ),
    ) {
        let text: String = lines.into_iter().map(|(name, value)| format!("{name}{value}\n")).collect();
        if let Ok(import) = read(&text, &ABOUT) {
            prop_assert!([20.0, 1_000.0, 20_000.0].iter().all(|hz| import.profile.response_re_df(Ear::Left, *hz).is_finite()));
        }
    }

    #[test]
    fn no_rows_make_the_import_panic(
        head in "(|\\* x\n|frequency,raw,error\n|f;left;right\n)",
        rows in prop::collection::vec("-?[0-9]{0,6}[.,]?[0-9]{0,3}[,;\t ]{1,2}-?[0-9e.,]{0,6}", 0..40),
    ) {
        if let Ok(import) = read(&format!("{head}{}", rows.join("\n")), &ABOUT) {
            prop_assert!(import.profile.response_re_df(Ear::Right, 1_000.0).is_finite());
        }
    }

    #[test]
    fn a_written_correction_is_read_as_it_was_meant(hz in 60.0..6_000.0f64, gain_db in -12.0..12.0f64, q in 0.5..3.0f64) {
        let text = format!("Filter 1: ON PK Fc {hz:.1} Hz Gain {gain_db:.2} dB Q {q:.3}\n");
        let profile = read(&text, &ABOUT).unwrap().profile;
        let band = crate::signal::biquad::Band::Peaking { center_hz: hz, gain_db, q }.at(48_000.0);
        for other_hz in [100.0, 1_000.0, 5_000.0] {
            let said = band.gain_db(20.0, 48_000.0) - band.gain_db(other_hz, 48_000.0);
            prop_assert!((between(&profile, 20.0, other_hz) - said).abs() < 0.15, "{other_hz} Hz");
        }
    }
}
