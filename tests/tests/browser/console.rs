//! The console of the browser, which the driver keeps.

use std::error::Error;

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// Takes the messages since the last time.
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

/// Fails if a script failed, or if the policy of the page was violated.
///
/// Requests that were refused are in the console too, and are what the stories are about.
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
