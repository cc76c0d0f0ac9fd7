//! Crates outside the workspace, built in the default profiles, which show the macro's cost in a
//! user's program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use benches::Result;
use benches::scripts::{self, Execution};

/// A program without migrations.
const NONE: &str = "fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = aludel::rusqlite::Connection::open(\"probe.db\")?;
    let chain: aludel::Chain = aludel::Chain::EMPTY;
    chain.migrator().upgrade(&mut connection, \"head\")?;
    Ok(())
}
";

/// A program that embeds its scripts.
const EMBEDDED: &str = "mod migrations {
    aludel::embed_migrations!(\"migrations\");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = aludel::rusqlite::Connection::open(\"probe.db\")?;
    let _ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
    Ok(())
}
";

/// A program that includes the same files in a plain table.
const PLAIN: &str = "fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = aludel::rusqlite::Connection::open(\"probe.db\")?;
    for (_, script) in SCRIPTS {
        connection.execute_batch(script)?;
    }
    Ok(())
}
";

/// A workspace of generated crates. Later runs reuse its target folder.
#[derive(Debug)]
pub(crate) struct Outside {
    folder: PathBuf,
    aludel: PathBuf,
}

/// The contents of a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    /// No migrations.
    None,
    /// The given number of scripts, in a plain table.
    Plain(usize),
    /// The given number of scripts, embedded without being executed.
    Unproved(usize),
    /// The given number of scripts, embedded.
    Proved(usize),
}

/// The kind of cargo build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// `cargo check`.
    Check,
    /// `cargo build --release`.
    Release,
}

impl Probe {
    fn name(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Plain(count) => format!("plain_{count}"),
            Self::Unproved(count) => format!("unproved_{count}"),
            Self::Proved(count) => format!("proved_{count}"),
        }
    }
}

impl Outside {
    /// Generates the crates for these numbers of scripts.
    pub(crate) fn generate(folder: PathBuf, aludel: &Path, sizes: &[usize]) -> Result<Self> {
        let outside = Self { folder, aludel: aludel.to_owned() };
        std::fs::create_dir_all(&outside.folder)?;
        let mut members = vec![outside.package(Probe::None, None)?, outside.stages()?];
        for count in sizes.iter().copied() {
            members.push(outside.package(Probe::Plain(count), Some((count, Execution::Proved)))?);
            members.push(outside.package(Probe::Unproved(count), Some((count, Execution::LeftOut)))?);
            members.push(outside.package(Probe::Proved(count), Some((count, Execution::Proved)))?);
        }
        let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        std::fs::write(outside.folder.join("Cargo.toml"), workspace)?;
        std::fs::copy(aludel.join("Cargo.lock"), outside.folder.join("Cargo.lock"))?;
        Ok(outside)
    }

    /// Returns the folder that contains a probe's scripts.
    pub(crate) fn scripts(&self, probe: Probe) -> PathBuf {
        self.folder.join(probe.name()).join("migrations")
    }

    /// Returns the time that cargo takes after a change of `main.rs`.
    pub(crate) fn time(&self, probe: Probe, build: Build) -> Result<Duration> {
        let main = self.folder.join(probe.name()).join("src/main.rs");
        std::fs::File::options().append(true).open(main)?.set_modified(SystemTime::now())?;
        let began = Instant::now();
        self.cargo(&probe.name(), build)?;
        Ok(began.elapsed())
    }

    /// Builds the program that times the stages of the macro, in the profile that is used for
    /// macros.
    pub(crate) fn build_stages(&self) -> Result<PathBuf> {
        self.run(&["build", "--package", "stages"])?;
        Ok(self.target().join("debug/stages"))
    }

    fn cargo(&self, package: &str, build: Build) -> Result<()> {
        match build {
            Build::Check => self.run(&["check", "--package", package]),
            Build::Release => self.run(&["build", "--release", "--package", package]),
        }
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .arg("--quiet")
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.target())
            .env_remove("RUSTFLAGS")
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() || !said.is_empty() {
            return Err(format!("cargo {}: {}\n{said}", arguments.join(" "), output.status).into());
        }
        Ok(())
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    fn package(&self, probe: Probe, holds: Option<(usize, Execution)>) -> Result<String> {
        let name = probe.name();
        let package = self.folder.join(&name);
        std::fs::create_dir_all(package.join("src"))?;
        if let Some((count, execution)) = holds {
            scripts::write(&package.join("migrations"), count, execution)?;
        }
        let program = match probe {
            Probe::None => NONE.to_owned(),
            Probe::Plain(count) => plain(count)?,
            Probe::Unproved(_) | Probe::Proved(_) => EMBEDDED.to_owned(),
        };
        std::fs::write(package.join("src/main.rs"), program)?;
        let dependency = format!("aludel = {{ path = '{}' }}\n", self.aludel.join("runtime").display());
        self.manifest(&name, &dependency)?;
        Ok(name)
    }

    fn stages(&self) -> Result<String> {
        let name = "stages".to_owned();
        std::fs::create_dir_all(self.folder.join(&name))?;
        let [aludel, core, proof] = ["runtime", "core", "proof"].map(|folder| self.aludel.join(folder));
        let program = self.aludel.join("benches/src/bin/stages.rs");
        self.manifest(
            &name,
            &format!(
                "aludel = {{ path = '{}' }}\naludel-core = {{ path = '{}' }}\naludel-proof = {{ path = '{}' }}\n\n\
                 [[bin]]\nname = \"stages\"\npath = '{}'\n",
                aludel.display(),
                core.display(),
                proof.display(),
                program.display()
            ),
        )?;
        Ok(name)
    }

    fn manifest(&self, name: &str, dependencies: &str) -> Result<()> {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
        );
        Ok(std::fs::write(self.folder.join(name).join("Cargo.toml"), manifest)?)
    }
}

fn plain(count: usize) -> Result<String> {
    let mut program = format!("static SCRIPTS: [(&str, &str); {count}] = [\n");
    for number in 0..count {
        let (id, file) = (scripts::id(number), scripts::file_name(number));
        writeln!(program, "    ({id:?}, include_str!(\"../migrations/{file}\")),")?;
    }
    writeln!(program, "];\n\n{PLAIN}")?;
    Ok(program)
}
