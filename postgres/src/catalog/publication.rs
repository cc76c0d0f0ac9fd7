//! Publications.

use super::object::object;

object! {
    /// A publication.
    Publication is "publication" {
        /// The options.
        options: String = "options",
        /// The tables and schemas.
        tables: Option<String> = "tables",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The comment.
        comment: Option<String> = "comment",
    }
    // Columns that exist only in newer versions are read by name.
    "SELECT '', quote_ident(p.pubname), (to_jsonb(p) - 'oid' - 'pubname' - 'pubowner')::text,
        (SELECT string_agg(concat_ws(' ', {named:v.schemaname:v.tablename}, to_jsonb(v) ->> 'attnames', 'WHERE ' || (to_jsonb(v) ->> 'rowfilter')), ', '
            ORDER BY v.schemaname, v.tablename) FROM pg_publication_tables v WHERE v.pubname = p.pubname AND NOT p.puballtables),
        {owner:p.pubowner}, {comment:pg_publication:p.oid}
     FROM pg_publication p"
}
