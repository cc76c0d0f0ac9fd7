//! Users and their credentials.

use aludel::Table;
use aludel::rusqlite::params;
use jiff::civil::DateTime;

use crate::actor::Actor;
use crate::error::Error;
use crate::models::{Token, User};
use crate::people::Refused;

use super::connection::Connection;
use super::error::DatabaseError;
use super::read::Reader;
use super::rows::Model;
use super::stamp;
use super::value::Stamp;
use super::write::Writer;

/// A user who will be added.
#[derive(Debug, Clone)]
pub(crate) struct NewUser {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    /// The hash of the password.
    pub(crate) password_hash: String,
    /// The current time, as stored.
    pub(crate) now: String,
}

/// A verified credential.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) actor: Actor,
    /// The time of its last use, if it was noted.
    pub(crate) last_used: Option<DateTime>,
    /// The time until which it is valid, as stored.
    pub(crate) expires_at: String,
}

impl Reader<'_> {
    /// Returns `true` if there is an account.
    pub(crate) fn has_users(self) -> Result<bool, DatabaseError> {
        self.connection().value("SELECT EXISTS (SELECT 1 FROM users)", &[])
    }

    /// Returns the user with this id, or `None` if there is none.
    pub(crate) fn user(self, id: i64) -> Result<Option<User>, DatabaseError> {
        let sql = format!("SELECT {} FROM users WHERE id = ?1", User::SELECT);
        self.connection().query_row(&sql, params![id], Model::from_columns)
    }

    /// Returns the user with this name, or `None` if there is none.
    pub(crate) fn user_named(self, username: &str) -> Result<Option<User>, DatabaseError> {
        let sql = format!("SELECT {} FROM users WHERE username = ?1", User::SELECT);
        self.connection().query_row(&sql, params![username], Model::from_columns)
    }

    /// Returns all users.
    pub(crate) fn users(self) -> Result<Vec<User>, DatabaseError> {
        let sql = format!("SELECT {} FROM users ORDER BY username", User::SELECT);
        self.connection().query(&sql, &[], Model::from_columns)
    }

    /// Returns the valid credential with this hash, if its user is active. Returns `None` if there is
    /// none.
    pub(crate) fn grant(self, hash: &str, now: &str) -> Result<Option<Grant>, DatabaseError> {
        self.connection().query_row(
            "SELECT users.id, tokens.id, tokens.last_used_at, CAST(tokens.expires_at AS text)
             FROM tokens JOIN users ON users.id = tokens.user_id
             WHERE tokens.hash = ?1 AND tokens.expires_at > ?2 AND coalesce(users.is_active, TRUE)",
            params![hash, now],
            |row| {
                let last_used: Option<Stamp> = row.get(2)?;
                let last_used = last_used.and_then(|stamp| stamp::parse(&stamp.0));
                let actor = Actor { user: row.get(0)?, token: row.get(1)? };
                Ok(Grant { actor, last_used, expires_at: row.get(3)? })
            },
        )
    }

    /// Returns the user's credentials, newest first.
    pub(crate) fn tokens(self, actor: Actor) -> Result<Vec<Token>, DatabaseError> {
        let sql = format!("SELECT {} FROM tokens WHERE user_id = ?1 ORDER BY id DESC", Token::SELECT);
        self.connection().query(&sql, params![actor.user], Model::from_columns)
    }
}

impl Writer<'_> {
    /// Adds a user. With `must_be_first`, fails if another user was added in the meantime. The
    /// first user is the owner of the server.
    pub(crate) fn create_user(&mut self, new: &NewUser, must_be_first: bool) -> Result<User, Error> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        if let Connection::Postgres(_) = connection {
            // Otherwise, two servers could each add a first user.
            connection.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE", &[])?;
        }
        let reader = Reader::new(connection);
        let is_first = !reader.has_users()?;
        if must_be_first && !is_first {
            return Err(Refused::Closed.into());
        }
        let is_taken = |column: &str, value: &str| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM users WHERE {column} = ?1)");
            connection.value::<bool>(&sql, params![value])
        };
        if is_taken("username", &new.username)? {
            return Err(Refused::UsernameTaken.into());
        }
        if is_taken("email", &new.email)? {
            return Err(Refused::EmailTaken.into());
        }
        let mut user = User {
            id: None,
            username: new.username.clone(),
            email: new.email.clone(),
            hashed_password: new.password_hash.clone(),
            name: new.name.clone(),
            is_active: Some(true),
            is_superuser: Some(is_first),
            date_joined: Some(Stamp(new.now.clone())),
            last_login: None,
        };
        user.id = Some(connection.insert_with_id(&user)?);
        transaction.commit()?;
        Ok(user)
    }

    /// Records a login, and replaces the password hash if `hash` is given. Removes the user's
    /// expired credentials.
    pub(crate) fn logged_in(&mut self, id: i64, hash: Option<&str>, now: &str) -> Result<(), DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        connection.execute(
            "UPDATE users SET last_login = ?2, hashed_password = coalesce(?3, hashed_password) WHERE id = ?1",
            params![id, now, hash],
        )?;
        connection.execute("DELETE FROM tokens WHERE user_id = ?1 AND expires_at <= ?2", params![id, now])?;
        transaction.commit()
    }

    /// Replaces a password hash, and revokes all of the user's credentials.
    pub(crate) fn set_password(&mut self, id: i64, hash: &str) -> Result<(), DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        connection.execute("UPDATE users SET hashed_password = ?2 WHERE id = ?1", params![id, hash])?;
        connection.execute("DELETE FROM tokens WHERE user_id = ?1", params![id])?;
        transaction.commit()
    }

    /// Enables or disables an account. The credentials of a disabled account are not accepted.
    pub(crate) fn set_active(&mut self, id: i64, is_active: bool) -> Result<(), DatabaseError> {
        self.connection().execute("UPDATE users SET is_active = ?2 WHERE id = ?1", params![id, is_active])?;
        Ok(())
    }

    /// Adds a credential.
    pub(crate) fn add_token(&mut self, token: &Token) -> Result<(), DatabaseError> {
        self.connection().insert(token, "")?;
        Ok(())
    }

    /// Records the use of a credential.
    pub(crate) fn used(&mut self, actor: Actor, now: &str) -> Result<(), DatabaseError> {
        self.connection()
            .execute("UPDATE tokens SET last_used_at = ?2 WHERE id = ?1", params![actor.token, now])?;
        Ok(())
    }

    /// Revokes one of the user's credentials. Returns `false` if there is none with this id.
    pub(crate) fn delete_token(&mut self, actor: Actor, id: i64) -> Result<bool, DatabaseError> {
        let sql = "DELETE FROM tokens WHERE id = ?1 AND user_id = ?2";
        Ok(self.connection().execute(sql, params![id, actor.user])? > 0)
    }

    /// Makes a user the owner of all photos and albums that have no owner. Returns the number of
    /// these photos, and the number of photos that still have no owner because the user already has
    /// the same photo under the same name.
    pub(crate) fn adopt(&mut self, id: i64) -> Result<(usize, usize), DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        let adopted = connection.execute(
            "UPDATE photos SET owner_id = ?1 WHERE owner_id IS NULL AND NOT EXISTS (
                 SELECT 1 FROM photos AS other
                 WHERE other.sha256 = photos.sha256 AND other.original_filename = photos.original_filename
                   AND (other.owner_id = ?1 OR other.owner_id IS NULL AND other.uuid < photos.uuid))",
            params![id],
        )?;
        connection.execute("UPDATE albums SET owner_id = ?1 WHERE owner_id IS NULL", params![id])?;
        let left: i64 = connection.value("SELECT count(*) FROM photos WHERE owner_id IS NULL", &[])?;
        transaction.commit()?;
        Ok((adopted, usize::try_from(left).unwrap_or_default()))
    }
}
