//! Thumbnails, which are created in the background.

use std::fs;

use image::ImageFormat;

use crate::Outcome;
use crate::client::{Reply, photo, png};
use crate::formats::taken;
use crate::process::{Home, Server, wait};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Waits for a thumbnail.
fn thumbnail(server: &Server, id: &str, size: &str) -> Result<Reply> {
    let path = format!("/api/photos/{id}/thumbnail/{size}");
    let mut found = None;
    wait("a thumbnail", || {
        let reply = server.ask("GET", &path)?;
        if reply.status == 404 && reply.header("retry-after").is_some() {
            return Ok(false);
        }
        found = Some(reply);
        Ok(true)
    })?;
    found.ok_or_else(|| "no thumbnail".into())
}

fn dimensions(reply: &Reply) -> Result<(u32, u32)> {
    let image = image::load_from_memory(&reply.body)?;
    Ok((image.width(), image.height()))
}

#[test]
fn thumbnails_are_small_and_right_way_up() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let put = server.put("a.jpg", &taken(2000, 1000, 6)?)?;
    assert_eq!(put.status, 201);
    let id = put.text("uuid")?;
    let small = thumbnail(&server, &id, "small")?;
    assert_eq!((small.status, dimensions(&small)?), (200, (160, 320)));
    let large = thumbnail(&server, &id, "large")?;
    assert_eq!(dimensions(&large)?, (800, 1600));
    for (header, value) in
        [("content-type", "image/jpeg"), ("cache-control", "private, max-age=31536000, immutable")]
    {
        assert_eq!(small.header(header), Some(value));
    }
    let etag = small.header("etag").ok_or("no ETag")?;
    let path = put.text("thumbnail_url")?;
    assert_eq!(server.connect()?.ask("GET", &path, &[("If-None-Match", etag)], b"")?.status, 304);
    let part = server.connect()?.ask("GET", &path, &[("Range", "bytes=0-9")], b"")?;
    assert_eq!((part.status, part.body.len()), (206, 10));
    assert_eq!(server.ask("GET", &format!("/api/photos/{id}/thumbnail/huge"))?.status, 404);
    server.wait_for_jobs()
}

#[test]
fn bytes_between_the_segments_do_not_prevent_thumbnails() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let mut bytes = photo(ImageFormat::Jpeg, 64, 48, 5)?;
    bytes.splice(2..2, *b"junk");
    let put = server.put("a.jpg", &bytes)?;
    assert_eq!(put.status, 201);
    assert_eq!(dimensions(&thumbnail(&server, &put.text("uuid")?, "small")?)?, (64, 48));
    Ok(())
}

#[test]
fn missing_thumbnails_are_made_again() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    thumbnail(&server, &id, "small")?;
    assert_eq!(home.thumbnails()?.len(), 2);
    fs::remove_dir_all(home.path().join("uploads/.thumbnails"))?;
    let path = format!("/api/photos/{id}/thumbnail/small");
    let pending = server.ask("GET", &path)?;
    assert_eq!((pending.status, pending.header("retry-after")), (404, Some("1")));
    assert_eq!(thumbnail(&server, &id, "small")?.status, 200);
    Ok(())
}

#[test]
fn a_photo_that_cannot_be_decoded_has_no_thumbnails() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--log", "off"])?;
    let mut bytes = png(1)?;
    let data = bytes.windows(4).position(|chunk| chunk == b"IDAT").ok_or("no data")?;
    bytes.iter_mut().skip(data + 4).take(20).for_each(|byte| *byte = 0);
    let put = server.put("a.png", &bytes)?;
    assert_eq!(put.status, 201);
    let attempts = || -> Result<i64> {
        let made = "SELECT coalesce(max(attempts), 0) FROM jobs WHERE error LIKE '%decoded%'";
        Ok(home.column::<i64>(made)?.into_iter().sum())
    };
    wait("the first attempt", || Ok(attempts()? == 1))?;
    // Five attempts, without the time between them.
    for attempt in 2..=5 {
        let is_due = format!(
            "UPDATE jobs SET run_at = '2026-01-01 00:00:00.000000' WHERE error IS NOT NULL AND attempts < {attempt}"
        );
        // The photo wakes the workers when the job is due.
        home.change(&is_due)?;
        assert_eq!(server.put("wake.png", &png(attempt)?)?.status, 201);
        wait("the next attempt", || {
            home.change(&is_due)?;
            Ok(attempts()? >= attempt.into())
        })?;
    }
    let path = format!("/api/photos/{}/", put.text("uuid")?);
    wait("the end of the attempts", || Ok(server.ask("GET", &path)?.text("thumbnail_state")? == "failed"))?;
    let none = server.ask("GET", &put.text("thumbnail_url")?)?;
    assert_eq!((none.status, none.header("retry-after")), (404, None));
    assert_eq!(server.ask("GET", "/api/library/status")?.json()?.pointer("/jobs/failed"), Some(&1.into()));
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, bytes);
    Ok(())
}

#[test]
fn kills_leave_no_photo_without_thumbnails_and_no_thumbnail_without_photo() -> Outcome {
    let home = Home::new()?;
    let mut ids = Vec::new();
    for round in 0..4_u8 {
        let mut server = home.serve(&["--log", "off"])?;
        for seed in 0..4 {
            let bytes = photo(ImageFormat::Jpeg, 1800, 1200, round * 4 + seed)?;
            ids.push(server.put("a.jpg", &bytes)?.text("uuid")?);
        }
        if let Some(id) = ids.get(usize::from(round)) {
            server.ask("DELETE", &format!("/api/photos/{id}/"))?;
            let mut client = server.connect()?;
            client.send("DELETE /api/trash HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\n\r\n")?;
        }
        // The moment of the kill is random, and the result must not depend on it.
        std::thread::sleep(std::time::Duration::from_millis(3 + 31 * u64::from(round)));
        server.signal("KILL")?;
        server.ended()?;
    }
    let server = home.serve(&[])?;
    assert_eq!(server.ask("DELETE", "/api/trash")?.status, 200);
    server.wait_for_jobs()?;
    let count = |sql| -> Result<usize> { Ok(home.column::<i64>(sql)?.into_iter().sum::<i64>().try_into()?) };
    let photos = count("SELECT count(*) FROM photos")?;
    assert_eq!(photos, count("SELECT count(*) FROM photos WHERE thumbnail_state = 'ready'")?);
    drop(server);
    let collected = home.run(&["--collect-grace", "0", "gc", "--delete"])?;
    assert_eq!(collected.status.code(), Some(0), "{}", String::from_utf8_lossy(&collected.stderr));
    assert_eq!((home.contents()?.len(), home.thumbnails()?.len()), (photos, 2 * photos));
    let again = home.run(&["--collect-grace", "0", "gc"])?;
    assert_eq!(String::from_utf8(again.stdout)?, "every file has a photo\n");
    Ok(())
}
