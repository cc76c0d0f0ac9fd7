mod migrations {
    aludel::embed_migrations!("./only_sqlite", dialect = "postgresql", models = ["src/models.rs"]);
}

fn main() {
    let _: &aludel::Chain<migrations::ThisChain> = &migrations::CHAIN;
    let _ = <migrations::Head as aludel::Revision>::ID;
}
