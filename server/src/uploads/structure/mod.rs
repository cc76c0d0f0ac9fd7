//! Reads the structure of files in each format: the parts that describe the pixels, and the EXIF
//! data. Checks that a file is complete.
//!
//! Nothing is decoded, and only the necessary parts are read. The memory use is bounded, however
//! large a file is.

mod gif;
mod heif;
mod jpeg;
mod png;
mod webp;

use std::io::{self, BufRead, Read, Seek};

use exif::Exif;

use super::Kind;
use super::image::Dimensions;

/// The maximum size of a header without metadata. A photo's tables take a few kilobytes.
const LARGEST_HEADER: u64 = 1 << 20;

/// The maximum size of EXIF data. A JPEG segment has at most 64 KiB.
const LARGEST_EXIF: u64 = 128 << 10;

/// The prefix of EXIF data in JPEG files. Some programs write it to files of other formats, too.
const EXIF: &[u8] = b"Exif\0\0";

/// The structure of a file.
pub(super) struct Structure {
    /// The part that describes the pixels.
    pub(super) pixels: Pixels,
    /// The EXIF data.
    pub(super) exif: Option<Exif>,
}

/// The part of a file that describes its pixels.
#[derive(Debug)]
pub(super) enum Pixels {
    /// A header without metadata, for a decoder.
    Header(Vec<u8>),
    /// The dimensions.
    Dimensions(Dimensions),
}

/// Reads the structure of a file. Returns `None` if it is invalid, and the error
/// [`io::ErrorKind::UnexpectedEof`] if the file is truncated.
pub(super) fn read(file: &mut (impl BufRead + Seek), kind: Kind) -> io::Result<Option<Structure>> {
    match kind {
        Kind::Jpeg => jpeg::read(file),
        Kind::Png => png::read(file),
        Kind::Webp => webp::read(file),
        Kind::Gif => gif::read(file),
        Kind::Heic | Kind::Avif => heif::read(file),
    }
}

/// Copies the next bytes to a header. Returns `false` if the header would exceed
/// [`LARGEST_HEADER`].
fn copy(file: &mut impl Read, length: u64, header: &mut Vec<u8>) -> io::Result<bool> {
    if header.len() as u64 + length > LARGEST_HEADER {
        return Ok(false);
    }
    let copied = file.take(length).read_to_end(header)?;
    if (copied as u64) < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(true) }
}

/// Reads EXIF data from the next bytes. Returns `None` if the data is invalid or larger than
/// allowed.
fn exif(file: &mut (impl Read + Seek), length: u64) -> io::Result<Option<Exif>> {
    if length > LARGEST_EXIF {
        skip(file, length)?;
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let found = file.take(length).read_to_end(&mut bytes)?;
    if (found as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if bytes.starts_with(EXIF) {
        bytes.drain(..EXIF.len());
    }
    Ok(complete_or_partial(exif_reader().read_raw(bytes)))
}

/// Returns a reader that ignores invalid fields.
fn exif_reader() -> exif::Reader {
    let mut reader = exif::Reader::new();
    reader.continue_on_error(true);
    reader
}

fn complete_or_partial(read: Result<Exif, exif::Error>) -> Option<Exif> {
    read.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

fn skip(file: &mut impl Seek, length: u64) -> io::Result<()> {
    file.seek_relative(i64::try_from(length).map_err(io::Error::other)?)
}

fn array<const LENGTH: usize>(file: &mut impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
