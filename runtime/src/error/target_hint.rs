//! The next step after an error in a target.

use aludel_core::problem::listed;
use aludel_core::targets::{KEYWORDS, TargetError};

/// Returns the next step, or `None` if there is nothing to suggest.
pub(super) fn hint(error: &TargetError) -> Option<String> {
    Some(match error {
        TargetError::Nameless { .. } => {
            "use `head`, `base`, an ID or a label; on a branch, use `label@head`".to_owned()
        }
        TargetError::NoSuchBranch { name, .. } if KEYWORDS.contains(&name.as_str()) => {
            format!("write a label or a revision before `@`, and `{name}` after it, such as `label@{name}`")
        }
        TargetError::NoSuchRevision { nearest, .. } | TargetError::NoSuchBranch { nearest, .. } => {
            did_you_mean(nearest.as_deref())
        }
        TargetError::NotOnBranch { revision, .. } => {
            format!("use `{revision}` alone, or name its own branch")
        }
        TargetError::Ambiguous { .. } => "use a longer prefix".to_owned(),
        TargetError::TwoReadings { anchor, steps, .. } => {
            format!("use a longer prefix, or name the revision that is {steps} from `{anchor}`")
        }
        TargetError::SeveralHeads { heads, .. } => {
            format!("use one of them: {}; or use `heads` for all", listed(heads))
        }
        TargetError::SeveralCurrent { text, current } => match current.first() {
            Some(first) if !text.contains('@') => {
                format!("name the branch, such as `{first}@{text}`, or name a revision")
            }
            _ => "name a revision".to_owned(),
        },
        TargetError::AmbiguousWalk { ways, .. } => {
            format!("name a revision instead, such as {}", listed(ways))
        }
        TargetError::OutOfRange { .. } => {
            "`history -i` shows the chain and the database's revision".to_owned()
        }
        TargetError::WrongWay { text, .. } if goes_nowhere(text) => {
            "use the number of steps, such as `+1` for an upgrade and `-1` for a downgrade".to_owned()
        }
        TargetError::WrongWay { text, action } => match (*action, text.split(['+', '-']).next_back()) {
            ("an upgrade", Some(steps)) => {
                format!("to upgrade, use `+{steps}`; to downgrade, use `downgrade -{steps}`")
            }
            (_, Some(steps)) => format!("to downgrade, use `-{steps}`; to upgrade, use `upgrade +{steps}`"),
            (_, None) => return None,
        },
        _ => return None,
    })
}

fn did_you_mean(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`history` lists all revisions".to_owned(),
    }
}

/// Returns `true` if a target has zero steps, such as `+0`.
fn goes_nowhere(text: &str) -> bool {
    text.rsplit(['+', '-']).next().is_some_and(|steps| steps.bytes().all(|digit| digit == b'0'))
}
