//! The tables of the cost on PostgreSQL.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use aludel::postgres::{Config, Database};
use aludel_postgres::catalog::{Catalog, Reader};
use aludel_postgres::scratch::{self, Server};
use benches::Result;
use benches::postgres::contender::{self, Contender};
use benches::postgres::proofs::{NAMES, Proofs, WHOLE};
use benches::postgres::{chains, round_trips::Proxy};
use benches::sample::{Samples, interleaved};

use crate::Effort;
use crate::table::{self, Table, time, times};

/// The numbers of scripts of a fresh database, and the numbers of tables of a catalog.
const SIZES: [usize; 3] = [10, 100, 1000];

/// The numbers of scripts to prove.
const PROVED: [usize; 2] = [10, 100];

/// Measures everything on one scratch server.
pub(crate) fn tables(folder: &Path, effort: Effort) -> Result<String> {
    let server = Server::start()?;
    let tables = [
        format!("PostgreSQL {}, on a scratch server: it does not wait for the disk.\n", server.major()),
        fresh(&server, folder, effort)?,
        at_head(&server, effort)?,
        catalog(&server, effort)?,
        proofs(&server, folder, effort)?,
    ];
    Ok(tables.join("\n"))
}

fn fresh(server: &Server, folder: &Path, effort: Effort) -> Result<String> {
    let mut cells: [Vec<String>; 3] = Default::default();
    let mut names = [""; 3];
    let mut ratios = Vec::new();
    for size in SIZES {
        let chain = chains::of_tables(&folder.join(format!("postgres_{size}")), size)?;
        let records = contender::records(server, &chain)?;
        let contenders = [
            contender::by_hand(&chain, &records),
            contender::by_statements(&chain, &records),
            contender::aludel(&chain),
        ];
        let rounds = effort.rounds(1000 / size, 3..=41);
        let samples = interleaved(contenders.len(), rounds, |which| {
            let database = server.create()?;
            one(&contenders, which)?.time(&Database::parse(&database.url())?)
        })?;
        for (which, (contender, cells)) in contenders.iter().zip(&mut cells).enumerate() {
            let trips = round_trips(server, &server.create()?, contender)?;
            let (median, ratio) = (time(samples.median(which)), times(samples.ratio(which, 0)));
            cells.push(format!("{median} ({ratio}), {trips} round trips"));
        }
        names = contenders.each_ref().map(|contender| contender.name);
        ratios.push(samples.ratio(2, 0));
    }
    let mut table = Table::default();
    names.into_iter().zip(cells).for_each(|(name, cells)| table.row(name, cells));
    let aim = table::aim("Aludel within 1.2 of the statements by hand", &ratios, 1.2, times);
    Ok(format!("{}\n{aim}", table.markdown("PostgreSQL: fresh database to head", &SIZES)?))
}

fn at_head(server: &Server, effort: Effort) -> Result<String> {
    let database = server.create()?;
    let contenders = [contender::connect(), contender::read_one_row(), contender::start_of_photosafe()];
    let direct = Database::parse(&database.url())?;
    one(&contenders, 2)?.time(&direct)?;
    let samples = interleaved(contenders.len(), effort.rounds(401, 51..=401), |which| {
        one(&contenders, which)?.time(&direct)
    })?;
    let trips = contenders.iter().map(|contender| round_trips(server, &database, contender));
    let trips: Vec<usize> = trips.collect::<Result<_>>()?;
    let mut text = "### PostgreSQL: start at head\n\n| | time | round trips |\n|---|---:|---:|\n".to_owned();
    for (which, (contender, trips)) in contenders.iter().zip(&trips).enumerate() {
        let (median, ratio) = (time(samples.median(which)), times(samples.ratio(which, 0)));
        text.push_str(&format!("| {} | {median} ({ratio}) | {trips} |\n", contender.name));
    }
    let [connect, _, aludel] = trips.as_slice() else { return Err("expected three contenders".into()) };
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    let more = (aludel - connect) as f64;
    let aim = table::aim("one round trip more than connecting", &[more], 1.0, |more| format!("{more:.0}"));
    Ok(format!("{text}\n{aim}"))
}

fn catalog(server: &Server, effort: Effort) -> Result<String> {
    let mut cells: [Vec<String>; 4] = Default::default();
    let mut again = Vec::new();
    for size in SIZES {
        let database = server.create()?;
        fill(&database, size)?;
        let own = [];
        let mut reader = Reader::new([database.connect()?, database.connect()?], server.major(), &own)?;
        reader.read()?;
        let samples = interleaved(cells.len(), effort.rounds(11, 3..=11), |which| {
            let began = Instant::now();
            match which {
                0 => drop(reader.read()?),
                1 => drop(
                    Reader::new([database.connect()?, database.connect()?], server.major(), &own)?.read()?,
                ),
                2 => drop(Catalog::read(&mut database.connect()?, &own)?),
                _ => {
                    let catalog = reader.read()?;
                    let began = Instant::now();
                    std::hint::black_box(catalog.fingerprint());
                    return Ok(began.elapsed());
                }
            }
            Ok(began.elapsed())
        })?;
        for (which, cells) in cells.iter_mut().enumerate() {
            cells.push(time(samples.median(which)));
        }
        again.push(samples.median(0));
    }
    let names = [
        "reading during a proof",
        "the same, with connecting and preparing",
        "reading a database in use, with connecting",
        "hashing",
    ];
    let mut table = Table::default();
    names.into_iter().zip(cells).for_each(|(name, cells)| table.row(name, cells));
    let largest = again.last().copied().into_iter().collect::<Vec<_>>();
    let aim = table::aim("a catalog of 1000 tables read in under 250 ms", &largest, 0.25, time);
    let heading = "PostgreSQL: reading a catalog, tables of 8 columns, 3 constraints and an index";
    Ok(format!("{}\n{aim}", table.markdown_of(heading, &SIZES, "tables")?))
}

fn fill(database: &scratch::Database<'_>, tables: usize) -> Result<()> {
    let mut client = database.connect()?;
    for number in 0..tables {
        client.batch_execute(&format!(
            "CREATE TABLE t{number} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'x', \
             rating integer CHECK (rating > 0), made timestamptz DEFAULT now(), a text, b text UNIQUE, c text, d numeric(10, 2)); \
             CREATE INDEX ON t{number} (name)"
        ))?;
    }
    Ok(client.batch_execute("VACUUM ANALYZE")?)
}

fn proofs(server: &Server, folder: &Path, effort: Effort) -> Result<String> {
    let rounds = effort.rounds(5, 1..=5);
    let mut table = Table::default();
    let mut optimised = Vec::new();
    for size in PROVED {
        let proofs = Proofs::new(&folder.join(format!("postgres_proof_{size}")), size, server)?;
        optimised.push(interleaved(NAMES.len(), rounds, |which| proofs.time(which))?);
    }
    for (which, name) in NAMES.into_iter().enumerate() {
        let cell = |samples: &Samples| {
            format!("{} ({})", time(samples.median(which)), times(samples.ratio(which, 0)))
        };
        table.row(name, optimised.iter().map(cell).collect());
    }
    let unoptimised = PROVED.iter().map(|size| debug(*size, rounds)).collect::<Result<Vec<_>>>()?;
    table.row("proof, debug build", unoptimised.iter().map(|seconds| time(*seconds)).collect());
    let whole = [optimised.last().map(|samples| samples.median(WHOLE)), unoptimised.last().copied()];
    let whole: Vec<f64> = whole.into_iter().flatten().collect();
    let aim = table::aim("the proof of 100 scripts under 6 s, release and debug", &whole, 6.0, time);
    Ok(format!("{}\n{aim}", table.markdown("PostgreSQL: the proof", &PROVED)?))
}

/// Returns the time of the whole proof in a debug build.
fn debug(scripts: usize, rounds: usize) -> Result<f64> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--bin", "postgres_proof", "--manifest-path"]).arg(manifest);
    let output = cargo.arg("--").args([scripts.to_string(), rounds.to_string()]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let output = String::from_utf8(output.stdout)?;
    let seconds = output.lines().filter_map(|line| line.split(' ').nth(WHOLE)?.parse().ok()).collect();
    Ok(Samples::new(vec![seconds]).median(0))
}

fn one<'c, 'a>(contenders: &'c [Contender<'a>], which: usize) -> Result<&'c Contender<'a>> {
    contenders.get(which).ok_or_else(|| "there is no such contender".into())
}

/// Returns the number of round trips of a contender. Each has a proxy of its own, because the end of
/// a connection may be counted late.
fn round_trips(
    server: &Server,
    database: &scratch::Database<'_>,
    contender: &Contender<'_>,
) -> Result<usize> {
    let proxy = Proxy::new(&socket(server)?)?;
    contender.count(&through(&proxy, database)?, || proxy.count())
}

/// Returns the folder of the server's socket.
fn socket(server: &Server) -> Result<std::path::PathBuf> {
    let database = server.create()?;
    let database = Database::parse(&database.url())?;
    match database.config().get_hosts().first() {
        Some(postgres::config::Host::Unix(folder)) => Ok(folder.clone()),
        _ => Err("the scratch server has no socket".into()),
    }
}

/// Returns a database as seen through a proxy.
fn through(proxy: &Proxy, database: &scratch::Database<'_>) -> Result<Database> {
    let direct = Database::parse(&database.url())?;
    let mut config = Config::new();
    config.host_path(proxy.folder()).dbname(database.name());
    config.user(direct.config().get_user().unwrap_or_default());
    Ok(direct.with_config(config))
}
