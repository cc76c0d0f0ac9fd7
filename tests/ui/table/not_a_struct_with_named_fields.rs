use aludel::Table;

#[derive(Table)]
enum Either {
    Photo,
    Album,
}

#[derive(Table)]
struct Pair(i64, String);

#[derive(Table)]
struct Nothing {}

#[derive(Table)]
struct Borrowing<'a> {
    title: std::borrow::Cow<'a, str>,
}

fn main() {
    println!("{} {} {} {}", Either::TABLE, Pair::TABLE, Nothing::TABLE, Borrowing::TABLE);
}
