//! Lists, creates and revokes credentials.

use hyper::StatusCode;
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::error::Error;
use crate::json;
use crate::models::Token;
use crate::store::{Stamp, stamp};

use super::{People, Refused, secret};

/// The number of days for which a session, or a token from a login, is valid.
pub(super) const SESSION_DAYS: i64 = 30;

/// The number of days for which other tokens are valid by default.
pub(crate) const TOKEN_DAYS: i64 = 365;

/// The maximum number of days for which a token can be valid.
const MOST_DAYS: i64 = 3650;

/// The maximum length of a name, in characters.
const LONGEST_NAME: usize = 100;

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A browser's cookie.
    Session,
    /// A program's token.
    Token,
}

/// The data of a new token.
#[derive(Debug, Deserialize)]
struct Requested {
    name: String,
    days: Option<i64>,
}

/// A credential as it is returned to its user.
#[derive(Debug, Serialize)]
struct Shown {
    id: Option<i64>,
    kind: String,
    name: String,
    created_at: Stamp,
    expires_at: Stamp,
    last_used_at: Option<Stamp>,
    is_current: bool,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
        }
    }
}

/// Creates a credential. Returns the secret for its user, and the row.
pub(crate) fn new(user: i64, kind: Kind, name: String, days: i64) -> Result<(String, Token), Error> {
    if name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(Refused::Name.into());
    }
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Refused::Days.into());
    }
    let (secret, now) = (secret::token()?, stamp::now());
    let expires = now.saturating_add(days.days());
    let row = Token {
        id: None,
        user_id: user,
        kind: kind.name().to_owned(),
        name,
        hash: secret::hash(&secret),
        created_at: Stamp(stamp::text(now)),
        expires_at: Stamp(stamp::text(expires)),
        last_used_at: None,
    };
    Ok((secret, row))
}

impl People {
    /// Creates a credential and returns its secret, which is not stored.
    pub(super) async fn issue(
        &self,
        user: i64,
        kind: Kind,
        name: String,
        days: i64,
    ) -> Result<String, Error> {
        let (secret, row) = new(user, kind, name, days)?;
        self.store.write(move |mut writer| Ok(writer.add_token(&row)?)).await?;
        Ok(secret)
    }

    /// Lists the user's credentials.
    pub(super) async fn tokens(&self, actor: Actor) -> Result<Answer, Error> {
        let tokens = self.store.read(move |reader| Ok(reader.tokens(actor)?)).await?;
        let shown: Vec<Shown> = tokens.into_iter().map(|token| Shown::new(token, actor)).collect();
        answer::json(StatusCode::OK, &shown)
    }

    /// Creates a token, and responds with its secret.
    pub(super) async fn create_token(&self, actor: Actor, body: Upload) -> Result<Answer, Error> {
        let Requested { name, days } = json::read(body, "a JSON object with `name`").await?;
        let secret = self.issue(actor.user, Kind::Token, name, days.unwrap_or(TOKEN_DAYS)).await?;
        answer::json(StatusCode::CREATED, &json!({ "access_token": secret, "token_type": "bearer" }))
    }

    /// Revokes one of the user's credentials.
    pub(super) async fn revoke(&self, actor: Actor, key: &str) -> Result<Answer, Error> {
        let id: i64 = key.parse().map_err(|_| Refused::NoToken)?;
        if self.store.write(move |mut writer| Ok(writer.delete_token(actor, id)?)).await? {
            return answer::json(StatusCode::OK, &json!({ "message": "Token revoked" }));
        }
        Err(Refused::NoToken.into())
    }
}

impl Shown {
    fn new(token: Token, actor: Actor) -> Self {
        let Token { id, kind, name, created_at, expires_at, last_used_at, user_id: _, hash: _ } = token;
        Self { id, kind, name, created_at, expires_at, last_used_at, is_current: id == Some(actor.token) }
    }
}
