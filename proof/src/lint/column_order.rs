//! `column-order`

use aludel_core::problem::listed;
use aludel_core::schema::{Change, Kind, Name, Object, Schema, identifier};
use aludel_core::script::{ParsedScript, SectionKind};

use super::Finding;
use crate::message::{Level, Message};
use crate::schema::mention::{dependents, in_order};
use crate::schema::rebuild::{Copy, rebuild};

pub(super) const LINT: Message = Message {
    code: "column-order",
    level: Level::Deny,
    summary: "a downgrade restores everything but the order of columns",
    explanation: "\
SQLite adds a column at the end. A downgrade that adds one anew which stood in the middle restores the
table but for the order: `SELECT *` and `INSERT INTO t VALUES (…)` mean something else then. It is compared
only if that is asked for: `compare_column_order = true`, in `aludel.toml` under `[autogenerate]` and in the
call of `embed_migrations!`. Else no statement may go by the order of such a table (`by-position`).

    -- upgrade
    ALTER TABLE photos DROP COLUMN title;      -- (id, title, date)
    -- downgrade
    ALTER TABLE photos ADD COLUMN title TEXT;  -- (id, date, title)

Way out: rebuild the table in the downgrade; the message shows the statements. If nothing reads the
columns by their order, say so in the header: `-- Allow: column-order`.",
};

/// Rule: a section leaves the columns in the order in which they were.
pub(super) fn finding(
    script: &ParsedScript,
    kind: SectionKind,
    table: &Change,
    schema: &Schema,
) -> Option<Finding> {
    let (was, is) = (table.was.as_ref()?, table.is.as_ref()?);
    let marker = script.section(kind).map_or(0..0, |section| section.marker.clone());
    let columns = |object: &Object| {
        let columns = object.as_table().into_iter().flat_map(|table| &table.columns);
        listed(&columns.map(|column| column.name.clone()).collect::<Vec<String>>())
    };
    let mut finding = Finding::new(
        &LINT,
        marker,
        format!(
            "after this {kind}, the columns of `{}` are in another order: they were {}, and are {}",
            was.name(),
            columns(was),
            columns(is)
        ),
        "after this section",
        "rebuild the table at the end of this section, with the order it had",
    );
    finding.note =
        in_order_again(was, is, schema).map(|statements| format!("the rebuild:\n{}", statements.join("\n")));
    Some(finding)
}

/// The statements that bring the columns back into order, and leave all else as it is.
fn in_order_again(was: &Object, is: &Object, schema: &Schema) -> Option<Vec<String>> {
    let name = was.name();
    let (is, was) = (is.as_table()?, was.as_table()?);
    let mut copy = Copy::keeping_rowids([is, was]);
    for column in was.columns.iter().filter(|column| column.generated.is_none()) {
        copy.add(identifier(&column.name), identifier(&column.name));
    }
    let in_the_way = dependents(schema, &[Name::new(name)].into());
    let indexes = schema.of_kind(Kind::Index).filter(|index| index.table().is(name));
    let (triggers, views): (Vec<&Object>, Vec<&Object>) =
        in_the_way.into_iter().partition(|object| object.kind() == Kind::Trigger);
    let mut statements: Vec<String> = triggers.iter().chain(&views).map(|object| object.drop_ddl()).collect();
    statements.extend(rebuild(name, [is, was], &copy, &[schema]));
    statements.extend(indexes.map(|index| format!("{};", index.sql())));
    statements.extend(again(views));
    statements.extend(again(triggers));
    Some(statements)
}

/// The statements that make views or triggers again, each after those that it names.
fn again(objects: Vec<&Object>) -> impl Iterator<Item = String> {
    let objects = objects.into_iter().map(|object| (object, ())).collect();
    in_order(objects).into_iter().map(|(object, ())| object.ddl())
}
