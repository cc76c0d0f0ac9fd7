//! Schemas.

use super::object::object;

object! {
    /// A schema.
    Schema is "schema" {
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', quote_ident(n.nspname), {owner:n.nspowner},
        -- Schema `public` is created with privileges of its own.
        nullif({grants:n.nspacl:n:n.nspowner}, CASE WHEN n.nspname = 'public' THEN 'PUBLIC USAGE, owner CREATE, owner USAGE' END),
        nullif({comment:pg_namespace:n.oid}, CASE WHEN n.nspname = 'public' THEN 'standard public schema' END)
     FROM pg_namespace n WHERE {user:n} AND {free:pg_namespace:n.oid}"
}
