//! The quick check at program startup: whether the database is already at a place.

use aludel_core::chain::history_table;
use aludel_core::script::postgres::quoted;
use postgres::Client;
use postgres::error::SqlState;

use super::interruption::cancelling;
use super::runner::Runner;
use crate::Error;
use crate::plans::is_state_of;

impl Runner<'_> {
    /// Returns `true` if the version rows and the state match the place.
    ///
    /// Runs one statement, in one round trip. Returns `false` in any unusual case, such as a
    /// missing table. The full check then handles it.
    pub(super) fn is_at(&self, client: &mut Client, place: &[&str]) -> Result<bool, Error> {
        if self.chain.dialect != aludel_core::script::Dialect::Postgresql {
            return Ok(false);
        }
        let schema = self.schema.as_deref().map(|schema| format!("{}.", quoted(schema))).unwrap_or_default();
        let (version, history) = (&*self.chain.version_table, history_table(&self.chain.version_table));
        let sql = format!(
            "SELECT version_num::text AS version, NULL::text AS state FROM {schema}{} UNION ALL \
             SELECT NULL, state::text FROM (SELECT state FROM {schema}{} ORDER BY id DESC LIMIT 1) AS newest",
            quoted(version),
            quoted(&history)
        );
        // Without parameters, the driver needs no second round trip to prepare the statement.
        let messages = match cancelling(self, client, |client| client.simple_query(&sql)) {
            Ok(messages) => messages,
            Err(error) if error.code().is_some_and(is_of_the_tables) => return Ok(false),
            Err(source) => return Err(self.error("reading the version rows", source)),
        };
        let (mut rows, mut state) = (Vec::new(), None);
        for message in &messages {
            let postgres::SimpleQueryMessage::Row(row) = message else { continue };
            match (row.get(0), row.get(1)) {
                (Some(version), _) => rows.push(version.to_owned()),
                (None, found) => state = found.map(str::to_owned),
            }
        }
        rows.sort();
        Ok(rows.iter().map(String::as_str).eq(place.iter().copied())
            && state.is_some_and(|state| is_state_of(self.chain, place, &state)))
    }
}

/// Returns `true` if an error means that a table or column is missing or unreadable.
fn is_of_the_tables(code: &SqlState) -> bool {
    [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::WRONG_OBJECT_TYPE,
        SqlState::DATATYPE_MISMATCH,
        SqlState::INVALID_SCHEMA_NAME,
    ]
    .contains(code)
}
