//! The rule for scripts outside a transaction: `VACUUM`, and the pragmas that it applies.

use rusqlite::hooks::{AuthAction, AuthContext, TransactionOperation};

use crate::script::OutsideStatement;

/// The prefix of the name under which `VACUUM` attaches its copy of the database.
const COPY: &str = "vacuum_";

/// Returns `true` if SQLite may take this action for a script outside a transaction.
///
/// Rule: the statement is either `VACUUM`, or a pragma that requests a file setting. SQLite calls
/// no authorizer before it compiles `VACUUM`. When `VACUUM` runs, it attaches a temporary file,
/// fills it and copies it back (<https://sqlite.org/lang_vacuum.html>).
pub(super) fn allows(context: &AuthContext<'_>, is_compiled: bool) -> bool {
    match context.action {
        AuthAction::Pragma { pragma_name, pragma_value: Some(value) } => {
            OutsideStatement::parse(&format!("PRAGMA {pragma_name} = {value}")).is_some()
        }
        AuthAction::Attach { filename } => is_compiled && filename.is_empty(),
        AuthAction::Function { function_name } => {
            is_compiled && !function_name.eq_ignore_ascii_case("load_extension")
        }
        AuthAction::Transaction { operation: TransactionOperation::Begin }
        | AuthAction::Select
        | AuthAction::Read { .. } => is_compiled,
        _ => is_compiled && context.database_name.is_some_and(|name| name.starts_with(COPY)),
    }
}
