//! A plain piece over HTTP, whole or in part: players on phones ask for ranges (RFC 9110, section 14).

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use farfield::chain::stream::Plain;
use futures_core::Stream;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The part that is asked for; all of it if the wish is none that we know. An error if there is no such part.
fn part(wish: Option<&str>, bytes: u64) -> Result<Option<Range<u64>>, ()> {
    let Some(wish) = wish.and_then(|wish| wish.strip_prefix("bytes=")) else { return Ok(None) };
    let Some((from, to)) = wish.split_once('-') else { return Ok(None) };
    let range = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => from..to.saturating_add(1).min(bytes),
        (Ok(from), Err(_)) if to.is_empty() => from..bytes,
        (Err(_), Ok(last)) if from.is_empty() => bytes.saturating_sub(last)..bytes,
        // Several parts, or none that makes sense.
        _ => return Ok(None),
    };
    if range.start >= range.end { Err(()) } else { Ok(Some(range)) }
}

pub(crate) fn serve(plain: Plain, headers: &HeaderMap) -> Response {
    let all = plain.bytes();
    let wish = headers.get(RANGE).and_then(|wish| wish.to_str().ok());
    let kind = (CONTENT_TYPE, "audio/wav".to_owned());
    let ranges = (ACCEPT_RANGES, "bytes".to_owned());
    match part(wish, all) {
        Ok(None) => {
            let length = (CONTENT_LENGTH, all.to_string());
            ([kind, ranges, length], Body::from_stream(Reading { plain, left: 0..all })).into_response()
        }
        Ok(Some(range)) => {
            let length = (CONTENT_LENGTH, (range.end - range.start).to_string());
            let which = (CONTENT_RANGE, format!("bytes {}-{}/{all}", range.start, range.end - 1));
            let body = Body::from_stream(Reading { plain, left: range });
            (StatusCode::PARTIAL_CONTENT, [kind, ranges, length, which], body).into_response()
        }
        Err(()) => {
            let which = [(CONTENT_RANGE, format!("bytes */{all}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, which, "there is no such part").into_response()
        }
    }
}

/// What is still to be sent; it is read as the network takes it.
struct Reading {
    plain: Plain,
    left: Range<u64>,
}

impl Stream for Reading {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.plain.read(self.left.clone()).map(|bytes| {
            self.left.start += bytes.len() as u64;
            bytes.into()
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn parts_are_those_of_the_standard() {
        let of = |wish| part(Some(wish), 1_000);
        assert_eq!(of("bytes=0-99"), Ok(Some(0..100)));
        assert_eq!(of("bytes=900-"), Ok(Some(900..1_000)));
        assert_eq!(of("bytes=-100"), Ok(Some(900..1_000)));
        assert_eq!(of("bytes=0-99999999999999999999"), Ok(None));
        assert_eq!(of("bytes=990-2000"), Ok(Some(990..1_000)));
        assert_eq!(of("bytes=1000-"), Err(()));
        assert_eq!(of("bytes=-0"), Err(()));
        for strange in ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b"] {
            assert_eq!(of(strange), Ok(None), "{strange}");
        }
        assert_eq!(part(None, 10), Ok(None));
    }
}
