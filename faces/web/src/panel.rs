//! What the page can change: moves that are tried, and the headphones.

use crate::opener::{Opener, Wearing};
use crate::room::{Room, Tried};
use crate::routes::{Hall, SVG};
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Letters of a name that count.
const LONGEST_NAME: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moves {
    #[serde(default)]
    track: u64,
    /// Findings whose moves are tried together; none to leave them all.
    ids: Vec<String>,
}

/// Judges a track with moves, in the background.
pub(crate) async fn try_moves(State(hall): State<Hall>, Json(moves): Json<Moves>) -> Response {
    let Moves { track: number, ids } = moves;
    if ids.is_empty() {
        hall.room.set_tried(None);
        return StatusCode::NO_CONTENT.into_response();
    }
    let Some(track) = hall.room.track(number) else {
        return (StatusCode::CONFLICT, "this piece has not been read yet").into_response();
    };
    let findings = track.verdict.iter().flat_map(|verdict| &verdict.findings);
    let known = findings.filter(|finding| ids.contains(&finding.id) && finding.proposed.is_some()).count();
    if known != ids.len() {
        return (StatusCode::NOT_FOUND, "there is no move of that name to be tried").into_response();
    }
    if Room::moves(&track, &ids).len() != ids.len() {
        return (StatusCode::CONFLICT, "the stems are still being read; try again in a moment")
            .into_response();
    }
    hall.room.set_tried(Some(Tried { track: number, ids: ids.clone(), verdict: None, fault: None }));
    tokio::task::spawn_blocking(move || hall.opener.try_moves(number, ids));
    StatusCode::ACCEPTED.into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    #[serde(default)]
    name: String,
}

/// Headphones by a part of their name.
pub(crate) async fn headphones(State(hall): State<Hall>, Query(named): Query<Named>) -> Response {
    let name: String = named.name.chars().take(LONGEST_NAME).collect();
    asked(hall.opener, move |opener| Ok(opener.headphones(&name)), |found| Json(found).into_response()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pictured {
    /// None for what is worn.
    name: Option<String>,
    seal: String,
    /// For a narrow screen.
    #[serde(default)]
    narrow: bool,
}

/// What a headphone does, as a picture.
pub(crate) async fn picture(State(hall): State<Hall>, Query(of): Query<Pictured>) -> Response {
    let draw = move |opener: &dyn Opener| opener.picture(of.name.as_deref(), &of.seal, of.narrow);
    asked(hall.opener, draw, |svg| ([(CONTENT_TYPE, SVG)], svg).into_response()).await
}

/// Wears other headphones.
pub(crate) async fn wear(State(hall): State<Hall>, Json(wish): Json<Wearing>) -> Response {
    asked(hall.opener, move |opener| opener.wear(&wish), |()| StatusCode::NO_CONTENT.into_response()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dropped {
    /// The file's name; never used as a path.
    file: String,
    seal: Option<String>,
    level_db_a: Option<f64>,
}

/// Wears headphones whose profile was dropped; the body is the file.
pub(crate) async fn import(
    State(hall): State<Hall>,
    Query(dropped): Query<Dropped>,
    bytes: Bytes,
) -> Response {
    let Dropped { file, seal, level_db_a } = dropped;
    let wish = Wearing { name: None, seal, level_db_a };
    let read = move |opener: &dyn Opener| opener.import(&file, &bytes, &wish);
    asked(hall.opener, read, |()| StatusCode::NO_CONTENT.into_response()).await
}

/// The address for phones, to be looked at by one.
pub(crate) async fn code(State(hall): State<Hall>) -> Response {
    match hall.room.sharing() {
        Some(sharing) => ([(CONTENT_TYPE, SVG)], sharing.code_svg).into_response(),
        None => (StatusCode::NOT_FOUND, "start `farfield listen` with --share").into_response(),
    }
}

/// Asks the opener, which takes its time, and answers.
pub(crate) async fn asked<T: Send + 'static>(
    opener: Arc<dyn Opener>,
    ask: impl FnOnce(&dyn Opener) -> Result<T, String> + Send + 'static,
    answer: impl FnOnce(T) -> Response,
) -> Response {
    match tokio::task::spawn_blocking(move || ask(&*opener)).await {
        Ok(Ok(known)) => answer(known),
        Ok(Err(words)) => (StatusCode::UNPROCESSABLE_ENTITY, words).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "that went wrong").into_response(),
    }
}
