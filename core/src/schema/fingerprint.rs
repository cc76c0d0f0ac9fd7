//! The fingerprint of a schema: a number that stands for it.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{Change, Changes, Object, Schema};

/// What stands for a schema: equal schemas have the same, others another. It is shown as 64 hexadecimal digits in lowercase.
///
/// It is the sum of its objects: each gives the SHA-256 of its [canonical form](Object::canonical) as four numbers of 64 bits, and the numbers
/// are added, each for itself and without what runs over. So a script that changes one table asks for no other, however many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fingerprint([u64; 4]);

impl Fingerprint {
    /// The fingerprint after changes.
    #[must_use]
    pub fn after(self, changes: &Changes) -> Self {
        changes.objects.values().fold(self, |fingerprint, Change { was, is }| {
            let fingerprint = was.iter().fold(fingerprint, |all, object| all.each(object, u64::wrapping_sub));
            is.iter().fold(fingerprint, |all, object| all.each(object, u64::wrapping_add))
        })
    }

    fn each(self, object: &Object, calculate: impl Fn(u64, u64) -> u64) -> Self {
        let digest = Sha256::digest(object.canonical());
        let (parts, _) = digest.as_chunks::<8>();
        let mut numbers = self.0;
        for (number, part) in numbers.iter_mut().zip(parts) {
            *number = calculate(*number, u64::from_be_bytes(*part));
        }
        Self(numbers)
    }
}

impl Schema {
    /// What stands for this schema.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let objects = self.objects.values();
        objects.fold(Fingerprint::default(), |all, object| all.each(object, u64::wrapping_add))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|number| write!(formatter, "{number:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;
    use crate::schema::Changes;
    use crate::schema::tests::{TestResult, made_by};

    #[test]
    fn what_changes_brings_one_fingerprint_to_the_other() -> TestResult {
        let was = made_by("CREATE TABLE a (x); CREATE TABLE b (y); CREATE INDEX i ON b (y)")?;
        let is = made_by("CREATE TABLE a (x, z); CREATE TABLE c (y); CREATE VIEW v AS SELECT 1")?;
        let there = was.fingerprint().after(&Changes::between(&was, &is));
        assert_eq!(there, is.fingerprint());
        assert_eq!(there.after(&Changes::between(&is, &was)), was.fingerprint());
        Ok(())
    }

    /// Programs hold it: it must not change from one version of Aludel to the next.
    #[test]
    fn a_fingerprint_stays_what_it_is() -> TestResult {
        assert_eq!(Fingerprint::default().to_string(), "0".repeat(64));
        let made = made_by("CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 'x')")?;
        // The sum of one object is its SHA-256: printf 'table "photos" …' | sha256sum
        insta::assert_snapshot!(made.fingerprint(), @"9c693aa4de4abf55c10b629ede5586ddbddffb2a3ebc269c3eaa06694a16c2f2");
        Ok(())
    }
}
