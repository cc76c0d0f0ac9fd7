//! Row security policies.

use super::object::object;

object! {
    /// A policy.
    Policy is "policy" {
        /// The command: `r`, `a`, `w`, `d` or `*`.
        command: String = "command",
        /// `false` if it is restrictive.
        permissive: bool = "permissive",
        /// The roles.
        roles: String = "roles",
        /// The condition for existing rows.
        using: Option<String> = "using",
        /// The condition for new rows.
        check: Option<String> = "with check",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT 'table ' || {named:n.nspname:c.relname}, quote_ident(p.polname), p.polcmd, p.polpermissive,
        (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), {comment:pg_policy:p.oid}
     FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})"
}
