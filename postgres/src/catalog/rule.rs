//! Rewrite rules, except those that implement views.

use super::object::object;

object! {
    /// A rule.
    Rule is "rule" {
        /// The definition.
        definition: String = "definition",
        /// The sessions in which it is enabled.
        enabled: String = "enabled",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || {named:n.nspname:c.relname}, quote_ident(r.rulename),
        pg_get_ruledef(r.oid), CASE r.ev_enabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' ELSE 'always' END,
        {comment:pg_rewrite:r.oid}
     FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE r.rulename <> '_RETURN' AND {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})"
}
