mod migrations {
    aludel::embed_migrations!("./several_bases", multiple_heads);
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    let ready = migrations::CHAIN.migrator().upgrade_to::<migrations::Heads>(connection).unwrap();
    assert_eq!(ready.report().ran.len(), 4);
}
