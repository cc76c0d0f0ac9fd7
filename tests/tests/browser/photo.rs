//! Generates photos of landscapes, with EXIF data as cameras write it.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places and colours of a picture are small numbers"
)]

use std::error::Error;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

/// The colors of the sky from top to bottom, and of the nearest hill.
const PALETTES: [[[f32; 3]; 3]; 5] = [
    [[24.0, 58.0, 92.0], [240.0, 190.0, 140.0], [18.0, 40.0, 44.0]],
    [[86.0, 146.0, 204.0], [226.0, 236.0, 240.0], [34.0, 62.0, 44.0]],
    [[62.0, 34.0, 88.0], [250.0, 154.0, 112.0], [36.0, 22.0, 40.0]],
    [[20.0, 40.0, 60.0], [96.0, 156.0, 176.0], [10.0, 24.0, 34.0]],
    [[150.0, 180.0, 200.0], [250.0, 232.0, 204.0], [66.0, 56.0, 48.0]],
];

/// A photo to generate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Photo<'a> {
    pub(crate) name: &'a str,
    pub(crate) size: (u32, u32),
    /// The time at which it was taken, in the format of EXIF: `2026:07:14 21:40:00`.
    pub(crate) taken: &'a str,
    /// Selects colors and shapes.
    pub(crate) seed: u16,
}

/// The photos that are uploaded first, newest first.
pub(crate) const FIRST: [Photo<'_>; 3] = [
    Photo { name: "DSCF4207.jpg", size: (1080, 720), taken: "2026:07:14 21:40:00", seed: 0 },
    Photo { name: "DSCF4188.jpg", size: (720, 1080), taken: "2026:07:13 19:05:00", seed: 1 },
    Photo { name: "DSCF4121.jpg", size: (1200, 516), taken: "2026:06:28 06:12:00", seed: 2 },
];

impl Photo<'_> {
    /// Writes the photo to a folder, and returns its path.
    pub(crate) fn write(&self, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 88).encode_image(&self.landscape())?;
        let mut bytes = jpeg.get(..2).ok_or("no JPEG")?.to_vec();
        bytes.extend(self.exif()?);
        bytes.extend(jpeg.get(2..).ok_or("no JPEG")?);
        let path = folder.join(self.name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    fn landscape(&self) -> RgbImage {
        let [top, bottom, near] =
            PALETTES.into_iter().cycle().nth(usize::from(self.seed)).unwrap_or_default();
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        let seed = f32::from(self.seed);
        let sun =
            (width * (0.25 + 0.5 * (seed * 0.37).fract()), height * (0.26 + 0.14 * (seed * 0.53).fract()));
        // Debug builds are slow, so the hills are computed once for each column.
        let ridges: Vec<[f32; 4]> = (0..self.size.0)
            .map(|x| [0.0, 1.0, 2.0, 3.0].map(|layer| self.ridge(layer, x as f32 / width) * height))
            .collect();
        RgbImage::from_fn(self.size.0, self.size.1, |x, y| {
            let ridges = ridges.get(x as usize).copied().unwrap_or_default();
            let (x, y) = (x as f32, y as f32);
            let color = if let Some(layer) = ridges.iter().rposition(|ridge| y > *ridge) {
                mix(bottom, near, 0.35 + 0.21 * layer as f32)
            } else {
                let sky = mix(top, bottom, y / height * 1.5);
                let distance = (x - sun.0).hypot(y - sun.1) / height.min(width);
                mix(
                    [255.0, 240.0, 214.0],
                    sky,
                    (distance * 26.0 - 1.2).clamp(0.0, 1.0).max(0.8 * (distance * 3.0).min(1.0)),
                )
            };
            // A little grain, as a sensor has.
            let grain = ((x * 12.9898 + y * 78.233).sin() * 43758.547).fract() * 5.0;
            Rgb(color.map(|channel| (channel + grain).clamp(0.0, 255.0) as u8))
        })
    }

    /// Returns the height of a range of hills. Higher layers are nearer.
    fn ridge(&self, layer: f32, x: f32) -> f32 {
        let phase = f32::from(self.seed) * 1.7 + layer * 2.3;
        let waves = (x * 5.0 + phase).sin() * 0.06
            + (x * 13.0 + phase * 2.0).sin() * 0.025
            + (x * 41.0 + phase).sin() * 0.006;
        0.52 + layer * 0.13 + waves
    }

    /// Returns an APP1 segment with the time, its offset, the camera and a location
    /// (<https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf>).
    fn exif(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let rational = |values: [u32; 3]| {
            values.iter().flat_map(|value| [value.to_be_bytes(), 1_u32.to_be_bytes()]).flatten().collect()
        };
        let mut directory = Directory::new(8);
        let camera = directory.size(4);
        directory.text(0x010F, "Fujifilm");
        directory.text(0x0110, "X-T5");
        let mut exif = Directory::new(camera + 32);
        exif.text(0x9003, self.taken);
        exif.text(0x9011, "+02:00");
        let mut place = Directory::new(camera + 32 + exif.size(2) + 64);
        place.text(0x0001, "N");
        place.entry(0x0002, 5, 3, rational([61, 36, u32::from(self.seed)]));
        place.text(0x0003, "E");
        place.entry(0x0004, 5, 3, rational([8, 18, u32::from(self.seed)]));
        directory.entry(0x8769, 4, 1, exif.start.to_be_bytes().to_vec());
        directory.entry(0x8825, 4, 1, place.start.to_be_bytes().to_vec());
        let mut tiff = b"MM\0\x2A\0\0\0\x08".to_vec();
        for part in [directory, exif, place] {
            tiff.resize(usize::try_from(part.start)?, 0);
            tiff.extend(part.bytes()?);
        }
        let mut segment = vec![0xFF, 0xE1];
        segment.extend(u16::try_from(tiff.len() + 8)?.to_be_bytes());
        segment.extend(b"Exif\0\0");
        segment.extend(tiff);
        Ok(segment)
    }
}

fn mix(from: [f32; 3], to: [f32; 3], part: f32) -> [f32; 3] {
    let part = part.clamp(0.0, 1.0);
    let ([red, green, blue], to) = (from, to.map(|channel| channel * part));
    let [to_red, to_green, to_blue] = to;
    [red * (1.0 - part) + to_red, green * (1.0 - part) + to_green, blue * (1.0 - part) + to_blue]
}

/// A directory of tags in a TIFF file.
struct Directory {
    start: u32,
    entries: Vec<(u16, u16, u32, Vec<u8>)>,
}

impl Directory {
    fn new(start: u32) -> Self {
        Self { start, entries: Vec::new() }
    }

    /// Returns the offset of the end of a directory with this many entries. Values that do not fit
    /// into an entry follow the directory.
    fn size(&self, entries: u32) -> u32 {
        self.start + 2 + 12 * entries + 4
    }

    fn text(&mut self, tag: u16, text: &str) {
        let bytes: Vec<u8> = text.bytes().chain([0]).collect();
        self.entry(tag, 2, u32::try_from(bytes.len()).unwrap_or_default(), bytes);
    }

    fn entry(&mut self, tag: u16, kind: u16, count: u32, bytes: Vec<u8>) {
        self.entries.push((tag, kind, count, bytes));
    }

    fn bytes(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut bytes = u16::try_from(self.entries.len())?.to_be_bytes().to_vec();
        let mut rest: Vec<u8> = Vec::new();
        let after = self.size(u32::try_from(self.entries.len())?);
        for (tag, kind, count, value) in &self.entries {
            bytes.extend(tag.to_be_bytes());
            bytes.extend(kind.to_be_bytes());
            bytes.extend(count.to_be_bytes());
            if value.len() <= 4 {
                let mut value = value.clone();
                value.resize(4, 0);
                bytes.extend(value);
            } else {
                bytes.extend((after + u32::try_from(rest.len())?).to_be_bytes());
                rest.extend(value);
            }
        }
        bytes.extend([0; 4]);
        bytes.extend(rest);
        Ok(bytes)
    }
}
