//! Replaces the clock, random numbers and the program's functions. Rows that depend on them then
//! differ from those in the first run.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::{Connection, Result, params_from_iter};

use crate::proof::Function;

/// SQLite's date and time functions, which take any number of arguments.
const TIMES: [&str; 6] = ["date", "time", "datetime", "julianday", "unixepoch", "strftime"];

/// The time that replaces the current time.
const NOW: &str = "1987-06-05 04:03:21";

/// The functions whose results differ between machines, each with its number of arguments and a
/// different result.
const OTHERS: [(&str, i32, &str); 7] = [
    ("current_timestamp", 0, NOW),
    ("current_date", 0, "1987-06-05"),
    ("current_time", 0, "04:03:21"),
    ("random", 0, "1987"),
    ("randomblob", 1, "1987"),
    ("sqlite_version", 0, "1.9.87"),
    ("sqlite_source_id", 0, "1987"),
];

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// Registers the functions on a connection.
pub(super) fn register(connection: &Connection, functions: &[Function]) -> Result<()> {
    for (name, arguments, result) in OTHERS {
        let value = match name {
            "random" => Value::Integer(1987),
            "randomblob" => Value::Blob(result.into()),
            _ => Value::Text(result.to_owned()),
        };
        connection.create_scalar_function(name, arguments, FLAGS, move |_| Ok(value.clone()))?;
    }
    for name in TIMES {
        // This connection has SQLite's original functions.
        let clock = Connection::open_in_memory()?;
        connection
            .create_scalar_function(name, -1, FLAGS, move |context| at_another_time(&clock, name, context))?;
    }
    functions.iter().try_for_each(|function| function.register_other(connection))
}

/// Evaluates one of SQLite's functions at a different time and in a different time zone.
fn at_another_time(clock: &Connection, name: &str, context: &Context<'_>) -> Result<Value> {
    let mut arguments =
        (0..context.len()).map(|number| context.get(number)).collect::<Result<Vec<Value>>>()?;
    let before_time = usize::from(name == "strftime");
    if arguments.len() <= before_time {
        arguments.push(Value::Text(NOW.to_owned()));
    }
    for argument in arguments.iter_mut().skip(before_time) {
        let Value::Text(text) = argument else { continue };
        match text.to_ascii_lowercase().as_str() {
            "now" => NOW.clone_into(text),
            "localtime" => "+87 minutes".clone_into(text),
            "utc" => "-87 minutes".clone_into(text),
            _ => {}
        }
    }
    let places = vec!["?"; arguments.len()].join(", ");
    clock.query_row(&format!("SELECT {name}({places})"), params_from_iter(arguments), |row| row.get(0))
}
