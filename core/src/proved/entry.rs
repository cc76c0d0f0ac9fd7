//! The proof of one script, and the scripts that it covers.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::chain::{Chain, Script};
use crate::script::hexadecimal;

/// The text of the field if there are no extensions.
pub(super) const NONE: &str = "-";

/// The scripts that a proof covers, as hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The hash of the script.
    pub script: String,
    /// The hash of all scripts before it in canonical order.
    pub before: String,
}

/// The proof of one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The revision.
    pub revision: String,
    /// The scripts that the proof covers.
    pub scope: Scope,
    /// The fingerprint of the schema after this script and all scripts before it in canonical order.
    pub fingerprint: String,
    /// The major version of the server.
    pub server: u32,
    /// The extensions in the database, each as a name and a version.
    pub extensions: Vec<(String, String)>,
}

/// Returns the scope of each script of a chain, in canonical order.
#[must_use]
pub fn scopes(chain: &Chain) -> Vec<Scope> {
    let mut all = Sha256::new();
    let scope = |script: &Script| {
        let before = hexadecimal(&all.clone().finalize());
        let hash = hash(script);
        all.update(format!("{} {hash}\n", script.id));
        Scope { script: hash, before }
    };
    chain.scripts.iter().map(scope).collect()
}

/// Hashes everything in a script that its proof depends on. Each part ends with a NUL byte, which
/// no script can contain.
fn hash(script: &Script) -> String {
    let declared = &script.declared;
    let sorted = |list: &[crate::chain::Text]| {
        let mut list: Vec<&str> = list.iter().map(|text| &**text).collect();
        list.sort_unstable();
        list.join(",")
    };
    let is_there = |reason: &str| if reason.is_empty() { "no" } else { "yes" };
    let parts = [
        &*script.checksum,
        &*declared.sample.sql,
        &sorted(&declared.loses),
        &sorted(&declared.allow),
        is_there(&declared.irreversible),
        is_there(&declared.outside_transaction),
    ];
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hexadecimal(&hasher.finalize())
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revision, scope: Scope { script, before }, fingerprint, server, extensions } = self;
        write!(formatter, "{revision} {script} {before} {fingerprint} {server} ")?;
        if extensions.is_empty() {
            return formatter.write_str(NONE);
        }
        let mut extensions: Vec<String> =
            extensions.iter().map(|(name, version)| format!("{name}={version}")).collect();
        extensions.sort();
        formatter.write_str(&extensions.join(","))
    }
}
