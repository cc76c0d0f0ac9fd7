//! Indexes, except those that belong to constraints.

use super::object::object;

object! {
    /// An index that no constraint owns.
    Index is "index" {
        /// The definition.
        definition: String = "definition",
        /// `false` if a concurrent build failed.
        valid: bool = "valid",
        /// `true` if the table is clustered by it.
        clustered: bool = "clustered",
        /// `true` if it identifies rows for replication.
        replica_identity: bool = "replica identity",
        /// The tablespace, unless it is that of the database.
        tablespace: Option<String> = "tablespace",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT CASE c.relkind WHEN 'm' THEN 'materialized view ' ELSE 'table ' END || {named:n.nspname:c.relname},
        quote_ident(r.relname), pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
        (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = r.reltablespace), {comment:pg_class:r.oid}
     FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE {of:c.oid} AND {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))"
}
