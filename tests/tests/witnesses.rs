//! Statements that overwrite or remove values, with random names. The proof reports every one of
//! them as a loss.

use std::collections::BTreeMap;

use tests::statements::{Form, GUARDED, OTHER, Outcome, SIMPLE, WIDE, outcome, shown};

/// The number of random namings to try for each statement.
const NAMINGS: u64 = 8;

/// Counts the outcomes, and lists the statements without a reported loss.
fn outcomes(forms: &[Form]) -> Result<(BTreeMap<Outcome, usize>, Vec<String>), String> {
    let (mut counts, mut others) = (BTreeMap::new(), Vec::new());
    for form in forms {
        for naming in 0..NAMINGS {
            let outcome = outcome(*form, naming)?;
            *counts.entry(outcome).or_default() += 1;
            if outcome != Outcome::Loss {
                others.push(format!("{outcome:?}: {}", shown(*form, naming)));
            }
        }
    }
    Ok((counts, others))
}

#[test]
fn a_loss_is_reported_whatever_the_names_are() -> Result<(), String> {
    for forms in [SIMPLE.as_slice(), &GUARDED] {
        let (_, others) = outcomes(forms)?;
        assert_eq!(others, Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn joins_subqueries_and_triggers_are_seldom_silent() -> Result<(), String> {
    let (counts, others) = outcomes(&OTHER)?;
    let all: usize = counts.values().sum();
    let silent = counts.get(&Outcome::Silent).copied().unwrap_or_default();
    assert!(silent * 100 <= all, "{others:#?}");
    Ok(())
}

#[test]
fn harm_by_triggers_views_rebuilds_and_functions_is_never_silent() -> Result<(), String> {
    let (counts, others) = outcomes(&WIDE)?;
    let all: usize = counts.values().sum();
    let count = |outcome| counts.get(&outcome).copied().unwrap_or_default();
    assert_eq!(count(Outcome::Silent) + count(Outcome::OtherError), 0, "{others:#?}");
    assert!(count(Outcome::Note) * 100 <= 2 * all, "{others:#?}");
    Ok(())
}
