//! Inspects the bytes of a file: its format (JPEG or PNG), its dimensions, and if it is complete.
//!
//! Nothing is decoded. Only the parts with the dimensions and the end are read. The data passed to
//! a decoder is bounded, however large the metadata of the file are.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use image::{ImageFormat, ImageReader};

use crate::error::Error;
use crate::settings::Limits;

/// The number of bytes that identify a format.
pub(crate) const MAGIC: usize = 8;

/// The maximum size of a header without metadata. The tables of a photo take some kilobytes.
const LARGEST_HEADER: u64 = 1 << 20;

/// The memory that a decoder may allocate while it reads a header.
const HEADER_ALLOCATION: u64 = 8 << 20;

/// The accepted formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A JPEG file.
    Jpeg,
    /// A PNG file.
    Png,
}

/// A photo's dimensions, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dimensions {
    /// The width.
    pub(crate) width: u32,
    /// The height.
    pub(crate) height: u32,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 2] = [Self::Jpeg, Self::Png];

    /// Determines the kind from a file's first bytes, never from its name or the client's headers.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if head.starts_with(b"\xff\xd8") {
            Some(Self::Jpeg)
        } else {
            None
        }
    }

    /// Returns the file name extension.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// Returns the media type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// Reads the dimensions. Rejects a file that is truncated or has too many pixels.
pub(crate) fn inspect(file: impl Read + Seek, kind: Kind, limits: Limits) -> Result<Dimensions, Error> {
    let mut file = BufReader::new(file);
    let header = match kind {
        Kind::Jpeg => jpeg_header(&mut file),
        Kind::Png => png_header(&mut file),
    }
    .map_err(|_| Error::Damaged("it is truncated"))?
    .ok_or(Error::Damaged("its structure is broken"))?;
    let size = dimensions(header, kind)?;
    let pixels = u64::from(size.width) * u64::from(size.height);
    if size.width.max(size.height) > limits.side || pixels > limits.pixels {
        return Err(Error::TooManyPixels { width: size.width, height: size.height });
    }
    Ok(size)
}

/// Reads the dimensions from the header only, because some decoders read a whole file first.
fn dimensions(header: Vec<u8>, kind: Kind) -> Result<Dimensions, Error> {
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
    };
    let mut reader = ImageReader::with_format(io::Cursor::new(header), format);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(HEADER_ALLOCATION);
    reader.limits(limits);
    let (width, height) = reader.into_dimensions().map_err(|_| Error::Damaged("its header is broken"))?;
    if width == 0 || height == 0 {
        return Err(Error::Damaged("it has no pixels"));
    }
    Ok(Dimensions { width, height })
}

/// Reads a JPEG's segments up to its first scan, then on to an end marker. Returns the segments
/// that describe the pixels, without metadata.
///
/// Bytes between segments are skipped, as in libjpeg's `next_marker`. Cameras and editors leave
/// such bytes, and browsers display these files.
fn jpeg_header(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Vec<u8>>> {
    const START_OF_SCAN: u8 = 0xda;
    let mut header = vec![0xff, 0xd8];
    file.seek(SeekFrom::Start(2))?;
    loop {
        let code = next_marker(file)?;
        match code {
            START_OF_IMAGE | END_OF_IMAGE => return Ok(None),
            code if stands_alone(code) => continue,
            _ => {}
        }
        let size: [u8; 2] = read(file)?;
        let Some(length) = u16::from_be_bytes(size).checked_sub(2) else {
            return Ok(None);
        };
        if is_about_the_picture(code) {
            file.seek_relative(length.into())?;
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
    Ok(Some(header))
}

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;

/// Reads up to the next marker. Skips fill bytes, stuffed zeros and other bytes before it.
fn next_marker(file: &mut impl BufRead) -> io::Result<u8> {
    loop {
        if file.skip_until(0xff)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let [mut code] = read(file)?;
        while code == 0xff {
            [code] = read(file)?;
        }
        if code != 0 {
            return Ok(code);
        }
    }
}

/// Returns `true` if no length follows a marker: `TEM` and the restart markers.
fn stands_alone(code: u8) -> bool {
    matches!(code, 0x01 | 0xd0..=0xd7)
}

/// Returns `true` if a segment contains application data (`APPn`) or a comment (`COM`).
fn is_about_the_picture(code: u8) -> bool {
    matches!(code, 0xe0..=0xef | 0xfe)
}

/// Reads from a scan to an end marker.
///
/// Cameras append films and previews, so the end marker need not be the last bytes. In scan data,
/// `FF` is followed by a zero, a restart marker or a real marker ([ITU
/// T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), B.1.1.5).
fn scan_to_the_end(file: &mut impl BufRead) -> io::Result<()> {
    while next_marker(file)? != END_OF_IMAGE {}
    Ok(())
}

/// Reads a PNG's chunks up to `IEND`. Returns the critical chunks before the image data, without
/// metadata.
fn png_header(file: &mut (impl BufRead + Seek)) -> io::Result<Option<Vec<u8>>> {
    file.rewind()?;
    let mut header = read::<MAGIC>(file)?.to_vec();
    let mut has_data = false;
    loop {
        let size: [u8; 4] = read(file)?;
        let kind: [u8; 4] = read(file)?;
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
        if !is_wanted || has_data {
            file.seek_relative(length.into())?;
            let _checksum: [u8; 4] = read(file)?;
        } else if !copy(file, u64::from(length) + 4, &mut header)? {
            return Ok(None);
        }
        if &kind == b"IEND" {
            return Ok(has_data.then_some(header));
        }
    }
}

/// Copies the next bytes into a header. Returns `false` if the header would be larger than any
/// photo's.
fn copy(file: &mut impl Read, length: u64, header: &mut Vec<u8>) -> io::Result<bool> {
    if header.len() as u64 + length > LARGEST_HEADER {
        return Ok(false);
    }
    let copied = file.take(length).read_to_end(header)?;
    if (copied as u64) < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(true) }
}

fn read<const LENGTH: usize>(file: &mut impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const LIMITS: Limits = crate::settings::SMALL;

    fn photo(kind: Kind, width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let format = match kind {
            Kind::Jpeg => ImageFormat::Jpeg,
            Kind::Png => ImageFormat::Png,
        };
        let written = image::RgbImage::new(width, height).write_to(&mut bytes, format);
        assert!(written.is_ok());
        bytes.into_inner()
    }

    fn inspected(bytes: &[u8], kind: Kind) -> Result<(u32, u32), String> {
        inspect(Cursor::new(bytes), kind, LIMITS)
            .map(|size| (size.width, size.height))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn dimensions_are_read_and_trailing_bytes_are_fine() {
        for kind in Kind::ALL {
            let mut bytes = photo(kind, 40, 30);
            assert_eq!(Kind::of(&bytes), Some(kind));
            assert_eq!(inspected(&bytes, kind), Ok((40, 30)));
            bytes.extend_from_slice(b"ftyp a film");
            assert_eq!(inspected(&bytes, kind), Ok((40, 30)));
        }
    }

    /// Inserts a piece before the first table or data chunk of a photo.
    fn with(kind: Kind, piece: &[u8], times: usize) -> Vec<u8> {
        let mut bytes = photo(kind, 40, 30);
        let place = match kind {
            Kind::Jpeg => 2,
            Kind::Png => 33,
        };
        bytes.splice(place..place, piece.repeat(times));
        bytes
    }

    #[test]
    fn metadata_are_passed_over_however_large() {
        let segment = [&b"\xff\xe2\xff\xff"[..], &vec![b'x'; 65_533]].concat();
        assert_eq!(inspected(&with(Kind::Jpeg, &segment, 40), Kind::Jpeg), Ok((40, 30)));
        let chunk = [&b"\0\x10\0\0iCCP"[..], &vec![b'x'; (1 << 20) + 4]].concat();
        assert_eq!(inspected(&with(Kind::Png, &chunk, 3), Kind::Png), Ok((40, 30)));
    }

    #[test]
    fn bytes_between_the_segments_of_a_jpeg_are_skipped() {
        let junk: &[&[u8]] = &[
            b"\0",
            b"junk",
            b"\0\0\0\0",
            b"\xff\xff\xff",
            b"\xff\0 stuffed",
            b"\xff\xd0",
            b"\xff\x01",
            &vec![b'x'; 100_000],
        ];
        for junk in junk {
            let bytes = photo(Kind::Jpeg, 40, 30);
            for place in segments(&bytes) {
                let mut bytes = bytes.clone();
                bytes.splice(place..place, junk.iter().copied());
                assert_eq!(Kind::of(&bytes), Some(Kind::Jpeg), "at {place}");
                let start: Vec<u8> = junk.iter().copied().take(10).collect();
                assert_eq!(inspected(&bytes, Kind::Jpeg), Ok((40, 30)), "{start:?} at {place}");
            }
        }
    }

    /// Returns the offsets of the segments of a JPEG, up to its first scan.
    fn segments(bytes: &[u8]) -> Vec<usize> {
        let mut places = vec![2];
        while let Some([0xff, code, high, low]) = places.last().and_then(|place| bytes.get(*place..place + 4))
        {
            if *code == 0xda {
                break;
            }
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            places.push(places.last().copied().unwrap_or_default() + 2 + length);
        }
        places
    }

    #[test]
    fn err_tables_larger_than_any_photo_has() {
        let broken = Err("damaged photo: its structure is broken".to_owned());
        let table = [&b"\xff\xdb\xff\xff"[..], &vec![b'x'; 65_533]].concat();
        assert_eq!(inspected(&with(Kind::Jpeg, &table, 40), Kind::Jpeg), broken);
        let palette = [&b"\0\x10\0\0PLTE"[..], &vec![b'x'; (1 << 20) + 4]].concat();
        assert_eq!(inspected(&with(Kind::Png, &palette, 1), Kind::Png), broken);
    }

    #[test]
    fn err_a_file_cut_off_anywhere() {
        for kind in Kind::ALL {
            let bytes = photo(kind, 40, 30);
            for length in MAGIC..bytes.len() {
                let cut = bytes.get(..length).unwrap_or_default();
                assert!(inspected(cut, kind).is_err(), "{kind:?} cut to {length}");
            }
        }
    }

    #[test]
    fn err_more_pixels_than_allowed() {
        assert_eq!(inspected(&photo(Kind::Png, 101, 1), Kind::Png), Err("too many pixels: 101x1".to_owned()));
        assert_eq!(
            inspected(&photo(Kind::Jpeg, 80, 80), Kind::Jpeg),
            Err("too many pixels: 80x80".to_owned())
        );
    }

    #[test]
    fn err_garbage_behind_the_first_bytes() {
        let mut jpeg = b"\xff\xd8\xff\xe0".to_vec();
        jpeg.extend_from_slice(&[b'x'; 1000]);
        assert!(inspected(&jpeg, Kind::Jpeg).is_err());
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.extend_from_slice(&[b'x'; 1000]);
        assert!(inspected(&png, Kind::Png).is_err());
        assert_eq!(Kind::of(b"<svg xmlns="), None);
        assert_eq!(Kind::of(b""), None);
    }
}
