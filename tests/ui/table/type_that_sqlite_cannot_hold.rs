use aludel::Table;

#[derive(Table)]
struct Photo {
    #[column(primary_key)]
    id: i64,
    #[column(sql_type = "TEXT")]
    kind: Kind,
}

enum Kind {
    Jpeg,
    Png,
}

fn main() {
    println!("{} {}", Photo::KIND, matches!(Kind::Jpeg, Kind::Png));
}
