//! WebP ([RFC 9649](https://www.rfc-editor.org/rfc/rfc9649)).

use std::io::{self, BufRead, Read, Seek, SeekFrom};

use super::{Pixels, Structure, array, exif, skip};
use crate::uploads::image::Dimensions;

/// Reads the chunks up to the end that the file header declares. The first chunk contains the
/// dimensions.
pub(super) fn read(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Structure>> {
    file.seek(SeekFrom::Start(4))?;
    // The length without the name `WEBP`.
    let mut left = u64::from(u32::from_le_bytes(array(file)?)).saturating_sub(4);
    skip(file, 4)?;
    let (mut dimensions, mut found, mut has_data) = (None, None, false);
    while left >= 8 {
        let kind: [u8; 4] = array(file)?;
        let length = u64::from(u32::from_le_bytes(array(file)?));
        let padded = length + length % 2;
        left = left.saturating_sub(8 + padded);
        has_data |= matches!(&kind, b"VP8 " | b"VP8L" | b"ANMF");
        let mut consumed = 0;
        if dimensions.is_none() {
            let head: [u8; 10] = array(file)?;
            consumed = 10;
            dimensions = dimensions_of(kind, head);
            if dimensions.is_none() {
                return Ok(None);
            }
        } else if &kind == b"EXIF" {
            consumed = length;
            found = exif(file, length)?;
        }
        skip_existing(file, padded.saturating_sub(consumed))?;
    }
    let pixels = dimensions.filter(|_| has_data).map(Pixels::Dimensions);
    Ok(pixels.map(|pixels| Structure { pixels, exif: found }))
}

/// Skips bytes. Returns an error if the file ends before the last one.
fn skip_existing(file: &mut (impl Read + Seek), length: u64) -> io::Result<()> {
    let Some(before) = length.checked_sub(1) else { return Ok(()) };
    skip(file, before)?;
    array::<1>(file).map(|_| ())
}

/// Parses the dimensions at the start of the first chunk.
fn dimensions_of(kind: [u8; 4], head: [u8; 10]) -> Option<Dimensions> {
    let number = |first: usize, length: usize| {
        let bytes = head.get(first..first + length).unwrap_or_default();
        bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
    };
    let (width, height) = match (&kind, head) {
        (b"VP8X", _) => (number(4, 3) + 1, number(7, 3) + 1),
        (b"VP8L", [0x2f, ..]) => ((number(1, 4) & 0x3fff) + 1, (number(1, 4) >> 14 & 0x3fff) + 1),
        (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, ..]) => (number(6, 2) & 0x3fff, number(8, 2) & 0x3fff),
        _ => return None,
    };
    Some(Dimensions { width, height })
}
