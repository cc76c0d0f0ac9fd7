//! Fragments that several queries share. A query contains the name of a fragment in braces.
//!
//! - `{user:n}`: the schema `n` is not a system schema.
//! - `{free:pg_class:c.oid}`: the object does not belong to an extension.
//! - `{own}`: the tables of Aludel, with their sequences.
//! - `{of:c.oid}`: the relation is one of those that are read.
//! - `{owner:c.relowner}`: the owner, unless it is the session user.
//! - `{grants:c.relacl:r:c.relowner}`: the privileges, unless they are the default.
//! - `{comment:pg_class:c.oid}`: the comment.
//! - `{named:n.nspname:c.relname}`: the qualified name.

use std::fmt::Write as _;

/// The relations that a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// All relations.
    All,
    /// The relations whose OIDs are in the first parameter.
    Parameter,
}

/// Replaces the fragments in a query. `own` contains the qualified names of Aludel's tables.
pub(super) fn expand(query: &str, own: &[String], of: Of) -> String {
    let mut expanded = String::with_capacity(query.len() * 2);
    let mut rest = query;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((fragment, after)) = after.split_once('}') else { break };
        expanded.push_str(before);
        let mut words = fragment.split(':');
        let mut word = || words.next().unwrap_or_default();
        let _ = match word() {
            "user" => user(&mut expanded, word()),
            "free" => free(&mut expanded, word(), word()),
            "own" => tables(&mut expanded, own),
            "of" if of == Of::Parameter => write!(expanded, "{} = ANY ($1)", word()),
            "of" => write!(expanded, "TRUE"),
            "owner" => {
                let owner = word();
                write!(
                    expanded,
                    "CASE WHEN {owner} <> (SELECT to_regrole(quote_ident(session_user))) THEN quote_ident(pg_get_userbyid({owner})) END"
                )
            }
            "grants" => grants(&mut expanded, [word(), word(), word()]),
            "comment" => comment(&mut expanded, word(), word()),
            "named" => write!(expanded, "quote_ident({}) || '.' || quote_ident({})", word(), word()),
            other => write!(expanded, "{{{other}}}"),
        };
        rest = after;
    }
    expanded.push_str(rest);
    expanded
}

fn user(expanded: &mut String, schema: &str) -> std::fmt::Result {
    write!(expanded, "{schema}.nspname !~ '^pg_' AND {schema}.nspname <> 'information_schema'")
}

fn free(expanded: &mut String, class: &str, oid: &str) -> std::fmt::Result {
    // System objects have smaller OIDs, except for the `public` schema. The members of extensions
    // are read once, as a set.
    let minimum = if class == "pg_namespace" { 0 } else { 16384 };
    write!(
        expanded,
        "{oid} >= {minimum} AND {oid} NOT IN (SELECT e.objid FROM pg_depend e WHERE e.refclassid = 'pg_extension'::regclass \
         AND e.deptype = 'e' AND e.classid = '{class}'::regclass)"
    )
}

fn tables(expanded: &mut String, own: &[String]) -> std::fmt::Result {
    let names: Vec<String> =
        own.iter().map(|name| format!("to_regclass('{}')", name.replace('\'', "''"))).collect();
    let names = if names.is_empty() { "NULL".to_owned() } else { names.join(", ") };
    write!(
        expanded,
        "ARRAY(SELECT oid FROM pg_class WHERE oid IN ({names}) UNION ALL SELECT objid FROM pg_depend \
         WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjid IN ({names}) AND deptype IN ('a', 'i'))"
    )
}

fn grants(expanded: &mut String, [acl, kind, owner]: [&str; 3]) -> std::fmt::Result {
    let shown = |acl: &str| {
        format!(
            "(SELECT coalesce(string_agg(g, ', ' ORDER BY g COLLATE \"C\"), 'nothing') FROM (SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' \
             WHEN a.grantee = {owner} THEN 'owner' ELSE quote_ident(pg_get_userbyid(a.grantee)) END || ' ' || a.privilege_type \
             || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS g FROM aclexplode({acl}) a) x)"
        )
    };
    let default = shown(&format!("acldefault('{kind}', {owner})"));
    let default = if kind == "-" { "'nothing'".to_owned() } else { default };
    write!(expanded, "CASE WHEN {acl} IS NOT NULL THEN nullif({}, {default}) END", shown(acl))
}

fn comment(expanded: &mut String, class: &str, oid: &str) -> std::fmt::Result {
    write!(
        expanded,
        "(SELECT d.description FROM pg_description d WHERE d.classoid = '{class}'::regclass AND d.objoid = {oid} AND d.objsubid = 0)"
    )
}

#[cfg(test)]
mod tests {
    use super::{Of, expand};

    #[test]
    fn own_tables_are_quoted() {
        let expanded = expand("c.oid <> ALL ({own})", &["public.\"it's\"".to_owned()], Of::All);
        assert!(expanded.contains("to_regclass('public.\"it''s\"')"), "{expanded}");
    }

    #[test]
    fn no_query_keeps_a_brace() {
        for query in crate::catalog::Catalog::QUERIES {
            for of in [Of::All, Of::Parameter] {
                let expanded = expand(query, &[], of);
                assert!(!expanded.contains(['{', '}']), "{expanded}");
            }
        }
    }
}
