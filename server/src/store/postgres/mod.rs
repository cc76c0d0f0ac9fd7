//! PostgreSQL: its connections, and the conversion of statements and values.

mod pool;
mod session;
mod statement;
mod value;

pub(super) use ::postgres::types::Type;
pub(super) use pool::Pool;
pub(super) use session::Transaction;
pub(crate) use session::{Session, connect};
pub(super) use value::{Parameter, is_null};
