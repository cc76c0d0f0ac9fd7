//! A part of a file as a response body. A short part is sent as one frame, a longer one in frames
//! of 64 KiB. The memory of frames of exactly 64 KiB is used again when they have been sent.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// The length of a frame. A stalled download keeps one frame in memory.
const FRAME: usize = 64 << 10;

/// The maximum length of a part that is sent as one frame.
const SHORT: u64 = 128 << 10;

/// The maximum number of unused frames to keep.
const UNUSED: usize = 32;

/// Frames that have been sent.
static FREE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// The memory of a part that is being sent.
#[derive(Debug)]
struct Memory(Vec<u8>);

impl Memory {
    /// Returns memory of this length. It may contain bytes of an earlier part.
    fn new(length: usize) -> Self {
        let free = || FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reused = (length == FRAME).then(free).flatten();
        Self(reused.unwrap_or_else(|| vec![0; length]))
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.0.len() == FRAME {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            if free.len() < UNUSED {
                free.push(std::mem::take(&mut self.0));
            }
        }
    }
}

/// Reads exactly `length` bytes. Blocks.
pub(crate) fn read_at(file: &File, first: u64, length: usize) -> io::Result<Bytes> {
    let mut memory = Memory::new(length);
    file.read_exact_at(&mut memory.0, first)?;
    Ok(Bytes::from_owner(memory))
}

/// Reads exactly `length` bytes if they are in memory. Returns `None` if they are on disk, or if
/// the system does not report it (<https://man7.org/linux/man-pages/man2/preadv2.2.html>).
#[cfg(target_os = "linux")]
pub(crate) fn read_cached(file: &File, first: u64, length: usize) -> Option<Bytes> {
    use rustix::io::{ReadWriteFlags, preadv2};

    let mut memory = Memory::new(length);
    let mut buffers = [io::IoSliceMut::new(&mut memory.0)];
    let read = preadv2(file, &mut buffers, first, ReadWriteFlags::NOWAIT).ok()?;
    (read == length).then(|| Bytes::from_owner(memory))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn read_cached(_: &File, _: u64, _: usize) -> Option<Bytes> {
    None
}

/// The next `left` bytes of an open file.
#[derive(Debug)]
pub(crate) struct FileBody {
    /// `None` while a frame is being read from disk.
    file: Option<Arc<File>>,
    next: u64,
    left: u64,
    reading: Option<Reading>,
}

type Reading = JoinHandle<(Arc<File>, io::Result<Bytes>)>;

impl FileBody {
    /// Creates a body with `length` bytes of a file, starting at an offset.
    pub(crate) fn new(file: Arc<File>, first: u64, length: u64) -> Self {
        Self { file: Some(file), next: first, left: length, reading: None }
    }

    /// Reads bytes from memory if possible, or otherwise from disk on a blocking thread.
    ///
    /// The response head already announced the length. If the file is shorter, the read fails and
    /// the connection is closed, so the client notices.
    fn poll_bytes(&mut self, context: &mut Context<'_>, length: usize) -> Poll<io::Result<Bytes>> {
        if let Some(file) = &self.file
            && let Some(bytes) = read_cached(file, self.next, length)
        {
            return Poll::Ready(Ok(bytes));
        }
        let first = self.next;
        let file = self.file.take();
        let read = |file: Arc<File>| {
            spawn_blocking(move || {
                let bytes = read_at(&file, first, length);
                (file, bytes)
            })
        };
        let Some(mut reading) = self.reading.take().or_else(|| file.map(read)) else {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        };
        let Poll::Ready(done) = Pin::new(&mut reading).poll(context) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        let (file, bytes) = done?;
        self.file = Some(file);
        Poll::Ready(bytes)
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let length = usize::try_from(this.left).ok().filter(|_| this.left <= SHORT).unwrap_or(FRAME);
        let bytes = ready!(this.poll_bytes(context, length))?;
        this.next += bytes.len() as u64;
        this.left -= bytes.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
