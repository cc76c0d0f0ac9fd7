//! Default privileges, and the privileges and settings of the database.

use super::object::object;

object! {
    /// The default privileges of a role for new objects.
    DefaultPrivilege is "default privileges" {
        /// The privileges.
        grants: String = "privileges",
    }
    "SELECT '', concat_ws(' ', CASE WHEN d.defaclrole = (SELECT to_regrole(quote_ident(session_user))) THEN 'owner' ELSE quote_ident(pg_get_userbyid(d.defaclrole)) END,
            'on', d.defaclobjtype, CASE WHEN d.defaclnamespace <> 0 THEN 'in ' || d.defaclnamespace::regnamespace::text END),
        coalesce({grants:d.defaclacl:-:d.defaclrole}, 'nothing')
     FROM pg_default_acl d"
}

object! {
    /// The database itself.
    Settings is "database" {
        /// The settings of the database, for all roles or for one.
        settings: Option<String> = "settings",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
    }
    "SELECT '', 'itself',
        (SELECT string_agg(concat_ws(' ', CASE WHEN s.setrole <> 0 THEN quote_ident(pg_get_userbyid(s.setrole)) END, array_to_string(s.setconfig, ', ')), '; ' ORDER BY s.setrole)
         FROM pg_db_role_setting s WHERE s.setdatabase = b.oid),
        {grants:b.datacl:d:b.datdba}
     FROM pg_database b WHERE b.datname = current_database()"
}
