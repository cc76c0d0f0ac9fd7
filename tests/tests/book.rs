//! The links in the README and the book lead to existing files and headings.

use std::error::Error;
use std::path::{Path, PathBuf};

use tests::TestResult;
use tests::markdown::{anchors, links};

/// Pages outside the book whose links are checked too.
const OUTSIDE: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

#[test]
fn every_link_leads_to_a_file_and_a_heading() -> TestResult {
    let mut broken = Vec::new();
    for path in pages()?.into_iter().chain(OUTSIDE.map(|name| repository().join(name))) {
        let page = std::fs::read_to_string(&path)?;
        let relative = |target: &String| !target.contains("://") && !target.starts_with("mailto:");
        for (line, target) in links(&page).into_iter().filter(|(_, target)| relative(target)) {
            if let Some(reason) = fault_of(&path, &target) {
                let shown = path.strip_prefix(repository()).unwrap_or(&path).display();
                broken.push(format!("{shown}:{line}: `{target}`: {reason}"));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
    Ok(())
}

#[test]
fn every_page_is_in_the_summary() -> TestResult {
    let summary = std::fs::read_to_string(repository().join("docs/SUMMARY.md"))?;
    let listed: Vec<String> = links(&summary).into_iter().map(|(_, target)| target).collect();
    for path in pages()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(name == "SUMMARY.md" || listed.contains(&name), "docs/SUMMARY.md does not list `{name}`");
    }
    Ok(())
}

/// Returns the reason that a link is broken, or `None` if it is valid.
fn fault_of(page: &Path, target: &str) -> Option<String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = match file {
        "" => page.to_owned(),
        _ => page.with_file_name("").join(file),
    };
    if anchor.is_empty() {
        return (!path.exists()).then(|| "the file does not exist".to_owned());
    }
    match std::fs::read_to_string(&path) {
        Ok(text) if anchors(&text).iter().any(|known| known == anchor) => None,
        Ok(_) => Some("no heading has this anchor".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// The pages of the book.
fn pages() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries = std::fs::read_dir(repository().join("docs"))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "md")).collect())
}

fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}
