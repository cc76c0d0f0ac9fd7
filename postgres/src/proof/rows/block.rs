//! PL/pgSQL blocks that try statements on the server. One round trip can make many attempts, and an
//! error ends only the attempt that caused it.

use aludel_core::script::postgres::text_literal;
use postgres::{Client, SimpleQueryMessage};

/// The setting that returns the result of a block. It is local to the transaction.
const RESULT: &str = "aludel.result";

/// The number of milliseconds after which a block is canceled.
const PATIENCE: u32 = 10_000;

/// A PL/pgSQL block under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Block(String);

impl Block {
    /// Adds code.
    pub(super) fn code(&mut self, code: &str) {
        self.0.push_str(code);
        self.0.push('\n');
    }

    /// Adds an SQL statement.
    pub(super) fn execute(&mut self, statement: &str) {
        self.code(&format!("EXECUTE {};", text_literal(statement)));
    }

    /// Adds an attempt: code whose effects are undone if it fails, and code to run in that case.
    pub(super) fn attempt(&mut self, code: &str, on_error: &str) {
        self.code(&format!("BEGIN\n{code}\nEXCEPTION WHEN OTHERS THEN {on_error}\nEND;"));
    }

    /// Returns the code.
    pub(super) fn into_code(self) -> String {
        self.0
    }

    /// Returns a batch that runs the block in a transaction and returns the text in its `result`
    /// variable. `end` is the statement that ends the transaction.
    pub(super) fn batch(&self, end: &str) -> String {
        let code = format!(
            "DECLARE result text := ''; statement text; number bigint; before text[]; after text[];\nBEGIN\n{}PERFORM set_config('{RESULT}', result, true);\nEND",
            self.0
        );
        // PL/pgSQL needs only the text, so any kind of literal works.
        format!(
            "BEGIN; SET LOCAL statement_timeout = {PATIENCE}; DO {}; SELECT current_setting('{RESULT}', true); {end}",
            text_literal(&code)
        )
    }
}

/// Runs a batch, and returns the result of its block. If the server rejects the batch, rolls the
/// transaction back and returns `None`.
pub(super) fn run(client: &mut Client, batch: &str) -> Result<Option<String>, postgres::Error> {
    match client.simple_query(batch) {
        Ok(messages) => Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
            _ => None,
        })),
        Err(error) if error.as_db_error().is_some() => {
            client.batch_execute("ROLLBACK")?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
