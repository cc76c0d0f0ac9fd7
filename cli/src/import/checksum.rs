//! Computes the checksums that tools record for their migrations, according to each tool's rules.
//!
//! A tool hashes a file with the line endings that it had on the build machine. A checkout may
//! change the line endings, so an import stores the checksums for both LF and CRLF.

use std::hash::{Hash as _, Hasher as _};

use aludel_core::imported::Origin;
use aludel_core::script::hexadecimal;
use sha2::{Digest as _, Sha256, Sha384};
use siphasher::sip::SipHasher13;

/// Computes the checksums of a migration from its version, its name and its text.
pub(super) type Checksums = fn(&str, &str, &str) -> Vec<String>;

/// Returns no checksums, for a tool that records none.
pub(super) fn none(_: &str, _: &str, _: &str) -> Vec<String> {
    Vec::new()
}

/// sqlx: SHA-384 of the text (`sqlx-core/src/migrate/migration.rs`).
pub(super) fn sqlx(_: &str, _: &str, text: &str) -> Vec<String> {
    vec![hexadecimal(&Sha384::digest(text))]
}

/// Drizzle: SHA-256 of the text (`drizzle-orm/src/migrator.ts`).
pub(super) fn drizzle(_: &str, _: &str, text: &str) -> Vec<String> {
    vec![hexadecimal(&Sha256::digest(text))]
}

/// refinery: `SipHash` 1-3 of name, version and text (`refinery_core/src/runner.rs`). The version
/// has 64 bits if the program was built with the `int8-versions` feature.
pub(super) fn refinery(version: &str, name: &str, text: &str) -> Vec<String> {
    let hash = |hash_version: &dyn Fn(&mut SipHasher13)| {
        let mut hasher = SipHasher13::new();
        name.hash(&mut hasher);
        hash_version(&mut hasher);
        text.hash(&mut hasher);
        hasher.finish().to_string()
    };
    let of_32_bits = version.parse::<i32>().ok().map(|version| hash(&|hasher| version.hash(hasher)));
    let of_64_bits = version.parse::<i64>().ok().map(|version| hash(&|hasher| version.hash(hasher)));
    of_32_bits.into_iter().chain(of_64_bits).collect()
}

/// Returns the checksums of a file in the form that a header contains: with the file's line
/// endings, with LF, and with CRLF.
pub(super) fn of_file(checksums: Checksums, version: &str, name: &str, text: &str) -> Vec<String> {
    let with_lf = text.replace("\r\n", "\n");
    let with_crlf = with_lf.replace('\n', "\r\n");
    let mut found: Vec<String> = Vec::new();
    for text in [text, &with_lf, &with_crlf] {
        for checksum in checksums(version, name, text) {
            let checksum = Origin::abbreviated(&checksum).to_owned();
            if !found.contains(&checksum) {
                found.push(checksum);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{drizzle, of_file, refinery, sqlx};

    #[test]
    fn each_line_end_has_a_checksum() {
        let (lf, crlf) = (of_file(sqlx, "1", "a", "a\nb\n"), of_file(sqlx, "1", "a", "a\r\nb\r\n"));
        assert_eq!((lf.len(), crlf.len()), (2, 2));
        assert!(crlf.iter().all(|checksum| lf.contains(checksum) && checksum.len() == 32));
        assert_eq!(of_file(drizzle, "1", "a", "one line").len(), 1);
        assert_eq!(of_file(refinery, "1", "a", "one line").len(), 2);
        assert_eq!(of_file(refinery, "20240101000000", "a", "one line").len(), 1);
    }
}
