//! The arguments of the `#[table(…)]` and `#[column(…)]` attributes.

use super::attributes::{Bare, Form, Takes, Word};

const fn word(name: &'static str, takes: Takes, example: &'static str) -> Word {
    Word { name, takes, repeats: false, example }
}

const fn many(name: &'static str, takes: Takes, example: &'static str) -> Word {
    Word { name, takes, repeats: true, example }
}

const NAME: Word = word("name", Takes::Text, "name = \"…\"");
const RENAMED_FROM: Word = word("renamed_from", Takes::Text, "renamed_from = \"…\"");
const REFERENCES: Word = word("references", Takes::Text, "references = \"libraries(id)\"");
const ON_DELETE: Word = word("on_delete", Takes::Text, "on_delete = \"CASCADE\"");
const ON_UPDATE: Word = word("on_update", Takes::Text, "on_update = \"CASCADE\"");
const DEFERRABLE: Word = word("deferrable", Takes::Nothing, "deferrable");
const UNIQUE: Word = word("unique", Takes::Nothing, "unique");

/// `#[table(…)]`
pub(super) const TABLE: Form = Form {
    name: "table",
    words: &[
        NAME,
        word("strict", Takes::Nothing, "strict"),
        word("without_rowid", Takes::Nothing, "without_rowid"),
        word("primary_key", Takes::List, "primary_key(…)"),
        many("unique", Takes::List, "unique(…)"),
        many("index", Takes::List, "index(columns(…))"),
        many("check", Takes::List, "check(\"…\")"),
        many("foreign_key", Takes::List, "foreign_key(columns(…), references = \"…\")"),
        RENAMED_FROM,
        word("crate", Takes::Path, "crate = path"),
    ],
    bare: Bare::Nothing,
};

/// `#[column(…)]`
pub(super) const COLUMN: Form = Form {
    name: "column",
    words: &[
        NAME,
        word("sql_type", Takes::Text, "sql_type = \"TEXT\""),
        word("not_null", Takes::Nothing, "not_null"),
        word("nullable", Takes::Nothing, "nullable"),
        word("primary_key", Takes::Nothing, "primary_key"),
        word("autoincrement", Takes::Nothing, "autoincrement"),
        UNIQUE,
        word("index", Takes::Nothing, "index"),
        word("default", Takes::Expression, "default = \"0\""),
        word("check", Takes::Expression, "check = \"…\""),
        word("collate", Takes::Text, "collate = \"NOCASE\""),
        word("generated", Takes::Expression, "generated = \"…\""),
        word("stored", Takes::Nothing, "stored"),
        REFERENCES,
        ON_DELETE,
        ON_UPDATE,
        DEFERRABLE,
        RENAMED_FROM,
        word("skip", Takes::Nothing, "skip"),
    ],
    bare: Bare::Nothing,
};

/// `primary_key(…)` on a table
pub(super) const PRIMARY_KEY: Form = Form { name: "primary_key", words: &[NAME], bare: Bare::Fields };

/// `unique(…)` on a table
pub(super) const UNIQUE_FIELDS: Form = Form { name: "unique", words: &[NAME], bare: Bare::Fields };

/// `check(…)` on a table
pub(super) const CHECK: Form = Form { name: "check", words: &[NAME], bare: Bare::Sql };

/// `index(…)` on a table
pub(super) const INDEX: Form = Form {
    name: "index",
    words: &[
        NAME,
        word("columns", Takes::List, "columns(…)"),
        word("where", Takes::Expression, "where = \"…\""),
        UNIQUE,
    ],
    bare: Bare::Nothing,
};

/// `foreign_key(…)` on a table
pub(super) const FOREIGN_KEY: Form = Form {
    name: "foreign_key",
    words: &[NAME, word("columns", Takes::List, "columns(…)"), REFERENCES, ON_DELETE, ON_UPDATE, DEFERRABLE],
    bare: Bare::Nothing,
};

/// `columns(…)` in a foreign key
pub(super) const FIELDS: Form = Form { name: "columns", words: &[], bare: Bare::Fields };

/// `columns(…)` in an index
pub(super) const INDEXED: Form = Form { name: "columns", words: &[], bare: Bare::FieldsAndSql };
