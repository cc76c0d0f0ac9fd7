use aludel::Table;

#[derive(Table)]
#[table(name = "photos")]
struct Photo {
    #[column(primary_key)]
    id: Option<i64>,
    #[column(unique, check = "path <> ''")]
    path: String,
    #[column(references = "photos(id)")]
    copy_of: Option<i64>,
}
