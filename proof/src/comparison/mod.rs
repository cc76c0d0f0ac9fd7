//! Decides which differences between the head and a target schema count. The macro, `check` and
//! autogenerate share this module.
//!
//! A target schema can leave details open: views (which models do not describe), the names of
//! constraints, the parent columns of foreign keys, the order of columns, and everything that the
//! [`Settings`] exclude. These details are copied from the head, and only the remaining differences
//! count.

mod compared;
mod expected;
mod settings;

pub(crate) use expected::{LeftOpen, Wish, changes, expected, in_order_of, taken};
pub use settings::{Compared, Naming, Settings};
