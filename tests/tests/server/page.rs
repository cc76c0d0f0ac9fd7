//! The page for browsers, and the responses to its first requests.

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::Reply;
use crate::process::{Home, Server};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Sends a request as a browser does before the user logs in.
fn browse(server: &Server, path: &str, more: &[(&str, &str)]) -> Result<Reply> {
    let headers = [&[("Accept", "text/html,application/xhtml+xml")], more].concat();
    server.connect()?.ask_exactly("GET", path, &headers, b"")
}

#[test]
fn a_browser_gets_the_page_and_a_program_gets_data() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    for path in ["/", "/favorites", "/albums/x", "/s/token", "/admin/migrations"] {
        let page = browse(&server, path, &[])?;
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-cache")), "{path}");
        let policy = page.header("content-security-policy").ok_or("no policy")?;
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
    let root = server.ask("GET", "/")?;
    assert_eq!(
        (root.text("message")?.as_str(), root.header("vary")),
        ("PhotoSafe Gallery API", Some("accept"))
    );
    assert_eq!(browse(&server, "/nowhere", &[])?.status, 404);
    assert!(browse(&server, "/nowhere", &[])?.body.starts_with(b"<!doctype html>"));
    assert_eq!(browse(&server, "/api/nowhere", &[])?.detail()?, "Not Found");
    assert_eq!(server.ask("GET", "/nowhere")?.detail()?, "Not Found");
    assert_eq!(server.ask("POST", "/favorites")?.status, 405);
    Ok(())
}

#[test]
fn files_of_the_page_are_kept_and_the_page_is_checked() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let page = browse(&server, "/", &[])?;
    let tag = page.header("etag").ok_or("no tag")?;
    let again = browse(&server, "/", &[("If-None-Match", tag)])?;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let text = String::from_utf8(page.body.clone())?;
    let files: Vec<&str> = text.split('"').filter(|part| part.starts_with("/page/")).collect();
    assert!(files.len() > 5, "{files:?}");
    for path in files {
        let file = browse(&server, path, &[])?;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    assert_eq!(browse(&server, "/page/0000000000000000/main.js", &[("Accept", "*/*")])?.status, 404);
    Ok(())
}

#[test]
fn a_page_learns_what_to_show_first() -> Outcome {
    let home = Home::new()?;
    let server = home.listen(&[])?;
    crate::process::wait("readiness", || Ok(server.ask("GET", "/readyz")?.status == 200))?;
    let state = |headers: &[(&str, &str)]| -> Result<Value> {
        server.connect()?.ask_exactly("GET", "/api/auth/state", headers, b"")?.json()
    };
    assert_eq!(state(&[])?, json!({ "accounts": false, "registration": "code", "user": null }));
    server.wait_until_ready()?;
    assert_eq!(state(&[])?, json!({ "accounts": true, "registration": "closed", "user": null }));
    let tester = server.ask("GET", "/api/auth/state")?.json()?;
    assert_eq!(tester.pointer("/user/username"), Some(&json!("tester")));
    assert_eq!(state(&[("Authorization", "Bearer guess")])?.get("user"), Some(&Value::Null));
    Ok(())
}

#[test]
fn the_owner_sees_the_migrations() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let path = "/api/admin/migrations";
    assert_eq!(server.connect()?.ask_exactly("GET", path, &[], b"")?.status, 401);
    let refused = server.ask("GET", path)?;
    assert_eq!(
        (refused.status, refused.detail()?.as_str()),
        (403, "Only the owner of the server can do this")
    );
    home.connect()?.execute("UPDATE users SET is_superuser = 1 WHERE id = 1", [])?;
    let seen = server.ask("GET", path)?.json()?;
    assert_eq!(seen.get("state"), Some(&json!("at_head")));
    assert_eq!(seen.get("revision"), seen.get("head"));
    assert_eq!(seen.get("difference"), Some(&json!([])));
    assert_eq!(seen.pointer("/chain/0/message"), Some(&json!("Initial migration")));
    let ran = seen.pointer("/last_upgrade/ran").and_then(Value::as_array).ok_or("nothing ran")?;
    let chain = seen.get("chain").and_then(Value::as_array).ok_or("no chain")?;
    assert_eq!(ran.len(), chain.len());
    let tables = seen.pointer("/schema/tables").and_then(Value::as_array).ok_or("no tables")?;
    let tokens =
        tables.iter().find(|table| table.get("name") == Some(&json!("tokens"))).ok_or("no tokens")?;
    assert_eq!(tokens.get("references"), Some(&json!([{ "columns": ["user_id"], "table": "users" }])));
    Ok(())
}

#[test]
fn the_owner_sees_that_another_process_moved_the_database() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let connection = home.connect()?;
    connection.execute("UPDATE users SET is_superuser = 1 WHERE id = 1", [])?;
    connection.execute("CREATE TABLE left_behind (id INTEGER PRIMARY KEY)", [])?;
    let seen = server.ask("GET", "/api/admin/migrations")?.json()?;
    assert!(
        seen.pointer("/difference/0").is_some_and(|text| text.to_string().contains("left_behind")),
        "{seen}"
    );
    connection.execute("UPDATE alembic_version SET version_num = 'from_tomorrow'", [])?;
    let seen = server.ask("GET", "/api/admin/migrations")?.json()?;
    assert_eq!(seen.get("state"), Some(&json!("ahead")));
    assert_eq!(seen.get("unknown"), Some(&json!(["from_tomorrow"])));
    let last = seen.get("chain").and_then(Value::as_array).and_then(|chain| chain.last());
    assert_eq!(last.and_then(|revision| revision.get("known")), Some(&json!(false)));
    Ok(())
}
