//! Writes a schema in one of many equivalent spellings.

use super::model::{Choices, Expr, Index, Table, Trigger};

pub(super) struct Pen<'a, 'b> {
    pub(super) choices: &'a mut Choices<'b>,
}

impl Pen<'_, '_> {
    pub(super) fn schema(&mut self, tables: &[Table]) -> String {
        let parent = tables.first().map_or("", |table| table.name);
        let mut sql: Vec<String> = tables.iter().map(|table| self.table(table, parent)).collect();
        for table in tables {
            for (place, index) in table.indexes.iter().enumerate() {
                sql.push(self.index(table, place, index));
            }
            sql.extend(table.view.map(|number| self.view(table, number)));
            for (place, trigger) in table.triggers.iter().enumerate() {
                sql.push(self.trigger(table, place, trigger));
            }
        }
        sql.join(";\n")
    }

    fn table(&mut self, table: &Table, parent: &str) -> String {
        let mut after = Vec::new();
        let mut lines: Vec<String> =
            (0..table.columns.len()).map(|place| self.column(table, place, parent, &mut after)).collect();
        for (name, check) in &table.checks {
            let name = name.map(|name| format!("{} {} ", self.word("CONSTRAINT"), self.own_name(name)));
            let check = self.expression(check);
            after.push(format!("{}{} ({check})", name.unwrap_or_default(), self.word("CHECK")));
        }
        if table.key.len() > 1 {
            let columns: Vec<String> =
                table.key.iter().map(|place| self.column_name(table, *place)).collect();
            after.push(format!("{}({})", self.word("PRIMARY KEY"), columns.join(", ")));
        }
        while !after.is_empty() {
            let place = self.choices.below(after.len());
            lines.push(after.remove(place));
        }
        let mut options: Vec<&str> = Vec::new();
        options.extend(table.strict.then_some("STRICT"));
        options.extend(table.without_rowid.then_some("WITHOUT ROWID"));
        if self.choices.is(2) {
            options.reverse();
        }
        let options: Vec<String> = options.into_iter().map(|option| self.word(option)).collect();
        let (exists, gap) = (if self.choices.is(2) { "IF NOT EXISTS main." } else { "" }, self.gap());
        format!(
            "{} {exists}{}{gap}({}){}",
            self.word("CREATE TABLE"),
            self.own_name(table.name),
            lines.join(&format!("{gap},")),
            options.join(",")
        )
    }

    fn column(&mut self, table: &Table, place: usize, parent: &str, after: &mut Vec<String>) -> String {
        let Some(column) = table.columns.get(place) else { return String::new() };
        let gap = self.gap();
        let mut beside = Vec::new();
        let name = |pen: &mut Self| pen.reference(column.name);
        if let Some(conflict) = column.not_null {
            beside.push(format!("{}{}", self.word("NOT NULL"), self.conflict(conflict)));
        } else if self.choices.is(3) && table.key.is_empty() {
            beside.push(self.word("NULL"));
        }
        if let Some(default) = &column.default {
            let plain = matches!(default, Expr::Literal(_)) && self.choices.is(2);
            let value = self.expression(default);
            beside.push(match default {
                Expr::Literal(literal) if plain => format!("{} {literal}", self.word("DEFAULT")),
                _ => format!("{} ({value})", self.word("DEFAULT")),
            });
        }
        let collation =
            if column.collation.is_empty() && self.choices.is(4) { "BINARY" } else { column.collation };
        if !collation.is_empty() {
            beside.push(format!("{} {}", self.word("COLLATE"), self.reference(collation)));
        }
        if let Some((expression, stored)) = &column.generated {
            let (always, kind) = (self.choices.is(2), if *stored { "STORED" } else { "VIRTUAL" });
            // To SQLite, a comment before `GENERATED ALWAYS` is part of the type.
            let always = always && gap.trim().is_empty();
            let always = if always { self.word("GENERATED ALWAYS ") } else { String::new() };
            let kind = if !stored && self.choices.is(2) { String::new() } else { self.word(kind) };
            let expression = self.expression(expression);
            beside.push(format!("{always}{} ({expression}) {kind}", self.word("AS")));
        }
        if table.key == [place] {
            let autoincrement = if table.autoincrement { self.word(" AUTOINCREMENT") } else { String::new() };
            if self.choices.is(2) {
                let asc = if self.choices.is(2) { " ASC" } else { "" };
                beside.push(format!("{}{asc}{autoincrement}", self.word("PRIMARY KEY")));
            } else {
                after.push(format!("{} ({}{autoincrement})", self.word("PRIMARY KEY"), name(self)));
            }
        }
        for (columns, conflict) in &table.unique {
            if columns.as_slice() == [place] {
                let conflict = self.conflict(conflict);
                if self.choices.is(2) {
                    beside.push(format!("{}{conflict}", self.word("UNIQUE")));
                } else {
                    after.push(format!("{}({}){conflict}", self.word("UNIQUE"), name(self)));
                }
            }
        }
        for (child, action, deferred) in &table.foreign_keys {
            if *child == place {
                let references = self.references(parent, action, *deferred);
                if self.choices.is(2) {
                    beside.push(references);
                } else {
                    after.push(format!("{} ({}) {references}", self.word("FOREIGN KEY"), name(self)));
                }
            }
        }
        while beside.len() > 1 && self.choices.is(2) {
            let place = self.choices.below(beside.len());
            // `DEFERRABLE` belongs to the `REFERENCES` before it. They stay together, because they
            // are one string here.
            let moved = beside.remove(place);
            beside.push(moved);
        }
        let declared = if self.choices.is(2) {
            column.declared_type.to_owned()
        } else {
            self.word(column.declared_type)
        };
        let words = [self.own_name(column.name), declared].into_iter().chain(beside);
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(&gap)
    }

    fn references(&mut self, parent: &str, action: &str, deferred: bool) -> String {
        let mut words = format!("{} {}(\"a\")", self.word("REFERENCES"), self.reference(parent));
        if action != "NO ACTION" || self.choices.is(2) {
            words = [words, self.word("ON DELETE"), self.word(action)].join(" ");
        }
        if self.choices.is(3) {
            words += &self.word(" ON UPDATE NO ACTION");
        }
        if deferred {
            words += &self.word(" DEFERRABLE INITIALLY DEFERRED");
        } else if self.choices.is(2) {
            words += &self.word(" NOT DEFERRABLE");
        }
        words
    }

    fn index(&mut self, table: &Table, place: usize, index: &Index) -> String {
        let unique = if index.unique { " UNIQUE" } else { "" };
        let what = match &index.expression {
            None => self.column_name(table, index.column),
            Some(expression) => self.expression(expression),
        };
        let collation = if index.collation.is_empty() {
            String::new()
        } else {
            format!(" COLLATE {}", self.reference(index.collation))
        };
        let order = if index.descending {
            " DESC"
        } else if self.choices.is(2) {
            " ASC"
        } else {
            ""
        };
        let filter = index
            .filter
            .as_ref()
            .map(|filter| format!(" {} {}", self.word("WHERE"), self.expression(filter)));
        format!(
            "{}{} {}{} {} {} ({what}{collation}{order}){}",
            self.word("CREATE"),
            self.word(unique),
            self.word("INDEX "),
            self.own_name(&format!("ix {} {place}", table.name)),
            self.word("ON"),
            self.reference(table.name),
            filter.unwrap_or_default()
        )
    }

    fn view(&mut self, table: &Table, number: usize) -> String {
        let main = if self.choices.is(2) { "main." } else { "" };
        let column = self.column_name(table, 0);
        format!(
            "{} {} AS {} {column}, {} x {} {main}{} {} ({column} > {number}) OR {column} {}",
            self.word("CREATE VIEW"),
            self.own_name(&format!("v {}", table.name)),
            self.word("SELECT"),
            self.expression(&Expr::Call("count", vec![Expr::Literal("1")])),
            self.word("FROM"),
            self.reference(table.name),
            self.word("WHERE"),
            self.word("IS NULL")
        )
    }

    fn trigger(&mut self, table: &Table, place: usize, trigger: &Trigger) -> String {
        let timing = if trigger.timing == "BEFORE" && self.choices.is(2) {
            String::new()
        } else {
            self.word(trigger.timing)
        };
        let of = trigger.of.filter(|_| trigger.event == "UPDATE");
        let of = of.map(|column| format!("{} {}", self.word("OF"), self.column_name(table, column)));
        let each = if self.choices.is(2) { self.word("FOR EACH ROW") } else { String::new() };
        let when = trigger.condition.map(|number| format!("{} {number} < 3", self.word("WHEN")));
        let gap = self.gap();
        format!(
            "{} {}{gap}{timing} {} {} ON {}{gap}{each} {}\nBEGIN {} {} {} {} = {}; SELECT 1; END",
            self.word("CREATE TRIGGER"),
            self.own_name(&format!("tr {} {place}", table.name)),
            self.word(trigger.event),
            of.unwrap_or_default(),
            self.reference(table.name),
            when.unwrap_or_default(),
            self.word("DELETE FROM"),
            self.reference(table.name),
            self.word("WHERE"),
            self.column_name(table, 0),
            trigger.number
        )
    }

    fn column_name(&mut self, table: &Table, place: usize) -> String {
        let name = table.columns.get(place).map_or("", |column| column.name);
        self.reference(name)
    }

    fn conflict(&mut self, conflict: &str) -> String {
        match conflict {
            "" if self.choices.is(2) => String::new(),
            "" => self.word(" ON CONFLICT ABORT"),
            conflict => self.word(&format!(" ON CONFLICT {conflict}")),
        }
    }

    fn expression(&mut self, expression: &Expr) -> String {
        let words = match expression {
            Expr::Column(name) => self.reference(name),
            Expr::Literal(literal) if literal.starts_with('\'') => (*literal).to_owned(),
            Expr::Literal(literal) => self.word(literal),
            Expr::Binary(left, operator, right) => {
                let left = match left.as_ref() {
                    Expr::Binary(_, other, _) if other == operator && self.choices.is(2) => {
                        self.expression(left)
                    }
                    left => self.operand(left),
                };
                let operator = match *operator {
                    "=" if self.choices.is(2) => "==".to_owned(),
                    "<>" if self.choices.is(2) => "!=".to_owned(),
                    operator => self.word(operator),
                };
                let right = self.operand(right);
                format!("{left}{}{operator} {right}", self.gap())
            }
            Expr::Not(operand) => format!("{} {}", self.word("NOT"), self.operand(operand)),
            Expr::IsNull(operand) => {
                let test = self.choices.one(&["IS NULL", "ISNULL"]);
                format!("{} {}", self.operand(operand), self.word(test))
            }
            Expr::Call(name, arguments) => {
                let arguments: Vec<String> =
                    arguments.iter().map(|argument| self.expression(argument)).collect();
                format!("{}{}({})", self.word(name), self.gap(), arguments.join(" ,"))
            }
            Expr::In(operand, items) => {
                let items: Vec<String> = items.iter().map(|item| self.expression(item)).collect();
                format!("{} {} ({})", self.operand(operand), self.word("IN"), items.join(","))
            }
        };
        if self.choices.is(6) { format!("({words})") } else { words }
    }

    fn operand(&mut self, expression: &Expr) -> String {
        match expression {
            Expr::Column(_) | Expr::Literal(_) | Expr::Call(..) => self.expression(expression),
            _ => format!("({})", self.expression(expression)),
        }
    }

    /// Writes a keyword in any case.
    fn word(&mut self, word: &str) -> String {
        match self.choices.below(3) {
            0 => word.to_owned(),
            1 => word.to_ascii_lowercase(),
            _ => word
                .chars()
                .map(|letter| if self.choices.is(2) { letter.to_ascii_lowercase() } else { letter })
                .collect(),
        }
    }

    /// Writes a name where it is defined.
    fn own_name(&mut self, name: &str) -> String {
        let is_word =
            name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_') && name != "order";
        match self.choices.below(4) {
            0 if is_word => name.to_owned(),
            1 => format!("`{name}`"),
            2 => format!("[{name}]"),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// Writes a reference to a name.
    fn reference(&mut self, name: &str) -> String {
        if self.choices.is(3) { self.own_name(&name.to_ascii_uppercase()) } else { self.own_name(name) }
    }

    fn gap(&mut self) -> String {
        self.choices.one(&[" ", "\n\t", " /* a 'comment' */ ", " -- \"one\n "]).to_owned()
    }
}
