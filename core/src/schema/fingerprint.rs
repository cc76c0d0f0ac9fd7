//! The fingerprint of a schema: a hash that identifies it.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{Change, Changes, Object, Schema};

/// A hash that identifies a schema. Two schemas have the same fingerprint if they are equal except
/// for the order of columns.
///
/// It is displayed as the version of the [canonical form](Object::canonical) and 64 lowercase
/// hexadecimal digits, `2:…`. [`Schema::has_fingerprint`] also accepts the first version, which has
/// no version number and depends on the order of columns.
///
/// The fingerprint is a sum over the objects. The SHA-256 of the [canonical
/// form](Object::canonical) of each object is split into four 64-bit numbers, which are added
/// separately, with wrapping. Therefore, after a script changes one table, the fingerprint can be
/// updated without reading the other objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fingerprint([u64; 4]);

impl Fingerprint {
    /// Returns the fingerprint after these changes.
    #[must_use]
    pub fn after(self, changes: &Changes) -> Self {
        changes.objects.values().fold(self, |fingerprint, Change { was, is }| {
            let fingerprint = was.iter().fold(fingerprint, |all, object| all.each(object, u64::wrapping_sub));
            is.iter().fold(fingerprint, |all, object| all.each(object, u64::wrapping_add))
        })
    }

    fn each(self, object: &Object, calculate: impl Fn(u64, u64) -> u64) -> Self {
        self.with(&object.canonical(), calculate)
    }

    fn with(self, canonical: &str, calculate: impl Fn(u64, u64) -> u64) -> Self {
        let digest = Sha256::digest(canonical);
        let (parts, _) = digest.as_chunks::<8>();
        let mut numbers = self.0;
        for (number, part) in numbers.iter_mut().zip(parts) {
            *number = calculate(*number, u64::from_be_bytes(*part));
        }
        Self(numbers)
    }
}

impl Schema {
    /// Returns the fingerprint of this schema.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let objects = self.objects.values();
        objects.fold(Fingerprint::default(), |all, object| all.each(object, u64::wrapping_add))
    }

    /// Returns the fingerprints of this schema as text: in the current version, and in the first
    /// version, which older programs contain.
    #[must_use]
    pub fn fingerprints(&self) -> [String; 2] {
        let objects = self.objects.values();
        let first = objects.fold(Fingerprint::default(), |all, object| {
            all.with(&object.canonical_in_order(), u64::wrapping_add)
        });
        [self.fingerprint().to_string(), first.digits()]
    }

    /// Returns `true` if a string is the fingerprint of this schema, in the current or the first
    /// version.
    #[must_use]
    pub fn has_fingerprint(&self, text: &str) -> bool {
        self.fingerprints().iter().any(|fingerprint| fingerprint == text)
    }
}

impl Fingerprint {
    fn digits(self) -> String {
        let [first, second, third, fourth] = self.0;
        format!("{first:016x}{second:016x}{third:016x}{fourth:016x}")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "2:{}", self.digits())
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

    /// Programs contain fingerprints, so they must not change between versions of Aludel.
    #[test]
    fn a_fingerprint_stays_what_it_is() -> TestResult {
        assert_eq!(Fingerprint::default().to_string(), format!("2:{}", "0".repeat(64)));
        let made = made_by("CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 'x')")?;
        // The sum over one object is its SHA-256: printf 'table "photos" …' | sha256sum
        insta::assert_snapshot!(made.fingerprint(), @"2:9c693aa4de4abf55c10b629ede5586ddbddffb2a3ebc269c3eaa06694a16c2f2");
        Ok(())
    }

    #[test]
    fn a_fingerprint_of_the_first_version_is_read() -> TestResult {
        let (title, id) = ("title TEXT NOT NULL DEFAULT 'x'", "id INTEGER PRIMARY KEY");
        let made = made_by(&format!("CREATE TABLE photos ({id}, {title})"))?;
        let reordered = made_by(&format!("CREATE TABLE photos ({title}, {id})"))?;
        let first = "9c693aa4de4abf55c10b629ede5586ddbddffb2a3ebc269c3eaa06694a16c2f2";
        let second = made.fingerprint().to_string();
        assert!(made.has_fingerprint(first) && made.has_fingerprint(&second));
        assert!(!reordered.has_fingerprint(first) && reordered.has_fingerprint(&second));
        assert!(!made.has_fingerprint("") && !made_by("CREATE TABLE photos (id)")?.has_fingerprint(&second));
        Ok(())
    }
}
