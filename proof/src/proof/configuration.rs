//! A program's settings that affect its proof, from `aludel.toml` or from the macro call.

use std::sync::Arc;

use aludel_core::graph::{Graph, Index};
use aludel_core::nearest;

use super::{ColumnOrder, Function, Irreversible, LintSettings, Options, Watch};

/// Finds the revision that a setting names.
///
/// # Errors
///
/// Returns the help text if no script defines the revision.
pub(crate) fn revision_of_setting(graph: &Graph, revision: &str) -> Result<Index, String> {
    graph.find_id(revision).ok_or_else(|| {
        match nearest(revision, graph.indexes().map(|index| graph.id(index))) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "write the full ID of a revision".to_owned(),
        }
    })
}

/// A program's settings that affect its proof. Unlike [`Options`], they can be sent to another
/// thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The name of the version table.
    pub version_table: String,
    /// Controls whether a downgrade must restore the order of columns.
    pub column_order: ColumnOrder,
    /// The lints that the settings allow.
    pub lints: LintSettings,
    /// The scripts that may be irreversible.
    pub irreversible: Irreversible,
    /// The program's functions that the proof replaces with substitutes.
    pub functions: Vec<Function>,
}

impl Configuration {
    /// Returns the options for a proof. The `watch` can stop the proof.
    #[must_use]
    pub fn options(&self, watch: Option<Arc<Watch>>) -> Options {
        Options {
            version_table: self.version_table.clone(),
            column_order: self.column_order,
            lints: self.lints.clone(),
            irreversible: self.irreversible.clone(),
            functions: self.functions.clone(),
            watch,
            ..Options::default()
        }
    }
}
