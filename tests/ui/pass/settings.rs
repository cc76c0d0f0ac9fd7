use aludel::rusqlite::functions::FunctionFlags;

mod migrations {
    aludel::embed_migrations!(
        "./settings",
        schema = "./settings.sql",
        functions = ["slug/1"],
        allow = ["if-exists up to b2"],
    );
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    let migrator = migrations::CHAIN.migrator().prepare(|connection| {
        connection.create_scalar_function("slug", 1, FunctionFlags::SQLITE_DETERMINISTIC, |context| {
            context.get::<String>(0).map(|title| title.to_lowercase())
        })
    });
    let ready = migrator.upgrade_to::<migrations::Head>(connection).unwrap();
    assert_eq!(ready.report().ran.len(), 2);
}
