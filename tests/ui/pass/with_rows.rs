mod migrations {
    aludel::embed_migrations!("./with_rows");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
    let losses: Vec<_> = migrations::CHAIN.untyped().scripts.iter().flat_map(|script| script.declared.loses.iter()).collect();
    assert_eq!(losses, ["photos.title"]);
}
