//! Constraints of tables.

use super::object::object;

object! {
    /// A table constraint. The definition shows whether it is deferrable and valid.
    Constraint is "constraint" {
        /// The definition.
        definition: String = "definition",
        /// `true` if it is only inherited.
        inherited: bool = "inherited",
        /// The state of the triggers that enforce a foreign key, if any of them is disabled.
        disabled: Option<String> = "disabled triggers",
        /// The options of its index.
        options: Option<String> = "options",
        /// `yes` if the table is clustered by the constraint's index.
        clustered: Option<String> = "clustered",
        /// `yes` if the constraint's index identifies rows for replication.
        replica_identity: Option<String> = "replica identity",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT 'table ' || {named:n.nspname:c.relname}, quote_ident(k.conname), pg_get_constraintdef(k.oid), NOT k.conislocal,
        CASE WHEN k.contype = 'f' THEN (SELECT string_agg(t.tgenabled::text, '' ORDER BY t.tgtype, t.tgenabled) FROM pg_trigger t
            WHERE t.tgconstraint = k.oid HAVING bool_or(t.tgenabled <> 'O')) END,
        (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM pg_class r, unnest(r.reloptions) o WHERE r.oid = i.indexrelid),
        CASE WHEN i.indisclustered THEN 'yes' END, CASE WHEN i.indisreplident THEN 'yes' END,
        nullif(concat_ws('; ', {comment:pg_constraint:k.oid}, 'of its index: ' || {comment:pg_class:i.indexrelid}), '')
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
     -- `NOT NULL` is a property of its column, in newer versions also a constraint.
     WHERE k.contype <> 't' AND (k.contype <> 'n' OR NOT k.convalidated OR k.connoinherit) AND {of:c.oid} AND {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})"
}
