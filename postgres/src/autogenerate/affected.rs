//! Finds the objects that must be dropped before others are created: objects that no `ALTER` can
//! change as needed, and objects that depend on them.

use std::collections::BTreeMap;

use super::cast::Cast;
use super::planner::{Affected, Planner};
use super::state::State;
use super::{column, constraint, enums, function, policy};

impl Affected {
    /// Finds the objects that are dropped first.
    pub(super) fn find(planner: &Planner<'_>) -> Self {
        let mut affected = Self::default();
        let (was, is) = (planner.was, planner.is);
        affected.add_missing(planner);
        for one in &was.catalog.enums {
            let other = is.catalog.enums.iter().find(|other| other.name == one.name);
            if other.is_some_and(|other| enums::is_rebuilt(one, other, planner.new_values)) {
                affected.rebuilt.insert(format!("enum {}", one.name));
            }
        }
        for one in &was.catalog.columns {
            let Some(other) = is.column(&one.parent, &one.name) else { continue };
            let object = column::object(one);
            if one.parent.starts_with("table ") && planner.is_handled(&one.parent) {
                let cast = planner.casts.of(&one.data_type, &other.data_type);
                if column::is_recreated(one, other) || cast == Cast::Impossible {
                    affected.gone.insert(object);
                } else if one.data_type != other.data_type || one.collation != other.collation {
                    if one.default != other.default && one.default.is_some() {
                        affected.gone.insert(format!("{object}: default"));
                    }
                    affected.retyped.insert(object);
                }
            }
        }
        affected.spread(planner);
        affected
    }

    /// Adds the objects that no `ALTER` can change as needed.
    fn add_missing(&mut self, planner: &Planner<'_>) {
        let (was, is) = (&planner.was.catalog, &planner.is.catalog);
        let handled = |owner: &&str| planner.is_handled(owner);
        let definitions = |state: &State| -> BTreeMap<String, String> {
            let catalog = &state.catalog;
            let views = catalog.views.iter().map(|view| {
                (format!("view {}", view.name), format!("{} {:?}", view.definition, view.options))
            });
            let materialized = catalog.materialized_views.iter().map(|view| {
                let definition = format!("{} {:?} {}", view.definition, view.options, view.populated);
                (format!("materialized view {}", view.name), definition)
            });
            let constraints = constraint::all(catalog)
                .filter(|one| handled(&one.owner))
                .map(|one| (one.object(), one.definition().to_owned()));
            let indexes =
                catalog.indexes.iter().filter(|index| handled(&index.parent.as_str())).map(|index| {
                    (format!("{}: index {}", index.parent, index.name), index.definition.clone())
                });
            let triggers = catalog.triggers.iter().map(|trigger| {
                (format!("{}: trigger {}", trigger.parent, trigger.name), trigger.definition.clone())
            });
            let policies = catalog
                .policies
                .iter()
                .filter(|policy| handled(&policy.parent.as_str()))
                .map(|one| (policy::object(one), policy::definition(one)));
            let relations = views.chain(materialized).chain(constraints).chain(indexes);
            relations.chain(triggers).chain(policies).collect()
        };
        let later = definitions(planner.is);
        let before = definitions(planner.was);
        self.gone.extend(
            before
                .into_iter()
                .filter(|(object, text)| later.get(object) != Some(text))
                .map(|(object, _)| object),
        );
        let tables =
            was.tables.iter().filter(|table| !is.tables.iter().any(|other| other.name == table.name));
        let tables =
            tables.map(|table| format!("table {}", table.name)).filter(|table| planner.is_handled(table));
        self.gone.extend(tables);
        self.gone.extend(function::recreated(was, is));
        // A sequence becomes the sequence of an identity column, or stops being one.
        let (identities, later) = (planner.was.identity_sequences(), planner.is.identity_sequences());
        let is_identity =
            |map: &BTreeMap<String, String>, name: &String| map.values().any(|other| other == name);
        for sequence in &was.sequences {
            let (before, after) =
                (is_identity(&identities, &sequence.name), is_identity(&later, &sequence.name));
            if before != after && (before || is.sequences.iter().any(|other| other.name == sequence.name)) {
                self.gone.insert(format!("sequence {}", sequence.name));
            }
        }
    }

    /// Adds the objects that depend on affected objects.
    fn spread(&mut self, planner: &Planner<'_>) {
        let was = planner.was;
        let enum_columns: Vec<String> = self
            .rebuilt
            .iter()
            .flat_map(|name| was.dependencies.on(name))
            .filter(|object| object.contains(": column ") && !object.ends_with(": default"))
            .filter(|object| !self.gone.contains(*object) && column::find(planner.is, object).is_some())
            .map(str::to_owned)
            .collect();
        self.retyped.extend(enum_columns);
        loop {
            let mut new: Vec<String> = Vec::new();
            for object in self.gone.iter().chain(&self.rebuilt) {
                let parts = was.dependencies.parts_needed(object);
                let dependents = parts.flat_map(|part| was.dependencies.on(part));
                new.extend(dependents.filter(|one| is_dropped_with(one, was)).map(str::to_owned));
            }
            for object in &self.retyped {
                let dependents = was.dependencies.on(object);
                new.extend(dependents.filter(|one| is_fixed_to_type(one, was)).map(str::to_owned));
            }
            let is_new = |object: &String| {
                !self.gone.contains(object)
                    && super::names::owner_of(object).is_none_or(|owner| !self.gone.contains(owner))
            };
            new.retain(is_new);
            if new.is_empty() {
                return;
            }
            self.gone.extend(new);
        }
    }
}

/// Returns `true` if an object must be dropped together with an object that it depends on.
fn is_dropped_with(object: &str, was: &State) -> bool {
    let is_whole = ["view ", "materialized view ", "function "].iter().any(|kind| object.starts_with(kind));
    let is_part =
        [": constraint ", ": index ", ": trigger ", ": policy "].iter().any(|kind| object.contains(kind));
    is_whole || is_part || object.ends_with(": default") || is_generated(object, was)
}

/// Returns `true` if an object prevents changing the type of a column.
fn is_fixed_to_type(object: &str, was: &State) -> bool {
    let kinds = ["view ", "materialized view ", "function "];
    kinds.iter().any(|kind| object.starts_with(kind))
        || object.contains(": trigger ")
        || object.contains(": policy ")
        || is_generated(object, was)
}

fn is_generated(object: &str, was: &State) -> bool {
    column::find(was, object).is_some_and(|column| column.generated.is_some())
}
