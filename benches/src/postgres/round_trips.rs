//! Counts round trips: a proxy in front of the socket of a server.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::Result;

/// The name of the socket of a server, with the usual port.
const SOCKET: &str = ".s.PGSQL.5432";

/// A socket that forwards to a server. Each time the client sends after the server did, one more
/// round trip begins. The first one opens the connection.
#[derive(Debug)]
pub struct Proxy {
    folder: TempDir,
    count: Arc<AtomicUsize>,
}

impl Proxy {
    /// Listens in front of the server whose socket is in this folder. Its threads run until the
    /// process ends.
    ///
    /// # Errors
    ///
    /// Returns an error if the socket cannot be created.
    pub fn new(server: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = UnixListener::bind(folder.path().join(SOCKET))?;
        let (count, server) = (Arc::new(AtomicUsize::new(0)), server.join(SOCKET));
        let counter = Arc::clone(&count);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // The client notices a lost connection.
                drop(forward(client, &server, &counter));
            }
        });
        Ok(Self { folder, count })
    }

    /// Returns the folder of the socket.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Returns the number of round trips so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

fn forward(client: UnixStream, server: &Path, count: &Arc<AtomicUsize>) -> Result<()> {
    let server = UnixStream::connect(server)?;
    let has_answered = Arc::new(AtomicBool::new(true));
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let (count, answered) = (Arc::clone(count), Arc::clone(&has_answered));
    thread::spawn(move || {
        copy(from_client, to_server, || {
            if answered.swap(false, Ordering::SeqCst) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    thread::spawn(move || copy(server, client, || has_answered.store(true, Ordering::SeqCst)));
    Ok(())
}

/// Copies until one side is closed. Calls a function before each part is passed on.
fn copy(mut from: UnixStream, mut to: UnixStream, mut pass: impl FnMut()) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        pass();
        if to.write_all(buffer.get(..length).unwrap_or_default()).is_err() {
            break;
        }
    }
    // It may be closed already.
    let _ = to.shutdown(Shutdown::Both);
}
