//! Pseudorandom numbers that are the same on every machine.

use super::values;

#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: &str) -> Self {
        Self(values::seed(seed, ""))
    }

    /// Returns a number less than `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = values::mixed(self.0);
        usize::try_from(self.0 >> 16).unwrap_or_default() % end.max(1)
    }

    pub(super) fn one<'c, T>(&mut self, values: &'c [T]) -> Option<&'c T> {
        values.get(self.below(values.len()))
    }
}
