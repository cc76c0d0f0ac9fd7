//! Benchmarks, on disk, of an upgrade from a fresh database to the head, and of a start at the
//! head.

use std::hint::black_box;
use std::path::Path;

use benches::Result;
use benches::chains::{CHAINS, Embedded};
use benches::contender::{self, Contender};
use criterion::{BenchmarkId, Criterion};

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    for chain in CHAINS {
        fresh(&mut criterion, *chain, folder.path())?;
        at_head(&mut criterion, *chain, folder.path())?;
    }
    criterion.final_summary();
    Ok(())
}

fn fresh(criterion: &mut Criterion, chain: Embedded, folder: &Path) -> Result<()> {
    let file = folder.join("fresh.db");
    let mut group = criterion.benchmark_group("fresh");
    for contender in [contender::raw(chain)?, contender::aludel(chain), contender::refinery_grouped(chain)] {
        let id = BenchmarkId::new(contender.name, chain.count());
        group.bench_function(id, |bencher| {
            bencher.iter_custom(|times| {
                let run = |_| {
                    // The file is missing in the first round.
                    let _ = std::fs::remove_file(&file);
                    time(&contender, &file)
                };
                (0..times).map(run).sum()
            });
        });
    }
    group.finish();
    Ok(())
}

fn at_head(criterion: &mut Criterion, chain: Embedded, folder: &Path) -> Result<()> {
    let file = folder.join(format!("head_{}.db", chain.count()));
    contender::aludel(chain).time(&file)?;
    let mut group = criterion.benchmark_group("at head");
    for contender in [contender::read_one_row(), contender::aludel(chain)] {
        let id = BenchmarkId::new(contender.name, chain.count());
        group.bench_function(id, |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| black_box(time(&contender, &file))).sum());
        });
    }
    group.finish();
    Ok(())
}

#[expect(clippy::panic, reason = "criterion's closures cannot return errors, and a failed run has no time")]
fn time(contender: &Contender, file: &Path) -> std::time::Duration {
    contender.time(file).unwrap_or_else(|error| panic!("{}: {error}", contender.name))
}
