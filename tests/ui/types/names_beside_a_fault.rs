mod migrations {
    aludel::embed_migrations!("./names_beside_a_fault");
}

fn serve(_database: aludel::At<migrations::revision::AddPhotos>) {}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    let migrator = migrations::CHAIN.migrator();
    serve(migrator.upgrade_to::<migrations::revision::Ra1>(connection).unwrap());
    let _all: Option<aludel::At<migrations::Heads>> = None;
}
