//! The server as rude clients meet it.

mod rude;

use farfield::chain::stream::{Piece, Recording};
use farfield::chain::{Listener, Programme, Wanted};
use farfield::playback::system;
use farfield::source::Flaws;
use farfield_web::{Patience, Room, TrackKind, Worn, answer};
use proptest::prelude::*;
use rude::{Server, is};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn the_page_is_there_before_the_mix_is_read() {
    let server = Server::new("a mix.wav");
    let page = server.get("/");
    // Every script that is imported from anywhere is there too.
    let scripts =
        ["room", "view", "drawing", "blind", "headphone", "loudness", "overview", "engine", "worklet"];
    let paths = scripts.map(|name| format!("/{name}.js"));
    for path in ["/", "/room.css", "/icon.svg"].into_iter().chain(paths.iter().map(String::as_str)) {
        let answer = server.get(path);
        is(&answer, "200");
        let policy = if path.ends_with("svg") { "default-src 'none'" } else { "script-src 'self'" };
        assert!(answer.contains("content-security-policy: ") && answer.contains(policy), "{path}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{path}");
    }
    assert!(page.contains("<script type=\"module\" src=\"/room.js\"></script>"));
    let state = server.get("/api/state");
    assert!(state.contains("\"title\":\"a mix.wav\"") && state.contains("\"tracks\":[]"), "{state}");
    is(&server.get("/api/state?since=1"), "204");
    is(&server.get("/api/overview"), "409");
    is(&server.get("/api/sound?system=car"), "409");
    is(&server.get("/api/code.svg"), "404");
}

#[test]
fn the_pages_have_no_script_or_style_in_their_text() {
    let server = Server::shared("");
    let pages = [server.get("/"), server.get_shared("/")];
    for page in pages {
        is(&page, "200");
        for inline in ["<style", " style=", " onclick=", "javascript:", "http://", "https://"] {
            let body = page.split("\r\n\r\n").nth(1).expect("there is a page");
            assert!(!body.contains(inline), "{inline}");
        }
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
fn only_the_page_itself_changes_anything_and_nothing_too_large() {
    let server = Server::new("");
    let wear = |origin: &str, body: &str| server.post("/api/headphone", origin, "application/json", body);
    let own = format!("http://{}", server.address);
    is(&wear("", "{\"name\":\"HD 650\"}"), "403");
    is(&wear("http://evil.example", "{\"name\":\"HD 650\"}"), "403");
    assert_eq!(server.opener.asked(), Vec::<String>::new());
    is(&wear(&own, "{\"name\":\"HD 650\"}"), "204");
    assert_eq!(server.opener.asked(), ["wear HD 650"]);
    is(&wear(&own, "{\"name\":\"none such\"}"), "422");
    is(&wear(&own, "{\"name\":7}"), "422");
    is(&wear(&own, "not json"), "400");
    let import =
        |body: &str| server.post("/api/headphone/import?file=my.txt", &own, "application/octet-stream", body);
    is(&import("Preamp: -6 dB"), "204");
    is(&import(&"x".repeat((1 << 20) + 1)), "413");
    is(&server.post("/api/try", &own, "application/json", "{\"ids\":[\"boom-1\"]}"), "409");
    is(&server.post("/api/try", &own, "application/json", "{\"ids\":[]}"), "204");
}

#[test]
fn phones_need_the_token_and_get_no_more_than_they_should() {
    let server = Server::shared("a mix.wav");
    is(&server.get_shared("/"), "200");
    is(&server.get_shared(""), "308");
    let state = server.get_shared("/state");
    assert!(state.contains("\"title\":\"a mix.wav\"") && state.contains("\"versions\":[]"), "{state}");
    is(&server.get_shared("/sound/0"), "404");
    is(&server.get_shared("/api/state"), "404");
    let wrong = "0".repeat(32);
    for path in ["/", "/state", "/api/state", "/room.js", &format!("/{wrong}/state"), &format!("/{wrong}/")] {
        is(&server.get_at_share(path), "404");
    }
    // The token opens nothing on the other side, which no other machine reaches.
    is(&server.get(&format!("/{}/state", rude::TOKEN)), "404");
    let note = "{\"device\":\"car\",\"version\":0,\"position_s\":1,\"words\":\"boomy\"}";
    is(&server.note(note), "404");
    assert_eq!(server.opener.asked(), Vec::<String>::new());
}

#[test]
fn the_description_names_every_route_and_nothing_else() {
    let server = Server::new("");
    let answer = server.get("/api/openapi.json");
    let body = answer.split("\r\n\r\n").nth(1).expect("there is a body");
    let described: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
    let described: Vec<String> =
        described["paths"].as_object().expect("it has paths").keys().cloned().collect();
    let source = include_str!("../src/routes.rs");
    let mut routes: Vec<String> = source
        .split(".route(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|path| path.starts_with("/api/"))
        .map(str::to_owned)
        .collect();
    routes.sort();
    assert!(routes.len() > 5);
    assert_eq!(described, routes);
}

#[test]
fn two_listeners_do_not_disturb_each_other() {
    let (one, other) = (Server::new("one"), Server::new("other"));
    assert!(one.get("/api/state").contains("\"title\":\"one\""));
    drop(one);
    assert!(other.get("/api/state").contains("\"title\":\"other\""));
}

#[test]
fn who_says_nothing_does_not_keep_others_out() {
    let patience = Patience { head: Duration::from_millis(500), ..Patience::default() };
    let server = Server::impatient(patience);
    // More than may be connected at once, each with half a head, nothing at all, or an answer and then nothing: they are
    // put out, and the next one is let in.
    let rude: [fn(&Server) -> TcpStream; 3] = [Server::half_a_request, Server::silence, Server::idle];
    for rude in rude {
        let rude: Vec<_> = (0..70).map(|_| rude(&server)).collect();
        is(&server.get("/"), "200");
        drop(rude);
    }
}

const RATE_HZ: f64 = 48_000.0;

/// Seconds of two tones and a beat, as loud as `gain` says.
fn music(gain: f32, seconds: usize) -> Vec<f32> {
    let tone = |n: usize, hz: f64| (std::f64::consts::TAU * hz * n as f64 / RATE_HZ).sin() as f32;
    (0..seconds * 48_000)
        .map(|n| gain * (tone(n, 110.0) + 0.5 * tone(n, 1_003.0)) * (1.2 + tone(n, 1.0)))
        .collect()
}

/// All of a piece.
fn whole(planes: &[f32]) -> Piece {
    let mut recording = Recording::new(RATE_HZ).expect("there is room");
    recording.push(planes, planes).expect("there is room");
    let kept = recording.finish().expect("there is some");
    Piece::heard(kept, Flaws::default(), || true).expect("it can be heard")
}

/// Left and right on the way into a room for two systems, and the idea of their levels that a softer piece gives.
fn arriving() -> (Arc<Room>, Recording, Programme) {
    let systems = ["studio", "car"].map(|id| system::find(id).expect("in the catalogue")).to_vec();
    let room = Room::new("".into(), Worn::default(), systems, Listener::default(), Wanted::default());
    let softer = whole(&music(0.12, 30));
    (Arc::new(room), Recording::new(RATE_HZ).expect("there is room"), softer.programme)
}

fn greatest_difference(one: &[[f32; 2]], other: &[[f32; 2]]) -> f32 {
    one.iter().flatten().zip(other.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_mix_is_heard_while_it_is_still_being_decoded_and_comes_to_its_true_level() {
    let (room, mut recording, roughly) = arriving();
    let kept = recording.kept();
    let piece = |programme| Piece { kept: Arc::clone(&kept), programme, flaws: Flaws::default() };
    let number = room.add(TrackKind::Mix, "mix".into(), piece(roughly), false);
    let server = Server::of(Arc::clone(&room), None, Patience::default());
    let state = server.get("/api/state");
    assert!(state.contains("\"whole\":false") && state.contains("\"settled\":false"), "{state:.300}");
    let planes = music(0.15, 30);
    let (first, rest) = planes.split_at(10 * 48_000);
    recording.push(first, first).expect("there is room");
    let mut sound = server.sound("system=studio");
    let mut heard = sound.frames(96_000);
    assert_eq!(heard.len(), 96_000, "it is heard before it is whole");
    // Nothing more can be sent before there is more; so it is from here on that it settles.
    room.settle(number, piece(whole(&planes).programme));
    recording.push(rest, rest).expect("there is room");
    recording.finish().expect("there is some");
    heard.extend(sound.frames(usize::MAX / 8));
    assert_eq!(heard.len(), planes.len());
    let end = 25 * 48_000;
    let true_end = server.sound(&format!("system=studio&from={end}")).frames(usize::MAX / 8);
    let difference = greatest_difference(&heard[end..], &true_end);
    assert!(difference < 1e-3, "{difference}");
    let true_start = server.sound("system=studio").frames(96_000);
    let too_loud_db = 20.0 * (heard[90_000][0] / true_start[90_000][0]).log10();
    assert!(too_loud_db > 0.5, "{too_loud_db} dB: at first it is set by the softer piece");
    let state = server.get("/api/state");
    assert!(state.contains("\"whole\":true") && state.contains("\"settled\":true"), "{state:.300}");
}

#[test]
fn another_draw_begins_as_loud_as_the_last_one_and_comes_to_the_level_of_its_own_noise() {
    let (room, ..) = arriving();
    room.add(TrackKind::Mix, "mix".into(), whole(&music(0.15, 60)), true);
    let server = Server::of(room, None, Patience::default());
    let _nominal = server.sound("system=car").frames(1);
    let mut switched = server.sound("system=car&draw=7&after=0");
    let mut heard = switched.frames(24_000);
    // Nobody reads on, so that the stream waits. Who comes when the room for that noise is known begins at that level.
    let comes = || server.sound("system=car&draw=7").frames(usize::MAX / 8);
    let differs = |all: &Vec<[f32; 2]>| greatest_difference(&all[2_000..24_000], &heard[2_000..]) > 1e-2;
    let known = std::iter::repeat_with(comes).take(100).find(differs).expect("it is known in the end");
    heard.extend(switched.frames(usize::MAX / 8));
    let end = 50 * 48_000;
    assert_eq!(heard.len(), known.len());
    let difference = greatest_difference(&heard[end..], &known[end..]);
    assert!(difference < 1e-3, "{difference}");
    is(&server.get("/api/sound?system=car&after=10000"), "400");
}

/// Requests that are nearly right: pieces of real ones, and whatever comes between them.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "GET ",
        "POST ",
        "HEAD ",
        "BREW ",
        " HTTP/1.1\r\n",
        "Host: 127.0.0.1:7000\r\n",
        "Host: x\r\n",
        "\r\n\r\n",
        "\r\n",
        "Origin: http://127.0.0.1:7000\r\n",
        "Content-Type: application/json\r\n",
        "Content-Length: 12\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Range: bytes=0-\r\n",
        "/api/state",
        "/api/sound?system=car&from=",
        "/api/try",
        "/api/headphone",
        "/api/headphone/import?file=",
        "/api/headphones?name=",
        "/api/headphone.svg?seal=tight",
        "%00",
        "%ff",
        "..%2f",
        "18446744073709551615",
        "-1",
        "{\"ids\":[]}",
        "{\"name\":\"x\"}",
        "ffffffff\r\n",
        "0\r\n\r\n",
        "&fold=side",
        "&tries=boom-1,,",
        "\0",
    ]);
    let piece = prop_oneof![
        9 => pieces.prop_map(|piece: &str| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_request_makes_it_stumble(said in nearly()) {
        let (room, opener) = rude::room();
        let heard = String::from_utf8_lossy(&answer(&room, &opener, &said)).into_owned();
        prop_assert!(!heard.contains("HTTP/1.1 5"), "{heard:.200}");
        prop_assert!(heard.is_empty() || heard.starts_with("HTTP/1."), "{heard:.200}");
    }
}
