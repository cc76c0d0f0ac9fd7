mod migrations {
    aludel::embed_migrations!("./column_order", compare_column_order = true);
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
