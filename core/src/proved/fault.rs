//! The errors of `proved.lock` and of stale proofs, as data and as messages.

use super::{FILE, Why};
use crate::problem::{Explain, Words, words};

/// An error in `proved.lock`, or in a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum ProvedFault {
    NotUtf8,
    Conflict,
    Version { expected: &'static str },
    Line,
    Missing,
    Stale { revision: String, why: Why },
}

const PROVE: &str =
    "run `aludel prove` to prove the scripts on a PostgreSQL server, and commit `proved.lock` with them";

impl Explain for ProvedFault {
    fn words(&self) -> Words {
        match self {
            Self::NotUtf8 => words(
                "proved-lock-not-utf-8",
                format!("`{FILE}` is not UTF-8"),
                "the first byte that is not UTF-8 is here",
                "restore the file from version control, or rewrite it with `aludel prove`",
            ),
            Self::Conflict => words(
                "proved-lock-conflict",
                format!("`{FILE}` contains an unresolved merge conflict"),
                "this is a conflict marker",
                "keep the lines of both sides, remove the conflict markers, and run `aludel prove` to prove what the merge changed",
            ),
            Self::Version { expected } => words(
                "proved-lock-version",
                format!("`{FILE}` has an unknown format"),
                format!("expected the line `{expected}`"),
                "rewrite the file: run `aludel prove` in the same version as this library",
            ),
            Self::Line => words(
                "proved-lock-line",
                format!("a line of `{FILE}` is not a proof"),
                "expected `<revision> <sha256> <sha256> <fingerprint> <server> <extensions>`",
                "restore the line from version control, or rewrite the file with `aludel prove`",
            ),
            Self::Missing => words(
                "no-proved-lock",
                format!("the scripts were never proved: their folder has no `{FILE}`"),
                "",
                PROVE,
            ),
            Self::Stale { revision, why } => {
                let (code, what) = match why {
                    Why::New => ("not-proved", "was never proved"),
                    Why::Edited => ("proof-stale", "was edited after its proof"),
                    Why::Ancestor { .. } | Why::Preceding { .. } | Why::Reproved | Why::Surplus => {
                        ("proof-stale", "was proved before the scripts that precede it changed")
                    }
                };
                words(
                    code,
                    format!("revision `{revision}` {what}"),
                    format!("no line of `{FILE}` covers this script and those before it"),
                    PROVE,
                )
            }
        }
    }
}
