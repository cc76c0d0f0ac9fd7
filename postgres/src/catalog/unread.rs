//! Kinds of objects that are not read.

/// The kinds of objects that are not read: the name of the kind, the catalog table in which to
/// count them, and a condition.
const KINDS: [(&str, &str, &str); 16] = [
    ("operators", "pg_operator", ""),
    ("operator classes", "pg_opclass", ""),
    ("operator families", "pg_opfamily", ""),
    ("casts", "pg_cast", ""),
    ("conversions", "pg_conversion", ""),
    ("base types", "pg_type", "x.typtype = 'b' AND x.typelem = 0 AND"),
    ("text search configurations", "pg_ts_config", ""),
    ("text search dictionaries", "pg_ts_dict", ""),
    ("text search parsers", "pg_ts_parser", ""),
    ("text search templates", "pg_ts_template", ""),
    ("languages", "pg_language", ""),
    ("access methods", "pg_am", ""),
    ("transforms", "pg_transform", ""),
    ("schemas in publications", "pg_publication_namespace", ""),
    ("subscriptions", "pg_stat_subscription", ""),
    ("large objects", "pg_largeobject_metadata", ""),
];

/// Returns the query for the kinds that have objects in the database. The query also detects
/// security labels.
pub(super) fn query(major: u32) -> String {
    let mut parts = vec!["SELECT 'security labels', count(*) FROM pg_seclabel".to_owned()];
    for (word, catalog, condition) in KINDS {
        parts.push(match catalog {
            "pg_stat_subscription" => format!("SELECT '{word}', count(*) FROM {catalog}"),
            "pg_publication_namespace" if major < 15 => continue,
            _ => format!(
                "SELECT '{word}', count(*) FROM {catalog} x WHERE {condition} x.oid >= 16384 AND NOT EXISTS \
                 (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass AND e.objid = x.oid AND e.deptype IN ('e', 'i'))"
            ),
        });
    }
    format!("SELECT * FROM ({}) k (word, number) WHERE number > 0", parts.join(" UNION ALL "))
}
