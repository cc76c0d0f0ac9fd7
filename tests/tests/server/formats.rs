//! The accepted formats, and the metadata that is read from the files.

use image::ImageFormat;
use serde_json::Value;

use crate::Outcome;
use crate::client::photo;
use crate::process::{Home, wait};

/// A field of EXIF data: its tag, its type, the number of values, and the values.
type Field<'a> = (u16, u16, u32, &'a [u8]);

/// Formats a directory of a TIFF file, in big-endian order at an offset. The values follow the
/// directory.
fn directory(offset: usize, fields: &[Field<'_>]) -> Vec<u8> {
    let mut head = u16::try_from(fields.len()).unwrap_or_default().to_be_bytes().to_vec();
    let mut values: Vec<u8> = Vec::new();
    let start = offset + 2 + 12 * fields.len() + 4;
    for (tag, kind, count, value) in fields {
        head.extend(tag.to_be_bytes());
        head.extend(kind.to_be_bytes());
        head.extend(count.to_be_bytes());
        if value.len() <= 4 {
            let mut inline = value.to_vec();
            inline.resize(4, 0);
            head.extend(inline);
        } else {
            head.extend(u32::try_from(start + values.len()).unwrap_or_default().to_be_bytes());
            values.extend(*value);
        }
    }
    head.extend([0; 4]);
    head.extend(values);
    head
}

/// Returns a JPEG segment with EXIF data, as a camera writes it.
pub(crate) fn exif(orientation: u8) -> Vec<u8> {
    let degrees = |degrees: u32, minutes: u32| -> Vec<u8> {
        [degrees, 1, minutes, 1, 0, 1].iter().flat_map(|number| number.to_be_bytes()).collect()
    };
    let (north, west) = (degrees(43, 24), degrees(3, 42));
    let inner_at = 0x100;
    let place_at = 0x200;
    let address = |at: u16| u32::from(at).to_be_bytes();
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend(directory(
        8,
        &[
            (0x010f, 2, 6, b"Canon\0"),
            (0x0110, 2, 14, b"Canon EOS R5 \0"),
            (0x0112, 3, 1, &[0, orientation]),
            (0x8769, 4, 1, &address(inner_at)),
            (0x8825, 4, 1, &address(place_at)),
        ],
    ));
    tiff.resize(inner_at.into(), 0);
    tiff.extend(directory(
        inner_at.into(),
        &[(0x9003, 2, 20, b"2024:01:15 14:30:00\0"), (0x9011, 2, 7, b"+02:00\0")],
    ));
    tiff.resize(place_at.into(), 0);
    tiff.extend(directory(
        place_at.into(),
        &[(1, 2, 2, b"N\0"), (2, 5, 3, &north), (3, 2, 2, b"W\0"), (4, 5, 3, &west)],
    ));
    let content = [b"Exif\0\0", &tiff[..]].concat();
    let length = u16::try_from(content.len() + 2).unwrap_or_default().to_be_bytes();
    [&[0xff, 0xe1], &length[..], &content].concat()
}

/// Returns a photo with EXIF data.
pub(crate) fn taken(width: u32, height: u32, orientation: u8) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = photo(ImageFormat::Jpeg, width, height, orientation)?;
    bytes.splice(2..2, exif(orientation));
    Ok(bytes)
}

/// Returns a file as a phone writes it, but without pixels.
fn heic(brand: [u8; 4]) -> Vec<u8> {
    let packed = |kind: &[u8; 4], content: &[u8]| {
        let length = u32::try_from(content.len() + 8).unwrap_or_default().to_be_bytes();
        [&length[..], kind, content].concat()
    };
    let size = [[0_u8; 4], 400_u32.to_be_bytes(), 300_u32.to_be_bytes()].concat();
    let properties = [packed(b"ispe", &size), packed(b"irot", &[1])].concat();
    let meta = [&[0; 4][..], &packed(b"iprp", &packed(b"ipco", &properties))].concat();
    let brands = [&brand[..], &[0; 4], b"mif1"].concat();
    [packed(b"ftyp", &brands), packed(b"meta", &meta), packed(b"mdat", &[7; 100])].concat()
}

#[test]
fn every_format_is_stored_and_sent_as_it_was() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let encoded = |format| photo(format, 40, 30, 3);
    for (name, bytes, kind, size, state) in [
        ("a.jpg", encoded(ImageFormat::Jpeg)?, "image/jpeg", (40, 30), "ready"),
        ("a.png", encoded(ImageFormat::Png)?, "image/png", (40, 30), "ready"),
        ("a.webp", encoded(ImageFormat::WebP)?, "image/webp", (40, 30), "ready"),
        ("a.gif", encoded(ImageFormat::Gif)?, "image/gif", (40, 30), "ready"),
        ("a.heic", heic(*b"heic"), "image/heic", (300, 400), "none"),
        ("a.avif", heic(*b"avif"), "image/avif", (300, 400), "none"),
    ] {
        let put = server.put(name, &bytes)?;
        assert_eq!(put.status, 201, "{name}: {}", String::from_utf8_lossy(&put.body));
        let json = put.json()?;
        let number = |key: &str| json.get(key).and_then(Value::as_i64);
        assert_eq!((number("width"), number("height")), (Some(size.0), Some(size.1)), "{name}");
        assert_eq!(json.get("isphoto"), Some(&true.into()));
        let path = format!("/api/photos/{}/", put.text("uuid")?);
        wait(&format!("the thumbnails of {name}"), || {
            Ok(server.ask("GET", &path)?.text("thumbnail_state")? == state)
        })?;
        let got = server.ask("GET", &format!("/api/photos/{name}"))?;
        assert_eq!((got.header("content-type"), &got.body), (Some(kind), &bytes));
        let cut = bytes.get(..bytes.len() / 2).unwrap_or_default();
        assert_eq!(server.put(name, cut)?.status, 422, "{name}");
    }
    for (name, bytes) in [("film.heic", heic(*b"isom")), ("page.svg", b"<svg xmlns='x'></svg>".to_vec())] {
        assert_eq!(server.put(name, &bytes)?.status, 415, "{name}");
    }
    Ok(())
}

#[test]
fn the_data_of_the_camera_are_in_the_row() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let put = server.put("a.jpg", &taken(64, 48, 6)?)?;
    let json = put.json()?;
    for (key, expected) in [
        ("date", Value::from("2024-01-15T14:30:00")),
        ("date_offset", "+02:00".into()),
        ("camera", "Canon EOS R5".into()),
        ("orientation", 6.into()),
        ("width", 48.into()),
        ("height", 64.into()),
        ("latitude", 43.4.into()),
        ("longitude", (-3.7).into()),
    ] {
        assert_eq!(json.get(key), Some(&expected), "{key}");
    }
    assert_eq!(json.pointer("/exif/make"), Some(&"Canon".into()));
    // Broken data are ignored.
    let mut broken = photo(ImageFormat::Jpeg, 64, 48, 9)?;
    broken.splice(2..2, *b"\xff\xe1\0\x10Exif\0\0MM\0\x2a\xff\xff\xff\xff");
    assert_eq!(server.put("b.jpg", &broken)?.status, 201);
    Ok(())
}

#[test]
fn photos_from_before_are_read_again() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let id = server.put("a.jpg", &taken(64, 48, 6)?)?.text("uuid")?;
    drop(server);
    // As an older server stored it.
    home.change(
        "DELETE FROM jobs;
         UPDATE photos SET date = uploaded_at, date_offset = NULL, camera = NULL, orientation = NULL, latitude = NULL,
             longitude = NULL, exif = NULL, width = 64, height = 48, isphoto = FALSE, thumbnail_state = NULL",
    )?;
    let server = home.serve(&[])?;
    let path = format!("/api/photos/{id}/");
    wait("the metadata", || {
        Ok(server.ask("GET", &path)?.json()?.get("camera") == Some(&"Canon EOS R5".into()))
    })?;
    let json = server.ask("GET", &path)?.json()?;
    assert_eq!(json.get("date"), Some(&"2024-01-15T14:30:00".into()));
    assert_eq!((json.get("width"), json.get("isphoto")), (Some(&48.into()), Some(&true.into())));
    Ok(())
}
