//! The accepted formats, as data.

use image::ImageFormat;

/// The number of bytes that identify a format.
pub(crate) const MAGIC: usize = 12;

/// An accepted format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A JPEG file.
    Jpeg,
    /// A PNG file.
    Png,
    /// A WebP file, which may be animated.
    Webp,
    /// A GIF file, which may be animated.
    Gif,
    /// An HEIF file, as written by phones.
    Heic,
    /// An AVIF file.
    Avif,
}

/// The properties of a format.
struct Format {
    extension: &'static str,
    content_type: &'static str,
    /// The decoder, or `None` if photos in this format are only stored and sent.
    decoder: Option<ImageFormat>,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 6] = [Self::Jpeg, Self::Png, Self::Webp, Self::Gif, Self::Heic, Self::Avif];

    /// Determines the kind from a file's first bytes, never from its name or the client's headers.
    /// Returns `None` for other formats.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Self::of_brand(brand),
            _ => None,
        }
    }

    /// Determines the kind from the major brand of an ISO base media file
    /// (<https://mp4ra.org/registered-types/brands>). Videos have other brands.
    fn of_brand(brand: &[u8]) -> Option<Self> {
        match brand.first_chunk()? {
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some(Self::Heic),
            b"avif" | b"avis" => Some(Self::Avif),
            _ => None,
        }
    }

    fn format(self) -> Format {
        let (extension, content_type, decoder) = match self {
            Self::Jpeg => ("jpg", "image/jpeg", Some(ImageFormat::Jpeg)),
            Self::Png => ("png", "image/png", Some(ImageFormat::Png)),
            Self::Webp => ("webp", "image/webp", Some(ImageFormat::WebP)),
            Self::Gif => ("gif", "image/gif", Some(ImageFormat::Gif)),
            Self::Heic => ("heic", "image/heic", None),
            Self::Avif => ("avif", "image/avif", None),
        };
        Format { extension, content_type, decoder }
    }

    /// Returns the file name extension.
    pub(crate) fn extension(self) -> &'static str {
        self.format().extension
    }

    /// Returns the media type.
    pub(crate) fn content_type(self) -> &'static str {
        self.format().content_type
    }

    /// Returns the decoder, or `None` if photos in this format have no thumbnails.
    pub(crate) fn decoder(self) -> Option<ImageFormat> {
        self.format().decoder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_kind() {
        for (head, kind) in [
            (&b"\xff\xd8\xff\xe0"[..], Some(Kind::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\r", Some(Kind::Png)),
            (b"RIFF\x10\0\0\0WEBP", Some(Kind::Webp)),
            (b"RIFF\x10\0\0\0WAVE", None),
            (b"GIF89a\x01\0", Some(Kind::Gif)),
            (b"GIF90a\x01\0", None),
            (b"\0\0\0\x18ftypheic", Some(Kind::Heic)),
            (b"\0\0\0\x18ftypavif", Some(Kind::Avif)),
            (b"\0\0\0\x18ftypisom", None),
            (b"\0\0\0\x18ftyp", None),
            (b"<svg xmlns=", None),
            (b"", None),
        ] {
            assert_eq!(Kind::of(head), kind, "{}", head.escape_ascii());
        }
    }
}
