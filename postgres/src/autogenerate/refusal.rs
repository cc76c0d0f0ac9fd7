//! The reasons for which no script is generated.

use crate::scratch::ScratchError;

/// A reason for which no script is generated.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is explained by its message")]
pub enum Refusal {
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    #[error("revision `{id}` fails on a scratch database: {message}")]
    Chain { id: String, message: String },
    #[error("the target schema fails on an empty database, at line {line}: {message}")]
    Target { line: usize, message: String },
    #[error("the generated {section} fails: {message}, in `{statement}`")]
    Generated { section: &'static str, statement: String, message: String },
}

impl From<postgres::Error> for Refusal {
    fn from(error: postgres::Error) -> Self {
        Self::Scratch(error.into())
    }
}

/// Returns the server's message with its detail.
pub(super) fn message(error: &postgres::Error) -> String {
    let Some(reported) = error.as_db_error() else { return error.to_string() };
    let detail = reported.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!("{}{detail}", reported.message())
}
