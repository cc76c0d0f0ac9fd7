//! Reads the parts of Markdown that tests of the documentation need.

/// A fenced code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    /// The first word after the fence, up to a comma.
    pub language: &'a str,
    /// The lines between the fences, including line feeds.
    pub text: String,
}

/// A line outside fenced blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, counted from 1.
    pub number: usize,
    /// Its text.
    pub text: &'a str,
}

/// Returns the fenced blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    split(page).0
}

/// Returns the lines of a page that are not in a fenced block.
pub fn prose(page: &str) -> Vec<Line<'_>> {
    split(page).1
}

fn split(page: &str) -> (Vec<Block<'_>>, Vec<Line<'_>>) {
    let (mut blocks, mut prose) = (Vec::new(), Vec::new());
    let mut open: Option<Block<'_>> = None;
    for (index, text) in page.lines().enumerate() {
        let number = index + 1;
        match (text.trim_start().strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(info), None) => {
                let language = info.split([',', ' ']).next().unwrap_or_default();
                open = Some(Block { line: number, language, text: String::new() });
            }
            (None, Some(mut block)) => {
                block.text.push_str(text);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => prose.push(Line { number, text }),
        }
    }
    (blocks, prose)
}

/// Returns a line without its inline code.
pub fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("` `")
}

/// Returns the anchors of a page: one for each heading, as GitHub and mdBook derive them.
pub fn anchors(page: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for line in prose(page) {
        let title = line.text.trim_start_matches('#');
        if title.len() == line.text.len() || !title.starts_with(' ') {
            continue;
        }
        let name = anchor(title.trim());
        let same = anchors.iter().filter(|known| **known == name).count();
        anchors.push(if same == 0 { name } else { format!("{name}-{same}") });
    }
    anchors
}

fn anchor(title: &str) -> String {
    let kept = title.to_lowercase().replace(' ', "-");
    kept.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).collect()
}

/// Returns the targets of the inline links in a page, each with its line.
pub fn links(page: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for line in prose(page) {
        let text = without_code(line.text);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        links.extend(targets.map(|target| (line.number, target.to_owned())));
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A `b` page\n\nSee [it](x.md#y-z) and `[no](code.md)`.\n\n```rust,ignore\n# no heading\n[no](block.md)\n```\n\n## Why?\n## Why?\n";

    #[test]
    fn a_block_has_its_line_its_language_and_its_text() {
        let text = "# no heading\n[no](block.md)\n".to_owned();
        assert_eq!(blocks(PAGE), [Block { line: 5, language: "rust", text }]);
    }

    #[test]
    fn links_in_code_are_ignored() {
        assert_eq!(links(PAGE), [(3, "x.md#y-z".to_owned())]);
    }

    #[test]
    fn equal_headings_have_different_anchors() {
        assert_eq!(anchors(PAGE), ["a-b-page", "why", "why-1"]);
    }
}
