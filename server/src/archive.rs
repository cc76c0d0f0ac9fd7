//! Sends a ZIP archive of originals while writing it.
//!
//! Photos are already compressed, so the archive stores them without compression. The checksum of a
//! file follows its content, so no file is read twice.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::{Body, Bytes, Frame};
use hyper::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::spawn_blocking;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::photos::name::attachment;

/// The size of a frame, and the number of frames that can wait for a slow client.
const FRAME: usize = 64 << 10;
const WAITING: usize = 4;

/// A file in an archive. It is opened when the archive reaches it.
pub(crate) struct Entry {
    /// The name, which need not be unique.
    pub(crate) name: String,
    /// Opens the file. A missing file is omitted.
    pub(crate) open: Box<dyn FnOnce() -> Result<Option<File>, Error> + Send>,
}

/// Creates a response that sends an archive with this name.
pub(crate) fn answer(name: &str, entries: Vec<Entry>) -> Answer {
    let (sender, receiver) = channel(WAITING);
    spawn_blocking(move || {
        let failed = sender.clone();
        if let Err(error) = write(entries, Frames(sender)) {
            // Shows the client that the archive is incomplete, if it is still connected.
            let _ = failed.blocking_send(Err(error));
        }
    });
    let mut answer = Response::new(Frames::body(receiver));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    answer::set(&mut answer, CONTENT_DISPOSITION, attachment(&format!("{name}.zip")));
    answer
}

fn write(entries: Vec<Entry>, frames: Frames) -> io::Result<()> {
    let mut archive = ZipWriter::new_stream(BufWriter::with_capacity(FRAME, frames));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut taken = BTreeSet::new();
    for Entry { name, open } in entries {
        let Some(mut file) = open().map_err(io::Error::other)? else { continue };
        archive.start_file(unique(&name, &mut taken), options)?;
        io::copy(&mut file, &mut archive)?;
    }
    archive.finish()?.into_inner().flush()
}

/// Adds a number to a name that is already in use: `a.jpg`, `a (2).jpg`. Names that differ only in
/// case count as equal, because some file systems ignore case.
fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let (stem, extension) = name
        .rsplit_once('.')
        .map_or((name, String::new()), |(stem, extension)| (stem, format!(".{extension}")));
    let mut candidate = name.to_owned();
    let mut number = 1_u32;
    while !taken.insert(candidate.to_lowercase()) {
        number += 1;
        candidate = format!("{stem} ({number}){extension}");
    }
    candidate
}

/// The sending end of a response body.
struct Frames(Sender<io::Result<Bytes>>);

impl Frames {
    fn body(receiver: Receiver<io::Result<Bytes>>) -> answer::AnswerBody {
        Received(receiver).boxed_unsync()
    }
}

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A body whose frames come from a channel.
struct Received(Receiver<io::Result<Bytes>>);

impl Body for Received {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = self.get_mut().0.poll_recv(context);
        frame.map(|frame| frame.map(|bytes| bytes.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_an_archive_are_unique() {
        let mut taken = BTreeSet::new();
        let names = ["a.jpg", "A.jpg", "a.jpg", "b", "b"].map(|name| unique(name, &mut taken));
        assert_eq!(names, ["a.jpg", "A (2).jpg", "a (3).jpg", "b", "b (2)"]);
    }
}
