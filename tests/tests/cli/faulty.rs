//! A folder with faults: what mends it still works, what would run it refuses.

use tests::TestResult;

use crate::program::Workplace;

#[test]
fn what_mends_a_folder_needs_its_graph_only() -> TestResult {
    let here = Workplace::chain()?;
    here.told("upgrade a1")?;
    here.told("revision -m Unfilled --rev-id d4")?;
    here.told("revision -m Further --rev-id e5")?;
    assert_eq!(here.told("heads")?, "e5 (head)\n");
    assert_eq!(here.told("history -r d4:")?, "d4 -> e5 (head), Further\nc3 -> d4, Unfilled\n");
    for command in ["branches", "history", "show d4", "merge e5 --rev-id m1", "current", "log"] {
        here.told(command)?;
    }
    for command in ["upgrade head", "upgrade b2", "downgrade base", "stamp b2"] {
        let ended = here.run(command)?;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(
            ended.stderr.ends_with(
                "hint: nothing was run: mend the scripts first; `aludel verify` shows all faults\n"
            )
        );
    }
    assert_eq!(here.told("current")?, "a1\n");
    Ok(())
}

#[test]
fn a_folder_without_a_graph_is_told() -> TestResult {
    let here = Workplace::chain()?;
    here.add("d4", "Four", "zz")?;
    insta::assert_snapshot!(here.refused("heads")?, @r"
    error: revision `d4` revises `zz`, which no script defines
     --> migrations/d4.sql:4:13
      |
    4 | -- Revises: zz
      |             ^^ no script has this revision id
      |
      = help: restore the missing script, or name the revision that comes before this one

    error: the scripts have a fault
    hint: this command needs headers that can be read and a graph without a fault; `aludel verify` shows all faults
    exit 1
    ");
    insta::assert_snapshot!(here.refused("history")?.lines().last().unwrap_or_default(), @"exit 1");
    Ok(())
}

#[test]
fn verify_tells_every_fault_and_what_the_proof_finds() -> TestResult {
    let here = Workplace::chain()?;
    assert_eq!(here.told("verify")?, "3 scripts verified: no fault\n");
    here.scratch.write("d4", "c3", "CREATE TABLE x (id INTEGER);", "DROP TABLE t_c3;")?;
    let ended = here.run("verify")?;
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout, @r"
    error: this downgrade does not restore the schema that was there before the upgrade: table `t_c3` is missing; table `x` is left behind
     --> migrations/d4_script.sql:9:1
      |
    9 | -- downgrade
      | ^^^^^^^^^^^^ after this section
      |
      = help: write, in the downgrade, what takes every change of the upgrade back

    4 scripts: 1 fault
    ");
    let ended = here.run("verify --format json")?;
    let told: serde_json::Value = serde_json::from_str(&ended.stdout)?;
    assert_eq!(
        (told["ok"].as_bool(), told["problems"][0]["file"].as_str()),
        (Some(false), Some("migrations/d4_script.sql"))
    );
    let refused = here.run("upgrade head")?;
    assert_eq!(refused.code, Some(1));
    assert!(!here.database().exists());
    here.told("upgrade head --no-proof")?;
    Ok(())
}

#[test]
fn several_heads_are_a_fault_of_the_compiler_only() -> TestResult {
    let here = Workplace::branches()?;
    assert_eq!(here.run("verify")?.code, Some(1));
    here.told("verify --multiple-heads")?;
    here.told("upgrade heads")?;
    Ok(())
}

#[test]
fn an_empty_folder_is_a_chain_without_a_revision() -> TestResult {
    let here = Workplace::empty()?;
    for command in ["history", "history --graph", "heads", "branches", "current", "show head"] {
        assert_eq!(here.told(command)?, "", "{command}");
    }
    for command in ["upgrade head", "downgrade base", "check"] {
        here.told(command)?;
    }
    Ok(())
}
