#[derive(Debug, Clone, PartialEq, aludel::Table)]
#[table(name = "photos")]
pub struct Photo {
    #[column(primary_key)]
    pub id: Option<i64>,
    pub title: String,
    pub width: Option<u32>,
    #[column(skip)]
    pub loaded: bool,
}
