mod migrations {
    aludel::embed_migrations!("./no_proved_lock", dialect = "postgresql");
}

fn main() {
    let _: &aludel::Chain<migrations::ThisChain> = &migrations::CHAIN;
    let _ = <migrations::revision::Ra1 as aludel::Revision>::ID;
}
