//! Who may ask, and what every answer says of itself.

use crate::routes::SVG;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;

const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// A request has this long to be answered; what is then still to be sent has longer.
const ANSWER: Duration = Duration::from_secs(60);

/// The names under which this server may be asked.
#[derive(Clone, Debug)]
pub(crate) struct Names(Arc<[String]>);

impl Names {
    /// This machine alone.
    pub(crate) fn at(port: u16) -> Self {
        Names(["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}")).into())
    }

    /// This machine, and one name that others know it by.
    pub(crate) fn also(port: u16, host: &str) -> Self {
        Names(["127.0.0.1", "localhost", host].map(|name| format!("{name}:{port}")).into())
    }

    fn is_this_machine(&self) -> bool {
        self.0.iter().any(|name| name.starts_with("[::1]"))
    }

    /// Why a request is refused: it was meant for another host (DNS rebinding) or comes from another page.
    fn refusal(&self, method: &Method, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let known = |host: &str| self.0.iter().any(|name| name == host);
        if !text(HOST).is_some_and(known) {
            return Some((StatusCode::MISDIRECTED_REQUEST, "ask for 127.0.0.1 or localhost"));
        }
        if text(ORIGIN).is_some_and(|origin| !origin.strip_prefix("http://").is_some_and(known)) {
            return Some((StatusCode::FORBIDDEN, "another page may not ask"));
        }
        let site = text(HeaderName::from_static("sec-fetch-site"));
        let navigates = text(HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
        if site.is_some_and(|site| site == "cross-site" || site == "same-site") && !navigates {
            return Some((StatusCode::FORBIDDEN, "another page may not ask"));
        }
        match *method {
            Method::GET | Method::HEAD => None,
            // A page of ours says where it comes from; programs that do not are not meant.
            Method::POST if headers.contains_key(ORIGIN) => None,
            Method::POST => Some((StatusCode::FORBIDDEN, "only the room's own page may change anything")),
            _ => Some((StatusCode::METHOD_NOT_ALLOWED, "there is only GET and POST")),
        }
    }
}

/// Refuses strangers and signs the answers.
pub(crate) async fn check(State(names): State<Names>, request: Request, next: Next) -> Response {
    let mut response = match names.refusal(request.method(), request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => tokio::time::timeout(ANSWER, next.run(request))
            .await
            .unwrap_or_else(|_| (StatusCode::REQUEST_TIMEOUT, "that took too long").into_response()),
    };
    let headers = response.headers_mut();
    // A picture brings its own style, and is no page.
    let is_picture = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == SVG);
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, if is_picture { PICTURE_POLICY } else { POLICY }),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Browsers heed it only where nobody can listen in between, and complain elsewhere.
    if names.is_this_machine() {
        let name = HeaderName::from_static("cross-origin-opener-policy");
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &Method, headers: &[(&'static str, &'static str)]) -> Option<u16> {
        let headers = headers
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Names::at(7000).refusal(method, &headers).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn only_its_own_page_may_ask() {
        let host = ("host", "127.0.0.1:7000");
        assert_eq!(refused(&Method::GET, &[host]), None);
        assert_eq!(
            refused(&Method::GET, &[("host", "localhost:7000"), ("origin", "http://localhost:7000")]),
            None
        );
        assert_eq!(refused(&Method::GET, &[]), Some(421));
        assert_eq!(refused(&Method::GET, &[("host", "evil.example:7000")]), Some(421));
        assert_eq!(refused(&Method::GET, &[("host", "127.0.0.1:7001")]), Some(421));
        assert_eq!(refused(&Method::GET, &[host, ("origin", "http://evil.example")]), Some(403));
        assert_eq!(refused(&Method::GET, &[host, ("origin", "null")]), Some(403));
        assert_eq!(refused(&Method::GET, &[host, ("sec-fetch-site", "cross-site")]), Some(403));
        // A link from elsewhere may open the page.
        let link = [host, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(refused(&Method::GET, &link), None);
        // Changes come from the page itself.
        assert_eq!(refused(&Method::POST, &[host]), Some(403));
        assert_eq!(refused(&Method::POST, &[host, ("origin", "http://evil.example")]), Some(403));
        assert_eq!(refused(&Method::POST, &[host, ("origin", "http://127.0.0.1:7000")]), None);
        assert_eq!(refused(&Method::PUT, &[host, ("origin", "http://127.0.0.1:7000")]), Some(405));
    }
}
