//! Reads the columns and constraints of a table from the syntax tree.

use sqlite3_parser::ast::{
    ColumnConstraint, ColumnDefinition, DeferSubclause, Expr, ForeignKeyClause, IndexedColumn,
    InitDeferredPred, NamedColumnConstraint, NamedTableConstraint, RefAct, RefArg, ResolveType, SortOrder,
    SortedColumn, TabFlags, TableConstraint,
};

use super::canonical::{Scope, TooDeep};
use super::declared_type::type_words;
use super::terms::{collated, column_name, expression};
use crate::schema::{
    Action, Check, Column, Conflict, Expression, ForeignKey, Generated, Ignored, KeyColumn, Name, NotNull,
    PrimaryKey, Table, Unique,
};
use crate::script::sqlite::{text_literal, unquoted};

/// Reads a table.
pub(super) fn read<'t, 'bump: 't>(
    columns: impl IntoIterator<Item = &'t ColumnDefinition<'bump>> + Clone,
    constraints: &[NamedTableConstraint<'_>],
    flags: TabFlags,
) -> Result<Table, TooDeep> {
    let names: Vec<String> = columns.clone().into_iter().map(|column| unquoted(column.col_name.0)).collect();
    let mut builder = Builder { scope: Scope::Columns(&names), table: Table::default() };
    builder.table.strict = flags.contains(TabFlags::Strict);
    builder.table.without_rowid = flags.contains(TabFlags::WithoutRowid);
    for (column, name) in columns.into_iter().zip(&names) {
        builder.column(name, column)?;
    }
    for constraint in constraints {
        builder.constraint(constraint)?;
    }
    Ok(builder.table.normalised())
}

struct Builder<'a> {
    scope: Scope<'a>,
    table: Table,
}

impl Builder<'_> {
    fn column(&mut self, name: &str, definition: &ColumnDefinition<'_>) -> Result<(), TooDeep> {
        let declared_type = definition.col_type.as_ref().map(type_words).filter(|words| !words.is_empty());
        let mut column = Column {
            name: name.to_owned(),
            declared_type: declared_type.map(Name::new),
            ..Column::default()
        };
        for constraint in definition.constraints {
            self.column_constraint(&mut column, constraint)?;
        }
        self.table.columns.push(column);
        Ok(())
    }

    fn column_constraint(
        &mut self,
        column: &mut Column,
        NamedColumnConstraint { name, constraint }: &NamedColumnConstraint<'_>,
    ) -> Result<(), TooDeep> {
        let name = name.as_ref().map(|name| unquoted(name.0));
        let key =
            |descending| KeyColumn { column: Name::new(column.name.as_str()), collation: None, descending };
        match constraint {
            ColumnConstraint::PrimaryKey { order, conflict_clause, auto_increment } => {
                self.table.primary_key = Some(PrimaryKey {
                    name,
                    columns: vec![key(*order == Some(SortOrder::Desc))],
                    on_conflict: conflict(*conflict_clause),
                    autoincrement: *auto_increment,
                    not_null: Ignored::default(),
                });
            }
            ColumnConstraint::Unique(clause) => self.table.unique.push(Unique {
                columns: vec![key(false)],
                name,
                on_conflict: conflict(*clause),
            }),
            ColumnConstraint::NotNull { nullable: true, .. } => {}
            ColumnConstraint::NotNull { nullable: false, conflict_clause } => {
                column.not_null = Some(NotNull { name, on_conflict: conflict(*conflict_clause) });
            }
            ColumnConstraint::Check(condition) => {
                let beside = Ignored(Some(Name::new(column.name.as_str())));
                let expression = expression(condition, self.scope)?;
                self.table.checks.push(Check { name, expression, beside });
            }
            ColumnConstraint::Default(value) => column.default = Some(default(value)?),
            ColumnConstraint::Collate { collation_name } => {
                column.collation = Some(Name::new(unquoted(collation_name.0)));
            }
            ColumnConstraint::Generated { expr, typ } => {
                let stored = typ.as_ref().is_some_and(|kind| unquoted(kind.0).eq_ignore_ascii_case("stored"));
                column.generated = Some(Generated { expression: expression(expr, self.scope)?, stored });
            }
            ColumnConstraint::ForeignKey { clause, defer_clause } => {
                let columns = vec![Name::new(column.name.as_str())];
                self.table.foreign_keys.push(foreign_key(name, columns, clause, defer_clause.as_ref()));
            }
            // SQLite applies this clause to the last foreign key
            // (<https://sqlite.org/src/file/src/parse.y>, `defer_subclause`).
            ColumnConstraint::Defer(defer) => {
                if let Some(key) = self.table.foreign_keys.last_mut() {
                    key.deferred = is_deferred(Some(defer));
                }
            }
        }
        Ok(())
    }

    fn constraint(
        &mut self,
        NamedTableConstraint { name, constraint }: &NamedTableConstraint<'_>,
    ) -> Result<(), TooDeep> {
        let name = name.as_ref().map(|name| unquoted(name.0));
        match constraint {
            TableConstraint::PrimaryKey { columns, auto_increment, conflict_clause } => {
                let mut key = PrimaryKey {
                    name,
                    columns: key_columns(columns),
                    on_conflict: conflict(*conflict_clause),
                    autoincrement: *auto_increment,
                    not_null: Ignored::default(),
                };
                self.overlook_the_order_of_a_rowid(&mut key);
                self.table.primary_key = Some(key);
            }
            TableConstraint::Unique { columns, conflict_clause } => self.table.unique.push(Unique {
                columns: key_columns(columns),
                name,
                on_conflict: conflict(*conflict_clause),
            }),
            TableConstraint::Check(condition, _) => {
                let (expression, beside) = (expression(condition, self.scope)?, Ignored::default());
                self.table.checks.push(Check { name, expression, beside });
            }
            TableConstraint::ForeignKey { columns, clause, defer_clause } => {
                self.table.foreign_keys.push(foreign_key(
                    name,
                    names(columns),
                    clause,
                    defer_clause.as_ref(),
                ));
            }
        }
        Ok(())
    }

    /// Ignores `DESC` in a PRIMARY KEY constraint on a single INTEGER column. Next to the column,
    /// `DESC` keeps the column from being the rowid. After all columns, `DESC` has no effect
    /// (<https://sqlite.org/lang_createtable.html#rowid>).
    fn overlook_the_order_of_a_rowid(&self, key: &mut PrimaryKey) {
        if let [only] = key.columns.as_mut_slice()
            && !self.table.without_rowid
            && let Some(column) = self.table.column(only.column.as_str())
            && column.declared_type.as_ref().is_some_and(|of| of.is("INTEGER"))
        {
            only.descending = false;
        }
    }
}

/// Reads a default. A name, with or without quotes, is a string, except for `TRUE` and `FALSE`.
fn default(value: &Expr<'_>) -> Result<Expression, TooDeep> {
    let mut read = expression(value, Scope::Columns(&[]))?;
    if let Expr::Id(id) = value {
        let text = unquoted(id.0);
        let is_word =
            text.len() == id.0.len() && ["TRUE", "FALSE"].contains(&text.to_ascii_uppercase().as_str());
        if !is_word {
            read.canonical = text_literal(&text);
            read.written.clone_from(&read.canonical);
        }
    }
    Ok(read)
}

fn key_columns(columns: &[SortedColumn<'_>]) -> Vec<KeyColumn> {
    let key_column = |term: &SortedColumn<'_>| {
        let (what, collation) = collated(&term.expr);
        let column = Name::new(column_name(what)?);
        Some(KeyColumn { column, collation, descending: term.order == Some(SortOrder::Desc) })
    };
    columns.iter().filter_map(key_column).collect()
}

fn foreign_key(
    name: Option<String>,
    columns: Vec<Name>,
    clause: &ForeignKeyClause<'_>,
    defer: Option<&DeferSubclause>,
) -> ForeignKey {
    let mut key = ForeignKey {
        columns,
        parent: Name::new(unquoted(clause.tbl_name.0)),
        parent_columns: names(clause.columns.unwrap_or_default()),
        name,
        on_delete: Action::default(),
        on_update: Action::default(),
        deferred: is_deferred(defer),
    };
    for argument in clause.args {
        match argument {
            RefArg::OnDelete(to) => key.on_delete = action(*to),
            RefArg::OnUpdate(to) => key.on_update = action(*to),
            RefArg::OnInsert(_) | RefArg::Match(_) => {}
        }
    }
    key
}

fn names(columns: &[IndexedColumn<'_>]) -> Vec<Name> {
    columns.iter().map(|column| Name::new(unquoted(column.col_name.0))).collect()
}

/// Returns `true` only for `DEFERRABLE INITIALLY DEFERRED`
/// (<https://sqlite.org/foreignkeys.html#fk_deferred>).
fn is_deferred(defer: Option<&DeferSubclause>) -> bool {
    defer.is_some_and(|defer| {
        defer.deferrable && matches!(defer.init_deferred, Some(InitDeferredPred::InitiallyDeferred))
    })
}

fn action(action: RefAct) -> Action {
    match action {
        RefAct::SetNull => Action::SetNull,
        RefAct::SetDefault => Action::SetDefault,
        RefAct::Cascade => Action::Cascade,
        RefAct::Restrict => Action::Restrict,
        RefAct::NoAction => Action::NoAction,
    }
}

fn conflict(clause: Option<ResolveType>) -> Conflict {
    match clause {
        None | Some(ResolveType::Abort) => Conflict::Abort,
        Some(ResolveType::Fail) => Conflict::Fail,
        Some(ResolveType::Ignore) => Conflict::Ignore,
        Some(ResolveType::Replace) => Conflict::Replace,
        Some(ResolveType::Rollback) => Conflict::Rollback,
    }
}
