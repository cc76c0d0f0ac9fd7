//! The order of things: classify the database, listen, migrate, serve, stop.
//!
//! A database that is ahead, diverged or unversioned is never listened for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aludel::{At, Database, Interrupt, Migrator, Progress, Report, Status};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::console;
use crate::error::Causes;
use crate::failure::Failure;
use crate::front::Front;
use crate::listener::{self, Drained};
use crate::migrations::{CHAIN, Head, ThisChain};
use crate::photos::Photos;
use crate::readiness::{Readiness, Stage};
use crate::router::Router;
use crate::settings::{Mode, Settings};
use crate::signals::{Signal, Stop};
use crate::uploads::{Uploads, collect};

/// How long a piece of work that blocks may outlive the server; whatever it does survives a kill.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Files that nothing names are looked for this often.
const COLLECTION: Duration = Duration::from_hours(1);

/// Does what the settings ask for. The number is the process's exit code.
pub(crate) fn run(settings: &Settings) -> Result<u8, Failure> {
    let started = SystemTime::now();
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(async {
        let stop = Stop::listen()?;
        let status = classify(settings, stop.clone()).await?;
        let pending = match &status {
            Status::Fresh => CHAIN.scripts.len(),
            Status::Behind { pending } => pending.len(),
            _ => 0,
        };
        match settings.mode() {
            Mode::Check => Ok(tell_status(&status)),
            Mode::ServeWithoutMigrating if status != Status::AtHead => Err(Failure::Pending { status }),
            Mode::MigrateOnly => migrate_only(settings, stop).await.map(|()| 0),
            Mode::Serve | Mode::ServeWithoutMigrating => {
                serve(settings, pending, started, stop).await.map(|()| 0)
            }
        }
    });
    runtime.shutdown_timeout(LAST_WORK);
    ended
}

/// Where the database is, without writing anything or making a file. A database that is ahead, diverged or unversioned is only an answer
/// for who merely checks.
async fn classify(settings: &Settings, stop: Stop) -> Result<Status, Failure> {
    let (database, is_check) = (settings.database.clone(), settings.mode() == Mode::Check);
    let migrator = CHAIN.migrator().lock_timeout(settings.lock_timeout);
    let classified = interruptible(migrator, stop, move |migrator| {
        database.read(|connection| {
            let status = migrator.status(connection)?;
            match connection {
                Some(connection) if !is_check => migrator.check(connection).map(|_| status),
                _ => Ok(status),
            }
        })
    });
    match classified.await? {
        Ended::Itself(status) => Ok(status),
        Ended::Interrupted(signal, _) => {
            Err(Failure::Interrupted { signal, when: "while looking at the database; nothing was changed" })
        }
    }
}

/// Says where the database is, and which scripts would run; answers the exit code that says the same.
fn tell_status(status: &Status) -> u8 {
    console::say(status);
    tell_pending(status);
    status.exit_code()
}

/// Says which scripts would run, one a line.
fn tell_pending(status: &Status) {
    let is_pending = |id: &str| match status {
        Status::Fresh => true,
        Status::Behind { pending } => pending.iter().any(|revision| revision == id),
        _ => false,
    };
    for script in CHAIN.scripts.iter().filter(|script| is_pending(&script.id)) {
        console::say(format_args!("would run the upgrade of {}, {}", script.id, script.message));
    }
}

async fn migrate_only(settings: &Settings, stop: Stop) -> Result<(), Failure> {
    let migrator = CHAIN.migrator().lock_timeout(settings.lock_timeout);
    let ready = migrate(settings.database.clone(), migrator, stop).await?;
    console::say(ready.report());
    Ok(())
}

/// Brings the database to the head; a signal meanwhile takes it back to where it was.
async fn migrate(
    database: Database,
    migrator: Migrator<'static, ThisChain>,
    stop: Stop,
) -> Result<At<Head>, Failure> {
    let migrated =
        interruptible(migrator, stop, move |migrator| migrator.upgrade_to::<Head>(database.open()?));
    let (signal, when) = match migrated.await? {
        Ended::Itself(ready) => return Ok(ready),
        Ended::Interrupted(signal, None) => (signal, "while migrating, and rolled back"),
        // It was done before it could be interrupted; the process was asked to stop all the same.
        Ended::Interrupted(signal, Some(_)) => (signal, "when the database had just reached the head"),
    };
    Err(Failure::Interrupted { signal, when })
}

/// How work on the database ended.
enum Ended<T> {
    Itself(T),
    /// By a signal; with what it had done, if it was done before.
    Interrupted(Signal, Option<T>),
}

/// Works on the database where it may block, until it is done or the process is asked to stop.
async fn interruptible<T: Send + 'static>(
    migrator: Migrator<'static, ThisChain>,
    mut stop: Stop,
    work: impl FnOnce(&Migrator<'static, ThisChain>) -> Result<T, aludel::Error> + Send + 'static,
) -> Result<Ended<T>, Failure> {
    let interrupt = Interrupt::new();
    let migrator = migrator.interrupt(interrupt.clone());
    let mut work: JoinHandle<Result<T, aludel::Error>> = spawn_blocking(move || work(&migrator));
    let signal = tokio::select! {
        ended = &mut work => return Ok(Ended::Itself(ended??)),
        signal = stop.asked() => signal,
    };
    interrupt.trigger();
    match work.await? {
        Ok(done) => Ok(Ended::Interrupted(signal, Some(done))),
        Err(error) if matches!(error.exit_code(), 130 | 143) => Ok(Ended::Interrupted(signal, None)),
        Err(error) => Err(error.into()),
    }
}

async fn serve(settings: &Settings, pending: usize, started: SystemTime, stop: Stop) -> Result<(), Failure> {
    let uploads = Uploads::open(&settings.uploads).map_err(uploads_failed)?;
    let (listener, address) = listen(settings.bind).await?;
    console::say(format_args!("listening on http://{address}"));
    let front = Arc::new(Front::new(Readiness::migrating(pending), settings.timeouts));
    let served = tokio::spawn(listener::serve(
        listener,
        Arc::clone(&front),
        settings.limits,
        settings.timeouts,
        stop.clone(),
    ));
    let told = Arc::clone(&front);
    let migrator = CHAIN.migrator().lock_timeout(settings.lock_timeout).on_progress(move |progress| {
        tell(progress);
        told.readiness().reach(Stage::Migrating {
            done: progress.done,
            total: progress.total,
            revision: progress.revision.to_owned(),
        });
    });
    let ready = if settings.mode() == Mode::ServeWithoutMigrating {
        let database = settings.database.clone();
        spawn_blocking(move || migrator.at::<Head>(database.open()?)).await??
    } else {
        migrate(settings.database.clone(), migrator, stop).await?
    };
    tell_report(ready.report());
    open(settings, &front, ready, uploads, started).await?;
    match served.await? {
        Drained::Cleanly => Ok(()),
        Drained::Cut => Err(Failure::Cut),
    }
}

/// The script that runs now; after the last one there is none.
fn tell(progress: &Progress<'_>) {
    let Progress { done, total, revision, message, .. } = *progress;
    if !revision.is_empty() {
        tracing::info!(revision, script = message, done, total, "migrating");
    }
}

/// What was done, one line in the log for each thing that a person may have to look into.
fn tell_report(report: &Report) {
    for ran in report.ran.iter().filter(|ran| !ran.lost.is_empty()) {
        let (revision, lost) = (&ran.revision, ran.lost.join(", "));
        tracing::warn!(revision, lost, "lost for good, as the script declares");
    }
    for violation in &report.old_violations {
        tracing::warn!(%violation, "a foreign key violation from before this run");
    }
    let (current, ran) = (report.current.join(", "), report.ran.len());
    tracing::info!(current, ran, "the database is at the head");
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |source| Failure::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Opens the way to the photos, and starts to tidy up behind processes that died.
async fn open(
    settings: &Settings,
    front: &Front,
    ready: At<Head>,
    uploads: Uploads,
    started: SystemTime,
) -> Result<(), Failure> {
    let (limits, busy) = (settings.limits, settings.timeouts.busy);
    let grace = settings.timeouts.collect_grace;
    let photos = spawn_blocking(move || {
        let swept = collect::sweep_incoming(&uploads, started, grace).map_err(uploads_failed)?;
        tracing::info!(swept, "swept files that never came in whole");
        Photos::open(ready, uploads, limits, busy).map_err(Failure::Open)
    })
    .await??;
    front.open(Router::new(photos.clone())?);
    tokio::spawn(collect_for_ever(photos, grace));
    Ok(())
}

async fn collect_for_ever(photos: Photos, grace: Duration) {
    loop {
        match photos.collect(grace).await {
            Ok(collected) => tracing::info!(collected, "collected files that no photo names"),
            Err(error) => tracing::warn!(cause = %Causes(&error), "cannot collect files"),
        }
        tokio::time::sleep(COLLECTION).await;
    }
}

fn uploads_failed(error: crate::error::Error) -> Failure {
    Failure::Uploads(Box::new(error))
}
