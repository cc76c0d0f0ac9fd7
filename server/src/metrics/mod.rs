//! Counters for Prometheus, and the listener that serves them.
//!
//! They have a separate address because they require no account.

mod listener;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aludel::Report;
use hyper::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::database::Database;

pub(crate) use listener::serve;

/// The upper bounds of the buckets for durations, in seconds.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The metrics of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// The database file, or `None` for a PostgreSQL database.
    file: Option<PathBuf>,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    sent: Counter,
    received: Counter,
    connections: Gauge,
    /// The requests whose response is not complete yet.
    pub(crate) requests_in_flight: Gauge,
    migrations: Counter,
    migrating: Gauge<f64, AtomicU64>,
    ready: Gauge,
    database_bytes: Gauge,
}

/// The labels of a request. The number of label values is bounded, because a route is a template
/// and a method is a standard HTTP method.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

/// A connection that is counted as open.
#[derive(Debug)]
pub(crate) struct OpenConnection(Gauge);

/// A response that was sent, or whose client disconnected.
#[derive(Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) method: &'a Method,
    pub(crate) route: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) elapsed: Duration,
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Metrics {
    /// Creates the metrics of a server for this database.
    pub(crate) fn new(database: &Database) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("photosafe"),
            file: database.path().map(Path::to_owned),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            sent: Counter::default(),
            received: Counter::default(),
            connections: Gauge::default(),
            requests_in_flight: Gauge::default(),
            migrations: Counter::default(),
            migrating: Gauge::default(),
            ready: Gauge::default(),
            database_bytes: Gauge::default(),
        };
        metrics.register(database.head());
        metrics
    }

    fn register(&mut self, head: &[&str]) {
        let head = head.join(",");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION").to_owned()), ("head", head)]);
        let registry = &mut self.registry;
        registry.register("build", "The version of the program, and the revision that it serves", build);
        registry.register("requests", "Answered requests", self.requests.clone());
        let durations = self.durations.clone();
        registry.register_with_unit(
            "request",
            "Time from the request head to the end of the response",
            Unit::Seconds,
            durations,
        );
        registry.register_with_unit("sent", "Response bodies", Unit::Bytes, self.sent.clone());
        registry.register_with_unit("received", "Request bodies", Unit::Bytes, self.received.clone());
        registry.register("connections", "Open connections", self.connections.clone());
        let in_flight = self.requests_in_flight.clone();
        registry.register("requests_in_flight", "Requests whose response is not complete yet", in_flight);
        registry.register("migrations", "Revisions applied by this process", self.migrations.clone());
        let migrating = self.migrating.clone();
        registry.register_with_unit(
            "migration",
            "Duration of the migration at startup",
            Unit::Seconds,
            migrating,
        );
        registry.register("ready", "1 if `/readyz` answers 200", self.ready.clone());
        if self.file.is_some() {
            let database = self.database_bytes.clone();
            registry.register_with_unit(
                "database",
                "Size of the database and its write-ahead log",
                Unit::Bytes,
                database,
            );
        }
    }

    /// Counts a connection until the returned value is dropped.
    pub(crate) fn open_connection(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    /// Counts a response.
    pub(crate) fn answered(&self, answered: &Answered<'_>) {
        let Answered { method, route, status, elapsed, sent, received } = *answered;
        let request = Request { method: name_of(method), route, status: status.as_u16() };
        self.requests.get_or_create(&request).inc();
        self.durations.get_or_create(&Route { route }).observe(elapsed.as_secs_f64());
        self.sent.inc_by(sent);
        self.received.inc_by(received);
    }

    /// Records the migration at startup.
    pub(crate) fn migrated(&self, report: &Report, elapsed: Duration) {
        self.migrations.inc_by(report.ran.len() as u64);
        self.migrating.set(elapsed.as_secs_f64());
    }

    /// Formats the metrics for Prometheus. Blocks.
    fn text(&self, is_ready: bool) -> Result<String, std::fmt::Error> {
        self.ready.set(is_ready.into());
        if let Some(file) = &self.file {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let log = file.with_file_name(format!("{name}-wal"));
            let size = |path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            let bytes = size(file) + size(&log);
            self.database_bytes.set(bytes.try_into().unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Returns the name of a standard method, or one common name for all others, because a client can
/// invent any number of methods.
pub(crate) fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
