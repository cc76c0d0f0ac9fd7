//! HEIF and AVIF: boxes as in ISO base media files (<https://nokiatech.github.io/heif/technical.html>).

use std::io::{self, BufRead, Read, Seek, SeekFrom};

use exif::Exif;

use super::{LARGEST_HEADER, Pixels, Structure, array, complete_or_partial, exif_reader};
use crate::uploads::image::Dimensions;

/// The maximum number of bytes that the EXIF reader may read.
const LARGEST_READ: usize = 2 << 20;

/// Reads the boxes to the end of the file. The `meta` box contains the dimensions of every item;
/// the largest item is the photo.
pub(super) fn read(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Structure>> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut place = file.seek(SeekFrom::Start(0))?;
    let mut dimensions = None;
    while place < end {
        file.seek(SeekFrom::Start(place))?;
        let length = match u32::from_be_bytes(array(file)?) {
            // The box extends to the end of the file.
            0 => end - place,
            length => length.into(),
        };
        let kind: [u8; 4] = array(file)?;
        let (length, head) = if length == 1 { (u64::from_be_bytes(array(file)?), 16) } else { (length, 8) };
        let Some(content) = length.checked_sub(head) else { return Ok(None) };
        let Some(next) = place.checked_add(length) else { return Ok(None) };
        if next > end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if &kind == b"meta" {
            if content > LARGEST_HEADER {
                return Ok(None);
            }
            let mut meta = Vec::new();
            file.take(content).read_to_end(&mut meta)?;
            dimensions = Properties::read(&meta).dimensions();
        }
        place = next;
    }
    let Some(dimensions) = dimensions else { return Ok(None) };
    Ok(Some(Structure { pixels: Pixels::Dimensions(dimensions), exif: exif_data(file)? }))
}

/// The properties of the items in a file.
#[derive(Debug, Default)]
struct Properties {
    largest: Option<Dimensions>,
    /// `true` if the photo is displayed rotated by 90 or 270 degrees.
    is_turned: bool,
}

impl Properties {
    /// Reads the content of the `meta` box. The properties are in its `iprp` box, in the `ipco`
    /// box.
    fn read(meta: &[u8]) -> Self {
        let mut properties = Self::default();
        let children = meta.get(4..).unwrap_or_default();
        let Some(container) = child(children, *b"iprp").and_then(|iprp| child(iprp, *b"ipco")) else {
            return properties;
        };
        for (kind, content) in boxes(container) {
            properties.note(kind, content);
        }
        properties
    }

    fn note(&mut self, kind: [u8; 4], content: &[u8]) {
        match (&kind, content) {
            (b"ispe", [_, _, _, _, sides @ ..]) => {
                let Some((width, rest)) = sides.split_first_chunk() else { return };
                let Some((height, _)) = rest.split_first_chunk() else { return };
                let (width, height) = (u32::from_be_bytes(*width), u32::from_be_bytes(*height));
                let area = |size: Dimensions| u64::from(size.width) * u64::from(size.height);
                let found = Dimensions { width, height };
                if self.largest.is_none_or(|largest| area(largest) < area(found)) {
                    self.largest = Some(found);
                }
            }
            (b"irot", [turns, ..]) => self.is_turned = turns & 1 == 1,
            _ => {}
        }
    }

    fn dimensions(&self) -> Option<Dimensions> {
        let Dimensions { width, height } = self.largest?;
        Some(if self.is_turned {
            Dimensions { width: height, height: width }
        } else {
            Dimensions { width, height }
        })
    }
}

fn child(content: &[u8], wanted: [u8; 4]) -> Option<&[u8]> {
    boxes(content).find(|(kind, _)| *kind == wanted).map(|(_, content)| content)
}

/// Returns the boxes in a byte slice, up to the first invalid box.
fn boxes(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let (kind, _) = after.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let content = rest.get(8..length)?;
        rest = rest.get(length..)?;
        Some((*kind, content))
    })
}

/// Reads the EXIF data in an item of the file.
fn exif_data(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Exif>> {
    file.rewind()?;
    let mut bounded = Bounded { file, left: LARGEST_READ };
    Ok(complete_or_partial(exif_reader().read_from_container(&mut bounded)))
}

/// A file that seems to end after a certain number of bytes are read, at any positions. Otherwise,
/// a length in the file could make the EXIF reader keep the whole file in memory.
struct Bounded<'a, F> {
    file: &'a mut F,
    left: usize,
}

impl<F: BufRead> Read for Bounded<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.left);
        let read = self.file.read(buffer.get_mut(..length).unwrap_or_default())?;
        self.left -= read;
        Ok(read)
    }
}

impl<F: BufRead> BufRead for Bounded<'_, F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = self.left;
        let buffer = self.file.fill_buf()?;
        Ok(buffer.get(..left).unwrap_or(buffer))
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.file.consume(amount);
    }
}

impl<F: Seek> Seek for Bounded<'_, F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
