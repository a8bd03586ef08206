//! What phones and tablets in the same network get, if their owner shares it: the plain mix for their own
//! loudspeakers, a list of what to listen for, and a place for notes. All of it lies below a secret token.

use crate::manners::{self, Names};
use crate::opener::Opener;
use crate::panel::asked;
use crate::ranges;
use crate::room::{Note, Room, Track, TrackKind};
use crate::routes::{CSS, ELEMENT, HTML, JS, SVG, file};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use farfield::chain::stream::Plain;
use serde::Deserialize;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// No note is larger.
const GREATEST_BODY: usize = 16 << 10;
const LONGEST_WORDS: usize = 2_000;
const LONGEST_NAME: usize = 80;

/// What is shared, and with whom.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) room: Arc<Room>,
    pub(crate) opener: Arc<dyn Opener>,
    pub(crate) token: Arc<str>,
}

pub(crate) fn router(shared: Shared, port: u16, host: &str) -> Router {
    let names = Names::also(port, host);
    Router::new()
        .route("/{token}/", get(file(HTML, include_str!("page/phone.html"))))
        .route(
            "/{token}/phone.css",
            get(file(CSS, concat!(include_str!("page/look.css"), include_str!("page/phone.css")))),
        )
        .route("/{token}/phone.js", get(file(JS, include_str!("page/phone.js"))))
        .route("/{token}/element.js", get(file(JS, ELEMENT)))
        .route("/{token}/icon.svg", get(file(SVG, include_str!("page/icon.svg"))))
        .route("/{token}/state", get(state))
        .route("/{token}/sound/{number}", get(sound))
        .route("/{token}/note", post(note))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(GREATEST_BODY))
        .layer(from_fn_with_state(shared.clone(), holds_token))
        .layer(from_fn_with_state(names, manners::check))
        .with_state(shared)
}

async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing of that name").into_response()
}

/// Whoever does not hold the token learns nothing, not even how much of it was right.
async fn holds_token(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let given = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(shared.token.as_bytes())) {
        return nothing().await;
    }
    // The page's own addresses are relative, so it needs the slash.
    if request.uri().path().len() == 1 + given.len() {
        return axum::response::Redirect::permanent(&format!("/{given}/")).into_response();
    }
    next.run(request).await
}

fn versions(room: &Room) -> Vec<Arc<Track>> {
    let mut versions = room.tracks();
    // How loud it plays on a phone is decided once.
    versions.retain(|track| track.kind == TrackKind::Mix && track.settled);
    versions
}

/// What a phone may know: the versions, and what to listen for in them.
async fn state(State(shared): State<Shared>) -> Response {
    let versions: Vec<_> = versions(&shared.room)
        .iter()
        .map(|track| {
            let findings = track.verdict.iter().flat_map(|verdict| &verdict.findings);
            let findings: Vec<_> = findings
                .map(|found| {
                    serde_json::json!({"id": found.id, "title": found.title, "heard_as": found.heard_as,
                        "start_s": found.start_s, "end_s": found.end_s})
                })
                .collect();
            serde_json::json!({"number": track.number, "name": track.name, "findings": findings,
                "judged": track.verdict.is_some()})
        })
        .collect();
    Json(serde_json::json!({"title": shared.room.title, "versions": versions})).into_response()
}

/// The plain mix as a WAV file, or a part of it; all versions are equally loud.
async fn sound(
    State(shared): State<Shared>,
    Path((_, number)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Response {
    let versions = versions(&shared.room);
    let track = versions.iter().find(|track| track.number == number);
    let (Some(track), Some(first)) = (track, versions.first()) else { return nothing().await };
    ranges::serve(Plain::like(Arc::clone(&track.piece), &first.piece), &headers)
}

/// What somebody writes down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    device: String,
    version: u64,
    position_s: f64,
    finding: Option<String>,
    heard: Option<bool>,
    words: String,
}

async fn note(State(shared): State<Shared>, Path(_): Path<String>, Json(written): Json<Written>) -> Response {
    let Some(track) = shared.room.track(written.version).filter(|track| track.kind == TrackKind::Mix) else {
        return (StatusCode::NOT_FOUND, "there is no such version").into_response();
    };
    let short = |text: &str, most: usize| text.trim().chars().take(most).collect::<String>();
    let note = Note {
        at_unix_s: 0,
        device: short(&written.device, LONGEST_NAME),
        version: track.name.clone(),
        position_s: if written.position_s.is_finite() { written.position_s.max(0.0) } else { 0.0 },
        finding: written.finding.as_deref().map(|id| short(id, LONGEST_NAME)),
        heard: written.heard,
        words: short(&written.words, LONGEST_WORDS),
    };
    if note.device.is_empty() {
        return (StatusCode::UNPROCESSABLE_ENTITY, "say on what you listen").into_response();
    }
    if note.words.is_empty() && note.heard.is_none() {
        return (StatusCode::UNPROCESSABLE_ENTITY, "there is nothing in this note").into_response();
    }
    asked(shared.opener, move |opener| opener.note(note), |()| StatusCode::NO_CONTENT.into_response()).await
}
