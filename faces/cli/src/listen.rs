//! `farfield listen`: fills a listening room and opens it.

use crate::args;
use crate::check::{self, words};
use crate::failure::{Failure, Outcome, plain};
use crate::interrupt;
use crate::listener::listener;
use crate::output::{line, say};
use farfield::chain::stream::Piece;
use farfield::check::places::REFERENCE;
use farfield::check::{Checked, Request};
use farfield::judge::report::{Reported, SystemScore};
use farfield::source::{Options, Reader};
use farfield_web::{Finding, Room, Score, Verdict, serve};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::Arc;

pub(crate) fn run(args: &args::Listen) -> Outcome {
    let request = check::request(&as_check(args), true)?;
    let ready = listener(&args.listener)?;
    let reader = Reader::open(&args.mix, Options { lenient: args.lenient })?;
    let socket = socket(args.port)?;
    let address = socket.local_addr().map_err(|error| Failure::new(plain(&error)))?;
    interrupt::listen();
    let title = args.mix.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let room = Arc::new(Room::new(title, ready.sentence, request.systems.clone(), ready.listener));
    let url = format!("http://{address}/");
    line(&url);
    say("The listening room is open there, for this machine alone. Ctrl-C ends it.");
    let (player, judge) = (Arc::clone(&room), Arc::clone(&room));
    // Both end at the next step after an interruption, and with the program at the latest.
    std::thread::spawn(move || {
        let piece = Piece::read(reader, |_| !interrupt::asked());
        player.set_piece(piece.map_err(|error| error.to_string()));
        player.warm(interrupt::asked);
    });
    std::thread::spawn(move || judged(&judge, &request));
    if !args.no_open {
        open(&url);
    }
    serve(socket, room, interrupt::asked).map_err(|error| Failure::new(plain(&error)))
}

fn judged(room: &Room, request: &Request) {
    let checked = farfield::check::check(request, &mut |share| {
        room.set_share(share);
        !interrupt::asked()
    });
    room.set_verdict(checked.map(|checked| verdict(&checked)).map_err(|error| error.to_string()));
}

/// A port that was asked for, or any.
fn socket(port: Option<u16>) -> Outcome<TcpListener> {
    let port = port.unwrap_or(0);
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        Failure::new(format!("port {port} cannot be used: {}; leave --port out to take any", plain(&error)))
    })
}

/// What the check of this mix would be asked for.
fn as_check(args: &args::Listen) -> args::Check {
    args::Check {
        mixes: vec![args.mix.clone()],
        stems: args.stems.clone(),
        stem: Vec::new(),
        reference: args.reference.clone(),
        on: Vec::new(),
        system: args.system.clone(),
        headphone: args.listener.headphone.clone(),
        seal: args.listener.seal.clone(),
        level: None,
        thresholds: None,
        report: None,
        force: false,
        all: false,
        fail_on: None,
        lenient: args.lenient,
        json: false,
        jsonl: false,
    }
}

fn verdict(checked: &Checked) -> Verdict {
    let report = &checked.report;
    let score = |system: &SystemScore| Score {
        id: system.id.clone(),
        score: system.score,
        range: system.score_range,
    };
    let finding = |found: &&Reported| Finding {
        title: words::capitalised(words::called(found.kind)),
        severity: words::severity(found),
        heard_as: found.heard_as.clone(),
        facts: words::known(found, report),
        system: found.systems.iter().find(|id| *id != REFERENCE).cloned(),
        start_s: found.start_s,
        end_s: found.end_s,
    };
    Verdict {
        title: words::verdict(report),
        words: words::title(report),
        warnings: checked.warnings.clone(),
        meters: words::meter_values(report),
        scores: report.systems.iter().map(score).collect(),
        findings: words::worth(report).iter().map(finding).collect(),
    }
}

/// Opens the browser; where there is none, the address has been printed.
fn open(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let quiet = || Stdio::null();
    let _ = Command::new(program).arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
}
