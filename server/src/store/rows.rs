//! The models that can be read from SQLite and PostgreSQL: their fields in the order of their
//! columns.
//!
//! The rows of both databases are read in the same way. [`Table::from_row`] reads only those of
//! SQLite.

use aludel::Table;

use crate::models::{Photo, Token, User, Version};

use super::connection::Row;
use super::error::DatabaseError;

/// A model that is read from any database.
pub(super) trait Model: Table {
    /// Reads a row of [`Table::SELECT`], each column by its place.
    fn from_columns(row: Row<'_>) -> Result<Self, DatabaseError>;
}

macro_rules! models {
    ($($model:ident { $($field:ident),* $(,)? })*) => {
        $(impl Model for $model {
            fn from_columns(row: Row<'_>) -> Result<Self, DatabaseError> {
                let mut places = 0..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Self { $($field: row.get(next())?),* })
            }
        })*

        #[cfg(test)]
        const FIELDS: &[(&[&str], &[&str])] =
            &[$((<$model as Table>::COLUMNS, &[$(stringify!($field)),*])),*];
    };
}

models! {
    User {
        id, username, email, hashed_password, name, is_active, is_superuser, date_joined, last_login,
    }
    Token { id, user_id, kind, name, hash, created_at, expires_at, last_used_at }
    Photo {
        uuid, master_fingerprint, original_filename, date, date_offset, description, title, keywords,
        labels, albums, persons, faces, favorite, hidden, isphoto, ismovie, burst, live_photo, portrait,
        screenshot, slow_mo, time_lapse, hdr, selfie, panorama, intrash, deleted_at, latitude, longitude,
        camera, uti, date_modified, place, exif, score, search_info, fields, height, width, size,
        orientation, s3_key_path, s3_thumbnail_path, s3_edited_path, s3_original_path, s3_live_path,
        library, filename, file_path, content_type, file_size, uploaded_at, owner_id, library_id, sha256,
        thumbnail_state,
    }
    Version { id, photo_uuid, version, s3_path, filename, width, height, size, r#type }
}

#[cfg(test)]
mod tests {
    use super::FIELDS;

    #[test]
    fn fields_are_in_the_order_of_their_columns() {
        let plain = |name: &str| name.trim_start_matches("r#").replace('_', "").to_lowercase();
        for (columns, fields) in FIELDS {
            let columns: Vec<String> = columns.iter().map(|name| plain(name)).collect();
            let fields: Vec<String> = fields.iter().map(|name| plain(name)).collect();
            assert_eq!(fields, columns);
        }
    }
}
