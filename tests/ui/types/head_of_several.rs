mod migrations {
    aludel::embed_migrations!("./head_of_several", multiple_heads);
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
