//! Views and materialized views, which are dropped and created again if they differ.

use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use super::state::State;

/// A view of either kind.
struct Definition<'a> {
    name: &'a str,
    object: String,
    is_materialized: bool,
    options: Option<&'a str>,
    query: &'a str,
    end: &'static str,
}

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let was = definitions(planner.was);
    for new in definitions(planner.is) {
        let exists = was.iter().any(|old| old.object == new.object) && !planner.is_gone(&new.object);
        if !exists {
            operations.creates.push(Operation::new(&new.object, Rank::View, new.create()));
        }
    }
    for old in was.iter().filter(|old| planner.is_gone(&old.object)) {
        let statement = format!("DROP {} {}", old.kind(), old.name);
        operations.drops.push(Operation::new(&old.object, Rank::View, statement));
    }
}

fn definitions(state: &State) -> Vec<Definition<'_>> {
    let views = state.catalog.views.iter().map(|view| Definition {
        name: &view.name,
        object: format!("view {}", view.name),
        is_materialized: false,
        options: view.options.as_deref(),
        query: view.definition.trim_end().trim_end_matches(';'),
        end: "",
    });
    let materialized = state.catalog.materialized_views.iter().map(|view| Definition {
        name: &view.name,
        object: format!("materialized view {}", view.name),
        is_materialized: true,
        options: view.options.as_deref(),
        query: view.definition.trim_end().trim_end_matches(';'),
        end: if view.populated { "" } else { "\nWITH NO DATA" },
    });
    views.chain(materialized).collect()
}

impl Definition<'_> {
    fn kind(&self) -> &'static str {
        if self.is_materialized { "MATERIALIZED VIEW" } else { "VIEW" }
    }

    fn create(&self) -> String {
        let Self { name, options, query, end, .. } = self;
        let options = options.map(|options| format!(" WITH ({options})")).unwrap_or_default();
        format!("CREATE {} {name}{options} AS\n{}{end}", self.kind(), query.trim_start_matches('\n'))
    }
}
