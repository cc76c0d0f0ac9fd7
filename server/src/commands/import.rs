//! `server import`: stores the photos in a folder, even while the server is running.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};

use clap::Args;
use hyper::body::Bytes;
use indicatif::{ProgressBar, ProgressStyle};

use crate::actor::Actor;
use crate::console;
use crate::database::Opened;
use crate::error::{Causes, Error};
use crate::failure::Failure;
use crate::photos::name::PhotoName;
use crate::photos::{Arrival, Conditions, store_all};
use crate::settings::{Limits, Settings};
use crate::store::{Reader, Writer};
use crate::uploads::beneath;
use crate::uploads::folder::at;
use crate::uploads::format::MAGIC;
use crate::uploads::{ContentHash, Incoming, Kind, Received, Uploads};

use super::{CommandError, open_pair};

/// The number of photos that are stored in one transaction.
const GROUP: usize = 32;

/// The number of bytes to read at once.
const PIECE: usize = 256 << 10;

/// The arguments of `server import`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArguments {
    /// Folder to search for photos, including its subfolders; links are not followed
    folder: PathBuf,
    /// Account that gets the photos; not needed if there is only one
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
}

/// An import in progress.
struct Import<'a> {
    folder: &'a Path,
    opened: Opened,
    uploads: Uploads,
    /// The id that binds the two.
    binding: String,
    actor: Actor,
    limits: Limits,
    bar: &'a ProgressBar,
    group: Vec<(PathBuf, Arrival)>,
    imported: usize,
    known: usize,
    /// The files that are not imported, with the reasons.
    left: BTreeMap<PathBuf, String>,
    failed: usize,
}

impl ImportArguments {
    /// Stores every photo that the account does not have yet, so that a second run continues an
    /// interrupted one. Prints the files that were not imported. Returns 1 if a file cannot be
    /// read.
    pub(crate) fn run(&self, settings: &Settings) -> Result<u8, Failure> {
        let (opened, uploads, binding) = open_pair(settings)?;
        let actor = self.actor(Reader::new(opened.connection()))?;
        let files = self.files(&uploads)?;
        let bar = ProgressBar::new(files.len() as u64).with_style(style());
        let mut import = Import {
            folder: &self.folder,
            opened,
            uploads,
            binding,
            actor,
            limits: settings.limits,
            bar: &bar,
            group: Vec::new(),
            imported: 0,
            known: 0,
            left: BTreeMap::new(),
            failed: 0,
        };
        let ended = files.into_iter().try_for_each(|path| import.take(path)).and_then(|()| import.store());
        bar.finish_and_clear();
        let code = import.tell();
        ended.map(|()| code)
    }

    fn actor(&self, reader: Reader<'_>) -> Result<Actor, Failure> {
        let mut users = reader.users()?;
        if let Some(name) = &self.user {
            users.retain(|user| user.username == *name);
        }
        match (users.as_slice(), &self.user) {
            ([user], _) => Ok(Actor { user: user.id.unwrap_or_default(), token: 0 }),
            ([], Some(username)) => Err(CommandError::NoUser { username: username.clone() }.into()),
            _ => Err(CommandError::WhichUser.into()),
        }
    }

    /// Lists the files below the folder, in order. The uploads folder itself is skipped.
    fn files(&self, uploads: &Uploads) -> Result<Vec<PathBuf>, Failure> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| CommandError::File { action: "read", path, source }
        };
        let own = fs::canonicalize(uploads.root()).map_err(failed(uploads.root()))?;
        let (mut folders, mut files) = (vec![self.folder.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            if fs::canonicalize(&folder).map_err(failed(&folder))? == own {
                continue;
            }
            for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
                let entry = entry.map_err(failed(&folder))?;
                let kind = entry.file_type().map_err(failed(&folder))?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() {
                    files.push(entry.path());
                }
            }
        }
        files.sort();
        Ok(files)
    }
}

impl Import<'_> {
    /// Receives a file. Skips it if the account already has it, or if it is not a photo. Fails only
    /// if no other file could be stored either.
    fn take(&mut self, path: PathBuf) -> Result<(), Failure> {
        self.bar.inc(1);
        match self.receive(&path) {
            Ok(Some(arrival)) => self.group.push((path, arrival)),
            Ok(None) => self.known += 1,
            Err(error @ (Error::Reserve { .. } | Error::Database(_) | Error::Busy | Error::Bucket(_))) => {
                return Err(Failure::uploads(error));
            }
            Err(error) => self.leave(path, &error),
        }
        if self.group.len() >= GROUP { self.store() } else { Ok(()) }
    }

    /// Receives a photo. Returns `None` if the account already has it under any name.
    fn receive(&self, path: &Path) -> Result<Option<Arrival>, Error> {
        let mut file = self.open(path).map_err(at(path))?;
        let mut head = Vec::new();
        (&file).take(MAGIC as u64).read_to_end(&mut head).map_err(at(path))?;
        Kind::of(&head).ok_or(Error::Unsupported)?;
        let name = PhotoName::parse(&path.file_name().unwrap_or_default().to_string_lossy())?;
        file.rewind().map_err(at(path))?;
        let hash = ContentHash::read(&mut file).map_err(at(path))?;
        if Reader::new(self.opened.connection()).has_content(self.actor, &hash)? || self.is_waiting(&hash) {
            return Ok(None);
        }
        file.rewind().map_err(at(path))?;
        let received = self.copy(file).map_err(|error| match error {
            Copying::Read(source) => at(path)(source),
            Copying::Write(error) => error,
        })?;
        Ok(Some(Arrival { actor: self.actor, received, name, conditions: Conditions::default() }))
    }

    /// Opens a file without following links, because a link may have replaced the file since it was
    /// listed.
    fn open(&self, path: &Path) -> io::Result<File> {
        let below = path.strip_prefix(self.folder).unwrap_or(path);
        let opened = beneath::open(self.folder, below)?;
        opened.map(|(file, _)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_waiting(&self, hash: &ContentHash) -> bool {
        self.group.iter().any(|(_, arrival)| arrival.received.hash == *hash)
    }

    fn copy(&self, mut file: File) -> Result<Received, Copying> {
        let size = file.metadata().map_err(Copying::Read)?.len();
        self.uploads.admit(size, self.limits)?;
        let mut incoming = Incoming::create(&self.uploads)?;
        loop {
            let mut piece = vec![0; PIECE];
            let length = file.read(&mut piece).map_err(Copying::Read)?;
            if length == 0 {
                return Ok(incoming.finish(self.limits)?.send(&self.uploads)?);
            }
            piece.truncate(length);
            incoming = incoming.write(&[Bytes::from(piece)])?;
        }
    }

    /// Stores the received photos.
    fn store(&mut self) -> Result<(), Failure> {
        let (paths, arrivals): (Vec<PathBuf>, Vec<Arrival>) = self.group.drain(..).unzip();
        let stored = store_all(Writer::new(self.opened.writing()), &self.uploads, &self.binding, arrivals);
        for (path, result) in paths.into_iter().zip(stored.map_err(Failure::uploads)?) {
            match result {
                Ok(_) => self.imported += 1,
                Err(error) => self.leave(path, &error),
            }
        }
        Ok(())
    }

    fn leave(&mut self, path: PathBuf, error: &Error) {
        self.failed += usize::from(matches!(error, Error::File { .. } | Error::Bucket(_) | Error::Busy));
        self.left.insert(path, Causes(error).to_string());
    }

    fn tell(&self) -> u8 {
        for (path, reason) in &self.left {
            console::say(format_args!("not imported: {}: {reason}", path.display()));
        }
        let Self { imported, known, left, .. } = self;
        console::say(format_args!("{imported} imported, {known} already known, {} skipped", left.len()));
        u8::from(self.failed > 0)
    }
}

/// The reason why a file was not copied.
enum Copying {
    Read(io::Error),
    Write(Error),
}

impl From<Error> for Copying {
    fn from(error: Error) -> Self {
        Self::Write(error)
    }
}

/// Returns the style of the progress bar, which is not drawn if stderr is not a terminal.
fn style() -> ProgressStyle {
    let template = "{bar:40} {pos} of {len} files, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
