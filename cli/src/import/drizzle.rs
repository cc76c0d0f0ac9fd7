//! Drizzle: `meta/_journal.json` lists the migrations, whose files contain only upgrades
//! (<https://orm.drizzle.team/docs/kit-overview>).

use std::path::Path;

use serde::Deserialize;

use super::checksum;
use super::files::{self, Order};
use super::{Original, Originals};

/// The comment between two statements of a file.
const BREAKPOINT: &str = "--> statement-breakpoint";

#[derive(Debug, Deserialize)]
struct Journal {
    #[serde(default)]
    dialect: String,
    entries: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    /// The time in milliseconds, which a database's table records as `created_at`.
    when: u64,
    /// The name of the file.
    tag: String,
}

/// Reads the folder that Drizzle generates.
pub(super) fn read(folder: &Path) -> Originals {
    let mut read = Originals::default();
    let path = folder.join("meta/_journal.json");
    let Some(text) = files::text(&path, &mut read) else { return read };
    let journal: Journal = match serde_json::from_str(&files::plain(&text)) {
        Ok(journal) => journal,
        Err(error) => {
            read.reject(files::shown(&path), error.to_string());
            return read;
        }
    };
    if !["", "sqlite", "turso"].contains(&journal.dialect.as_str()) {
        read.reject(files::shown(&path), format!("its dialect is `{}`; expected `sqlite`", journal.dialect));
        return read;
    }
    let mut versions = Vec::new();
    for Listed { when, tag } in &journal.entries {
        let path = folder.join(format!("{tag}.sql"));
        let Some(text) = files::text(&path, &mut read) else { continue };
        let words = tag.split_once('_').map_or(tag.as_str(), |(_, words)| words);
        versions.push(when.to_string());
        read.migrations.push(Original {
            message: files::words(words),
            file: files::shown(&path),
            checksums: checksum::of_file(checksum::drizzle, "", "", &text),
            upgrade: files::plain(&text).replace(BREAKPOINT, ""),
            ..Original::default()
        });
    }
    for entry in files::entries(folder, &mut read) {
        let stem = entry.name.strip_suffix(".sql");
        match stem {
            Some(stem) if journal.entries.iter().any(|listed| listed.tag == stem) => {}
            Some(_) => read.reject(entry.shown(), "`meta/_journal.json` does not list it"),
            None if entry.name == "meta" => {}
            // A program next to the files, such as one that runs them. Migrations are always SQL.
            None => read.left_out.push(entry.shown()),
        }
    }
    files::in_order(&mut read, versions, Order::Numbers);
    read
}
