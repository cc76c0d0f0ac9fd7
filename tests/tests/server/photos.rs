//! Uploading, listing, describing and deleting photos.

use std::fs;

use image::ImageFormat;
use serde_json::Value;

use crate::Outcome;
use crate::client::{Reply, hash, photo, png};
use crate::process::{Home, wait};

fn uuid(reply: &Reply) -> Result<String, Box<dyn std::error::Error>> {
    reply.text("uuid")
}

/// Returns a photo without the properties that change in the background.
fn settled(reply: &Reply) -> Result<Value, Box<dyn std::error::Error>> {
    let mut json = reply.json()?;
    json.as_object_mut().ok_or("no object")?.remove("thumbnail_state");
    Ok(json)
}

#[test]
fn a_photo_is_taken_in_and_given_back() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    for (name, format, kind) in
        [("sea.jpg", ImageFormat::Jpeg, "image/jpeg"), ("sea.png", ImageFormat::Png, "image/png")]
    {
        let bytes = photo(format, 64, 48, 7)?;
        let put = server.put(name, &bytes)?;
        assert_eq!(put.status, 201);
        let json = put.json()?;
        let id = uuid(&put)?;
        assert_eq!(put.header("location"), Some(&*format!("/api/photos/{id}/")));
        let sha256 = hash(&bytes);
        let ending = if kind == "image/png" { "png" } else { "jpg" };
        for (key, value) in [
            ("original_filename", Value::from(name)),
            ("content_type", kind.into()),
            ("file_size", bytes.len().into()),
            ("width", 64.into()),
            ("height", 48.into()),
            ("sha256", sha256.clone().into()),
            ("favorite", false.into()),
            ("versions", Value::Null),
        ] {
            assert_eq!(json.get(key), Some(&value), "{key}");
        }
        assert!(json.get("owner_id").is_none());
        let (folder, rest) = sha256.split_at(2);
        let file = home.path().join(format!("uploads/{folder}/{rest}.{ending}"));
        assert_eq!(fs::read(file)?, bytes);
        for path in
            [format!("/api/photos/{name}"), format!("/api/photos/{id}"), format!("/api/photos/{id}/original")]
        {
            let got = server.ask("GET", &path)?;
            assert_eq!((got.status, got.header("content-type")), (200, Some(kind)));
            assert_eq!(got.body, bytes, "{path}");
        }
        let described = server.ask("GET", &format!("/api/photos/{id}/"))?;
        assert_eq!(settled(&described)?, settled(&put)?);
    }
    wait("the thumbnails", || Ok(home.incoming()?.is_empty()))?;
    Ok(())
}

#[test]
fn the_same_photo_twice_is_one_photo() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let first = server.put("a.png", &png(1)?)?;
    let again = server.put("a.png", &png(1)?)?;
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(settled(&first)?, settled(&again)?);
    let renamed = server.put("b.png", &png(1)?)?;
    assert_eq!(renamed.status, 201);
    assert_ne!(uuid(&first)?, uuid(&renamed)?);
    assert_eq!(home.contents()?.len(), 1);
    Ok(())
}

#[test]
fn nothing_is_overwritten_and_the_newest_answers_to_the_name() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let old = server.put("a.png", &png(1)?)?;
    let new = server.put("a.png", &png(2)?)?;
    assert_eq!((old.status, new.status), (201, 201));
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(2)?);
    let old = server.ask("GET", &format!("/api/photos/{}/original", uuid(&old)?))?;
    assert_eq!(old.body, png(1)?);
    Ok(())
}

#[test]
fn a_name_leads_to_what_was_put_under_it_last() -> Outcome {
    for sequence in
        [&[1, 2, 1][..], &[1, 1, 2, 2, 1], &[1, 2, 3, 1, 2], &[1, 2, 1, 2, 3, 3, 1], &[1, 2, 1, 1]]
    {
        let home = Home::new()?;
        let server = home.serve(&[])?;
        let mut ids = std::collections::BTreeMap::new();
        for seed in sequence {
            let put = server.put("a.png", &png(*seed)?)?;
            let is_new = !ids.contains_key(seed);
            assert_eq!(put.status, if is_new { 201 } else { 200 }, "{sequence:?}");
            assert_eq!(ids.entry(*seed).or_insert(uuid(&put)?), &uuid(&put)?, "{sequence:?}");
            assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(*seed)?, "{seed} in {sequence:?}");
        }
        for (seed, id) in ids {
            assert_eq!(server.ask("GET", &format!("/api/photos/{id}/original"))?.body, png(seed)?);
        }
    }
    Ok(())
}

#[test]
fn what_was_put_last_does_not_depend_on_the_clock() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    server.put("a.png", &png(1)?)?;
    // As left by a clock that went back.
    home.change("UPDATE photos SET uploaded_at = '2199-01-01 00:00:00.000000'")?;
    for seed in [2, 1, 2] {
        server.put("a.png", &png(seed)?)?;
        assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(seed)?);
    }
    Ok(())
}

#[test]
fn a_change_is_refused_if_something_else_is_there_than_the_client_says() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let (one, two) = (png(1)?, png(2)?);
    let etag = format!("\"{}\"", hash(&one));
    let put =
        |name: &str, headers: &[(&str, &str)], body: &[u8]| -> Result<u16, Box<dyn std::error::Error>> {
            Ok(server.connect()?.ask("PUT", &format!("/api/photos/{name}"), headers, body)?.status)
        };
    assert_eq!(put("a.png", &[("If-Match", "*")], &one)?, 412);
    assert_eq!(put("a.png", &[("If-None-Match", "*")], &one)?, 201);
    assert_eq!(put("a.png", &[("If-None-Match", "*")], &one)?, 412);
    assert_eq!(put("a.png", &[("If-None-Match", "*")], &two)?, 412);
    assert_eq!(put("a.png", &[("If-None-Match", &etag)], &two)?, 412);
    assert_eq!(put("a.png", &[("If-Match", "\"other\"")], &two)?, 412);
    assert_eq!(put("a.png", &[("If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT")], &two)?, 412);
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, one);
    assert_eq!(home.contents()?.len(), 1);
    assert_eq!(put("a.png", &[("If-Match", &etag)], &two)?, 201);
    assert_eq!(put("a.png", &[("If-None-Match", &etag)], &one)?, 200);
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, one);
    // A rejection does not require the body.
    let mut client = server.connect()?;
    client.send("PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nIf-None-Match: *\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n")?;
    assert_eq!(client.reply(false)?.status, 412);
    let id = uuid(&server.put("a.png", &one)?)?;
    let delete = |etag: &str| -> Result<u16, Box<dyn std::error::Error>> {
        let path = format!("/api/photos/{id}/");
        Ok(server.connect()?.ask("DELETE", &path, &[("If-Match", etag)], b"")?.status)
    };
    assert_eq!((delete("\"other\"")?, delete(&etag)?), (412, 200));
    Ok(())
}

#[test]
fn only_one_of_many_creates_a_name() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let mut statuses = std::thread::scope(|scope| {
        let puts: Vec<_> = (0..8_u8)
            .map(|seed| {
                let server = &server;
                scope.spawn(move || -> Option<u16> {
                    let only_new = [("If-None-Match", "*")];
                    let bytes = png(seed).ok()?;
                    Some(
                        server
                            .connect()
                            .ok()?
                            .ask("PUT", "/api/photos/a.png", &only_new, &bytes)
                            .ok()?
                            .status,
                    )
                })
            })
            .collect();
        puts.into_iter().filter_map(|put| put.join().ok().flatten()).collect::<Vec<_>>()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(home.contents()?.len(), 1);
    Ok(())
}

#[test]
fn a_jpeg_with_bytes_between_its_segments_is_taken_and_given_back() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    for (number, junk) in [&b"\0"[..], b"junk", b"\xff\xff", b"\xff\0"].into_iter().enumerate() {
        let mut bytes = photo(ImageFormat::Jpeg, 64, 48, 7)?;
        bytes.splice(2..2, junk.iter().copied());
        let name = format!("{number}.jpg");
        let put = server.put(&name, &bytes)?;
        assert_eq!(put.status, 201, "{junk:?}");
        assert_eq!(put.json()?.get("width"), Some(&64.into()));
        let got = server.ask("GET", &format!("/api/photos/{name}"))?;
        assert_eq!(got.header("content-type"), Some("image/jpeg"));
        assert_eq!(got.body, bytes);
    }
    Ok(())
}

#[test]
fn photos_put_at_once_under_one_name_are_each_kept_once() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let created = std::thread::scope(|scope| {
        let puts: Vec<_> = (0..16_u8)
            .map(|turn| {
                let server = &server;
                scope.spawn(move || {
                    let bytes = png(turn % 4).unwrap_or_default();
                    server.put("a.png", &bytes).map_or(0, |put| put.status)
                })
            })
            .collect();
        puts.into_iter().map(|put| put.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    let count = |status| created.iter().filter(|found| **found == status).count();
    assert_eq!((count(201), count(200)), (4, 12), "{created:?}");
    assert_eq!(home.contents()?.len(), 4);
    Ok(())
}

#[test]
fn names_in_any_script_come_back() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let put = server.put("%E5%86%99%E7%9C%9F%20%221%22.png", &png(1)?)?;
    assert_eq!(put.text("original_filename")?, "写真 \"1\".png");
    let got = server.ask("GET", "/api/photos/%E5%86%99%E7%9C%9F%20%221%22.png")?;
    assert_eq!(got.body, png(1)?);
    assert_eq!(
        got.header("content-disposition"),
        Some("inline; filename=\"__ _1_.png\"; filename*=UTF-8''%E5%86%99%E7%9C%9F%20%221%22.png")
    );
    Ok(())
}

#[test]
fn the_list_is_in_pages_with_the_newest_date_first() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    assert_eq!(server.ask("GET", "/api/photos")?.body, b"[]");
    for seed in 0..5 {
        assert_eq!(server.put(&format!("{seed}.png"), &png(seed)?)?.status, 201);
    }
    let names = |path: &str| -> Result<Vec<String>, Box<dyn std::error::Error>> {
        let list = server.ask("GET", path)?.json()?;
        let photos = list.as_array().ok_or("no array")?;
        Ok(photos
            .iter()
            .filter_map(|photo| photo.get("original_filename")?.as_str())
            .map(str::to_owned)
            .collect())
    };
    let all = ["4.png", "3.png", "2.png", "1.png", "0.png"];
    assert_eq!(names("/api/photos/")?, all);
    assert_eq!(names("/api/photos")?, all);
    assert_eq!(names("/api/photos/?skip=1&limit=2")?, ["3.png", "2.png"]);
    assert_eq!(names("/api/photos/?limit=0")?, [""; 0]);
    assert_eq!(names("/api/photos/?limit=99999&other=x")?, all);
    for query in ["skip=-1", "limit=ten", "limit=", "skip=1.5", "skip=99999999999999999999"] {
        let refused = server.ask("GET", &format!("/api/photos/?{query}"))?;
        assert_eq!(refused.status, 422, "{query}");
        assert!(refused.json()?.pointer("/detail/0/loc").is_some());
    }
    Ok(())
}

#[test]
fn a_deleted_photo_is_gone_and_its_file_with_the_last_that_has_it() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let first = uuid(&server.put("a.png", &png(1)?)?)?;
    let second = uuid(&server.put("b.png", &png(1)?)?)?;
    home.change(&format!(
        "INSERT INTO albums (uuid, title) VALUES ('album', 'Sea');
         INSERT INTO album_photos (album_uuid, photo_uuid) VALUES ('album', '{first}'), ('album', '{second}');
         INSERT INTO versions (photo_uuid, version, s3_path) VALUES ('{first}', 'thumb', 'x'), ('{second}', 'thumb', 'y');"
    ))?;
    let described = server.ask("GET", &format!("/api/photos/{first}/"))?;
    let version = described.json()?;
    assert_eq!(version.pointer("/versions/0/version"), Some(&"thumb".into()));

    let deleted = server.ask("DELETE", &format!("/api/photos/{first}/"))?;
    assert_eq!(deleted.status, 200);
    assert_eq!(deleted.text("message")?, "Photo deleted successfully");
    assert_eq!(server.ask("DELETE", &format!("/api/photos/{first}/"))?.status, 404);
    assert_eq!(server.ask("DELETE", &format!("/api/trash/{first}"))?.status, 200);
    assert_eq!(home.contents()?.len(), 1);
    for path in ["", "/", "/original"] {
        let gone = server.ask("GET", &format!("/api/photos/{first}{path}"))?;
        assert_eq!((gone.status, gone.detail()?), (404, "Photo not found".to_owned()));
    }
    let again = server.ask("DELETE", &format!("/api/photos/{first}/"))?;
    assert_eq!(again.status, 404);

    assert_eq!(server.ask("DELETE", &format!("/api/photos/{second}"))?.status, 200);
    assert_eq!(server.ask("DELETE", "/api/trash")?.status, 200);
    assert_eq!(home.contents()?.len(), 0);
    let left = "SELECT (SELECT count(*) FROM versions) + (SELECT count(*) FROM album_photos)";
    assert_eq!(home.column::<i64>(left)?, [0]);
    assert_eq!(server.put("a.png", &png(1)?)?.status, 201);
    Ok(())
}

#[test]
fn photos_from_before_there_were_hashes_are_served_and_never_trusted() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let uploads = home.path().join("uploads");
    fs::write(uploads.join("20251205_sea.png"), png(1)?)?;
    fs::write(uploads.join("20251205_evil.html"), "<script>alert(1)</script>")?;
    fs::write(home.path().join("secret"), "secret")?;
    home.connect()?.execute_batch(
        "INSERT INTO photos (uuid, original_filename, date, content_type, file_path, keywords) VALUES
             ('SEA', 'sea.png', '2025-12-05 18:00:00.000000', 'image/png', 'uploads/20251205_sea.png', '[\"sea\"]'),
             ('EVIL', 'evil.html', '2025-12-05 18:00:00.000120', 'text/html', 'uploads/20251205_evil.html', NULL),
             ('OUT', 'out', '2025-12-05', 'image/png', 'uploads/../secret', NULL),
             ('S3', 's3', '2025-12-05', 'image/png', NULL, NULL);
         UPDATE photos SET owner_id = 1;",
    )?;
    let sea = server.ask("GET", "/api/photos/SEA/original")?;
    assert_eq!(sea.body, png(1)?);
    assert_eq!(sea.header("content-type"), Some("image/png"));
    assert_eq!(sea.header("cache-control"), Some("private, no-cache"));
    assert!(sea.header("etag").is_none());
    let described = server.ask("GET", "/api/photos/SEA/")?.json()?;
    assert_eq!(described.pointer("/keywords/0"), Some(&"sea".into()));
    assert_eq!(described.get("date"), Some(&"2025-12-05T18:00:00".into()));

    let evil = server.ask("GET", "/api/photos/EVIL/original")?;
    assert_eq!(evil.header("content-type"), Some("application/octet-stream"));
    assert_eq!(evil.header("x-content-type-options"), Some("nosniff"));
    for id in ["OUT", "S3"] {
        let none = server.ask("GET", &format!("/api/photos/{id}/original"))?;
        assert_eq!((none.status, none.detail()?), (404, "Original not found".to_owned()));
    }
    assert_eq!(server.ask("DELETE", "/api/photos/SEA/")?.status, 200);
    assert_eq!(server.ask("DELETE", "/api/photos/OUT/")?.status, 200);
    assert_eq!(server.ask("DELETE", "/api/trash")?.status, 200);
    assert!(!uploads.join("20251205_sea.png").exists());
    assert!(home.path().join("secret").exists());
    Ok(())
}

#[test]
fn a_row_that_cannot_be_read_takes_no_other_with_it() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    home.connect()?.execute_batch(
        "INSERT INTO photos (uuid, original_filename, date, width, title) VALUES
             ('GOOD', 'good.png', '2025-12-05 18:00:00.000000', '400', 7),
             ('YEAR', 'year.png', '2024', 400, NULL),
             ('WIDE', 'wide.png', '2025-12-06 18:00:00.000000', 'very', NULL),
             ('BLOB', 'blob.png', '2025-12-07 18:00:00.000000', 400, x'ff');
         INSERT INTO versions (photo_uuid, version, s3_path, size) VALUES
             ('GOOD', 'thumb', 'thumb.png', 'small'), ('GOOD', 'original', 'good.png', 9);
         UPDATE photos SET owner_id = 1;",
    )?;
    let list = server.ask("GET", "/api/photos/")?;
    assert_eq!(list.status, 200);
    let list = list.json()?;
    let shown: Vec<Option<&Value>> =
        list.as_array().ok_or("no array")?.iter().map(|photo| photo.get("uuid")).collect();
    assert_eq!(shown, [Some(&"GOOD".into()), Some(&"YEAR".into())]);
    assert_eq!(list.pointer("/0/width"), Some(&400.into()));
    assert_eq!(list.pointer("/0/versions/0/version"), Some(&"original".into()));
    assert_eq!(list.pointer("/0/versions/1"), None);
    assert_eq!(list.pointer("/1/date"), Some(&"2024".into()));
    let wide = server.ask("GET", "/api/photos/WIDE/")?;
    assert_eq!(wide.status, 500);
    assert!(!String::from_utf8_lossy(&wide.body).contains("very"));
    Ok(())
}
