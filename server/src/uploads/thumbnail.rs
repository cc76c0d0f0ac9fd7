//! Thumbnails: small, upright JPEG versions of a photo, in the `.thumbnails` folder.
//!
//! They can always be recreated, so they are deleted, not moved to the quarantine. All functions
//! here block.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8x3, U8x4};
use fast_image_resize::{PixelTrait, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageEncoder, ImageReader, RgbImage, RgbaImage};
use tempfile::NamedTempFile;

use crate::error::Error;
use crate::settings::Limits;

use super::collect::entries;
use super::folder::{Opened, at, make_folder};
use super::image::{Dimensions, inspect};
use super::{ContentHash, Kind, Naming, Uploads};

/// The folder. No row refers to a name that begins with a dot.
const FOLDER: &str = ".thumbnails";

/// The media type.
pub(crate) const CONTENT_TYPE: &str = "image/jpeg";

/// The quality of the encoder, out of 100.
const QUALITY: u8 = 82;

/// The number of bytes that a decoder may allocate for each pixel: four channels of 16 bits.
const BYTES_PER_PIXEL: u64 = 8;

/// The maximum number of pixels to decode.
const LARGEST: u64 = 120_000_000;

/// The maximum size of a color profile to copy. Phones write profiles of about 500 bytes.
const LARGEST_PROFILE: usize = 4096;

/// The size of a thumbnail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// At most 320 pixels high, for a grid.
    Small,
    /// At most 1600 pixels wide and high, for a screen.
    Large,
}

impl Size {
    /// Both sizes, the larger one first.
    pub(crate) const ALL: [Self; 2] = [Self::Large, Self::Small];

    /// Returns the name in paths.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
        }
    }

    /// Returns the size with this name, or `None` if there is none.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.name() == name)
    }

    /// Returns the maximum dimensions of a thumbnail as displayed.
    fn bounds(self) -> (u32, u32) {
        match self {
            Self::Small => (1280, 320),
            Self::Large => (1600, 1600),
        }
    }

    /// Returns the path below the uploads folder.
    pub(crate) fn place(self, hash: &ContentHash) -> PathBuf {
        let (folder, name) = hash.as_str().split_at(2);
        Path::new(FOLDER).join(folder).join(format!("{name}.{}.jpg", self.name()))
    }
}

/// Thumbnails that have no path yet. Dropping them removes them.
#[derive(Debug)]
pub(crate) struct Made(Vec<(Size, NamedTempFile)>);

/// A photo that is ready to be decoded.
#[derive(Debug)]
pub(crate) struct Source {
    opened: Opened,
    kind: Kind,
    dimensions: Dimensions,
    orientation: Orientation,
}

impl Source {
    /// Inspects a photo. Returns `None` if there is no decoder for its format, or if decoding it
    /// would take too much memory.
    pub(crate) fn inspect(mut opened: Opened, kind: Kind, limits: Limits) -> Result<Option<Self>, Error> {
        if kind.decoder().is_none() {
            return Ok(None);
        }
        let found = inspect(&opened.file, kind, limits)?;
        if found.dimensions.pixels() > LARGEST {
            return Ok(None);
        }
        opened.file.rewind().map_err(at("an original".as_ref()))?;
        let orientation = found.metadata.orientation.and_then(Orientation::from_exif);
        let orientation = orientation.unwrap_or(Orientation::NoTransforms);
        Ok(Some(Self { opened, kind, dimensions: found.dimensions, orientation }))
    }

    /// Returns the number of pixels, which determines how much memory [`Source::make`] needs.
    pub(crate) fn pixels(&self) -> u64 {
        self.dimensions.pixels()
    }

    /// Makes the thumbnails of every size.
    pub(crate) fn make(self, uploads: &Uploads) -> Result<Made, Error> {
        let (turned, dimensions) = (self.orientation, self.dimensions);
        let (mut image, profile) = self.decode()?;
        let mut made = Vec::new();
        // Making the small thumbnail from the large one is much faster.
        for size in Size::ALL {
            image = resized(image, size, is_turned(turned))?;
            let mut shown = flat(&image);
            shown.apply_orientation(turned);
            made.push((size, written(uploads, &shown, profile.clone())?));
        }
        tracing::debug!(?dimensions, "made thumbnails");
        Ok(Made(made))
    }

    /// Decodes the pixels. The result has 8 bits per channel.
    fn decode(self) -> Result<(DynamicImage, Option<Vec<u8>>), Error> {
        const UNDECODABLE: Error = Error::Damaged("it cannot be decoded");
        let format = self.kind.decoder().ok_or(UNDECODABLE)?;
        let mut reader = ImageReader::with_format(BufReader::new(self.opened.file), format);
        let mut limits = image::Limits::default();
        limits.max_alloc =
            Some(self.dimensions.pixels().saturating_mul(BYTES_PER_PIXEL).saturating_add(64 << 20));
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(|_| UNDECODABLE)?;
        let is_rgb = matches!(decoder.color_type(), ColorType::Rgb8 | ColorType::Rgba8);
        let profile = decoder.icc_profile().ok().flatten();
        let profile = profile.filter(|profile| is_rgb && profile.len() <= LARGEST_PROFILE);
        let image = DynamicImage::from_decoder(decoder).map_err(|error| {
            tracing::debug!(%error, "cannot decode a photo");
            UNDECODABLE
        })?;
        let image = match image {
            DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => image,
            image if image.color().has_alpha() => image.into_rgba8().into(),
            image => image.into_rgb8().into(),
        };
        Ok((image, profile))
    }
}

impl Made {
    /// Moves the thumbnails to their paths. Requires the lock as proof that it is held, so that the
    /// photo cannot be deleted in the meantime.
    pub(crate) fn settle(self, uploads: &Uploads, _: &Naming, hash: &ContentHash) -> Result<(), Error> {
        make_folder(&uploads.root().join(FOLDER))?;
        for (size, file) in self.0 {
            let path = uploads.root().join(size.place(hash));
            let folder = path.parent().unwrap_or(uploads.root());
            make_folder(folder)?;
            // The name need not survive a power failure. The content does, before the name exists.
            file.persist(&path).map_err(|error| at(&path)(error.error))?;
        }
        Ok(())
    }
}

/// Removes the thumbnails of the photos with this content. Requires the lock as proof that it is
/// held.
pub(crate) fn remove(uploads: &Uploads, naming: &Naming, hash: &ContentHash) -> Result<(), Error> {
    Size::ALL.into_iter().try_for_each(|size| uploads.remove(naming, &size.place(hash)))
}

/// Removes the thumbnails for each content hash that no row has, and returns the number of these
/// hashes. Checks each hash while holding the lock.
pub(crate) fn sweep(
    uploads: &Uploads,
    is_named: impl Fn(&ContentHash) -> Result<bool, Error>,
) -> Result<usize, Error> {
    let mut removed = 0;
    for hash in contents(uploads)? {
        if is_named(&hash)? {
            continue;
        }
        let naming = uploads.naming()?;
        if !is_named(&hash)? {
            remove(uploads, &naming, &hash)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Returns all content hashes that have a thumbnail.
fn contents(uploads: &Uploads) -> Result<BTreeSet<ContentHash>, Error> {
    let mut found = BTreeSet::new();
    let Some(folders) = if_any(entries(&uploads.root().join(FOLDER)))? else { return Ok(found) };
    for folder in folders.into_iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        for entry in entries(&folder.path())? {
            let (start, name) = (folder.file_name(), entry.file_name());
            let digits = name.to_str().and_then(|name| name.split('.').next()).unwrap_or_default();
            found.extend(ContentHash::parse(&format!("{}{digits}", start.to_string_lossy())));
        }
    }
    Ok(found)
}

fn if_any<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

fn is_turned(orientation: Orientation) -> bool {
    orientation.to_exif() >= 5
}

/// Shrinks an image so that it fits the size after it is rotated. Never enlarges it.
fn resized(image: DynamicImage, size: Size, is_turned: bool) -> Result<DynamicImage, Error> {
    let (width, height) = size.bounds();
    let (width, height) = if is_turned { (height, width) } else { (width, height) };
    let (from_width, from_height) = (image.width(), image.height());
    if from_width <= width && from_height <= height {
        return Ok(image);
    }
    let from = (from_width, from_height);
    let to = fitting(from, (width, height));
    // A function for every type of pixel would take minutes to compile.
    let resized = match image {
        DynamicImage::ImageRgba8(image) => shrunk::<U8x4>(&image, from, to)
            .and_then(|pixels| RgbaImage::from_raw(to.0, to.1, pixels))
            .map(DynamicImage::from),
        image => shrunk::<U8x3>(&image.into_rgb8(), from, to)
            .and_then(|pixels| RgbImage::from_raw(to.0, to.1, pixels))
            .map(DynamicImage::from),
    };
    resized.ok_or(Error::Damaged("it cannot be resized"))
}

/// Returns the pixels of an image in other dimensions, or `None` if they do not fit the dimensions.
fn shrunk<P: PixelTrait>(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Option<Vec<u8>> {
    let source = TypedImageRef::<P>::from_buffer(from.0, from.1, pixels).ok()?;
    let length = usize::try_from(u64::from(to.0) * u64::from(to.1)).ok()?;
    let mut target = vec![0; length.checked_mul(P::size())?];
    let mut image = TypedImage::<P>::from_buffer(to.0, to.1, &mut target).ok()?;
    let resized = Resizer::new().resize_typed(&source, &mut image, &ResizeOptions::new());
    resized.inspect_err(|error| tracing::debug!(%error, "cannot resize a photo")).ok()?;
    Some(target)
}

/// Returns the largest dimensions that are within the bounds and keep the proportions.
fn fitting(from: (u32, u32), bounds: (u32, u32)) -> (u32, u32) {
    let scaled = |side: u32, numerator: u32, denominator: u32| {
        let exact = u64::from(side) * u64::from(numerator);
        u32::try_from((exact / u64::from(denominator.max(1))).max(1)).unwrap_or(u32::MAX)
    };
    let is_limited_by_width =
        u64::from(from.0) * u64::from(bounds.1) >= u64::from(from.1) * u64::from(bounds.0);
    if is_limited_by_width {
        (bounds.0, scaled(from.1, bounds.0, from.0))
    } else {
        (scaled(from.0, bounds.1, from.1), bounds.1)
    }
}

/// Puts a transparent image on a white background.
fn flat(image: &DynamicImage) -> DynamicImage {
    let DynamicImage::ImageRgba8(transparent) = image else { return image.clone() };
    let blend = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u32::from(channel), u32::from(alpha));
        u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    RgbImage::from_fn(transparent.width(), transparent.height(), |x, y| {
        let image::Rgba([red, green, blue, alpha]) = *transparent.get_pixel(x, y);
        image::Rgb([red, green, blue].map(|channel| blend(channel, alpha)))
    })
    .into()
}

/// Writes an image to a temporary file.
fn written(
    uploads: &Uploads,
    image: &DynamicImage,
    profile: Option<Vec<u8>>,
) -> Result<NamedTempFile, Error> {
    let file = uploads.temporary()?;
    encode(file.as_file(), image, profile).map_err(at(file.path()))?;
    Ok(file)
}

fn encode(file: &File, image: &DynamicImage, profile: Option<Vec<u8>>) -> io::Result<()> {
    let mut buffer = BufWriter::new(file);
    let mut encoder = JpegEncoder::new_with_quality(&mut buffer, QUALITY);
    if let Some(profile) = profile {
        // The encoder supports profiles, and without one, the colors are merely less vivid.
        let _ = encoder.set_icc_profile(profile);
    }
    image.write_with_encoder(encoder).map_err(io::Error::other)?;
    buffer.flush()?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_fit_and_keep_their_proportions() {
        for (from, bounds, expected) in [
            ((4000, 3000), (1600, 1600), (1600, 1200)),
            ((3000, 4000), (1600, 1600), (1200, 1600)),
            ((4000, 3000), (1280, 320), (426, 320)),
            ((30_000, 100), (1280, 320), (1280, 4)),
            ((30_000, 1), (1280, 320), (1280, 1)),
        ] {
            assert_eq!(fitting(from, bounds), expected, "{from:?}");
        }
    }

    #[test]
    fn transparent_pixels_become_white() {
        let image = image::RgbaImage::from_pixel(1, 1, image::Rgba([10, 20, 30, 0]));
        assert_eq!(flat(&image.into()).to_rgb8().get_pixel(0, 0).0, [255, 255, 255]);
    }
}
