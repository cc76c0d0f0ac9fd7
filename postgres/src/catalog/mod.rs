//! The schema of a database, as data.
//!
//! A catalog is read with one query for each kind of object. The queries are sent together, during a
//! proof on two connections. They return names and definitions as text. A catalog does not depend on
//! OIDs, on the order in which objects were created, or on the session's user and settings. Objects
//! of extensions and Aludel's own tables are not read.
//!
//! During a proof, the columns, constraints and indexes of a relation are read again only if the
//! relation changed.

mod database;
mod difference;
mod fingerprint;
mod fragments;
mod object;
mod read;
mod relations;
mod unread;

mod collation;
mod column;
mod constraint;
mod extension;
mod foreign;
mod function;
mod index;
mod policy;
mod privilege;
mod publication;
mod rule;
mod schema;
mod sequence;
mod statistics;
mod table;
mod trigger;
mod types;
mod view;

pub use collation::Collation;
pub use column::Column;
pub use constraint::Constraint;
pub use difference::Difference;
pub use extension::Extension;
pub use fingerprint::Fingerprint;
pub use foreign::{ForeignDataWrapper, ForeignServer, UserMapping};
pub use function::{Aggregate, Function};
pub use index::Index;
pub use policy::Policy;
pub use privilege::{DefaultPrivilege, Settings};
pub use publication::Publication;
pub use rule::Rule;
pub use schema::Schema;
pub use sequence::Sequence;
pub use statistics::Statistics;
pub use table::Table;
pub use trigger::{EventTrigger, Trigger};
pub use types::{Composite, Domain, DomainConstraint, Enum, Range};
pub use view::{MaterializedView, View};

use std::collections::{BTreeMap, BTreeSet};

use fingerprint::Hasher;
use object::Object;
pub use read::Reader;
use read::Rows;

/// Defines the catalog, with the kinds of objects in the order in which they are read.
macro_rules! catalog {
    ($( $(#[$doc:meta])* $kinds:ident: $kind:ident, )*) => {
        /// The schema of a database.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Catalog {
            $( $(#[$doc])* pub $kinds: Vec<$kind>, )*
            /// The columns of each table, in order. The order is not compared.
            pub column_order: BTreeMap<String, Vec<String>>,
        }

        impl Catalog {
            /// The queries of all kinds.
            const QUERIES: &'static [&'static str] = &[$( <$kind as Object>::QUERY, )*];

            /// The names of all kinds.
            const KINDS: &'static [&'static str] = &[$( <$kind as Object>::KIND, )*];

            fn of_rows(rows: &mut Rows) -> Self {
                let mut catalog = Self {
                    $( $kinds: rows.take(), )*
                    column_order: BTreeMap::new(),
                };
                catalog.column_order = read::column_order(&catalog.columns);
                catalog.sort();
                catalog
            }

            fn sort(&mut self) {
                $( sort(&mut self.$kinds); )*
            }

            /// Returns the differences between this expected catalog and the actual one. If an
            /// object is missing or left behind, the objects that belong to it are not listed.
            #[must_use]
            pub fn differences(&self, found: &Self) -> Vec<Difference> {
                let mut differences = Vec::new();
                $( difference::compare(&self.$kinds, &found.$kinds, &mut differences); )*
                difference::without_members(differences)
            }

            /// Returns the SHA-256 of the catalog, without the order of columns.
            #[must_use]
            pub fn fingerprint(&self) -> Fingerprint {
                self.fingerprint_without(&[])
            }

            /// Returns the fingerprint without properties with these names.
            fn fingerprint_without(&self, properties: &'static [&'static str]) -> Fingerprint {
                let mut hasher = Hasher::without(properties);
                $( hasher.add(&self.$kinds); )*
                hasher.finish()
            }
        }
    };
}

catalog! {
    /// The schemas.
    schemas: Schema,
    /// The extensions.
    extensions: Extension,
    /// The collations.
    collations: Collation,
    /// The enums.
    enums: Enum,
    /// The domains.
    domains: Domain,
    /// The constraints of domains.
    domain_constraints: DomainConstraint,
    /// The composite types.
    composites: Composite,
    /// The range types.
    ranges: Range,
    /// The sequences.
    sequences: Sequence,
    /// The tables.
    tables: Table,
    /// The views.
    views: View,
    /// The materialized views.
    materialized_views: MaterializedView,
    /// The columns of tables and views.
    columns: Column,
    /// The constraints of tables.
    constraints: Constraint,
    /// The indexes that no constraint owns.
    indexes: Index,
    /// The functions and procedures.
    functions: Function,
    /// The aggregate functions.
    aggregates: Aggregate,
    /// The triggers.
    triggers: Trigger,
    /// The event triggers.
    event_triggers: EventTrigger,
    /// The rules.
    rules: Rule,
    /// The policies.
    policies: Policy,
    /// The extended statistics.
    statistics: Statistics,
    /// The foreign data wrappers.
    foreign_data_wrappers: ForeignDataWrapper,
    /// The foreign servers.
    foreign_servers: ForeignServer,
    /// The user mappings.
    user_mappings: UserMapping,
    /// The publications.
    publications: Publication,
    /// The default privileges.
    default_privileges: DefaultPrivilege,
    /// The settings and privileges of the database.
    settings: Settings,
}

impl Catalog {
    /// Adds the columns, constraints and indexes of an earlier catalog, except those of the relations
    /// with these names.
    fn complete(&mut self, earlier: &Self, except: &BTreeSet<String>) {
        fn add<O: Object + Clone>(to: &mut Vec<O>, from: &[O], except: &BTreeSet<String>) {
            to.extend(from.iter().filter(|object| !except.contains(object.parent())).cloned());
            sort(to);
        }
        add(&mut self.columns, &earlier.columns, except);
        add(&mut self.constraints, &earlier.constraints, except);
        add(&mut self.indexes, &earlier.indexes, except);
        let order = earlier.column_order.iter().filter(|(relation, _)| !except.contains(*relation));
        self.column_order.extend(order.map(|(relation, columns)| (relation.clone(), columns.clone())));
    }

    /// Returns the tables whose columns are in a different order, each with the expected and the
    /// actual order. Omits tables whose columns differ in other ways.
    #[must_use]
    pub fn reordered(&self, found: &Self) -> Vec<Difference> {
        let sorted = |columns: &[String]| {
            let mut columns = columns.to_vec();
            columns.sort();
            columns
        };
        let pairs = self
            .column_order
            .iter()
            .filter_map(|(table, was)| Some((table, was, found.column_order.get(table)?)));
        let reordered = pairs.filter(|(_, was, is)| was != is && sorted(was) == sorted(is));
        reordered
            .map(|(table, was, is)| Difference::Changed {
                object: table.clone(),
                property: "order of columns",
                expected: Some(was.join(", ")),
                found: Some(is.join(", ")),
            })
            .collect()
    }
}

fn sort<O: Object>(objects: &mut [O]) {
    objects.sort_by(|one, other| (one.parent(), one.name()).cmp(&(other.parent(), other.name())));
}
