//! Counts what the proof reports of statements under random names: `statement_forms [simple|other] [namings] [first naming]`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;

use tests::statements::{OTHER, Outcome, SIMPLE, outcome, shown};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let forms = match arguments.next().as_deref() {
        Some("other") => OTHER.as_slice(),
        _ => SIMPLE.as_slice(),
    };
    let namings = arguments.next().map_or(Ok(60), |count| count.parse::<u64>())?;
    let first = arguments.next().map_or(Ok(0), |first| first.parse::<u64>())?;
    let mut all: BTreeMap<Outcome, usize> = BTreeMap::new();
    let mut out = std::io::stdout().lock();
    for form in forms {
        let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
        let mut missed = Vec::new();
        for naming in first..first + namings {
            let outcome = outcome(*form, naming)?;
            *counts.entry(outcome).or_default() += 1;
            *all.entry(outcome).or_default() += 1;
            if outcome != Outcome::Loss {
                missed.push(naming);
            }
        }
        let example =
            missed.first().map(|naming| format!("  {naming}: {}", shown(*form, *naming))).unwrap_or_default();
        writeln!(out, "{counts:?} {}{example}", form.statement)?;
    }
    writeln!(out, "all: {all:?}")?;
    Ok(())
}
