//! Copies of the database, and the commands that maintain files.

use std::fs;
use std::process::Output;

use crate::Outcome;
use crate::client::{hash, png};
use crate::process::Home;

fn printed(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn backups(home: &Home) -> std::io::Result<Vec<String>> {
    let entries = fs::read_dir(home.path())?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    Ok(names.filter(|name| name.ends_with(".backup")).collect())
}

#[test]
fn a_database_with_content_is_copied_before_it_is_migrated() -> Outcome {
    let home = Home::new()?;
    drop(home.serve(&[])?);
    assert_eq!(backups(&home)?, [""; 0]);
    assert_eq!(home.run(&["db", "downgrade", "-1"])?.status.code(), Some(0));
    assert_eq!(home.run(&["--migrate-only", "--no-backup"])?.status.code(), Some(0));
    assert_eq!(backups(&home)?, [""; 0]);
    assert_eq!(home.run(&["db", "downgrade", "-1"])?.status.code(), Some(0));
    let migrated = printed(&home.run(&["--migrate-only"])?);
    let copy = backups(&home)?.pop().ok_or("no copy")?;
    assert!(migrated.1.contains(&copy), "{migrated:?}");
    Ok(())
}

#[test]
fn a_copy_that_does_not_fit_on_the_disk_is_refused_early() -> Outcome {
    let home = Home::new()?;
    drop(home.serve(&[])?);
    assert_eq!(home.run(&["db", "downgrade", "-1"])?.status.code(), Some(0));
    // Longer than the disk, without using it.
    let database = fs::File::options().write(true).open(home.database())?;
    let size = database.metadata()?.len();
    database.set_len(1 << 42)?;
    let refused = printed(&home.run(&["--migrate-only"])?);
    assert_eq!(refused.0, Some(1), "{refused:?}");
    for expected in ["needs 4398046511104 bytes, but only ", "`--no-backup`"] {
        assert!(refused.1.contains(expected), "{expected} in {refused:?}");
    }
    assert_eq!(backups(&home)?, [""; 0]);
    database.set_len(size)?;
    assert_eq!(home.run(&["--migrate-only"])?.status.code(), Some(0));
    Ok(())
}

#[test]
fn a_backup_of_a_running_server_is_restored() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    let copied = printed(&home.run(&["backup", "copy.db"])?);
    assert_eq!(copied.0, Some(0), "{copied:?}");
    let again = printed(&home.run(&["backup", "copy.db"])?);
    assert_eq!(again.0, Some(1), "{again:?}");
    assert!(again.1.contains("`copy.db` already exists"), "{again:?}");
    server.put("b.png", &png(2)?)?;
    let in_use = printed(&home.run(&["restore", "copy.db"])?);
    assert_eq!(in_use.0, Some(1), "{in_use:?}");
    assert!(in_use.1.contains("another process is using the database"), "{in_use:?}");
    drop(server);

    let restored = printed(&home.run(&["restore", "copy.db"])?);
    assert_eq!(restored.0, Some(0), "{restored:?}");
    assert_eq!(backups(&home)?.len(), 1);
    let server = home.serve(&[])?;
    assert_eq!(server.ask("GET", &format!("/api/photos/{id}/original"))?.body, png(1)?);
    assert_eq!(server.ask("GET", "/api/photos/b.png")?.status, 404);
    // The copy of the database from before has both.
    drop(server);
    let kept = backups(&home)?.pop().ok_or("no copy")?;
    assert_eq!(printed(&home.run(&["restore", &kept])?).0, Some(0));
    assert_eq!(home.serve(&[])?.ask("GET", "/api/photos/b.png")?.body, png(2)?);
    Ok(())
}

#[test]
fn err_what_is_no_backup_is_not_restored() -> Outcome {
    let home = Home::new()?;
    drop(home.serve(&[])?);
    fs::write(home.path().join("notes"), "these are notes, which are long enough to be read as a page")?;
    aludel::rusqlite::Connection::open(home.path().join("other.db"))?
        .execute_batch("CREATE TABLE notes (id INTEGER PRIMARY KEY)")?;
    aludel::rusqlite::Connection::open(home.path().join("empty.db"))?;
    let before = fs::read(home.database())?;
    for (file, why) in [
        ("missing.db", "there is no database at `missing.db`"),
        ("notes", "file is not a database"),
        ("other.db", "no revision"),
        ("empty.db", "has no PhotoSafe revision"),
    ] {
        let refused = printed(&home.run(&["restore", file])?);
        assert_ne!(refused.0, Some(0), "{refused:?}");
        assert!(refused.1.contains(why), "{file}: {refused:?}");
    }
    assert_eq!(fs::read(home.database())?, before);
    Ok(())
}

#[test]
fn a_file_whose_bytes_changed_is_found_and_set_aside() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    for seed in 0..3 {
        server.put(&format!("{seed}.png"), &png(seed)?)?;
    }
    assert_eq!(printed(&home.run(&["scrub"])?), (Some(0), "3 intact, 0 damaged, 0 missing\n".to_owned()));
    let place = |seed: u8| -> Result<_, Box<dyn std::error::Error>> {
        let digits = hash(&png(seed)?);
        let (folder, name) = digits.split_at(2);
        Ok(home.path().join(format!("uploads/{folder}/{name}.png")))
    };
    let mut rotten = png(1)?;
    *rotten.last_mut().ok_or("empty")? ^= 1;
    fs::write(place(1)?, rotten)?;
    fs::remove_file(place(2)?)?;
    let found = printed(&home.run(&["scrub", "--set-aside"])?);
    assert_eq!(found.0, Some(1));
    for line in ["damaged: ", "1.png", "missing: ", "2.png", "1 intact, 1 damaged, 1 missing"] {
        assert!(found.1.contains(line), "{found:?}");
    }
    assert_eq!(server.ask("GET", "/api/photos/1.png")?.status, 404);
    for seed in [1, 2] {
        assert_eq!(server.put(&format!("{seed}.png"), &png(seed)?)?.status, 200);
        assert_eq!(server.ask("GET", &format!("/api/photos/{seed}.png"))?.body, png(seed)?);
    }
    assert_eq!(printed(&home.run(&["scrub"])?).0, Some(0));
    Ok(())
}

#[test]
fn only_gc_deletes_and_it_lists_first() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--collect-grace", "0"])?;
    server.put("a.png", &png(1)?)?;
    server.put("b.png", &png(2)?)?;
    home.connect()?.execute("DELETE FROM photos WHERE original_filename = 'b.png'", [])?;
    let flags = ["--collect-grace", "0", "gc"];
    let listed = printed(&home.run(&flags)?);
    assert_eq!(listed.0, Some(0), "{listed:?}");
    assert!(listed.1.contains("files without a photo: 1"), "{listed:?}");
    assert_eq!(home.contents()?.len(), 2);
    let deleted = printed(&home.run(&["--collect-grace", "0", "gc", "--delete"])?);
    assert!(deleted.1.ends_with("deleted files: 1\n"), "{deleted:?}");
    assert_eq!(home.contents()?.len(), 1);
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(1)?);
    assert!(printed(&home.run(&flags)?).1.contains("every file has a photo"));
    Ok(())
}

#[test]
fn gc_deletes_nothing_for_a_wrong_database() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    for seed in 0..25 {
        server.put(&format!("{seed}.png"), &png(seed)?)?;
    }
    home.connect()?.execute("DELETE FROM photos", [])?;
    let refused = printed(&home.run(&["--collect-grace", "0", "gc", "--delete"])?);
    assert_eq!(refused.0, Some(1), "{refused:?}");
    assert!(refused.1.contains("25 of 25 files have no photo"), "{refused:?}");
    home.connect()?.execute("UPDATE uploads_binding SET id = 'other'", [])?;
    let refused = printed(&home.run(&["--collect-grace", "0", "gc", "--delete"])?);
    assert!(refused.1.contains("not bound to each other"), "{refused:?}");
    assert_eq!(home.contents()?.len(), 25);
    Ok(())
}

#[test]
fn uploads_are_refused_before_the_disk_is_full() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    server.put("a.png", &png(1)?)?;
    drop(server);
    let server = home.serve(&["--reserve-bytes", "9223372036854775807"])?;
    assert_eq!(server.put("b.png", &png(2)?)?.status, 507);
    let ready = server.ask("GET", "/readyz")?;
    assert_eq!((ready.status, ready.text("status")?), (200, "full".to_owned()));
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(1)?);
    assert_eq!(server.ask("DELETE", "/api/photos/a.png")?.status, 404);
    let list = server.ask("GET", "/api/photos/")?.json()?;
    let id = list.pointer("/0/uuid").and_then(|id| id.as_str()).ok_or("no photo")?.to_owned();
    assert_eq!(server.ask("DELETE", &format!("/api/photos/{id}/"))?.status, 200);
    assert_eq!(server.ask("DELETE", "/api/trash")?.status, 200);
    Ok(())
}
