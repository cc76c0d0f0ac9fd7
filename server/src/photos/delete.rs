//! Deletes a photo: `DELETE /api/photos/{uuid}/`.

use hyper::StatusCode;
use serde_json::json;

use crate::actor::Actor;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::store::{Original, Reader};
use crate::uploads::{Kind, Naming, Uploads, place_of_row};

use super::Photos;
use super::conditions::Conditions;
use super::original::validators;

impl Photos {
    /// Deletes the rows, then the file if no other photo uses it.
    pub(crate) async fn delete(
        &self,
        actor: Actor,
        uuid: String,
        conditions: Conditions,
    ) -> Result<Answer, Error> {
        let uploads = self.uploads.clone();
        self.store
            .write(move |mut writer| {
                let naming = uploads.naming()?;
                let original = writer.reader().original_of(actor, &uuid)?.ok_or(Error::NoPhoto)?;
                conditions.allow_change(Some(&validators(&original)))?;
                writer.delete(actor, &uuid)?;
                // The photo is deleted even if its file cannot be. A leftover file is collected
                // later.
                if let Err(error) = clean_up(&uploads, &naming, writer.reader(), &original) {
                    tracing::warn!(uuid, %error, "cannot remove the file of a deleted photo");
                }
                Ok(())
            })
            .await?;
        answer::json(StatusCode::OK, &json!({ "message": "Photo deleted successfully" }))
    }
}

fn clean_up(
    uploads: &Uploads,
    naming: &Naming,
    reader: Reader<'_>,
    original: &Original,
) -> Result<(), Error> {
    if let Some(hash) = &original.hash {
        if !reader.names(hash)? {
            for kind in Kind::ALL {
                uploads.remove(naming, &hash.place(kind))?;
            }
        }
    } else if let Some(file_path) = &original.file_path
        && let Some(place) = place_of_row(file_path)
        && !reader.names_path(file_path)?
    {
        uploads.remove(naming, place)?;
    }
    Ok(())
}
