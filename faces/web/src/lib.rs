//! The listening room: a local server and its page.
//!
//! The page plays what the chain renders. It asks for the sound of a system from a position on and gets interleaved
//! `f32` at the piece's rate for as long as it reads; a switch of systems is a new stream at the same musical
//! position, crossfaded by the page. Nothing here reads a file: a [`Room`] is filled by its [`Opener`]. What phones in
//! the same network may have is a second server, on a socket of its own.

mod door;
mod level;
mod manners;
mod opener;
mod panel;
mod patience;
mod phone;
mod ranges;
mod room;
mod routes;
mod sound;
mod verdict;

pub use opener::{Headphone, Opener, Wearing};
pub use patience::Patience;
pub use room::{Changes, Note, Room, Sharing, Track, TrackKind, Tried, Worn};
pub use verdict::{Finding, Proposed, Score, Verdict};

use routes::Hall;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How the pages of Farfield look, light and dark: the rules that the room shares with other pages.
pub const LOOK: &str = include_str!("page/look.css");
/// How often it is asked whether to stop.
const ASK: Duration = Duration::from_millis(50);
/// What is still being sent when the server stops has this long.
const LINGER: Duration = Duration::from_millis(200);

/// Where phones come in.
pub struct Share {
    /// Bound to the network.
    pub socket: TcpListener,
    /// The name or number by which phones know this machine.
    pub host: String,
    /// The secret in the address.
    pub token: String,
}

/// Serves a room until `stop` says so.
///
/// # Errors
/// If a socket cannot be used.
pub fn serve(
    socket: TcpListener,
    share: Option<Share>,
    room: Arc<Room>,
    opener: Arc<dyn Opener>,
    patience: Patience,
    stop: impl Fn() -> bool,
) -> std::io::Result<()> {
    let port = socket.local_addr()?.port();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        let app = routes::router(Hall { room: Arc::clone(&room), opener: Arc::clone(&opener) }, port);
        tokio::spawn(door::open(ours(socket)?, app, patience));
        if let Some(Share { socket, host, token }) = share {
            let port = socket.local_addr()?.port();
            let app = phone::router(phone::Shared { room, opener, token: token.into() }, port, &host);
            tokio::spawn(door::open(ours(socket)?, app, patience));
        }
        while !stop() {
            tokio::time::sleep(ASK).await;
        }
        Ok(())
    });
    runtime.shutdown_timeout(LINGER);
    served
}

/// What a client gets who says these bytes to the room at port 7000 and hears no more than 64 KiB: for trying what no
/// browser says, without a socket.
pub fn answer(room: &Arc<Room>, opener: &Arc<dyn Opener>, said: &[u8]) -> Vec<u8> {
    const PORT: u16 = 7000;
    const PATIENCE: u64 = 64 << 10;
    let hall = Hall { room: Arc::clone(room), opener: Arc::clone(opener) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return Vec::new() };
    runtime.block_on(async {
        let (client, server) = tokio::io::duplex(PATIENCE as usize);
        let (hears, mut says) = tokio::io::split(client);
        let mut heard = Vec::new();
        let talk = async {
            // A server that has heard enough hangs up.
            let _ = says.write_all(said).await;
            let _ = says.shutdown().await;
            let _ = hears.take(PATIENCE).read_to_end(&mut heard).await;
        };
        tokio::select! {
            () = talk => (),
            () = async {
                door::converse(server, routes::router(hall, PORT), Patience::default()).await;
                std::future::pending::<()>().await;
            } => (),
        }
        heard
    })
}

fn ours(socket: TcpListener) -> std::io::Result<tokio::net::TcpListener> {
    socket.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(socket)
}
