use aludel::Table;

#[derive(Table)]
#[table(check("widht > 0"))]
struct Photo {
    #[column(primary_key)]
    id: i64,
    width: i64,
}

#[derive(Table)]
#[table(strict, index(name = "ix_lower", columns("lower(tilte)")))]
struct Album {
    id: i64,
    #[column(sql_type = "VARCHAR")]
    title: String,
}

#[derive(Table)]
struct Version {
    #[column(primary_key, autoincrement)]
    uuid: String,
    #[column(default = "uuid")]
    size: i64,
}

fn main() {
    println!("{} {} {}", Photo::WIDTH, Album::TITLE, Version::SIZE);
}
