//! `farfield listen`: fills a listening room and opens it.

mod arrival;
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
use farfield::source::{Options, Reader, chain_rate_hz};
use farfield_web::{Opener, Patience, Room, Worn, serve};
use hall::Hall;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;

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
    arrival::begin(&hall, reader, rate_hz);
    let judge = Arc::clone(&hall);
    std::thread::spawn(move || judge.judge_again(&asked));
    if open_browser {
        open(&url);
    }
    let opener: Arc<dyn Opener> = hall;
    serve(socket, share, room, opener, Patience::default(), interrupt::asked)
        .map_err(|error| Failure::new(plain(&error)))
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
