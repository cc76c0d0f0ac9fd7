mod migrations {
    aludel::embed_migrations!("./nothing_to_do_without_reason");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
