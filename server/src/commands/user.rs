//! `server user …`: lets the operator manage accounts.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

use clap::Subcommand;

use crate::console;
use crate::database::Ready;
use crate::failure::Failure;
use crate::models::User;
use crate::people::tokens::{self, Kind, TOKEN_DAYS};
use crate::people::{NewAccount, password};
use crate::settings::Settings;
use crate::store::{Reader, Writer};

use super::CommandError;

/// The commands for accounts.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UserCommand {
    /// Create an account; prompts for the password, or reads it from the first line of stdin
    ///
    /// The database is migrated to the head first, and created if it is missing.
    Create {
        /// The name to log in with
        username: String,
        /// The email address; by default, USERNAME@localhost
        #[arg(long)]
        email: Option<String>,
        /// The full name
        #[arg(long)]
        name: Option<String>,
    },
    /// Replace a password, and revoke all sessions and tokens of the account
    Password {
        /// The name of the account
        username: String,
    },
    /// Create an access token and print it
    Token {
        /// The name of the account
        username: String,
        /// A name to recognize the token by
        #[arg(long, default_value = "created by the operator")]
        name: String,
        /// The number of days for which the token is valid
        #[arg(long, default_value_t = TOKEN_DAYS)]
        days: i64,
    },
    /// List the accounts
    List,
    /// Make an account the owner of all photos that have no owner
    ///
    /// Photos that were stored before PhotoSafe had accounts have no owner, and nobody can see
    /// them.
    Adopt {
        /// The name of the account
        username: String,
    },
    /// Disable an account; its sessions, tokens and password are rejected from then on
    Disable {
        /// The name of the account
        username: String,
    },
    /// Enable an account again
    Enable {
        /// The name of the account
        username: String,
    },
}

impl UserCommand {
    /// Runs the command on the database, even while the server is running.
    pub(crate) fn run(&self, settings: &Settings) -> Result<u8, Failure> {
        match self {
            Self::Create { username, email, name } => {
                let email = email.clone().unwrap_or_else(|| format!("{username}@localhost"));
                let password = read_password()?;
                let account = NewAccount::by_operator(username.clone(), email, password, name.clone());
                let user = account.into_user().map_err(Failure::user)?;
                let mut ready = settings.migrator().upgrade()?;
                Writer::new(ready.writing()).create_user(&user, false).map_err(Failure::user)?;
                console::say(format_args!("created the account {username}"));
            }
            Self::Password { username } => {
                let (mut ready, id) = open(settings, username)?;
                let password = read_password()?;
                password::check(&password).map_err(|refused| Failure::user(refused.into()))?;
                let hash = password::hash(&password).map_err(|error| Failure::user(error.into()))?;
                Writer::new(ready.writing()).set_password(id, &hash)?;
                console::say(format_args!("replaced the password of {username}"));
            }
            Self::Token { username, name, days } => {
                let (mut ready, id) = open(settings, username)?;
                let (secret, row) =
                    tokens::new(id, Kind::Token, name.clone(), *days).map_err(Failure::user)?;
                Writer::new(ready.writing()).add_token(&row)?;
                console::say(secret);
            }
            Self::List => {
                let ready = at_head(settings)?;
                Reader::new(ready.connection()).users()?.iter().for_each(tell);
            }
            Self::Adopt { username } => {
                let (mut ready, id) = open(settings, username)?;
                let (adopted, left) = Writer::new(ready.writing()).adopt(id)?;
                console::say(format_args!("photos that {username} now owns: {adopted}"));
                if left > 0 {
                    console::say(format_args!(
                        "photos that still have no owner, because {username} already has them: {left}"
                    ));
                }
            }
            Self::Disable { username } => set_active(settings, username, false)?,
            Self::Enable { username } => set_active(settings, username, true)?,
        }
        Ok(0)
    }
}

fn set_active(settings: &Settings, username: &str, is_active: bool) -> Result<(), Failure> {
    let (mut ready, id) = open(settings, username)?;
    Writer::new(ready.writing()).set_active(id, is_active)?;
    console::say(format_args!("{} {username}", if is_active { "enabled" } else { "disabled" }));
    Ok(())
}

fn tell(user: &User) {
    let state = if user.is_active == Some(false) { "disabled" } else { "active" };
    let last_login = user.last_login.as_ref().map_or("never logged in", |stamp| stamp.0.as_str());
    console::say(format_args!("{}\t{}\t{state}\t{last_login}", user.username, user.email));
}

/// Opens a database at the head and finds an account.
fn open(settings: &Settings, username: &str) -> Result<(Ready, i64), Failure> {
    let ready = at_head(settings)?;
    let user = Reader::new(ready.connection()).user_named(username)?;
    let id = user
        .and_then(|user| user.id)
        .ok_or_else(|| CommandError::NoUser { username: username.to_owned() })?;
    Ok((ready, id))
}

fn at_head(settings: &Settings) -> Result<Ready, Failure> {
    super::require_database(&settings.database)?;
    settings.migrator().at_head()
}

/// Prompts for a password on a terminal, or reads a line if stdin is not a terminal.
fn read_password() -> Result<String, CommandError> {
    let failed = |source| CommandError::File {
        action: "read the password from",
        path: PathBuf::from("stdin"),
        source,
    };
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map_err(failed);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(failed)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
