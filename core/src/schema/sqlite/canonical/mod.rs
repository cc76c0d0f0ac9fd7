//! The one form of expressions and statements that are equal: a walk over the grammar's tree.
//!
//! Tokens stand with one space between them. Each operand that is itself an operation stands in parentheses, whatever the text has; names
//! are in double quotes and in lowercase, but for those that `AS` gives to a result, which people see; keywords are in upper case; where
//! SQLite knows several words for one thing, there is one.

mod expression;
mod query;
mod statement;

use sqlite3_parser::ast::{Expr, Name};

pub(super) use expression::bare;

use crate::script::sqlite::{quoted, unquoted};

/// Deeper trees than this are not walked: they would need a large stack.
const DEEPEST: usize = 200;

/// A tree is too deep to be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooDeep;

/// Which names an expression may use.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'a> {
    /// The columns of one table. A word in double quotes that is none of them is a text
    /// (<https://sqlite.org/quirks.html#double_quoted_string_literals_are_accepted>).
    Columns(&'a [String]),
    /// Those of tables that are not known here.
    Open,
}

/// Writes the canonical form.
#[derive(Debug)]
pub(super) struct Canonical<'a> {
    scope: Scope<'a>,
    out: String,
    depth: usize,
}

type Written = Result<(), TooDeep>;

/// The canonical form of an expression.
pub(super) fn of_expression(expression: &Expr<'_>, scope: Scope<'_>) -> Result<String, TooDeep> {
    let mut canonical = Canonical::new(scope);
    canonical.expression(expression)?;
    Ok(canonical.out)
}

/// The canonical form of what a function writes.
pub(super) fn of(
    scope: Scope<'_>,
    write: impl FnOnce(&mut Canonical<'_>) -> Written,
) -> Result<String, TooDeep> {
    let mut canonical = Canonical::new(scope);
    write(&mut canonical)?;
    Ok(canonical.out)
}

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl<'a> Canonical<'a> {
    fn new(scope: Scope<'a>) -> Self {
        Self { scope, out: String::new(), depth: 0 }
    }

    /// Writes one token.
    fn put(&mut self, token: &str) {
        if !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(token);
    }

    /// Writes a name that refers to something.
    fn name(&mut self, name: &str) {
        self.put(&quoted(&unquoted(name).to_ascii_lowercase()));
    }

    /// Writes a name that people see.
    fn seen_name(&mut self, name: &str) {
        self.put(&quoted(&unquoted(name)));
    }

    fn names(&mut self, names: &[Name<'_>]) {
        self.put("(");
        for name in names {
            self.name(name.0);
        }
        self.put(")");
    }

    /// Writes items between parentheses.
    fn group<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T) -> Written) -> Written {
        self.put("(");
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.put(",");
            }
            write(self, item)?;
        }
        self.put(")");
        Ok(())
    }

    /// Writes a word and what follows it, where there is something.
    fn clause<T>(
        &mut self,
        word: &str,
        what: Option<T>,
        write: impl FnOnce(&mut Self, T) -> Written,
    ) -> Written {
        let Some(what) = what else { return Ok(()) };
        self.put(word);
        write(self, what)
    }

    /// Goes one level down.
    fn deeper(&mut self, write: impl FnOnce(&mut Self) -> Written) -> Written {
        if self.depth == DEEPEST {
            return Err(TooDeep);
        }
        self.depth += 1;
        write(self)?;
        self.depth -= 1;
        Ok(())
    }
}
