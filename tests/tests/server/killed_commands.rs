//! `kill -9` during commands that work on a whole database or a whole folder.
//!
//! The kills are spread over the duration of a run, and the results must not depend on the moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::Outcome;
use crate::client::{hash, png};
use crate::process::{Home, Server};

/// The number of photos.
const PHOTOS: u8 = 40;

/// The number of times that each command is killed.
const ROUNDS: u32 = 8;

/// The time between two moments.
const STEP: Duration = Duration::from_millis(8);

/// Starts a command and kills it.
fn kill(home: &Home, flags: &[&str], after: Duration) -> Outcome {
    let mut child = home.command(flags).spawn()?;
    std::thread::sleep(after);
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// Kills a command at several moments.
fn kills(home: &Home, flags: &[&str]) -> Outcome {
    (1..=ROUNDS).try_for_each(|round| kill(home, flags, STEP * round))
}

/// Runs a command to its end.
fn succeeds(home: &Home, flags: &[&str]) -> Outcome {
    let output = home.run(flags)?;
    let text = String::from_utf8([output.stdout, output.stderr].concat())?;
    if output.status.success() { Ok(()) } else { Err(text.into()) }
}

/// Uploads the photos.
fn upload(server: &Server) -> Outcome {
    for seed in 0..PHOTOS {
        assert_eq!(server.put(&format!("{seed}.png"), &png(seed)?)?.status, 201);
    }
    Ok(())
}

/// Checks that each photo has a file, and each file has a photo.
fn is_whole(home: &Home) -> Outcome {
    let server = home.serve(&[])?;
    for seed in 0..PHOTOS {
        assert_eq!(server.ask("GET", &format!("/api/photos/{seed}.png"))?.body, png(seed)?, "{seed}");
    }
    succeeds(home, &["scrub"])?;
    let listed = home.run(&["--collect-grace", "0", "gc"])?;
    assert!(String::from_utf8(listed.stdout)?.contains("every file has a photo"));
    Ok(())
}

/// Returns the hashes of the photos in a database.
fn rows(database: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let connection = aludel::rusqlite::Connection::open(database)?;
    let mut statement = connection.prepare("SELECT sha256 FROM photos ORDER BY sha256")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

#[test]
fn an_import_continues_after_a_kill() -> Outcome {
    let home = Home::new()?;
    drop(home.serve(&[])?);
    let folder = home.path().join("camera");
    fs::create_dir(&folder)?;
    for seed in 0..PHOTOS {
        fs::write(folder.join(format!("{seed}.png")), png(seed)?)?;
    }
    kills(&home, &["import", "camera"])?;
    succeeds(&home, &["import", "camera"])?;
    is_whole(&home)
}

#[test]
fn a_migration_continues_after_a_kill() -> Outcome {
    let home = Home::new()?;
    upload(&home.serve(&[])?)?;
    for round in 1..=ROUNDS {
        succeeds(&home, &["db", "downgrade", "-1"])?;
        kill(&home, &["--migrate-only"], STEP * round)?;
        succeeds(&home, &["--migrate-only"])?;
    }
    is_whole(&home)
}

#[test]
fn a_backup_has_its_name_only_when_it_is_complete() -> Outcome {
    let home = Home::new()?;
    upload(&home.serve(&[])?)?;
    let complete = rows(&home.database())?;
    for round in 1..=ROUNDS {
        let name = format!("copy-{round}.db");
        kill(&home, &["backup", &name], STEP * round)?;
        let copy = home.path().join(&name);
        if copy.exists() {
            assert_eq!(rows(&copy)?, complete);
        }
    }
    let locked = leave(&home, "held")?;
    locked.lock()?;
    // A process that ended just after it renamed its copy.
    fs::write(home.path().join(".photosafe-backup-renamed.incomplete-lock"), "")?;
    leave(&home, "left")?;
    succeeds(&home, &["backup", "last.db"])?;
    assert_eq!(rows(&home.path().join("last.db"))?, complete);
    let held = ["held.incomplete", "held.incomplete-journal", "held.incomplete-lock"]
        .map(|name| format!(".photosafe-backup-{name}"));
    assert_eq!(incomplete(&home)?, held);
    is_whole(&home)
}

#[test]
fn a_collection_deletes_only_files_without_a_photo() -> Outcome {
    let home = Home::new()?;
    upload(&home.serve(&[])?)?;
    let day = home.path().join("uploads/.quarantine/2026-11-25");
    let garbage: Vec<PathBuf> = (PHOTOS..200)
        .map(|seed| {
            let (digits, bytes) = (hash(&png(seed)?), png(seed)?);
            let (folder, rest) = digits.split_at(2);
            fs::create_dir_all(day.join(folder))?;
            let file = day.join(folder).join(format!("{rest}.png"));
            fs::write(&file, bytes)?;
            Ok(file)
        })
        .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    let left = || garbage.iter().filter(|file| file.exists()).count();
    while left() > 0 {
        let before = left();
        let mut child = home.command(&["gc", "--delete"]).spawn()?;
        while left() == before && child.try_wait()?.is_none() {}
        child.kill()?;
        child.wait()?;
        assert_ne!(left(), before, "the collection deleted nothing");
        assert_eq!(home.contents()?.len(), usize::from(PHOTOS));
    }
    is_whole(&home)
}

/// Leaves an incomplete copy, as a killed process does, and makes all incomplete copies an hour
/// old.
fn leave(home: &Home, name: &str) -> Result<fs::File, Box<dyn std::error::Error>> {
    let path = home.path().join(format!(".photosafe-backup-{name}.incomplete"));
    fs::write(path.with_extension("incomplete-journal"), "half")?;
    let lock = fs::File::create(path.with_extension("incomplete-lock"))?;
    fs::write(path, "half")?;
    for name in incomplete(home)? {
        let hour = Duration::from_secs(3600);
        fs::File::options()
            .write(true)
            .open(home.path().join(name))?
            .set_modified(SystemTime::now() - hour)?;
    }
    Ok(lock)
}

/// Returns the names of the incomplete copies, and of the files next to them.
fn incomplete(home: &Home) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let names = fs::read_dir(home.path())?.map(|entry| Ok(entry?.file_name().into_string()));
    let names: Result<Vec<String>, _> = names.collect::<std::io::Result<Result<_, _>>>()?;
    let names = names.map_err(|name| format!("not UTF-8: {}", name.display()))?;
    let mut names: Vec<String> =
        names.into_iter().filter(|name| name.starts_with(".photosafe-backup-")).collect();
    names.sort_unstable();
    Ok(names)
}
