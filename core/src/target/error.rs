//! Why a text names no place in the chain.

use crate::problem::listed;

/// Why a target cannot be resolved. Each says what it is about; hints are made by whoever prints it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant says what it means")]
pub enum TargetError {
    #[error("`{text}` is incomplete: the name of a revision is missing")]
    Nameless { text: String },
    #[error("no revision is called `{name}`, and none begins with it")]
    NoSuchRevision { name: String },
    #[error("no branch is called `{name}`")]
    NoSuchBranch { name: String },
    #[error("revision `{revision}` is not on the branch `{branch}`")]
    NotOnBranch { revision: String, branch: String },
    #[error("`{name}` is not unique: {}", listed(candidates))]
    Ambiguous { name: String, candidates: Vec<String> },
    #[error("`{text}` can be read as the name of a revision, and as {steps} from `{anchor}`")]
    TwoReadings { text: String, anchor: String, steps: String },
    #[error("`{text}` names {} heads where one was expected: {}", heads.len(), listed(heads))]
    SeveralHeads { text: String, heads: Vec<String> },
    #[error("`{text}` goes further than the chain: only {possible} of its steps can be walked")]
    OutOfRange { text: String, possible: u64 },
    #[error("`{text}` cannot be walked: at {at} the chain goes {} ways ({})", ways.len(), listed(ways))]
    AmbiguousWalk { text: String, at: String, ways: Vec<String> },
    #[error("`{text}` begins where the database is, and that is at {} revisions: {}", current.len(), listed(current))]
    SeveralCurrent { text: String, current: Vec<String> },
    #[error("`{text}` goes the wrong way for {action}")]
    WrongWay { text: String, action: &'static str },
}
