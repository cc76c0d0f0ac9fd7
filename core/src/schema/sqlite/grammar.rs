//! Parses an object's text with the grammar.

use bumpalo::Bump;
use fallible_iterator::FallibleIterator as _;
use sqlite3_parser::ast::Cmd;
use sqlite3_parser::ast::fmt::ToTokens;
use sqlite3_parser::ast::{
    CreateTableBody, Expr, SortOrder, SortedColumn, Stmt, TriggerCmd, TriggerEvent, TriggerTime,
};
use sqlite3_parser::lexer::sql::Parser;

use super::canonical::{self, Canonical, Scope, TooDeep};
use super::table;
use super::terms::{collated, column_name, expression};
use super::text::{self, written};
use crate::schema::table::other_collation;
use crate::schema::{
    Definition, Event, Expression, Index, IndexTerm, Indexed, Kind, Name, Object, Table, Timing, Trigger,
    View, VirtualTable,
};
use crate::script::sqlite::{unquoted, with_plain_spaces};

/// The maximum depth of parentheses in text that is passed to the parser.
const DEEPEST: usize = 500;

/// The maximum number of consecutive words in text that is passed to the parser. Such words form a
/// type, and its memory use grows with the square of their number.
const MOST_WORDS: usize = 200;

/// Parses an object's definition from its text.
pub(in crate::schema) fn define(object: &Object) -> Definition {
    let sql = &*with_plain_spaces(object.sql());
    let can_be_parsed =
        !sql.contains('\0') && text::depth(sql) <= DEEPEST && text::words_in_a_row(sql) <= MOST_WORDS;
    let read = |sql: &str| if can_be_parsed { read(object, sql).ok().flatten() } else { None };
    let definition = read(sql).or_else(|| read(text::without_a_comment_behind(sql)));
    definition.unwrap_or_else(|| Definition::Unread(text::normal_tokens(sql)))
}

fn read(object: &Object, sql: &str) -> Result<Option<Definition>, TooDeep> {
    let bump = Bump::new();
    let Ok(Some(Cmd::Stmt(statement))) = Parser::new(&bump, sql.as_bytes()).next() else {
        return Ok(None);
    };
    Ok(match (object.kind(), statement) {
        (
            Kind::Table,
            Stmt::CreateTable {
                body: CreateTableBody::ColumnsAndConstraints { columns, constraints, flags },
                ..
            },
        ) => Some(Definition::Table(table::read(&columns, constraints.unwrap_or_default(), flags)?)),
        (Kind::Table, Stmt::CreateVirtualTable { module_name, .. }) => {
            Some(Definition::VirtualTable(VirtualTable {
                module: Name::new(unquoted(module_name.0)),
                arguments: text::module_arguments(sql),
            }))
        }
        (Kind::Index, Stmt::CreateIndex { unique, tbl_name, columns, where_clause, .. }) => {
            let on = object.on().and_then(|table| table.as_table());
            Some(Definition::Index(index(on, unique, tbl_name.0, columns, where_clause.as_ref())?))
        }
        (Kind::View, Stmt::CreateView { columns, select, .. }) => Some(Definition::View(View {
            columns: columns.unwrap_or_default().iter().map(|column| unquoted(column.col_name.0)).collect(),
            select: of(select, |canonical| canonical.select(select))?,
        })),
        (Kind::Trigger, Stmt::CreateTrigger { time, event, tbl_name, when_clause, commands, .. }) => {
            Some(Definition::Trigger(Trigger {
                table: Name::new(unquoted(tbl_name.name.0)),
                timing: timing(time),
                event: self::event(&event),
                condition: when_clause.as_ref().map(|when| expression(when, Scope::Open)).transpose()?,
                body: commands.iter().map(command).collect::<Result<_, _>>()?,
            }))
        }
        _ => None,
    })
}

fn index(
    on: Option<&Table>,
    unique: bool,
    table: &str,
    columns: &[SortedColumn<'_>],
    filter: Option<&Expr<'_>>,
) -> Result<Index, TooDeep> {
    let names: Vec<String> =
        on.into_iter().flat_map(|on| &on.columns).map(|column| column.name.clone()).collect();
    let scope = if on.is_some() { Scope::Columns(&names) } else { Scope::Open };
    Ok(Index {
        table: Name::new(unquoted(table)),
        unique,
        terms: columns.iter().map(|column| term(on, scope, column)).collect::<Result<_, _>>()?,
        filter: filter.map(|filter| expression(filter, scope)).transpose()?,
    })
}

fn term(on: Option<&Table>, scope: Scope<'_>, term: &SortedColumn<'_>) -> Result<IndexTerm, TooDeep> {
    let (what, collation) = collated(&term.expr);
    let descending = term.order == Some(SortOrder::Desc);
    if let Some(column) = column_name(what) {
        let collation = other_collation(collation, on.and_then(|on| on.column(&column)));
        return Ok(IndexTerm { what: Indexed::Column(Name::new(column)), collation, descending });
    }
    let what = Indexed::Expression(expression(what, scope)?);
    Ok(IndexTerm { what, collation: other_collation(collation, None), descending })
}

fn timing(time: Option<TriggerTime>) -> Timing {
    match time {
        None | Some(TriggerTime::Before) => Timing::Before,
        Some(TriggerTime::After) => Timing::After,
        Some(TriggerTime::InsteadOf) => Timing::InsteadOf,
    }
}

fn event(event: &TriggerEvent<'_>) -> Event {
    match event {
        TriggerEvent::Delete => Event::Delete,
        TriggerEvent::Insert => Event::Insert,
        TriggerEvent::Update => Event::Update(Vec::new()),
        TriggerEvent::UpdateOf(columns) => {
            let mut columns: Vec<Name> = columns.iter().map(|column| Name::new(unquoted(column.0))).collect();
            columns.sort();
            Event::Update(columns)
        }
    }
}

fn command(command: &TriggerCmd<'_>) -> Result<Expression, TooDeep> {
    of(command, |canonical| canonical.statement(command))
}

/// Returns part of the syntax tree as an expression. Computes the canonical form first, because a
/// tree that is too deep for this is also too deep to be written as text.
fn of(
    tree: &impl ToTokens,
    write: impl FnOnce(&mut Canonical<'_>) -> Result<(), TooDeep>,
) -> Result<Expression, TooDeep> {
    let canonical = canonical::of(Scope::Open, write)?;
    Ok(Expression { written: written(tree), canonical })
}
