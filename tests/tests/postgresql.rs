//! A folder of PostgreSQL scripts is embedded if `proved.lock` covers them.

use aludel::Revision;

mod migrations {
    aludel::embed_migrations!("data/postgresql", dialect = "postgresql");
}

#[test]
fn a_proved_folder_is_embedded() {
    assert_eq!(migrations::CHAIN.heads().collect::<Vec<_>>(), ["d4"]);
    assert_eq!(migrations::Head::MESSAGE, "Find photos by date");
}
