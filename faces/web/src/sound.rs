//! The sound of a system from a position on, for as long as somebody reads it.

use crate::level::{Drawn, Footing, Levels};
use crate::room::Room;
use crate::room::Track;
use crate::routes::Hall;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use farfield::chain::stream::{Fold, Listening, Position, Take};
use farfield::parameter;
use futures_core::Stream;
use serde::Deserialize;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Frames that are sent at once.
const CHUNK: usize = 8_192;
/// Chunks that wait for a reader.
const WAITING: usize = 2;
/// Streams at once; a page needs two.
const STREAMS: u32 = 12;
/// Who does not read for so long has left.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is looked whether somebody still waits for what has not been decoded yet.
const LOOK: Duration = Duration::from_millis(200);
/// Entries of a list that count.
const MOST_LISTED: usize = 100;

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    system: String,
    /// The piece, by its number.
    #[serde(default)]
    track: u64,
    #[serde(default)]
    from: u64,
    /// A loop, in frames; both or none.
    loop_from: Option<u64>,
    loop_to: Option<u64>,
    #[serde(default)]
    fold: Fold,
    #[serde(default)]
    draw: u32,
    /// The draw that was heard before: its level is led over to that of this one.
    after: Option<u32>,
    /// Stems that are heard alone, and that are not heard, by their places, with commas.
    #[serde(default)]
    solo: String,
    #[serde(default)]
    mute: String,
    /// Findings whose moves are tried, by their ids, with commas.
    #[serde(default)]
    tries: String,
}

/// The parts of a list with commas.
pub(crate) fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty()).take(MOST_LISTED)
}

impl Wish {
    fn position(&self) -> Position {
        Position {
            from_frame: self.from,
            repeat: self.loop_from.zip(self.loop_to).map(|(from, to)| from..to),
        }
    }

    fn take(&self, track: &Track) -> Take {
        let ids: Vec<String> = listed(&self.tries).map(str::to_owned).collect();
        let places = |text| listed(text).filter_map(|part| part.parse().ok()).collect();
        Take {
            solo: places(&self.solo),
            mute: places(&self.mute),
            fold: self.fold,
            ..Room::take(track, &ids)
        }
    }
}

/// Interleaved little-endian `f32`, left and right, at the piece's rate, up to its end.
pub(crate) async fn stream(State(hall): State<Hall>, Query(wish): Query<Wish>) -> Response {
    let room = hall.room;
    let Some(track) = room.track(wish.track) else {
        return (StatusCode::CONFLICT, "this piece has not been read yet").into_response();
    };
    let drawn = Drawn { draw: wish.draw, after: wish.after.unwrap_or(wish.draw) };
    for draw in [drawn.draw, drawn.after] {
        if let Err(allowed) = parameter::DRAW.parse(&draw.to_string()) {
            return (StatusCode::BAD_REQUEST, format!("draw: {allowed}")).into_response();
        }
    }
    let Some(turn) = Turn::take(Arc::clone(&room)) else {
        return (StatusCode::TOO_MANY_REQUESTS, "too many streams at once").into_response();
    };
    let (sender, receiver) = mpsc::channel(WAITING);
    let (ready, built) = tokio::sync::oneshot::channel();
    let runtime = Handle::current();
    let levels = Levels::new(&room, track.number, drawn);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut line = match Line::begin(levels, wish, &track, &runtime) {
            Ok(line) => line,
            Err(error) => return drop(ready.send(Err(error))),
        };
        if ready.send(Ok(())).is_ok() {
            let gone = || sender.is_closed();
            line.play(gone, |chunk| {
                let sent = runtime.block_on(tokio::time::timeout(PATIENCE, sender.send(chunk)));
                matches!(sent, Ok(Ok(())))
            });
        }
    });
    match built.await {
        Ok(Ok(())) => {
            ([(CONTENT_TYPE, "application/octet-stream")], Body::from_stream(Sound(receiver))).into_response()
        }
        Ok(Err(error)) => (StatusCode::NOT_FOUND, error).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "this system cannot be played").into_response(),
    }
}

/// What one stream plays.
struct Line {
    system: String,
    levels: Arc<Levels>,
    footing: Footing,
    listening: Listening,
    runtime: Handle,
}

impl Line {
    /// This takes a while if the system has not been heard before.
    fn begin(levels: Levels, wish: Wish, track: &Track, runtime: &Handle) -> Result<Self, String> {
        let footing = levels.footing().ok_or("this piece is not kept any more")?;
        let player = levels.player(&wish.system, &footing)?;
        let listening = Listening::new(wish.take(track), player, wish.position());
        let (levels, runtime) = (Arc::new(levels), runtime.clone());
        let line = Line { system: wish.system, levels, footing, listening, runtime };
        line.find_headroom();
        Ok(line)
    }

    /// Somebody else finds out how much softer all should be, while this plays on.
    fn find_headroom(&self) {
        let (levels, footing) = (Arc::clone(&self.levels), self.footing.clone());
        if !footing.has_headroom() {
            self.runtime.spawn_blocking(move || levels.find_headroom());
        }
    }

    /// If more is known of the level by now, it is led over to.
    fn settle(&mut self) {
        let now = self.levels.footing().filter(|now| *now != self.footing);
        if let Some(now) = now.filter(|_| !self.listening.is_settling())
            && let Ok(player) = self.levels.player(&self.system, &now)
        {
            self.footing = now;
            self.listening.settle(player);
            self.find_headroom();
        }
    }

    /// Sends until the piece ends, nobody reads any more, or who waits for what has not been decoded yet has `gone`.
    fn play(&mut self, gone: impl Fn() -> bool, mut send: impl FnMut(io::Result<Bytes>) -> bool) {
        loop {
            while !self.listening.wait(LOOK) {
                if gone() {
                    return;
                }
            }
            self.settle();
            match self.listening.next_frames() {
                Ok(Some(frames)) => {
                    for chunk in frames.chunks(CHUNK) {
                        let bytes: Vec<u8> = chunk.iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
                        if !send(Ok(bytes.into())) {
                            return;
                        }
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    send(Err(error));
                    return;
                }
            }
        }
    }
}

/// The right to a stream, given back when it ends.
struct Turn(Arc<Room>);

impl Turn {
    fn take(room: Arc<Room>) -> Option<Self> {
        let more = |streams| (streams < STREAMS).then_some(streams + 1);
        room.streams.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Turn(room))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Sound(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Sound {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
