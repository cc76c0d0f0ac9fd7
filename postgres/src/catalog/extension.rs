//! Extensions. Their members are not read.

use super::object::object;

object! {
    /// An extension.
    Extension is "extension" {
        /// The version.
        version: String = "version",
        /// The schema.
        schema: String = "schema",
        /// The comment, which is initially set by the extension itself.
        comment: Option<String> = "comment",
    }
    "SELECT '', quote_ident(e.extname), e.extversion, e.extnamespace::regnamespace::text, {comment:pg_extension:e.oid}
     FROM pg_extension e WHERE e.extname <> 'plpgsql'"
}
