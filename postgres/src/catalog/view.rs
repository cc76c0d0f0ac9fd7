//! Views and materialized views.

use super::object::object;

object! {
    /// A view.
    View is "view" {
        /// The query.
        definition: String = "definition",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The options, such as `check_option`.
        options: Option<String> = "options",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:c.relname}, pg_get_viewdef(c.oid), {owner:c.relowner},
        CASE WHEN c.reloptions IS NOT NULL THEN (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM unnest(c.reloptions) o) END,
        {grants:c.relacl:r:c.relowner}, {comment:pg_class:c.oid}
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND {user:n} AND {free:pg_class:c.oid}"
}

object! {
    /// A materialized view.
    MaterializedView is "materialized view" {
        /// The query.
        definition: String = "definition",
        /// `false` if it was created `WITH NO DATA`.
        populated: bool = "populated",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The options.
        options: Option<String> = "options",
        /// The tablespace, unless it is that of the database.
        tablespace: Option<String> = "tablespace",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:c.relname}, pg_get_viewdef(c.oid), c.relispopulated, {owner:c.relowner},
        CASE WHEN c.reloptions IS NOT NULL THEN (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM unnest(c.reloptions) o) END,
        (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace),
        {grants:c.relacl:r:c.relowner}, {comment:pg_class:c.oid}
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'm' AND {user:n} AND {free:pg_class:c.oid}"
}
