//! PNG (<https://www.w3.org/TR/png-3/>).

use std::io::{self, BufRead, Seek};

use super::{Pixels, Structure, array, copy, exif, skip};

/// The length of the signature.
const SIGNATURE: usize = 8;

/// Reads the chunks up to `IEND`. The header consists of the critical chunks before the image data.
pub(super) fn read(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Structure>> {
    file.rewind()?;
    let mut header = array::<SIGNATURE>(file)?.to_vec();
    let mut has_data = false;
    let mut found = None;
    loop {
        let size: [u8; 4] = array(file)?;
        let kind: [u8; 4] = array(file)?;
        let length = u32::from_be_bytes(size);
        if length > i32::MAX.unsigned_abs() {
            return Ok(None);
        }
        // A chunk is critical if its name begins with a capital letter
        // (<https://www.w3.org/TR/png-3/#5Chunk-naming-conventions>).
        let is_wanted = !has_data && kind.first().is_some_and(u8::is_ascii_uppercase);
        has_data |= &kind == b"IDAT";
        if is_wanted {
            header.extend_from_slice(&[size, kind].concat());
        }
        if &kind == b"eXIf" {
            found = exif(file, length.into())?;
            let _checksum: [u8; 4] = array(file)?;
        } else if !is_wanted || has_data {
            skip(file, length.into())?;
            let _checksum: [u8; 4] = array(file)?;
        } else if !copy(file, u64::from(length) + 4, &mut header)? {
            return Ok(None);
        }
        if &kind == b"IEND" {
            return Ok(has_data.then_some(Structure { pixels: Pixels::Header(header), exif: found }));
        }
    }
}
