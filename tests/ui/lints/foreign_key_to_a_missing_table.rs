mod migrations {
    aludel::embed_migrations!("./foreign_key_to_a_missing_table");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
