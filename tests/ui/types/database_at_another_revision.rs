mod migrations {
    aludel::embed_migrations!("./database_at_another_revision");
}

fn serve(_database: aludel::At<migrations::Head>) {}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    let database = migrations::CHAIN.migrator().upgrade_to::<migrations::revision::Ra1>(connection).unwrap();
    serve(database);
}
