mod migrations {
    aludel::embed_migrations!("./words_of_any_language");
}

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    assert_eq!(<migrations::Head as aludel::Revision>::MESSAGE, "Fügt „Fotos“ hinzu: 写真 📷");
    let ready = migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
    assert_eq!(ready.report().ran.len(), 1);
}
