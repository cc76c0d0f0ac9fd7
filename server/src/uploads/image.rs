//! What a file is, by its bytes: JPEG or PNG, how large, and whether it is all there.
//!
//! Nothing is decoded here; only as much is read as tells the dimensions and the end.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use image::{ImageFormat, ImageReader};

use crate::error::Error;
use crate::settings::Limits;

/// How many bytes tell what a file is.
pub(crate) const MAGIC: usize = 8;

/// What a decoder may allocate while it reads a header.
const HEADER_ALLOCATION: u64 = 64 << 20;

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
        } else if head.starts_with(b"\xff\xd8\xff") {
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
    file.rewind().map_err(|_| Error::Damaged("it cannot be read"))?;
    let size = dimensions(&mut file, kind, header)?;
    let pixels = u64::from(size.width) * u64::from(size.height);
    if size.width.max(size.height) > limits.side || pixels > limits.pixels {
        return Err(Error::TooManyPixels { width: size.width, height: size.height });
    }
    Ok(size)
}

/// Lets the decoder see the header only: some read a whole file before they say anything.
fn dimensions(file: &mut impl BufRead, kind: Kind, header: u64) -> Result<Dimensions, Error> {
    let mut head = Vec::new();
    file.take(header).read_to_end(&mut head).map_err(|_| Error::Damaged("it cannot be read"))?;
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
    };
    let mut reader = ImageReader::with_format(io::Cursor::new(head), format);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(HEADER_ALLOCATION);
    reader.limits(limits);
    let (width, height) = reader.into_dimensions().map_err(|_| Error::Damaged("its header is broken"))?;
    if width == 0 || height == 0 {
        return Err(Error::Damaged("it has no pixels"));
    }
    Ok(Dimensions { width, height })
}

/// Walks a JPEG's segments to its first scan, then on to an end marker. Answers where the scan's data begin.
///
/// Cameras put films and previews after the end, so the end need not be the last bytes. In a scan's data, `FF` is followed by a zero, a
/// restart marker or a real one ([ITU T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), B.1.1.5).
fn jpeg_header(file: &mut (impl BufRead + Seek)) -> io::Result<Option<u64>> {
    const START_OF_SCAN: u8 = 0xda;
    const END_OF_IMAGE: u8 = 0xd9;
    file.seek(SeekFrom::Start(2))?;
    loop {
        let [marker, code] = read(file)?;
        if marker != 0xff {
            return Ok(None);
        }
        match code {
            0xff => file.seek_relative(-1)?,
            END_OF_IMAGE => return Ok(None),
            _ => {
                let length = u16::from_be_bytes(read(file)?);
                if length < 2 {
                    return Ok(None);
                }
                file.seek_relative(i64::from(length) - 2)?;
            }
        }
        if code == START_OF_SCAN {
            break;
        }
    }
    let header = file.stream_position()?;
    loop {
        if file.skip_until(0xff)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let [mut code] = read(file)?;
        while code == 0xff {
            [code] = read(file)?;
        }
        if code == END_OF_IMAGE {
            return Ok(Some(header));
        }
    }
}

/// Walks a PNG's chunks to `IEND`. Answers where the first image data begin.
fn png_header(file: &mut (impl BufRead + Seek)) -> io::Result<Option<u64>> {
    let mut header = None;
    file.seek(SeekFrom::Start(8))?;
    loop {
        let length = u32::from_be_bytes(read(file)?);
        let kind: [u8; 4] = read(file)?;
        if &kind == b"IDAT" && header.is_none() {
            header = Some(file.stream_position()?);
        }
        if length > i32::MAX.unsigned_abs() {
            return Ok(None);
        }
        file.seek_relative(i64::from(length))?;
        let _checksum: [u8; 4] = read(file)?;
        if &kind == b"IEND" {
            return Ok(header);
        }
    }
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

    const LIMITS: Limits = Limits { upload_bytes: 1 << 20, side: 100, pixels: 5_000, connections: 1 };

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
