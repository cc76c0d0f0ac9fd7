//! The dependencies between the objects of a database.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Client, SimpleQueryMessage};

/// The dependencies between objects, by their names, such as `view public.recent` and
/// `table public.photos: column title`.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependencies {
    of: BTreeMap<String, BTreeSet<String>>,
    on: BTreeMap<String, BTreeSet<String>>,
}

/// The query for each dependent object and the object that it needs. A part without a unique name,
/// such as the column of a view, counts as the object that it belongs to. Sequences are omitted,
/// because they only belong to columns.
const QUERY: &str = "
    WITH relation AS (
        SELECT c.oid, c.relkind, CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END
            || quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    ), own_type AS (
        SELECT t.oid, CASE WHEN t.typtype IN ('e', 'd') THEN CASE t.typtype WHEN 'e' THEN 'enum ' ELSE 'domain ' END || quote_ident(n.nspname) || '.' || quote_ident(t.typname) ELSE r.name END AS name
        FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN relation r ON r.oid = t.typrelid
        WHERE t.typtype IN ('e', 'd') OR r.name IS NOT NULL
    ), object AS (
        SELECT 'pg_class'::regclass::oid AS class, oid, 0 AS part, name FROM relation
        UNION ALL SELECT 'pg_class'::regclass, r.oid, a.attnum, CASE WHEN r.relkind IN ('v', 'm') THEN r.name ELSE r.name || ': column ' || quote_ident(a.attname) END
        FROM relation r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, 0, r.name || ': column ' || quote_ident(a.attname) || CASE WHEN a.attgenerated = '' THEN ': default' ELSE '' END
        FROM pg_catalog.pg_attrdef d JOIN relation r ON r.oid = d.adrelid JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0, r.name || ': constraint ' || quote_ident(k.conname)
        FROM pg_catalog.pg_constraint k JOIN relation r ON r.oid = k.conrelid
        UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0, t.name || ': constraint ' || quote_ident(k.conname)
        FROM pg_catalog.pg_constraint k JOIN own_type t ON t.oid = k.contypid
        UNION ALL SELECT 'pg_policy'::regclass, p.oid, 0, r.name || ': policy ' || quote_ident(p.polname) FROM pg_catalog.pg_policy p JOIN relation r ON r.oid = p.polrelid
        UNION ALL SELECT 'pg_class'::regclass, i.indexrelid, 0, r.name || coalesce(
            (SELECT ': constraint ' || quote_ident(k.conname) FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')),
            ': index ' || quote_ident(x.relname))
        FROM pg_catalog.pg_index i JOIN relation r ON r.oid = i.indrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        UNION ALL SELECT 'pg_type'::regclass, oid, 0, name FROM own_type
        UNION ALL SELECT 'pg_type'::regclass, t.oid, 0, o.name FROM pg_catalog.pg_type t JOIN own_type o ON o.oid = t.typelem
        UNION ALL SELECT 'pg_proc'::regclass, p.oid, 0, 'function ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')'
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384
        UNION ALL SELECT 'pg_trigger'::regclass, t.oid, 0, r.name || ': trigger ' || quote_ident(t.tgname)
        FROM pg_catalog.pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
        UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, 0, r.name || CASE w.rulename WHEN '_RETURN' THEN '' ELSE ': rule ' || quote_ident(w.rulename) END
        FROM pg_catalog.pg_rewrite w JOIN relation r ON r.oid = w.ev_class
    )
    SELECT DISTINCT a.name, b.name FROM pg_catalog.pg_depend d
    JOIN object a ON a.class = d.classid AND a.oid = d.objid AND a.part = d.objsubid
    JOIN object b ON b.class = d.refclassid AND b.oid = d.refobjid AND b.part = d.refobjsubid
    WHERE a.name <> b.name AND a.name NOT LIKE 'sequence %' ORDER BY 1, 2";

impl Dependencies {
    /// Reads the dependencies on a connection with an empty search path.
    pub(super) fn read(client: &mut Client) -> Result<Self, postgres::Error> {
        let mut dependencies = Self::default();
        for message in client.simple_query(QUERY)? {
            let SimpleQueryMessage::Row(row) = message else { continue };
            let (Some(dependent), Some(needed)) = (row.try_get(0)?, row.try_get(1)?) else { continue };
            dependencies.of.entry(dependent.to_owned()).or_default().insert(needed.to_owned());
            dependencies.on.entry(needed.to_owned()).or_default().insert(dependent.to_owned());
        }
        Ok(dependencies)
    }

    /// Returns the objects that an object needs.
    pub(super) fn of(&self, object: &str) -> impl Iterator<Item = &str> {
        self.of.get(object).into_iter().flatten().map(String::as_str)
    }

    /// Returns the object and its members, but only those that need another object.
    pub(super) fn parts(&self, object: &str) -> impl Iterator<Item = &str> {
        parts(&self.of, object)
    }

    /// Returns the object and its members, but only those that another object needs.
    pub(super) fn parts_needed(&self, object: &str) -> impl Iterator<Item = &str> {
        parts(&self.on, object)
    }

    /// Returns the objects that depend on an object.
    pub(super) fn on(&self, object: &str) -> impl Iterator<Item = &str> {
        self.on.get(object).into_iter().flatten().map(String::as_str)
    }
}

fn parts<'a>(
    map: &'a BTreeMap<String, BTreeSet<String>>,
    object: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let (object, prefix) = (object.to_owned(), format!("{object}: "));
    let start = object.clone();
    let names = map.range(start.clone()..).map(|(name, _)| name.as_str());
    names
        .take_while(move |name| name.starts_with(&start))
        .filter(move |name| *name == object || name.starts_with(&prefix))
}
