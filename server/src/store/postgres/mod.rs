//! PostgreSQL: connections, and how statements and values become its own.

mod pool;
mod session;
mod statement;
mod value;

pub(super) use ::postgres::types::Type;
pub(super) use pool::Pool;
pub(crate) use session::Session;
pub(super) use session::Transaction;
pub(super) use value::{Parameter, is_null};
