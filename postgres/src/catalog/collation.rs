//! Collations.

use super::object::object;

object! {
    /// A collation.
    Collation is "collation" {
        /// The provider: `c`, `i` or `b`.
        provider: String = "provider",
        /// `false` if different strings can compare as equal.
        deterministic: bool = "deterministic",
        /// The locale and the rules.
        locale: String = "locale",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The comment.
        comment: Option<String> = "comment",
    }
    // Columns that newer versions renamed are read by name.
    "SELECT '', {named:n.nspname:c.collname}, c.collprovider, c.collisdeterministic,
        concat_ws(' ', to_jsonb(c) ->> 'collcollate', to_jsonb(c) ->> 'collctype',
            coalesce(to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'colllocale'), to_jsonb(c) ->> 'collicurules'),
        {owner:c.collowner}, {comment:pg_collation:c.oid}
     FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE {user:n} AND {free:pg_collation:c.oid}"
}
