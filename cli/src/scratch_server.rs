//! The server on which PostgreSQL scripts are proved and schemas are compared.

use aludel::postgres::{Config, Database};
use aludel_postgres::scratch::{ScratchError, Server};

/// The environment variable that contains the URL of a server.
pub(crate) const VARIABLE: &str = "ALUDEL_PROVE_URL";

/// Returns the server at a URL, or starts one if there is no URL.
pub(crate) fn at(url: Option<&str>) -> Result<Server, ScratchError> {
    let Some(url) = url else { return Server::start() };
    let database = Database::parse(url).map_err(|error| ScratchError::Given(error.into()))?;
    let config = database.config().clone();
    let connect = move |config: &Config| {
        database.with_config(config.clone()).connect().map_err(|error| ScratchError::Given(error.into()))
    };
    Server::given(config, Box::new(connect))
}

/// Returns the server that the environment variable names, or starts one.
pub(crate) fn usual() -> Result<Server, ScratchError> {
    at(std::env::var(VARIABLE).ok().filter(|url| !url.is_empty()).as_deref())
}

/// Returns the message of an error with its causes.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}
