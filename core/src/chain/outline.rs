//! Builds the graph of a folder whose scripts may be incomplete.

use super::assemble::{assemble, declaration, in_order};
use super::frozen::Frozen;
use super::{Assembled, Faulty};
use crate::folder::{Folder, FolderFault};
use crate::graph::{self, Resolved};
use crate::script::{self, Grammar, HeaderFault};

/// Parses the headers in a folder and sorts its revisions into canonical order.
///
/// Includes every script, even one that is not filled in yet, has errors in its SQL, or differs
/// from the frozen version: the author needs the graph to fix it. Sections are not parsed, so the
/// scripts have no SQL and no meaningful checksum.
///
/// # Errors
///
/// Returns every error in the folder if a header cannot be read, or if the headers do not form a
/// graph.
pub fn outline(folder: &Folder) -> Result<Assembled, Faulty> {
    let mut hidden = folder.problems.iter().any(FolderFault::hides_scripts);
    let mut scripts = Vec::with_capacity(folder.files.len());
    let Some(mut grammar) = Grammar::new(folder.dialect) else { return assemble(folder, true) };
    for file in &folder.files {
        let (script, faults) = script::parse_header(&file.path, &file.bytes, &mut grammar);
        hidden |= script.header.id.is_none() || faults.iter().any(HeaderFault::hides_parents);
        scripts.push(script);
    }
    let list = Frozen::read(folder, &mut scripts);
    let declarations: Vec<_> = scripts.iter().map(declaration).collect();
    match graph::resolve(&declarations) {
        Ok(Resolved { graph, order }) if !hidden => Ok(list.assembled(in_order(scripts, &order), graph)),
        _ => assemble(folder, true),
    }
}

#[cfg(test)]
mod tests {
    use super::outline;
    use crate::folder::{File, Folder};

    fn folder(scripts: &[(&str, &str)]) -> Folder {
        let file = |(name, text): &(&str, &str)| File {
            path: format!("migrations/{name}"),
            bytes: text.as_bytes().to_vec(),
        };
        Folder { files: scripts.iter().map(file).collect(), ..Folder::default() }
    }

    const UNFILLED: &str =
        "-- First\n-- Revision ID: a\n-- Revises:\n-- upgrade\n-- REVIEW: write it\n-- downgrade\nSELEC;\n";

    #[test]
    fn a_script_that_is_not_filled_in_has_its_place_in_the_graph() {
        let outlined = outline(&folder(&[("a.sql", UNFILLED)])).map(|assembled| assembled.graph.len());
        assert_eq!(outlined, Ok(1));
    }

    #[test]
    fn a_header_that_cannot_be_read_hides_the_graph() {
        let faulty =
            outline(&folder(&[("a.sql", UNFILLED), ("b.sql", "-- Second\n-- Revises: a\n-- upgrade\n")]));
        let codes: Vec<_> = faulty.err().map(|faulty| faulty.problems).unwrap_or_default();
        assert!(codes.iter().any(|problem| problem.code() == "no-revision-id"), "{codes:?}");
    }

    #[test]
    fn no_script_is_a_graph_too() {
        assert_eq!(outline(&Folder::default()).map(|assembled| assembled.graph.len()), Ok(0));
    }
}
