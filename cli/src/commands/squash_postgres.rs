//! `aludel squash` for scripts in PostgreSQL's dialect, on a scratch server.

use std::borrow::Cow;

use aludel_core::chain::{Assembled, Chain, Script, Section, assemble};
use aludel_core::folder::Folder;
use aludel_core::graph::Index;
use aludel_core::script::{Draft, Filled};
use aludel_postgres::autogenerate::Generator;
use aludel_postgres::catalog::Catalog;
use aludel_postgres::proof::Options;
use aludel_postgres::replay::ReplayError;
use aludel_postgres::scratch::{ScratchError, Server};

use super::squash::HINT;
use crate::database::replay;
use crate::error::Failure;
use crate::scratch_server::with_causes;
use crate::settings::Settings;

/// The schema and the rows that scripts produce.
struct Contents {
    sql: String,
    catalog: Catalog,
}

/// Writes the base, and checks that it produces the same contents as the replaced scripts.
/// `folder_with` returns the folder with the base in place of these scripts.
pub(super) fn write(
    assembled: &Assembled,
    point: Index,
    draft: &Draft,
    folder_with: impl Fn(&Draft) -> Folder,
    (server, settings): (&Server, &Settings),
) -> Result<Draft, Failure> {
    let chain = assembled.chain(&settings.version_table);
    let replaced = contents(&chain, point, server)?;
    // Rows that contain the time of the run or random values differ.
    if contents(&chain, point, server)?.sql != replaced.sql {
        return Err(refused("the scripts insert rows that differ whenever they run"));
    }
    let filled = Filled {
        replaces: assembled.graph.ancestors([point]).len(),
        downgrade: downgrade(&chain, point, &replaced.sql, server)?,
        upgrade: replaced.sql.trim().to_owned(),
        ..Filled::default()
    };
    let base = Draft { filled: Some(filled), ..draft.clone() };
    let of_folder = assemble(&folder_with(&base), true)
        .map_err(|faulty| Failure::Faults { problems: faulty.problems, hint: "nothing was written" })?;
    let chain = of_folder.chain(&settings.version_table);
    let of_base = of_folder.graph.find_id(assembled.graph.id(point));
    let of_base = contents(&chain, of_base.unwrap_or_default(), server)?;
    if let Some(difference) = replaced.catalog.differences(&of_base.catalog).first() {
        return Err(refused(&format!("the new script does not create the same schema: {difference}")));
    }
    if of_base.sql != replaced.sql {
        return Err(refused("the new script does not insert the same rows"));
    }
    Ok(base)
}

fn contents(chain: &Chain, point: Index, server: &Server) -> Result<Contents, Failure> {
    let mut replay = replay(chain, &[point], server).map_err(|error| match error {
        ReplayError::Scratch(error) => of_server(&error),
        ReplayError::Script { .. } => refused(&with_causes(&error)),
    })?;
    let sql = replay.sql_with_rows().map_err(|error| of_server(&error))?;
    Ok(Contents { sql, catalog: replay.catalog().map_err(|error| of_server(&error))? })
}

/// Generates the statements that lead from the schema of the base to an empty database.
fn downgrade(chain: &Chain, point: Index, upgrade: &str, server: &Server) -> Result<String, Failure> {
    let upgrade = Section {
        sql: Cow::Owned(upgrade.to_owned()),
        line: 1,
        statements: Cow::Owned(chain.dialect.statements(upgrade)),
    };
    let base = Script { id: chain.script(point).id.clone(), upgrade, ..Script::default() };
    let chain = Chain { scripts: [base].into_iter().collect(), ..chain.clone() };
    let generator =
        Generator { chain: &chain, server, own_tables: &Options::new(&chain.version_table).own_tables };
    let generated = generator.generate("").map_err(|refusal| refused(&with_causes(&refusal)))?;
    let Some(generated) = generated else { return Ok(String::new()) };
    if let Some(left) = generated.left_after_upgrade.first() {
        return Err(refused(&format!("no downgrade is generated for its schema: {left}")));
    }
    Ok(generated.scripts.iter().map(|sections| sections.upgrade.trim()).collect::<Vec<_>>().join("\n"))
}

fn refused(why: &str) -> Failure {
    Failure::NotSquashed { why: why.to_owned(), hint: HINT }
}

fn of_server(error: &ScratchError) -> Failure {
    Failure::NotSquashed { why: with_causes(error), hint: error.help().unwrap_or("nothing was written") }
}
