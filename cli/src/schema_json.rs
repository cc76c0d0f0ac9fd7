//! The JSON form of a schema: its objects, in an order in which they can be created. Keys are only
//! ever added.

use aludel_core::schema::{Column, Definition, Indexed, KeyColumn, Kind, Name, Object, Schema, Table};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct JsonObject {
    kind: &'static str,
    name: String,
    /// The table or view that an index or trigger belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    sql: String,
    #[serde(flatten)]
    parts: Option<Parts>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Parts {
    Table {
        strict: bool,
        without_rowid: bool,
        columns: Vec<ColumnShape>,
        primary_key: Option<Key>,
        unique: Vec<Key>,
        checks: Vec<Check>,
        foreign_keys: Vec<ForeignKey>,
    },
    Index {
        unique: bool,
        terms: Vec<Term>,
        filter: Option<String>,
    },
}

#[derive(Debug, Serialize)]
struct ColumnShape {
    name: String,
    declared_type: Option<String>,
    not_null: bool,
    default: Option<String>,
    collation: Option<String>,
    generated: Option<Generated>,
}

#[derive(Debug, Serialize)]
struct Generated {
    expression: String,
    stored: bool,
}

#[derive(Debug, Serialize)]
struct Key {
    name: Option<String>,
    columns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    autoincrement: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: Option<String>,
    expression: String,
}

#[derive(Debug, Serialize)]
struct ForeignKey {
    name: Option<String>,
    columns: Vec<String>,
    parent: String,
    parent_columns: Vec<String>,
    on_delete: &'static str,
    on_update: &'static str,
    deferred: bool,
}

#[derive(Debug, Serialize)]
struct Term {
    column: Option<String>,
    expression: Option<String>,
    collation: Option<String>,
    descending: bool,
}

/// Returns the objects of a schema.
pub(crate) fn json_objects(schema: &Schema) -> Vec<JsonObject> {
    schema.in_order().into_iter().map(json_object).collect()
}

fn json_object(object: &Object) -> JsonObject {
    let belongs = matches!(object.kind(), Kind::Index | Kind::Trigger);
    let (kind, parts) = match object.definition() {
        Definition::Table(table) => (object.kind().word(), Some(of_table(table))),
        Definition::VirtualTable(_) => ("virtual-table", None),
        Definition::Index(index) => {
            let terms = index.terms.iter().map(|term| {
                let (column, expression) = match &term.what {
                    Indexed::Column(column) => (Some(column.to_string()), None),
                    Indexed::Expression(expression) => (None, Some(expression.written.clone())),
                };
                let collation = term.collation.as_ref().map(ToString::to_string);
                Term { column, expression, collation, descending: term.descending }
            });
            let filter = index.filter.as_ref().map(|filter| filter.written.clone());
            (
                object.kind().word(),
                Some(Parts::Index { unique: index.unique, terms: terms.collect(), filter }),
            )
        }
        Definition::View(_) | Definition::Trigger(_) | Definition::Unread(_) => (object.kind().word(), None),
    };
    JsonObject {
        kind,
        name: object.name().to_owned(),
        table: belongs.then(|| object.table().to_string()),
        sql: object.ddl(),
        parts,
    }
}

fn of_table(table: &Table) -> Parts {
    let key = |name: &Option<String>, columns: &[KeyColumn], autoincrement| Key {
        name: name.clone(),
        columns: columns.iter().map(|key| key.column.to_string()).collect(),
        autoincrement,
    };
    let primary_key =
        table.primary_key.as_ref().map(|found| key(&found.name, &found.columns, Some(found.autoincrement)));
    let unique = table.unique.iter().map(|found| key(&found.name, &found.columns, None));
    let checks = table
        .checks
        .iter()
        .map(|check| Check { name: check.name.clone(), expression: check.expression.written.clone() });
    let names = |names: &[Name]| names.iter().map(ToString::to_string).collect();
    let foreign_keys = table.foreign_keys.iter().map(|key| ForeignKey {
        name: key.name.clone(),
        columns: names(&key.columns),
        parent: key.parent.to_string(),
        parent_columns: names(&key.parent_columns),
        on_delete: key.on_delete.words(),
        on_update: key.on_update.words(),
        deferred: key.deferred,
    });
    Parts::Table {
        strict: table.strict,
        without_rowid: table.without_rowid,
        columns: table.columns.iter().map(column).collect(),
        primary_key,
        unique: unique.collect(),
        checks: checks.collect(),
        foreign_keys: foreign_keys.collect(),
    }
}

fn column(column: &Column) -> ColumnShape {
    ColumnShape {
        name: column.name.clone(),
        declared_type: column.declared_type.as_ref().map(ToString::to_string),
        not_null: column.not_null.is_some(),
        default: column.default.as_ref().map(|default| default.written.clone()),
        collation: column.collation.as_ref().map(ToString::to_string),
        generated: column.generated.as_ref().map(|generated| Generated {
            expression: generated.expression.written.clone(),
            stored: generated.stored,
        }),
    }
}
