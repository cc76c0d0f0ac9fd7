//! Constraints of tables and domains.

use super::names::{short, sql_name};
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::state::State;
use crate::catalog::Catalog;

/// The suffix in the definition of a constraint that was not checked on existing rows.
const NOT_VALID: &str = " NOT VALID";

/// A constraint of a table or a domain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Constraint<'c> {
    /// The table or domain that it belongs to, such as `table public.photos`.
    pub(super) owner: &'c str,
    name: &'c str,
    /// The definition with its validity.
    whole: &'c str,
}

/// Returns the constraints for which statements are generated. Since PostgreSQL 18, `NOT NULL` is a
/// constraint too, but it is generated with its column.
pub(super) fn all(catalog: &Catalog) -> impl Iterator<Item = Constraint<'_>> {
    let is_handled =
        |one: &&crate::catalog::Constraint| !one.inherited && !one.definition.starts_with("NOT NULL");
    let of_tables = catalog.constraints.iter().filter(is_handled);
    let of_tables = of_tables.map(|one| (&one.parent, &one.name, &one.definition));
    let of_domains = catalog.domain_constraints.iter().map(|one| (&one.parent, &one.name, &one.definition));
    of_tables.chain(of_domains).map(|(owner, name, whole)| Constraint { owner, name, whole })
}

/// Returns the unique name of a constraint, as an object of the schema.
pub(super) fn object(owner: &str, name: &str) -> String {
    format!("{owner}: constraint {name}")
}

impl<'c> Constraint<'c> {
    /// Returns the unique name, as an object of the schema.
    pub(super) fn object(self) -> String {
        object(self.owner, self.name)
    }

    /// Returns the definition without its validity, which `ALTER` changes.
    pub(super) fn definition(self) -> &'c str {
        self.whole.strip_suffix(NOT_VALID).unwrap_or(self.whole)
    }

    fn is_valid(self) -> bool {
        !self.whole.ends_with(NOT_VALID)
    }

    fn rank(self) -> Rank {
        match self.whole.split(' ').next() {
            Some("FOREIGN") => Rank::ForeignKey,
            Some("CHECK") => Rank::Check,
            _ => Rank::Key,
        }
    }

    /// Returns `true` if the statement that creates its owner contains it.
    fn is_created_with_owner(self) -> bool {
        self.is_valid() && self.rank() != Rank::ForeignKey
    }

    fn alter(self, action: &str) -> String {
        let kind = if self.owner.starts_with("domain ") { "DOMAIN" } else { "TABLE" };
        format!("ALTER {kind} {} {action}", sql_name(self.owner))
    }

    fn add(self) -> Operation {
        let statement = self.alter(&format!("ADD CONSTRAINT {} {}", self.name, self.whole));
        Operation::new(self.object(), self.rank(), statement)
    }

    /// Adds it to an owner with rows. Checks and foreign keys are validated in a separate statement,
    /// which takes a weaker lock.
    fn add_to_existing(self, planner: &Planner<'_>) -> Operation {
        let table = planner.is.table(self.owner);
        let is_partitioned = table.is_some_and(|table| table.partition_key.is_some());
        let validates_later = match self.rank() {
            Rank::ForeignKey => !is_partitioned,
            rank => rank == Rank::Check,
        };
        let operation = if validates_later {
            let not_valid = format!("{}{NOT_VALID}", self.whole);
            Constraint { whole: &not_valid, ..self }.add().then(self.validate())
        } else {
            self.add()
        };
        operation.asking(self.refusal())
    }

    fn validate(self) -> String {
        self.alter(&format!("VALIDATE CONSTRAINT {}", self.name))
    }

    fn drop(self) -> Operation {
        let statement = self.alter(&format!("DROP CONSTRAINT {}", self.name));
        Operation::new(self.object(), self.rank(), statement)
    }

    fn refusal(self) -> String {
        format!(
            "`{}` of `{}` refuses rows that violate it: {}. Correct or delete such rows first",
            self.name,
            short(sql_name(self.owner)),
            self.definition()
        )
    }
}

/// Returns the constraints in the statement that creates a table or a domain.
pub(super) fn of_new(state: &State, owner: &str) -> Vec<String> {
    let mut own: Vec<Constraint<'_>> =
        all(&state.catalog).filter(|one| one.owner == owner && one.is_created_with_owner()).collect();
    own.sort_by_key(|one| (!one.whole.starts_with("PRIMARY KEY"), one.name));
    own.iter().map(|one| format!("CONSTRAINT {} {}", one.name, one.whole)).collect()
}

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let handled = |one: &Constraint<'_>| planner.is_handled(one.owner);
    let (was, is) = (&planner.was.catalog, &planner.is.catalog);
    for new in all(is).filter(handled) {
        let object = new.object();
        let old = all(was).find(|old| old.owner == new.owner && old.name == new.name);
        match old.filter(|_| !planner.is_gone(&object)) {
            Some(old) if !old.is_valid() && new.is_valid() => operations
                .creates
                .push(Operation::new(object, new.rank(), new.validate()).asking(new.refusal())),
            // A valid constraint cannot be made invalid again.
            Some(old) if old.is_valid() && !new.is_valid() => {
                operations.drops.push(new.drop());
                operations.creates.push(new.add());
            }
            Some(_) => {}
            None if planner.is_existing(new.owner) && new.is_valid() => {
                operations.creates.push(new.add_to_existing(planner));
            }
            None if !planner.is_existing(new.owner) && new.is_created_with_owner() => {}
            None => operations.creates.push(new.add()),
        }
    }
    for old in all(was).filter(handled) {
        let goes_with_owner = planner.goes_with_owner(old.owner);
        let is_gone = planner.affected.gone.contains(&old.object());
        if (is_gone && !goes_with_owner) || (goes_with_owner && is_in_cycle(planner, old)) {
            operations.drops.push(old.drop());
        }
    }
}

/// Returns `true` if a foreign key of a dropped table is part of a cycle. In that case, no table of
/// the cycle can be dropped first.
fn is_in_cycle(planner: &Planner<'_>, constraint: Constraint<'_>) -> bool {
    let referenced = |object: &str| -> Vec<String> {
        let needed = planner.was.dependencies.of(object);
        let owners = needed.filter_map(super::names::owner_of);
        owners.filter(|owner| owner.starts_with("table ")).map(str::to_owned).collect()
    };
    let keys = |table: &str| -> Vec<String> {
        let keys =
            all(&planner.was.catalog).filter(|one| one.owner == table && one.rank() == Rank::ForeignKey);
        keys.flat_map(|one| referenced(&one.object())).filter(|other| other != table).collect()
    };
    if constraint.rank() != Rank::ForeignKey {
        return false;
    }
    let mut reached: Vec<String> =
        referenced(&constraint.object()).into_iter().filter(|other| other != constraint.owner).collect();
    let mut next = 0;
    while let Some(table) = reached.get(next).cloned() {
        if table == constraint.owner {
            return true;
        }
        let new: Vec<String> = keys(&table).into_iter().filter(|other| !reached.contains(other)).collect();
        reached.extend(new);
        next += 1;
    }
    false
}
