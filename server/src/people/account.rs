//! Registers, logs in and logs out.

use std::sync::PoisonError;
use std::time::Instant;

use hyper::StatusCode;
use hyper::header::{HeaderMap, SET_COOKIE, USER_AGENT};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::concurrency::Source;
use crate::error::Error;
use crate::json;
use crate::models::User;
use crate::store::{NewUser, Stamp, stamp};

use super::password::{self, Verdict};
use super::tokens::{Kind, SESSION_DAYS};
use super::{People, Refused, secret};

/// The maximum size of a request body in this module.
const LARGEST_BODY: u64 = 16 << 10;

/// The longest username, in characters.
const LONGEST_USERNAME: usize = 64;

/// The longest email address, in characters.
const LONGEST_EMAIL: usize = 254;

/// The unchecked data of a new account.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct NewAccount {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) name: Option<String>,
    code: Option<String>,
}

/// A user as it is returned to clients.
#[derive(Debug, Serialize)]
struct Shown {
    id: Option<i64>,
    username: String,
    email: String,
    name: Option<String>,
    is_active: Option<bool>,
    is_superuser: Option<bool>,
    date_joined: Option<Stamp>,
    last_login: Option<Stamp>,
}

impl NewAccount {
    /// Creates the data of an account for the operator, who does not need a code.
    pub(crate) fn by_operator(
        username: String,
        email: String,
        password: String,
        name: Option<String>,
    ) -> Self {
        Self { username, email, password, name, code: None }
    }

    /// Checks the data, and hashes the password. Takes a while. Blocks.
    pub(crate) fn into_user(self) -> Result<NewUser, Error> {
        let has_control = |text: &str| text.contains(char::is_control);
        let Self { username, email, password, name, code: _ } = self;
        let length = username.chars().count();
        if length == 0 || length > LONGEST_USERNAME || username.trim() != username || has_control(&username) {
            return Err(Refused::Username.into());
        }
        if !email.contains('@') || email.chars().count() > LONGEST_EMAIL || has_control(&email) {
            return Err(Refused::Email.into());
        }
        password::check(&password)?;
        Ok(NewUser {
            username,
            email,
            name,
            password_hash: password::hash(&password)?,
            now: stamp::text(stamp::now()),
        })
    }
}

impl From<User> for Shown {
    fn from(user: User) -> Self {
        let User { id, username, email, name, is_active, is_superuser, date_joined, last_login, .. } = user;
        Self { id, username, email, name, is_active, is_superuser, date_joined, last_login }
    }
}

impl People {
    /// Creates an account. The first one requires the code, and further ones require open
    /// registration.
    pub(super) async fn register(&self, body: Upload, source: Source) -> Result<Answer, Error> {
        let account: NewAccount =
            json::read(body, "a JSON object with `username`, `email` and `password`").await?;
        let is_first = !self.store.read(|reader| Ok(reader.has_users()?)).await?;
        if !is_first && !self.options.allow_registration {
            return Err(Refused::Closed.into());
        }
        self.begin(None, source)?;
        if is_first && !self.is_code(account.code.as_deref()) {
            return Err(Refused::Code.into());
        }
        let user = self.hashing(move || account.into_user()).await??;
        let user = self.store.write(move |mut writer| writer.create_user(&user, is_first)).await?;
        self.shared.attempts.succeeded(None, source);
        *self.shared.code.lock().unwrap_or_else(PoisonError::into_inner) = None;
        tracing::info!(username = user.username, "created an account");
        answer::json(StatusCode::CREATED, &Shown::from(user))
    }

    /// Logs in a program: responds with a token, as in OAuth 2's password grant.
    pub(super) async fn login(
        &self,
        headers: &HeaderMap,
        body: Upload,
        source: Source,
    ) -> Result<Answer, Error> {
        let (_, secret) = self.begin_session(headers, body, source, Kind::Token).await?;
        answer::json(StatusCode::OK, &json!({ "access_token": secret, "token_type": "bearer" }))
    }

    /// Logs in a browser: responds with a cookie that scripts cannot read.
    pub(super) async fn open_session(
        &self,
        headers: &HeaderMap,
        body: Upload,
        source: Source,
    ) -> Result<Answer, Error> {
        let (user, secret) = self.begin_session(headers, body, source, Kind::Session).await?;
        let mut answer = answer::json(StatusCode::OK, &Shown::from(user))?;
        let seconds = SESSION_DAYS * 24 * 3600;
        answer::set(&mut answer, SET_COOKIE, secret::cookie(Some(&secret), seconds, self.options.behind_tls));
        Ok(answer)
    }

    /// Revokes the credential of the request.
    pub(super) async fn log_out(&self, actor: Actor) -> Result<Answer, Error> {
        self.store.write(move |mut writer| Ok(writer.delete_token(actor, actor.token)?)).await?;
        let mut answer = answer::json(StatusCode::OK, &json!({ "message": "Logged out" }))?;
        answer::set(&mut answer, SET_COOKIE, secret::cookie(None, 0, self.options.behind_tls));
        Ok(answer)
    }

    /// Describes what a browser must show first: the form to register, the form to log in, or
    /// photos.
    pub(super) async fn state(&self, headers: &HeaderMap) -> Result<Answer, Error> {
        let user = match self.actor(headers).await {
            Ok(actor) => self.store.read(move |reader| Ok(reader.user(actor.user)?)).await?.map(Shown::from),
            Err(Error::People(Refused::NotAuthenticated)) => None,
            Err(error) => return Err(error),
        };
        let has_users = self.store.read(|reader| Ok(reader.has_users()?)).await?;
        let registration = match (has_users, self.options.allow_registration) {
            (false, _) => "code",
            (true, true) => "open",
            (true, false) => "closed",
        };
        answer::json(
            StatusCode::OK,
            &json!({ "accounts": has_users, "registration": registration, "user": user }),
        )
    }

    /// Describes the user of the request.
    pub(super) async fn me(&self, actor: Actor) -> Result<Answer, Error> {
        let user = self.store.read(move |reader| Ok(reader.user(actor.user)?)).await?;
        answer::json(StatusCode::OK, &Shown::from(user.ok_or(Refused::NotAuthenticated)?))
    }

    /// Checks the username and password in a form, and creates a credential of this kind.
    async fn begin_session(
        &self,
        headers: &HeaderMap,
        body: Upload,
        source: Source,
        kind: Kind,
    ) -> Result<(User, String), Error> {
        let user = self.authenticate(body, source).await?;
        let secret = self.issue(id(&user)?, kind, client_name(headers), SESSION_DAYS).await?;
        Ok((user, secret))
    }

    /// Checks the username and password in a form. Returns the user.
    async fn authenticate(&self, body: Upload, source: Source) -> Result<User, Error> {
        let body = body.read_whole(LARGEST_BODY).await?;
        let field = |name: &str| {
            let mut fields = form_urlencoded::parse(&body);
            fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let (Some(username), Some(password)) = (field("username"), field("password")) else {
            return Err(Refused::Body("a form with `username` and `password`").into());
        };
        self.begin(Some(&username), source)?;
        let wanted = username.clone();
        let user = self.store.read(move |reader| Ok(reader.user_named(&wanted)?)).await?;
        let (stored, hash) = (user.as_ref().map(|user| user.hashed_password.clone()), password.clone());
        let verdict = self.hashing(move || {
            let Some(stored) = stored else {
                password::verify_nothing(&password);
                return Verdict::Wrong;
            };
            password::verify(&password, &stored)
        });
        let (verdict, Some(user)) = (verdict.await?, user) else {
            return Err(Refused::WrongPassword.into());
        };
        if verdict == Verdict::Wrong {
            return Err(Refused::WrongPassword.into());
        }
        self.shared.attempts.succeeded(Some(&username), source);
        if user.is_active == Some(false) {
            return Err(Refused::Inactive.into());
        }
        let renewed = match verdict {
            Verdict::Outdated => Some(self.hashing(move || password::hash(&hash)).await??),
            Verdict::Wrong | Verdict::Right => None,
        };
        let (id, now) = (id(&user)?, stamp::text(stamp::now()));
        self.store.write(move |mut writer| Ok(writer.logged_in(id, renewed.as_deref(), &now)?)).await?;
        let user = self.store.read(move |reader| Ok(reader.user(id)?)).await?;
        Ok(user.ok_or(Refused::WrongPassword)?)
    }

    fn begin(&self, account: Option<&str>, source: Source) -> Result<(), Error> {
        let begun = self.shared.attempts.begin(account, source, Instant::now());
        Ok(begun.map_err(|wait| Refused::TooManyAttempts { wait })?)
    }

    fn is_code(&self, code: Option<&str>) -> bool {
        let expected = self.shared.code.lock().unwrap_or_else(PoisonError::into_inner);
        // Hashes are compared, so the response time reveals nothing about the code.
        code.is_some_and(|code| expected.as_ref() == Some(&secret::hash(code.trim())))
    }
}

fn id(user: &User) -> Result<i64, Refused> {
    user.id.ok_or(Refused::NotAuthenticated)
}

/// Returns a name that lets a user recognize a credential.
fn client_name(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("unknown client");
    agent.chars().take(100).collect()
}
