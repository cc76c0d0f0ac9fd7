//! Determines which declared losses of an upgrade actually occur. An empty table loses nothing, and
//! neither does a sequence that was never used.

use aludel_core::chain::Script;
use aludel_core::plan::Direction;
use aludel_core::script::postgres::{Token, tokens};

use super::super::session::Session;
use crate::Error;

/// The action as named in error messages.
const READING: &str = "reading the tables that lose data";

/// Finds a table or sequence that the session can read completely. A name without a schema is
/// looked up like in the script, and then in `public`. A cast to `regclass` would fail for text
/// that is not a name.
const FIND: &str = "SELECT CASE WHEN c.relkind IN ('r', 'p', 'S') \
        AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT pg_catalog.row_security_active(c.oid) \
        THEN c.oid::regclass::text END, c.relkind = 'S' \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relname = $2 AND CASE $1 WHEN '' THEN pg_catalog.pg_table_is_visible(c.oid) OR n.nspname = 'public' \
        ELSE n.nspname = $1 END \
    ORDER BY pg_catalog.pg_table_is_visible(c.oid) DESC LIMIT 1";

impl Session<'_> {
    /// Returns the declared losses of an upgrade for which the database contains data. Call this
    /// before the script runs.
    pub(super) fn losses(&self, script: &Script, direction: Direction) -> Result<Vec<String>, Error> {
        let mut lost = Vec::new();
        if direction == Direction::Downgrade {
            return Ok(lost);
        }
        for loss in script.declared.loses.iter() {
            if self.has_data(loss)? {
                lost.push(loss.to_string());
            }
        }
        Ok(lost)
    }

    /// Returns `true` if the database contains data that a loss names, or if that cannot be
    /// determined.
    fn has_data(&self, loss: &str) -> Result<bool, Error> {
        let Some(Relation { schema, name }) = Relation::of(loss) else { return Ok(true) };
        let found = self.query(READING, FIND, &[&schema, &name])?;
        let Some(row) = found.first() else { return Ok(true) };
        let Some(relation) = row.get::<_, Option<String>>(0) else { return Ok(true) };
        let sql = if row.get(1) {
            format!("SELECT is_called FROM {relation}")
        } else {
            format!("SELECT EXISTS (SELECT FROM {relation})")
        };
        Ok(self.query_one(READING, &sql, &[])?.get(0))
    }
}

/// The table or sequence that a loss names.
#[derive(Debug, PartialEq, Eq)]
struct Relation {
    /// The schema, or nothing.
    schema: String,
    name: String,
}

impl Relation {
    /// Parses `rows of <table>`, `counter of <sequence>` or `<table>.<column>`, whose names are
    /// written as in SQL. Returns `None` for other text.
    fn of(loss: &str) -> Option<Self> {
        let whole = loss.strip_prefix("rows of ").or_else(|| loss.strip_prefix("counter of "));
        let mut names = names(whole.unwrap_or(loss))?;
        if whole.is_none() {
            names.pop();
        }
        let name = names.pop()?;
        let schema = names.pop().unwrap_or_default();
        names.is_empty().then_some(Self { schema, name })
    }
}

/// Returns the parts of a qualified name, without quotes, or `None` if it is not one.
fn names(text: &str) -> Option<Vec<String>> {
    let tokens = tokens(text);
    let is_alternating =
        tokens.iter().enumerate().all(|(place, token)| token.is_symbol('.') == (place % 2 == 1));
    if !is_alternating || tokens.len().is_multiple_of(2) {
        return None;
    }
    tokens.iter().step_by(2).map(Token::name).collect()
}

#[cfg(test)]
mod tests {
    use super::Relation;

    #[test]
    fn a_loss_names_a_table_or_a_sequence() {
        for (loss, schema, name) in [
            ("rows of t", "", "t"),
            ("rows of app.t", "app", "t"),
            ("rows of \"Odd. Name\"", "", "Odd. Name"),
            ("counter of t_id_seq", "", "t_id_seq"),
            ("counter of app.\"a \"\"b\"\"\"", "app", "a \"b\""),
            ("t.v", "", "t"),
            ("app.t.v", "app", "t"),
            ("\"rows of t\".v", "", "rows of t"),
            ("\"a.b\".\"c.d\".\"e.f\"", "a.b", "c.d"),
            ("größe.v", "", "größe"),
        ] {
            let relation = Relation { schema: schema.to_owned(), name: name.to_owned() };
            assert_eq!(Relation::of(loss), Some(relation), "{loss}");
        }
        for loss in
            ["", "v", "rows of", "rows of a b", "a.b.c.d", "rows of a.b.c", ".", "a.", "'a'.b", "rows of \"a"]
        {
            assert_eq!(Relation::of(loss), None, "{loss}");
        }
    }
}
