//! The input and the findings of a lint.

use aludel_core::problem::{Explain, Words, words};

use super::tables::TableState;
use crate::Explanation;

/// A finding of a lint, as text.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) lint: Explanation,
    pub(super) title: String,
    pub(super) help: String,
}

impl Explain for Finding {
    fn words(&self) -> Words {
        words(self.lint.code, self.title.clone(), "this statement does it", self.help.clone())
    }
}

/// One table before and after a statement.
pub(super) struct Change<'a> {
    pub(super) was: &'a TableState,
    pub(super) is: &'a TableState,
    pub(super) statement: &'a str,
}
