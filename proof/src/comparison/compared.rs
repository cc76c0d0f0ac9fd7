//! Completes a schema with details from another schema, so that different wording and unspecified
//! details do not count as differences.

use std::sync::Arc;

use aludel_core::schema::{
    Check, Definition, ForeignKey, Kind, NotNull, Object, PrimaryKey, Schema, Table, Unique,
};

use super::expected::LeftOpen;

/// Returns the schema with the parent columns of its foreign keys written as in the other schema.
/// `REFERENCES p` and `REFERENCES p (id)` are the same if `id` is the primary key of `p`.
pub(crate) fn naming_parents_as(schema: &Schema, other: &Schema) -> Schema {
    with_tables_as(schema, other, |table, before| {
        for key in &mut table.foreign_keys {
            let meant = meant_by(key, schema);
            let same = |before: &&ForeignKey| meant_by(before, other) == meant;
            if let Some(before) = before.foreign_keys.iter().find(same) {
                key.parent_columns.clone_from(&before.parent_columns);
            }
        }
    })
}

/// Returns the schema with its unnamed constraints named as in the other schema.
pub(crate) fn naming_constraints_as(schema: &Schema, other: &Schema) -> Schema {
    with_tables_as(schema, other, |table, before| {
        if let (Some(key), Some(before)) = (&mut table.primary_key, &before.primary_key)
            && *key == (PrimaryKey { name: None, ..before.clone() })
        {
            key.name.clone_from(&before.name);
        }
        for column in &mut table.columns {
            let of_other = before.column(&column.name).and_then(|column| column.not_null.clone());
            if let (Some(own), Some(other)) = (&mut column.not_null, of_other)
                && *own == (NotNull { name: None, ..other.clone() })
            {
                own.name = other.name;
            }
        }
        for unique in &mut table.unique {
            let same = |before: &&Unique| *unique == (Unique { name: None, ..(*before).clone() });
            unique.name =
                before.unique.iter().find(same).map_or(unique.name.take(), |before| before.name.clone());
        }
        for check in &mut table.checks {
            let same = |before: &&Check| *check == (Check { name: None, ..(*before).clone() });
            check.name =
                before.checks.iter().find(same).map_or(check.name.take(), |before| before.name.clone());
        }
        for key in &mut table.foreign_keys {
            let same = |before: &&ForeignKey| *key == (ForeignKey { name: None, ..(*before).clone() });
            key.name =
                before.foreign_keys.iter().find(same).map_or(key.name.take(), |before| before.name.clone());
        }
    })
}

/// Returns the schema with the objects that it leaves open copied from the other schema.
pub(crate) fn completed_from(schema: &Schema, other: &Schema, left_open: LeftOpen) -> Schema {
    let kept = other.objects.iter().filter(|(key, object)| {
        !schema.objects.contains_key(*key)
            && is_left_open(object, left_open)
            && !goes_with_a_table(object, schema)
    });
    let kept: Vec<_> = kept.map(|(key, object)| (key.clone(), Arc::clone(object))).collect();
    let mut result = schema.clone();
    result.objects.extend(kept);
    result
}

fn with_tables_as(schema: &Schema, other: &Schema, settle: impl Fn(&mut Table, &Table)) -> Schema {
    let mut result = schema.clone();
    for object in schema.of_kind(Kind::Table) {
        let before = other.objects.get(&object.key()).filter(|before| *before != object);
        let (Some(table), Some(before)) = (object.as_table(), before.and_then(|before| before.as_table()))
        else {
            continue;
        };
        let mut settled = table.clone();
        settle(&mut settled, before);
        if settled != *table {
            replace_table(&mut result, object.name(), &settled.normalised());
        }
    }
    result
}

/// Replaces a table. Parses its indexes again, because they inherit collations from it.
pub(crate) fn replace_table(schema: &mut Schema, name: &str, table: &Table) {
    let sql = table.ddl(name).trim_end_matches(';').to_owned();
    let table = Arc::new(Object::new(Kind::Table, name.to_owned(), name, sql));
    let indexes: Vec<Arc<Object>> =
        schema.of_kind(Kind::Index).filter(|index| index.table().is(name)).map(Arc::clone).collect();
    for index in indexes {
        let index = Object::index(index.name().to_owned(), &table, index.sql().to_owned());
        schema.objects.insert(index.key(), Arc::new(index));
    }
    schema.objects.insert(table.key(), table);
}

fn is_left_open(object: &Object, left_open: LeftOpen) -> bool {
    match object.kind() {
        Kind::View | Kind::Trigger => left_open == LeftOpen::BeyondTables,
        Kind::Table => {
            left_open != LeftOpen::Nothing && matches!(object.definition(), Definition::VirtualTable(_))
        }
        Kind::Index => false,
    }
}

/// Returns `true` if the object is a trigger on a table that no longer exists.
fn goes_with_a_table(object: &Object, schema: &Schema) -> bool {
    let on = object.table().as_str();
    object.kind() == Kind::Trigger
        && schema.object(Kind::Table, on).is_none()
        && schema.object(Kind::View, on).is_none()
}

/// Returns the foreign key with its parent columns written out and without its name.
fn meant_by(key: &ForeignKey, schema: &Schema) -> ForeignKey {
    let mut key = ForeignKey { name: None, ..key.clone() };
    if key.parent_columns.is_empty()
        && let Some(primary) =
            schema.table(key.parent.as_str()).and_then(|parent| parent.primary_key.as_ref())
    {
        key.parent_columns = primary.columns.iter().map(|key| key.column.clone()).collect();
    }
    key
}

#[cfg(test)]
mod tests {
    use aludel_core::schema::sqlite::{Reader, Touched};
    use aludel_core::schema::{Changes, Schema};

    use super::{LeftOpen, completed_from, naming_constraints_as, naming_parents_as};

    fn schema(sql: &str) -> rusqlite::Result<Schema> {
        let connection = rusqlite::Connection::open_in_memory()?;
        connection.execute_batch(sql)?;
        let mut reader = Reader::default();
        reader.read(&connection, &Touched::Everything)?;
        Ok(reader.schema().clone())
    }

    #[test]
    fn what_models_leave_open_is_as_it_is() -> rusqlite::Result<()> {
        let head = schema(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CONSTRAINT one UNIQUE, b INTEGER CONSTRAINT up REFERENCES t (id), CONSTRAINT many CHECK (b > 0));
             CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER w AFTER DELETE ON t BEGIN SELECT 1; END;
             CREATE VIRTUAL TABLE f USING fts5(a);",
        )?;
        let wanted = schema(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER REFERENCES t CHECK (b > 0))",
        )?;
        let open = naming_parents_as(&completed_from(&wanted, &head, LeftOpen::BeyondTables), &head);
        assert!(!Changes::between(&open, &head).is_empty());
        assert!(Changes::between(&naming_constraints_as(&open, &head), &head).is_empty());
        Ok(())
    }

    #[test]
    fn a_parents_primary_key_may_be_named_or_not() -> rusqlite::Result<()> {
        let parents =
            "CREATE TABLE p (id INTEGER PRIMARY KEY, k UNIQUE); CREATE TABLE q (a, b, PRIMARY KEY (a, b));";
        let head = |words| schema(&format!("{parents} CREATE TABLE c (p REFERENCES {words})"));
        let (short, long, other) = (head("p")?, head("P (ID)")?, head("p (k)")?);
        let same = |wanted: &Schema, head: &Schema| {
            Changes::between(&naming_parents_as(wanted, head), head).is_empty()
        };
        assert!(same(&short, &long) && same(&long, &short));
        assert!(!same(&short, &other) && !same(&other, &long));
        let both = |words| {
            schema(&format!("{parents} CREATE TABLE c (x, y, FOREIGN KEY (x, y) REFERENCES {words})"))
        };
        assert!(same(&both("q")?, &both("q (a, b)")?));
        assert!(!same(&both("q")?, &both("q (b, a)")?));
        Ok(())
    }
}
