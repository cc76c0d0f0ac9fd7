//! What a file is, by its bytes: JPEG or PNG, how large, and whether it is all there.
//!
//! Nothing is decoded here; only as much is read as tells the dimensions and the end. What a decoder sees of a file is bounded, however large
//! the file's metadata are.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use image::{ImageFormat, ImageReader};

use crate::error::Error;
use crate::settings::Limits;

/// How many bytes tell what a file is.
pub(crate) const MAGIC: usize = 8;

/// How large a header may be without its metadata: a photo's tables are some kilobytes.
const LARGEST_HEADER: u64 = 1 << 20;

/// What a decoder may allocate while it reads a header.
const HEADER_ALLOCATION: u64 = 8 << 20;

/// The formats that are taken.
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

    /// Tells the kind by a file's first bytes, never by its name or what a client says.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if head.starts_with(b"\xff\xd8") {
            Some(Self::Jpeg)
        } else {
            None
        }
    }

    /// The ending of its file names.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// Its media type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// Reads the dimensions, and refuses a file that is cut off or has more pixels than allowed.
pub(crate) fn inspect(file: impl Read + Seek, kind: Kind, limits: Limits) -> Result<Dimensions, Error> {
    let mut file = BufReader::new(file);
    let header = match kind {
        Kind::Jpeg => jpeg_header(&mut file),
        Kind::Png => png_header(&mut file),
    }
    .map_err(|_| Error::Damaged("it is cut off"))?
    .ok_or(Error::Damaged("its structure is broken"))?;
    let size = dimensions(header, kind)?;
    let pixels = u64::from(size.width) * u64::from(size.height);
    if size.width.max(size.height) > limits.side || pixels > limits.pixels {
        return Err(Error::TooManyPixels { width: size.width, height: size.height });
    }
    Ok(size)
}

/// Lets the decoder see the header only: some read a whole file before they say anything.
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

/// Walks a JPEG's segments to its first scan, then on to an end marker. Returns those that tell about the pixels, without metadata.
///
/// As in libjpeg's `next_marker`, bytes between segments are skipped: cameras and editors leave some there, and browsers show such files.
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

/// Reads on to a marker. Neither what comes before it, nor fill bytes, nor a stuffed zero is one.
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

/// Whether a segment holds what applications (`APPn`) or people (`COM`) say of a picture.
fn is_about_the_picture(code: u8) -> bool {
    matches!(code, 0xe0..=0xef | 0xfe)
}

/// Goes on from a scan to an end marker.
///
/// Cameras put films and previews after the end, so the end need not be the last bytes. In a scan's data, `FF` is followed by a zero, a
/// restart marker or a real one ([ITU T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), B.1.1.5).
fn scan_to_the_end(file: &mut impl BufRead) -> io::Result<()> {
    while next_marker(file)? != END_OF_IMAGE {}
    Ok(())
}

/// Walks a PNG's chunks to `IEND`. Answers the critical ones up to where the image data begin, without metadata.
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
        // A chunk is critical where its name begins with a capital (<https://www.w3.org/TR/png-3/#5Chunk-naming-conventions>).
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

/// Takes the next bytes over into a header, unless it would become larger than any photo's.
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

    /// A photo with a piece put in before its first table, or chunk, of pixels.
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

    /// Where the segments of a JPEG begin, up to its first scan.
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
        let broken = Err("a damaged photo: its structure is broken".to_owned());
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
        assert_eq!(
            inspected(&photo(Kind::Png, 101, 1), Kind::Png),
            Err("101x1 pixels are too many".to_owned())
        );
        assert_eq!(
            inspected(&photo(Kind::Jpeg, 80, 80), Kind::Jpeg),
            Err("80x80 pixels are too many".to_owned())
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
