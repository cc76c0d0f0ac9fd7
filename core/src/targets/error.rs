//! The errors of targets.

use crate::problem::listed;

/// The reason why a target cannot be resolved. `nearest` is the name that the user probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is explained by its message")]
pub enum TargetError {
    #[error("`{text}` is incomplete: the name of a revision is missing")]
    Nameless { text: String },
    #[error("no revision is named `{name}`, and no ID begins with it")]
    NoSuchRevision { name: String, nearest: Option<String> },
    #[error("no branch is named `{name}`")]
    NoSuchBranch { name: String, nearest: Option<String> },
    #[error("revision `{revision}` is not on the branch `{branch}`")]
    NotOnBranch { revision: String, branch: String },
    #[error("`{name}` is ambiguous: {}", listed(candidates))]
    Ambiguous { name: String, candidates: Vec<String> },
    #[error("`{text}` is ambiguous: it is the name of a revision, and also means {steps} from `{anchor}`")]
    TwoReadings { text: String, anchor: String, steps: String },
    #[error("`{text}` matches {} heads; expected one: {}", heads.len(), listed(heads))]
    SeveralHeads { text: String, heads: Vec<String> },
    #[error("`{text}` is out of range: the chain has only {possible} of these steps")]
    OutOfRange { text: String, possible: u64 },
    #[error("`{text}` is ambiguous: at {at}, the next step leads to {} revisions ({})", ways.len(), listed(ways))]
    AmbiguousWalk { text: String, at: String, ways: Vec<String> },
    #[error("`{text}` is ambiguous: the database is at {} revisions: {}", current.len(), listed(current))]
    SeveralCurrent { text: String, current: Vec<String> },
    #[error("`{text}` is in the wrong direction for {action}")]
    WrongWay { text: String, action: &'static str },
}
