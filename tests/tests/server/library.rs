//! The library: pages, filters, months and search.

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::png;
use crate::formats::taken;
use crate::process::{Home, Server};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn get(server: &Server, path: &str) -> Result<Value> {
    let reply = server.ask("GET", path)?;
    assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
    reply.json()
}

/// Returns the names of the photos that a query selects, in order.
fn names(server: &Server, query: &str) -> Result<Vec<String>> {
    let page = get(server, &format!("/api/library/photos?{query}"))?;
    let photos = page.get("photos").and_then(Value::as_array).ok_or("no photos")?;
    Ok(photos.iter().filter_map(|photo| Some(photo.get("original_filename")?.as_str()?.to_owned())).collect())
}

/// Adds rows of photos, one per hour. Some of them have additional properties.
fn with_photos(home: &Home, count: u32) -> Outcome {
    home.connect()?.execute_batch(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {count})
         INSERT INTO photos (uuid, original_filename, date, owner_id, favorite, camera, latitude, longitude, hidden, intrash, sha256)
         SELECT printf('id-%06d', n), printf('IMG_%06d.jpg', n),
             strftime('%Y-%m-%d %H:%M:%S.000000', '2020-01-01', (n / 2) || ' hours'), 1,
             n % 10 = 0, CASE WHEN n % 3 = 0 THEN 'Canon' ELSE 'Nikon' END,
             CASE WHEN n % 5 = 0 THEN 43.4 END, CASE WHEN n % 5 = 0 THEN 3.7 END, n % 50 = 1, n % 50 = 2, printf('%064d', n)
         FROM numbers"
    ))?;
    Ok(())
}

/// Returns the ids on a page of the list that skips photos.
fn skipping(server: &Server, skip: usize) -> Result<Vec<String>> {
    let page = get(server, &format!("/api/photos/?skip={skip}&limit=3"))?;
    let photos = page.as_array().ok_or("no list")?;
    Ok(photos.iter().filter_map(|photo| Some(photo.get("uuid")?.as_str()?.to_owned())).collect())
}

/// Rule: however many photos are skipped, a page begins where the list of the moment says.
#[test]
fn a_page_far_from_the_start_follows_every_change() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    with_photos(&home, 3_200)?;
    let expected = || -> Result<Vec<String>> {
        let connection = home.connect()?;
        let mut listed = connection
            .prepare("SELECT uuid FROM photos WHERE NOT hidden AND NOT intrash ORDER BY date DESC, uuid")?;
        Ok(listed.query_map([], |row| row.get(0))?.collect::<std::result::Result<_, _>>()?)
    };
    let assert_pages = || -> Outcome {
        let expected = expected()?;
        for skip in [0, 1, 998, 999, 1000, 1001, 1999, 2000, 2001, 2500, 3070, 3072, 5000] {
            let page: Vec<String> = expected.iter().skip(skip).take(3).cloned().collect();
            assert_eq!(skipping(&server, skip)?, page, "{skip} of {}", expected.len());
        }
        Ok(())
    };
    assert_pages()?;
    let [first, ..] = &*expected()? else { return Err("no photos".into()) };
    home.change(&format!("UPDATE photos SET date = '1990-01-01 00:00:00.000000' WHERE uuid = '{first}'"))?;
    assert_pages()?;
    home.connect()?.execute("DELETE FROM photos WHERE rowid % 7 = 0", [])?;
    assert_pages()
}

#[test]
fn pages_follow_each_other_without_gaps() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    with_photos(&home, 1000)?;
    for (filter, count) in [
        ("", 960),
        ("&favorite=true", 100),
        ("&camera=Canon", 321),
        ("&has_place=true", 200),
        ("&trash=true", 20),
        ("&q=img", 960),
        ("&from=2020-01-02&to=2020-01-02", 46),
    ] {
        let mut seen = Vec::new();
        let mut next = String::new();
        loop {
            let page = get(&server, &format!("/api/library/photos?limit=37{filter}{next}"))?;
            for photo in page.get("photos").and_then(Value::as_array).ok_or("no photos")? {
                let text = |key| photo.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                seen.push((text("date"), text("uuid")));
            }
            let Some(cursor) = page.get("next").and_then(Value::as_str) else { break };
            next = format!("&after={cursor}");
        }
        assert_eq!(seen.len(), count, "{filter}");
        let mut sorted = seen.clone();
        sorted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        sorted.dedup();
        assert_eq!(seen, sorted, "{filter}");
        let months = get(&server, &format!("/api/library/months?{filter}"))?;
        let months = months.get("months").and_then(Value::as_array).ok_or("no months")?;
        let sum: i64 = months.iter().filter_map(|month| month.get("count")?.as_i64()).sum();
        assert_eq!(usize::try_from(sum)?, count, "{filter}");
    }
    assert_eq!(get(&server, "/api/library/cameras")?, json!({ "cameras": ["Canon", "Nikon"] }));
    let status = get(&server, "/api/library/status")?;
    assert_eq!((status.get("photos"), status.get("trash")), (Some(&960.into()), Some(&20.into())));
    for query in ["after=x", "favorite=1", "from=today", "limit=-1"] {
        assert_eq!(server.ask("GET", &format!("/api/library/photos?{query}"))?.status, 422, "{query}");
    }
    Ok(())
}

#[test]
fn photos_are_found_by_their_texts() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let sea = server.put("IMG_0001.png", &png(1)?)?.text("uuid")?;
    server.put("IMG_0002.png", &png(2)?)?;
    let edit = |body: &Value| -> Outcome {
        let reply = server.connect()?.ask(
            "PATCH",
            &format!("/api/photos/{sea}/"),
            &[],
            body.to_string().as_bytes(),
        )?;
        assert_eq!(reply.status, 200);
        Ok(())
    };
    edit(&json!({ "title": "Sète", "description": "In the harbour", "keywords": ["boats"] }))?;
    home.change(&format!("UPDATE photos SET place = '{{\"name\":\"Occitanie\"}}' WHERE uuid = '{sea}'"))?;
    for (query, found) in [
        ("sete", 1),
        ("S%C3%A8te+harb", 1),
        ("boat", 1),
        ("occitanie", 1),
        ("0001", 1),
        ("img", 2),
        ("img+0003", 0),
        ("name", 0),
        ("OR", 0),
        ("%22", 0),
        ("*", 0),
    ] {
        assert_eq!(names(&server, &format!("q={query}"))?.len(), found, "{query}");
    }
    edit(&json!({ "title": "Nice", "keywords": [] }))?;
    assert_eq!(
        (names(&server, "q=sete")?.len(), names(&server, "q=boats")?.len(), names(&server, "q=nice")?.len()),
        (0, 0, 1)
    );
    server.ask("DELETE", &format!("/api/photos/{sea}/"))?;
    assert!(names(&server, "q=nice")?.is_empty());
    server.ask("DELETE", "/api/trash")?;
    assert_eq!(names(&server, "q=img")?.len(), 1);
    if home.database().exists() {
        assert_eq!(home.column::<i64>("SELECT count(*) FROM photo_search")?, [1]);
        home.change("INSERT INTO photo_search (photo_search) VALUES ('integrity-check')")?;
    }
    Ok(())
}

#[test]
fn the_dates_of_cameras_order_the_library() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    server.put("old.jpg", &taken(40, 30, 1)?)?;
    server.put("new.png", &png(1)?)?;
    assert_eq!(names(&server, "")?, ["new.png", "old.jpg"]);
    assert_eq!(names(&server, "to=2024-01-15")?, ["old.jpg"]);
    assert_eq!(names(&server, "camera=Canon+EOS+R5&has_place=true")?, ["old.jpg"]);
    Ok(())
}
