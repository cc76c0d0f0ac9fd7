//! Foreign data wrappers, servers and user mappings.

use super::object::object;

object! {
    /// A foreign data wrapper.
    ForeignDataWrapper is "foreign data wrapper" {
        /// The functions.
        functions: String = "functions",
        /// The options.
        options: Option<String> = "options",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', quote_ident(w.fdwname), concat_ws(' ', w.fdwhandler::regproc, w.fdwvalidator::regproc), w.fdwoptions::text,
        {owner:w.fdwowner}, {grants:w.fdwacl:F:w.fdwowner}, {comment:pg_foreign_data_wrapper:w.oid}
     FROM pg_foreign_data_wrapper w WHERE {free:pg_foreign_data_wrapper:w.oid}"
}

object! {
    /// A foreign server.
    ForeignServer is "server" {
        /// The foreign data wrapper.
        wrapper: String = "foreign data wrapper",
        /// The type and the version.
        version: String = "type and version",
        /// The options.
        options: Option<String> = "options",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', quote_ident(s.srvname), (SELECT w.fdwname FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw),
        concat_ws(' ', s.srvtype, s.srvversion), s.srvoptions::text,
        {owner:s.srvowner}, {grants:s.srvacl:S:s.srvowner}, {comment:pg_foreign_server:s.oid}
     FROM pg_foreign_server s WHERE {free:pg_foreign_server:s.oid}"
}

object! {
    /// A user mapping, without its options, which may be secret.
    UserMapping is "user mapping" {
        /// The names of the options.
        options: Option<String> = "options",
    }
    // Reads the view, because only superusers can read the table.
    "SELECT 'server ' || quote_ident(m.srvname),
        CASE WHEN m.umuser = 0 THEN 'PUBLIC' WHEN m.umuser = (SELECT to_regrole(quote_ident(session_user))) THEN 'owner' ELSE quote_ident(m.usename) END,
        (SELECT string_agg(split_part(o, '=', 1), ', ' ORDER BY o COLLATE \"C\") FROM unnest(m.umoptions) o)
     FROM pg_user_mappings m"
}
