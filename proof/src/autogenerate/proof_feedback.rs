//! Applies the results of the proof to a plan: undeclared losses, and rows that conflict with it.

use aludel_core::problem::{Problem, Remedy};

use super::generate::Planned;
use super::step::{Mending, Way};

/// The marker before the statements of the downgrade.
const DOWNGRADE: &str = "\n-- downgrade\n";

/// The result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is another problem, which cannot be fixed here.
    Nothing,
    /// The declared losses changed, so the script must be proved again.
    Losses,
    /// Rows conflict with the upgrade or the downgrade.
    Rows { in_the_way: [Mending; 2] },
}

/// Applies the problems of a proved script. `text` is its text without questions.
pub(super) fn apply(planned: &mut Planned, text: &str, problems: &[Problem]) -> Outcome {
    let is_own = |problem: &Problem| problem.place.as_ref().is_some_and(|place| place.source.text == text);
    if !problems.iter().all(|problem| is_own(problem) && problem.remedy != Remedy::Person) {
        return Outcome::Nothing;
    }
    let before = planned.up.losses.clone();
    for problem in problems {
        match &problem.remedy {
            Remedy::Declare(losses) => planned.up.losses.extend_from_slice(losses),
            Remedy::Undeclare => {
                let declared = problem.place.as_ref().and_then(|place| text.get(place.span.clone()));
                planned.up.losses.retain(|loss| Some(loss.as_str()) != declared);
            }
            Remedy::Rows | Remedy::Person => {}
        }
    }
    planned.up.losses.sort();
    planned.up.losses.dedup();
    if planned.up.losses != before {
        return Outcome::Losses;
    }
    let asked = problems.iter().filter(|problem| problem.remedy == Remedy::Rows);
    let asked: Option<Vec<Way>> = asked.map(|problem| way(text, problem)).collect();
    match asked {
        Some(ways) if !ways.is_empty() => {
            let on = |way| if ways.contains(&way) { Mending::Yes } else { Mending::No };
            Outcome::Rows { in_the_way: [on(Way::Up), on(Way::Down)] }
        }
        _ => Outcome::Nothing,
    }
}

/// Returns the direction in which a problem occurs.
fn way(text: &str, problem: &Problem) -> Option<Way> {
    let place = problem.place.as_ref()?;
    let is_back = text.find(DOWNGRADE).is_some_and(|marker| place.span.start > marker);
    Some(if is_back { Way::Down } else { Way::Up })
}
