//! Benchmarks of the macro's stages: from folder to chain, and the proof. Unlike in a compiler,
//! they are optimized, so the results are useful only for comparing changes.

use std::hint::black_box;

use aludel_core::chain::{VERSION_TABLE, assemble};
use aludel_core::folder;
use aludel_proof::proof::{self, Options};
use benches::Result;
use benches::scripts::{self, Execution};
use criterion::Criterion;

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    for count in [10, 100, 1000] {
        measure(&mut criterion, count)?;
    }
    criterion.final_summary();
    Ok(())
}

fn measure(criterion: &mut Criterion, count: usize) -> Result<()> {
    let on_disk = tempfile::tempdir()?;
    scripts::write(on_disk.path(), count, Execution::Proved)?;
    let folder = folder::read(on_disk.path(), "migrations");
    let assembled = assemble(&folder, false).map_err(|_| "the scripts are not sound")?;
    criterion.bench_function(&format!("assemble/{count}"), |bencher| {
        bencher.iter(|| black_box(assemble(&folder, false).is_ok()));
    });
    criterion.bench_function(&format!("chain/{count}"), |bencher| {
        bencher.iter(|| black_box(assembled.chain(VERSION_TABLE)));
    });
    for (name, with_rows) in [("prove", true), ("prove-without-rows", false)] {
        let options = Options { with_rows, ..Options::default() };
        criterion.bench_function(&format!("{name}/{count}"), |bencher| {
            bencher.iter(|| black_box(proof::prove(&assembled, &options).is_ok()));
        });
    }
    Ok(())
}
