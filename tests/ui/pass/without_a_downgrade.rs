mod migrations {
    aludel::embed_migrations!("./without_a_downgrade");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    let ready = migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
    assert_eq!(ready.report().ran.len(), 2);
}
