//! Hashes and verifies passwords. All functions here take a while and block.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};

use super::Refused;

/// The shortest password, in bytes (NIST SP 800-63B).
const SHORTEST: usize = 8;

/// The longest password, in bytes. The limit bounds the time to hash a password.
const LONGEST: usize = 1024;

/// The result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The password does not match.
    Wrong,
    /// The password matches.
    Right,
    /// The password matches, but its hash uses an older algorithm and should be replaced.
    Outdated,
}

/// Checks the length of a new password.
pub(crate) fn check(password: &str) -> Result<(), Refused> {
    if (SHORTEST..=LONGEST).contains(&password.len()) { Ok(()) } else { Err(Refused::Password) }
}

/// Hashes a password with argon2id and a random salt.
pub(crate) fn hash(password: &str) -> Result<String, password_hash::Error> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

/// Compares a password with a stored hash, which is an argon2 hash or an older version's bcrypt
/// hash.
pub(super) fn verify(password: &str, stored: &str) -> Verdict {
    if password.len() > LONGEST {
        return Verdict::Wrong;
    }
    if stored.starts_with("$2") {
        return match bcrypt::verify(password, stored) {
            Ok(true) => Verdict::Outdated,
            _ => Verdict::Wrong,
        };
    }
    let is_right = PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok());
    if is_right { Verdict::Right } else { Verdict::Wrong }
}

/// Takes as long as verifying a password, so that the response time does not reveal which accounts
/// exist.
pub(super) fn verify_nothing(password: &str) {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| hash("the password of nobody").unwrap_or_default());
    verify(password, hash);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_is_right() -> Result<(), password_hash::Error> {
        let stored = hash("open sesame")?;
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert_ne!(stored, hash("open sesame")?);
        assert_eq!(verify("open sesame", &stored), Verdict::Right);
        for (password, stored) in
            [("open Sesame", &*stored), ("", &stored), ("open sesame", ""), ("open sesame", "!")]
        {
            assert_eq!(verify(password, stored), Verdict::Wrong, "{password}");
        }
        Ok(())
    }

    #[test]
    fn a_password_of_before_is_right_and_outdated() -> Result<(), bcrypt::BcryptError> {
        let stored = bcrypt::hash("open sesame", 4)?;
        assert_eq!(verify("open sesame", &stored), Verdict::Outdated);
        assert_eq!(verify("open Sesame", &stored), Verdict::Wrong);
        Ok(())
    }
}
