//! Changes a single detail in a schema.

use super::model::{Expr, Table};

type Spoilt = (String, Vec<Table>);

/// Returns copies of the schema, each with a single change and a description of it.
pub(super) fn each(tables: &[Table]) -> Vec<Spoilt> {
    let mut spoilt = Vec::new();
    for (place, table) in tables.iter().enumerate() {
        let mut with = |what: &str, spoil: &dyn Fn(&mut Table)| {
            let mut tables = tables.to_vec();
            if let Some(table) = tables.get_mut(place) {
                spoil(table);
            }
            spoilt.push((format!("{what} of {}", table.name), tables));
        };
        options(table, &mut with);
        columns(table, &mut with);
        constraints(table, &mut with);
        programs(table, &mut with);
    }
    spoilt
}

type With<'a> = dyn FnMut(&str, &dyn Fn(&mut Table)) + 'a;

fn options(table: &Table, with: &mut With<'_>) {
    if table.strict {
        with("STRICT", &|table| table.strict = false);
    }
    if table.without_rowid {
        with("WITHOUT ROWID", &|table| table.without_rowid = false);
    }
    if table.autoincrement {
        with("AUTOINCREMENT", &|table| table.autoincrement = false);
    }
    if table.view.is_some() {
        with("the view", &|table| table.view = None);
        with("a number in the view", &|table| table.view = table.view.map(|number| number + 1));
    }
}

fn columns(table: &Table, with: &mut With<'_>) {
    for (place, column) in table.columns.iter().enumerate() {
        let spoil = move |how: &'static dyn Fn(&mut super::model::Column)| {
            move |table: &mut Table| table.columns.get_mut(place).map_or((), how)
        };
        if column.not_null.is_some() && !table.key.contains(&place) {
            with("NOT NULL", &spoil(&|column| column.not_null = None));
            with(
                "the conflict of NOT NULL",
                &spoil(&|column| {
                    column.not_null = Some(if column.not_null == Some("FAIL") { "" } else { "FAIL" });
                }),
            );
        }
        if column.default.as_ref().is_some_and(|default| !matches!(default, Expr::Literal("NULL"))) {
            with("DEFAULT", &spoil(&|column| column.default = None));
            with("the value of DEFAULT", &spoil(&|column| column.default = Some(Expr::Literal("'other'"))));
        }
        if column.collation.is_empty() {
            with("no collation", &spoil(&|column| column.collation = "NOCASE"));
        } else {
            with("COLLATE", &spoil(&|column| column.collation = ""));
        }
        if column.generated.is_some() {
            with("a generated column", &spoil(&|column| column.generated = None));
            with(
                "STORED",
                &spoil(&|column| {
                    column.generated =
                        column.generated.take().map(|(expression, stored)| (expression, !stored));
                }),
            );
        }
        if !table.strict && column.declared_type != "BLOB" && !table.autoincrement {
            with("the type", &spoil(&|column| column.declared_type = "BLOB"));
        }
    }
}

fn constraints(table: &Table, with: &mut With<'_>) {
    for place in 0..table.checks.len() {
        with("the expression of a CHECK", &move |table| {
            if let Some((_, check)) = table.checks.get_mut(place) {
                *check = Expr::Binary(Box::new(check.clone()), "OR", Box::new(Expr::Literal("'spoilt'")));
            }
        });
    }
    if !table.checks.is_empty() {
        with("every CHECK", &|table| table.checks.clear());
    }
    for (place, (_, action, _)) in table.foreign_keys.iter().enumerate() {
        let other = if *action == "CASCADE" { "SET NULL" } else { "CASCADE" };
        with("ON DELETE", &move |table| {
            if let Some(key) = table.foreign_keys.get_mut(place) {
                key.1 = other;
            }
        });
        with("DEFERRED", &move |table| {
            if let Some(key) = table.foreign_keys.get_mut(place) {
                key.2 = !key.2;
            }
        });
        with("a foreign key", &move |table| {
            table.foreign_keys.remove(place);
        });
    }
    for (place, (_, conflict)) in table.unique.iter().enumerate() {
        let other = if conflict.is_empty() { "IGNORE" } else { "" };
        if !table.key.contains(&place) {
            with("the conflict of UNIQUE", &move |table| {
                if let Some(unique) = table.unique.get_mut(place) {
                    unique.1 = other;
                }
            });
        }
        with("UNIQUE", &move |table| {
            table.unique.remove(place);
        });
    }
}

fn programs(table: &Table, with: &mut With<'_>) {
    for place in 0..table.indexes.len() {
        let spoil = move |how: &'static dyn Fn(&mut super::model::Index)| {
            move |table: &mut Table| table.indexes.get_mut(place).map_or((), how)
        };
        with("UNIQUE of an index", &spoil(&|index| index.unique = !index.unique));
        with("DESC of an index", &spoil(&|index| index.descending = !index.descending));
        with(
            "WHERE of an index",
            &spoil(&|index| {
                index.filter = if index.filter.is_some() { None } else { Some(Expr::Literal("1")) };
            }),
        );
        with(
            "the expression of an index",
            &spoil(&|index| {
                index.expression = if index.expression.is_some() {
                    None
                } else {
                    Some(Expr::Call("lower", vec![Expr::Literal("2")]))
                };
            }),
        );
    }
    for place in 0..table.triggers.len() {
        let spoil = move |how: &'static dyn Fn(&mut super::model::Trigger)| {
            move |table: &mut Table| table.triggers.get_mut(place).map_or((), how)
        };
        with(
            "the timing of a trigger",
            &spoil(&|trigger| {
                trigger.timing = if trigger.timing == "AFTER" { "BEFORE" } else { "AFTER" };
            }),
        );
        with(
            "the event of a trigger",
            &spoil(&|trigger| {
                trigger.event = if trigger.event == "INSERT" { "DELETE" } else { "INSERT" };
            }),
        );
        with("the body of a trigger", &spoil(&|trigger| trigger.number += 1));
        with(
            "WHEN of a trigger",
            &spoil(&|trigger| {
                trigger.condition = if trigger.condition.is_some() { None } else { Some(7) };
            }),
        );
    }
    if !table.triggers.is_empty() {
        with("a trigger", &|table| table.triggers.truncate(table.triggers.len() - 1));
    }
    if !table.indexes.is_empty() {
        with("an index", &|table| table.indexes.truncate(table.indexes.len() - 1));
    }
}
