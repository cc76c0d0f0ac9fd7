//! A file as a response body, in frames of 64 KiB.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

const FRAME: usize = 64 << 10;

/// The next `left` bytes of an open file.
#[derive(Debug)]
pub(crate) struct FileBody {
    file: File,
    left: u64,
    buffer: Vec<u8>,
}

impl FileBody {
    /// Creates a body with the next `length` bytes of a file.
    pub(crate) fn new(file: std::fs::File, length: u64) -> Self {
        let mut file = File::from_std(file);
        file.set_max_buf_size(FRAME);
        Self { file, left: length, buffer: Vec::new() }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let wanted = usize::try_from(this.left).map_or(FRAME, |left| left.min(FRAME));
        if wanted == 0 {
            return Poll::Ready(None);
        }
        this.buffer.resize(wanted, 0);
        let mut target = ReadBuf::new(&mut this.buffer);
        ready!(Pin::new(&mut this.file).poll_read(context, &mut target))?;
        let length = target.filled().len();
        if length == 0 {
            // The response head promised this length. Failing here closes the connection, so the
            // client notices that the body is short.
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        this.buffer.truncate(length);
        this.left -= length as u64;
        let data = Bytes::from(std::mem::take(&mut this.buffer));
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
