//! Functions, procedures and aggregates.

use super::object::object;

object! {
    /// A function, a procedure or a window function.
    Function is "function" {
        /// The definition, without the owner and privileges.
        definition: String = "definition",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:p.proname} || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid),
        {owner:p.proowner}, {grants:p.proacl:f:p.proowner}, {comment:pg_proc:p.oid}
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prokind <> 'a' AND {user:n} AND {free:pg_proc:p.oid}
     -- The constructors of range types belong to them.
     AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')"
}

object! {
    /// An aggregate function.
    Aggregate is "aggregate" {
        /// The result type.
        result: String = "result",
        /// The kind and the number of direct arguments.
        kind: String = "kind",
        /// The functions.
        functions: String = "functions",
        /// The types and initial values of the states.
        states: String = "states",
        /// The sort operator.
        sort_operator: String = "sort operator",
        /// The parallel safety.
        parallel: String = "parallel",
        /// The owner, unless it is the session user.
        owner: Option<String> = "owner",
        /// The privileges, unless they are the default.
        grants: Option<String> = "privileges",
        /// The comment.
        comment: Option<String> = "comment",
    }
    "SELECT '', {named:n.nspname:p.proname} || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_function_result(p.oid),
        concat_ws(' ', g.aggkind, g.aggnumdirectargs),
        concat_ws(' ', g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn,
            g.aggmfinalfn, g.aggfinalextra, g.aggmfinalextra, g.aggfinalmodify, g.aggmfinalmodify),
        concat_ws(' ', format_type(g.aggtranstype, NULL), g.aggtransspace, quote_nullable(g.agginitval),
            CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END, g.aggmtransspace, quote_nullable(g.aggminitval)),
        g.aggsortop::regoperator::text, p.proparallel,
        {owner:p.proowner}, {grants:p.proacl:f:p.proowner}, {comment:pg_proc:p.oid}
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_aggregate g ON g.aggfnoid = p.oid
     WHERE {user:n} AND {free:pg_proc:p.oid}"
}
