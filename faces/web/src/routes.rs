//! What can be asked for on this machine.

use crate::manners::{self, Names};
use crate::opener::Opener;
use crate::room::Room;
use crate::{panel, sound};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use std::sync::Arc;

pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const CSS: &str = "text/css; charset=utf-8";
pub(crate) const JS: &str = "text/javascript; charset=utf-8";
pub(crate) const SVG: &str = "image/svg+xml";
/// The description of what is below `/api`, for programs.
pub(crate) const OPENAPI: &str = include_str!("page/openapi.json");
/// What both pages are made of.
pub(crate) const ELEMENT: &str = include_str!("page/element.js");
/// No upload is larger: a profile is a page of text.
const GREATEST_BODY: usize = 1 << 20;

/// The room, and who opened it.
#[derive(Clone)]
pub(crate) struct Hall {
    pub(crate) room: Arc<Room>,
    pub(crate) opener: Arc<dyn Opener>,
}

pub(crate) fn router(hall: Hall, port: u16) -> Router {
    Router::new()
        .route("/", get(file(HTML, include_str!("page/room.html"))))
        .route(
            "/room.css",
            get(file(CSS, concat!(include_str!("page/look.css"), include_str!("page/room.css")))),
        )
        .route("/room.js", get(file(JS, include_str!("page/room.js"))))
        .route("/element.js", get(file(JS, ELEMENT)))
        .route("/view.js", get(file(JS, include_str!("page/view.js"))))
        .route("/drawing.js", get(file(JS, include_str!("page/drawing.js"))))
        .route("/blind.js", get(file(JS, include_str!("page/blind.js"))))
        .route("/headphone.js", get(file(JS, include_str!("page/headphone.js"))))
        .route("/loudness.js", get(file(JS, include_str!("page/loudness.js"))))
        .route("/overview.js", get(file(JS, include_str!("page/overview.js"))))
        .route("/engine.js", get(file(JS, include_str!("page/engine.js"))))
        .route("/worklet.js", get(file(JS, include_str!("page/worklet.js"))))
        .route("/icon.svg", get(file(SVG, include_str!("page/icon.svg"))))
        .merge(api())
        .fallback(|| async { (StatusCode::NOT_FOUND, "there is nothing of that name") })
        .layer(DefaultBodyLimit::max(GREATEST_BODY))
        .layer(from_fn_with_state(Names::at(port), manners::check))
        .with_state(hall)
}

/// What is described by [`OPENAPI`]; a test holds both together.
fn api() -> Router<Hall> {
    Router::new()
        .route("/api/openapi.json", get(file("application/json", OPENAPI)))
        .route("/api/state", get(state))
        .route("/api/overview", get(overview))
        .route("/api/sound", get(sound::stream))
        .route("/api/try", post(panel::try_moves))
        .route("/api/headphones", get(panel::headphones))
        .route("/api/headphone.svg", get(panel::picture))
        .route("/api/headphone", post(panel::wear))
        .route("/api/headphone/import", post(panel::import))
        .route("/api/code.svg", get(panel::code))
}

/// An asset that is part of the program.
pub(crate) fn file(
    kind: &'static str,
    text: &'static str,
) -> impl Fn() -> std::future::Ready<Response> + Clone {
    move || std::future::ready(([(CONTENT_TYPE, kind)], text).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    /// The revision that the page knows.
    since: Option<u64>,
}

/// Everything that is known; nothing if nothing is new.
async fn state(State(hall): State<Hall>, Query(since): Query<Since>) -> Response {
    if since.since == Some(hall.room.revision()) {
        return StatusCode::NO_CONTENT.into_response();
    }
    Json(hall.room.state()).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfTrack {
    #[serde(default)]
    track: u64,
    /// The first step; what is before is known.
    #[serde(default)]
    from: usize,
}

/// The greatest magnitude of each 1024 frames that have been decoded, as little-endian `f32`.
async fn overview(State(hall): State<Hall>, Query(of): Query<OfTrack>) -> Response {
    let Some(track) = hall.room.track(of.track) else {
        return (StatusCode::CONFLICT, "this piece has not been read yet").into_response();
    };
    let steps = track.piece.kept.overview(of.from);
    let bytes: Vec<u8> = steps.iter().flat_map(|x| x.to_le_bytes()).collect();
    ([(CONTENT_TYPE, "application/octet-stream")], Body::from(bytes)).into_response()
}
