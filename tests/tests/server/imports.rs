//! `server import`.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::client::png;
use crate::process::{Home, sign_in};

fn import(home: &Home, flags: &[&str]) -> Result<(Option<i32>, String), Box<dyn std::error::Error>> {
    let output = home.run(&[&["import"], flags].concat())?;
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    Ok((output.status.code(), String::from_utf8(text)?))
}

/// Creates a folder with three photos, a copy of one of them, and two files that are not photos.
fn photos(folder: &Path) -> Outcome {
    fs::create_dir_all(folder.join("2024/summer"))?;
    for (name, seed) in [("a.png", 1), ("2024/b.png", 2), ("2024/summer/c.png", 3), ("2024/copy.png", 1)] {
        fs::write(folder.join(name), png(seed)?)?;
    }
    fs::write(folder.join("notes.txt"), "no photo")?;
    let half = png(4)?;
    fs::write(folder.join("half.png"), half.get(..half.len() / 2).unwrap_or_default())?;
    std::os::unix::fs::symlink("/etc/passwd", folder.join("link.png"))?;
    Ok(())
}

#[test]
fn a_folder_is_imported_once_and_stays_as_it_is() -> Outcome {
    let home = Home::new()?;
    let folder = home.path().join("camera");
    photos(&folder)?;
    let before: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| entry?.metadata()?.modified()).collect::<Result<_, _>>()?;
    let server = home.serve(&[])?;
    let (code, printed) = import(&home, &["camera", "--user", "tester"])?;
    assert_eq!(code, Some(0), "{printed}");
    for expected in [
        "not imported: camera/half.png: ",
        "not imported: camera/notes.txt: ",
        "3 imported, 1 already known, 2 skipped",
    ] {
        assert!(printed.contains(expected), "{expected} in {printed}");
    }
    assert!(!printed.contains("link.png"), "{printed}");
    for (name, seed) in [("copy.png", 1), ("b.png", 2), ("c.png", 3)] {
        assert_eq!(server.ask("GET", &format!("/api/photos/{name}"))?.body, png(seed)?, "{name}");
    }
    let (_, again) = import(&home, &["camera"])?;
    assert!(again.contains("0 imported, 4 already known"), "{again}");
    let after: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| entry?.metadata()?.modified()).collect::<Result<_, _>>()?;
    assert_eq!(before, after);
    assert_eq!(home.contents()?.len(), 3);
    assert!(home.incoming()?.is_empty());
    // The folder of the server is no source.
    let (_, own) = import(&home, &["."])?;
    assert!(own.contains("0 imported, 4 already known"), "{own}");
    Ok(())
}

#[test]
fn err_the_account_must_be_clear() -> Outcome {
    let home = Home::new()?;
    assert_eq!(home.run(&["--migrate-only"])?.status.code(), Some(0));
    let (code, printed) = import(&home, &["."])?;
    assert_eq!(code, Some(1), "{printed}");
    drop(home.serve(&[])?);
    sign_in(&home.database())?;
    let (code, printed) = import(&home, &[".", "--user", "nobody"])?;
    assert_eq!(code, Some(1));
    assert!(printed.contains("there is no account `nobody`"), "{printed}");
    Ok(())
}
