mod migrations {
    aludel::embed_migrations!("./line_ends");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    let ready = migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
    assert!(ready.report().ran.len() == 1);
}
