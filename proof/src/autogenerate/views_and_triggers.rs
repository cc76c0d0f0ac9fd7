//! Drops and creates views and triggers: those that change, and those that conflict with a rebuild.

use std::collections::BTreeSet;

use aludel_core::schema::{Change, Detected, Kind, Name, Object};

use super::operation::Operation;
use super::plan::{Planner, reason};
use crate::schema::mention::{dependents, in_order};

impl<'a> Planner<'a> {
    /// Returns the views and triggers that stay the same but must be dropped and recreated, because
    /// their table or view is recreated.
    pub(super) fn in_the_way(&self) -> Vec<&'a Object> {
        let views: BTreeSet<Name> = self.gone(Kind::View).map(|(view, _)| Name::new(view.name())).collect();
        let names: BTreeSet<Name> = self.made_anew.union(&views).cloned().collect();
        let alters = !self.changed.is_empty() || !self.errand.renames.all.is_empty();
        let found = dependents(&self.schema_diff.renamed, &names).into_iter();
        // A view on a temporarily missing view conflicts only with `ALTER TABLE`.
        let found = found.filter(|object| alters || views.contains(object.table()));
        let found = found.chain(self.triggers_of_mended());
        let mut seen = BTreeSet::new();
        let stays = |object: &&Object| !self.schema_diff.changes.objects.contains_key(&object.key());
        found.filter(|object| stays(object) && seen.insert(object.key())).collect()
    }

    pub(super) fn clear(&self) -> Vec<Operation> {
        let drops: Vec<String> = self.schema_diff.cleared.iter().map(|object| object.drop_ddl()).collect();
        if drops.is_empty() { Vec::new() } else { vec![Operation::new("conflicts with a rename", drops)] }
    }

    pub(super) fn drop_programs(&self, in_the_way: &[&'a Object]) -> Vec<Operation> {
        let mut operations = Vec::new();
        let views: BTreeSet<Name> = {
            let changed = self.gone(Kind::View).map(|(view, _)| view);
            let all = changed.chain(in_the_way.iter().copied()).filter(|object| object.kind() == Kind::View);
            all.map(|view| Name::new(view.name())).collect()
        };
        let rebuilt = !self.made_anew.is_empty();
        for (trigger, change) in self.gone(Kind::Trigger) {
            // A trigger is dropped with its table, unless it uses a table that is rebuilt before
            // that.
            let goes_along = self.belongs_to_dropped(trigger) && !rebuilt;
            if !views.contains(trigger.table()) && !goes_along {
                operations.push(Operation::new(&reason(change, trigger), vec![trigger.drop_ddl()]));
            }
        }
        for (view, change) in self.gone(Kind::View) {
            operations.push(Operation::new(&reason(change, view), vec![view.drop_ddl()]));
        }
        let dropped: Vec<&Object> = in_the_way
            .iter()
            .copied()
            .filter(|object| !views.contains(object.table()) || object.kind() == Kind::View)
            .collect();
        let (triggers, others): (Vec<&Object>, Vec<&Object>) =
            dropped.into_iter().partition(|object| object.kind() == Kind::Trigger);
        let statements: Vec<String> = triggers.into_iter().chain(others).map(Object::drop_ddl).collect();
        if !statements.is_empty() {
            operations.push(Operation::new(
                "conflicts with the steps below; recreated unchanged at the end",
                statements,
            ));
        }
        operations
    }

    pub(super) fn create_programs(&self, in_the_way: &[&'a Object]) -> Vec<Operation> {
        let mut operations = Vec::new();
        for kind in [Kind::View, Kind::Trigger] {
            let new: Vec<(&Object, &Change)> = self.new_ones(kind).collect();
            let changed = new.iter().map(|(object, change)| (*object, Some(*change)));
            let again =
                in_the_way.iter().filter(|object| object.kind() == kind).map(|object| (*object, None));
            for (object, change) in in_order(changed.chain(again).collect()) {
                let reason = match change {
                    Some(change) if !self.schema_diff.has_cleared(object) => {
                        reason(change, object).to_string()
                    }
                    Some(_) if self.schema_diff.changes_what_it_cleared(object) => {
                        Detected::Changed { kind, name: object.name().to_owned() }.to_string()
                    }
                    Some(_) | None => format!("{} `{}`, unchanged", kind.word(), object.name()),
                };
                operations.push(Operation::new(&reason, vec![object.ddl()]));
            }
        }
        operations
    }
}
