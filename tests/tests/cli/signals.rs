//! An interrupted run is rolled back, and reports the rollback.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tests::TestResult;

use crate::program::{Workplace, ended};

/// The time limit for expected events.
const PATIENCE: Duration = Duration::from_secs(60);

const ENDLESS: &str = "CREATE TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n;";

fn send(signal: &str, child: &Child) -> TestResult {
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status()?;
    if sent.success() { Ok(()) } else { Err("the signal was not sent".into()) }
}

/// Waits until another process has begun to write.
fn wait_for_the_lock(here: &Workplace) -> TestResult {
    let begun = Instant::now();
    let connection = here.open()?;
    connection.busy_timeout(Duration::ZERO)?;
    while connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok() {
        if begun.elapsed() > PATIENCE {
            return Err("the run did not begin".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

#[test]
fn an_interrupted_run_is_rolled_back_with_the_exit_code_of_the_signal() -> TestResult {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let here = Workplace::chain()?;
        here.printed("upgrade b2")?;
        here.scratch.write("d4", "c3", ENDLESS, "DROP TABLE numbers;")?;
        let mut command = here.command(&["upgrade", "head", "--no-proof"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        wait_for_the_lock(&here)?;
        send(signal, &child)?;
        let ended = ended(&child.wait_with_output()?)?;
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.ends_with("error: interrupted and rolled back\n"), "{}", ended.stderr);
        assert_eq!(here.printed("current")?, "b2\n");
    }
    Ok(())
}

/// A single function call that takes hours, during which SQLite does not check the flag.
const ONE_LONG_CALL: &str = "CREATE TABLE made (a); INSERT INTO made VALUES (1);
    CREATE TABLE found AS SELECT instr(zeroblob(15000000), cast(zeroblob(7000000) || x'01' AS BLOB)) AS a;";

#[test]
fn a_second_signal_ends_a_run_that_cannot_be_interrupted() -> TestResult {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let here = Workplace::chain()?;
        here.printed("upgrade b2")?;
        let before = tests::dump(&here.open()?)?;
        here.scratch.write("d4", "c3", ONE_LONG_CALL, "DROP TABLE found; DROP TABLE made;")?;
        let mut child = here.command(&["upgrade", "head", "--no-proof"]).stderr(Stdio::null()).spawn()?;
        wait_for_the_lock(&here)?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                child.kill()?;
                return Err("signals did not end the run".into());
            }
            // The process may end between the check and the signal.
            let _ = send(signal, &child);
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(code));
        // The next process that opens the database rolls it back.
        assert_eq!(tests::dump(&here.open()?)?, before);
        assert_eq!(here.printed("current")?, "b2\n");
    }
    Ok(())
}
