//! Writes models as SQL, as a careful person would: one column per line, then the constraints of
//! the table, then the indexes.

use aludel_core::script::sqlite::{TokenType, is_literal, quoted, tokens};

use super::value::{Column, Index, Models, References, Table};

impl Models {
    /// Returns the target schema as a `schema.sql` would define it. Each statement ends with a
    /// semicolon.
    #[must_use]
    pub fn to_sql(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(Table::to_sql).collect();
        tables.join("\n")
    }

    /// Returns the statements without semicolons.
    pub fn statements(&self) -> impl Iterator<Item = String> {
        self.tables.iter().flat_map(Table::statements)
    }
}

impl Table {
    /// Returns the SQL of the table and its indexes.
    #[must_use]
    pub fn to_sql(&self) -> String {
        let indexes: String = self.indexes.iter().map(|index| self.create_index(index) + ";\n").collect();
        let gap = if indexes.is_empty() { "" } else { "\n" };
        format!("{};\n{gap}{indexes}", self.create_table())
    }

    /// Returns the `CREATE TABLE` and each `CREATE INDEX`, without semicolons.
    pub fn statements(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.create_table()).chain(self.indexes.iter().map(|index| self.create_index(index)))
    }

    /// Returns the `CREATE TABLE`, without a semicolon.
    #[must_use]
    pub fn create_table(&self) -> String {
        let columns = self.columns.iter().map(column);
        let lines: Vec<String> =
            columns.chain(self.constraints()).map(|line| format!("    {line}")).collect();
        let options: Vec<&str> = [(self.strict, "STRICT"), (self.without_rowid, "WITHOUT ROWID")]
            .into_iter()
            .filter_map(|(is, word)| is.then_some(word))
            .collect();
        let gap = if options.is_empty() { "" } else { " " };
        format!("CREATE TABLE {} (\n{}\n){gap}{}", name(&self.name), lines.join(",\n"), options.join(", "))
    }

    /// Returns a `CREATE INDEX`, without a semicolon.
    #[must_use]
    pub fn create_index(&self, index: &Index) -> String {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let condition =
            index.condition.as_ref().map_or_else(String::new, |condition| format!(" WHERE {condition}"));
        let columns = index.columns.join(", ");
        format!("CREATE {unique}INDEX {} ON {} ({columns}){condition}", name(&index.name), name(&self.name))
    }

    fn constraints(&self) -> impl Iterator<Item = String> {
        let key = self
            .primary_key
            .iter()
            .map(|key| named(key.name.as_ref(), &format!("PRIMARY KEY {}", list(&key.columns))));
        let unique = self
            .unique
            .iter()
            .map(|unique| named(unique.name.as_ref(), &format!("UNIQUE {}", list(&unique.columns))));
        let checks = self
            .checks
            .iter()
            .map(|check| named(check.name.as_ref(), &format!("CHECK ({})", check.expression)));
        let foreign_keys = self.foreign_keys.iter().map(|key| {
            let parent = references(&key.references);
            named(key.name.as_ref(), &format!("FOREIGN KEY {} {parent}", list(&key.columns)))
        });
        key.chain(unique).chain(checks).chain(foreign_keys)
    }
}

fn column(column: &Column) -> String {
    let mut words = vec![name(&column.name), column.declared_type.clone()];
    let mut add = |is: bool, word: &str| {
        if is {
            words.push(word.to_owned());
        }
    };
    add(column.not_null, "NOT NULL");
    add(column.primary_key, "PRIMARY KEY");
    add(column.autoincrement, "AUTOINCREMENT");
    add(column.unique, "UNIQUE");
    words.extend(column.default.as_deref().map(|default| format!("DEFAULT {}", default_value(default))));
    words.extend(column.collation.as_deref().map(|collation| format!("COLLATE {}", name(collation))));
    words.extend(column.check.as_deref().map(|check| format!("CHECK ({check})")));
    words.extend(column.generated.as_ref().map(|generated| {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        format!("GENERATED ALWAYS AS ({}) {kind}", generated.expression)
    }));
    words.extend(column.references.as_ref().map(references));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn references(parent: &References) -> String {
    let mut words = format!("REFERENCES {}", name(&parent.table));
    if !parent.columns.is_empty() {
        words = format!("{words} {}", list(&parent.columns));
    }
    for (event, action) in [("DELETE", parent.on_delete), ("UPDATE", parent.on_update)] {
        if let Some(action) = action {
            words = format!("{words} ON {event} {}", action.word());
        }
    }
    if parent.deferrable { format!("{words} DEFERRABLE INITIALLY DEFERRED") } else { words }
}

fn named(constraint: Option<&String>, words: &str) -> String {
    constraint.map_or_else(|| words.to_owned(), |it| format!("CONSTRAINT {} {words}", name(it)))
}

fn list(columns: &[String]) -> String {
    format!("({})", columns.iter().map(|column| name(column)).collect::<Vec<_>>().join(", "))
}

/// Returns a name as a person writes it: in quotes only if SQLite would read it differently without
/// them.
pub(super) fn name(name: &str) -> String {
    match tokens(name).as_slice() {
        [one] if one.kind == TokenType::TK_ID && one.text == name && is_plain(name) => name.to_owned(),
        _ => quoted(name),
    }
}

/// Returns `true` for letters, digits and `_`. SQLite accepts more, but not every tool that reads a
/// schema does.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Rule: a default is a literal, or is written in parentheses
/// (<https://sqlite.org/lang_createtable.html#the_default_clause>).
fn default_value(expression: &str) -> String {
    let expression = expression.trim();
    if is_literal(expression) || is_in_parentheses(expression) {
        expression.to_owned()
    } else {
        format!("({expression})")
    }
}

/// Returns `true` if the last token closes the first parenthesis.
fn is_in_parentheses(expression: &str) -> bool {
    let tokens = tokens(expression);
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return position > 0 && position + 1 == tokens.len();
        }
    }
    false
}
