//! The data that cameras write to photos: the time, the place and the camera.

use exif::{Exif, In, Tag, Value};
use jiff::civil::DateTime;
use serde_json::{Map, json};

/// The maximum length of text to keep, in characters.
const LONGEST: usize = 100;

/// The fields to keep for display, by their names in JSON.
const DETAILS: [(&str, Tag); 7] = [
    ("make", Tag::Make),
    ("model", Tag::Model),
    ("lens", Tag::LensModel),
    ("exposure_time", Tag::ExposureTime),
    ("f_number", Tag::FNumber),
    ("iso", Tag::PhotographicSensitivity),
    ("focal_length", Tag::FocalLength),
];

/// The metadata of a photo. Values that are absent or invalid in the photo are `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Metadata {
    /// The time when the photo was taken, in local time.
    pub(crate) taken: Option<DateTime>,
    /// The offset of the local time from UTC, such as `+02:00`.
    pub(crate) offset: Option<String>,
    /// The orientation of the stored pixels, from 1 (upright) to 8.
    pub(crate) orientation: Option<u8>,
    /// The camera's maker and model.
    pub(crate) camera: Option<String>,
    /// The latitude and longitude in degrees, positive in the north and east.
    pub(crate) position: Option<(f64, f64)>,
    /// The camera's settings, as a JSON object.
    pub(crate) details: Option<String>,
}

impl Metadata {
    /// Extracts the metadata from EXIF data.
    pub(super) fn of(exif: &Exif) -> Self {
        let (taken, offset) = taken(exif).unzip();
        Self {
            taken,
            offset: offset.flatten(),
            orientation: orientation(exif),
            camera: camera(exif),
            position: position(exif),
            details: details(exif),
        }
    }

    /// Returns `true` if displaying the photo swaps the width and height of the stored pixels.
    pub(super) fn is_turned(&self) -> bool {
        self.orientation.is_some_and(|orientation| orientation >= 5)
    }
}

/// Returns the time when the photo was taken, and its UTC offset if that is known. Returns `None`
/// if the time is unknown.
fn taken(exif: &Exif) -> Option<(DateTime, Option<String>)> {
    [
        (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
        (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
        (Tag::DateTime, Tag::SubSecTime, Tag::OffsetTime),
    ]
    .into_iter()
    .find_map(|(date, fraction, offset)| {
        let mut found = exif::DateTime::from_ascii(ascii(exif, date)?).ok()?;
        // If the fraction or offset is invalid, the rest is still valid.
        let _ = found.parse_subsec(ascii(exif, fraction).unwrap_or_default());
        let _ = found.parse_offset(ascii(exif, offset).unwrap_or_default());
        Some((civil(&found)?, found.offset.and_then(offset_text)))
    })
}

fn civil(found: &exif::DateTime) -> Option<DateTime> {
    let part = |number: u8| i8::try_from(number).ok();
    let nanoseconds = i32::try_from(found.nanosecond.unwrap_or_default()).ok()?;
    let year = i16::try_from(found.year).ok().filter(|year| *year > 0)?;
    let (month, day) = (part(found.month)?, part(found.day)?);
    DateTime::new(year, month, day, part(found.hour)?, part(found.minute)?, part(found.second)?, nanoseconds)
        .ok()
}

fn offset_text(minutes: i16) -> Option<String> {
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
    (hours <= 14).then(|| format!("{sign}{hours:02}:{rest:02}"))
}

fn orientation(exif: &Exif) -> Option<u8> {
    let found = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    u8::try_from(found).ok().filter(|orientation| (1..=8).contains(orientation))
}

/// Returns the maker and model, without repeating the maker. Returns `None` if there is neither.
fn camera(exif: &Exif) -> Option<String> {
    let (make, model) = (text(exif, Tag::Make), text(exif, Tag::Model));
    match (make, model) {
        (Some(make), Some(model)) if !model.to_lowercase().starts_with(&make.to_lowercase()) => {
            Some(format!("{make} {model}"))
        }
        (make, model) => model.or(make),
    }
}

fn position(exif: &Exif) -> Option<(f64, f64)> {
    let latitude = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    let longitude = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

fn degrees(exif: &Exif, tag: Tag, side: Tag, negative: u8) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let [degrees, minutes, seconds] = parts.first_chunk()?;
    let sum = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
    let is_negative = ascii(exif, side)?.first() == Some(&negative);
    sum.is_finite().then_some(if is_negative { -sum } else { sum })
}

fn details(exif: &Exif) -> Option<String> {
    let mut details = Map::new();
    for (name, tag) in DETAILS {
        let value = match exif.get_field(tag, In::PRIMARY).map(|field| &field.value) {
            Some(Value::Ascii(_)) => text(exif, tag).map(Into::into),
            Some(Value::Rational(numbers)) => numbers
                .first()
                .map(exif::Rational::to_f64)
                .filter(|number| number.is_finite())
                .map(|number| json!(number)),
            Some(value) => value.get_uint(0).map(Into::into),
            None => None,
        };
        details.extend(value.map(|value| (name.to_owned(), value)));
    }
    (!details.is_empty()).then(|| serde_json::Value::Object(details).to_string())
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(texts) => texts.first().map(Vec::as_slice),
        _ => None,
    }
}

/// Returns text without characters that cannot be displayed, or `None` if nothing remains.
fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let text = String::from_utf8_lossy(ascii(exif, tag)?);
    let text: String = text.chars().filter(|character| !character.is_control()).take(LONGEST).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
