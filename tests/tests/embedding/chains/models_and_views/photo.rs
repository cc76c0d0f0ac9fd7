#[derive(Debug, Clone, PartialEq, aludel::Table)]
#[table(name = "photos")]
pub(super) struct Photo {
    #[column(primary_key)]
    pub(super) id: Option<i64>,
    pub(super) title: Option<String>,
    pub(super) hidden: bool,
}
