//! Sequences, without their current values.

use super::object::object;

object! {
    /// A sequence.
    Sequence is "sequence" {
        /// The type.
        data_type: String = "type",
        /// The first value.
        start: String = "start",
        /// The increment.
        increment: String = "increment",
        /// The minimum value.
        minimum: String = "minimum",
        /// The maximum value.
        maximum: String = "maximum",
        /// The number of values that a session reserves at once.
        cache: String = "cache",
        /// `true` if it restarts after the last value.
        cycle: bool = "cycle",
        /// `true` if it is unlogged.
        unlogged: bool = "unlogged",
        /// The column that it belongs to.
        owned_by: Option<String> = "owned by",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:c.relname}, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
        s.seqcache, s.seqcycle, c.relpersistence = 'u',
        (SELECT d.refobjid::regclass::text || '.' || quote_ident(a.attname) FROM pg_depend d
         JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass),
        {owner:c.relowner}, {grants:c.relacl:s:c.relowner}, {comment:pg_class:c.oid}
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid
     WHERE {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})"
}
