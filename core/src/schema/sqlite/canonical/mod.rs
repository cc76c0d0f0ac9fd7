//! The canonical form of expressions and statements, written by walking the syntax tree. Two
//! expressions or statements are equal if their canonical forms are equal.
//!
//! There is one space between tokens. An operand that is itself an operation is in parentheses,
//! even if the original has none. Names are in double quotes and in lowercase, except result names
//! defined by `AS`, which people see. Keywords are in uppercase. If SQLite has several words for
//! the same thing, only one of them is used.

mod expression;
mod query;
mod statement;

use sqlite3_parser::ast::{Expr, Name};

pub(super) use expression::bare;

use crate::script::sqlite::{quoted, unquoted};

/// The maximum depth of a tree that is walked. A deeper tree would need a large stack.
const DEEPEST: usize = 200;

/// The error for a tree that is too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooDeep;

/// The names that an expression may use.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'a> {
    /// The columns of one table. A word in double quotes that does not name one of them is a string
    /// (<https://sqlite.org/quirks.html#double_quoted_string_literals_are_accepted>).
    Columns(&'a [String]),
    /// The columns of unknown tables.
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

/// Returns the canonical form of an expression.
pub(super) fn of_expression(expression: &Expr<'_>, scope: Scope<'_>) -> Result<String, TooDeep> {
    let mut canonical = Canonical::new(scope);
    canonical.expression(expression)?;
    Ok(canonical.out)
}

/// Returns the canonical form that the function writes.
pub(super) fn of(
    scope: Scope<'_>,
    write: impl FnOnce(&mut Canonical<'_>) -> Written,
) -> Result<String, TooDeep> {
    let mut canonical = Canonical::new(scope);
    write(&mut canonical)?;
    Ok(canonical.out)
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

    /// Writes items in parentheses.
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

    /// Writes a keyword and its operand, if it has one.
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

    /// Writes one level deeper.
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
