mod migrations {
    aludel::embed_migrations!("./schema_differs", schema = "./schema_differs.sql");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
