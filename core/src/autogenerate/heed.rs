//! Heeds what the proof says of a script that was planned: what it loses, and which rows are in its way.

use super::generate::Planned;
use super::step::{Mending, Step, Way};
use crate::problem::Problem;
use crate::script::statements;

/// A loss that is declared and does not happen, or names nothing: it stands at the place.
const NOT_LOST: [&str; 2] = ["declared-but-kept", "unknown-loss"];

/// A loss that is not declared: the help says how it is.
const LOST: [&str; 2] = ["undeclared-loss", "counter-falls-back"];

/// Rows as they may be stop a statement: only a person knows whether there are such rows, and what becomes of them.
const ROWS_IN_THE_WAY: [&str; 3] = ["fails-with-rows", "downgrade-fails-with-rows", "dangling-rows"];

/// What the help of a fault says before a loss.
const DECLARE: &str = "`-- Loses: ";

/// What the statements of the downgrade stand behind.
const DOWNGRADE: &str = "\n-- downgrade\n";

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heeded {
    /// There is something else that cannot be mended here.
    Nothing,
    /// What is lost is declared in another way: the proof has to be asked again.
    Losses,
    /// A person is asked, and that is all: there, or back, rows are in the way.
    Questions { in_the_way: [Mending; 2] },
}

/// Heeds the faults of a script whose text, without questions, was proved.
pub(super) fn heed(planned: &mut Planned, text: &str, problems: &[Problem]) -> Heeded {
    let among = |problem: &Problem, codes: &[&str]| codes.contains(&problem.code);
    let own = |problem: &&Problem| problem.place.as_ref().is_some_and(|place| place.source.text == text);
    if !problems.iter().all(|problem| {
        own(&problem)
            && (among(problem, &NOT_LOST) || among(problem, &LOST) || among(problem, &ROWS_IN_THE_WAY))
    }) {
        return Heeded::Nothing;
    }
    let before = planned.up.losses.clone();
    for problem in problems {
        if among(problem, &NOT_LOST) {
            let loss =
                problem.place.as_ref().and_then(|place| text.get(place.span.clone())).unwrap_or_default();
            planned.up.losses.retain(|other| other != loss);
        } else if among(problem, &LOST) {
            planned.up.losses.extend(declared(&problem.help));
        }
    }
    planned.up.losses.sort();
    planned.up.losses.dedup();
    if planned.up.losses != before {
        return Heeded::Losses;
    }
    let asked = problems.iter().filter(|problem| among(problem, &ROWS_IN_THE_WAY));
    let asked: Option<Vec<Way>> = asked.map(|problem| ask(planned, text, problem)).collect();
    match asked {
        Some(ways) if !ways.is_empty() => {
            let on = |way| if ways.contains(&way) { Mending::Yes } else { Mending::No };
            Heeded::Questions { in_the_way: [on(Way::Up), on(Way::Down)] }
        }
        _ => Heeded::Nothing,
    }
}

/// The losses that a help tells to declare.
fn declared(help: &str) -> Vec<String> {
    let words = help.split_once(DECLARE).and_then(|(_, rest)| rest.split('`').next()).unwrap_or_default();
    words.split(',').map(|loss| loss.trim().to_owned()).filter(|loss| !loss.is_empty()).collect()
}

/// Puts what the proof says above the statement that it says it of; says on which way that is.
fn ask(planned: &mut Planned, text: &str, problem: &Problem) -> Option<Way> {
    let place = problem.place.as_ref()?;
    let mut spans = statements(text).into_iter();
    let statement = spans.find(|span| span.contains(&place.span.start)).and_then(|span| text.get(span));
    let statement = statement?;
    let is_back = text.find(DOWNGRADE).is_some_and(|marker| place.span.start > marker);
    let (way, plan) = if is_back { (Way::Down, &mut planned.down) } else { (Way::Up, &mut planned.up) };
    let holds = |step: &&mut Step| step.statements.iter().any(|sql| sql.contains(statement));
    let step = plan.steps.iter_mut().find(holds)?;
    step.reviews.push(format!("{}; {}", problem.title, problem.help));
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn a_help_tells_what_is_lost() {
        let help = "bring them back in the downgrade, or, if they are meant to go, declare it in the header: `-- Loses: t.a, rows of u`";
        assert_eq!(declared(help), ["t.a", "rows of u"]);
        assert_eq!(declared("nothing of the kind"), [""; 0]);
    }
}
