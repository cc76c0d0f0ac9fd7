//! Tests of the page in headless Chromium. They need `chromium`, `chromedriver` and axe, which
//! `.ci/node-tools` installs.
//!
//! Each state is saved as a screenshot in `target/screenshots/`, for people to look at.
#![cfg(feature = "peers")]

mod accessibility;
mod browser;
mod console;
mod keyboard;
mod photo;
mod server;
mod stories;

/// The result of a test.
type Outcome = Result<(), Box<dyn std::error::Error>>;
