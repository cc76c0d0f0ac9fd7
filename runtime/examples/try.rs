mod migrations {
    aludel::embed_migrations!("migrations");
}
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let db = aludel::Database::parse(&path).unwrap();
    let m = migrations::CHAIN.migrator();
    println!("{}", m.status(db.open_for_reading().unwrap().as_ref()).unwrap());
    let at = m.upgrade_to::<migrations::Head>(db.open().unwrap()).unwrap();
    println!("{}", at.report());
}
