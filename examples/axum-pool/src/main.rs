//! A web server with a pool of rusqlite connections, each known to be at the head.

use std::error::Error;

use aludel::rusqlite::Connection;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

mod migrations {
    aludel::embed_migrations!("migrations");
}

type Pool = r2d2::Pool<AtHead>;

/// Opens the connections of the pool.
struct AtHead(aludel::Opener<migrations::Head>);

impl r2d2::ManageConnection for AtHead {
    type Connection = Connection;
    type Error = aludel::Error;

    fn connect(&self) -> Result<Connection, aludel::Error> {
        self.0.open()
    }

    fn is_valid(&self, _: &mut Connection) -> Result<(), aludel::Error> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "notes.db".to_owned());
    // Migrating the database and filling the pool block the thread, so both happen before the async
    // runtime starts.
    let migrator = migrations::CHAIN.migrator().prepare(|connection| {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.busy_timeout(std::time::Duration::from_secs(5))
    });
    let ready = migrator.upgrade_to_head(Connection::open(path)?)?;
    let pool = Pool::builder().test_on_check_out(false).max_size(4).build(AtHead(ready.opener()))?;
    serve(pool)
}

#[tokio::main]
async fn serve(pool: Pool) -> Result<(), Box<dyn Error>> {
    let router = Router::new().route("/notes", get(notes)).with_state(pool);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn notes(State(pool): State<Pool>) -> Result<Json<Vec<String>>, StatusCode> {
    let read = tokio::task::spawn_blocking(move || texts(&pool)).await;
    let texts = read.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    texts.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn texts(pool: &Pool) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
    let connection = pool.get()?;
    let mut statement = connection.prepare("SELECT text FROM notes ORDER BY id")?;
    let texts = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(texts)
}
