//! GIF (<https://www.w3.org/Graphics/GIF/spec-gif89a.txt>).

use std::io::{self, BufRead, Seek, SeekFrom};

use super::{Pixels, Structure, array, skip};
use crate::uploads::image::Dimensions;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;

/// Reads the blocks up to the trailer.
pub(super) fn read(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Structure>> {
    file.seek(SeekFrom::Start(6))?;
    let [w, idth, h, eight, flags, _background, _aspect] = array(file)?;
    let width = u16::from_le_bytes([w, idth]).into();
    let height = u16::from_le_bytes([h, eight]).into();
    skip(file, color_table(flags))?;
    let mut has_image = false;
    loop {
        match array(file)? {
            [EXTENSION] => {
                let [_label] = array(file)?;
            }
            [IMAGE] => {
                has_image = true;
                let [_, _, _, _, _, _, _, _, flags] = array(file)?;
                skip(file, color_table(flags))?;
                let [_code_size] = array(file)?;
            }
            [TRAILER] => break,
            _ => return Ok(None),
        }
        skip_data(file)?;
    }
    let pixels = Pixels::Dimensions(Dimensions { width, height });
    Ok(has_image.then_some(Structure { pixels, exif: None }))
}

/// Returns the length of the color table, according to the flags.
fn color_table(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Skips data blocks, including the empty one at the end.
fn skip_data(file: &mut (impl BufRead + Seek)) -> io::Result<()> {
    loop {
        match array(file)? {
            [0] => return Ok(()),
            [length] => skip(file, length.into())?,
        }
    }
}
