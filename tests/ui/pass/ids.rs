mod migrations {
    aludel::embed_migrations!("./ids");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    let _first = migrations::revision::R3f2c__photos;
    let _second = migrations::revision::Ra_b___c;
    let ready = migrations::CHAIN.migrator().upgrade_to::<migrations::revision::Rc3>(connection).unwrap();
    assert_eq!(ready.report().ran.len(), 3);
}
