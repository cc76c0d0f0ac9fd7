mod migrations {
    aludel::embed_migrations!("./missing");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::revision::Rb2>(connection).unwrap();
}
