//! Collects the errors in one file.

use std::ops::Range;
use std::sync::Arc;

use crate::problem::{Explain, Place, Problem, Source};

/// Collects the errors in one file.
pub(super) struct Reporter {
    source: Arc<Source>,
    problems: Vec<Problem>,
}

impl Reporter {
    pub(super) fn new(source: Arc<Source>) -> Self {
        Self { source, problems: Vec::new() }
    }

    /// Returns the file and its errors.
    pub(super) fn into_parts(self) -> (Arc<Source>, Vec<Problem>) {
        (self.source, self.problems)
    }

    pub(super) fn report(&mut self, span: Range<usize>, fault: &(impl Explain + Clone)) {
        self.problems.push(Problem::at(Place { source: Arc::clone(&self.source), span }, fault));
    }

    /// Reports an error with a related place and its label.
    #[cfg(feature = "postgres")]
    pub(super) fn report_with(
        &mut self,
        span: Range<usize>,
        fault: &(impl Explain + Clone),
        (related, label): (Range<usize>, &str),
    ) {
        let place = |span| Place { source: Arc::clone(&self.source), span };
        self.problems.push(Problem::at(place(span), fault).with_related(place(related), label));
    }

    /// Returns a reporter that discards its errors. It is used to read text that already has an
    /// error, so that one mistake is not reported twice.
    pub(super) fn silent(&self) -> Self {
        Self::new(Arc::clone(&self.source))
    }
}
