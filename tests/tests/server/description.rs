//! Checks the running server against its `OpenAPI` document with Schemathesis, which must be on the
//! `PATH`.

use std::process::Command;

use crate::Outcome;
use crate::client::SECRET;
use crate::process::Home;

/// The checks for each response. The `Allow` header is not checked: an address below `/api/photos/`
/// may also be the name of a photo, and then allows the same methods as a photo.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance,unsupported_method";

/// The time limit for all requests, in seconds. A faster machine does not try different requests.
const TIME: &str = "45";

/// The number of random requests for each operation.
const EXAMPLES: &str = "10";

#[test]
fn responses_are_as_described() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let output = Command::new("schemathesis")
        .current_dir(home.path())
        .args(["run", &format!("http://{}/api/openapi.json", server.address)])
        .args(["--header", &format!("Authorization: Bearer {SECRET}")])
        .args(["--phases", "coverage,fuzzing", "--checks", CHECKS, "--seed", "1"])
        .args(["--max-examples", EXAMPLES, "--max-time", TIME])
        .env("SCHEMATHESIS_HOOKS", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/schemathesis.py"))
        // It would revoke the token.
        .args(["--exclude-path", "/api/auth/logout", "--no-color"])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    // The tester has no password, and is not the owner.
    let needs_more =
        |line: &&str| ["POST /api/auth/", "GET /api/admin/"].iter().any(|start| line.starts_with(start));
    let unreached = std::fs::read_to_string(home.path().join("unreached"))?;
    let unreached: Vec<&str> = unreached.lines().filter(|line| !needs_more(line)).collect();
    assert!(unreached.is_empty(), "never succeeded: {unreached:#?}\n{text}");
    Ok(())
}
