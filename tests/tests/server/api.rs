//! The API as described in its document: every operation exists, needs an account unless it is
//! public, and hides the data of other users.

use serde_json::{Value, json};

use crate::Outcome;
use crate::albums::{photos, send};
use crate::client::hash;
use crate::process::{Home, Server};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The operations that anybody may call without an account.
const PUBLIC: [&str; 9] = [
    "/api/openapi.json",
    "/api/auth/register",
    "/api/auth/login",
    "/api/auth/session",
    "/api/auth/state",
    "/api/shared/{token}",
    "/api/shared/{token}/zip",
    "/api/shared/{token}/photos/{key}/original",
    "/api/shared/{token}/photos/{key}/thumbnail/{size}",
];

/// Returns every method and path in the description.
fn operations(server: &Server) -> Result<Vec<(String, String)>> {
    let document = server.ask("GET", "/api/openapi.json")?.json()?;
    let paths = document.get("paths").and_then(Value::as_object).ok_or("no paths")?;
    let mut found = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let is_public = operation.get("security").is_some();
            assert_eq!(is_public, PUBLIC.contains(&path.as_str()), "{method} {path}");
            found.push((method.to_uppercase(), path.clone()));
        }
    }
    Ok(found)
}

#[test]
fn every_operation_needs_an_account_and_hides_what_belongs_to_others() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let id = photos(&server, 1)?.pop().ok_or("no photo")?;
    let album =
        send(&server, "POST", "/api/albums/", &json!({ "uuid": "mine", "title": "Sea", "photos": [id] }))?;
    assert_eq!(album.status, 201);
    assert_eq!(send(&server, "POST", "/api/albums/mine/shares", &json!({}))?.status, 201);
    home.change(&format!(
        "INSERT INTO users (id, username, email, hashed_password) VALUES (2, 'grace', 'grace@localhost', '!');
         INSERT INTO tokens (user_id, kind, name, hash, created_at, expires_at, last_used_at)
         VALUES (2, 'token', 'tests', '{}', '2026-01-01', '9999-01-01', '2999-01-01 00:00:00')",
        hash(b"secret of grace")
    ))?;
    let grace = [("Authorization", "Bearer secret of grace")];
    for (method, path) in operations(&server)? {
        let key = if path.contains("/photos/") || path.contains("/trash/") { id.as_str() } else { "mine" };
        let key = if path.contains("/shares/{key}") || path.contains("/tokens/{key}") { "1" } else { key };
        let concrete = path.replace("{key}", key).replace("{size}", "small").replace("{token}", "guess");
        let body = json!({ "uuids": [id], "action": "trash", "title": "Mine", "name": "x" }).to_string();
        let anonymous = server.connect()?.ask_exactly(&method, &concrete, &[], body.as_bytes())?;
        if PUBLIC.contains(&path.as_str()) {
            assert!(
                [200, 403, 404, 422].contains(&anonymous.status),
                "{method} {path}: {}",
                anonymous.status
            );
            continue;
        }
        assert_eq!(anonymous.status, 401, "{method} {path}");
        let mut client = server.connect()?;
        if path == "/api/photos/zip" {
            continue;
        }
        let other = client.ask(&method, &concrete, &grace, body.as_bytes())?;
        let is_about_one = path.contains("{key}") && method != "PUT";
        if is_about_one {
            assert_eq!(other.status, 404, "{method} {path}: {}", String::from_utf8_lossy(&other.body));
        } else {
            assert!(other.status < 500 && other.status != 405, "{method} {path}: {}", other.status);
            assert!(!String::from_utf8_lossy(&other.body).contains(&id), "{method} {path}");
        }
        if path == "/api/auth/logout" {
            home.change(&format!(
                "INSERT INTO tokens (user_id, kind, name, hash, created_at, expires_at, last_used_at)
                 VALUES (2, 'token', 'tests', '{}', '2026-01-01', '9999-01-01', '2999-01-01 00:00:00')",
                hash(b"secret of grace")
            ))?;
        }
    }
    let kept = server.ask("GET", &format!("/api/photos/{id}/"))?.json()?;
    assert_eq!((kept.get("deleted_at"), kept.get("title")), (Some(&Value::Null), Some(&Value::Null)));
    assert_eq!(server.ask("GET", "/api/albums/mine")?.text("title")?, "Sea");
    Ok(())
}

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
