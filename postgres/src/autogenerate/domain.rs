//! Domains. A domain whose base type or collation differs is left alone.

use super::constraint;
use super::names::short;
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::state::State;
use crate::catalog::Domain;

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.domains, &planner.is.catalog.domains);
    for new in is {
        let domain = format!("domain {}", new.name);
        match was.iter().find(|old| old.name == new.name) {
            None => operations.creates.push(Operation::new(domain, Rank::Domain, create(planner.is, new))),
            Some(old) => alter(old, new, operations),
        }
    }
    for old in was.iter().filter(|old| !is.iter().any(|new| new.name == old.name)) {
        let drop =
            Operation::new(format!("domain {}", old.name), Rank::Domain, format!("DROP DOMAIN {}", old.name));
        operations.late_drops.push(drop);
    }
}

fn create(state: &State, domain: &Domain) -> String {
    let Domain { name, base_type, not_null, default, collation, .. } = domain;
    let collation = collation.as_ref().map(|collation| format!(" COLLATE {collation}")).unwrap_or_default();
    let default = default.as_ref().map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
    let not_null = if *not_null { " NOT NULL" } else { "" };
    let constraints = constraint::of_new(state, &format!("domain {name}"));
    let constraints: Vec<String> = constraints.iter().map(|one| format!(" {one}")).collect();
    let constraints = constraints.concat();
    format!("CREATE DOMAIN {name} AS {base_type}{collation}{default}{not_null}{constraints}")
}

fn alter(old: &Domain, new: &Domain, operations: &mut Operations) {
    let mut alter = |action: String, question: Option<String>| {
        let statement = format!("ALTER DOMAIN {} {action}", new.name);
        let operation = Operation::new(format!("domain {}", new.name), Rank::Domain, statement);
        operations.creates.push(match question {
            Some(question) => operation.asking(question),
            None => operation,
        });
    };
    if old.default != new.default {
        let action = new.default.as_ref().map(|default| format!("SET DEFAULT {default}"));
        alter(action.unwrap_or_else(|| "DROP DEFAULT".to_owned()), None);
    }
    match (old.not_null, new.not_null) {
        (false, true) => {
            let question =
                format!("`{}` refuses rows with NULL. Correct or delete such rows first", short(&new.name));
            alter("SET NOT NULL".to_owned(), Some(question));
        }
        (true, false) => alter("DROP NOT NULL".to_owned(), None),
        _ => {}
    }
}
