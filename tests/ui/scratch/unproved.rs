mod migrations {
    aludel::embed_migrations!("./unproved");
}

fn main() {
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.scratch().unwrap();
    drop(ready);
}
