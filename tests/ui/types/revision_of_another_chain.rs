mod migrations {
    aludel::embed_migrations!("./revision_of_another_chain");
}

mod other {
    aludel::embed_migrations!("./revision_of_another_chain");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<other::Head>(connection).unwrap();
}
