//! Triggers and event triggers.

use super::object::object;

object! {
    /// A trigger of a table or a view. Triggers that a partition inherits from its parent are not
    /// read.
    Trigger is "trigger" {
        /// The definition.
        definition: String = "definition",
        /// The sessions in which it is enabled.
        enabled: String = "enabled",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || {named:n.nspname:c.relname}, quote_ident(t.tgname),
        pg_get_triggerdef(t.oid), CASE t.tgenabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' ELSE 'always' END,
        {comment:pg_trigger:t.oid}
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {user:n} AND {free:pg_class:c.oid} AND c.oid <> ALL ({own})"
}

object! {
    /// An event trigger.
    EventTrigger is "event trigger" {
        /// The event.
        event: String = "event",
        /// The function.
        function: String = "function",
        /// The commands that fire it, or `None` for all.
        tags: Option<String> = "tags",
        /// The sessions in which it is enabled.
        enabled: String = "enabled",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', quote_ident(t.evtname), t.evtevent, t.evtfoid::regproc::text, array_to_string(t.evttags, ', '),
        CASE t.evtenabled WHEN 'O' THEN 'yes' WHEN 'D' THEN 'no' WHEN 'R' THEN 'replica' ELSE 'always' END,
        {owner:t.evtowner}, {comment:pg_event_trigger:t.oid}
     FROM pg_event_trigger t WHERE {free:pg_event_trigger:t.oid}"
}
