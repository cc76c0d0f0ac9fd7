//! A part of a file as a response body. A short part is one frame; longer parts have several
//! frames.
//!
//! The buffers of frames are reused. A new buffer is expensive, because its memory must be cleared
//! and the system must map it page by page.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// The length of the first frames, which a stalled download keeps in memory.
const FRAME: u64 = 64 << 10;

/// The length of further frames, after a client has read this many bytes. Longer frames take less
/// time per byte.
const LONG_FRAME: u64 = 256 << 10;
const TAKEN: u64 = 1 << 20;

/// The length up to which a part is one frame.
const SHORT: u64 = 128 << 10;

/// The number of buffers that are kept for further frames.
const KEPT: usize = 16;

/// Buffers that were sent.
static FREE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// The bytes of a frame, whose memory is reused.
#[derive(Debug)]
struct Buffer {
    memory: Vec<u8>,
    length: usize,
}

impl Buffer {
    /// Takes a buffer for `length` bytes. Its content is arbitrary.
    fn take(length: u64) -> io::Result<Self> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut memory = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        if memory.len() < length {
            memory.resize(length, 0);
        }
        Ok(Self { memory, length })
    }

    fn bytes(&mut self) -> &mut [u8] {
        self.memory.get_mut(..self.length).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT {
            free.push(std::mem::take(&mut self.memory));
        }
    }
}

/// Reads exactly `length` bytes. Blocks.
pub(crate) fn read_at(file: &File, first: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, first)?;
    Ok(bytes)
}

/// Reads exactly `length` bytes if they are in memory. Returns `None` if they are on the disk, or
/// if the system does not report it (<https://man7.org/linux/man-pages/man2/preadv2.2.html>).
#[cfg(target_os = "linux")]
fn read_cached(file: &File, first: u64, length: u64) -> Option<Buffer> {
    use rustix::io::{ReadWriteFlags, preadv2};

    let mut buffer = Buffer::take(length).ok()?;
    let mut buffers = [io::IoSliceMut::new(buffer.bytes())];
    let read = preadv2(file, &mut buffers, first, ReadWriteFlags::NOWAIT).ok()?;
    (read == buffer.length).then_some(buffer)
}

#[cfg(not(target_os = "linux"))]
fn read_cached(_: &File, _: u64, _: u64) -> Option<Buffer> {
    None
}

/// The next `left` bytes of an open file.
#[derive(Debug)]
pub(crate) struct FileBody {
    /// `None` while a frame is being read from the disk.
    file: Option<File>,
    next: u64,
    left: u64,
    sent: u64,
    reading: Option<Reading>,
}

type Reading = JoinHandle<(File, io::Result<Buffer>)>;

impl FileBody {
    /// Creates a body with `length` bytes of a file, starting at an offset.
    pub(crate) fn new(file: File, first: u64, length: u64) -> Self {
        Self { file: Some(file), next: first, left: length, sent: 0, reading: None }
    }

    /// Reads bytes from memory, or else from the disk on a blocking thread.
    ///
    /// The response head already announced the length. If the file is shorter, the read fails and
    /// the connection is closed, so the client notices.
    fn poll_bytes(&mut self, context: &mut Context<'_>, length: u64) -> Poll<io::Result<Buffer>> {
        if let Some(file) = &self.file
            && let Some(buffer) = read_cached(file, self.next, length)
        {
            return Poll::Ready(Ok(buffer));
        }
        let first = self.next;
        let file = self.file.take();
        let read = |file: File| {
            spawn_blocking(move || {
                let read = Buffer::take(length).and_then(|mut buffer| {
                    file.read_exact_at(buffer.bytes(), first)?;
                    Ok(buffer)
                });
                (file, read)
            })
        };
        let Some(mut reading) = self.reading.take().or_else(|| file.map(read)) else {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        };
        let Poll::Ready(done) = Pin::new(&mut reading).poll(context) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        let (file, read) = done?;
        self.file = Some(file);
        Poll::Ready(read)
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let longest = if this.sent < TAKEN { FRAME } else { LONG_FRAME };
        let length = if this.left <= SHORT { this.left } else { longest.min(this.left) };
        if length == 0 {
            return Poll::Ready(None);
        }
        let buffer = ready!(this.poll_bytes(context, length))?;
        this.next += length;
        this.left -= length;
        this.sent += length;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(buffer)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
