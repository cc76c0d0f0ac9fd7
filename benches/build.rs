//! Generates the folders of scripts, and the module that embeds them.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

#[path = "src/scripts.rs"]
#[expect(dead_code, unreachable_pub, reason = "the library has the same module, and uses all of it")]
mod scripts;

/// The sizes of the chains. A build without optimization is only checked and not measured, so it
/// should be small.
const OPTIMISED: &[usize] = &[10, 100, 1000];
const OTHERWISE: &[usize] = &[10];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    let sizes = if env::var("PROFILE")? == "release" { OPTIMISED } else { OTHERWISE };
    let (mut modules, mut chains) = (String::new(), String::new());
    for size in sizes {
        scripts::write(&folder.join(format!("chain_{size}")), *size, scripts::Execution::Proved)?;
        writeln!(modules, "mod chain_{size} {{ aludel::embed_migrations!(\"./chain_{size}\"); }}")?;
        writeln!(
            chains,
            "    Embedded {{\n        scripts: || chain_{size}::CHAIN.untyped(),\n        upgrade: |connection| {{\n            \
             Ok(chain_{size}::CHAIN.migrator().upgrade_to::<chain_{size}::Head>(connection)?.into_connection())\n        \
             }},\n    }},"
        )?;
    }
    let module = format!(
        "{modules}\n/// The chains, the shortest first.\npub const CHAINS: &[Embedded] = &[\n{chains}];\n"
    );
    std::fs::write(folder.join("chains.rs"), module)?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/scripts.rs");
    Ok(())
}
