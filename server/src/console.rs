//! Console output: results on stdout, failures on stderr, with control characters escaped.
//! Everything else goes to the log.

use std::fmt::Display;
use std::io::{self, Write};

use aludel::escape;

use crate::failure::Failure;

/// Prints a line on stdout. Ignores a closed stdout.
pub(crate) fn say(line: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{}", escape::block(&line.to_string())).and_then(|()| stdout.flush());
}

/// Prints a failure on stderr, with its causes and a hint.
pub(crate) fn fail(error: &Failure) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: {}", escape::block(&error.to_string()));
    for cause in aludel::causes(error) {
        let _ = writeln!(stderr, "  caused by: {}", escape::line(&cause));
    }
    if let Some(hint) = error.hint() {
        let _ = writeln!(stderr, "help: {}", escape::line(&hint));
    }
}
