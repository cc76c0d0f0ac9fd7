//! The pragmas that change the connection or the file.

/// Pragmas that only read, although they take a value (<https://sqlite.org/pragma.html>).
const READING_WITH_VALUE: [&str; 10] = [
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Pragmas that write, although they take no value.
const WRITING_WITHOUT_VALUE: [&str; 4] =
    ["incremental_vacuum", "optimize", "shrink_memory", "wal_checkpoint"];

/// Returns `true` if a pragma changes the connection or the file.
#[must_use]
pub fn pragma_writes(name: &str, has_value: bool) -> bool {
    let among = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if has_value { !among(&READING_WITH_VALUE) } else { among(&WRITING_WITHOUT_VALUE) }
}
