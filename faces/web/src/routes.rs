//! What can be asked for.

use crate::manners::{self, Names};
use crate::room::Room;
use crate::sound;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use std::sync::Arc;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

pub(crate) fn router(room: Arc<Room>, port: u16) -> Router {
    Router::new()
        .route("/", get(file(HTML, include_str!("page/room.html"))))
        .route(
            "/room.css",
            get(file(CSS, concat!(include_str!("page/look.css"), include_str!("page/room.css")))),
        )
        .route("/room.js", get(file(JS, include_str!("page/room.js"))))
        .route("/engine.js", get(file(JS, include_str!("page/engine.js"))))
        .route("/worklet.js", get(file(JS, include_str!("page/worklet.js"))))
        .route("/icon.svg", get(file(SVG, include_str!("page/icon.svg"))))
        .route("/api/state", get(state))
        .route("/api/overview", get(overview))
        .route("/api/sound", get(sound::stream))
        .fallback(|| async { (StatusCode::NOT_FOUND, "there is nothing of that name") })
        .layer(from_fn_with_state(Names::at(port), manners::check))
        .with_state(room)
}

/// An asset that is part of the program.
fn file(kind: &'static str, text: &'static str) -> impl Fn() -> std::future::Ready<Response> + Clone {
    move || std::future::ready(([(CONTENT_TYPE, kind)], text).into_response())
}

async fn state(State(room): State<Arc<Room>>) -> Response {
    Json(room.state()).into_response()
}

/// The greatest magnitude of each 1024 frames as little-endian `f32`.
async fn overview(State(room): State<Arc<Room>>) -> Response {
    let Some(Ok(piece)) = room.piece() else {
        return (StatusCode::CONFLICT, "the mix has not been read yet").into_response();
    };
    let bytes: Vec<u8> = piece.overview.iter().flat_map(|x| x.to_le_bytes()).collect();
    Body::from(bytes).into_response()
}
