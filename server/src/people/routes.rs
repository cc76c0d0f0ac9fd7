//! The routes below `/api/auth/`.

use hyper::Method;

use crate::answer::Answer;
use crate::body::Upload;
use crate::concurrency::Source;
use crate::error::Error;
use crate::router::Head;

use super::People;

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Register,
    Login,
    Session,
    Logout,
    State,
    Me,
    Tokens,
    Token,
}

/// The paths of the routes.
pub(crate) const ROUTES: &[(&str, Route)] = &[
    ("/api/auth/register", Route::Register),
    ("/api/auth/login", Route::Login),
    ("/api/auth/session", Route::Session),
    ("/api/auth/logout", Route::Logout),
    ("/api/auth/state", Route::State),
    ("/api/auth/me", Route::Me),
    ("/api/auth/tokens", Route::Tokens),
    ("/api/auth/tokens/{key}", Route::Token),
];

impl People {
    /// Handles a request. Only registration, login and the state need no account.
    pub(crate) async fn answer(
        &self,
        (route, key): (Route, &str),
        head: &Head,
        body: Upload,
        source: Source,
    ) -> Result<Answer, Error> {
        match (route, &head.method) {
            (Route::Register, &Method::POST) => self.register(body, source).await,
            (Route::Login, &Method::POST) => self.login(&head.headers, body, source).await,
            (Route::Session, &Method::POST) => self.open_session(&head.headers, body, source).await,
            (Route::Logout, &Method::POST) => self.log_out(self.actor(&head.headers).await?).await,
            (Route::State, &Method::GET | &Method::HEAD) => self.state(&head.headers).await,
            (Route::Me, &Method::GET | &Method::HEAD) => self.me(self.actor(&head.headers).await?).await,
            (Route::Tokens, &Method::GET | &Method::HEAD) => {
                self.tokens(self.actor(&head.headers).await?).await
            }
            (Route::Tokens, &Method::POST) => self.create_token(self.actor(&head.headers).await?, body).await,
            (Route::Token, &Method::DELETE) => self.revoke(self.actor(&head.headers).await?, key).await,
            (Route::Register | Route::Login | Route::Session | Route::Logout, _) => {
                Err(Error::Method { allow: "POST" })
            }
            (Route::State | Route::Me, _) => Err(Error::Method { allow: "GET, HEAD" }),
            (Route::Tokens, _) => Err(Error::Method { allow: "GET, HEAD, POST" }),
            (Route::Token, _) => Err(Error::Method { allow: "DELETE" }),
        }
    }
}
