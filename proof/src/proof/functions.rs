//! Substitutes for functions that a program registers on its connections.
//!
//! A substitute is deterministic and returns its first argument, which preserves values. There are
//! two exceptions:
//!
//! - A function without arguments usually creates keys. Its substitute returns a different string
//!   each time, in the same order in every proof.
//! - `regexp/2` and `match/2` implement operators, which are conditions. Their substitutes return
//!   1.
//!
//! Functions that SQLite provides, or that the program registers for the proof in a test, are not
//! replaced.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, Result};

/// The maximum number of arguments of a function in SQLite
/// (<https://sqlite.org/limits.html#max_function_arg>).
const MOST_ARGUMENTS: i32 = 127;

/// The functions that implement the `REGEXP` and `MATCH` operators.
const CONDITIONS: [&str; 2] = ["regexp", "match"];

/// A function of the program, written as its name and number of arguments: `regexp/2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    name: String,
    arguments: i32,
}

impl FromStr for Function {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let expected = || {
            format!(
                "invalid function `{text}`: expected its name and its number of arguments, such as `slug/1`"
            )
        };
        let (name, arguments) = text.trim().split_once('/').ok_or_else(expected)?;
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let begins_well = name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        if !begins_well || !name.chars().all(is_word) {
            return Err(expected());
        }
        let arguments = arguments.parse().map_err(|_| expected())?;
        if !(0..=MOST_ARGUMENTS).contains(&arguments) {
            return Err(format!(
                "invalid function `{text}`: expected between 0 and {MOST_ARGUMENTS} arguments"
            ));
        }
        Ok(Self { name: name.to_owned(), arguments })
    }
}

/// Registers substitutes for the functions that a connection lacks.
///
/// # Errors
///
/// Returns SQLite's error if a function cannot be registered.
pub fn register(connection: &Connection, functions: &[Function]) -> Result<()> {
    for function in functions {
        if !function.is_known(connection)? {
            function.register(connection)?;
        }
    }
    Ok(())
}

impl Function {
    fn is_known(&self, connection: &Connection) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM pragma_function_list WHERE name = ?1 COLLATE NOCASE AND narg IN (?2, -1))";
        connection.query_row(sql, (&self.name, self.arguments), |row| row.get(0))
    }

    fn register(&self, connection: &Connection) -> Result<()> {
        let (name, arguments, flags) = (self.name.as_str(), self.arguments, FunctionFlags::SQLITE_UTF8);
        let is_condition = CONDITIONS.contains(&name.to_ascii_lowercase().as_str());
        let deterministic = flags | FunctionFlags::SQLITE_DETERMINISTIC;
        if arguments == 0 {
            // SQLite calls a deterministic function once per statement, so the keys would collide.
            let (prefix, calls) = (name.to_owned(), AtomicU64::new(0));
            connection.create_scalar_function(name, arguments, flags, move |_| {
                Ok(format!("{prefix}-{}", calls.fetch_add(1, Ordering::Relaxed) + 1))
            })
        } else if arguments == 2 && is_condition {
            connection.create_scalar_function(name, arguments, deterministic, |_| Ok(1))
        } else {
            connection
                .create_scalar_function(name, arguments, deterministic, |context| context.get::<Value>(0))
        }
    }
}

impl Function {
    /// Registers a second substitute, whose results differ from those of the first.
    pub(crate) fn register_other(&self, connection: &Connection) -> Result<()> {
        let (arguments, calls) = (self.arguments, AtomicU64::new(0));
        let is_condition = CONDITIONS.contains(&self.name.to_ascii_lowercase().as_str());
        let flags = FunctionFlags::SQLITE_UTF8
            | if arguments == 0 { FunctionFlags::empty() } else { FunctionFlags::SQLITE_DETERMINISTIC };
        connection.create_scalar_function(self.name.as_str(), arguments, flags, move |context| {
            Ok(match arguments {
                0 => Value::Text(format!("other-{}", calls.fetch_add(1, Ordering::Relaxed))),
                2 if is_condition => Value::Integer(0),
                _ => Value::Text(format!("other-{:?}", context.get::<Value>(0)?)),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Result};

    use super::{Function, register};

    #[test]
    fn functions_are_named_with_their_number_of_arguments() {
        for wrong in ["slug", "slug/", "slug/x", "/1", "1slug/1", "a b/1", "slug/-1", "slug/128"] {
            assert!(wrong.parse::<Function>().is_err(), "{wrong}");
        }
        assert!(" slug/1 ".parse::<Function>().is_ok());
    }

    #[test]
    fn stand_ins_keep_values_and_create_keys() -> Result<()> {
        let connection = Connection::open_in_memory()?;
        let declared = ["slug/1", "uuid_v4/0", "regexp/2", "lower/1", "Normalize/2"];
        let functions: Vec<Function> = declared.iter().filter_map(|text| text.parse().ok()).collect();
        assert_eq!(functions.len(), declared.len());
        register(&connection, &functions)?;
        let sql = "SELECT slug(x'00ff') = x'00ff' AND normalize('A', 'nfc') = 'A' AND 'a' REGEXP 'b' AND lower('A') = 'a'";
        assert!(connection.query_row(sql, [], |row| row.get::<_, bool>(0))?);
        let sql = "SELECT count(DISTINCT uuid_v4()) FROM (VALUES (1), (2), (3))";
        assert_eq!(connection.query_row(sql, [], |row| row.get::<_, u8>(0))?, 3);
        connection.execute_batch("CREATE TABLE t (a); CREATE INDEX i ON t (slug(a));")
    }
}
