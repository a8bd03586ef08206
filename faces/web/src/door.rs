//! Who comes in: so many at once, and nobody who does not say what he wants.

use crate::patience::{Held, Patience};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at once; whoever comes then waits.
const CONNECTIONS: usize = 64;
/// Bytes on their way to one client: two thirds of a second of sound, and enough for a phone's Wi-Fi.
const SEND_BYTES: usize = 256 << 10;
/// Bytes of a head.
const HEAD_BYTES: usize = 32 << 10;
/// After an error of the socket (too many open files), before it is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// Lets people in for ever.
pub(crate) async fn open(socket: TcpListener, app: Router, patience: Patience) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = socket.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        // Sound that waits in a socket has been made for nothing when somebody switches.
        let _ = SockRef::from(&stream).set_send_buffer_size(SEND_BYTES);
        let app = app.clone();
        tokio::spawn(async move {
            let _place = place;
            converse(stream, app, patience).await;
        });
    }
}

/// Answers one client until he leaves. What he breaks is his own loss.
pub(crate) async fn converse(
    client: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    app: Router,
    patience: Patience,
) {
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Held::new(client, patience.stalled)), TowerToHyperService::new(app))
        .await;
}
