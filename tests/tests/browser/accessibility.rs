//! Checks the page with axe (<https://github.com/dequelabs/axe-core>), which `.ci/node-tools`
//! installs.

use std::error::Error;
use std::path::Path;
use std::sync::OnceLock;

use fantoccini::Client;
use serde_json::{Value, json};

/// The script that runs all rules. It reports each violation on a line, with the elements and the
/// reason.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations.flatMap(({ id, impact, nodes }) => nodes.map(
            ({ target, failureSummary }) => `${impact} ${id}: ${target.join(' ')}\\n${failureSummary}`))),
        (error) => done([`axe failed: ${error}`]));";

/// Fails if the page violates a rule in its current state.
pub(crate) async fn check(client: &Client, state: &str) -> Result<(), Box<dyn Error>> {
    if client.execute("return typeof axe", Vec::new()).await? != json!("object") {
        client.execute(axe()?, Vec::new()).await?;
    }
    let violations = client.execute_async(RUN, Vec::new()).await?;
    let violations = violations.as_array().ok_or("axe returned no list")?;
    if violations.is_empty() {
        return Ok(());
    }
    let texts: Vec<&str> = violations.iter().filter_map(Value::as_str).collect();
    Err(format!("the state `{state}` is not accessible:\n{}", texts.join("\n")).into())
}

/// Returns the source code of axe.
fn axe() -> Result<&'static str, String> {
    static SOURCE: OnceLock<Result<String, String>> = OnceLock::new();
    let read = || {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/node/node_modules/axe-core/axe.min.js");
        std::fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}; run `.ci/node-tools`", path.display()))
    };
    SOURCE.get_or_init(read).as_deref().map_err(Clone::clone)
}
