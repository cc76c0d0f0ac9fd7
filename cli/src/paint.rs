//! Colours, and what keeps a terminal safe: text of scripts and databases reaches it with its control characters escaped.
//!
//! A line is written with marks that stand for colours; they are replaced where the line is printed, together with everything else in it that a
//! terminal would act on. So no command has to know which of its words came from outside.

use std::fmt::{self, Write as _};

use aludel_core::escape;
use anstyle::{AnsiColor, Reset, Style};

/// A colour of the text, as it is written into a line: `{ID}` begins it, `{ID:#}` ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint(char);

/// How a revision id looks.
pub(crate) const ID: Paint = Paint('\u{fdd0}');
/// How what is said of a revision looks.
pub(crate) const MARK: Paint = Paint('\u{fdd1}');
/// How the name of a field looks.
pub(crate) const FIELD: Paint = Paint('\u{fdd2}');
/// How the word before a failure looks.
pub(crate) const ERROR: Paint = Paint('\u{fdd3}');
/// How the word before a hint looks.
pub(crate) const HINT: Paint = Paint('\u{fdd4}');

/// What ends a colour. Unicode keeps these characters for such use inside a program: in text from outside, one can colour a line and no more.
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

/// One line as it is printed: coloured, with every control character escaped.
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

/// JSON in ASCII where a terminal would act on a character: `serde_json` escapes only C0.
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
