//! Hands a chain to refinery's own runner.

use aludel::Chain;
use refinery::Migration;

/// Returns refinery's migrations of a linear chain.
///
/// # Errors
///
/// If the chain is not linear, or refinery refuses a script.
pub fn migrations<C>(chain: &Chain<C>) -> Result<Vec<Migration>, Box<dyn std::error::Error>> {
    let exported = aludel::refinery::migrations(chain)?;
    let migrations = exported.iter().map(|migration| Migration::unapplied(&migration.name, &migration.sql));
    Ok(migrations.collect::<Result<_, _>>()?)
}
