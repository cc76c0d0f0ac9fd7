//! Accounts: the permissions of each role, and what a stranger cannot do.

use std::io::Write as _;
use std::process::Output;

use crate::Outcome;
use crate::client::{Client, Reply, png};
use crate::process::{Home, Server, wait};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Runs `server user …` with a password on stdin.
fn user(home: &Home, arguments: &[&str], password: &str) -> Result<Output> {
    let mut command = home.command(&[&["user"], arguments].concat());
    let mut child = command.stdin(std::process::Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no stdin")?.write_all(password.as_bytes())?;
    Ok(child.wait_with_output()?)
}

fn created(home: &Home, name: &str) -> Result<String> {
    let output = user(home, &["create", name], "open sesame\n")?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let output = user(home, &["token", name], "")?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(format!("Bearer {}", String::from_utf8(output.stdout)?.trim()))
}

fn anonymous(server: &Server, method: &str, path: &str, body: &[u8]) -> Result<Reply> {
    server.connect()?.ask_exactly(method, path, &[], body)
}

fn register(server: &Server, body: &str) -> Result<Reply> {
    anonymous(server, "POST", "/api/auth/register", body.as_bytes())
}

fn login(server: &Server, path: &str, name: &str, password: &str) -> Result<Reply> {
    anonymous(server, "POST", path, format!("username={name}&password={password}").as_bytes())
}

#[test]
fn two_owners_have_the_same_photo_once_on_the_disk() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let grace = created(&home, "grace")?;
    let hers = [("Authorization", grace.as_str())];
    let bytes = png(1)?;
    assert_eq!(server.put("a.png", &bytes)?.status, 201);
    let put = server.connect()?.ask("PUT", "/api/photos/a.png", &hers, &bytes)?;
    assert_eq!(put.status, 201);
    assert_eq!(home.contents()?.len(), 1);
    let path = format!("/api/photos/{}/", put.text("uuid")?);
    assert_eq!(server.connect()?.ask("DELETE", &path, &hers, b"")?.status, 200);
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, bytes);
    // A downgrade keeps the photos of both, although a hash must be unique again.
    server.connect()?.ask("PUT", "/api/photos/a.png", &hers, &bytes)?;
    drop(server);
    assert_eq!(home.run(&["db", "downgrade", "6346483a4c8f"])?.status.code(), Some(0));
    let server = home.serve(&[])?;
    for headers in [&hers[..], &[]] {
        let got = server.connect()?.ask("GET", "/api/photos/a.png", headers, b"")?;
        assert_eq!(got.body, bytes);
        assert!(got.header("etag").is_some());
    }
    Ok(())
}

#[test]
fn the_first_account_needs_the_code_that_the_server_prints() -> Outcome {
    let home = Home::new()?;
    let mut server = home.listen(&[])?;
    let line = server.line()?;
    let code = line.trim().rsplit(' ').next().ok_or("no code")?.to_owned();
    assert!(line.starts_with("there is no account yet"), "{line}");
    let body = |code: &str| {
        format!(r#"{{"username":"ada","email":"ada@example.org","password":"open sesame","code":"{code}"}}"#)
    };
    for wrong in ["", "00000-00000-00000-00000"] {
        let refused = register(&server, &body(wrong))?;
        assert_eq!((refused.status, refused.detail()?.contains("the code")), (403, true));
    }
    let short = register(&server, &body(&code).replace("open sesame", "short"))?;
    assert_eq!(
        (short.status, short.detail()?),
        (422, "Invalid password: expected 8 to 1024 bytes".to_owned())
    );
    let ada = register(&server, &body(&code))?;
    assert_eq!(ada.status, 201, "{:?}", ada.json()?);
    assert_eq!(ada.json()?.get("is_superuser"), Some(&true.into()));
    assert!(ada.json()?.get("hashed_password").is_none());
    let again = register(&server, &body(&code).replace("ada", "eve"))?;
    assert_eq!(again.status, 403, "{:?}", again.json()?);
    drop(server);

    let server = home.serve(&["--allow-registration"])?;
    let taken = register(&server, &body(""))?;
    assert_eq!((taken.status, taken.detail()?), (400, "Username already registered".to_owned()));
    let taken = register(&server, &body("").replace("\"ada\"", "\"eve\""))?;
    assert_eq!((taken.status, taken.detail()?), (400, "Email already registered".to_owned()));
    let eve = register(&server, &body("").replace("ada", "eve"))?;
    assert_eq!((eve.status, eve.json()?.get("is_superuser").cloned()), (201, Some(false.into())));
    Ok(())
}

#[test]
fn a_user_logs_in_and_out() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    created(&home, "ada")?;
    for (name, password) in [("ada", "Open sesame"), ("eve", "open sesame"), ("ada", "")] {
        let refused = login(&server, "/api/auth/login", name, password)?;
        assert_eq!((refused.status, refused.detail()?), (401, "Incorrect username or password".to_owned()));
    }
    let reply = login(&server, "/api/auth/login", "ada", "open+sesame")?;
    assert_eq!(reply.text("token_type")?, "bearer");
    let bearer = format!("Bearer {}", reply.text("access_token")?);
    let program = [("Authorization", bearer.as_str())];
    let reply = login(&server, "/api/auth/session", "ada", "open%20sesame")?;
    let cookie = reply.header("set-cookie").ok_or("no cookie")?.to_owned();
    for attribute in ["session=ps_", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap_or_default();
    let browser = [("Cookie", pair)];
    for headers in [&program, &browser] {
        let me = server.connect()?.ask("GET", "/api/auth/me", headers, b"")?;
        assert_eq!(me.text("username")?, "ada");
        assert!(me.json()?.get("last_login").is_some_and(serde_json::Value::is_string));
    }
    let tokens = server.connect()?.ask("GET", "/api/auth/tokens", &browser, b"")?;
    assert_eq!(tokens.json()?.pointer("/0/is_current"), Some(&true.into()));
    let stored = home.column::<String>("SELECT hash FROM tokens")?;
    assert!(stored.iter().all(|hash| !bearer.contains(hash) && !cookie.contains(hash)));

    let out = server.connect()?.ask("POST", "/api/auth/logout", &browser, b"")?;
    assert!(out.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(server.connect()?.ask("GET", "/api/auth/me", &browser, b"")?.status, 401);
    assert_eq!(server.connect()?.ask("GET", "/api/auth/me", &program, b"")?.status, 200);
    home.change("UPDATE tokens SET expires_at = '2026-01-01 00:00:00.000000'")?;
    assert_eq!(server.connect()?.ask("GET", "/api/auth/me", &program, b"")?.status, 401);
    Ok(())
}

#[test]
fn a_token_is_created_and_revoked() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let create = |body: &str| server.connect()?.ask("POST", "/api/auth/tokens", &[], body.as_bytes());
    for body in ["", "{}", r#"{"name":"x","days":0}"#, r#"{"name":"x","days":99999}"#, r#"{"name":"a\nb"}"#] {
        assert_eq!(create(body)?.status, 422, "{body}");
    }
    let made = create(r#"{"name":"backup","days":1}"#)?;
    assert_eq!(made.status, 201);
    let bearer = format!("Bearer {}", made.text("access_token")?);
    let program = [("Authorization", bearer.as_str())];
    assert_eq!(server.connect()?.ask("GET", "/api/photos/", &program, b"")?.status, 200);
    let list = server.ask("GET", "/api/auth/tokens")?.json()?;
    assert_eq!(list.pointer("/0/name"), Some(&"backup".into()));
    wait("the note of its use", || {
        // While the use of another token is being noted, this one is not.
        server.connect()?.ask("GET", "/api/photos/", &program, b"")?;
        let list = server.ask("GET", "/api/auth/tokens")?.json()?;
        Ok(list.pointer("/0/last_used_at").is_some_and(serde_json::Value::is_string))
    })?;
    let id = list.pointer("/0/id").and_then(serde_json::Value::as_i64).ok_or("no id")?;
    assert_eq!(server.ask("DELETE", &format!("/api/auth/tokens/{id}"))?.status, 200);
    assert_eq!(server.ask("DELETE", &format!("/api/auth/tokens/{id}"))?.status, 404);
    assert_eq!(server.connect()?.ask("GET", "/api/photos/", &program, b"")?.status, 401);
    Ok(())
}

#[test]
fn passwords_are_not_guessed() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    created(&home, "ada")?;
    for _ in 0..10 {
        assert_eq!(login(&server, "/api/auth/login", "ada", "guess")?.status, 401);
    }
    let refused = login(&server, "/api/auth/login", "ada", "open+sesame")?;
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("retry-after").ok_or("no Retry-After")?.parse()?;
    assert!((800..=900).contains(&wait), "{wait}");
    Ok(())
}

#[test]
fn an_account_of_before_logs_in_and_adopts_its_photos() -> Outcome {
    let home = Home::new()?;
    assert_eq!(home.run(&["db", "upgrade", "c71fdf3b7df8"])?.status.code(), Some(0));
    home.connect()?.execute_batch(
        "INSERT INTO users (id, username, email, hashed_password, is_active, is_superuser)
         VALUES (7, 'ada', 'ada@example.org', '!', 1, 0);
         INSERT INTO photos (uuid, original_filename, date) VALUES ('OLD', 'old.png', '2025-12-05 18:00:00.000000')",
    )?;
    // As PhotoSafe stored it.
    let stored = bcrypt::hash("open sesame", 4)?;
    home.connect()?.execute("UPDATE users SET hashed_password = ?1", [&stored])?;
    let server = home.serve(&[])?;
    let token = |server: &Server| -> Result<String> {
        let reply = login(server, "/api/auth/login", "ada", "open+sesame")?;
        Ok(format!("Bearer {}", reply.text("access_token")?))
    };
    let bearer = token(&server)?;
    let hash: String =
        home.connect()?.query_row("SELECT hashed_password FROM users WHERE id = 7", [], |row| row.get(0))?;
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    token(&server)?;
    let headers = [("Authorization", bearer.as_str())];
    assert_eq!(server.connect()?.ask("GET", "/api/photos/OLD/", &headers, b"")?.status, 404);
    let adopted = user(&home, &["adopt", "ada"], "")?;
    assert_eq!(String::from_utf8(adopted.stdout)?, "photos that ada now owns: 1\n");
    assert_eq!(server.connect()?.ask("GET", "/api/photos/OLD/", &headers, b"")?.status, 200);

    assert_eq!(user(&home, &["disable", "ada"], "")?.status.code(), Some(0));
    assert_eq!(server.connect()?.ask("GET", "/api/photos/OLD/", &headers, b"")?.status, 401);
    assert_eq!(login(&server, "/api/auth/login", "ada", "open+sesame")?.detail()?, "Inactive user");
    assert_eq!(user(&home, &["enable", "ada"], "")?.status.code(), Some(0));
    assert_eq!(server.connect()?.ask("GET", "/api/photos/OLD/", &headers, b"")?.status, 200);
    assert_eq!(user(&home, &["password", "ada"], "another one\n")?.status.code(), Some(0));
    assert_eq!(server.connect()?.ask("GET", "/api/photos/OLD/", &headers, b"")?.status, 401);
    assert_eq!(login(&server, "/api/auth/login", "ada", "another+one")?.status, 200);
    let unknown = user(&home, &["adopt", "eve"], "")?;
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8(unknown.stderr)?.contains("there is no account `eve`"));
    Ok(())
}

#[test]
fn other_sites_and_other_hosts_are_refused() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--allow-host", "photos.example"])?;
    let put = |headers: &[(&str, &str)]| -> Result<u16> {
        Ok(server.connect()?.ask("PUT", "/api/photos/a.png", headers, &png(1)?)?.status)
    };
    assert_eq!(put(&[("Sec-Fetch-Site", "cross-site")])?, 403);
    assert_eq!(put(&[("Origin", "https://evil.example")])?, 403);
    assert_eq!(put(&[("Host", "evil.example")])?, 421);
    assert_eq!(put(&[("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost")])?, 201);
    assert_eq!(put(&[("Host", "photos.example"), ("Origin", "https://photos.example")])?, 200);
    assert_eq!(put(&[("Host", &server.address.to_string())])?, 200);
    let evil =
        Client::connect(server.address)?.ask("GET", "/api/photos/", &[("Host", "evil.example")], b"")?;
    assert_eq!(evil.status, 421);
    let fine = server.ask("GET", "/api/photos/")?;
    assert_eq!(fine.header("cross-origin-resource-policy"), Some("same-origin"));
    Ok(())
}

#[test]
fn behind_tls_the_cookie_is_secure() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--behind-tls"])?;
    created(&home, "ada")?;
    let reply = login(&server, "/api/auth/session", "ada", "open+sesame")?;
    let cookie = reply.header("set-cookie").ok_or("no cookie")?;
    assert!(cookie.starts_with("__Host-session=ps_") && cookie.ends_with("; Secure"), "{cookie}");
    Ok(())
}
