//! The sound of a system from a position on, for as long as somebody reads it.

use crate::room::Room;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use farfield::chain::stream::{Fold, Listening, Position};
use futures_core::Stream;
use serde::Deserialize;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Frames that are sent at once.
const CHUNK: usize = 8_192;
/// Chunks that wait for a reader.
const WAITING: usize = 2;
/// Streams at once; a page needs two.
const STREAMS: u32 = 12;
/// Devices of a population that can be drawn.
const DRAWS: u32 = 1_000_000;

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    system: String,
    #[serde(default)]
    from: u64,
    /// A loop, in frames; both or none.
    loop_from: Option<u64>,
    loop_to: Option<u64>,
    #[serde(default)]
    fold: Fold,
    #[serde(default)]
    draw: u32,
}

impl Wish {
    fn position(&self) -> Position {
        Position {
            from_frame: self.from,
            repeat: self.loop_from.zip(self.loop_to).map(|(from, to)| from..to),
            fold: self.fold,
        }
    }
}

/// Interleaved little-endian `f32`, left and right, at the piece's rate, up to its end.
pub(crate) async fn stream(State(room): State<Arc<Room>>, Query(wish): Query<Wish>) -> Response {
    let Some(Ok(piece)) = room.piece().cloned() else {
        return (StatusCode::CONFLICT, "the mix has not been read yet").into_response();
    };
    if wish.draw > DRAWS {
        return (StatusCode::BAD_REQUEST, "there are a million devices to draw from").into_response();
    }
    let Some(turn) = Turn::take(Arc::clone(&room)) else {
        return (StatusCode::TOO_MANY_REQUESTS, "too many streams at once").into_response();
    };
    let (sender, receiver) = mpsc::channel(WAITING);
    let (ready, built) = tokio::sync::oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        match room.voice(&wish.system, wish.draw, &piece) {
            Ok(voice) => {
                let listening = Listening::new(piece, voice, wish.position());
                if ready.send(Ok(())).is_ok() {
                    play(listening, &sender);
                }
            }
            Err(error) => drop(ready.send(Err(error))),
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

/// Sends until the piece ends or nobody reads any more.
fn play(mut listening: Listening, sender: &mpsc::Sender<io::Result<Bytes>>) {
    loop {
        match listening.next_frames() {
            Ok(Some(frames)) => {
                for chunk in frames.chunks(CHUNK) {
                    let bytes: Vec<u8> = chunk.iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
                    if sender.blocking_send(Ok(bytes.into())).is_err() {
                        return;
                    }
                }
            }
            Ok(None) => return,
            Err(error) => return drop(sender.blocking_send(Err(error))),
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
