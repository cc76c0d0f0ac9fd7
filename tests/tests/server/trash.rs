//! Edits, favorites and the trash.

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::{Reply, png};
use crate::process::{Home, Server};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn send(server: &Server, method: &str, path: &str, body: &Value) -> Result<Reply> {
    server.connect()?.ask(method, path, &[], body.to_string().as_bytes())
}

#[test]
fn a_photo_is_edited() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let path = format!("/api/photos/{}/", server.put("a.png", &png(1)?)?.text("uuid")?);
    let edit = json!({
        "title": "Sète", "description": "the harbour", "keywords": ["sea", "boats"], "favorite": true,
        "date": "2024-01-15T14:30:00", "unknown": 7,
    });
    let edited = send(&server, "PATCH", &path, &edit)?;
    assert_eq!(edited.status, 200, "{}", edited.json()?);
    for key in ["title", "description", "keywords", "favorite", "date"] {
        assert_eq!(edited.json()?.get(key), edit.get(key), "{key}");
    }
    let again = send(&server, "PATCH", &path, &json!({ "title": null }))?.json()?;
    assert_eq!((again.get("title"), again.get("description")), (Some(&Value::Null), edit.get("description")));
    for body in [
        json!([]),
        json!({ "favorite": 1 }),
        json!({ "date": "yesterday" }),
        json!({ "title": "x".repeat(10_001) }),
    ] {
        assert_eq!(send(&server, "PATCH", &path, &body)?.status, 422);
    }
    assert_eq!(send(&server, "PATCH", "/api/photos/none/", &json!({}))?.status, 404);
    Ok(())
}

#[test]
fn the_trash_keeps_photos_until_they_are_purged() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    let listed = |query: &str| -> Result<usize> {
        let reply = server.ask("GET", &format!("/api/library/photos{query}"))?.json()?;
        Ok(reply.get("photos").and_then(Value::as_array).map_or(0, Vec::len))
    };
    assert_eq!(server.ask("DELETE", &format!("/api/trash/{id}"))?.status, 404);
    assert_eq!(server.ask("DELETE", &format!("/api/photos/{id}/"))?.status, 200);
    assert_eq!((listed("")?, listed("?trash=true")?), (0, 1));
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.status, 404);
    assert_eq!(server.ask("GET", &format!("/api/photos/{id}/original"))?.body, png(1)?);
    let restored = server.ask("POST", &format!("/api/photos/{id}/restore"))?;
    assert_eq!((restored.status, restored.json()?.get("deleted_at").cloned()), (200, Some(Value::Null)));
    assert_eq!((listed("")?, listed("?trash=true")?), (1, 0));
    // The same photo again returns from the trash.
    assert_eq!(server.ask("DELETE", &format!("/api/photos/{id}/"))?.status, 200);
    assert_eq!(server.put("a.png", &png(1)?)?.status, 200);
    assert_eq!(listed("")?, 1);
    assert_eq!(server.ask("DELETE", &format!("/api/photos/{id}/"))?.status, 200);
    assert_eq!(home.contents()?.len(), 1);
    assert_eq!(server.ask("DELETE", "/api/trash")?.json()?, json!({ "changed": 1 }));
    assert!(home.contents()?.is_empty());
    Ok(())
}

#[test]
fn many_photos_are_changed_at_once() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let mut ids = Vec::new();
    for seed in 0..3 {
        ids.push(server.put("a.png", &png(seed)?)?.text("uuid")?);
    }
    ids.push("unknown".to_owned());
    for (action, changed) in [
        ("favorite", 3),
        ("favorite", 0),
        ("unfavorite", 3),
        ("purge", 0),
        ("trash", 3),
        ("restore", 3),
        ("trash", 3),
        ("purge", 3),
    ] {
        let reply = send(&server, "POST", "/api/photos/bulk", &json!({ "uuids": ids, "action": action }))?;
        assert_eq!(reply.json()?, json!({ "changed": changed }), "{action}");
    }
    assert!(home.contents()?.is_empty());
    for body in
        [json!({}), json!({ "uuids": [], "action": "x" }), json!({ "uuids": [], "action": "add_to_album" })]
    {
        assert_eq!(send(&server, "POST", "/api/photos/bulk", &body)?.status, 422, "{body}");
    }
    Ok(())
}
