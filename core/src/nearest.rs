//! Suggests the name that the user probably meant, for every "did you mean" message.

/// The maximum number of edits that count as a typo, however long the name is.
const EDITS_OF_A_TYPO: usize = 3;

/// Returns the name that is the fewest edits away from a word, ignoring case.
///
/// Allows one edit for every three letters of the word. Allows at least one edit, but always fewer
/// than the word has letters. Returns `None` if no name is that close.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    let allowed = (letters / 3).clamp(1, EDITS_OF_A_TYPO);
    let edits = |name: &'a str| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name);
    let near = names.into_iter().map(edits).filter(|(edits, _)| *edits <= allowed && *edits < letters);
    near.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_fewest_edits_win_and_case_does_not_count() {
        assert_eq!(nearest("titel", ["Title", "tile", "total"]), Some("Title"));
        assert_eq!(nearest("TITLE", ["titles", "title"]), Some("title"));
        assert_eq!(nearest("größe", ["grösse", "Große"]), Some("Große"));
    }

    #[test]
    fn a_long_word_may_have_more_mistakes_than_a_short_one() {
        assert_eq!(nearest("dark", ["data"]), None);
        assert_eq!(nearest("a2", ["a1"]), Some("a1"));
        assert_eq!(nearest("favuorites_of_usr", ["favourites_of_user"]), Some("favourites_of_user"));
    }

    #[test]
    fn nothing_is_meant_by_a_letter_or_by_no_word() {
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("", ["b"]), None);
    }
}
