//! The server as rude clients meet it.

use farfield::chain::Listener;
use farfield::playback::system;
use farfield_web::{Room, serve};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A running server; it is stopped when it is dropped.
struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Server {
    fn new(title: &str) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = socket.local_addr().expect("it is bound");
        let room = Room::new(title.into(), String::new(), system::catalogue(), Listener::default());
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let thread =
            std::thread::spawn(move || serve(socket, Arc::new(room), || asked.load(Ordering::Relaxed)));
        Server { address, stop, thread: Some(thread) }
    }

    /// All that is answered to these bytes.
    fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        // A server that has heard enough may hang up before the rest is sent.
        let _ = stream.write_all(request);
        if !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let _ = stream.shutdown(std::net::Shutdown::Write); // that was all
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        let host = self.address;
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let served = self.thread.take().map(JoinHandle::join);
        assert!(matches!(served, Some(Ok(Ok(())))), "it ended badly");
    }
}

#[track_caller]
fn is(answer: &str, status: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer:.200}");
}

#[test]
fn the_page_is_there_before_the_mix_is_read() {
    let server = Server::new("a mix.wav");
    for path in ["/", "/room.css", "/room.js", "/engine.js", "/worklet.js", "/icon.svg"] {
        let answer = server.get(path);
        is(&answer, "200");
        assert!(answer.contains("content-security-policy: default-src 'none'; script-src 'self'"), "{path}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{path}");
    }
    let state = server.get("/api/state");
    assert!(state.contains("\"title\":\"a mix.wav\"") && state.contains("\"frames\":null"), "{state}");
    is(&server.get("/api/overview"), "409");
    is(&server.get("/api/sound?system=car"), "409");
}

#[test]
fn the_page_has_no_script_or_style_in_its_text() {
    let page = Server::new("").get("/");
    assert!(page.contains("<script type=\"module\" src=\"/room.js\"></script>"));
    for inline in ["<style", " style=", " onclick=", "javascript:", "http://", "https://"] {
        let body = page.split("\r\n\r\n").nth(1).expect("there is a page");
        assert!(!body.contains(inline), "{inline}");
    }
}

#[test]
fn strangers_and_strange_requests_get_nothing() {
    let server = Server::new("secret.wav");
    let host = server.address;
    is(&server.raw(b"GET /api/state HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), "421");
    let other = format!(
        "GET /api/state HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n"
    );
    is(&server.raw(other.as_bytes()), "403");
    let post = format!(
        "POST /api/state HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    is(&server.raw(post.as_bytes()), "405");
    for path in ["/../Cargo.toml", "/etc/passwd", "/%2e%2e/x", "/room.css/..", "/api/", "//"] {
        is(&server.get(path), "404");
    }
    for query in [
        "",
        "?system",
        "?system=car&from=-1",
        "?system=car&from=1e9",
        "?system=car&x=1",
        "?system=car&draw=99999999999",
    ] {
        let answer = server.get(&format!("/api/sound{query}"));
        assert!(answer.starts_with("HTTP/1.1 4"), "{query}: {answer:.100}");
    }
    // What is no HTTP at all, and heads without end.
    let endless = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &vec![b'a'; 2_000_000]].concat();
    for bytes in [b"\0\xff\x16\x03\x01".as_slice(), b"GET", b"GET / HTTP/9.9\r\n\r\n", &endless] {
        assert!(!server.raw(bytes).contains("200 OK"));
    }
    is(&server.get("/"), "200");
}

#[test]
fn two_listeners_do_not_disturb_each_other() {
    let (one, other) = (Server::new("one"), Server::new("other"));
    assert!(one.get("/api/state").contains("\"title\":\"one\""));
    drop(one);
    assert!(other.get("/api/state").contains("\"title\":\"other\""));
}
