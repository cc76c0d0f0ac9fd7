//! What is compared of the schema at the head and of a wanted one: by the macro, by `check` and by autogenerate alike.
//!
//! A wanted schema leaves things open: which views there are (models), how a constraint without a name is called, whether a foreign key names the
//! primary key of its parent, what the [`Settings`] leave out, the order of columns. There the wanted schema is taken as the head has it. What
//! remains is a difference.

mod compared;
mod expected;
mod settings;

pub(crate) use expected::{Wish, changes, expected, in_order_of, taken};
pub use settings::{Compared, Naming, Settings};
