//! A day's work: from an empty folder to a merged chain, with upgrades, downgrades and the log.

use std::fmt::Write as _;

use tests::TestResult;

use crate::program::{Workplace, timeless};

#[test]
fn a_days_work() -> TestResult {
    let here = Workplace::empty()?;
    std::fs::remove_dir(here.scratch.migrations())?;
    let mut transcript = String::new();
    let mut type_in = |words: &[&str]| -> TestResult {
        let output = crate::program::ended(&here.command(words).output()?)?;
        write!(transcript, "$ aludel {}\n{}{}", words.join(" "), output.stderr, output.stdout)?;
        if output.code != Some(0) {
            writeln!(transcript, "exit {:?}", output.code)?;
        }
        Ok(())
    };
    type_in(&["init"])?;
    type_in(&["revision", "-m", "Create account table", "--rev-id", "a1"])?;
    here.fill_in("a1", "CREATE TABLE account (id INTEGER PRIMARY KEY);", "DROP TABLE account;")?;
    type_in(&["revision", "-m", "Add a column", "--rev-id", "b2"])?;
    here.fill_in("b2", "ALTER TABLE account ADD COLUMN mail TEXT;", "ALTER TABLE account DROP COLUMN mail;")?;
    type_in(&["revision", "-m", "Add an index", "--rev-id", "c3"])?;
    here.fill_in("c3", "CREATE INDEX account_mail ON account (mail);", "DROP INDEX account_mail;")?;
    type_in(&["upgrade", "head"])?;
    type_in(&[
        "revision",
        "-m",
        "Carts",
        "--head",
        "b2",
        "--splice",
        "--branch-label",
        "cart",
        "--rev-id",
        "d4",
    ])?;
    here.fill_in("d4", "CREATE TABLE cart (id INTEGER PRIMARY KEY);", "DROP TABLE cart;")?;
    type_in(&["branches"])?;
    type_in(&["merge", "heads", "-m", "Join the cart", "--rev-id", "e5"])?;
    type_in(&["upgrade", "head"])?;
    type_in(&["history", "--graph"])?;
    type_in(&["downgrade", "c3"])?;
    type_in(&["downgrade", "cart@-1"])?;
    type_in(&["current"])?;
    type_in(&["status"])?;
    type_in(&["log"])?;
    insta::assert_snapshot!(timeless(&transcript), @r#"
    $ aludel init
    Next: check the `database` setting in aludel.toml, then create the first script with `aludel revision -m "…"`
    Creating directory migrations ...  done
    Generating aludel.toml ...  done
    $ aludel revision -m Create account table --rev-id a1
    Next: write its upgrade and downgrade; until then the program does not compile
    Generating migrations/YYYY_MM_DD_HHMM-a1_create_account_table.sql ...  done
    $ aludel revision -m Add a column --rev-id b2
    Next: write its upgrade and downgrade; until then the program does not compile
    Generating migrations/YYYY_MM_DD_HHMM-b2_add_a_column.sql ...  done
    $ aludel revision -m Add an index --rev-id c3
    Next: write its upgrade and downgrade; until then the program does not compile
    Generating migrations/YYYY_MM_DD_HHMM-c3_add_an_index.sql ...  done
    $ aludel upgrade head
    Running upgrade  -> a1, Create account table
    Running upgrade a1 -> b2, Add a column
    Running upgrade b2 -> c3, Add an index
    3 scripts ran in 0.0 ms; the database is at c3
    $ aludel revision -m Carts --head b2 --splice --branch-label cart --rev-id d4
    Next: write its upgrade and downgrade; until then the program does not compile
    Generating migrations/YYYY_MM_DD_HHMM-d4_carts.sql ...  done
    $ aludel branches
    b2 (branchpoint)
       -> c3 (head)
       -> d4 (cart) (head)

    $ aludel merge heads -m Join the cart --rev-id e5
    Generating migrations/YYYY_MM_DD_HHMM-e5_join_the_cart.sql ...  done
    $ aludel upgrade head
    Running upgrade b2 -> d4, Carts
    Running upgrade c3, d4 -> e5, Join the cart
    2 scripts ran in 0.0 ms; the database is at e5
    $ aludel history --graph
    *   e5 (cart) (head) (mergepoint), Join the cart
    |\
    | * d4 (cart), Carts
    * | c3, Add an index
    |/
    * b2 (branchpoint), Add a column
    * a1, Create account table
    $ aludel downgrade c3
    This reverts, in test.db:
      e5 -> c3, d4, Join the cart
    Running downgrade e5 -> c3, d4, Join the cart
    1 script ran in 0.0 ms; the database is at c3, d4
    $ aludel downgrade cart@-1
    This reverts, in test.db:
      d4 -> b2, Carts
    Running downgrade d4 -> b2, Carts
    1 script ran in 0.0 ms; the database is at c3
    $ aludel current
    c3
    $ aludel status
    database  test.db
    status    behind: 2 pending
    current   c3
    heads     e5
      d4, Carts
      e5, Join the cart
    to do     run `upgrade heads` to apply the pending revisions; `--dry-run` only shows them
    $ aludel log
    when (UTC)           what       revision  took    message
    0000-00-00 00:00:00  upgrade    a1        0.0 ms  Create account table
    0000-00-00 00:00:00  upgrade    b2        0.0 ms  Add a column
    0000-00-00 00:00:00  upgrade    c3        0.0 ms  Add an index
    0000-00-00 00:00:00  upgrade    d4        0.0 ms  Carts
    0000-00-00 00:00:00  upgrade    e5        0.0 ms  Join the cart
    0000-00-00 00:00:00  downgrade  e5        0.0 ms  Join the cart
    0000-00-00 00:00:00  downgrade  d4        0.0 ms  Carts
    "#);
    Ok(())
}

#[test]
fn a_new_script_is_dated_and_asks_to_be_filled_in() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("revision -m Favourites --depends-on a1 --branch-label favourites --rev-id d4")?;
    let text = std::fs::read_to_string(here.script("d4")?)?;
    insta::assert_snapshot!(timeless(&text), @r"
    -- Favourites
    --
    -- Revision ID: d4
    -- Revises: c3
    -- Branch Labels: favourites
    -- Depends On: a1
    -- Create Date: 0000-00-00 00:00:00.000000

    -- upgrade
    -- REVIEW: write the statements of the upgrade here, and remove this line

    -- downgrade
    -- REVIEW: write the statements of the downgrade here, and remove this line
    ");
    let refused = here.run("upgrade head")?;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("this script must still be reviewed"), "{}", refused.stderr);
    assert!(!here.database().exists());
    Ok(())
}

#[test]
fn init_keeps_to_the_settings_that_are_there_and_makes_those_that_are_named() -> TestResult {
    let here = Workplace::empty()?;
    std::fs::remove_dir(here.scratch.migrations())?;
    let mut transcript = String::new();
    for words in [
        "init scripts",
        "init",
        "init more",
        "-c other.toml init elsewhere",
        "-c other.toml revision -m First --rev-id a1",
        "-c other.toml history",
        "history",
    ] {
        let ended = here.run(words)?;
        assert_eq!(ended.code, Some(0), "{words}: {ended:?}");
        write!(transcript, "$ aludel {words}\n{}{}", ended.stderr, ended.stdout)?;
    }
    insta::assert_snapshot!(timeless(&transcript), @r#"
    $ aludel init scripts
    Next: check the `database` setting in aludel.toml, then create the first script with `aludel revision -m "…"`
    Creating directory scripts ...  done
    Generating aludel.toml ...  done
    $ aludel init
    Next: check the `database` setting in aludel.toml, then create the first script with `aludel revision -m "…"`
    $ aludel init more
    Next: set `migrations` in aludel.toml to this folder (now `scripts`), then create the first script with `aludel revision -m "…"`
    Creating directory more ...  done
    $ aludel -c other.toml init elsewhere
    Next: check the `database` setting in other.toml, then create the first script with `aludel revision -m "…"`
    Creating directory elsewhere ...  done
    Generating other.toml ...  done
    $ aludel -c other.toml revision -m First --rev-id a1
    Next: write its upgrade and downgrade; until then the program does not compile
    Generating elsewhere/YYYY_MM_DD_HHMM-a1_first.sql ...  done
    $ aludel -c other.toml history
    <base> -> a1 (head), First
    $ aludel history
    "#);
    Ok(())
}
