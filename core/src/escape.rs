//! Makes text safe to print: control characters are escaped as in a Rust literal.
//!
//! A message, a file name or a database row may contain characters that move the cursor, rename the
//! window or reorder the visible line. Text from outside the program is printed through [`line()`]
//! or [`block()`].

use std::borrow::Cow;

/// Returns `true` if a terminal interprets the character instead of displaying it: a control
/// character (C0, DEL, C1), or one that overrides or isolates the direction of text.
#[must_use]
pub fn is_control(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the text on a single line, with every control character escaped, including line breaks.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// Returns text that may span lines, with every control character escaped except line breaks and
/// tabs.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    escaped(text, is_layout)
}

/// Returns `true` for control characters that lay out multi-line text.
pub(crate) fn is_layout(letter: char) -> bool {
    matches!(letter, '\n' | '\t')
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(|letter| is_control(letter) && !stays(letter)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_control(letter) && !stays(letter) {
            safe.extend(letter.escape_default());
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{block, is_control, line};

    #[test]
    fn control_characters_are_written_as_in_a_literal() {
        for (text, safe) in [
            ("Add \u{1b}]0;title\u{7}", r"Add \u{1b}]0;title\u{7}"),
            ("a\nerror: b\r\tc", r"a\nerror: b\r\tc"),
            ("\0\u{7f}\u{9b}31m", r"\u{0}\u{7f}\u{9b}31m"),
            ("\u{202e}gpj\u{2066}", r"\u{202e}gpj\u{2066}"),
            ("grün 写真 🦀 \\n", "grün 写真 🦀 \\n"),
        ] {
            assert_eq!(line(text), safe);
        }
        assert_eq!(block("a\n\tb\r\u{1b}"), "a\n\tb\\r\\u{1b}");
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_acts_on_is_left(text in any::<String>(), more in "[\0-\u{1f}\u{7f}-\u{9f}\u{202a}-\u{202e}]*") {
            let text = text + &more;
            prop_assert!(!line(&text).contains(is_control));
            prop_assert!(!block(&text).contains(|letter| is_control(letter) && !"\n\t".contains(letter)));
            prop_assert_eq!(block(&text).matches('\n').count(), text.matches('\n').count());
        }
    }
}
