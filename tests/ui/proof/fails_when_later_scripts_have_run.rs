mod migrations {
    aludel::embed_migrations!("./fails_when_later_scripts_have_run");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
