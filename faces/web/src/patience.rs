//! How long clients may take, and a connection that holds them to it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long the server waits for slow and silent clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A request's head must have come by then. Connections that say nothing end by this too.
    pub head: Duration,
    /// A client may take no sound for so long; a player that has been stopped asks again when it goes on.
    pub stalled: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { head: Duration::from_secs(10), stalled: Duration::from_secs(120) }
    }
}

/// Bytes a second that are taken as progress: a twentieth of what the plain sound needs.
const SLOWEST_BYTES_PER_S: u32 = 8 << 10;

/// A connection that ends when its client takes nothing, or next to nothing, of what is sent.
///
/// The time that it has kept the server waiting is paid back by what it takes.
pub(crate) struct Held<T> {
    inner: T,
    patience: Duration,
    /// For how long it has kept the server waiting.
    owed: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<T> Held<T> {
    pub(crate) fn new(inner: T, patience: Duration) -> Self {
        Held { inner, patience, owed: Duration::ZERO, waiting: None }
    }

    /// Whether the client may still be waited for.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let left = self.patience.saturating_sub(self.owed);
        let (_, end) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        match end.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }

    fn took(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waiting.take() {
            self.owed += since.elapsed();
        }
        let paid = Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / SLOWEST_BYTES_PER_S;
        self.owed = self.owed.saturating_sub(paid);
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Held<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Held<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(context, bytes) {
            Poll::Ready(Ok(taken)) => {
                self.took(taken);
                Poll::Ready(Ok(taken))
            }
            Poll::Ready(error) => Poll::Ready(error),
            Poll::Pending => self.wait(context),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    /// What becomes of half a megabyte for a client who takes `bytes` at a time with pauses. The clock runs on whenever
    /// nothing else does.
    async fn sent(bytes: usize, pause: Duration) -> io::Result<()> {
        let (client, server) = duplex(1 << 10);
        let reader = tokio::spawn(async move {
            let (mut client, mut taken) = (client, vec![0; bytes]);
            while client.read_exact(&mut taken).await.is_ok() {
                sleep(pause).await;
            }
        });
        let mut held = Held::new(server, Duration::from_secs(120));
        let sent = held.write_all(&vec![0; 1 << 19]).await;
        reader.abort();
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_or_next_to_nothing_is_left() {
        let nothing = sent(1, Duration::from_secs(3_600)).await;
        assert_eq!(nothing.expect_err("nothing").kind(), io::ErrorKind::TimedOut);
        let drip = sent(1 << 10, Duration::from_secs(5)).await;
        assert_eq!(drip.expect_err("205 bytes a second").kind(), io::ErrorKind::TimedOut);
        sent(1 << 10, Duration::from_millis(50)).await.expect("who listens is served");
    }
}
