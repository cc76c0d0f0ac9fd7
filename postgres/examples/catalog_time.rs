//! Prints the time that reading and comparing a catalog takes: `cargo run --release --example
//! catalog_time [tables]`.
#![expect(clippy::print_stdout, reason = "this is a program")]

use std::error::Error;
use std::time::Instant;

use aludel_postgres::catalog::Reader;
use aludel_postgres::scratch::Server;

fn main() -> Result<(), Box<dyn Error>> {
    let tables: usize = std::env::args().nth(1).map_or(Ok(1000), |number| number.parse())?;
    let start = Instant::now();
    let server = Server::start()?;
    println!("server {}: started in {:?}", server.major(), start.elapsed());
    let start = Instant::now();
    let database = server.create()?;
    let mut client = database.connect()?;
    println!("empty database: created in {:?}", start.elapsed());
    for number in 0..tables {
        client.batch_execute(&format!(
            "CREATE TABLE t{number} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'x', \
             rating integer CHECK (rating > 0), made timestamptz DEFAULT now(), a text, b text, c text, d numeric(10, 2)); \
             CREATE INDEX ON t{number} (name)"
        ))?;
    }
    client.batch_execute("VACUUM ANALYZE")?;
    let start = Instant::now();
    let mut reader = Reader::new(database.connect()?, server.major(), &[])?;
    println!("queries prepared in {:?}", start.elapsed());
    for _ in 0..4 {
        let start = Instant::now();
        let catalog = reader.read()?;
        let read = start.elapsed();
        let start = Instant::now();
        let fingerprint = catalog.fingerprint();
        println!(
            "{} tables, {} columns, {} constraints, {} indexes: read in {read:?}, hashed in {:?}: {fingerprint}",
            catalog.tables.len(),
            catalog.columns.len(),
            catalog.constraints.len(),
            catalog.indexes.len(),
            start.elapsed()
        );
    }
    Ok(())
}
