//! Constraints of tables.

use super::object::object;

object! {
    /// A constraint of a table, with its deferrability and whether it is valid.
    Constraint is "constraint" {
        /// The definition.
        definition: String = "definition",
        /// `true` if it is only inherited.
        inherited: bool = "inherited",
        /// The options of its index.
        options: Option<String> = "options",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT 'table ' || {named:n.nspname:c.relname}, quote_ident(k.conname), pg_get_constraintdef(k.oid), NOT k.conislocal,
        CASE WHEN k.contype IN ('p', 'u', 'x') THEN (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM pg_class i, unnest(i.reloptions) o WHERE i.oid = k.conindid) END,
        {comment:pg_constraint:k.oid}
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype <> 't' AND {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})"
}
