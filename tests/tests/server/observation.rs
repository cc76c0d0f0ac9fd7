//! The request log, request IDs, and the metrics.

use std::error::Error;
use std::fs;

use serde_json::Value;

use crate::Outcome;
use crate::client::{Client, png};
use crate::process::{Home, wait};

/// Returns the requests in a log of JSON lines.
fn requests(home: &Home) -> Result<Vec<Value>, Box<dyn Error>> {
    let log = fs::read_to_string(home.path().join("server.log"))?;
    let lines: Vec<Value> = log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line.get("message") == Some(&"answered".into())).collect())
}

#[test]
fn each_request_is_logged_with_its_id_and_without_its_path_and_query() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--log", "info", "--log-format", "json"])?;
    server.put("holidays.png", &png(1)?)?;
    let original = server.connect()?.ask(
        "GET",
        "/api/photos/holidays.png?key=secret",
        &[("X-Request-Id", "from-the-proxy")],
        b"",
    )?;
    assert_eq!(original.header("x-request-id"), Some("from-the-proxy"));
    let refused = server.connect()?.ask_exactly("GET", "/api/photos/", &[], b"")?;
    let id = refused.header("x-request-id").ok_or("no ID")?;
    assert_eq!(id.len(), 32);

    let invented = "X".repeat(1000);
    let answer = server.connect()?.ask(&invented, "/", &[("X-Request-Id", r#""},{"id":"forged"#)], b"")?;
    assert_eq!(answer.status, 405);

    let with = |id: &str| -> Result<Option<Value>, Box<dyn Error>> {
        let is_its = |line: &Value| line.pointer("/span/id") == Some(&id.into());
        Ok(requests(&home)?.into_iter().find(is_its))
    };
    wait("the lines", || Ok(with("from-the-proxy")?.is_some() && with(id)?.is_some()))?;
    let line = with("from-the-proxy")?.ok_or("no line")?;
    for (place, expected) in [
        ("/span/method", Value::from("GET")),
        ("/span/route", "/api/photos/{key}".into()),
        ("/span/user", 1.into()),
        ("/status", 200.into()),
        ("/bytes", original.body.len().into()),
    ] {
        assert_eq!(line.pointer(place), Some(&expected), "{place} in {line}");
    }
    assert!(line.pointer("/ms").is_some_and(Value::is_number), "{line}");
    assert_eq!(with(id)?.ok_or("no line")?.pointer("/status"), Some(&401.into()));
    wait("the line", || Ok(with(r#""},{"id":"forged"#)?.is_some()))?;
    let line = with(r#""},{"id":"forged"#)?.ok_or("no line")?;
    assert_eq!(line.pointer("/span/method"), Some(&"other".into()), "{line}");
    let log = fs::read_to_string(home.path().join("server.log"))?;
    assert!(!log.contains("secret") && !log.contains("holidays"), "{log}");
    Ok(())
}

#[test]
fn metrics_are_served_on_their_own_address_only() -> Outcome {
    let home = Home::new()?;
    let mut server = home.serve(&["--metrics", "127.0.0.1:0"])?;
    let line = server.line()?;
    let address =
        line.trim().strip_prefix("metrics on http://").and_then(|line| line.strip_suffix("/metrics"));
    let address = address.ok_or("no address")?.parse()?;
    server.put("a.png", &png(1)?)?;
    assert_eq!(server.ask("GET", "/metrics")?.status, 404);
    let ask = |method, path| Client::connect(address)?.ask_exactly(method, path, &[], b"");
    let metrics =
        || -> Result<String, Box<dyn Error>> { Ok(String::from_utf8(ask("GET", "/metrics")?.body)?) };
    let put = r#"photosafe_requests_total{method="PUT",route="/api/photos/{key}",status="201"} 1"#;
    wait("the count", || Ok(metrics()?.contains(put)))?;
    let text = metrics()?;
    for expected in [
        r#"photosafe_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"photosafe_request_seconds_count{route="/api/photos/{key}"} 1"#,
        &format!("photosafe_received_bytes_total {}", png(1)?.len()),
        "photosafe_ready 1",
        "photosafe_migrations_total ",
        "photosafe_database_bytes ",
        "photosafe_connections ",
        "head=\"",
    ] {
        assert!(text.contains(expected), "{expected} in:\n{text}");
    }
    assert_eq!(ask("POST", "/metrics")?.status, 405);
    assert_eq!(ask("GET", "/livez")?.status, 404);
    Ok(())
}

#[test]
fn health_asks_the_server_at_its_address() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let bind = server.address.to_string();
    assert_eq!(home.run(&["--bind", &bind, "health"])?.status.code(), Some(0));
    drop(server);
    let silent = home.run(&["--bind", &bind, "health"])?;
    assert_eq!(silent.status.code(), Some(1));
    assert!(String::from_utf8(silent.stderr)?.contains("does not answer"));
    Ok(())
}
