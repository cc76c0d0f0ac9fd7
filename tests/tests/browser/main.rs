//! Tests of the page in headless Chromium. They need the programs `chromium` and `chromedriver`.
//!
//! Each state is kept as a picture in `target/screenshots/`, for people to look at.
#![cfg(feature = "peers")]

mod browser;
mod console;
mod photo;
mod server;
mod stories;

/// The result of a test.
type Outcome = Result<(), Box<dyn std::error::Error>>;
