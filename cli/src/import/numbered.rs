//! Reads files that are named with a number, as for sqlx, golang-migrate, refinery and custom
//! runners.

use std::collections::BTreeMap;
use std::path::Path;

use super::checksum::{self, Checksums};
use super::files::{self, Entry, Order};
use super::{Original, Originals};

/// How a tool names its files.
pub(super) struct Naming {
    /// The letters before the number.
    prefixes: &'static [&'static str],
    /// The text between the number and the name, or an empty string if any text is allowed.
    separator: &'static str,
    /// `true` if the tool also runs the files in subfolders.
    reads_subfolders: bool,
    /// The checksums that the tool records.
    checksums: Checksums,
    /// The expected form of a file name, for messages.
    expected: &'static str,
}

/// <https://docs.rs/sqlx/latest/sqlx/macro.migrate.html>
pub(super) const SQLX: Naming = Naming {
    prefixes: &[""],
    separator: "_",
    reads_subfolders: false,
    checksums: checksum::sqlx,
    expected: "`<version>_<name>.sql`, `.up.sql` or `.down.sql`",
};

/// <https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md>
pub(super) const GOLANG_MIGRATE: Naming = Naming {
    prefixes: &[""],
    separator: "_",
    reads_subfolders: false,
    checksums: checksum::none,
    expected: "`<version>_<name>.up.sql` or `.down.sql`",
};

/// <https://docs.rs/refinery/latest/refinery/macro.embed_migrations.html>. The `U` prefix marks a
/// migration that may run out of order. It does not mean undo.
pub(super) const REFINERY: Naming = Naming {
    prefixes: &["V", "U"],
    separator: "__",
    reads_subfolders: true,
    checksums: checksum::refinery,
    expected: "`V<version>__<name>.sql` or `U<version>__<name>.sql`",
};

/// The files of a program that counts its migrations in `user_version`.
pub(super) const SQL: Naming = Naming {
    prefixes: &["", "v", "V", "m", "migration", "migration_", "migration-"],
    separator: "",
    reads_subfolders: false,
    checksums: checksum::none,
    expected: "a number, then any name, and `.sql`",
};

/// The name of a file, in its parts.
struct Name {
    version: String,
    /// The rest of the name, unchanged.
    rest: String,
    words: String,
    is_down: bool,
}

/// Reads a folder of files that are named in this way.
pub(super) fn read(folder: &Path, naming: &Naming) -> Originals {
    let mut read = Originals::default();
    let mut pairs: BTreeMap<String, [Option<(Name, Entry)>; 2]> = BTreeMap::new();
    for entry in files::entries(folder, &mut read) {
        let Some(stem) = entry.name.strip_suffix(".sql").filter(|_| !entry.is_folder) else {
            if entry.is_folder && naming.reads_subfolders {
                read.reject(
                    entry.shown(),
                    "it is a subfolder, whose files the tool runs too: move them out of it",
                );
            } else {
                files::pass_over(&entry, &mut read);
            }
            continue;
        };
        let Some(name) = parse(stem, naming) else {
            read.reject(entry.shown(), format!("expected a file name of {}", naming.expected));
            continue;
        };
        let key = format!("{} {}", name.version, name.words);
        let pair = pairs.entry(key).or_default();
        let [up, down] = pair;
        let place = if name.is_down { down } else { up };
        if let Some((_, other)) = place {
            let why = format!("it has the same version and direction as `{}`", other.shown());
            read.reject(entry.shown(), why);
            continue;
        }
        *place = Some((name, entry));
    }
    let mut versions = Vec::new();
    for [up, down] in pairs.into_values() {
        let Some((name, entry)) = up else {
            if let Some((_, entry)) = down {
                read.reject(entry.shown(), "it is a downgrade, and its upgrade is missing");
            }
            continue;
        };
        let Some(text) = files::text(&entry.path, &mut read) else { continue };
        let checksums = checksum::of_file(naming.checksums, &name.version, &name.rest, &text);
        let upgrade = files::plain(&text);
        let downgrade = down.and_then(|(_, entry)| files::text(&entry.path, &mut read));
        let downgrade = downgrade.map(|text| files::plain(&text));
        versions.push(name.version);
        read.migrations.push(Original {
            message: name.words,
            file: entry.shown(),
            checksums,
            upgrade,
            downgrade,
            ..Original::default()
        });
    }
    files::in_order(&mut read, versions, Order::Numbers);
    read
}

fn parse(stem: &str, naming: &Naming) -> Option<Name> {
    let (stem, is_down) = match (stem.strip_suffix(".up"), stem.strip_suffix(".down")) {
        (Some(stem), _) => (stem, false),
        (None, Some(stem)) => (stem, true),
        (None, None) => (stem, false),
    };
    naming.prefixes.iter().find_map(|prefix| {
        let rest = stem.strip_prefix(prefix)?;
        let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let (version, rest) = rest.split_at_checked(digits).filter(|(version, _)| !version.is_empty())?;
        let name = rest.strip_prefix(naming.separator)?;
        let words = files::words(name.trim_start_matches(['_', '-', '.', ' ']));
        Some(Name { version: version.to_owned(), rest: name.to_owned(), words, is_down })
    })
}
