//! Albums: order, covers and archives.

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::{Reply, png};
use crate::process::{Home, Server};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

pub(crate) fn send(server: &Server, method: &str, path: &str, body: &Value) -> Result<Reply> {
    server.connect()?.ask(method, path, &[], body.to_string().as_bytes())
}

/// Uploads photos, and returns their IDs.
pub(crate) fn photos(server: &Server, count: u8) -> Result<Vec<String>> {
    (0..count).map(|seed| server.put("a.png", &png(seed)?)?.text("uuid")).collect()
}

fn members(server: &Server, album: &str) -> Result<Vec<String>> {
    let page = server.ask("GET", &format!("/api/library/photos?album={album}"))?.json()?;
    let photos = page.get("photos").and_then(Value::as_array).ok_or("no photos")?;
    Ok(photos.iter().filter_map(|photo| Some(photo.get("uuid")?.as_str()?.to_owned())).collect())
}

#[test]
fn an_album_keeps_its_order_and_its_cover() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let mut ids = photos(&server, 3)?;
    let created = send(&server, "POST", "/api/albums/", &json!({ "title": "Sea", "photos": ids }))?;
    assert_eq!(created.status, 201, "{}", created.json()?);
    let album = created.text("uuid")?;
    let path = format!("/api/albums/{album}/");
    assert_eq!(members(&server, &album)?, ids);
    assert_eq!(created.json()?.get("count"), Some(&3.into()));
    assert_eq!(created.text("cover")?, *ids.first().ok_or("none")?);
    ids.reverse();
    let changed =
        send(&server, "PATCH", &path, &json!({ "photos": ids, "cover": ids.get(1), "description": "x" }))?;
    assert_eq!(changed.status, 200);
    assert_eq!(members(&server, &album)?, ids);
    assert_eq!(changed.text("cover")?, *ids.get(1).ok_or("none")?);
    let page = server.ask("GET", &format!("/api/library/photos?limit=2&album={album}"))?.json()?;
    let next = page.get("next").and_then(Value::as_str).ok_or("no next")?.to_owned();
    let page = server.ask("GET", &format!("/api/library/photos?after={next}&album={album}"))?.json()?;
    assert_eq!(page.pointer("/photos/0/uuid").and_then(Value::as_str), ids.get(2).map(String::as_str));
    let first = json!([ids.first()]);
    for (action, changed) in
        [("remove_from_album", 1), ("remove_from_album", 0), ("add_to_album", 1), ("add_to_album", 0)]
    {
        let body = json!({ "uuids": first, "action": action, "album": album });
        assert_eq!(
            send(&server, "POST", "/api/photos/bulk", &body)?.json()?,
            json!({ "changed": changed }),
            "{action}"
        );
    }
    ids.rotate_left(1);
    assert_eq!(members(&server, &album)?, ids);
    server.ask("DELETE", &format!("/api/photos/{}/", ids.first().ok_or("none")?))?;
    assert_eq!(server.ask("GET", &path)?.json()?.get("count"), Some(&2.into()));
    assert_eq!(server.ask("DELETE", &path)?.status, 200);
    assert_eq!(server.ask("GET", &path)?.detail()?, "Album not found");
    assert_eq!(server.ask("GET", "/api/albums/")?.body, b"[]");
    Ok(())
}

#[test]
fn old_clients_choose_ids_and_replace_albums() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let ids = photos(&server, 2)?;
    let new = json!({ "uuid": "AB-1", "title": "Sea", "start_date": "2024-01-15T14:30:00", "photos": ["unknown", ids.first()] });
    assert_eq!(send(&server, "POST", "/api/albums/", &new)?.status, 201);
    assert_eq!(send(&server, "POST", "/api/albums/", &new)?.status, 400);
    assert_eq!(members(&server, "AB-1")?, ids.get(..1).unwrap_or_default());
    assert_eq!(
        send(&server, "PUT", "/api/albums/AB-1/", &json!({ "title": "Lake", "photos": ids }))?
            .text("title")?,
        "Lake"
    );
    assert_eq!(members(&server, "AB-1")?, ids);
    assert_eq!(send(&server, "PUT", "/api/albums/AB-2/", &json!({ "title": "Wood" }))?.status, 201);
    assert_eq!(send(&server, "POST", "/api/albums/", &json!({ "title": " " }))?.status, 422);
    Ok(())
}

/// Returns the names and contents of the files in an archive, which must not be compressed.
pub(crate) fn archive(server: &Server, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>> {
    let mut client = server.connect()?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.send(head)?;
    client.send(body)?;
    Ok(client.bytes_to_the_end()?)
}

#[test]
fn photos_are_sent_as_an_archive() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let ids = photos(&server, 2)?;
    let album =
        send(&server, "POST", "/api/albums/", &json!({ "title": "Sea", "photos": ids }))?.text("uuid")?;
    let selection = json!({ "uuids": ids }).to_string();
    for bytes in [
        archive(&server, "GET", &format!("/api/albums/{album}/zip"), b"")?,
        archive(&server, "POST", "/api/photos/zip", selection.as_bytes())?,
    ] {
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(has(b"HTTP/1.") && has(b"application/zip") && has(b"attachment"));
        assert!(has(b"a.png") && has(b"a (2).png") && has(&png(0)?) && has(&png(1)?));
        assert!(has(b"PK\x05\x06"), "no end of the directory");
    }
    Ok(())
}
