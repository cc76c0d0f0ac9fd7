mod migrations {
    aludel::embed_migrations!("./branch_and_merge");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    assert_eq!(<migrations::Head as aludel::Revision>::ID, "c4");
    let _same: fn(migrations::Head) -> migrations::revision::MergeAlbumsAndFavourites = |head| head;
    let ready = migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
    assert_eq!(ready.report().ran.len(), 4);
}
