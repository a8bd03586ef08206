//! The listening room: a local server and its page.
//!
//! The page plays what the chain renders. It asks for the sound of a system from a position on and gets interleaved
//! `f32` at the piece's rate for as long as it reads; a switch of systems is a new stream at the same musical
//! position, crossfaded by the page. Nothing here reads a file: a [`Room`] is filled by whoever opens it.

mod manners;
mod room;
mod routes;
mod sound;

pub use room::{Finding, Room, Score, Verdict};

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// How the pages of Farfield look, light and dark: the rules that the room shares with other pages.
pub const LOOK: &str = include_str!("page/look.css");
/// How often it is asked whether to stop.
const ASK: Duration = Duration::from_millis(50);
/// What is still being sent when the server stops has this long.
const LINGER: Duration = Duration::from_millis(200);

/// Serves a room until `stop` says so.
///
/// # Errors
/// If the socket cannot be used.
pub fn serve(socket: TcpListener, room: Arc<Room>, stop: impl Fn() -> bool) -> std::io::Result<()> {
    socket.set_nonblocking(true)?;
    let port = socket.local_addr()?.port();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        let socket = tokio::net::TcpListener::from_std(socket)?;
        let stopped = async {
            while !stop() {
                tokio::time::sleep(ASK).await;
            }
        };
        tokio::select! {
            served = async { axum::serve(socket, routes::router(room, port)).await } => served,
            () = stopped => Ok(()),
        }
    });
    runtime.shutdown_timeout(LINGER);
    served
}
