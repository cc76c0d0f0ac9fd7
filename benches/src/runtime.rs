//! The tables for the cost at program startup.

use std::path::Path;

use benches::Result;
use benches::chains::{CHAINS, Embedded};
use benches::contender::{self, Contender};
use benches::sample::{Samples, interleaved};

use crate::Effort;
use crate::table::{self, Table, time, times};

/// Measures the upgrade from a fresh database to the head.
pub(crate) fn fresh(folder: &Path, effort: Effort) -> Result<String> {
    let mut measured = Vec::new();
    for chain in CHAINS {
        let contenders = [
            contender::raw(*chain)?,
            contender::aludel(*chain),
            contender::refinery_grouped(*chain),
            contender::refinery(*chain),
        ];
        let rounds = effort.rounds(3000 / chain.count(), 11..=81);
        let file = folder.join("fresh.db");
        let samples = interleaved(contenders.len(), rounds, |which| {
            let elapsed = contender_of(&contenders, which)?.time(&file)?;
            std::fs::remove_file(&file)?;
            Ok(elapsed)
        })?;
        measured.push((contenders, samples));
    }
    let ratios: Vec<f64> = measured.iter().map(|(_, samples)| samples.ratio(1, 0)).collect();
    let aim = table::aim("Aludel within 1.15 of raw", &ratios, 1.15, times);
    Ok(format!("{}\n{aim}", side_by_side("Fresh database to head", &measured)?))
}

/// Measures a start at the head.
pub(crate) fn at_head(folder: &Path, effort: Effort) -> Result<String> {
    let mut measured = Vec::new();
    for chain in CHAINS {
        let contenders =
            [contender::read_one_row(), contender::aludel(*chain), contender::refinery_grouped(*chain)];
        let file = |which: usize| {
            let owner = if which == 2 { "refinery" } else { "aludel" };
            folder.join(format!("head_{owner}_{}.db", chain.count()))
        };
        for which in [1, 2] {
            contender_of(&contenders, which)?.time(&file(which))?;
        }
        let before = std::fs::read(file(1))?;
        let rounds = effort.rounds(60_000 / chain.count(), 101..=1001);
        let samples = interleaved(contenders.len(), rounds, |which| {
            contender_of(&contenders, which)?.time(&file(which))
        })?;
        if std::fs::read(file(1))? != before {
            return Err(format!("a start at the head of {} scripts wrote to the file", chain.count()).into());
        }
        measured.push((contenders, samples));
    }
    let more: Vec<f64> = measured.iter().map(|(_, samples)| samples.ratio(1, 0) - 1.0).collect();
    let aim = table::aim("under 10 % over opening the file and reading one row", &more, 0.10, |more| {
        format!("{:.1} %", more * 100.0)
    });
    let heading = "Start at head";
    Ok(format!(
        "{}\n{aim}No start wrote: the file holds the same bytes before the first and after the last.\n",
        side_by_side(heading, &measured)?
    ))
}

fn contender_of<'c>(contenders: &'c [Contender<'static>], which: usize) -> Result<&'c Contender<'static>> {
    contenders.get(which).ok_or_else(|| "there is no such contender".into())
}

/// Formats medians, each with its ratio to the first contender in its column.
fn side_by_side<const N: usize>(
    heading: &str,
    measured: &[([Contender<'static>; N], Samples)],
) -> Result<String> {
    let mut table = Table::default();
    let (names, _) = measured.first().ok_or("nothing was measured")?;
    for (which, contender) in names.iter().enumerate() {
        let cell = |(_, samples): &([Contender<'static>; N], Samples)| {
            format!("{} ({})", time(samples.median(which)), times(samples.ratio(which, 0)))
        };
        table.row(contender.name, measured.iter().map(cell).collect());
    }
    let sizes: Vec<usize> = CHAINS.iter().map(Embedded::count).collect();
    table.markdown(heading, &sizes)
}
