//! The parts that all kinds of objects have in common: a query, a name, and properties.

/// The values of one row, in the order of the query.
pub(super) struct Cells<'a> {
    pub(super) row: &'a postgres::SimpleQueryRow,
    pub(super) next: usize,
}

impl Cells<'_> {
    /// Returns the next value.
    pub(super) fn take<P: Property>(&mut self) -> P {
        self.next += 1;
        P::read(self.row.try_get(self.next - 1).ok().flatten())
    }
}

/// A property of an object.
pub(super) trait Property {
    /// Reads the text that the server returned.
    fn read(text: Option<&str>) -> Self;

    /// Returns the text that is compared, hashed and shown. Returns `None` for a property that the
    /// object does not have.
    fn shown(&self) -> Option<&str>;
}

impl Property for String {
    fn read(text: Option<&str>) -> Self {
        text.unwrap_or_default().to_owned()
    }

    fn shown(&self) -> Option<&str> {
        Some(self)
    }
}

impl Property for Option<String> {
    fn read(text: Option<&str>) -> Self {
        text.map(str::to_owned)
    }

    fn shown(&self) -> Option<&str> {
        self.as_deref()
    }
}

impl Property for bool {
    fn read(text: Option<&str>) -> Self {
        text == Some("t")
    }

    fn shown(&self) -> Option<&str> {
        Some(if *self { "yes" } else { "no" })
    }
}

/// An object of a schema.
pub(super) trait Object: Sized {
    /// The word for the kind.
    const KIND: &'static str;
    /// The query. It returns the parent, the name, and then the properties.
    const QUERY: &'static str;

    fn read(cells: Cells<'_>) -> Self;
    fn parent(&self) -> &str;
    fn name(&self) -> &str;
    /// Returns the properties with their names.
    fn properties(&self) -> Vec<(&'static str, Option<&str>)>;
}

/// Defines the struct for a kind of object. Its query returns the fields in this order.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $name:ident is $kind:literal {
            $( $(#[$field_doc:meta])* $field:ident: $type:ty = $shown:literal, )*
        }
        $query:literal
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name {
            /// The object that it belongs to, such as `table public.photos`, or an empty string if
            /// there is none.
            pub parent: String,
            /// The name, qualified unless it has a parent, and quoted if SQL requires it.
            pub name: String,
            $( $(#[$field_doc])* pub $field: $type, )*
        }

        impl $crate::catalog::object::Object for $name {
            const KIND: &'static str = $kind;
            const QUERY: &'static str = $query;

            fn read(mut cells: $crate::catalog::object::Cells<'_>) -> Self {
                let (parent, name) = (cells.take(), cells.take());
                $( let $field = cells.take(); )*
                Self { parent, name, $( $field, )* }
            }

            fn parent(&self) -> &str {
                &self.parent
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn properties(&self) -> Vec<(&'static str, Option<&str>)> {
                use $crate::catalog::object::Property as _;
                vec![ $( ($shown, self.$field.shown()), )* ]
            }
        }
    };
}

pub(super) use object;
