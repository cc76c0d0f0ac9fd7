//! Runs Alembic, which the `aludel` command is compared with if Alembic is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use benches::{Result, scripts};

/// Runs migrations on the configured database, or prints them. The models come from `models.py`.
const ENV: &str = "\
from alembic import context
from sqlalchemy import create_engine
import models

url = context.config.get_main_option('sqlalchemy.url')
if context.is_offline_mode():
    context.configure(url=url, target_metadata=models.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection, target_metadata=models.metadata)
        with context.begin_transaction():
            context.run_migrations()
";

/// The `alembic` program, and the folder of a project.
#[derive(Debug)]
pub(crate) struct Alembic {
    program: PathBuf,
    place: PathBuf,
}

impl Alembic {
    /// Creates a project of revisions, given the Python code of each upgrade and the target models.
    /// Returns `None` if Alembic is not installed.
    pub(crate) fn project(place: &Path, upgrades: &[String], models: &str) -> Result<Option<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&path).map(|folder| folder.join("alembic"));
        let Some(program) = programs.find(|program| program.is_file()) else { return Ok(None) };
        std::fs::create_dir_all(place.join("alembic/versions"))?;
        let settings = "[alembic]\nscript_location = alembic\nsqlalchemy.url = sqlite:///head.db\nprepend_sys_path = .\npath_separator = os\n";
        std::fs::write(place.join("alembic.ini"), settings)?;
        std::fs::write(place.join("alembic/env.py"), ENV)?;
        std::fs::write(place.join("alembic/script.py.mako"), "")?;
        std::fs::write(place.join("models.py"), models)?;
        for (number, upgrade) in upgrades.iter().enumerate() {
            let id = scripts::id(number);
            let down =
                number.checked_sub(1).map_or("None".to_owned(), |down| format!("'{}'", scripts::id(down)));
            let text = format!(
                "\"\"\"Create t{number}\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = '{id}'\n\
                 down_revision = {down}\n\n\ndef upgrade():\n{upgrade}\n\n\ndef downgrade():\n    op.drop_table('t{number}')\n"
            );
            std::fs::write(place.join(format!("alembic/versions/{id}_create_t{number}.py")), text)?;
        }
        Ok(Some(Self { program, place: place.to_owned() }))
    }

    /// Runs a command, and returns its duration.
    pub(crate) fn time(&self, words: &[&str]) -> Result<Duration> {
        let begun = Instant::now();
        let ended = Command::new(&self.program)
            .args(words)
            .current_dir(&self.place)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        let elapsed = begun.elapsed();
        if ended.success() {
            Ok(elapsed)
        } else {
            Err(format!("alembic {}: {ended}", words.join(" ")).into())
        }
    }
}
