//! Checks the browser's console, which the driver records.

use std::error::Error;

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// The command that returns the messages since the last call.
#[derive(Debug)]
struct TakeMessages;

impl WebDriverCompatibleCommand for TakeMessages {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/se/log", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// Fails if a script failed, or if the page's content security policy was violated.
///
/// The console also lists requests that the server rejected. The stories cause these on purpose.
pub(crate) async fn check(client: &Client) -> Result<(), Box<dyn Error>> {
    let messages = client.issue_cmd(TakeMessages).await?;
    let messages: Vec<&Value> = messages
        .as_array()
        .ok_or("no messages")?
        .iter()
        .filter(|message| message.get("source") != Some(&json!("network")))
        .collect();
    if messages.is_empty() { Ok(()) } else { Err(format!("the console has {messages:#?}").into()) }
}
