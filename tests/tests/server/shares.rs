//! Links that share albums with people who have no account.

use serde_json::{Value, json};

use crate::Outcome;
use crate::albums::{photos, send};
use crate::client::png;
use crate::process::Home;

#[test]
fn a_link_shows_one_album_until_it_expires() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let ids = photos(&server, 3)?;
    let album = send(&server, "POST", "/api/albums/", &json!({ "title": "Sea", "photos": ids.get(..2) }))?
        .text("uuid")?;
    let private = r#"UPDATE photos SET favorite = TRUE, latitude = -59.25, longitude = -10.75, keywords = '["home"]', place = '{"city": "Oslo"}'"#;
    home.change(private)?;
    let path = format!("/api/albums/{album}/shares");
    let share = send(&server, "POST", &path, &json!({ "days": 30 }))?;
    assert_eq!(share.status, 201);
    let url = share.text("url")?;
    let token = url.strip_prefix("/s/").ok_or("no token")?;
    let anonymous = |path: &str| server.connect()?.ask_exactly("GET", path, &[], b"");
    let base = format!("/api/shared/{token}");
    let shared = anonymous(&base)?;
    assert_eq!(shared.status, 200, "{}", shared.json()?);
    let shared = shared.json()?;
    assert_eq!(shared.pointer("/album/title"), Some(&"Sea".into()));
    assert_eq!(shared.get("photos").and_then(Value::as_array).map(Vec::len), Some(2));
    assert!(!shared.to_string().contains("/api/photos/"), "{shared}");
    for secret in ["Oslo", "home", "-59.25", "-10.75", "\"favorite\":true"] {
        assert!(!shared.to_string().contains(secret), "{secret}: {shared}");
    }
    let original = shared.pointer("/photos/0/original_url").and_then(Value::as_str).ok_or("no address")?;
    assert_eq!(anonymous(original)?.body, png(0)?);
    let thumbnail = shared.pointer("/photos/0/thumbnail_url").and_then(Value::as_str).ok_or("no address")?;
    crate::process::wait("the thumbnail", || Ok(anonymous(thumbnail)?.status == 200))?;
    let other = ids.get(2).ok_or("none")?;
    assert_eq!(anonymous(&format!("{base}/photos/{other}/original"))?.status, 404);
    let stored = home.column::<String>("SELECT hash FROM shares")?;
    assert!(!url.contains(&stored.concat()));
    for method in ["POST", "DELETE", "PUT"] {
        assert_eq!(server.connect()?.ask_exactly(method, &base, &[], b"")?.status, 405);
    }
    // What is in the trash is not shared.
    server.ask("DELETE", &format!("/api/photos/{}/", ids.first().ok_or("none")?))?;
    assert_eq!(anonymous(original)?.status, 404);

    let listed = server.ask("GET", &path)?.json()?;
    let id = listed.pointer("/0/id").and_then(Value::as_i64).ok_or("no id")?;
    home.change("UPDATE shares SET expires_at = '2026-01-01 00:00:00.000000'")?;
    assert_eq!(anonymous(&base)?.detail()?, "Link not found or expired");
    assert_eq!(server.ask("DELETE", &format!("/api/shares/{id}"))?.status, 200);
    assert_eq!(server.ask("DELETE", &format!("/api/shares/{id}"))?.status, 404);
    for days in [0, 4000] {
        assert_eq!(send(&server, "POST", &path, &json!({ "days": days }))?.status, 422);
    }
    Ok(())
}
