//! `farfield listen`: fills a listening room and opens it.

mod hall;
mod share;
mod verdict;
mod watch;

use crate::args;
use crate::check;
use crate::failure::{Failure, Outcome, plain};
use crate::interrupt;
use crate::listener::listener;
use crate::output::{line, say, warn};
use farfield::chain::stream::{Piece, Recording, StreamError};
use farfield::check::Tapped;
use farfield::source::{Options, Reader, chain_rate_hz};
use farfield_web::{Opener, Room, TrackKind, Worn, serve};
use hall::Hall;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel, sync_channel};

pub(crate) fn run(args: args::Listen, quiet: bool) -> Outcome {
    let request = check::request(&as_check(&args), true)?;
    let ready = listener(&args.listener)?;
    // What can be no mix at all is told before anything is opened.
    let reader = Reader::open(&args.mix, Options { lenient: args.lenient })?;
    let rate_hz = f64::from(chain_rate_hz(reader.info().rate_hz));
    let socket = socket(args.port)?;
    let address = socket.local_addr().map_err(|error| Failure::new(plain(&error)))?;
    interrupt::listen();
    let title = file_name(&args.mix);
    let worn = Worn {
        name: request.listener.as_ref().map(|worn| worn.profile.name.clone()),
        seal: hall::seal_of(&args, &request),
        level_db_a: hall::level_of(&request),
        words: ready.sentence,
        notes: ready.notes,
    };
    let systems = request.systems.clone();
    let room = Arc::new(Room::new(title, worn, systems, ready.listener.clone(), args.loud.wanted()));
    let url = format!("http://{address}/");
    line(&url);
    if !quiet {
        say("The listening room is open there, for this machine alone. Ctrl-C ends it.");
    }
    let share = args.share.then(|| share::open(&room, quiet)).transpose()?;
    let open_browser = !args.no_open;
    let (again, asked) = channel();
    let hall = Arc::new(Hall::new(args, request, ready.listener, Arc::clone(&room), again)?);
    begin(&hall, rate_hz);
    let judge = Arc::clone(&hall);
    std::thread::spawn(move || judge.judge_again(&asked));
    if open_browser {
        open(&url);
    }
    let opener: Arc<dyn Opener> = hall;
    serve(socket, share, room, opener, interrupt::asked).map_err(|error| Failure::new(plain(&error)))
}

/// Chunks of the mix that may wait to be kept.
const WAITING: usize = 32;

/// Reads, judges and watches in the background. All end at the next step after an interruption.
fn begin(hall: &Arc<Hall>, rate_hz: f64) {
    // What is written from now on is another version.
    let mark = watch::mark(&hall.args.mix);
    let (builder, player, judge) = (Arc::clone(hall), Arc::clone(hall), Arc::clone(hall));
    std::thread::spawn(move || builder.room.voices().prepare_first(rate_hz));
    let (sound, going_by) = sync_channel(WAITING);
    let (send, kept) = channel();
    // The mix is decoded once, for the verdict and for the ear.
    std::thread::spawn(move || {
        let tap = Box::new(move |tapped| drop(sound.send(tapped)));
        let checked = judge.check_and_tap(Some(tap));
        if let Err(words) = &checked {
            judge.room.set_fault(words.clone());
        }
        // There is no number if it cannot be kept.
        let Ok(number) = kept.recv() else { return };
        if let Ok(checked) = checked {
            let verdict = verdict::verdict(&checked);
            judge.room.amend(number, |track| track.verdict = Some(verdict));
            judge.lay_stems(number, &checked);
        }
        judge.room.voices().prepare(rate_hz, || !interrupt::asked());
        watch::watch(&judge, number, rate_hz, mark);
    });
    std::thread::spawn(move || match recorded(&going_by, rate_hz) {
        Ok(Some(piece)) => {
            let number = player.room.add(TrackKind::Mix, player.room.title.clone(), piece);
            let _ = send.send(number);
            player.read_references(rate_hz);
        }
        Ok(None) => (), // it could not be read, and the verdict says why
        Err(error) => player.room.set_fault(error.to_string()),
    });
}

/// A piece from what goes by; none if that breaks off.
fn recorded(going_by: &Receiver<Tapped>, rate_hz: f64) -> Result<Option<Piece>, StreamError> {
    let mut recording = Recording::new(rate_hz)?;
    for tapped in going_by {
        match tapped {
            Tapped::Sound(planes) => recording.push(&planes[0], &planes[1])?,
            Tapped::End(flaws) => return recording.finish(flaws).map(Some),
        }
    }
    Ok(None)
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
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
    let opened = Command::new(program).arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
    if opened.is_err() {
        warn("no browser could be opened; go to the address above");
    }
}
