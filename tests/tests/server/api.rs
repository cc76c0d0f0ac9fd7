//! Checks that the described responses have the described fields.

use serde_json::{Value, json};

use crate::Outcome;
use crate::albums::{photos, send};
use crate::process::Home;

#[test]
fn every_response_is_described_with_its_fields() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let document = server.ask("GET", "/api/openapi.json")?.json()?;
    let id = photos(&server, 1)?.pop().ok_or("no photo")?;
    send(&server, "POST", "/api/albums/", &json!({ "uuid": "mine", "title": "Sea", "photos": [id] }))?;
    for (path, schema, pointer) in [
        (format!("/api/photos/{id}/"), "Photo", ""),
        ("/api/photos/".to_owned(), "Photo", "/0"),
        ("/api/library/photos".to_owned(), "ListedPhoto", "/photos/0"),
        ("/api/library/photos".to_owned(), "Page", ""),
        ("/api/library/status".to_owned(), "Status", ""),
        ("/api/albums/mine".to_owned(), "Album", ""),
        ("/api/auth/me".to_owned(), "User", ""),
        ("/api/auth/tokens".to_owned(), "Token", "/0"),
        ("/api/auth/state".to_owned(), "SignInState", ""),
    ] {
        let reply = server.ask("GET", &path)?.json()?;
        let found = reply.pointer(pointer).and_then(Value::as_object).ok_or("no object")?;
        let described = document.pointer(&format!("/components/schemas/{schema}/properties"));
        let described = described.and_then(Value::as_object).ok_or("no schema")?;
        let keys = |object: &serde_json::Map<String, Value>| -> std::collections::BTreeSet<String> {
            object.keys().cloned().collect()
        };
        assert_eq!(keys(found), keys(described), "{path}");
    }
    Ok(())
}
