//! Tables, partitioned tables and foreign tables.

use super::object::object;

object! {
    /// A table.
    Table is "table" {
        /// The kind: `table`, `partitioned table` or `foreign table`.
        kind: String = "kind",
        /// `true` if it is unlogged.
        unlogged: bool = "unlogged",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The partition key.
        partition_key: Option<String> = "partition key",
        /// The bound of a partition.
        bound: Option<String> = "partition bound",
        /// The tables that it is a partition of, or inherits from.
        parents: Option<String> = "inherits",
        /// `true` if row security is enabled.
        row_security: bool = "row security",
        /// `true` if row security also applies to the owner.
        forced_row_security: bool = "forced row security",
        /// The replica identity.
        replica_identity: String = "replica identity",
        /// The storage options.
        options: Option<String> = "options",
        /// The type of a typed table.
        of_type: Option<String> = "of type",
        /// The access method, unless it is `heap`.
        access_method: Option<String> = "access method",
        /// The tablespace, unless it is that of the database.
        tablespace: Option<String> = "tablespace",
        /// The server and the options of a foreign table.
        server: Option<String> = "server",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:c.relname},
        CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
        c.relpersistence = 'u', {owner:c.relowner},
        CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
        pg_get_expr(c.relpartbound, c.oid),
        (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
        c.relrowsecurity, c.relforcerowsecurity,
        CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END,
        (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM (SELECT unnest(c.reloptions) UNION ALL
            SELECT 'toast.' || unnest(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid) x (o)),
        CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        (SELECT am.amname FROM pg_am am WHERE am.oid = c.relam AND am.amname <> 'heap'),
        (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace),
        (SELECT s.srvname || coalesce(' ' || f.ftoptions::text, '') FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
        {grants:c.relacl:r:c.relowner}, {comment:pg_class:c.oid}
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'f') AND {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})"
}
