//! The `aludel` command. So far it only says what it is; a chain is checked by the compiler and run by the program that embeds it.

use clap::Parser;

/// Database migrations that the compiler keeps.
#[derive(Debug, Parser)]
#[command(name = "aludel", version, arg_required_else_help = true)]
struct Arguments {}

fn main() {
    Arguments::parse();
}
