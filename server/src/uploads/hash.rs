//! The SHA-256 hash of a photo's bytes, which determines the path of its file and its entity tag.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;

use super::Kind;
use super::folder::LOGICAL_ROOT;

/// A hash as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ContentHash(String);

impl ContentHash {
    /// Returns the hash of the bytes in a hasher.
    pub(crate) fn of(hasher: Sha256) -> Self {
        Self(hexadecimal(&hasher.finalize()))
    }

    /// Returns the hash of a file. Blocks.
    pub(crate) fn read(mut file: impl Read) -> io::Result<Self> {
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 256 << 10];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(Self::of(hasher)),
                length => hasher.update(buffer.get(..length).unwrap_or_default()),
            }
        }
    }

    /// Parses the digits. Returns `None` for any other text, which therefore never becomes a path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// Returns the digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path as stored in rows: `uploads/ab/cdef….jpg`.
    pub(crate) fn path_in_row(&self, kind: Kind) -> String {
        format!("{LOGICAL_ROOT}/{}", self.place(kind).display())
    }

    /// Returns the path of the file below the uploads folder: `ab/cdef….jpg`.
    pub(crate) fn place(&self, kind: Kind) -> PathBuf {
        let (folder, name) = self.0.split_at(2);
        PathBuf::from(folder).join(format!("{name}.{}", kind.extension()))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_a_place() {
        let hash = ContentHash::of(Sha256::new_with_prefix(b"abc"));
        assert_eq!(
            hash.place(Kind::Png),
            PathBuf::from("ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.png")
        );
        assert_eq!(ContentHash::parse(hash.as_str()), Some(hash));
    }

    #[test]
    fn what_is_no_hash_is_no_place() {
        for text in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(ContentHash::parse(text), None, "{text}");
        }
    }
}
