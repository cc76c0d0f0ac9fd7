// No module of the crate: the derive does not see it.
#[derive(aludel::Table)]
#[table(name = "photos", unqiue(title))]
pub struct Photo {
    #[column(primary_key)]
    id: i64,
    title: String,
    latitude: Option<Degrees>,
}
