//! The `aludel` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    aludel_cli::main()
}
