//! A running server, and words that no browser would use.

use farfield::chain::{Listener, Wanted};
use farfield::playback::system;
use farfield_web::{Headphone, Note, Opener, Patience, Room, Share, Wearing, Worn, serve};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Writes down what it was asked for.
#[derive(Default)]
pub(crate) struct Scribe(Mutex<Vec<String>>);

impl Scribe {
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.lock().expect("nobody panicked").clone()
    }

    fn write(&self, words: String) {
        self.0.lock().expect("nobody panicked").push(words);
    }
}

impl Opener for Scribe {
    fn try_moves(&self, track: u64, ids: Vec<String>) {
        self.write(format!("try {track} {}", ids.join(" ")));
    }

    fn headphones(&self, _: &str) -> Vec<Headphone> {
        Vec::new()
    }

    fn picture(&self, _: Option<&str>, _: &str, _: bool) -> Result<String, String> {
        Ok("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".into())
    }

    fn wear(&self, wish: &Wearing) -> Result<(), String> {
        let name = wish.name.clone().unwrap_or_default();
        if name == "none such" {
            return Err("there is no such headphone".into());
        }
        self.write(format!("wear {name}"));
        Ok(())
    }

    fn import(&self, file: &str, bytes: &[u8], _: &Wearing) -> Result<(), String> {
        self.write(format!("import {file} {}", bytes.len()));
        Ok(())
    }

    fn note(&self, note: Note) -> Result<(), String> {
        self.write(format!("note {}", note.words));
        Ok(())
    }
}

/// A room that nobody serves, for [`farfield_web::answer`].
pub(crate) fn room() -> (Arc<Room>, Arc<dyn Opener>) {
    let (listener, wanted) = (Listener::default(), Wanted::default());
    let room = Room::new("mix.wav".into(), Worn::default(), system::catalogue(), listener, wanted);
    (Arc::new(room), Arc::new(Scribe::default()))
}

/// A running server; it is stopped when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) opener: Arc<Scribe>,
    share: Option<SocketAddr>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

fn bound() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let address = socket.local_addr().expect("it is bound");
    (socket, address)
}

impl Server {
    pub(crate) fn new(title: &str) -> Self {
        Server::with(title, None, Patience::default())
    }

    pub(crate) fn shared(title: &str) -> Self {
        Server::with(title, Some(bound()), Patience::default())
    }

    pub(crate) fn impatient(patience: Patience) -> Self {
        Server::with("", None, patience)
    }

    fn with(title: &str, share: Option<(TcpListener, SocketAddr)>, patience: Patience) -> Self {
        let (listener, wanted) = (Listener::default(), Wanted::default());
        let room = Room::new(title.into(), Worn::default(), system::catalogue(), listener, wanted);
        Server::of(Arc::new(room), share, patience)
    }

    /// A server of this room.
    pub(crate) fn of(room: Arc<Room>, share: Option<(TcpListener, SocketAddr)>, patience: Patience) -> Self {
        let (socket, address) = bound();
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let opener = Arc::new(Scribe::default());
        let known: Arc<dyn Opener> = Arc::<Scribe>::clone(&opener);
        let (way_in, share) = match share {
            Some((socket, address)) => {
                let share = Share { socket, host: "127.0.0.1".into(), token: TOKEN.into() };
                (Some(share), Some(address))
            }
            None => (None, None),
        };
        let thread = std::thread::spawn(move || {
            serve(socket, way_in, room, known, patience, || asked.load(Ordering::Relaxed))
        });
        Server { address, opener, share, stop, thread: Some(thread) }
    }

    /// All that is answered to these bytes.
    pub(crate) fn raw(&self, request: &[u8]) -> String {
        raw(self.address, request)
    }

    pub(crate) fn get(&self, path: &str) -> String {
        get(self.address, path)
    }

    /// At the phones' address, without the token.
    pub(crate) fn get_at_share(&self, path: &str) -> String {
        get(self.share.expect("it is shared"), path)
    }

    /// Below the token.
    pub(crate) fn get_shared(&self, path: &str) -> String {
        self.get_at_share(&format!("/{TOKEN}{path}"))
    }

    pub(crate) fn post(&self, path: &str, origin: &str, kind: &str, body: &str) -> String {
        post(self.address, path, origin, kind, body)
    }

    /// A note from a phone.
    pub(crate) fn note(&self, body: &str) -> String {
        let share = self.share.expect("it is shared");
        post(share, &format!("/{TOKEN}/note"), &format!("http://{share}"), "application/json", body)
    }

    /// What a system sounds like, frames of left and right, as they come.
    pub(crate) fn sound(&self, query: &str) -> Sound {
        let mut stream = self.silence();
        // Without chunks, to the end of the connection.
        let head = format!("GET /api/sound?{query} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(head.as_bytes()).expect("it listens");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("it answers");
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        assert!(head.starts_with("HTTP/1.0 200"), "{head}");
        Sound(stream)
    }

    /// A connection on which nothing comes.
    pub(crate) fn silence(&self) -> TcpStream {
        TcpStream::connect(self.address).expect("it listens")
    }

    /// A connection whose one request has been answered, and which is kept for more.
    pub(crate) fn idle(&self) -> TcpStream {
        let mut stream = self.silence();
        let request = format!("GET /api/state?since=1 HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("it listens");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).expect("it answers");
        assert_eq!(&answer, b"HTTP/1.1 204");
        stream
    }

    /// A connection on which nothing more comes.
    pub(crate) fn half_a_request(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.write_all(b"GET / HTTP/1.1\r\nHost: ").expect("it listens");
        stream
    }
}

/// A stream of sound.
pub(crate) struct Sound(TcpStream);

impl Sound {
    /// The next frames; fewer only at the end.
    pub(crate) fn frames(&mut self, most: usize) -> Vec<[f32; 2]> {
        let mut bytes = Vec::new();
        let limit = 8 * most as u64;
        (&self.0).take(limit).read_to_end(&mut bytes).expect("it goes on");
        let sample = |of: &[u8]| f32::from_le_bytes(of.try_into().expect("four bytes"));
        bytes.chunks_exact(8).map(|frame| [sample(&frame[..4]), sample(&frame[4..])]).collect()
    }
}

fn raw(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    // A server that has heard enough may hang up before the rest is sent.
    let _ = stream.write_all(request);
    if !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let _ = stream.shutdown(std::net::Shutdown::Write); // that was all
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(address: SocketAddr, path: &str) -> String {
    raw(address, format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
}

fn post(address: SocketAddr, path: &str, origin: &str, kind: &str, body: &str) -> String {
    let origin = if origin.is_empty() { String::new() } else { format!("Origin: {origin}\r\n") };
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\n{origin}Content-Type: {kind}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    raw(address, format!("{head}{body}").as_bytes())
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let served = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(served, Some(Ok(Ok(())))), "it ended badly");
        }
    }
}

#[track_caller]
pub(crate) fn is(answer: &str, status: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer:.200}");
}
