//! Compares the schema that the scripts produce with the schema of a database in use.
//!
//! A database may contain objects of other programs, extensions and roles. Objects that no script
//! mentions belong to the operator of the server, and are not compared.

use std::collections::BTreeSet;

use super::{Catalog, Difference, Fingerprint, Schema, Sequence, Table};
use crate::names::{bare, split};

/// The properties that are compared only if a script sets them. Otherwise, the operator of the
/// server sets them.
const OF_THE_SERVER: [&str; 4] = ["owner", "privileges", "settings", "tablespace"];

impl Catalog {
    /// Returns the fingerprints of the schemas of scripts that a database with this catalog certainly
    /// has: with and without the owners, privileges, settings and tablespaces, which the operator of
    /// the server may have set.
    pub fn fingerprints_of_database(&self) -> [Fingerprint; 2] {
        [self.fingerprint(), self.fingerprint_without(&OF_THE_SERVER)]
    }

    /// Returns the differences between the schema of the scripts and the schema of a database.
    ///
    /// Does not compare schemas, extensions and partitions that no script creates, owners,
    /// privileges and settings that no script sets, or versions of extensions. Also skips tables
    /// and views if `is_compared` returns `false` for their name.
    pub fn differences_of_database(
        &self,
        found: &Self,
        is_compared: impl Fn(&str) -> bool,
    ) -> Vec<Difference> {
        let is_known = |name: &str| self.tables.iter().any(|table| table.name == name);
        let is_of_program = |table: &&Table| table.bound.is_none() || is_known(&table.name);
        let (of_program, partitions): (Vec<&Table>, Vec<&Table>) =
            found.tables.iter().partition(is_of_program);
        let tables = of_program.into_iter().chain(&self.tables).map(|table| &*table.name);
        let views = found.views.iter().chain(&self.views).map(|view| &*view.name);
        let mut objects: BTreeSet<&str> =
            tables.chain(views).filter(|name| !is_compared(&bare(name))).collect();
        objects.extend(partitions.iter().map(|table| &*table.name));
        let is_of_foreign = |sequence: &&Sequence| {
            let column = sequence.owned_by.as_deref();
            column
                .and_then(|column| column.rsplit_once('.'))
                .is_some_and(|(table, _)| objects.contains(table))
        };
        let sequences: Vec<&str> =
            found.sequences.iter().filter(is_of_foreign).map(|sequence| &*sequence.name).collect();
        objects.extend(sequences);
        let is_foreign = |schema: &&Schema| !self.schemas.iter().any(|known| known.name == schema.name);
        let schemas = found.schemas.iter().filter(is_foreign).map(|schema| &*schema.name).collect();
        let foreign = Foreign { schemas, objects };
        let mut differences = self.differences(found);
        differences.retain(|difference| !foreign.owns(difference));
        differences
    }
}

/// The objects of a database that no script created, by name.
struct Foreign<'c> {
    schemas: BTreeSet<&'c str>,
    objects: BTreeSet<&'c str>,
}

impl Foreign<'_> {
    fn owns(&self, difference: &Difference) -> bool {
        let (kind, name) = difference.whole();
        match difference {
            Difference::Changed { property, expected: None, .. } if OF_THE_SERVER.contains(property) => true,
            Difference::Changed { property: "version", .. } if kind == "extension" => true,
            Difference::LeftBehind { .. } if ["extension", "default privileges"].contains(&kind) => true,
            Difference::LeftBehind { .. } if kind == "schema" => self.schemas.contains(name),
            _ => self.schemas.contains(split(name).0) || self.objects.contains(name),
        }
    }
}

impl Difference {
    /// Returns the kind and the name of the object, or of the object that it belongs to.
    fn whole(&self) -> (&str, &str) {
        let object = self.object().split(": ").next().unwrap_or_default();
        let of_kind = |kind: &&'static str| Some((*kind, object.strip_prefix(kind)?.strip_prefix(' ')?));
        Catalog::KINDS.iter().find_map(of_kind).unwrap_or(("", object))
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, DefaultPrivilege, Difference, Extension, Schema, Sequence, Table};

    fn table(name: &str, bound: Option<&str>) -> Table {
        Table { name: name.to_owned(), bound: bound.map(str::to_owned), ..Table::default() }
    }

    #[test]
    fn what_no_script_mentions_is_not_compared() {
        let schema = |name: &str| Schema { name: name.to_owned(), ..Schema::default() };
        let owned = |name: &str| Table { owner: Some("somebody".to_owned()), ..table(name, None) };
        let scripts = Catalog {
            schemas: vec![schema("public")],
            tables: vec![table("public.photos", None)],
            ..Catalog::default()
        };
        let database = Catalog {
            schemas: vec![schema("audit"), schema("public")],
            extensions: vec![Extension { name: "pg_stat_statements".to_owned(), ..Extension::default() }],
            default_privileges: vec![DefaultPrivilege {
                name: "owner on r in public".to_owned(),
                ..DefaultPrivilege::default()
            }],
            tables: vec![
                table("audit.log", None),
                table("public.\"by hand\"", None),
                owned("public.photos"),
                table("public.photos_2026", Some("FOR VALUES IN (2026)")),
                table("public.\"of tool\"", None),
            ],
            sequences: vec![Sequence {
                name: "public.of_tool_id_seq".to_owned(),
                owned_by: Some("public.\"of tool\".id".to_owned()),
                ..Sequence::default()
            }],
            ..Catalog::default()
        };
        let found = scripts.differences_of_database(&database, |table| table != "of tool");
        let words: Vec<String> = found.iter().map(Difference::of_a_database).collect();
        assert_eq!(words, ["table public.\"by hand\" is not created by the scripts"]);
    }

    #[test]
    fn what_a_script_sets_is_compared() {
        let scripts = Catalog {
            tables: vec![Table { owner: Some("app".to_owned()), ..table("public.photos", None) }],
            ..Catalog::default()
        };
        let database = Catalog { tables: vec![table("public.photos", None)], ..Catalog::default() };
        assert_eq!(scripts.differences_of_database(&database, |_| true).len(), 1);
    }
}
