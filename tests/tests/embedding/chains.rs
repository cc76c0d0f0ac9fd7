//! Chains of every shape compile and run.

use aludel::rusqlite::Connection;
use aludel::rusqlite::functions::FunctionFlags;
use aludel::{At, Revision};
use tests::TestResult;

/// Creates a database in memory.
fn empty() -> aludel::rusqlite::Result<Connection> {
    Connection::open_in_memory()
}

#[test]
fn a_merge_point_is_the_head() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("./chains/branch_and_merge");
    }
    let ready: At<migrations::revision::MergeAlbumsAndFavourites> =
        migrations::CHAIN.migrator().upgrade_to(empty()?)?;
    let ready: At<migrations::Head> = ready;
    assert_eq!((migrations::Head::ID, ready.report().ran.len()), ("c4", 4));
    Ok(())
}

#[test]
fn several_bases_have_several_heads() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("./chains/several_bases", multiple_heads);
    }
    let ready: At<migrations::Heads> = migrations::CHAIN.migrator().upgrade_to(empty()?)?;
    assert_eq!(ready.report().ran.len(), 4);
    Ok(())
}

#[test]
fn ids_become_names_of_types() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("./chains/ids");
    }
    assert_eq!(migrations::revision::R3f2c__photos::ID, "3f2c.photos");
    assert_eq!(migrations::revision::Ra_b___c::ID, "a_b._c");
    let ready: At<migrations::revision::Rc3> = migrations::CHAIN.migrator().upgrade_to(empty()?)?;
    assert_eq!(ready.report().ran.len(), 3);
    Ok(())
}

#[test]
fn a_message_is_in_any_language() {
    mod migrations {
        aludel::embed_migrations!("./chains/words_of_any_language");
    }
    assert_eq!(migrations::Head::MESSAGE, "Fügt „Fotos“ hinzu: 写真 📷");
}

#[test]
fn lines_end_with_a_carriage_return() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("./chains/line_ends");
    }
    assert_eq!(migrations::CHAIN.migrator().upgrade_to_head(empty()?)?.report().ran.len(), 1);
    Ok(())
}

#[test]
fn an_upgrade_needs_no_downgrade() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("./chains/without_a_downgrade");
    }
    assert_eq!(migrations::CHAIN.migrator().upgrade_to_head(empty()?)?.report().ran.len(), 2);
    Ok(())
}

#[test]
fn a_declared_loss_is_embedded() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("./chains/with_rows");
    }
    migrations::CHAIN.migrator().upgrade_to_head(empty()?)?;
    let scripts = &migrations::CHAIN.untyped().scripts;
    let losses: Vec<_> = scripts.iter().flat_map(|script| script.declared.loses.iter()).collect();
    assert_eq!(losses, ["photos.title"]);
    Ok(())
}

#[test]
fn notes_do_not_stop_the_compiler() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("messages/notes/every_note");
    }
    migrations::CHAIN.migrator().upgrade_to_head(empty()?)?;
    Ok(())
}

#[test]
fn the_head_equals_a_schema_in_a_file() -> TestResult {
    mod migrations {
        aludel::embed_migrations!("./chains/schema", schema = "./chains/schema.schema.sql");
    }
    migrations::CHAIN.migrator().upgrade_to_head(empty()?)?;
    Ok(())
}

#[test]
fn the_proof_has_the_settings_of_the_call() -> TestResult {
    mod migrations {
        aludel::embed_migrations!(
            "./chains/settings",
            schema = "./chains/settings.schema.sql",
            functions = ["slug/1"],
            allow = ["if-exists up to b2"],
        );
    }
    let migrator = migrations::CHAIN.migrator().prepare(|connection| {
        connection.create_scalar_function("slug", 1, FunctionFlags::SQLITE_DETERMINISTIC, |context| {
            context.get::<String>(0).map(|title| title.to_lowercase())
        })
    });
    assert_eq!(migrator.upgrade_to_head(empty()?)?.report().ran.len(), 2);
    Ok(())
}
