//! Queries (<https://sqlite.org/lang_select.html>).

use sqlite3_parser::ast::{
    As, CompoundOperator, Distinctness, FromClause, Indexed, IndexedColumn, JoinConstraint, JoinOperator,
    JoinType, JoinedSelectTable, Limit, Materialized, OneSelect, QualifiedName, ResultColumn, Select,
    SelectTable, With,
};

use super::{Canonical, Written};
use crate::script::sqlite::unquoted;

impl Canonical<'_> {
    /// Writes a query in parentheses.
    pub(super) fn subquery(&mut self, select: &Select<'_>) -> Written {
        self.put("(");
        self.select(select)?;
        self.put(")");
        Ok(())
    }

    /// Writes a query.
    pub(in super::super) fn select(&mut self, select: &Select<'_>) -> Written {
        self.deeper(|this| {
            this.with(select.with.as_ref())?;
            this.one_select(&select.body.select)?;
            for compound in select.body.compounds.iter().flatten() {
                this.put(match compound.operator {
                    CompoundOperator::Union => "UNION",
                    CompoundOperator::UnionAll => "UNION ALL",
                    CompoundOperator::Except => "EXCEPT",
                    CompoundOperator::Intersect => "INTERSECT",
                });
                this.one_select(&compound.select)?;
            }
            select.order_by.map_or(Ok(()), |terms| this.order(terms))?;
            this.clause("LIMIT", select.limit, Self::limit)
        })
    }

    fn limit(&mut self, limit: &Limit<'_>) -> Written {
        self.expression(&limit.expr)?;
        self.clause("OFFSET", limit.offset.as_ref(), Self::expression)
    }

    fn with(&mut self, with: Option<&With<'_>>) -> Written {
        let Some(with) = with else { return Ok(()) };
        self.put(if with.recursive { "WITH RECURSIVE" } else { "WITH" });
        for table in with.ctes {
            self.name(table.tbl_name.0);
            self.column_names(table.columns);
            self.put(match table.materialized {
                Materialized::Any => "AS",
                Materialized::Yes => "AS MATERIALIZED",
                Materialized::No => "AS NOT MATERIALIZED",
            });
            self.subquery(table.select)?;
        }
        Ok(())
    }

    pub(super) fn column_names(&mut self, columns: Option<&[IndexedColumn<'_>]>) {
        let Some(columns) = columns else { return };
        self.put("(");
        for column in columns {
            self.name(column.col_name.0);
        }
        self.put(")");
    }

    fn one_select(&mut self, select: &OneSelect<'_>) -> Written {
        let (distinctness, columns, from, filter, group_by, having, windows) = match select {
            OneSelect::Values(rows) => {
                self.put("VALUES");
                return rows.iter().try_for_each(|row| self.expressions(row));
            }
            OneSelect::Select {
                distinctness,
                columns,
                from,
                where_clause,
                group_by,
                having,
                window_clause,
            } => (distinctness, columns, from, where_clause, group_by, having, window_clause),
        };
        self.put(if *distinctness == Some(Distinctness::Distinct) { "SELECT DISTINCT" } else { "SELECT" });
        self.results(columns)?;
        self.clause("FROM", from.as_ref(), Self::tables)?;
        self.clause("WHERE", *filter, Self::expression)?;
        self.clause("GROUP BY", *group_by, Self::expressions)?;
        self.clause("HAVING", *having, Self::expression)?;
        for window in windows.unwrap_or_default() {
            self.put("WINDOW");
            self.name(window.name.0);
            self.window(&window.window)?;
        }
        Ok(())
    }

    fn results(&mut self, columns: &[ResultColumn<'_>]) -> Written {
        self.group(columns, |this, column| {
            match column {
                ResultColumn::Star => this.put("*"),
                ResultColumn::TableStar(table) => {
                    this.name(table.0);
                    this.put(". *");
                }
                ResultColumn::Expr(expression, alias) => {
                    this.expression(expression)?;
                    if let Some(As::As(name) | As::Elided(name)) = alias {
                        this.put("AS");
                        this.seen_name(name.0);
                    }
                }
            }
            Ok(())
        })
    }

    pub(super) fn tables(&mut self, from: &FromClause<'_>) -> Written {
        from.select.map_or(Ok(()), |table| self.select_table(table))?;
        from.joins.iter().flatten().try_for_each(|joined| self.joined(joined))
    }

    fn joined(&mut self, joined: &JoinedSelectTable<'_>) -> Written {
        self.put(&join(joined.operator));
        self.select_table(&joined.table)?;
        match &joined.constraint {
            None => Ok(()),
            Some(JoinConstraint::On(condition)) => self.clause("ON", Some(condition), Self::expression),
            Some(JoinConstraint::Using(columns)) => {
                self.put("USING");
                self.names(columns);
                Ok(())
            }
        }
    }

    fn select_table(&mut self, table: &SelectTable<'_>) -> Written {
        let alias = match table {
            SelectTable::Table(name, alias, indexed) => {
                self.table_name(name);
                self.alias(alias.as_ref());
                self.indexed(indexed.as_ref());
                return Ok(());
            }
            SelectTable::TableCall(name, arguments, alias) => {
                self.table_name(name);
                self.expressions(arguments.unwrap_or_default())?;
                alias
            }
            SelectTable::Select(select, alias) => {
                self.subquery(select)?;
                alias
            }
            SelectTable::Sub(from, alias) => {
                self.put("(");
                self.deeper(|this| this.tables(from))?;
                self.put(")");
                alias
            }
        };
        self.alias(alias.as_ref());
        Ok(())
    }

    fn alias(&mut self, alias: Option<&As<'_>>) {
        if let Some(As::As(name) | As::Elided(name)) = alias {
            self.put("AS");
            self.name(name.0);
        }
    }

    pub(super) fn indexed(&mut self, indexed: Option<&Indexed<'_>>) {
        match indexed {
            None => {}
            Some(Indexed::NotIndexed) => self.put("NOT INDEXED"),
            Some(Indexed::IndexedBy(name)) => {
                self.put("INDEXED BY");
                self.name(name.0);
            }
        }
    }

    /// Writes the name of a table. The schema `main` is omitted, because it is the default.
    pub(super) fn table_name(&mut self, name: &QualifiedName<'_>) {
        if let Some(schema) = &name.db_name
            && !unquoted(schema.0).eq_ignore_ascii_case("main")
        {
            self.name(schema.0);
            self.put(".");
        }
        self.name(name.name.0);
        if let Some(alias) = &name.alias {
            self.put("AS");
            self.name(alias.0);
        }
    }
}

fn join(operator: JoinOperator) -> String {
    let JoinOperator::TypedJoin(Some(kind)) = operator else { return "JOIN".to_owned() };
    let words = [
        (JoinType::NATURAL, "NATURAL "),
        (JoinType::CROSS, "CROSS "),
        (JoinType::LEFT, "LEFT "),
        (JoinType::RIGHT, "RIGHT "),
    ];
    words.iter().filter(|(word, _)| kind.contains(*word)).map(|(_, word)| *word).collect::<String>() + "JOIN"
}
