mod migrations {
    aludel::embed_migrations!("./no_file", models = ["./no_file/model.rs", "./no_file/modles.rs"]);
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
