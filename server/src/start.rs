//! The order of events: inspect the database and the uploads folder, listen, migrate, serve, stop.
//!
//! The server never listens if the database is ahead, has diverged, is unversioned, belongs to
//! another folder, or has a different schema.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aludel::{Interrupt, Progress, Report, Status, Step};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::admin::Admin;
use crate::binding;
use crate::console;
use crate::database::{Migrator, Ready};
use crate::error::Causes;
use crate::failure::Failure;
use crate::front::Front;
use crate::inspection::{Inspection, Inspector};
use crate::listener::{self, Drained};
use crate::metrics::{self, Metrics};
use crate::origin::Hosts;
use crate::people::People;
use crate::photos::Photos;
use crate::readiness::{Readiness, Stage};
use crate::router::Router;
use crate::settings::{Mode, Settings};
use crate::signals::{Signal, Stop};
use crate::uploads::folder::free_bytes;
use crate::uploads::{Uploads, collect};

/// The time that blocking work gets to finish after the server stops. Killing this work loses no
/// data.
const LAST_WORK: Duration = Duration::from_secs(2);

/// The interval between searches for files without a photo.
const COLLECTION: Duration = Duration::from_secs(3600);

/// Runs the mode that the settings select, and returns the exit code of the process.
pub(crate) fn run(settings: &Settings) -> Result<u8, Failure> {
    let started = SystemTime::now();
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(async {
        let stop = Stop::listen()?;
        let inspection = inspect(settings, stop.clone()).await?;
        let pending = match &inspection.status {
            Status::Fresh => settings.database.scripts().len(),
            Status::Behind { pending } => pending.len(),
            _ => 0,
        };
        if pending > 0 && !matches!(settings.mode(), Mode::Check | Mode::ServeWithoutMigrating) {
            admit_backup(settings)?;
        }
        match settings.mode() {
            Mode::Check => Ok(tell(settings, &inspection)),
            Mode::ServeWithoutMigrating if inspection.status != Status::AtHead => {
                Err(Failure::Pending { status: inspection.status })
            }
            Mode::MigrateOnly => migrate_only(settings, stop).await.map(|()| 0),
            Mode::BindUploads => bind_uploads(settings, stop).await.map(|()| 0),
            Mode::Serve | Mode::ServeWithoutMigrating => {
                admit(settings, inspection)?;
                serve(settings, pending, started, stop).await.map(|()| 0)
            }
        }
    });
    runtime.shutdown_timeout(LAST_WORK);
    ended
}

/// Inspects the database and the uploads folder. Does not write or create any file.
async fn inspect(settings: &Settings, stop: Stop) -> Result<Inspection, Failure> {
    let inspector = Inspector::new(settings, settings.uploads()?);
    let migrator = settings.migrator();
    match interruptible(migrator, stop, move |migrator| inspector.inspect(migrator)).await? {
        Ended::Itself(inspection) => Ok(inspection),
        Ended::Interrupted(signal, _) => {
            Err(Failure::Interrupted { signal, when: "while inspecting the database; nothing was changed" })
        }
    }
}

/// Returns an error if the database must not be served.
fn admit(settings: &Settings, inspection: Inspection) -> Result<(), Failure> {
    if let Some(stranger) = inspection.stranger {
        return Err(Failure::Stranger { pair: settings.pair(), stranger });
    }
    admit_drift(settings, inspection.drift)
}

fn admit_drift(settings: &Settings, differences: Vec<String>) -> Result<(), Failure> {
    if !settings.allow_drift && !differences.is_empty() {
        return Err(Failure::Drift { differences });
    }
    for difference in differences {
        tracing::warn!(difference, "the schema differs from the schema that the migrations produce");
    }
    Ok(())
}

/// Returns an error if the copy before a migration would not fit on its disk.
fn admit_backup(settings: &Settings) -> Result<(), Failure> {
    let Some(folder) = settings.backup_folder() else { return Ok(()) };
    let database = settings.database.path().map(std::fs::metadata);
    let Some(Ok(database)) = database else { return Ok(()) };
    let (needed, free) = (database.len(), free_bytes(folder)?);
    if free < needed {
        return Err(Failure::NoSpaceForBackup { folder: folder.to_owned(), needed, free });
    }
    Ok(())
}

/// Prints the status of the database, the scripts that would run, and the reasons not to serve it.
/// Returns the corresponding exit code.
fn tell(settings: &Settings, inspection: &Inspection) -> u8 {
    let Inspection { status, drift, stranger } = inspection;
    console::say(status);
    tell_pending(settings, status);
    if !drift.is_empty() {
        console::say("its schema differs from the schema that the migrations produce:");
    }
    for difference in drift {
        console::say(format_args!("  {difference}"));
    }
    if let Some(stranger) = stranger {
        console::say(format_args!("the database and the uploads folder do not belong together: {stranger}"));
    }
    match status.exit_code() {
        0 if stranger.is_some() || !drift.is_empty() => 1,
        code => code,
    }
}

/// Prints the scripts that would run, one per line.
fn tell_pending(settings: &Settings, status: &Status) {
    let is_pending = |id: &str| match status {
        Status::Fresh => true,
        Status::Behind { pending } => pending.iter().any(|revision| revision == id),
        _ => false,
    };
    let scripts = settings.database.scripts();
    for (revision, message) in scripts.into_iter().filter(|(revision, _)| is_pending(revision)) {
        console::say(format_args!("would upgrade to {revision}, {message}"));
    }
}

/// Migrates the database, and binds it to the folder without any check, because the user confirmed
/// that they belong together.
async fn bind_uploads(settings: &Settings, stop: Stop) -> Result<(), Failure> {
    let ready = migrate(settings.migrator(), stop).await?;
    let (pair, uploads) = (settings.pair(), settings.uploads()?);
    spawn_blocking(move || {
        let uploads = uploads.prepared().map_err(Failure::uploads)?;
        let counted = binding::by_hand(ready, &uploads)?;
        console::say(format_args!("bound {pair}: {counted}"));
        Ok(())
    })
    .await?
}

async fn migrate_only(settings: &Settings, stop: Stop) -> Result<(), Failure> {
    let ready = migrate(settings.migrator(), stop).await?;
    console::say(ready.report());
    Ok(())
}

/// Migrates the database to the head. A signal rolls it back.
async fn migrate(migrator: Migrator, stop: Stop) -> Result<Ready, Failure> {
    let migrated = interruptible(migrator, stop, Migrator::upgrade);
    let (signal, when) = match migrated.await? {
        Ended::Itself(ready) => return Ok(ready),
        Ended::Interrupted(signal, None) => (signal, "while migrating, and rolled back"),
        // The run completed before it could be interrupted, but the process must stop anyway.
        Ended::Interrupted(signal, Some(_)) => (signal, "when the database had just reached the head"),
    };
    Err(Failure::Interrupted { signal, when })
}

/// How work on the database ended.
enum Ended<T> {
    Itself(T),
    /// By a signal. If the work completed anyway, this contains its result.
    Interrupted(Signal, Option<T>),
}

/// Runs blocking work on the database, until it completes or the process is asked to stop.
async fn interruptible<T: Send + 'static>(
    migrator: Migrator,
    mut stop: Stop,
    work: impl FnOnce(&Migrator) -> Result<T, Failure> + Send + 'static,
) -> Result<Ended<T>, Failure> {
    let interrupt = Interrupt::new();
    let migrator = migrator.interrupt(interrupt.clone());
    let mut work: JoinHandle<Result<T, Failure>> = spawn_blocking(move || work(&migrator));
    let signal = tokio::select! {
        ended = &mut work => return Ok(Ended::Itself(ended??)),
        signal = stop.asked() => signal,
    };
    interrupt.trigger();
    match work.await? {
        Ok(done) => Ok(Ended::Interrupted(signal, Some(done))),
        Err(error) if matches!(error.exit_code(), 130 | 143) => Ok(Ended::Interrupted(signal, None)),
        Err(error) => Err(error),
    }
}

async fn serve(settings: &Settings, pending: usize, started: SystemTime, stop: Stop) -> Result<(), Failure> {
    let uploads = settings.uploads()?.prepared().map_err(Failure::uploads)?;
    let (listener, address) = listen(settings.bind)?;
    console::say(format_args!("listening on http://{address}"));
    if !address.ip().is_loopback() && !settings.people.behind_tls {
        tracing::warn!(
            "passwords and photos are sent unencrypted; put a TLS proxy in front of the server and use `--behind-tls`"
        );
    }
    let metrics = Metrics::new(&settings.database);
    let front =
        Arc::new(Front::new(Readiness::migrating(pending), metrics, settings.limits, settings.timeouts));
    serve_metrics(settings, &front)?;
    let served = tokio::spawn(listener::serve(
        listener,
        Arc::clone(&front),
        settings.limits,
        settings.timeouts,
        stop.clone(),
    ));
    let told = Arc::clone(&front);
    let migrator = settings.migrator().on_progress(move |progress| {
        tell_progress(progress);
        told.readiness().reach(Stage::Migrating {
            done: progress.done,
            total: progress.total,
            revision: progress.step.map_or_else(String::new, |step| step.revision.to_owned()),
        });
    });
    let begun = Instant::now();
    let ready = if settings.mode() == Mode::ServeWithoutMigrating {
        spawn_blocking(move || migrator.at_head()).await??
    } else {
        migrate(migrator, stop).await?
    };
    tell_report(ready.report());
    front.metrics().migrated(ready.report(), begun.elapsed());
    if pending > 0 {
        admit_drift(settings, settings.migrator().drift(ready.connection())?)?;
    }
    open(settings, &front, ready, uploads, started).await?;
    match served.await? {
        Drained::Cleanly => Ok(()),
        Drained::Cut => Err(Failure::Cut),
    }
}

/// Logs the script that runs next, if there is one.
fn tell_progress(progress: &Progress<'_>) {
    let Progress { done, total, step, .. } = *progress;
    if let Some(Step { revision, message, .. }) = step {
        tracing::info!(revision, script = message, done, total, "migrating");
    }
}

/// Logs the result of a run, with one line for each detail that an operator may have to check.
fn tell_report(report: &Report) {
    for ran in report.ran.iter().filter(|ran| !ran.lost.is_empty()) {
        let (revision, lost) = (&ran.revision, ran.lost.join(", "));
        tracing::warn!(revision, lost, "lost for good, as declared in the script");
    }
    for violation in &report.old_violations {
        tracing::warn!(%violation, "a foreign key violation that existed before this run");
    }
    if let Some(backup) = &report.backup {
        tracing::info!(file = %backup.display(), "copied the database before migrating it");
    }
    for warning in &report.warnings {
        tracing::warn!(warning);
    }
    let (current, ran) = (report.current.join(", "), report.ran.len());
    tracing::info!(current, ran, "the database is at the head");
}

fn serve_metrics(settings: &Settings, front: &Arc<Front>) -> Result<(), Failure> {
    if let Some(address) = settings.metrics {
        let (listener, address) = listen(address)?;
        console::say(format_args!("metrics on http://{address}/metrics"));
        tokio::spawn(metrics::serve(listener, Arc::clone(front)));
    }
    Ok(())
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |source| Failure::Listen { address, source };
    let listener = listener::bind(address).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Starts passing requests to the router, and starts cleaning up after crashed processes.
async fn open(
    settings: &Settings,
    front: &Front,
    ready: Ready,
    uploads: Uploads,
    started: SystemTime,
) -> Result<(), Failure> {
    let (limits, busy) = (settings.limits, settings.timeouts.busy);
    let (grace, pair) = (settings.timeouts.collect_grace, settings.pair());
    let report = ready.report().clone();
    let photos = spawn_blocking(move || {
        let (ready, id) = binding::settle(ready, &uploads, &pair)?;
        let swept = collect::sweep_incoming(&uploads, started, grace).map_err(Failure::uploads)?;
        tracing::info!(swept, "removed incomplete uploads");
        Photos::open(ready, uploads, &id, limits, busy).map_err(Failure::Open)
    })
    .await??;
    match photos.restore_hashes().await {
        Ok(0) => {}
        Ok(restored) => tracing::info!(restored, "restored content hashes of photos"),
        Err(error) => tracing::warn!(cause = %Causes(&error), "cannot restore content hashes of photos"),
    }
    photos.jobs().start().await.map_err(Failure::user)?;
    let people = People::new(photos.store().clone(), settings.people);
    let code = people.invite().await.map_err(Failure::user)?;
    let admin = Admin::new(photos.store().clone(), &settings.database, report);
    front.open(Router::new(photos.clone(), people, admin, Hosts::new(&settings.hosts))?);
    if let Some(code) = code {
        console::say(format_args!("there is no account yet; the code for the first one is {code}"));
    }
    tokio::spawn(collect_for_ever(photos, grace));
    Ok(())
}

async fn collect_for_ever(photos: Photos, grace: Duration) {
    loop {
        if let Err(error) = photos.collect(grace).await {
            tracing::warn!(cause = %Causes(&error), "cannot search for files without a photo");
        }
        tokio::time::sleep(COLLECTION).await;
    }
}
