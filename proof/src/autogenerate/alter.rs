//! Decides whether `ALTER TABLE` can make a change, and with which statements
//! (<https://sqlite.org/lang_altertable.html>).

use aludel_core::schema::Detected;
use aludel_core::schema::{Check, Column, Constraint, ForeignKey, Name, Table, identifier};

use super::changed::Changed;
use super::operation::Operation;
use super::rows::fill::{fill, refuses_its_default};
use super::rows::numbering::Numbering;
use super::rows::stand_in::is_constant;
use crate::schema::mention::mentions;

/// Returns the operations, or `None` if a rebuild is needed.
///
/// `ALTER TABLE` is enough if all of the following hold:
///
/// - Columns are only dropped, or added at the end.
/// - Kept columns change only NOT NULL.
/// - Constraints change only in CHECKs, and dropped CHECKs have names.
/// - The value of an added column is the same for each row.
///
/// The statements are tried later, so SQLite itself reports any other conflict.
pub(super) fn operations(changed: &Changed<'_>) -> Option<Vec<Operation>> {
    let Changed { was, is, .. } = changed;
    let same_options = was.strict == is.strict && was.without_rowid == is.without_rowid;
    let same_keys = was.primary_key == is.primary_key && was.unique == is.unique;
    if !same_options || !same_keys || !columns_stay_in_place(changed) || !foreign_keys_stay(changed) {
        return None;
    }
    let writer = Writer { changed };
    let mut operations = Vec::new();
    for check in was.checks.iter().filter(|check| !is.checks.contains(check)) {
        operations.extend(writer.drop_check(check)?);
    }
    let (generated, stored): (Vec<&Column>, Vec<&Column>) =
        changed.removed().partition(|column| column.generated.is_some());
    operations.extend(generated.into_iter().chain(stored).map(|column| writer.drop_column(column)));
    let stands_beside = |check: &&Check| changed.added().any(|column| is_of(check, column, is));
    let new = is.checks.iter().filter(|check| !was.checks.contains(check) && !stands_beside(check));
    let names_new = |check: &&Check| changed.added().any(|column| names(check, column));
    // The CHECKs in `first` correct values before a new column is computed from them.
    let (later, first): (Vec<&Check>, Vec<&Check>) = new.partition(names_new);
    for check in first {
        operations.push(writer.add_check(check)?);
    }
    for column in changed.added() {
        operations.push(writer.add_column(column)?);
    }
    for (was, is) in changed.kept().filter(|(was, is)| was.not_null != is.not_null) {
        operations.push(writer.not_null(was, is)?);
    }
    for check in later {
        operations.push(writer.add_check(check)?);
    }
    Some(operations)
}

/// Returns `true` if the kept columns come first, in the same order, and change only NOT NULL.
fn columns_stay_in_place(changed: &Changed<'_>) -> bool {
    let but_for_not_null = |column: &Column| Column { not_null: None, ..column.clone() };
    let kept: Vec<(&Column, &Column)> = changed.kept().collect();
    let first = changed.is.columns.iter().take(kept.len());
    first.zip(&kept).all(|(first, (_, is))| first == *is)
        && kept.iter().all(|(was, is)| but_for_not_null(was) == but_for_not_null(is))
}

/// Returns `true` if foreign keys are only added and dropped together with their only column.
fn foreign_keys_stay(changed: &Changed<'_>) -> bool {
    let goes_with = |key: &ForeignKey, other: &Table| match key.columns.as_slice() {
        [column] => other.column(column.as_str()).is_none(),
        _ => false,
    };
    let (was, is) = (&changed.was.foreign_keys, &changed.is.foreign_keys);
    was.iter().all(|key| is.contains(key) || goes_with(key, changed.is))
        && is.iter().all(|key| was.contains(key) || goes_with(key, changed.was))
}

/// Returns `true` if a CHECK mentions this column and no other.
fn is_of(check: &Check, column: &Column, table: &Table) -> bool {
    names(check, column)
        && !table.columns.iter().any(|other| other.name != column.name && names(check, other))
}

fn names(check: &Check, column: &Column) -> bool {
    mentions(&check.expression.written, &[Name::new(column.name.as_str())].into())
}

struct Writer<'a> {
    changed: &'a Changed<'a>,
}

impl Writer<'_> {
    fn alter(&self, words: &str) -> String {
        format!("ALTER TABLE {} {words};", identifier(self.changed.name))
    }

    /// Drops a CHECK. An unnamed CHECK can be dropped only together with its column, and only if it
    /// was written next to that column. Running the statements shows whether this works.
    fn drop_check(&self, check: &Check) -> Option<Vec<Operation>> {
        let Some(name) = &check.name else {
            let goes_along = self.changed.removed().any(|column| is_of(check, column, self.changed.was));
            return goes_along.then(Vec::new);
        };
        let constraint = Constraint::Check(check.clone());
        let drop = self.alter(&format!("DROP CONSTRAINT {}", identifier(name)));
        let changed = self.told(|detected| match detected {
            Detected::ChangedConstraint { was, .. } => *was == constraint,
            _ => false,
        });
        let removed = Detected::RemovedConstraint {
            table: self.changed.name.to_owned(),
            constraint: constraint.clone(),
        };
        Some(vec![Operation::new(&changed.unwrap_or_else(|| removed.to_string()), vec![drop])])
    }

    /// Returns the constraints that are written next to an added column.
    fn beside(&self, column: &Column) -> String {
        let table = self.changed.is;
        let of_column = |key: &&ForeignKey| key.columns.iter().any(|name| name.is(&column.name));
        let keys = table.foreign_keys.iter().filter(of_column).map(ForeignKey::beside_its_column);
        let checks = table.checks.iter().filter(|check| is_of(check, column, table));
        let checks = checks.map(|check| Constraint::Check(check.clone()).to_string());
        keys.chain(checks).fold(String::new(), |all, words| all + " " + &words)
    }

    fn add_check(&self, check: &Check) -> Option<Operation> {
        let constraint = Constraint::Check(check.clone());
        let add = self.alter(&format!("ADD {constraint}"));
        let changed = self.told(|detected| match detected {
            Detected::ChangedConstraint { is, .. } => *is == constraint,
            _ => false,
        });
        let added =
            Detected::AddedConstraint { table: self.changed.name.to_owned(), constraint: constraint.clone() };
        let reason = changed.unwrap_or_else(|| added.to_string());
        let Some(mend) = self.changed.mend_check(check) else {
            return Some(Operation::new(&reason, vec![add]));
        };
        let fires = mend.statement.is_some() && self.changed.has_update_triggers();
        let statements = mend.statement.into_iter().chain([add]).collect();
        (!fires).then(|| Operation::new(&reason, statements).with_review(mend.review))
    }

    /// Describes the first detected change that matches, or returns `None`.
    fn told(&self, what: impl Fn(&Detected) -> bool) -> Option<String> {
        self.changed.detected.iter().find(|detected| what(detected)).map(ToString::to_string)
    }

    fn drop_column(&self, column: &Column) -> Operation {
        let reason =
            Detected::RemovedColumn { table: self.changed.name.to_owned(), column: column.name.clone() };
        Operation::new(&reason, vec![self.alter(&format!("DROP COLUMN {}", identifier(&column.name)))])
    }

    fn add_column(&self, column: &Column) -> Option<Operation> {
        let table = self.changed.name;
        let reason = Detected::AddedColumn { table: table.to_owned(), column: column.name.clone() };
        let is_constant = column.default.as_ref().is_none_or(|default| is_constant(&default.written));
        let is_stored = column.generated.as_ref().is_some_and(|generated| generated.stored);
        let fills_a_key =
            self.changed.must_differ(column) && (column.not_null.is_some() || column.default.is_some());
        if !is_constant || is_stored || fills_a_key || refuses_its_default(self.changed, column) {
            return None;
        }
        let beside = self.beside(column);
        let add = |column: &Column, beside: &str| {
            self.alter(&format!("ADD COLUMN {}{beside}", column.definition()))
        };
        let needs_a_value =
            column.not_null.is_some() && column.default.is_none() && column.generated.is_none();
        if !needs_a_value {
            return Some(Operation::new(&reason, vec![add(column, &beside)]));
        }
        let (update, review) = self.update(column, "")?;
        let nullable = Column { not_null: None, ..column.clone() };
        let statements = vec![add(&nullable, &beside), update, self.set_not_null(column)?];
        Some(Operation::new(&reason, statements).with_review(review))
    }

    fn not_null(&self, was: &Column, is: &Column) -> Option<Operation> {
        let column = &is.name;
        let drop = self.alter(&format!("ALTER COLUMN {} DROP NOT NULL", identifier(column)));
        let reasons: Vec<String> = self.changed.detected.iter().filter(|detected| {
            matches!(detected, Detected::ChangedColumn { column: other, .. } if other == column)
        }).map(ToString::to_string).collect();
        let operation = |statements| Operation { reasons: reasons.clone(), reviews: Vec::new(), statements };
        match (&was.not_null, &is.not_null) {
            (Some(_), None) => Some(operation(vec![drop])),
            (Some(_), Some(_)) => Some(operation(vec![drop, self.set_not_null(is)?])),
            (None, Some(_)) => {
                let (update, review) = self.update(is, &format!(" WHERE {} IS NULL", identifier(column)))?;
                Some(operation(vec![update, self.set_not_null(is)?]).with_review(review))
            }
            (None, None) => None,
        }
    }

    /// Returns `None` if the constraint has a name, because SQLite does not accept a name here.
    fn set_not_null(&self, column: &Column) -> Option<String> {
        let not_null = column.not_null.as_ref().filter(|not_null| not_null.name.is_none())?;
        let conflict = not_null.on_conflict.clause();
        Some(self.alter(&format!("ALTER COLUMN {} SET NOT NULL{conflict}", identifier(&column.name))))
    }

    /// Returns the statement that fills a column, with its question. Returns `None` if the
    /// statement would fire a trigger.
    fn update(&self, column: &Column, condition: &str) -> Option<(String, Option<String>)> {
        if self.changed.has_update_triggers() {
            return None;
        }
        let number = Numbering::of(self.changed.name, self.changed.was)?.number;
        let fill = fill(self.changed, column, &number);
        let update = format!(
            "UPDATE {} SET {} = {}{condition};",
            identifier(self.changed.name),
            identifier(&column.name),
            fill.value
        );
        Some((update, fill.review))
    }
}
