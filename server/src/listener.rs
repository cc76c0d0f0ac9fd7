//! Takes connections, serves them, and lets go of them when the process is asked to stop.
//!
//! Connections are taken as they come; how many requests are served at once is up to [`crate::turns`], and which connections give way when there
//! are too many to [`crate::connections`].

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

use crate::connections::{Connections, Peer};
use crate::error::Causes;
use crate::front::Front;
use crate::patience::Patience;
use crate::readiness::Stage;
use crate::settings::{Limits, Timeouts};
use crate::signals::{Signal, Stop};
use crate::turns::Source;

/// How many connections may wait in the kernel before they are taken (`net.core.somaxconn` may allow fewer).
const BACKLOG: u32 = 4096;

/// How long to wait after a failed accept; doubled while it keeps failing, and halved once it does not. Without it, a process out of files spins.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// From this pause on, the lack of files is no moment's: an idle connection gives way before each further try.
const LASTING: Duration = Duration::from_millis(40);

/// How much of an answer may wait in the kernel, unsent; it asks for more once about half of that is gone, which is what a client has to take
/// within the time for a write. Left to itself it holds megabytes and asks when a third is gone, so that who reads slowly seems not to read.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 << 10;

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Every request in flight was answered.
    Cleanly,
    /// Some were cut off at the deadline.
    Cut,
}

/// Listens on an address.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until asked to stop; then says so at `/readyz`, and where a supervisor asked goes on for a while, so that whoever sends requests
/// here hears of it; then takes no more, and ends when the requests in flight are answered or the deadline is there.
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

/// The connections that are served, and what each of them is given.
struct Intake {
    front: Arc<Front>,
    timeouts: Timeouts,
    graceful: GracefulShutdown,
    connections: Connections,
}

impl Intake {
    /// Takes connections until something has happened.
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
        let served = connection(stream, peer.clone(), front, self.timeouts, watcher);
        self.connections.serve(peer, served);
    }
}

/// Serves one connection. Failures here are the client's or the network's.
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
        .serve_connection(TokioIo::new(Patience::new(stream, timeouts.write)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(cause = %Causes(&error), "a connection failed");
    }
}

#[cfg(target_os = "linux")]
fn keep_little_unsent(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT)
}

/// Elsewhere the kernel's own buffers decide.
#[cfg(not(target_os = "linux"))]
fn keep_little_unsent(_: &TcpStream) -> io::Result<()> {
    Ok(())
}

/// A connection that was gone before it was taken says nothing about the next one.
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
    tracing::warn!(connections = cut, ?deadline, "cut off");
    Drained::Cut
}
