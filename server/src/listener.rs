//! Takes connections, serves them, and lets go of them when the process is asked to stop.
//!
//! A turn is taken before a connection is, so that beyond the cap clients wait in the kernel's queue and cost nothing here.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::Causes;
use crate::front::Front;
use crate::patience::Patience;
use crate::readiness::Stage;
use crate::settings::{Limits, Timeouts};
use crate::signals::{Signal, Stop};

/// How long to wait after a failed accept; doubled while it keeps failing. Without it, a process out of files spins.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

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
        turns: Arc::new(Semaphore::new(limits.connections as usize)),
        connections: JoinSet::new(),
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
    turns: Arc<Semaphore>,
    connections: JoinSet<()>,
}

impl Intake {
    /// Takes connections until something has happened.
    async fn take_until<E: Future>(&mut self, listener: &TcpListener, end: E) -> E::Output {
        let mut end = pin!(end);
        let mut pause = SHORTEST_PAUSE;
        loop {
            let accepted = tokio::select! {
                ended = &mut end => return ended,
                accepted = accept(listener, &self.turns) => accepted,
                Some(_) = self.connections.join_next() => continue,
            };
            match accepted {
                Ok((stream, turn)) => {
                    pause = SHORTEST_PAUSE;
                    self.serve(stream, turn);
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, ?pause, "cannot accept a connection");
                    tokio::select! {
                        ended = &mut end => return ended,
                        () = sleep(pause) => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn serve(&mut self, stream: TcpStream, turn: OwnedSemaphorePermit) {
        let served = connection(stream, Arc::clone(&self.front), self.timeouts, self.graceful.watcher());
        self.connections.spawn(async move {
            served.await;
            drop(turn);
        });
    }
}

async fn accept(
    listener: &TcpListener,
    turns: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, turn))
}

/// Serves one connection. Failures here are the client's or the network's.
async fn connection(stream: TcpStream, front: Arc<Front>, timeouts: Timeouts, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true).and_then(|()| keep_little_unsent(&stream)) {
        tracing::debug!(%error, "cannot set an option of a connection");
    }
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { front.answer(request).await }
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

async fn drain(graceful: GracefulShutdown, mut connections: JoinSet<()>, deadline: Duration) -> Drained {
    let all = async {
        graceful.shutdown().await;
        while connections.join_next().await.is_some() {}
    };
    if timeout(deadline, all).await.is_ok() {
        return Drained::Cleanly;
    }
    tracing::warn!(connections = connections.len(), ?deadline, "cutting off");
    connections.shutdown().await;
    Drained::Cut
}
