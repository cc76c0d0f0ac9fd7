//! Inspects the bytes of a file: reads its dimensions and metadata, and checks that it is complete.
//!
//! Nothing is decoded. The data passed to a decoder is bounded, however large the file is.

use std::io::{self, BufReader, Read, Seek};

use image::ImageReader;

use crate::error::Error;
use crate::settings::Limits;

use super::Kind;
use super::metadata::Metadata;
use super::structure::{self, Pixels, Structure};

/// The memory that a decoder may allocate while it reads a header.
const HEADER_ALLOCATION: u64 = 8 << 20;

/// A photo's dimensions, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dimensions {
    /// The width.
    pub(crate) width: u32,
    /// The height.
    pub(crate) height: u32,
}

/// The properties of a photo, read from its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inspected {
    /// Its dimensions as displayed, after applying its orientation.
    pub(crate) dimensions: Dimensions,
    /// The data that the camera wrote.
    pub(crate) metadata: Metadata,
}

/// Reads the dimensions and metadata. Rejects a file that is truncated or has too many pixels.
pub(crate) fn inspect(file: impl Read + Seek, kind: Kind, limits: Limits) -> Result<Inspected, Error> {
    let mut file = BufReader::new(file);
    let Structure { pixels, exif } = structure::read(&mut file, kind)
        .map_err(|_| Error::Damaged("it is truncated"))?
        .ok_or(Error::Damaged("its structure is broken"))?;
    let stored = match pixels {
        Pixels::Dimensions(dimensions) => dimensions,
        Pixels::Header(header) => dimensions(header, kind)?,
    };
    let Dimensions { width, height } = stored;
    if width == 0 || height == 0 {
        return Err(Error::Damaged("it has no pixels"));
    }
    if width.max(height) > limits.side || stored.pixels() > limits.pixels {
        return Err(Error::TooManyPixels { width, height });
    }
    let metadata = exif.as_ref().map(Metadata::of).unwrap_or_default();
    // If there is no decoder, the format itself contains the orientation, and EXIF repeats it.
    let is_turned = kind.decoder().is_some() && metadata.is_turned();
    let dimensions = if is_turned { Dimensions { width: height, height: width } } else { stored };
    Ok(Inspected { dimensions, metadata })
}

impl Dimensions {
    /// Returns the number of pixels.
    pub(crate) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Reads the dimensions from the header only, because some decoders read a whole file first.
fn dimensions(header: Vec<u8>, kind: Kind) -> Result<Dimensions, Error> {
    const BROKEN: Error = Error::Damaged("its header is broken");
    let mut reader = ImageReader::with_format(io::Cursor::new(header), kind.decoder().ok_or(BROKEN)?);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(HEADER_ALLOCATION);
    reader.limits(limits);
    let (width, height) = reader.into_dimensions().map_err(|_| BROKEN)?;
    Ok(Dimensions { width, height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uploads::format::MAGIC;
    use std::io::Cursor;

    /// The kinds with an encoder.
    const ENCODED: [Kind; 4] = [Kind::Jpeg, Kind::Png, Kind::Webp, Kind::Gif];

    const LIMITS: Limits = crate::settings::SMALL;

    fn photo(kind: Kind, width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let format = kind.decoder().unwrap_or(image::ImageFormat::Png);
        let written = image::RgbImage::new(width, height).write_to(&mut bytes, format);
        assert!(written.is_ok(), "{written:?}");
        bytes.into_inner()
    }

    fn inspected(bytes: &[u8], kind: Kind) -> Result<(u32, u32), String> {
        inspect(Cursor::new(bytes), kind, LIMITS)
            .map(|found| (found.dimensions.width, found.dimensions.height))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn dimensions_are_read_and_trailing_bytes_are_fine() {
        for kind in ENCODED {
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
        let place = if kind == Kind::Jpeg { 2 } else { 33 };
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
        for kind in ENCODED {
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
    }
}
