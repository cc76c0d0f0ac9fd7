use aludel::Table;

struct Degrees(f64);

#[derive(Table)]
#[table(nmae = "photos", unique(titel), index(columns("lower(title)")), strict = true)]
struct Photo {
    #[column(primery_key)]
    id: i64,
    #[column(unique, unique, default)]
    title: String,
    latitude: Option<Degrees>,
    #[column(references = "libraries.id")]
    library_id: i64,
    #[column(references = "users(id)", on_delete = "CASCAD")]
    owner_id: i64,
    #[column(stored, check = "width > 0; height > 0")]
    width: i64,
    note: &'static str,
    #[column(sql_type = "TEXT NOT NULL")]
    uti: String,
}

fn main() -> aludel::rusqlite::Result<()> {
    let connection = aludel::rusqlite::Connection::open_in_memory()?;
    let sql = format!("SELECT {} FROM {} WHERE {} = 1", Photo::SELECT, Photo::TABLE, Photo::ID);
    let photo = connection.query_row(&sql, [], Photo::from_row)?;
    connection.execute(Photo::INSERT, &*photo.params())?;
    connection.execute(<Photo as aludel::Keyed>::UPDATE, &*photo.params())?;
    Ok(())
}
