//! Foreign keys that say the same in other words: with the primary key of the parent named, or not.

use std::sync::Arc;

use super::{ForeignKey, Kind, Object, Schema, Table};

impl Schema {
    /// The same schema, in which foreign keys name their parent's columns where another schema does: `REFERENCES p` and
    /// `REFERENCES p (id)` are the same, where `id` is the primary key of `p`.
    pub(crate) fn naming_parents_as(&self, other: &Self) -> Self {
        let mut schema = self.clone();
        for object in self.of_kind(Kind::Table) {
            let before = other.objects.get(&object.key()).filter(|before| *before != object);
            let (Some(table), Some(before)) =
                (object.as_table(), before.and_then(|before| before.as_table()))
            else {
                continue;
            };
            let mut named = table.clone();
            for key in &mut named.foreign_keys {
                let full = |key: &ForeignKey, schema| naming_its_parent(key, schema);
                let same = |before: &&ForeignKey| full(before, other) == full(key, self);
                if let Some(before) = before.foreign_keys.iter().find(same) {
                    key.parent_columns.clone_from(&before.parent_columns);
                }
            }
            if named != *table {
                schema.replace_table(object.name(), &named.normalised());
            }
        }
        schema
    }

    /// Puts another table in the place of one; its indexes take collations from it.
    pub(crate) fn replace_table(&mut self, name: &str, table: &Table) {
        let sql = table.ddl(name).trim_end_matches(';').to_owned();
        let table = Arc::new(Object::new(Kind::Table, name.to_owned(), name, sql));
        let indexes: Vec<Arc<Object>> =
            self.of_kind(Kind::Index).filter(|index| index.table().is(name)).map(Arc::clone).collect();
        for index in indexes {
            let index = Object::index(index.name().to_owned(), &table, index.sql().to_owned());
            self.objects.insert(index.key(), Arc::new(index));
        }
        self.objects.insert(table.key(), table);
    }
}

fn naming_its_parent(key: &ForeignKey, schema: &Schema) -> ForeignKey {
    let mut key = key.clone();
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
    use super::super::sqlite::{Reader, Touched};
    use super::super::{Changes, Schema};

    fn schema(sql: &str) -> rusqlite::Result<Schema> {
        let connection = rusqlite::Connection::open_in_memory()?;
        connection.execute_batch(sql)?;
        let mut reader = Reader::default();
        reader.read(&connection, &Touched::Everything)?;
        Ok(reader.schema().clone())
    }

    #[test]
    fn a_parents_primary_key_may_be_named_or_not() -> rusqlite::Result<()> {
        let parents =
            "CREATE TABLE p (id INTEGER PRIMARY KEY, k UNIQUE); CREATE TABLE q (a, b, PRIMARY KEY (a, b));";
        let head = |words| schema(&format!("{parents} CREATE TABLE c (p REFERENCES {words})"));
        let (short, long, other) = (head("p")?, head("P (ID)")?, head("p (k)")?);
        let same = |wanted: &Schema, head: &Schema| {
            Changes::between(&wanted.naming_parents_as(head), head).is_empty()
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
