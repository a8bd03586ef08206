//! The headphones that are remembered from one run to the next.

use crate::Desk;
use crate::check::json;
use crate::sound::mix;

#[test]
fn a_headphone_is_remembered_used_and_forgotten() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(6.0));
    desk.run(&["headphone", "show"]).refused(&["no headphones are remembered", "headphone use"]);
    let said = desk.run(&["headphone", "use", "hd 650", "--level", "66", "--seal", "glasses"]).done();
    assert!(said.out.contains("Sennheiser HD 650, 66 dB(A), seal: glasses"), "{said:?}");
    assert_eq!(desk.home_files(), ["listener.toml"]);
    assert!(desk.run(&["headphone", "show"]).done().out.contains("HD 650, 66 dB(A)"));

    let said = desk.run(&["check", "mix.wav", "--json"]).done();
    assert!(said.err.contains("remembered") && said.err.contains("HD 650"), "{said:?}");
    let listener = json(&said)["listener"].clone();
    assert_eq!(
        (&listener["headphone"], &listener["level_db_a"]),
        (&"Sennheiser HD 650".into(), &66.0.into())
    );
    let louder = json(&desk.run(&["check", "mix.wav", "--json", "--level", "80"]).done());
    assert_eq!(louder["listener"]["level_db_a"], 80.0);
    // Others play at the usual level.
    let other = json(&desk.run(&["check", "mix.wav", "--json", "--headphone", "mdr-7506"]).done());
    assert_eq!(other["listener"]["level_db_a"], 72.0);
    let none = desk.run(&["check", "mix.wav", "--json", "--headphone", "none"]).done();
    assert!(json(&none)["listener"].is_null() && !none.err.contains("remembered"), "{none:?}");
    let said = desk.run(&["render", "mix.wav", "--on", "phone"]).done();
    assert!(said.err.contains("remembered Sennheiser HD 650, seal: glasses"), "{said:?}");

    assert!(desk.run(&["headphone", "use", "--forget"]).done().out.contains("Forgotten"));
    assert!(desk.run(&["headphone", "use", "--forget"]).done().out.contains("nothing to forget"));
    assert!(json(&desk.run(&["check", "mix.wav", "--json"]).done())["listener"].is_null());
}

#[test]
fn a_profile_of_ones_own_is_copied() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(6.0));
    desk.put("mine.txt", "Preamp: -6 dB\nFilter 1: ON PK Fc 100 Hz Gain 4 dB Q 1\n");
    desk.run(&["headphone", "use", "mine.txt"]).done();
    std::fs::remove_file(desk.path("mine.txt")).expect("it was there");
    let report = json(&desk.run(&["check", "mix.wav", "--json"]).done());
    assert_eq!(report["listener"]["headphone"], "mine");
    assert_eq!(desk.home_files(), ["listener.toml", "profiles"]);
    std::fs::remove_file(desk.home().join("profiles/mine.txt")).expect("the copy");
    desk.run(&["check", "mix.wav"]).refused(&["listener.toml", "mine.txt", "headphone use"]);
    desk.run(&["headphone", "use", "--forget"]).done();
    desk.run(&["check", "mix.wav"]).done();
}

#[test]
fn what_is_damaged_is_told_with_a_remedy_and_can_be_replaced() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(6.0));
    std::fs::create_dir_all(desk.home()).expect("a folder");
    let good = "version = 1\nheadphone = \"Sony MDR-7506\"\nlevel_db_a = 72.0\nseal = \"tight\"\n";
    for bad in [
        "",
        "no toml",
        &good.replace("version = 1", "version = 2"),
        &good.replace("72.0", "nan"),
        &good.replace("72.0", "720.0"),
        &good.replace("tight", "wet"),
        &good.replace("MDR-7506", "MDR-0000"),
        &good.replace("headphone", "profile"),
        &good.replace("headphone", "more = 1\nheadphone"),
        &good[..30],
    ] {
        std::fs::write(desk.home().join("listener.toml"), bad).expect("a file");
        let args = [&["check", "mix.wav"][..], &["render", "mix.wav", "--on", "car"], &["headphone", "show"]];
        for args in args {
            desk.run(args).refused(&["listener.toml", "headphone use --forget"]);
        }
        desk.run(&["check", "mix.wav", "--headphone", "none"]).done();
    }
    desk.run(&["headphone", "use", "hd 650"]).done();
    desk.run(&["check", "mix.wav"]).done();
    desk.run(&["headphone", "use"]).refused(&[]);
    desk.run(&["headphone", "use", "hd 650", "--forget"]).refused(&[]);
    desk.run(&["headphone", "use", "no such thing"]).refused(&["no such thing"]);
}

#[test]
fn where_nothing_can_be_written_that_is_said() {
    let desk = Desk::new();
    // A file where the folder should be.
    std::fs::write(desk.home(), "in the way").expect("a file");
    desk.run(&["headphone", "use", "hd 650"]).refused(&["listener.toml", "folder"]);
}
