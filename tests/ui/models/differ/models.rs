#[derive(aludel::Table)]
#[table(name = "photos", index(columns("title DESC")))]
pub struct Photo {
    #[column(primary_key)]
    id: i64,
    title: Option<String>,
    #[column(default = "0")]
    favourite: bool,
}

#[derive(aludel::Table)]
#[table(name = "albums")]
pub struct Album {
    #[column(primary_key)]
    id: i64,
}
