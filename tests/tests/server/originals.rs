//! Originals: range requests, validators, caching and `HEAD`.

use crate::Outcome;
use crate::client::{Reply, hash, photo, png};
use crate::process::{Home, Server};

type Failed = Box<dyn std::error::Error>;

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Result<Reply, Failed> {
    server.connect()?.ask("GET", path, headers, b"")
}

#[test]
fn a_part_of_an_original_is_given_as_asked() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let bytes = png(1)?;
    let size = bytes.len();
    server.put("a.png", &bytes)?;
    for (range, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=10-", 10, size - 1),
        ("bytes=-7", size - 7, size - 1),
        ("bytes=5-999999999", 5, size - 1),
    ] {
        let part = get(&server, "/api/photos/a.png", &[("Range", range)])?;
        assert_eq!(part.status, 206, "{range}");
        let printed = format!("bytes {first}-{last}/{size}");
        assert_eq!(part.header("content-range"), Some(printed.as_str()));
        assert_eq!(Some(part.body.as_slice()), bytes.get(first..=last), "{range}");
    }
    for range in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes="] {
        let whole = get(&server, "/api/photos/a.png", &[("Range", range)])?;
        assert_eq!((whole.status, whole.body), (200, bytes.clone()), "{range}");
    }
    for range in [format!("bytes={size}-"), "bytes=-0".to_owned()] {
        let none = get(&server, "/api/photos/a.png", &[("Range", &range)])?;
        assert_eq!(none.status, 416, "{range}");
        let printed = format!("bytes */{size}");
        assert_eq!(none.header("content-range"), Some(printed.as_str()));
        assert_eq!(none.detail()?, "Range Not Satisfiable");
    }
    Ok(())
}

#[test]
fn who_has_the_content_is_told_so() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    server.put("a.png", &png(1)?)?;
    let whole = server.ask("GET", "/api/photos/a.png")?;
    let etag = format!("\"{}\"", hash(&png(1)?));
    assert_eq!(whole.header("etag"), Some(etag.as_str()));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let modified = whole.header("last-modified").ok_or("no Last-Modified")?;
    let status = |headers: &[(&str, &str)]| -> Result<u16, Failed> {
        Ok(get(&server, "/api/photos/a.png", headers)?.status)
    };
    let weak = format!("W/{etag}");
    let old = "Mon, 01 Jan 2001 00:00:00 GMT";
    assert_eq!(status(&[("If-None-Match", &etag)])?, 304);
    assert_eq!(status(&[("If-None-Match", &weak)])?, 304);
    assert_eq!(status(&[("If-None-Match", "*")])?, 304);
    assert_eq!(status(&[("If-None-Match", "\"other\"")])?, 200);
    assert_eq!(status(&[("If-Modified-Since", modified)])?, 304);
    assert_eq!(status(&[("If-Modified-Since", old)])?, 200);
    let both = [("If-None-Match", "\"other\""), ("If-Modified-Since", modified)];
    assert_eq!(status(&both)?, 200);
    let range = ("Range", "bytes=0-3");
    assert_eq!(status(&[range, ("If-Range", &etag)])?, 206);
    // A date is no proof, because another photo may have taken the name within the same second.
    for other in ["\"other\"", weak.as_str(), modified, old, "\"other\", \"more\"", "*", "nonsense", ""] {
        assert_eq!(status(&[range, ("If-Range", other)])?, 200, "{other}");
    }
    assert_eq!(status(&[range, ("If-Match", &etag)])?, 206);
    assert_eq!(status(&[range, ("If-Match", "*")])?, 206);
    for other in ["\"other\"", weak.as_str(), "nonsense"] {
        assert_eq!(status(&[range, ("If-Match", other)])?, 412, "{other}");
    }
    assert_eq!(status(&[("If-Unmodified-Since", modified)])?, 200);
    assert_eq!(status(&[("If-Unmodified-Since", old)])?, 412);
    assert_eq!(status(&[("If-Match", &etag), ("If-Unmodified-Since", old)])?, 200);
    let unchanged = get(&server, "/api/photos/a.png", &[("If-None-Match", &etag)])?;
    assert_eq!(unchanged.header("etag"), Some(etag.as_str()));
    assert_eq!(unchanged.body, b"");
    Ok(())
}

#[test]
fn only_what_can_never_change_is_kept_for_ever() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    let by_id = server.ask("GET", &format!("/api/photos/{id}/original"))?;
    assert_eq!(by_id.header("cache-control"), Some("private, max-age=31536000, immutable"));
    let by_name = server.ask("GET", "/api/photos/a.png")?;
    assert_eq!(by_name.header("cache-control"), Some("private, no-cache"));
    for reply in [by_id, by_name] {
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    }
    Ok(())
}

#[test]
fn head_answers_as_get_without_the_bytes() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let bytes = png(1)?;
    server.put("a.png", &bytes)?;
    // The list shows their state.
    server.wait_for_jobs()?;
    let mut client = server.connect()?;
    for (path, headers, status) in [
        ("/api/photos/a.png", &[][..], 200),
        ("/api/photos/a.png", &[("Range", "bytes=0-3")], 206),
        ("/api/photos/b.png", &[], 404),
        ("/api/photos/", &[], 200),
    ] {
        let head = client.ask("HEAD", path, headers, b"")?;
        let get = client.ask("GET", path, headers, b"")?;
        assert_eq!((head.status, get.status), (status, status), "{path}");
        for header in ["content-length", "content-type", "etag", "content-range"] {
            assert_eq!(head.header(header), get.header(header), "{path} {header}");
        }
    }
    Ok(())
}

#[test]
fn a_large_original_comes_back_whole() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let mut bytes = photo(image::ImageFormat::Jpeg, 64, 64, 3)?;
    bytes.resize(3 << 20, 0x5a);
    assert_eq!(server.put("film.jpg", &bytes)?.status, 201);
    let got = server.ask("GET", "/api/photos/film.jpg")?;
    assert_eq!(hash(&got.body), hash(&bytes));
    Ok(())
}

#[test]
fn err_a_file_that_is_not_what_its_row_says() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--log", "off"])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    let path = format!("/api/photos/{id}/original");
    let file = home.contents()?.pop().ok_or("no file")?;
    std::fs::write(&file, "cut")?;
    let cut = server.ask("GET", &path)?;
    assert_eq!((cut.status, cut.detail()?), (500, "Internal Server Error".to_owned()));
    std::fs::remove_file(&file)?;
    assert_eq!(server.ask("GET", &path)?.status, 404);
    // Uploading the same bytes repairs it.
    assert_eq!(server.put("a.png", &png(1)?)?.status, 200);
    assert_eq!(server.ask("GET", &path)?.body, png(1)?);
    Ok(())
}
