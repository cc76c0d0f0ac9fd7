//! JPEG ([ITU T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), annex B).

use std::io::{self, BufRead, Seek, SeekFrom};

use super::{Pixels, Structure, array, copy, exif, skip};

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const APPLICATION_1: u8 = 0xe1;

/// Reads the segments up to the first scan, and then the data up to an end marker.
///
/// Bytes between segments are skipped, as in libjpeg's `next_marker`. Cameras and editors write
/// such bytes, and browsers display these files.
pub(super) fn read(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Structure>> {
    let mut header = vec![0xff, 0xd8];
    let mut found = None;
    file.seek(SeekFrom::Start(2))?;
    loop {
        let code = next_marker(file)?;
        match code {
            START_OF_IMAGE | END_OF_IMAGE => return Ok(None),
            code if stands_alone(code) => continue,
            _ => {}
        }
        let size: [u8; 2] = array(file)?;
        let Some(length) = u16::from_be_bytes(size).checked_sub(2) else {
            return Ok(None);
        };
        if code == APPLICATION_1 && found.is_none() {
            found = exif(file, length.into())?;
            continue;
        }
        if is_about_the_picture(code) {
            skip(file, length.into())?;
            continue;
        }
        header.extend_from_slice(&[0xff, code]);
        header.extend_from_slice(&size);
        if !copy(file, length.into(), &mut header)? {
            return Ok(None);
        }
        if code == START_OF_SCAN {
            break;
        }
    }
    scan_to_the_end(file)?;
    Ok(Some(Structure { pixels: Pixels::Header(header), exif: found }))
}

/// Reads up to the next marker, and returns its code. Skips fill bytes, stuffed zeros and other
/// bytes before it.
fn next_marker(file: &mut impl BufRead) -> io::Result<u8> {
    loop {
        if file.skip_until(0xff)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let [mut code] = array(file)?;
        while code == 0xff {
            [code] = array(file)?;
        }
        if code != 0 {
            return Ok(code);
        }
    }
}

/// Returns `true` if a marker has no length, like `TEM` and the restart markers.
fn stands_alone(code: u8) -> bool {
    matches!(code, 0x01 | 0xd0..=0xd7)
}

/// Returns `true` if a segment contains application data (`APPn`) or a comment (`COM`).
fn is_about_the_picture(code: u8) -> bool {
    matches!(code, 0xe0..=0xef | 0xfe)
}

/// Reads from the start of a scan to an end marker.
///
/// Cameras append videos and previews, so the file may continue after the end marker. In scan data,
/// `FF` is followed by a zero, a restart marker or a real marker (B.1.1.5).
fn scan_to_the_end(file: &mut impl BufRead) -> io::Result<()> {
    while next_marker(file)? != END_OF_IMAGE {}
    Ok(())
}
