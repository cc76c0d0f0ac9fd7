//! Heeds what the proof says of a script that was planned: what it loses, and which rows are in its way.

use aludel_core::problem::{Problem, Remedy};

use super::generate::Planned;
use super::step::{Mending, Way};

/// What the statements of the downgrade stand behind.
const DOWNGRADE: &str = "\n-- downgrade\n";

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heeded {
    /// There is something else that cannot be mended here.
    Nothing,
    /// What is lost is declared in another way: the proof has to be asked again.
    Losses,
    /// There, or back, rows are in the way.
    Rows { in_the_way: [Mending; 2] },
}

/// Heeds the faults of a script whose text, without questions, was proved.
pub(super) fn heed(planned: &mut Planned, text: &str, problems: &[Problem]) -> Heeded {
    let is_own = |problem: &Problem| problem.place.as_ref().is_some_and(|place| place.source.text == text);
    if !problems.iter().all(|problem| is_own(problem) && problem.remedy != Remedy::Person) {
        return Heeded::Nothing;
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
        return Heeded::Losses;
    }
    let asked = problems.iter().filter(|problem| problem.remedy == Remedy::Rows);
    let asked: Option<Vec<Way>> = asked.map(|problem| way(text, problem)).collect();
    match asked {
        Some(ways) if !ways.is_empty() => {
            let on = |way| if ways.contains(&way) { Mending::Yes } else { Mending::No };
            Heeded::Rows { in_the_way: [on(Way::Up), on(Way::Down)] }
        }
        _ => Heeded::Nothing,
    }
}

/// On which way something is that the proof says.
fn way(text: &str, problem: &Problem) -> Option<Way> {
    let place = problem.place.as_ref()?;
    let is_back = text.find(DOWNGRADE).is_some_and(|marker| place.span.start > marker);
    Some(if is_back { Way::Down } else { Way::Up })
}
