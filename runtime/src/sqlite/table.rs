//! The trait behind `#[derive(Table)]`: the names of a table, and its rows as values.

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Result, Row};

/// A table as a struct, with one field per column. `#[derive(Table)]` implements this trait.
///
/// The derive also generates a constant for each column, named after its field: `Photo::TITLE` is
/// `"title"`.
///
/// ```
/// use aludel::Table;
/// use aludel::rusqlite::{Connection, Result};
///
/// #[derive(Table)]
/// #[table(name = "photos")]
/// struct Photo {
///     #[column(primary_key)]
///     id: Option<i64>,
///     title: String,
/// }
///
/// fn newest(connection: &Connection) -> Result<Photo> {
///     let sql = format!("SELECT {} FROM photos ORDER BY {} DESC LIMIT 1", Photo::SELECT, Photo::ID);
///     connection.query_row(&sql, [], Photo::from_row)
/// }
///
/// # fn main() -> Result<()> {
/// let connection = Connection::open_in_memory()?;
/// connection.execute("CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT NOT NULL)", [])?;
/// let photo = Photo { id: None, title: "Sea".to_owned() };
/// connection.execute(Photo::INSERT, &*photo.params())?;
/// assert_eq!(newest(&connection)?.title, "Sea");
/// # Ok(())
/// # }
/// ```
pub trait Table: Sized {
    /// The table's name.
    const TABLE: &'static str;

    /// The names of its columns, in the order of the fields.
    const COLUMNS: &'static [&'static str];

    /// The columns as an SQL list for `SELECT`.
    const SELECT: &'static str;

    /// An `INSERT INTO … VALUES …` statement with every column that is not generated. Its
    /// parameters are [`Table::params`].
    const INSERT: &'static str;

    /// Reads a row. Each column is found by its name.
    ///
    /// # Errors
    ///
    /// Returns an error if a column is missing, or if its value does not fit the type of its field.
    fn from_row(row: &Row<'_>) -> Result<Self>;

    /// Returns the values of every column that is not generated, in the order of the fields. They
    /// are the parameters `?1`, `?2` and so on in [`Table::INSERT`] and [`Keyed::UPDATE`].
    fn params(&self) -> Vec<&dyn ToSql>;
}

/// A table with a primary key and at least one other column.
pub trait Keyed: Table {
    /// The columns of the primary key.
    const KEY: &'static [&'static str];

    /// An `UPDATE … SET … WHERE <primary key>` statement with every column that is not generated.
    /// Its parameters are [`Table::params`].
    const UPDATE: &'static str;
}

/// Reads the column with this name, at its position in [`Table::SELECT`] or at any other.
#[doc(hidden)]
pub fn column<T: FromSql>(row: &Row<'_>, place: usize, name: &str) -> Result<T> {
    match row.as_ref().column_name(place) {
        Ok(found) if found == name => row.get(place),
        _ => row.get(name),
    }
}
