//! Extended statistics.

use super::object::object;

object! {
    /// A statistics object.
    Statistics is "statistics" {
        /// The definition.
        definition: String = "definition",
        /// The statistics target, if one is set.
        target: Option<String> = "target",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:s.stxname}, pg_get_statisticsobjdef(s.oid),
        CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget::text END, {owner:s.stxowner}, {comment:pg_statistic_ext:s.oid}
     FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {user:n} AND s.stxrelid <> ALL ({own})"
}
