//! Statements that PostgreSQL refuses inside a transaction, or that may need to run outside one.
//!
//! These are the statements that call `PreventInTransactionBlock` in PostgreSQL's sources, as far
//! as their text shows it.

use std::ops::Range;

use super::fault::PostgresFault;
use super::token::{Token, begins, contains, outside_parentheses, tokens};
use crate::script::reporter::Reporter;

/// A statement that runs outside a transaction. A qualified name that contains escapes (`U&"…"`) is
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutsideStatement {
    /// `CREATE INDEX CONCURRENTLY`. If it fails, it leaves an invalid index behind.
    CreateIndex {
        /// The name of the index, or `None` if PostgreSQL chooses it.
        name: Option<String>,
        /// The table, with its schema if the statement specifies one.
        table: Vec<String>,
    },
    /// `DROP INDEX CONCURRENTLY`.
    DropIndex {
        /// The index, with its schema if the statement specifies one.
        index: Vec<String>,
    },
    /// `REINDEX`. In every transaction, PostgreSQL refuses only the forms with `CONCURRENTLY` or
    /// `SCHEMA`.
    Reindex {
        /// `true` if PostgreSQL refuses this form in every transaction.
        is_refused: bool,
    },
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`.
    DetachPartition {
        /// The partitioned table, with its schema if the statement specifies one.
        table: Vec<String>,
        /// The partition, with its schema if the statement specifies one.
        partition: Vec<String>,
    },
    /// `VACUUM`.
    Vacuum,
    /// `CLUSTER`. Without a table, PostgreSQL refuses it in every transaction.
    Cluster {
        /// `true` if PostgreSQL refuses this form in every transaction.
        is_refused: bool,
    },
    /// `CREATE SUBSCRIPTION`.
    CreateSubscription {
        /// The name of the subscription.
        name: String,
        /// `true` if PostgreSQL refuses this form in every transaction.
        is_refused: bool,
    },
    /// `ALTER SUBSCRIPTION`.
    AlterSubscription {
        /// `true` if PostgreSQL refuses this form in every transaction.
        is_refused: bool,
    },
    /// `DROP SUBSCRIPTION`. PostgreSQL refuses it in a transaction if the subscription has a slot.
    DropSubscription {
        /// The name of the subscription.
        name: String,
    },
}

impl OutsideStatement {
    /// Parses a statement. Returns `None` if the statement has no reason to run outside a
    /// transaction.
    #[must_use]
    pub fn parse(sql: &str) -> Option<Self> {
        Self::parse_tokens(&tokens(sql))
    }

    pub(super) fn parse_tokens(tokens: &[Token<'_>]) -> Option<Self> {
        let concurrently = || contains(tokens, &["concurrently"]);
        let first = tokens.first()?;
        if first.is("vacuum") {
            return Some(Self::Vacuum);
        }
        if first.is("reindex") {
            let has_option = tokens.iter().any(|token| token.is("concurrently"));
            let object = outside_parentheses(tokens).get(1).copied();
            let is_refused = has_option || object.is_some_and(|object| object.is("schema"));
            return Some(Self::Reindex { is_refused });
        }
        if first.is("cluster") {
            let rest = outside_parentheses(tokens);
            let has_table = rest.iter().skip(1).any(|token| !token.is("verbose") && !token.is_symbol(';'));
            return Some(Self::Cluster { is_refused: !has_table });
        }
        if begins(tokens, &["drop", "index"]) {
            tokens.get(2).filter(|token| token.is("concurrently"))?;
            return Some(Self::DropIndex { index: qualified_name(after_condition(tokens.get(3..)?)) });
        }
        if begins(tokens, &["create", "index"]) || begins(tokens, &["create", "unique", "index"]) {
            return concurrently().then(|| Self::create_index(tokens)).flatten();
        }
        if begins(tokens, &["alter", "table"]) {
            return concurrently().then(|| Self::detach_partition(tokens)).flatten();
        }
        if tokens.get(1).is_some_and(|token| token.is("subscription")) {
            return Self::subscription(first, tokens.get(2..)?);
        }
        None
    }

    /// Parses `CREATE [UNIQUE] INDEX CONCURRENTLY [[IF NOT EXISTS] name] ON [ONLY] table …`.
    /// Returns `None` for any other statement.
    fn create_index(tokens: &[Token<'_>]) -> Option<Self> {
        let after = tokens.iter().position(|token| token.is("concurrently"))? + 1;
        let on = after + tokens.get(after..)?.iter().position(|token| token.is("on"))?;
        let name = tokens.get(after..on)?.last().and_then(Token::name);
        let rest = tokens.get(on + 1..)?.iter().skip_while(|token| token.is("only"));
        let table = qualified_name(rest.take_while(|token| !token.is("using")));
        Some(Self::CreateIndex { name, table })
    }

    /// Parses `CREATE`, `ALTER` or `DROP SUBSCRIPTION [IF EXISTS] name …`, of which `rest` follows
    /// the second word. The options and the subscription determine whether a slot is created or
    /// dropped.
    fn subscription(first: &Token<'_>, rest: &[Token<'_>]) -> Option<Self> {
        let name = || after_condition(rest).next().and_then(Token::name);
        if first.is("create") {
            let has_option = rest.iter().any(|token| token.is("create_slot") || token.is("connect"));
            return Some(Self::CreateSubscription { name: name()?, is_refused: !has_option });
        }
        if first.is("drop") {
            return Some(Self::DropSubscription { name: name()? });
        }
        let is_refused = contains(rest, &["refresh", "publication"]);
        first.is("alter").then_some(Self::AlterSubscription { is_refused })
    }

    /// Parses `ALTER TABLE [IF EXISTS] [ONLY] table DETACH PARTITION partition CONCURRENTLY`.
    /// Returns `None` for any other statement.
    fn detach_partition(tokens: &[Token<'_>]) -> Option<Self> {
        let detach = tokens.windows(2).position(|window| begins(window, &["detach", "partition"]))?;
        let before = after_condition(tokens.get(2..detach)?);
        let after = tokens.get(detach + 2..)?.iter().take_while(|token| !token.is("concurrently"));
        Some(Self::DetachPartition { table: qualified_name(before), partition: qualified_name(after) })
    }

    /// Returns `true` if PostgreSQL refuses the statement in every transaction.
    #[must_use]
    pub fn is_refused_inside(&self) -> bool {
        match self {
            Self::CreateIndex { .. }
            | Self::DropIndex { .. }
            | Self::DetachPartition { .. }
            | Self::Vacuum => true,
            Self::Reindex { is_refused }
            | Self::Cluster { is_refused }
            | Self::CreateSubscription { is_refused, .. }
            | Self::AlterSubscription { is_refused } => *is_refused,
            Self::DropSubscription { .. } => false,
        }
    }

    /// Returns the keywords of the statement.
    #[must_use]
    pub fn keywords(&self) -> &'static str {
        match self {
            Self::CreateIndex { .. } => "CREATE INDEX CONCURRENTLY",
            Self::DropIndex { .. } => "DROP INDEX CONCURRENTLY",
            Self::Reindex { .. } => "REINDEX",
            Self::DetachPartition { .. } => "DETACH PARTITION … CONCURRENTLY",
            Self::Vacuum => "VACUUM",
            Self::Cluster { .. } => "CLUSTER",
            Self::CreateSubscription { .. } => "CREATE SUBSCRIPTION",
            Self::AlterSubscription { .. } => "ALTER SUBSCRIPTION",
            Self::DropSubscription { .. } => "DROP SUBSCRIPTION",
        }
    }
}

/// Returns the tokens after `IF EXISTS` and `ONLY`.
fn after_condition<'t, 's>(tokens: &'t [Token<'s>]) -> impl Iterator<Item = &'t Token<'s>> {
    let is_of_condition = |token: &&Token<'_>| ["if", "exists", "only"].iter().any(|word| token.is(word));
    tokens.iter().skip_while(is_of_condition)
}

/// Returns the parts of the name with which the tokens begin, or nothing if a part has escapes.
fn qualified_name<'t, 's: 't>(mut tokens: impl Iterator<Item = &'t Token<'s>>) -> Vec<String> {
    let mut parts = Vec::new();
    loop {
        let Some(part) = tokens.next().and_then(Token::name) else { return Vec::new() };
        parts.push(part);
        if !tokens.next().is_some_and(|token| token.is_symbol('.')) {
            return parts;
        }
    }
}

/// Checks a section that runs outside a transaction.
///
/// Rule: such a section contains exactly one statement from this list. An interruption then leaves
/// only that statement undone.
pub(super) fn check(statements: &[(&Vec<Token<'_>>, &Range<usize>)], reporter: &mut Reporter) {
    let is_outside = |tokens: &[Token<'_>]| OutsideStatement::parse_tokens(tokens).is_some();
    let (outside, others): (Vec<_>, Vec<_>) = statements.iter().partition(|(tokens, _)| is_outside(tokens));
    for (tokens, span) in others.into_iter().filter(|(tokens, _)| super::rules::nowhere(tokens).is_none()) {
        reporter.report((*span).clone(), &PostgresFault::not_outside(tokens));
    }
    for (_, span) in outside.into_iter().skip(1) {
        reporter.report((*span).clone(), &PostgresFault::SeveralOutside);
    }
}
