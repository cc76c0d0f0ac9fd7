//! The tables for the macro's cost at compile time.

use std::path::Path;
use std::process::Command;

use benches::Result;
use benches::sample::{Samples, interleaved};

use crate::Effort;
use crate::outside::{Build, Outside, Probe};
use crate::table::{self, Table, time, times};

/// The numbers of scripts.
pub(crate) const SIZES: [usize; 3] = [10, 100, 1000];

/// Measures `cargo check` after touching `main.rs`: the code generation and the graph, and the
/// execution of scripts.
pub(crate) fn check(outside: &Outside, effort: Effort) -> Result<String> {
    let mut probes = vec![Probe::None];
    probes.extend(SIZES.iter().flat_map(|count| [Probe::Unproved(*count), Probe::Proved(*count)]));
    let samples = builds(outside, &probes, Build::Check, effort.rounds(9, 3..=9))?;
    let unproved = |size: usize| 1 + 2 * size;
    let sizes = || 0..SIZES.len();
    let mut table = Table::default();
    let emission: Vec<f64> = sizes().map(|size| samples.difference(unproved(size), 0)).collect();
    let execution = sizes().map(|size| samples.difference(unproved(size) + 1, unproved(size)));
    table.row("a program without migrations", vec![time(samples.median(0)); SIZES.len()]);
    table.row("emission and graph: so much more", emission.iter().copied().map(time).collect());
    table.row("execution: so much more again", execution.map(time).collect());
    let whole = sizes().map(|size| time(samples.median(unproved(size) + 1)));
    table.row("the whole check", whole.collect());
    let aim = table::aim(
        "emission and graph of 1000 scripts under 0.6 s",
        emission.get(2..).unwrap_or_default(),
        0.6,
        time,
    );
    Ok(format!("{}\n{aim}", table.markdown("`cargo check` after touching `main.rs`", &SIZES)?))
}

/// A kind of crate: its name in the table, and a function that returns the crate for a number of
/// scripts.
type Kind = (&'static str, fn(usize) -> Probe);

/// Compares a release build with a release build of a plain table.
pub(crate) fn release(outside: &Outside, effort: Effort) -> Result<String> {
    let kinds: [Kind; 4] = [
        ("plain table of `include_str!`", Probe::Plain),
        ("a program without migrations, which calls the migrator", |_| Probe::None),
        ("embedded, not executed", Probe::Unproved),
        ("embedded, proved", Probe::Proved),
    ];
    let probes: Vec<Probe> =
        SIZES.iter().flat_map(|count| kinds.iter().map(|(_, probe)| probe(*count))).collect();
    let samples = builds(outside, &probes, Build::Release, effort.rounds(5, 1..=5))?;
    let ratio = |kind: usize, size: usize| samples.ratio(kinds.len() * size + kind, kinds.len() * size);
    let mut table = Table::default();
    for (kind, (name, _)) in kinds.iter().enumerate() {
        let cell = |size: usize| {
            format!("{} ({})", time(samples.median(kinds.len() * size + kind)), times(ratio(kind, size)))
        };
        table.row(name, (0..SIZES.len()).map(cell).collect());
    }
    let aim = |words: &str, kind: usize| {
        let ratios: Vec<f64> = (0..SIZES.len()).map(|size| ratio(kind, size)).collect();
        table::aim(words, &ratios, 1.5, times)
    };
    let whole = aim("release build within 1.5 of the plain table", 3);
    let emission = aim("the same, without the execution", 2);
    let heading = "`cargo build --release` after touching `main.rs`";
    Ok(format!("{}\n{whole}\n{emission}", table.markdown(heading, &SIZES)?))
}

/// Compares the stages of the macro with SQLite alone.
pub(crate) fn stages(outside: &Outside, effort: Effort) -> Result<String> {
    let program = outside.build_stages()?;
    let rounds = effort.rounds(9, 3..=9);
    let measured: Vec<Samples> = SIZES
        .iter()
        .map(|count| stages_of(&program, &outside.scripts(Probe::Proved(*count)), rounds))
        .collect::<Result<_>>()?;
    let mut table = Table::default();
    let names = [
        "files, scripts, graph, checksums",
        "proof, without rows",
        "SQLite alone: the statements that the proof runs",
        "SQLite alone: each script up, down, up",
        "proof, with rows",
    ];
    for (stage, name) in names.into_iter().enumerate() {
        table.row(name, measured.iter().map(|samples| time(samples.median(stage))).collect());
    }
    let ratio = |to: usize| -> Vec<f64> { measured.iter().map(|samples| samples.ratio(1, to)).collect() };
    let same = ratio(2);
    table.row("proof : the same statements", same.iter().copied().map(times).collect());
    table.row("proof : up, down, up", ratio(3).into_iter().map(times).collect());
    let with_rows: Vec<f64> = measured.iter().map(|samples| samples.ratio(4, 1)).collect();
    table.row("proof with rows : without", with_rows.iter().copied().map(times).collect());
    let rows =
        table::aim("the proof with rows takes no more than twice that without", &with_rows, 2.0, times);
    let first = same.first().copied().unwrap_or(f64::NAN);
    let growth: Vec<f64> = same.iter().map(|ratio| ratio / first).collect();
    let aim = table::aim(
        "execution grows no worse than SQLite itself: the ratio to the same statements, by that of 10 scripts",
        &growth,
        1.05,
        times,
    );
    Ok(format!("{}\n{aim}\n{rows}", table.markdown("The stages of the macro, not optimised", &SIZES)?))
}

fn stages_of(program: &Path, scripts: &Path, rounds: usize) -> Result<Samples> {
    let output = Command::new(program).arg(scripts).arg(rounds.to_string()).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); 5];
    for line in String::from_utf8(output.stdout)?.lines() {
        for (stage, seconds) in samples.iter_mut().zip(line.split(' ')) {
            stage.push(seconds.parse()?);
        }
    }
    Ok(Samples::new(samples))
}

/// Builds everything once before measuring, so that each round builds only the crate itself.
fn builds(outside: &Outside, probes: &[Probe], build: Build, rounds: usize) -> Result<Samples> {
    probes.iter().try_for_each(|probe| outside.time(*probe, build).map(|_| ()))?;
    interleaved(probes.len(), rounds, |which| {
        outside.time(*probes.get(which).ok_or("there is no such crate")?, build)
    })
}
