mod migrations {
    aludel::embed_migrations!("./models_leave_open", models = ["./models_leave_open/photo.rs"]);
}

#[path = "models_leave_open/photo.rs"]
mod photo;

fn main() {
    let connection = aludel::rusqlite::Connection::open_in_memory().unwrap();
    migrations::CHAIN.migrator().upgrade_to::<migrations::Head>(connection).unwrap();
}
