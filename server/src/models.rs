//! PhotoSafe's tables at the head of its chain, one struct each. The structs describe the schema
//! that `migrations/` produces, and the rows that the store reads and writes.
//!
//! Types and constraints are those that PhotoSafe declared with Alembic, because its databases are
//! adopted unchanged.

#![expect(clippy::struct_field_names, reason = "columns keep PhotoSafe's names")]

use aludel::Table;
use serde::Serialize;

use crate::store::{Json, Stamp};

/// A user who may own photos.
#[derive(Debug, Clone, Table)]
#[table(name = "users")]
pub(crate) struct User {
    #[column(primary_key, not_null, index)]
    pub(crate) id: Option<i64>,
    #[column(sql_type = "VARCHAR", unique, index)]
    pub(crate) username: String,
    #[column(sql_type = "VARCHAR", unique, index)]
    pub(crate) email: String,
    #[column(sql_type = "VARCHAR")]
    pub(crate) hashed_password: String,
    #[column(sql_type = "VARCHAR")]
    pub(crate) name: Option<String>,
    pub(crate) is_active: Option<bool>,
    pub(crate) is_superuser: Option<bool>,
    #[column(sql_type = "DATETIME")]
    pub(crate) date_joined: Option<Stamp>,
    #[column(sql_type = "DATETIME")]
    pub(crate) last_login: Option<Stamp>,
}

/// A user's credential. Only the SHA-256 of its secret is stored.
#[derive(Debug, Clone, PartialEq, Table)]
#[table(name = "tokens", check("kind IN ('session', 'token')"))]
pub(crate) struct Token {
    #[column(primary_key)]
    pub(crate) id: Option<i64>,
    #[column(references = "users(id)", index)]
    pub(crate) user_id: i64,
    /// `session` for a browser, `token` for a program.
    pub(crate) kind: String,
    /// A name chosen by the user, or the name of the browser.
    pub(crate) name: String,
    #[column(unique)]
    pub(crate) hash: String,
    #[column(sql_type = "DATETIME")]
    pub(crate) created_at: Stamp,
    #[column(sql_type = "DATETIME")]
    pub(crate) expires_at: Stamp,
    #[column(sql_type = "DATETIME")]
    pub(crate) last_used_at: Option<Stamp>,
}

/// A collection that photos were imported from.
#[derive(Debug, Clone, Table)]
#[table(name = "libraries")]
pub(crate) struct Library {
    #[column(primary_key, not_null, index)]
    pub(crate) id: Option<i64>,
    #[column(sql_type = "VARCHAR")]
    pub(crate) name: String,
    pub(crate) path: Option<String>,
    pub(crate) description: Option<String>,
    #[column(sql_type = "DATETIME")]
    pub(crate) created_at: Option<Stamp>,
    #[column(sql_type = "DATETIME")]
    pub(crate) updated_at: Option<Stamp>,
    #[column(references = "users(id)")]
    pub(crate) owner_id: i64,
}

/// A photo as it is returned to clients. Its owner is not serialized.
#[derive(Debug, Clone, Default, PartialEq, Table, Serialize)]
#[table(
    name = "photos",
    foreign_key(name = "fk_photos_library_id", columns(library_id), references = "libraries(id)"),
    index(
        name = "ix_photos_library",
        columns("owner_id", "date DESC", "uuid", "hidden", "intrash", "file_size")
    ),
    index(name = "ix_photos_favorite", columns("owner_id", "date DESC", "uuid"), where = "favorite = 1"),
    index(
        name = "ix_photos_with_place",
        columns("owner_id", "date DESC", "uuid"),
        where = "latitude IS NOT NULL"
    ),
    index(columns("owner_id", "camera", "date DESC", "uuid"), where = "camera IS NOT NULL"),
    index(name = "ix_photos_intrash", columns("owner_id", "date DESC", "uuid"), where = "intrash = 1"),
    index(columns("owner_id", "original_filename")),
    index(columns("owner_id", "sha256", "original_filename"), unique)
)]
pub(crate) struct Photo {
    #[column(sql_type = "VARCHAR", primary_key)]
    pub(crate) uuid: String,
    #[column(name = "masterFingerprint")]
    #[serde(rename = "masterFingerprint")]
    pub(crate) master_fingerprint: Option<String>,
    pub(crate) original_filename: String,
    /// The time when the photo was taken, in local time.
    #[column(sql_type = "DATETIME")]
    pub(crate) date: Stamp,
    /// The offset of the local time from UTC, such as `+02:00`.
    pub(crate) date_offset: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) title: Option<String>,
    #[column(sql_type = "TEXT")]
    pub(crate) keywords: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) labels: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) albums: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) persons: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) faces: Option<Json>,
    pub(crate) favorite: Option<bool>,
    pub(crate) hidden: Option<bool>,
    pub(crate) isphoto: Option<bool>,
    pub(crate) ismovie: Option<bool>,
    pub(crate) burst: Option<bool>,
    pub(crate) live_photo: Option<bool>,
    pub(crate) portrait: Option<bool>,
    pub(crate) screenshot: Option<bool>,
    pub(crate) slow_mo: Option<bool>,
    pub(crate) time_lapse: Option<bool>,
    pub(crate) hdr: Option<bool>,
    pub(crate) selfie: Option<bool>,
    pub(crate) panorama: Option<bool>,
    pub(crate) intrash: Option<bool>,
    /// The time when the photo was moved to the trash.
    #[column(sql_type = "DATETIME")]
    pub(crate) deleted_at: Option<Stamp>,
    #[column(sql_type = "FLOAT")]
    pub(crate) latitude: Option<f64>,
    #[column(sql_type = "FLOAT")]
    pub(crate) longitude: Option<f64>,
    /// The camera's maker and model.
    pub(crate) camera: Option<String>,
    pub(crate) uti: Option<String>,
    #[column(sql_type = "DATETIME")]
    pub(crate) date_modified: Option<Stamp>,
    #[column(sql_type = "TEXT")]
    pub(crate) place: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) exif: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) score: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) search_info: Option<Json>,
    #[column(sql_type = "TEXT")]
    pub(crate) fields: Option<Json>,
    pub(crate) height: Option<i64>,
    pub(crate) width: Option<i64>,
    pub(crate) size: Option<i64>,
    pub(crate) orientation: Option<i64>,
    pub(crate) s3_key_path: Option<String>,
    pub(crate) s3_thumbnail_path: Option<String>,
    pub(crate) s3_edited_path: Option<String>,
    pub(crate) s3_original_path: Option<String>,
    pub(crate) s3_live_path: Option<String>,
    pub(crate) library: Option<String>,
    #[column(sql_type = "VARCHAR")]
    pub(crate) filename: Option<String>,
    #[column(sql_type = "VARCHAR")]
    pub(crate) file_path: Option<String>,
    #[column(sql_type = "VARCHAR")]
    pub(crate) content_type: Option<String>,
    pub(crate) file_size: Option<i64>,
    #[column(sql_type = "DATETIME")]
    pub(crate) uploaded_at: Option<Stamp>,
    #[column(references = "users(id)")]
    #[serde(skip)]
    pub(crate) owner_id: Option<i64>,
    #[column(index)]
    pub(crate) library_id: Option<i64>,
    #[column(index)]
    pub(crate) sha256: Option<String>,
    /// `pending`, `ready`, `failed`, or `none` for formats without thumbnails. Null in rows from
    /// before thumbnails existed.
    pub(crate) thumbnail_state: Option<String>,
}

/// Work on a photo that is done in the background. The row is deleted when the work is done.
#[derive(Debug, Clone, PartialEq, Table)]
#[table(
    name = "jobs",
    check("kind IN ('metadata', 'thumbnails')"),
    unique(photo_uuid, kind),
    index(columns(run_at), where = "failed_at IS NULL")
)]
pub(crate) struct Job {
    #[column(primary_key)]
    pub(crate) id: Option<i64>,
    #[column(references = "photos(uuid)", on_delete = "CASCADE")]
    pub(crate) photo_uuid: String,
    pub(crate) kind: String,
    /// The number of attempts that have begun.
    pub(crate) attempts: i64,
    /// The time of the next attempt. For a running job, the end of its lease.
    #[column(sql_type = "DATETIME")]
    pub(crate) run_at: Stamp,
    /// The time when the last attempt failed.
    #[column(sql_type = "DATETIME")]
    pub(crate) failed_at: Option<Stamp>,
    /// The error of the last attempt.
    pub(crate) error: Option<String>,
}

/// A collection of photos.
#[derive(Debug, Clone, Default, PartialEq, Table)]
#[table(name = "albums", index(columns(owner_id, title, uuid)))]
pub(crate) struct Album {
    #[column(sql_type = "VARCHAR", primary_key)]
    pub(crate) uuid: String,
    pub(crate) title: String,
    #[column(sql_type = "DATETIME")]
    pub(crate) creation_date: Option<Stamp>,
    #[column(sql_type = "DATETIME")]
    pub(crate) start_date: Option<Stamp>,
    #[column(sql_type = "DATETIME")]
    pub(crate) end_date: Option<Stamp>,
    pub(crate) description: Option<String>,
    #[column(references = "users(id)")]
    pub(crate) owner_id: Option<i64>,
    /// The photo that represents the album; by default, its first photo.
    #[column(sql_type = "VARCHAR", references = "photos(uuid)")]
    pub(crate) cover_uuid: Option<String>,
}

/// A photo in an album.
#[derive(Debug, Clone, Table)]
#[table(
    name = "album_photos",
    index(columns("album_uuid", "position")),
    index(columns("album_uuid", "photo_uuid"), unique)
)]
pub(crate) struct AlbumPhoto {
    #[column(sql_type = "VARCHAR", references = "albums(uuid)")]
    pub(crate) album_uuid: Option<String>,
    #[column(sql_type = "VARCHAR", references = "photos(uuid)", index)]
    pub(crate) photo_uuid: Option<String>,
    /// Photos are ordered by position, then by id.
    #[column(default = "0")]
    pub(crate) position: i64,
}

/// A link that lets people without an account view an album. Only the SHA-256 of its secret is
/// stored.
#[derive(Debug, Clone, PartialEq, Table)]
#[table(name = "shares")]
pub(crate) struct Share {
    #[column(primary_key)]
    pub(crate) id: Option<i64>,
    #[column(sql_type = "VARCHAR", references = "albums(uuid)", index)]
    pub(crate) album_uuid: String,
    #[column(unique)]
    pub(crate) hash: String,
    #[column(sql_type = "DATETIME")]
    pub(crate) created_at: Stamp,
    #[column(sql_type = "DATETIME")]
    pub(crate) expires_at: Stamp,
}

/// The row number of a photo in the `photo_search` full-text index, which triggers keep up to date.
#[derive(Debug, Clone, PartialEq, Table)]
#[table(name = "photo_search_rows")]
pub(crate) struct PhotoSearchRow {
    #[column(primary_key)]
    pub(crate) id: Option<i64>,
    #[column(sql_type = "VARCHAR", references = "photos(uuid)", unique)]
    pub(crate) photo_uuid: String,
}

/// The uploads folder that belongs to this database. The table has one row, and its id is also
/// stored in the folder.
#[derive(Debug, Clone, PartialEq, Table)]
#[table(name = "uploads_binding", check("slot = 1"))]
pub(crate) struct UploadsBinding {
    #[column(primary_key)]
    pub(crate) slot: i64,
    pub(crate) id: String,
    #[column(sql_type = "DATETIME")]
    pub(crate) bound_at: Stamp,
}

/// An additional version of a photo.
#[derive(Debug, Clone, PartialEq, Table, Serialize)]
#[table(name = "versions")]
pub(crate) struct Version {
    #[column(primary_key, not_null, index)]
    pub(crate) id: Option<i64>,
    #[column(sql_type = "VARCHAR", references = "photos(uuid)", index)]
    #[serde(skip)]
    pub(crate) photo_uuid: Option<String>,
    pub(crate) version: String,
    pub(crate) s3_path: String,
    pub(crate) filename: Option<String>,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
    pub(crate) size: Option<i64>,
    pub(crate) r#type: Option<String>,
}
