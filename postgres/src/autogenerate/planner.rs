//! The plan for the change from one schema to another, before any statement is written.

use std::collections::BTreeSet;

use super::cast::Casts;
use super::names::owner_of;
use super::state::{self, State};

/// How to add values to enums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewValues {
    /// With `ALTER TYPE … ADD VALUE`.
    Added,
    /// With a new type, so that the same transaction can use the values.
    Rebuilt,
}

/// Plans the change from one schema to another.
pub(super) struct Planner<'a> {
    pub(super) was: &'a State,
    pub(super) is: &'a State,
    pub(super) casts: &'a Casts,
    pub(super) new_values: NewValues,
    pub(super) affected: Affected,
}

/// The objects that are dropped first.
#[derive(Debug, Clone, Default)]
pub(super) struct Affected {
    /// The objects that are dropped, or dropped and created again.
    pub(super) gone: BTreeSet<String>,
    /// The columns whose type is changed.
    pub(super) retyped: BTreeSet<String>,
    /// The enums that are replaced by a new type with the same name.
    pub(super) rebuilt: BTreeSet<String>,
}

impl Planner<'_> {
    /// Returns `true` if an object, or the object that it belongs to, is dropped before others are
    /// created.
    pub(super) fn is_gone(&self, object: &str) -> bool {
        self.affected.gone.contains(object)
            || owner_of(object).is_some_and(|owner| self.affected.gone.contains(owner))
            || object.strip_suffix(": default").is_some_and(|column| self.affected.gone.contains(column))
    }

    /// Returns `true` if an owner is dropped. The objects that belong to it are then dropped too.
    pub(super) fn goes_with_owner(&self, owner: &str) -> bool {
        let is_missing_domain = owner.starts_with("domain ") && !self.is.has_domain(owner);
        self.affected.gone.contains(owner) || is_missing_domain
    }

    /// Returns `true` if statements are generated for this table in both schemas.
    pub(super) fn is_handled(&self, owner: &str) -> bool {
        let Some(name) = owner.strip_prefix("table ") else { return true };
        let is_plain = |state: &State| {
            state.catalog.tables.iter().find(|table| table.name == name).is_none_or(state::is_handled)
        };
        is_plain(self.was) && is_plain(self.is)
    }

    /// Returns `true` if a table or domain already exists and is not recreated.
    pub(super) fn is_existing(&self, owner: &str) -> bool {
        (self.was.table(owner).is_some() || self.was.has_domain(owner)) && !self.is_gone(owner)
    }
}
