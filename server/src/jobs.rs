//! Runs the background jobs in the database, which make thumbnails and read the metadata of old
//! photos.
//!
//! A job that fails is retried a few times, with pauses. Nothing ends the workers: a panic counts
//! as a failed attempt. Several processes may work on the jobs of one database. A job belongs to
//! its latest attempt, which extends the job's lease for as long as it runs. If the process ends,
//! the lease expires. The changes of jobs are not synced, because a job that a power failure undoes
//! runs again.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::error::{Causes, Error};
use crate::settings::Limits;
use crate::store::{Begun, Store, Task, ThumbnailState, stamp};
use crate::uploads::folder::Opened;
use crate::uploads::image::inspect;
use crate::uploads::thumbnail::Source;
use crate::uploads::{ContentHash, Kind, Uploads};

/// The number of jobs that run at once.
const WORKERS: usize = 2;

/// The number of pixels that are decoded at once. A larger photo is decoded alone.
const PIXELS: u32 = 64_000_000;

/// The maximum time between two searches for jobs. Other processes may add jobs without waking this
/// one.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The interval at which the lease of a running job is extended. A lease is three times as long.
const HOLD: Duration = Duration::from_secs(3);

/// The time to wait after a failure to read the database.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The jobs, shared between the workers and the code that adds jobs.
#[derive(Debug, Clone)]
pub(crate) struct Jobs {
    store: Store,
    uploads: Uploads,
    limits: Limits,
    added: Arc<Notify>,
    pixels: Arc<Semaphore>,
    /// The thumbnails that are being made for this server only.
    making: Arc<Mutex<HashSet<ContentHash>>>,
    here: Arc<Semaphore>,
}

impl Jobs {
    /// Creates the jobs for a database and its folder.
    pub(crate) fn new(store: Store, uploads: Uploads, limits: Limits) -> Self {
        let pixels = Semaphore::new(PIXELS.try_into().unwrap_or(Semaphore::MAX_PERMITS));
        Self {
            store,
            uploads,
            limits,
            added: Arc::default(),
            pixels: Arc::new(pixels),
            making: Arc::default(),
            here: Arc::new(Semaphore::new(WORKERS)),
        }
    }

    /// Wakes a worker, because a job was added.
    pub(crate) fn added(&self) {
        self.added.notify_one();
    }

    /// Adds jobs for old photos, and starts the workers.
    pub(crate) async fn start(&self) -> Result<(), Error> {
        let now = stamp::now();
        let added = self.store.write(move |mut writer| Ok(writer.add_missing_jobs(now)?)).await?;
        if added > 0 {
            tracing::info!(photos = added, "added jobs for photos that had none");
        }
        for _ in 0..WORKERS {
            let jobs = self.clone();
            tokio::spawn(async move { jobs.work_for_ever().await });
        }
        Ok(())
    }

    async fn work_for_ever(&self) {
        loop {
            match self.work_once().await {
                Ok(true) => {}
                Ok(false) => self.wait().await,
                Err(error) => {
                    tracing::warn!(cause = %Causes(&error), "cannot work on the jobs");
                    sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Waits until a job is added or due.
    async fn wait(&self) {
        let next = self.store.read(|reader| Ok(reader.next_job()?)).await.ok().flatten();
        let until =
            next.map(|next| next.duration_since(stamp::now()).max(SignedDuration::ZERO).unsigned_abs());
        let longest = until.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        // Continue at the timeout, too.
        let _ = timeout(longest, self.added.notified()).await;
    }

    /// Runs the next job. Returns `false` if none is due.
    async fn work_once(&self) -> Result<bool, Error> {
        let now = stamp::now();
        let is_due =
            self.store.read(move |reader| Ok(reader.next_job()?.is_some_and(|next| next <= now))).await?;
        if !is_due {
            return Ok(false);
        }
        let Some(job) = self.store.write_unsynced(move |mut writer| Ok(writer.begin_job(now)?)).await? else {
            return Ok(false);
        };
        // Another worker may take the next job in the meantime.
        self.added();
        let done = if job.is_exhausted() { Err(Error::Panic) } else { self.run_held(&job).await };
        self.store
            .write_unsynced(move |mut writer| {
                match done {
                    Ok(state) => writer.end_job(&job, state)?,
                    Err(error) => {
                        let cause = Causes(&error).to_string();
                        tracing::warn!(photo = job.photo, cause, "a background job failed");
                        match error {
                            // The job is not to blame.
                            Error::Bucket(error) if error.is_temporary() => {
                                writer.postpone_job(&job, &cause, stamp::now())?;
                            }
                            _ => writer.fail_job(&job, &cause, stamp::now())?,
                        }
                    }
                }
                Ok(())
            })
            .await?;
        Ok(true)
    }

    /// Runs a job, and extends its lease while it runs. If the lease is lost, ignores the result of
    /// this attempt, because another process may have begun the job.
    async fn run_held(&self, job: &Begun) -> Result<Option<ThumbnailState>, Error> {
        let mut running = pin!(self.run(job));
        loop {
            if let Ok(done) = timeout(HOLD, &mut running).await {
                return done;
            }
            let held = job.clone();
            match self.store.write_unsynced(move |mut writer| Ok(writer.hold_job(&held, stamp::now())?)).await
            {
                Ok(true) => {}
                Ok(false) => return Err(Error::JobTaken),
                Err(error) => {
                    tracing::warn!(cause = %Causes(&error), "cannot extend the lease of a background job");
                }
            }
        }
    }

    /// Runs a job. Returns the new state of the thumbnails, or `None` if the job did not change it.
    async fn run(&self, job: &Begun) -> Result<Option<ThumbnailState>, Error> {
        let Some(hash) = job.hash.clone() else { return Ok(None) };
        match job.task {
            Task::Metadata => self.read_metadata(job.photo.clone(), hash).await.map(|()| None),
            Task::Thumbnails => self.make_thumbnails(hash).await.map(Some),
        }
    }

    /// Makes thumbnails that another server made in a folder of its own. Does nothing if they are being
    /// made, or if many others are.
    pub(crate) fn make_here(&self, hash: ContentHash) {
        let Ok(permit) = Arc::clone(&self.here).try_acquire_owned() else { return };
        if !self.making().insert(hash.clone()) {
            return;
        }
        let jobs = self.clone();
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = jobs.make_thumbnails(hash.clone()).await {
                tracing::warn!(cause = %Causes(&error), "cannot make thumbnails that another server has");
            }
            jobs.making().remove(&hash);
        });
    }

    fn making(&self) -> MutexGuard<'_, HashSet<ContentHash>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_metadata(&self, photo: String, hash: ContentHash) -> Result<(), Error> {
        let (uploads, limits) = (self.uploads.clone(), self.limits);
        let found = spawn_blocking(move || {
            let (kind, opened) = original(&uploads, &hash)?;
            inspect(&opened.file, kind, limits)
        })
        .await??;
        self.store.write_unsynced(move |mut writer| Ok(writer.add_metadata(&photo, &found)?)).await
    }

    async fn make_thumbnails(&self, hash: ContentHash) -> Result<ThumbnailState, Error> {
        let (uploads, limits, wanted) = (self.uploads.clone(), self.limits, hash.clone());
        let source = spawn_blocking(move || {
            let (kind, opened) = original(&uploads, &wanted)?;
            Source::inspect(opened, kind, limits)
        });
        let Some(source) = source.await?? else { return Ok(ThumbnailState::None) };
        let pixels = u32::try_from(source.pixels()).unwrap_or(PIXELS).min(PIXELS);
        let permit = Arc::clone(&self.pixels).acquire_many_owned(pixels).await.map_err(|_| Error::Busy)?;
        let uploads = self.uploads.clone();
        let made = spawn_blocking(move || {
            let _permit = permit;
            source.make(&uploads)
        })
        .await??;
        let uploads = self.uploads.clone();
        self.store
            .read(move |reader| {
                let naming = uploads.naming()?;
                // The photo and its files may have been deleted in the meantime.
                if reader.names(&hash)? {
                    made.settle(&uploads, &naming, &hash)?;
                }
                Ok(ThumbnailState::Ready)
            })
            .await
    }
}

/// Opens the original with this hash.
fn original(uploads: &Uploads, hash: &ContentHash) -> Result<(Kind, Opened), Error> {
    for kind in Kind::ALL {
        if let Some(opened) = uploads.open_original(&hash.place(kind))? {
            return Ok((kind, opened));
        }
    }
    Err(Error::NoOriginal)
}
