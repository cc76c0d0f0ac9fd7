//! Brings the database that is named on the command line to the head, and says where it is.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

use std::process::ExitCode;

mod migrations {
    vessel::embed_migrations!("migrations", crate = vessel);
}

use migrations::{CHAIN, Head, revision};

fn main() -> ExitCode {
    match run() {
        Ok(current) => {
            println!("{current}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("expected a path")?;
    let connection = vessel::Database::parse(&path)?.open()?;
    let ready: vessel::At<Head> = CHAIN.migrator().upgrade_to(connection)?;
    let at_base: vessel::At<revision::CreateNotes> = CHAIN.migrator().downgrade_to(ready.into_connection())?;
    let ready = CHAIN.migrator().upgrade_to::<revision::Rb_2>(at_base.into_connection())?;
    Ok(ready.report().current.join(" "))
}
