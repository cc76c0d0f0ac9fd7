//! The state of the database and its migrations: `GET /api/admin/migrations`.

use std::time::Duration;

use aludel::{LedgerEntry, Report, RevisionStatus, Status};
use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::actor::Owner;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::store::{MigrationState, Reader, Schema};

use super::Admin;

/// The response for the owner.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    database: &'a str,
    /// The revisions of the database.
    revision: Vec<String>,
    /// The revisions that this program needs.
    head: &'a [&'a str],
    state: &'static str,
    /// A description of the state.
    summary: String,
    /// The revisions that the database lacks.
    pending: Vec<String>,
    /// The revisions that this program lacks.
    unknown: Vec<String>,
    chain: Vec<Value>,
    ledger: Vec<Value>,
    schema: Schema,
    last_upgrade: Option<Value>,
    /// Descriptions of the differences between the schema and the schema that the migrations
    /// produce.
    difference: Vec<String>,
}

impl Admin {
    /// Describes the database, its revisions and its schema.
    pub(super) async fn migrations(&self, _owner: Owner) -> Result<Answer, Error> {
        let state = self.store.read(|reader: Reader<'_>| reader.migrations()).await?;
        let MigrationState { status, revisions, ledger, drift, schema } = state;
        let unknown = match &status {
            Status::Ahead { unknown } => unknown.clone(),
            _ => Vec::new(),
        };
        let applied = revisions.iter().filter(|revision| revision.is_current);
        let shown = Shown {
            database: &self.database,
            revision: applied.map(|status| status.revision.clone()).chain(unknown.iter().cloned()).collect(),
            head: self.head,
            state: name(&status),
            summary: status.to_string(),
            pending: match &status {
                Status::Behind { pending } => pending.clone(),
                _ => Vec::new(),
            },
            chain: chain(&revisions, &ledger, &unknown),
            unknown,
            ledger: ledger.iter().map(entry).collect(),
            schema,
            last_upgrade: (!self.report.ran.is_empty()).then(|| run(&self.report)),
            difference: drift,
        };
        answer::json(StatusCode::OK, &shown)
    }
}

fn name(status: &Status) -> &'static str {
    match status {
        Status::AtHead => "at_head",
        Status::Fresh => "fresh",
        Status::Behind { .. } => "behind",
        Status::Ahead { .. } => "ahead",
        Status::Diverged { .. } => "diverged",
        _ => "unversioned",
    }
}

/// Describes the revisions, oldest first. The descriptions of revisions that this program lacks
/// come from the ledger.
fn chain(revisions: &[RevisionStatus], ledger: &[LedgerEntry], unknown: &[String]) -> Vec<Value> {
    let recorded = |id: &str| ledger.iter().rev().find(|entry| entry.revision == id);
    let known = revisions.iter().rev().map(|status| {
        let applied_at = recorded(&status.revision).map(|entry| entry.applied_at.as_str());
        json!({
            "revision": status.revision, "revises": status.down_revisions, "message": status.message,
            "applied": status.is_applied, "current": status.is_current, "head": status.is_head, "known": true,
            "applied_at": applied_at.filter(|_| status.is_applied),
        })
    });
    let foreign = unknown.iter().map(|id| {
        let entry = recorded(id);
        json!({
            "revision": id, "revises": entry.map(|entry| entry.revises.as_slice()),
            "message": entry.map(|entry| entry.message.as_str()), "applied": true, "current": true,
            "head": false, "known": false, "applied_at": entry.map(|entry| entry.applied_at.as_str()),
        })
    });
    known.chain(foreign).collect()
}

fn entry(entry: &LedgerEntry) -> Value {
    json!({
        "revision": entry.revision, "action": entry.action.to_string(), "message": entry.message,
        "applied_at": entry.applied_at, "milliseconds": milliseconds(entry.elapsed), "version": entry.version,
    })
}

fn run(report: &Report) -> Value {
    let ran = report.ran.iter().map(|ran| {
        json!({
            "revision": ran.revision, "message": ran.message, "milliseconds": milliseconds(ran.elapsed),
            "lost": ran.lost,
        })
    });
    json!({
        "ran": ran.collect::<Vec<_>>(),
        "backup": report.backup.as_ref().map(|path| path.display().to_string()),
        "warnings": report.warnings,
    })
}

fn milliseconds(elapsed: Duration) -> f64 {
    elapsed.as_secs_f64() * 1000.0
}
