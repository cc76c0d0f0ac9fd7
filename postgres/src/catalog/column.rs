//! Columns of tables and views.

use super::object::object;

object! {
    /// A column.
    Column is "column" {
        /// The type with its modifiers.
        data_type: String = "type",
        /// The collation, unless it is that of the type.
        collation: Option<String> = "collation",
        /// `true` if it is `NOT NULL`.
        not_null: bool = "not null",
        /// The default.
        default: Option<String> = "default",
        /// The expression of a generated column.
        generated: Option<String> = "generated",
        /// `always` or `by default` if it is an identity column.
        identity: Option<String> = "identity",
        /// The storage, unless it is that of the type.
        storage: Option<String> = "storage",
        /// The compression, if one is set.
        compression: Option<String> = "compression",
        /// The statistics target, if one is set.
        statistics: Option<String> = "statistics target",
        /// The options.
        options: Option<String> = "options",
        /// `true` if it is only inherited.
        inherited: bool = "inherited",
        /// The privileges.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'table ' END || {named:n.nspname:c.relname},
        quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
        a.attnotnull,
        CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        CASE WHEN a.attgenerated <> '' THEN a.attgenerated::text || ' ' || pg_get_expr(d.adbin, d.adrelid) END,
        CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END,
        nullif(a.attcompression::text, ''),
        CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::text END,
        CASE WHEN coalesce(a.attoptions, a.attfdwoptions) IS NOT NULL THEN (SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM unnest(coalesce(a.attoptions, a.attfdwoptions)) o) END,
        NOT a.attislocal, {grants:a.attacl:-:c.relowner}, o.description
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     JOIN pg_type t ON t.oid = a.atttypid
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     LEFT JOIN pg_description o ON o.classoid = 'pg_class'::regclass AND o.objoid = c.oid AND o.objsubid = a.attnum
     WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {of:c.oid} AND {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})
     ORDER BY c.oid, a.attnum"
}
