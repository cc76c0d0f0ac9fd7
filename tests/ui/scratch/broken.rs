mod migrations {
    aludel::embed_migrations!("./broken");
}

fn main() {
    let ready: aludel::At<migrations::Head> = migrations::CHAIN.scratch().unwrap();
    drop(ready);
}
