//! Background jobs. They are stored in the database, so they survive a restart.

use aludel::rusqlite::params;
use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::actor::Actor;
use crate::models::Job;
use crate::uploads::ContentHash;
use crate::uploads::image::Inspected;

use super::connection::Connection;
use super::error::DatabaseError;
use super::read::Reader;
use super::stamp;
use super::value::{Json, Stamp};
use super::write::Writer;

/// The number of attempts before a job counts as failed.
const ATTEMPTS: i64 = 5;

/// The pause of a job whose original cannot be read at the moment, in seconds.
const POSTPONED: i64 = 30;

/// The length of the lease of a job, in seconds.
const LEASE: i64 = 10;

/// The kind of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Read the metadata of a photo that was uploaded by a version that did not read it.
    Metadata,
    /// Make the thumbnails of a photo.
    Thumbnails,
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Thumbnails => "thumbnails",
        }
    }
}

/// The state of a photo's thumbnails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThumbnailState {
    /// They will be made in the background.
    Pending,
    /// They exist.
    Ready,
    /// They could not be made.
    Failed,
    /// The photo has none.
    None,
}

impl ThumbnailState {
    /// Returns the name that rows and JSON contain.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::None => "none",
        }
    }
}

/// A job that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    id: i64,
    attempts: i64,
    /// The kind of the job.
    pub(crate) task: Task,
    /// The id of the photo.
    pub(crate) photo: String,
    /// The hash of the photo's content, or `None` if the photo or its hash is missing.
    pub(crate) hash: Option<ContentHash>,
}

impl Begun {
    /// Returns `true` if the job was begun too often. Each attempt may have crashed its process
    /// without being recorded as failed.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.attempts > ATTEMPTS
    }
}

/// The numbers of pending and failed jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct JobCounts {
    pending: i64,
    failed: i64,
}

impl Reader<'_> {
    /// Returns the time when the next job is due, or `None` if there is no job.
    pub(crate) fn next_job(self) -> Result<Option<DateTime>, DatabaseError> {
        let sql = "SELECT min(run_at) FROM jobs WHERE failed_at IS NULL";
        let next: Option<Stamp> = self.connection().value(sql, &[])?;
        Ok(next.and_then(|next| stamp::parse(&next.0)))
    }

    /// Returns `true` if there are photos that were stored before jobs existed.
    fn lacks_jobs(self) -> Result<bool, DatabaseError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM photos WHERE thumbnail_state IS NULL AND sha256 IS NOT NULL)";
        self.connection().value(sql, &[])
    }

    /// Returns `true` if a server made the thumbnails of this content.
    pub(crate) fn has_thumbnails(self, hash: &ContentHash) -> Result<bool, DatabaseError> {
        self.connection().value(
            "SELECT EXISTS (SELECT 1 FROM photos WHERE sha256 = ?1 AND thumbnail_state = ?2)",
            params![hash.as_str(), ThumbnailState::Ready.name()],
        )
    }

    /// Counts the jobs for the user's photos.
    pub(crate) fn job_counts(self, actor: Actor) -> Result<JobCounts, DatabaseError> {
        let sql =
            "SELECT count(*) FILTER (WHERE failed_at IS NULL), count(*) FILTER (WHERE failed_at IS NOT NULL)
                   FROM jobs JOIN photos ON photos.uuid = jobs.photo_uuid WHERE photos.owner_id = ?1";
        let counts = self.connection().query_row(sql, params![actor.user], |row| {
            Ok(JobCounts { pending: row.get(0)?, failed: row.get(1)? })
        })?;
        Ok(counts.unwrap_or_default())
    }
}

impl Writer<'_> {
    /// Begins the next job that is due, with a lease. Returns `None` if no job is due. No other
    /// process begins the job before the lease expires. [`Self::hold_job`] extends the lease while
    /// the job runs.
    ///
    /// If a job crashes its process, it is therefore retried later, but only a few times.
    pub(crate) fn begin_job(&mut self, now: DateTime) -> Result<Option<Begun>, DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        let sql = format!(
            "SELECT id, attempts + 1, kind, photo_uuid, sha256 FROM jobs
             LEFT JOIN photos ON photos.uuid = jobs.photo_uuid
             WHERE failed_at IS NULL AND run_at <= ?1 ORDER BY run_at, id LIMIT 1 {}",
            // Other servers can begin other jobs in the meantime.
            connection.choose("", "FOR UPDATE OF jobs SKIP LOCKED"),
        );
        let begun = connection.query_row(&sql, params![stamp::text(now)], |row| {
            let (kind, hash): (String, Option<String>) = (row.get(2)?, row.get(4)?);
            Ok(Begun {
                id: row.get(0)?,
                attempts: row.get(1)?,
                task: if kind == Task::Metadata.name() { Task::Metadata } else { Task::Thumbnails },
                photo: row.get(3)?,
                hash: hash.as_deref().and_then(ContentHash::parse),
            })
        })?;
        if let Some(Begun { id, attempts, .. }) = &begun {
            connection.execute(
                "UPDATE jobs SET attempts = ?2, run_at = ?3 WHERE id = ?1",
                params![id, attempts, stamp::text(after(LEASE, now))],
            )?;
        }
        transaction.commit()?;
        Ok(begun)
    }

    /// Extends the lease of a running job. Returns `false` if this attempt is not the latest one,
    /// or if the job no longer exists.
    pub(crate) fn hold_job(&mut self, job: &Begun, now: DateTime) -> Result<bool, DatabaseError> {
        let held = self.connection().execute(
            "UPDATE jobs SET run_at = ?3 WHERE id = ?1 AND attempts = ?2",
            params![job.id, job.attempts, stamp::text(after(LEASE, now))],
        )?;
        Ok(held > 0)
    }

    /// Ends a job, and records the thumbnail state for every photo with the same content. Does
    /// nothing if another attempt has begun.
    pub(crate) fn end_job(
        &mut self,
        job: &Begun,
        state: Option<ThumbnailState>,
    ) -> Result<(), DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        let sql = "DELETE FROM jobs WHERE id = ?1 AND attempts = ?2";
        let ended = connection.execute(sql, params![job.id, job.attempts])?;
        if let (1, Some(state), Some(hash)) = (ended, state, &job.hash) {
            set_state(connection, hash, state)?;
        }
        transaction.commit()
    }

    /// Records that an attempt failed. The pause before each retry is longer than the one before.
    /// After the last attempt, the job is kept as failed. Does nothing if another attempt has
    /// begun.
    pub(crate) fn fail_job(&mut self, job: &Begun, error: &str, now: DateTime) -> Result<(), DatabaseError> {
        let transaction = self.transaction()?;
        let pause = (job.attempts * job.attempts).saturating_mul(10);
        let failed_at = (job.attempts >= ATTEMPTS).then(|| stamp::text(now));
        let connection = transaction.connection();
        let noted = connection.execute(
            "UPDATE jobs SET error = ?3, failed_at = ?4, run_at = ?5 WHERE id = ?1 AND attempts = ?2",
            params![job.id, job.attempts, error, failed_at, stamp::text(after(pause, now))],
        )?;
        if let (1, Some(_), Task::Thumbnails, Some(hash)) = (noted, &failed_at, job.task, &job.hash) {
            set_state(connection, hash, ThumbnailState::Failed)?;
        }
        transaction.commit()
    }

    /// Records that an attempt could not be made, which does not count as an attempt. Does nothing if
    /// another attempt has begun.
    pub(crate) fn postpone_job(
        &mut self,
        job: &Begun,
        error: &str,
        now: DateTime,
    ) -> Result<(), DatabaseError> {
        self.connection().execute(
            "UPDATE jobs SET error = ?3, attempts = attempts - 1, run_at = ?4 WHERE id = ?1 AND attempts = ?2",
            params![job.id, job.attempts, error, stamp::text(after(POSTPONED, now))],
        )?;
        Ok(())
    }

    /// Adds jobs for photos that were stored before jobs existed. Returns their number.
    pub(crate) fn add_missing_jobs(&mut self, now: DateTime) -> Result<usize, DatabaseError> {
        if !self.reader().lacks_jobs()? {
            return Ok(0);
        }
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        for task in [Task::Metadata, Task::Thumbnails] {
            connection.execute(
                "INSERT INTO jobs (photo_uuid, kind, attempts, run_at)
                 SELECT uuid, ?1, 0, ?2 FROM photos WHERE thumbnail_state IS NULL AND sha256 IS NOT NULL
                 ON CONFLICT DO NOTHING",
                params![task.name(), stamp::text(now)],
            )?;
        }
        let added = connection.execute(
            "UPDATE photos SET thumbnail_state = ?1 WHERE thumbnail_state IS NULL AND sha256 IS NOT NULL",
            params![ThumbnailState::Pending.name()],
        )?;
        transaction.commit()?;
        Ok(added)
    }

    /// Adds a job that makes missing thumbnails. Returns `false` if they cannot be made.
    pub(crate) fn remake_thumbnails(&mut self, uuid: &str, now: DateTime) -> Result<bool, DatabaseError> {
        let transaction = self.transaction()?;
        let connection = transaction.connection();
        let is_possible = connection.execute(
            "UPDATE photos SET thumbnail_state = ?2 WHERE uuid = ?1 AND sha256 IS NOT NULL
             AND coalesce(thumbnail_state, '') NOT IN (?3, ?4)",
            params![
                uuid,
                ThumbnailState::Pending.name(),
                ThumbnailState::Failed.name(),
                ThumbnailState::None.name(),
            ],
        )? > 0;
        if is_possible {
            add_job(connection, uuid, Task::Thumbnails, now)?;
        }
        transaction.commit()?;
        Ok(is_possible)
    }

    /// Adds the metadata to the row of a photo. Keeps values that a user or another program
    /// entered.
    pub(crate) fn add_metadata(&mut self, uuid: &str, found: &Inspected) -> Result<(), DatabaseError> {
        let Inspected { dimensions, metadata } = found;
        let (latitude, longitude) = metadata.position.unzip();
        self.connection().execute(
            "UPDATE photos SET
                 date = CASE WHEN date = uploaded_at THEN coalesce(?2, date) ELSE date END,
                 date_offset = coalesce(date_offset, ?3), camera = coalesce(camera, ?4),
                 latitude = coalesce(latitude, ?5), longitude = coalesce(longitude, ?6),
                 orientation = coalesce(orientation, ?7), exif = coalesce(exif, ?8),
                 width = ?9, height = ?10, isphoto = TRUE
             WHERE uuid = ?1",
            params![
                uuid,
                metadata.taken.map(stamp::text),
                metadata.offset,
                metadata.camera,
                latitude,
                longitude,
                metadata.orientation,
                metadata.details.clone().map(Json),
                dimensions.width,
                dimensions.height,
            ],
        )?;
        Ok(())
    }
}

/// Adds a job, unless it already exists.
pub(super) fn add_job(
    connection: Connection<'_>,
    uuid: &str,
    task: Task,
    now: DateTime,
) -> Result<(), DatabaseError> {
    let job = Job {
        id: None,
        photo_uuid: uuid.to_owned(),
        kind: task.name().to_owned(),
        attempts: 0,
        run_at: Stamp(stamp::text(now)),
        failed_at: None,
        error: None,
    };
    connection.insert(&job, "ON CONFLICT DO NOTHING")?;
    Ok(())
}

fn after(seconds: i64, now: DateTime) -> DateTime {
    now.checked_add(seconds.seconds()).unwrap_or(now)
}

fn set_state(
    connection: Connection<'_>,
    hash: &ContentHash,
    state: ThumbnailState,
) -> Result<(), DatabaseError> {
    let sql = "UPDATE photos SET thumbnail_state = ?2 WHERE sha256 = ?1";
    connection.execute(sql, params![hash.as_str(), state.name()])?;
    Ok(())
}
