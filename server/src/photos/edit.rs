//! Changes a photo: `PATCH /api/photos/{uuid}/`.

use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::Value;

use crate::actor::Actor;
use crate::answer::Answer;
use crate::body::Upload;
use crate::error::Error;
use crate::json::{self, Change};
use crate::store::{Changes, stamp};

use super::Photos;

/// The maximum length of a title or description, in characters.
const LONGEST_TEXT: usize = 10_000;

/// The maximum number of keywords, and the maximum length of a keyword, in characters.
const MOST_KEYWORDS: usize = 200;
const LONGEST_KEYWORD: usize = 200;

/// New values from a client. Other fields are ignored, because old clients send all fields.
#[derive(Debug, Deserialize)]
struct Edit {
    #[serde(default)]
    title: Change<String>,
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    keywords: Change<Vec<String>>,
    favorite: Option<bool>,
    date: Option<DateTime>,
}

impl Edit {
    fn into_changes(self) -> Result<Changes, Error> {
        let Self { title, description, keywords, favorite, date } = self;
        let is_long =
            |text: &Change<String>| text.value().is_some_and(|text| text.chars().count() > LONGEST_TEXT);
        if is_long(&title) || is_long(&description) {
            return Err(Error::Input("text of at most 10000 characters"));
        }
        let are_long = |keywords: &Vec<String>| {
            keywords.len() > MOST_KEYWORDS
                || keywords.iter().any(|keyword| keyword.chars().count() > LONGEST_KEYWORD)
        };
        if keywords.value().is_some_and(are_long) {
            return Err(Error::Input("at most 200 keywords of at most 200 characters"));
        }
        let keywords = keywords.map(|keywords| Value::from(keywords).to_string());
        Ok(Changes { title, description, keywords, favorite, date: date.map(stamp::text) })
    }
}

impl Photos {
    /// Changes a photo, and returns its data.
    pub(crate) async fn edit(&self, actor: Actor, uuid: String, body: Upload) -> Result<Answer, Error> {
        let edit: Edit = json::read(
            body,
            "a JSON object with any of `title`, `description`, `keywords`, `favorite` and `date`",
        )
        .await?;
        let (changes, now, target) = (edit.into_changes()?, stamp::text(stamp::now()), uuid.clone());
        if !self.store.write(move |mut writer| Ok(writer.change(actor, &target, changes, now)?)).await? {
            return Err(Error::NoPhoto);
        }
        self.changed(actor, uuid).await
    }
}
