//! Random schemas: all spellings of a schema are equal, and every change is detected.

mod model;
mod pen;
mod spoil;

use proptest::prelude::*;

use super::same_as_the_pragmas::assert_the_pragmas_agree;
use super::{assert_same, made_by};
use crate::schema::{Changes, differences};
use model::{Choices, Table};
use pen::Pen;

fn written(tables: &[Table], choices: &[u8]) -> String {
    Pen { choices: &mut Choices::new(choices) }.schema(tables)
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..400)
}

/// Converts an error into a property test failure.
fn failed(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_schema_written_in_two_ways_is_one(of in bytes(), one in bytes(), other in bytes()) {
        let tables = model::schema(&mut Choices::new(&of));
        assert_same(&written(&tables, &one), &written(&tables, &other)).map_err(failed)?;
    }

    #[test]
    fn its_ddl_makes_it_again(of in bytes(), one in bytes()) {
        let sql = written(&model::schema(&mut Choices::new(&of)), &one);
        let schema = made_by(&sql).map_err(failed)?;
        let ddl = schema.ddl();
        assert_same(&sql, &ddl).map_err(failed)?;
        prop_assert_eq!(made_by(&ddl).map_err(failed)?.ddl(), ddl);
    }

    #[test]
    fn the_grammar_reads_what_the_pragmas_tell(of in bytes(), one in bytes()) {
        let sql = written(&model::schema(&mut Choices::new(&of)), &one);
        assert_the_pragmas_agree(&sql).map_err(failed)?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_is_spoilt_is_told(of in bytes(), one in bytes(), other in bytes()) {
        let tables = model::schema(&mut Choices::new(&of));
        let sql = written(&tables, &one);
        let schema = made_by(&sql).map_err(failed)?;
        for (what, spoilt) in spoil::each(&tables) {
            let other = made_by(&written(&spoilt, &other)).map_err(failed)?;
            prop_assert!(!differences(&Changes::between(&schema, &other)).is_empty(), "{what}");
            prop_assert!(schema.canonical() != other.canonical(), "{what}");
        }
    }
}
