//! Extensions. Their members are not read.

use super::object::object;

object! {
    /// An extension.
    Extension is "extension" {
        /// The version.
        version: String = "version",
        /// The schema.
        schema: String = "schema",
    }
    "SELECT '', quote_ident(e.extname), e.extversion, e.extnamespace::regnamespace::text FROM pg_extension e
     WHERE e.extname <> 'plpgsql'"
}
