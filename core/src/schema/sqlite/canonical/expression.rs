//! Expressions (<https://sqlite.org/lang_expr.html>).

use crate::script::sqlite::unquoted;
use sqlite3_parser::ast::{
    Distinctness, Expr, FrameBound, FrameClause, FrameExclude, FrameMode, FunctionCallOrder, FunctionTail,
    LikeOperator, Literal, Operator, Over, SortOrder, SortedColumn, UnaryOperator, Window,
};

use super::{Canonical, Scope, Written};
use crate::schema::ROWID;
use crate::schema::sqlite::declared_type::type_words;
use crate::script::sqlite::text_literal;

/// Returns an expression without surrounding parentheses, and without a plus sign before a number.
pub(in super::super) fn bare<'t, 'bump>(mut expression: &'t Expr<'bump>) -> &'t Expr<'bump> {
    loop {
        expression = match expression {
            Expr::Parenthesized(items) if items.len() == 1 => match items.first() {
                Some(only) => only,
                None => return expression,
            },
            Expr::Unary(UnaryOperator::Positive, number) if is_number(number) => number,
            bare => return bare,
        };
    }
}

fn is_number(expression: &Expr<'_>) -> bool {
    matches!(expression, Expr::Literal(Literal::Numeric(_)))
}

impl Canonical<'_> {
    /// Writes an expression without surrounding parentheses.
    pub(super) fn expression(&mut self, expression: &Expr<'_>) -> Written {
        self.deeper(|this| this.bare_expression(bare(expression)))
    }

    /// Writes an expression as an operand of another expression.
    fn operand(&mut self, expression: &Expr<'_>) -> Written {
        match bare(expression) {
            simple @ (Expr::Id(_)
            | Expr::Name(_)
            | Expr::Qualified(..)
            | Expr::DoublyQualified(..)
            | Expr::Literal(_)
            | Expr::Variable(_)
            | Expr::Subquery(_)
            | Expr::Parenthesized(_)
            | Expr::FunctionCall { .. }
            | Expr::FunctionCallStar { .. }) => self.expression(simple),
            compound => {
                self.put("(");
                self.expression(compound)?;
                self.put(")");
                Ok(())
            }
        }
    }

    fn bare_expression(&mut self, expression: &Expr<'_>) -> Written {
        match expression {
            Expr::Id(id) => self.word(id.0),
            Expr::Name(name) => self.word(name.0),
            Expr::Qualified(table, column) => self.qualified(&[table.0, column.0]),
            Expr::DoublyQualified(schema, table, column)
                if unquoted(schema.0).eq_ignore_ascii_case("main") =>
            {
                self.qualified(&[table.0, column.0]);
            }
            Expr::DoublyQualified(schema, table, column) => self.qualified(&[schema.0, table.0, column.0]),
            Expr::Literal(literal) => self.literal(literal),
            Expr::Variable(name) => self.put(&format!("?{name}")),
            Expr::Parenthesized(items) => self.expressions(items)?,
            Expr::Subquery(select) => self.subquery(select)?,
            Expr::Exists(select) => {
                self.put("EXISTS");
                self.subquery(select)?;
            }
            Expr::Unary(operator, operand) => self.unary(*operator, operand)?,
            Expr::Binary(left, operator, right) => self.binary(left, *operator, right)?,
            Expr::IsNull(operand) => {
                self.operand(operand)?;
                self.put("ISNULL");
            }
            Expr::NotNull(operand) => {
                self.operand(operand)?;
                self.put("NOTNULL");
            }
            Expr::Collate(operand, collation) => {
                self.operand(operand)?;
                self.put("COLLATE");
                self.name(collation);
            }
            Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::InList { .. }
            | Expr::InSelect { .. }
            | Expr::InTable { .. } => self.predicate(expression)?,
            Expr::Case { .. }
            | Expr::Cast { .. }
            | Expr::Raise(..)
            | Expr::FunctionCall { .. }
            | Expr::FunctionCallStar { .. } => self.call(expression)?,
        }
        Ok(())
    }

    /// Writes a word. It is a column, `TRUE` or `FALSE`, or a string in double quotes.
    fn word(&mut self, word: &str) {
        let name = unquoted(word);
        let is_quoted = name.len() != word.len();
        let is_column = match self.scope {
            Scope::Columns(columns) => {
                columns.iter().any(|column| column.eq_ignore_ascii_case(&name))
                    || ROWID.iter().any(|rowid| rowid.eq_ignore_ascii_case(&name))
            }
            Scope::Open => is_quoted,
        };
        if !is_column && !is_quoted && ["true", "false"].contains(&name.to_ascii_lowercase().as_str()) {
            self.put(&name.to_ascii_uppercase());
        } else if !is_column && word.starts_with('"') {
            self.put(&text_literal(&name));
        } else {
            self.name(word);
        }
    }

    fn qualified(&mut self, names: &[&str]) {
        for (position, name) in names.iter().enumerate() {
            if position > 0 {
                self.put(".");
            }
            self.name(name);
        }
    }

    fn literal(&mut self, literal: &Literal<'_>) {
        match literal {
            Literal::Numeric(number) => self.put(&number.replace('_', "").to_ascii_lowercase()),
            Literal::String(text) => self.put(text),
            Literal::Blob(blob) => self.put(&format!("X'{}'", blob.to_ascii_uppercase())),
            Literal::Keyword(word) => self.put(&word.to_ascii_uppercase()),
            Literal::Null => self.put("NULL"),
            Literal::CurrentDate => self.put("CURRENT_DATE"),
            Literal::CurrentTime => self.put("CURRENT_TIME"),
            Literal::CurrentTimestamp => self.put("CURRENT_TIMESTAMP"),
        }
    }

    pub(super) fn expressions(&mut self, items: &[Expr<'_>]) -> Written {
        self.group(items, |this, item| this.expression(item))
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Expr<'_>) -> Written {
        self.put(match operator {
            UnaryOperator::Positive => "+",
            UnaryOperator::Negative => "-",
            UnaryOperator::Not => "NOT",
            UnaryOperator::BitwiseNot => "~",
        });
        self.operand(operand)
    }

    fn binary(&mut self, left: &Expr<'_>, operator: Operator, right: &Expr<'_>) -> Written {
        self.operand(left)?;
        match (operator, bare(right)) {
            (Operator::Is, Expr::Literal(Literal::Null)) => self.put("ISNULL"),
            (Operator::IsNot, Expr::Literal(Literal::Null)) => self.put("NOTNULL"),
            _ => {
                self.put(symbol(operator));
                self.operand(right)?;
            }
        }
        Ok(())
    }

    fn predicate(&mut self, expression: &Expr<'_>) -> Written {
        let negate = |this: &mut Self, lhs: &Expr<'_>, not: bool, word: &str| {
            this.operand(lhs)?;
            if not {
                this.put("NOT");
            }
            this.put(word);
            Ok(())
        };
        match expression {
            Expr::Between { lhs, not, start, end } => {
                negate(self, lhs, *not, "BETWEEN")?;
                self.operand(start)?;
                self.put("AND");
                self.operand(end)
            }
            Expr::Like { lhs, not, op, rhs, escape } => {
                negate(self, lhs, *not, like(*op))?;
                self.operand(rhs)?;
                self.clause("ESCAPE", escape.as_ref(), |this, escape| this.operand(escape))
            }
            Expr::InList { lhs, not, rhs } => {
                negate(self, lhs, *not, "IN")?;
                self.expressions(rhs.unwrap_or_default())
            }
            Expr::InSelect { lhs, not, rhs } => {
                negate(self, lhs, *not, "IN")?;
                self.subquery(rhs)
            }
            Expr::InTable { lhs, not, rhs, args } => {
                negate(self, lhs, *not, "IN")?;
                self.table_name(rhs);
                args.map_or(Ok(()), |args| self.expressions(args))
            }
            _ => Ok(()),
        }
    }

    fn call(&mut self, expression: &Expr<'_>) -> Written {
        match expression {
            Expr::Case { base, when_then_pairs, else_expr } => {
                self.put("CASE");
                base.map_or(Ok(()), |base| self.operand(base))?;
                for (when, then) in *when_then_pairs {
                    self.clause("WHEN", Some(when), |this, when| this.operand(when))?;
                    self.clause("THEN", Some(then), |this, then| this.operand(then))?;
                }
                self.clause("ELSE", else_expr.as_ref(), |this, other| this.operand(other))?;
                self.put("END");
                Ok(())
            }
            Expr::Cast { expr, type_name } => {
                self.put("CAST (");
                self.operand(expr)?;
                self.put("AS");
                self.put(&type_name.as_ref().map(type_words).unwrap_or_default().to_ascii_uppercase());
                self.put(")");
                Ok(())
            }
            Expr::Raise(kind, message) => {
                self.put("RAISE (");
                self.put(super::statement::resolve(*kind));
                message.map_or(Ok(()), |message| self.operand(message))?;
                self.put(")");
                Ok(())
            }
            Expr::FunctionCall { name, distinctness, args, order_by, filter_over } => {
                self.name(name.0);
                self.put("(");
                if *distinctness == Some(Distinctness::Distinct) {
                    self.put("DISTINCT");
                }
                self.expressions(args.unwrap_or_default())?;
                if let Some(FunctionCallOrder::SortList(terms)) = order_by {
                    self.order(terms)?;
                }
                self.put(")");
                self.tail(filter_over.as_ref())
            }
            Expr::FunctionCallStar { name, filter_over } => {
                self.name(name.0);
                self.put("( * )");
                self.tail(filter_over.as_ref())
            }
            _ => Ok(()),
        }
    }

    fn tail(&mut self, tail: Option<&FunctionTail<'_>>) -> Written {
        let Some(tail) = tail else { return Ok(()) };
        self.clause("FILTER", tail.filter_clause, |this, filter| this.operand(filter))?;
        self.clause("OVER", tail.over_clause, |this, over| match over {
            Over::Window(window) => this.window(window),
            Over::Name(name) => {
                this.name(name.0);
                Ok(())
            }
        })
    }

    pub(super) fn window(&mut self, window: &Window<'_>) -> Written {
        self.put("(");
        if let Some(base) = &window.base {
            self.name(base.0);
        }
        self.clause("PARTITION BY", window.partition_by, |this, by| this.expressions(by))?;
        self.clause("ORDER BY", window.order_by, |this, by| this.sorted(by))?;
        if let Some(frame) = &window.frame_clause {
            self.frame(frame)?;
        }
        self.put(")");
        Ok(())
    }

    fn frame(&mut self, frame: &FrameClause<'_>) -> Written {
        self.put(match frame.mode {
            FrameMode::Groups => "GROUPS",
            FrameMode::Range => "RANGE",
            FrameMode::Rows => "ROWS",
        });
        self.bound(&frame.start)?;
        self.bound(frame.end.as_ref().unwrap_or(&FrameBound::CurrentRow))?;
        match frame.exclude {
            None | Some(FrameExclude::NoOthers) => {}
            Some(FrameExclude::CurrentRow) => self.put("EXCLUDE CURRENT ROW"),
            Some(FrameExclude::Group) => self.put("EXCLUDE GROUP"),
            Some(FrameExclude::Ties) => self.put("EXCLUDE TIES"),
        }
        Ok(())
    }

    fn bound(&mut self, bound: &FrameBound<'_>) -> Written {
        match bound {
            FrameBound::CurrentRow => self.put("CURRENT ROW"),
            FrameBound::UnboundedFollowing => self.put("UNBOUNDED FOLLOWING"),
            FrameBound::UnboundedPreceding => self.put("UNBOUNDED PRECEDING"),
            FrameBound::Following(by) => return self.clause("FOLLOWING", Some(by), Self::operand),
            FrameBound::Preceding(by) => return self.clause("PRECEDING", Some(by), Self::operand),
        }
        Ok(())
    }

    /// Writes `ORDER BY` and its terms.
    pub(super) fn order(&mut self, terms: &[SortedColumn<'_>]) -> Written {
        self.clause("ORDER BY", Some(terms), Self::sorted)
    }

    pub(super) fn sorted(&mut self, terms: &[SortedColumn<'_>]) -> Written {
        self.group(terms, |this, term| {
            this.expression(&term.expr)?;
            let descending = term.order == Some(SortOrder::Desc);
            if descending {
                this.put("DESC");
            }
            match (&term.nulls, descending) {
                (Some(sqlite3_parser::ast::NullsOrder::First), true) => this.put("NULLS FIRST"),
                (Some(sqlite3_parser::ast::NullsOrder::Last), false) => this.put("NULLS LAST"),
                _ => {}
            }
            Ok(())
        })
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::And => "AND",
        Operator::ArrowRight => "->",
        Operator::ArrowRightShift => "->>",
        Operator::BitwiseAnd => "&",
        Operator::BitwiseOr => "|",
        Operator::Concat => "||",
        Operator::Equals => "=",
        Operator::Divide => "/",
        Operator::Greater => ">",
        Operator::GreaterEquals => ">=",
        Operator::Is => "IS",
        Operator::IsNot => "IS NOT",
        Operator::LeftShift => "<<",
        Operator::Less => "<",
        Operator::LessEquals => "<=",
        Operator::Modulus => "%",
        Operator::Multiply => "*",
        Operator::NotEquals => "<>",
        Operator::Or => "OR",
        Operator::RightShift => ">>",
        Operator::Subtract => "-",
    }
}

fn like(operator: LikeOperator) -> &'static str {
    match operator {
        LikeOperator::Glob => "GLOB",
        LikeOperator::Like => "LIKE",
        LikeOperator::Match => "MATCH",
        LikeOperator::Regexp => "REGEXP",
    }
}
