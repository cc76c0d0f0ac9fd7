//! Reads the migrations of tools that keep both directions in one file, marked by comments: goose
//! and dbmate.

use std::path::Path;

use super::files::{self, Order};
use super::{Original, Originals};

/// The comments of a tool, in lower case and without dashes.
pub(super) struct Markers {
    /// How the tool compares versions.
    order: Order,
    up: &'static str,
    down: &'static str,
    /// Comments that matter only to the tool's own parser.
    dropped: &'static [&'static str],
    /// Features that a script cannot express, each with the reason.
    rejected: &'static [(&'static str, &'static str)],
}

/// <https://pressly.github.io/goose/documentation/annotations/>
pub(super) const GOOSE: Markers = Markers {
    order: Order::Numbers,
    up: "+goose up",
    down: "+goose down",
    dropped: &["+goose statementbegin", "+goose statementend", "+goose no transaction", "+goose envsub off"],
    rejected: &[("+goose envsub on", "it contains environment variables")],
};

/// <https://github.com/amacneil/dbmate#migration-options>
pub(super) const DBMATE: Markers =
    Markers { order: Order::Text, up: "migrate:up", down: "migrate:down", dropped: &[], rejected: &[] };

/// Reads the migrations of a tool with these markers.
pub(super) fn read(folder: &Path, markers: &Markers) -> Originals {
    let mut read = Originals::default();
    let mut versions = Vec::new();
    for entry in files::entries(folder, &mut read) {
        let Some(stem) = entry.name.strip_suffix(".sql").filter(|_| !entry.is_folder) else {
            files::pass_over(&entry, &mut read);
            continue;
        };
        let Some(text) = files::text(&entry.path, &mut read) else { continue };
        let (version, words) = stem.split_once('_').unwrap_or((stem, ""));
        match split(&files::plain(&text), markers) {
            Ok((upgrade, downgrade)) => {
                versions.push(version.to_owned());
                read.migrations.push(Original {
                    message: files::words(words),
                    file: entry.shown(),
                    upgrade,
                    downgrade,
                    ..Original::default()
                });
            }
            Err(why) => read.reject(entry.shown(), why),
        }
    }
    files::in_order(&mut read, versions, markers.order);
    read
}

/// Splits a file at its markers.
fn split(text: &str, markers: &Markers) -> Result<(String, Option<String>), String> {
    let (mut upgrade, mut downgrade): (Option<String>, Option<String>) = (None, None);
    let mut is_down = false;
    for line in text.lines() {
        let comment = line
            .trim()
            .strip_prefix("--")
            .map(|words| words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
        if let Some(comment) = &comment {
            let is_marker = comment.starts_with(markers.up) || comment.starts_with(markers.down);
            if let Some((_, why)) = markers.rejected.iter().find(|(word, _)| comment.starts_with(word)) {
                return Err((*why).to_owned());
            }
            if is_marker {
                is_down = comment.starts_with(markers.down);
                let part = if is_down { &mut downgrade } else { &mut upgrade };
                if part.replace(String::new()).is_some() {
                    return Err(format!("`-- {comment}` occurs twice"));
                }
                continue;
            }
            if markers.dropped.contains(&comment.as_str()) {
                continue;
            }
        }
        let part = if is_down { &mut downgrade } else { &mut upgrade };
        match part {
            Some(text) => text.extend([line, "\n"]),
            None if comment.is_some() || line.trim().is_empty() => {}
            None => return Err(format!("it has SQL before `-- {}`", markers.up)),
        }
    }
    let upgrade = upgrade.ok_or_else(|| format!("it has no `-- {}`", markers.up))?;
    Ok((upgrade, downgrade.filter(|text| !text.trim().is_empty())))
}
