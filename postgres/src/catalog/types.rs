//! Types: enums, domains, composite types and ranges.

use super::object::object;

object! {
    /// An enum.
    Enum is "enum" {
        /// The labels, in order.
        labels: String = "labels",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:t.typname},
        (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
        {owner:t.typowner}, {grants:t.typacl:T:t.typowner}, {comment:pg_type:t.oid}
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype = 'e' AND {user:n} AND {free:pg_type:t.oid}"
}

object! {
    /// A domain.
    Domain is "domain" {
        /// The base type.
        base_type: String = "type",
        /// `true` if it is `NOT NULL`.
        not_null: bool = "not null",
        /// The default.
        default: Option<String> = "default",
        /// The collation, unless it is that of the base type.
        collation: Option<String> = "collation",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:t.typname}, format_type(t.typbasetype, t.typtypmod), t.typnotnull, pg_get_expr(t.typdefaultbin, 0),
        (SELECT t.typcollation::regcollation::text FROM pg_type b WHERE b.oid = t.typbasetype AND b.typcollation <> t.typcollation),
        {owner:t.typowner}, {grants:t.typacl:T:t.typowner}, {comment:pg_type:t.oid}
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype = 'd' AND {user:n} AND {free:pg_type:t.oid}"
}

object! {
    /// A constraint of a domain.
    DomainConstraint is "constraint" {
        /// The definition.
        definition: String = "definition",
        /// The comment.
        comment: Option<String> = "comment",
    }
    // Newer versions also store `NOT NULL` as a constraint, but here it is a property.
    "SELECT 'domain ' || {named:n.nspname:t.typname}, quote_ident(k.conname), pg_get_constraintdef(k.oid), {comment:pg_constraint:k.oid}
     FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
     -- Otherwise the server looks for the checks of tables of each type.
     WHERE k.contype = 'c' AND k.contypid <> 0 AND {user:n} AND {free:pg_type:t.oid}"
}

object! {
    /// A composite type.
    Composite is "composite type" {
        /// The attributes, in order.
        attributes: Option<String> = "attributes",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:t.typname},
        (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attcollation <> 0 AND a.attcollation <> b.typcollation THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END, ', ' ORDER BY a.attnum)
         FROM pg_attribute a JOIN pg_type b ON b.oid = a.atttypid WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
        {owner:t.typowner}, {grants:t.typacl:T:t.typowner}, {comment:pg_type:t.oid}
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid
     WHERE c.relkind = 'c' AND {user:n} AND {free:pg_type:t.oid}"
}

object! {
    /// A range type.
    Range is "range type" {
        /// The type of its bounds.
        subtype: String = "subtype",
        /// The name of its multirange type.
        multirange: String = "multirange type",
        /// The operator class.
        operator_class: String = "operator class",
        /// The collation.
        collation: Option<String> = "collation",
        /// The functions.
        functions: String = "functions",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:t.typname}, format_type(r.rngsubtype, NULL),
        coalesce((SELECT format_type((to_jsonb(r) ->> 'rngmultitypid')::oid, NULL)), ''),
        (SELECT o.opcname FROM pg_opclass o WHERE o.oid = r.rngsubopc),
        CASE WHEN r.rngcollation <> 0 THEN r.rngcollation::regcollation::text END,
        concat_ws(' ', r.rngcanonical, r.rngsubdiff),
        {owner:t.typowner}, {grants:t.typacl:T:t.typowner}, {comment:pg_type:t.oid}
     FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE {user:n} AND {free:pg_type:t.oid}"
}
