//! Reads the migrations of tools that use one folder per migration, with `up.sql` and `down.sql`:
//! diesel and `rusqlite_migration`.

use std::path::Path;

use super::files::{self, Order};
use super::{Original, Originals};

/// Reads the migrations of such a tool.
pub(super) fn read(folder: &Path, order: Order) -> Originals {
    let mut read = Originals::default();
    let mut versions = Vec::new();
    for entry in files::entries(folder, &mut read) {
        if !entry.is_folder {
            files::pass_over(&entry, &mut read);
            continue;
        }
        let letters = entry.name.len()
            - entry.name.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '-').len();
        let (version, words) = entry.name.split_at(letters);
        let version = version.trim_end_matches('-');
        if version.is_empty() {
            read.reject(entry.shown(), "expected a folder name that begins with a number");
            continue;
        }
        let (mut up, mut down) = (None, None);
        for file in files::entries(&entry.path, &mut read) {
            match file.name.as_str() {
                "up.sql" => up = files::text(&file.path, &mut read).map(|text| files::plain(&text)),
                "down.sql" => down = files::text(&file.path, &mut read).map(|text| files::plain(&text)),
                // It only sets whether a transaction is used, which `text` determines from the
                // statements.
                "metadata.toml" => read.left_out.push(file.shown()),
                _ => files::pass_over(&file, &mut read),
            }
        }
        let Some(upgrade) = up else {
            read.reject(entry.shown(), "it has no `up.sql`");
            continue;
        };
        versions.push(version.to_owned());
        read.migrations.push(Original {
            message: files::words(words),
            file: files::shown(&entry.path.join("up.sql")),
            upgrade,
            downgrade: down,
            ..Original::default()
        });
    }
    files::in_order(&mut read, versions, order);
    read
}
