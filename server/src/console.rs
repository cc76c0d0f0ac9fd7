//! What a person or a script reads: results on stdout, failures on stderr. Everything else goes to the log.

use std::fmt::Display;
use std::io::{self, Write};

use crate::failure::Failure;

/// Says something on stdout. Nobody listening is no reason to stop.
pub(crate) fn say(line: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{}", shown(line)).and_then(|()| stdout.flush());
}

/// Tells a failure, all that caused it and what to do on stderr.
pub(crate) fn fail(error: &Failure) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "error: {}", shown(error));
    for cause in aludel::causes(error) {
        let _ = writeln!(stderr, "  caused by: {}", shown(cause));
    }
    if let Some(hint) = error.hint() {
        let _ = writeln!(stderr, "hint: {}", shown(hint));
    }
}

/// Shows control characters as escapes: names that come from a database or a folder must not steer a terminal.
fn shown(text: impl Display) -> String {
    let mut shown = String::new();
    for character in text.to_string().chars() {
        if character.is_control() && character != '\n' {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn control_characters_are_shown_as_escapes() {
        assert_eq!(shown("table `a\u{1b}[2J\u{9b}\r`\nü"), "table `a\\u{1b}[2J\\u{9b}\\r`\nü");
    }
}
