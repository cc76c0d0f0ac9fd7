//! Domains and their constraints. A domain whose base type or collation differs is left unchanged.

use super::names::short;
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::state::State;
use crate::catalog::{Domain, DomainConstraint};

/// Returns the unique name of a constraint in the schema.
pub(super) fn object(constraint: &DomainConstraint) -> String {
    format!("{}: constraint {}", constraint.parent, constraint.name)
}

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let (was, is) = (&planner.was.catalog.domains, &planner.is.catalog.domains);
    for new in is {
        let domain = format!("domain {}", new.name);
        match was.iter().find(|old| old.name == new.name) {
            None => operations.creates.push(Operation::new(domain, Rank::Domain, create(planner.is, new))),
            Some(old) => {
                alter(old, new, operations);
                constraints(planner, &domain, operations);
            }
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
    let of_domain = of(state, &format!("domain {name}"));
    let constraints: Vec<String> = of_domain
        .map(|one| format!(" CONSTRAINT {} {}", one.name, without_suffix(&one.definition)))
        .collect();
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

fn constraints(planner: &Planner<'_>, domain: &str, operations: &mut Operations) {
    let name = domain.trim_start_matches("domain ");
    for old in of(planner.was, domain).filter(|old| planner.is_gone(&object(old))) {
        let drop = format!("ALTER DOMAIN {name} DROP CONSTRAINT {}", old.name);
        operations.drops.push(Operation::new(object(old), Rank::Check, drop));
    }
    let is_kept = |new: &DomainConstraint| {
        of(planner.was, domain).any(|old| old.name == new.name) && !planner.is_gone(&object(new))
    };
    for new in of(planner.is, domain).filter(|new| !is_kept(new)) {
        let definition = without_suffix(&new.definition);
        let add = format!("ALTER DOMAIN {name} ADD CONSTRAINT {} {definition} NOT VALID", new.name);
        let operation = Operation::new(object(new), Rank::Check, add);
        operations.creates.push(if definition == new.definition {
            operation
                .asking(format!(
                    "`{}` of `{}` refuses rows that violate it: {definition}. Correct or delete such rows first",
                    new.name,
                    short(name)
                ))
                .then(format!("ALTER DOMAIN {name} VALIDATE CONSTRAINT {}", new.name))
        } else {
            operation
        });
    }
}

/// Returns the constraints of a domain.
fn of<'s>(state: &'s State, domain: &str) -> impl Iterator<Item = &'s DomainConstraint> + use<'s> {
    let domain = domain.to_owned();
    state.catalog.domain_constraints.iter().filter(move |constraint| constraint.parent == domain)
}

fn without_suffix(definition: &str) -> &str {
    definition.trim_end_matches(" NOT VALID")
}
