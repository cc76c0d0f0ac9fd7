//! Decides which differences between the head and a target schema count. The macro, `check` and
//! autogenerate share it.
//!
//! A target schema can leave things open: the views (models do not describe them), the name of a
//! constraint, the parent columns of a foreign key, whatever the [`Settings`] exclude, and the
//! order of columns. In these, the target schema is completed from the head. Only the remaining
//! differences count.

mod compared;
mod expected;
mod settings;

pub(crate) use expected::{LeftOpen, Wish, changes, expected, in_order_of, taken};
pub use settings::{Compared, Naming, Settings};
