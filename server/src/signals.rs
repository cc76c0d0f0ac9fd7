//! SIGINT and SIGTERM: the first signal requests a stop, and the second ends the process
//! immediately.

use std::io;

use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::sync::watch;

/// A signal that requests a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGINT, from a terminal.
    Interrupt,
    /// SIGTERM, from a supervisor.
    Terminate,
}

impl Signal {
    /// Returns the exit code of a process that the signal ended: 128 plus the signal number.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Waits for signals that ask the process to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    asked: watch::Receiver<Option<Signal>>,
}

impl Stop {
    /// Starts listening for signals. Must be called on a Tokio runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (ask, asked) = watch::channel(None);
        tokio::spawn(async move {
            let first = next(&mut interrupt, &mut terminate).await;
            tracing::info!(signal = ?first, "stopping; a second signal exits immediately");
            ask.send_replace(Some(first));
            let second = next(&mut interrupt, &mut terminate).await;
            tracing::warn!(signal = ?second, "exiting immediately");
            std::process::exit(second.exit_code().into());
        });
        Ok(Self { asked })
    }

    /// Waits until the process is asked to stop.
    pub(crate) async fn asked(&mut self) -> Signal {
        let asked = self.asked.wait_for(Option::is_some).await;
        let signal = asked.ok().and_then(|signal| *signal);
        match signal {
            Some(signal) => signal,
            // The sender is dropped only with the runtime.
            None => std::future::pending().await,
        }
    }
}

async fn next(interrupt: &mut Stream, terminate: &mut Stream) -> Signal {
    tokio::select! {
        _ = interrupt.recv() => Signal::Interrupt,
        _ = terminate.recv() => Signal::Terminate,
    }
}
