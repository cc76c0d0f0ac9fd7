//! `column-order`: sections that change the order of columns.

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
SQLite adds a column at the end. If the upgrade dropped a column in the middle, a downgrade that
adds it again does not restore the order, and `SELECT *` and `INSERT INTO t VALUES (…)` change their
meaning. The order is only compared if you set `compare_column_order = true`, in `aludel.toml` under
`[autogenerate]` and in `embed_migrations!`. Otherwise no statement may depend on the order of such
a table (`by-position`).

    -- upgrade
    ALTER TABLE photos DROP COLUMN title;      -- (id, title, date)
    -- downgrade
    ALTER TABLE photos ADD COLUMN title TEXT;  -- (id, date, title)

To fix it, rebuild the table in the downgrade. The message shows the statements. If nothing depends
on the order of the columns, allow it in the header: `-- Allow: column-order`.",
};

/// Returns the finding for a section that changed the order of a table's columns. Returns `None` if
/// the table was created or dropped.
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
            "this {kind} changes the order of the columns of `{}`: expected {}, found {}",
            was.name(),
            columns(was),
            columns(is)
        ),
        "after this section",
        "rebuild the table at the end of this section, in its original order",
    );
    finding.note =
        in_order_again(was, is, schema).map(|statements| format!("the rebuild:\n{}", statements.join("\n")));
    Some(finding)
}

/// Returns the statements that restore the order of columns and change nothing else. Returns `None`
/// if there are none.
fn in_order_again(was: &Object, is: &Object, schema: &Schema) -> Option<Vec<String>> {
    let name = was.name();
    let (is, was) = (is.as_table()?, was.as_table()?);
    let mut copy = Copy::keeping_rowids([is, was]);
    for column in was.columns.iter().filter(|column| column.generated.is_none()) {
        copy.add(identifier(&column.name), identifier(&column.name));
    }
    let affected = dependents(schema, &[Name::new(name)].into());
    let indexes = schema.of_kind(Kind::Index).filter(|index| index.table().is(name));
    let (triggers, views): (Vec<&Object>, Vec<&Object>) =
        affected.into_iter().partition(|object| object.kind() == Kind::Trigger);
    let mut statements: Vec<String> = triggers.iter().chain(&views).map(|object| object.drop_ddl()).collect();
    statements.extend(rebuild(name, [is, was], &copy, &[schema]));
    statements.extend(indexes.map(|index| format!("{};", index.sql())));
    statements.extend(again(views));
    statements.extend(again(triggers));
    Some(statements)
}

/// Returns the statements that recreate views or triggers. Each follows those that it uses.
fn again(objects: Vec<&Object>) -> impl Iterator<Item = String> {
    let objects = objects.into_iter().map(|object| (object, ())).collect();
    in_order(objects).into_iter().map(|(object, ())| object.ddl())
}
