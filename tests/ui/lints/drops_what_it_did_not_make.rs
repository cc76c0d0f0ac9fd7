mod migrations {
    aludel::embed_migrations!("./drops_what_it_did_not_make");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
