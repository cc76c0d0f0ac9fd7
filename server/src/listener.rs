//! Accepts and serves connections, and closes them when the process stops.
//!
//! Connections are accepted as they arrive. [`crate::concurrency`] limits the number of requests
//! that are served at once, and [`crate::connections`] closes connections if there are too many.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::concurrency::Source;
use crate::connections::{Connections, Peer};
use crate::error::Causes;
use crate::front::Front;
use crate::readiness::Stage;
use crate::settings::{Limits, Timeouts};
use crate::signals::{Signal, Stop};
use crate::write_timeout::WriteTimeout;

/// The number of connections that may wait in the kernel before they are accepted.
/// `net.core.somaxconn` may allow fewer.
const BACKLOG: u32 = 4096;

/// The bounds of the pause after a failed accept. The pause doubles after each failure and halves
/// after each success. Without a pause, a process that is out of file descriptors would spin.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The length of the pause at which the lack of file descriptors counts as lasting. From then on,
/// an idle connection is closed before each attempt.
const LASTING: Duration = Duration::from_millis(40);

/// The number of unsent bytes of a response that may wait in the kernel.
///
/// The kernel asks for more data when about half of these bytes are sent, so a client must read
/// that half within the write timeout. By default, the kernel buffers megabytes and asks for more
/// when a third of them are sent, so a slow reader would seem not to read at all.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 << 10;

/// The number of bytes that a connection buffers in memory: a request head, or parts of a response
/// that the kernel does not accept yet.
const BUFFER: usize = 64 << 10;

/// The result of a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Every request in flight was answered.
    Cleanly,
    /// Some requests were aborted at the deadline.
    Cut,
}

/// Listens on an address.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the process is asked to stop, and then drains.
///
/// First, `/readyz` reports the stop. If a supervisor requested it, serving continues for the
/// shutdown delay, so that load balancers notice. Then the server stops accepting connections. The
/// function returns when all requests in flight are answered, or at the deadline.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    limits: Limits,
    timeouts: Timeouts,
    mut stop: Stop,
) -> Drained {
    let mut intake = Intake {
        front,
        timeouts,
        graceful: GracefulShutdown::new(),
        connections: Connections::new(limits.connections as usize),
    };
    let signal = intake.take_until(&listener, stop.asked()).await;
    intake.front.readiness().reach(Stage::Stopping);
    if signal == Signal::Terminate {
        intake.take_until(&listener, sleep(timeouts.shutdown_delay)).await;
    }
    drop(listener);
    drain(intake.graceful, intake.connections, timeouts.drain).await
}

/// The connections that are served, and the shared state that each of them needs.
struct Intake {
    front: Arc<Front>,
    timeouts: Timeouts,
    graceful: GracefulShutdown,
    connections: Connections,
}

impl Intake {
    /// Accepts connections until the future completes.
    async fn take_until<E: Future>(&mut self, listener: &TcpListener, end: E) -> E::Output {
        let mut end = pin!(end);
        let mut pause = SHORTEST_PAUSE;
        loop {
            let accepted = tokio::select! {
                ended = &mut end => return ended,
                accepted = listener.accept() => accepted,
                Some(()) = self.connections.ended() => continue,
            };
            match accepted {
                Ok((stream, address)) => {
                    pause = (pause / 2).max(SHORTEST_PAUSE);
                    self.serve(stream, address);
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, ?pause, "cannot accept a connection");
                    if pause >= LASTING {
                        self.connections.give_way();
                    }
                    tokio::select! {
                        ended = &mut end => return ended,
                        () = sleep(pause) => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn serve(&mut self, stream: TcpStream, address: SocketAddr) {
        let peer = Peer::new(Source::of(address.ip()));
        let (front, watcher) = (Arc::clone(&self.front), self.graceful.watcher());
        let open = front.metrics().open_connection();
        let served = connection(stream, peer.clone(), front, self.timeouts, watcher);
        let served = async move {
            served.await;
            drop(open);
        };
        self.connections.serve(peer, served);
    }
}

/// Serves one connection. Failures here are caused by the client or the network.
async fn connection(stream: TcpStream, peer: Peer, front: Arc<Front>, timeouts: Timeouts, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true).and_then(|()| keep_little_unsent(&stream)) {
        tracing::debug!(%error, "cannot set an option of a connection");
    }
    let service = service_fn(move |request| {
        let (front, peer) = (Arc::clone(&front), peer.clone());
        async move { front.answer(request, &peer).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.header)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(WriteTimeout::new(stream, timeouts.write)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(cause = %Causes(&error), "a connection failed");
    }
}

#[cfg(target_os = "linux")]
fn keep_little_unsent(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT)
}

/// Does nothing: on this platform, the kernel's default buffers apply.
#[cfg(not(target_os = "linux"))]
fn keep_little_unsent(_: &TcpStream) -> io::Result<()> {
    Ok(())
}

/// Returns `true` if the client closed the connection before it was accepted. This does not affect
/// the next connection.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

async fn drain(graceful: GracefulShutdown, mut connections: Connections, deadline: Duration) -> Drained {
    let all = async {
        graceful.shutdown().await;
        while connections.ended().await.is_some() {}
    };
    if timeout(deadline, all).await.is_ok() {
        return Drained::Cleanly;
    }
    let cut = connections.cut().await;
    tracing::warn!(connections = cut, ?deadline, "aborted connections at the deadline");
    Drained::Cut
}
