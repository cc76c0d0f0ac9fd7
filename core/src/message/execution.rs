//! x
use super::Message;
pub(super) const ALL: &[Message] = &[];
