//! Many concurrent processes, and processes that are killed.

use std::time::{Duration, Instant};

use tests::TestResult;

use crate::place::{Place, Ran};

/// The number of processes that start at once.
const PROCESSES: usize = 100;

/// The number of points at which a process is killed.
const POINTS: u32 = 20;

#[test]
fn a_hundred_processes_run_each_script_once() -> TestResult {
    let place = Place::with_tables(5)?;
    // The server accepts a hundred connections, of which some belong to other tests.
    let mut left = PROCESSES;
    while left > 0 {
        let count = left.min(40);
        let children: Vec<_> =
            (0..count).map(|_| place.spawn(&["upgrade", "head", "--no-proof"])).collect::<Result<_, _>>()?;
        for child in children {
            Ran::of(&child.wait_with_output()?).expect(0)?;
        }
        left -= count;
        if left == PROCESSES - count {
            place.run(&["downgrade", "t2", "--no-proof", "--yes"])?.expect(0)?;
        }
    }
    let ran = place.ask("SELECT revision || ' ' || direction || ' ' || count(*) FROM aludel_history GROUP BY revision, direction ORDER BY 1")?;
    let twice = |id: &str| [format!("{id} downgrade 1"), format!("{id} upgrade 2")];
    let expected: Vec<String> = ["t1 upgrade 1", "t2 upgrade 1"]
        .map(str::to_owned)
        .into_iter()
        .chain(["t3", "t4", "t5"].into_iter().flat_map(twice))
        .collect();
    assert_eq!(ran, expected);
    assert_eq!(place.tables()?, ["t1", "t2", "t3", "t4", "t5"]);
    Ok(())
}

#[test]
fn a_killed_run_leaves_the_database_where_it_was() -> TestResult {
    let place = Place::with_tables(1)?;
    for number in 2..=6 {
        let before = format!("t{}", number - 1);
        place.scratch.write(
            &format!("t{number}"),
            &before,
            &format!("CREATE TABLE t{number} AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 20000) AS n;\nCREATE INDEX ON t{number} (n);"),
            &format!("DROP TABLE t{number};"),
        )?;
    }
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    let run = ["upgrade", "head", "--no-proof"];
    let began = Instant::now();
    place.run(&run)?.expect(0)?;
    let whole = began.elapsed();
    place.run(&["downgrade", "t1", "--no-proof", "--yes"])?.expect(0)?;
    let (mut killed, mut ended) = (0, 0);
    for point in 0..POINTS {
        let mut child = place.spawn(&run)?;
        let until = Instant::now() + whole.mul_f64(f64::from(point + 1) / f64::from(POINTS));
        while Instant::now() < until && child.try_wait()?.is_none() {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        child.kill()?;
        child.wait()?;
        // The server notices the lost connection when it next uses it, or at the end of a
        // statement.
        let sessions = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'aludel'";
        while place.ask(sessions)? != ["0"] && place.ask(sessions)? != ["1"] {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        match place.tables()?.len() {
            1 => killed += 1,
            6 => {
                ended += 1;
                place.run(&["downgrade", "t1", "--no-proof", "--yes"])?.expect(0)?;
            }
            tables => return Err(format!("after a kill, {tables} tables are left").into()),
        }
        assert_eq!(place.ask("SELECT version_num::text FROM alembic_version")?, ["t1"]);
    }
    assert!(killed > 0, "{killed} killed, {ended} ended");
    place.run(&run)?.expect(0)?;
    Ok(())
}
