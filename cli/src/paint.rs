//! Colors, and escaping of control characters in text from scripts and databases.
//!
//! A line is written with placeholders for colors. When the line is printed, the placeholders
//! become colors, and every other character that a terminal would interpret is escaped. Commands
//! therefore do not have to track which text is untrusted.

use std::fmt::{self, Write as _};

use aludel_core::escape;
use anstyle::{AnsiColor, Reset, Style};

/// A color placeholder in a line: `{ID}` starts the color, and `{ID:#}` ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint(char);

/// The color of a revision ID.
pub(crate) const ID: Paint = Paint('\u{fdd0}');
/// The color of marks such as `(head)`.
pub(crate) const MARK: Paint = Paint('\u{fdd1}');
/// The color of a field name.
pub(crate) const FIELD: Paint = Paint('\u{fdd2}');
/// The color of the word before an error.
pub(crate) const ERROR: Paint = Paint('\u{fdd3}');
/// The color of the word before a hint.
pub(crate) const HINT: Paint = Paint('\u{fdd4}');

/// Ends a color.
///
/// Unicode reserves these noncharacters for internal use, so untrusted text can at most color a
/// line.
const END: char = '\u{fddf}';

impl fmt::Display for Paint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Write::write_char(formatter, if formatter.alternate() { END } else { self.0 })
    }
}

fn style(letter: char) -> Option<Style> {
    Some(match Paint(letter) {
        ID => AnsiColor::Yellow.on_default(),
        MARK => AnsiColor::Cyan.on_default(),
        FIELD => Style::new().bold(),
        ERROR => AnsiColor::Red.on_default().bold(),
        HINT => AnsiColor::Green.on_default().bold(),
        _ => return None,
    })
}

/// Formats one line for printing, with colors and with every control character escaped.
pub(crate) fn line(text: &str) -> String {
    let mut painted = String::with_capacity(text.len());
    let mut is_coloured = false;
    for letter in text.chars() {
        if let Some(style) = style(letter) {
            painted += &style.render().to_string();
            is_coloured = true;
        } else if letter == END {
            painted += &Reset.render().to_string();
            is_coloured = false;
        } else if escape::is_control(letter) {
            painted.extend(letter.escape_default());
        } else {
            painted.push(letter);
        }
    }
    if is_coloured {
        painted += &Reset.render().to_string();
    }
    painted
}

/// Escapes the characters of JSON that a terminal would interpret. `serde_json` escapes only C0
/// controls.
pub(crate) fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if escape::is_control(letter) && letter != '\n' {
            let _ = write!(safe, "\\u{:04x}", u32::from(letter));
        } else {
            safe.push(letter);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{ID, json, line};

    #[test]
    fn only_the_colours_of_the_program_reach_a_terminal() {
        assert_eq!(line(&format!("{ID}a1{ID:#}, grün")), "\u{1b}[33ma1\u{1b}[0m, grün");
        assert_eq!(line("\u{1b}[33ma1\u{9b}0m\nerror: \u{202e}"), r"\u{1b}[33ma1\u{9b}0m\nerror: \u{202e}");
        assert_eq!(line(&format!("{ID}a1")), "\u{1b}[33ma1\u{1b}[0m");
    }

    #[test]
    fn json_that_holds_any_character_is_the_same_value_and_safe() -> Result<(), serde_json::Error> {
        let text: String = (0..0x2100).filter_map(char::from_u32).collect();
        let safe = json(&serde_json::to_string_pretty(&[&text])?);
        assert!(!safe.chars().any(|letter| letter != '\n' && aludel_core::escape::is_control(letter)));
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe)?, [text]);
        Ok(())
    }
}
