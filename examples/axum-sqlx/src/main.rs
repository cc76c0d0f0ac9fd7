//! A web server: Aludel migrates the database, and sqlx queries it.

use std::error::Error;

use aludel::rusqlite::Connection;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

mod migrations {
    aludel::embed_migrations!("migrations");
}

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "notes.db".to_owned());
    let router = Router::new().route("/notes", get(notes)).with_state(migrated(path).await?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

/// Migrates the database and returns a pool.
///
/// A migration blocks its thread, so it does not run on an async worker thread.
async fn migrated(path: String) -> Result<SqlitePool, Failure> {
    let migrate = move || -> Result<aludel::Opener<migrations::Head>, Failure> {
        let ready = migrations::CHAIN.migrator().upgrade_to_head(Connection::open(path)?)?;
        Ok(ready.opener())
    };
    let opener = tokio::task::spawn_blocking(migrate).await??;
    let path = opener.path().ok_or("a database in memory cannot be shared")?.to_owned();
    let pool = SqlitePoolOptions::new()
        // Rejects a new connection if another program has changed the database's revision.
        .after_connect(move |_, _| {
            let opener = opener.clone();
            Box::pin(async move {
                let checked = tokio::task::spawn_blocking(move || opener.open().map(drop)).await;
                let at_head = checked.map_err(|error| sqlx::Error::Configuration(error.into()))?;
                at_head.map_err(|error| sqlx::Error::Configuration(error.into()))
            })
        })
        .connect_with(SqliteConnectOptions::new().filename(path).foreign_keys(true))
        .await?;
    Ok(pool)
}

async fn notes(State(pool): State<SqlitePool>) -> Result<Json<Vec<String>>, StatusCode> {
    let texts = sqlx::query_scalar("SELECT text FROM notes ORDER BY id").fetch_all(&pool).await;
    texts.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
