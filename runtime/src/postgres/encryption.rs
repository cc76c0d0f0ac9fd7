//! The TLS settings in a URL. The driver does not support the settings that verify the server.

use percent_encoding::percent_decode_str;
use postgres::Config;
use postgres::config::SslMode;

/// How to verify the server's certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Encryption {
    pub(super) verification: Verification,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Verification {
    /// The certificate is not verified: the connection is encrypted, but the server may be an
    /// impostor.
    #[default]
    None,
    /// A trusted authority must have signed the certificate.
    Chain(Roots),
    /// A trusted authority must have signed the certificate for this host.
    Full(Roots),
}

/// The trusted authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Roots {
    /// The authorities of the operating system.
    System,
    /// The authorities in a file.
    File(String),
}

/// The settings in a URL that the driver cannot interpret.
#[derive(Debug, Default)]
pub(super) struct Removed {
    mode: Option<String>,
    roots: Option<String>,
}

impl Removed {
    /// Removes the settings from the query of a URL. Returns the remaining query and the settings.
    pub(super) fn from(query: &str) -> (String, Self) {
        let mut removed = Self::default();
        let mut rest = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = || Some(percent_decode_str(value).decode_utf8_lossy().into_owned());
            match name {
                "sslrootcert" => removed.roots = value(),
                "sslmode" if pair.contains("verify-") => removed.mode = value(),
                _ => rest.push(pair),
            }
        }
        (rest.join("&"), removed)
    }

    /// Applies the settings as libpq does: if a certificate file is set, the server is verified
    /// with it.
    pub(super) fn apply(self, config: &mut Config) -> Result<Encryption, &'static str> {
        let is_system = self.roots.as_deref() == Some("system");
        let roots = match self.roots {
            Some(path) if !is_system => Roots::File(path),
            _ => Roots::System,
        };
        let verification = match self.mode.as_deref() {
            Some("verify-full") => Verification::Full(roots),
            Some("verify-ca") if roots == Roots::System => {
                return Err(
                    "`sslmode=verify-ca` needs a file in `sslrootcert`: anyone can get a certificate from the system's authorities; set the file, or use `sslmode=verify-full`",
                );
            }
            Some("verify-ca") => Verification::Chain(roots),
            Some(_) => {
                return Err("`sslmode` is `disable`, `prefer`, `require`, `verify-ca` or `verify-full`");
            }
            None if is_system && config.get_ssl_mode() != SslMode::Disable => Verification::Full(roots),
            None if roots != Roots::System && config.get_ssl_mode() == SslMode::Require => {
                Verification::Chain(roots)
            }
            None => Verification::None,
        };
        if verification != Verification::None {
            config.ssl_mode(SslMode::Require);
        }
        Ok(Encryption { verification })
    }
}

#[cfg(test)]
mod tests {
    use postgres::Config;
    use postgres::config::SslMode;

    use super::{Encryption, Removed, Roots, Verification};

    fn parsed(query: &str) -> Result<(SslMode, Verification), Box<dyn std::error::Error>> {
        let (rest, removed) = Removed::from(query);
        let mut config: Config = format!("postgresql://me@host/db?{rest}").parse()?;
        let Encryption { verification } = removed.apply(&mut config)?;
        Ok((config.get_ssl_mode(), verification))
    }

    #[test]
    fn a_mode_has_the_meaning_of_libpq() -> Result<(), Box<dyn std::error::Error>> {
        let file = || Roots::File("/etc/a b.pem".to_owned());
        for (query, mode, verification) in [
            ("", SslMode::Prefer, Verification::None),
            ("sslmode=disable&sslrootcert=system", SslMode::Disable, Verification::None),
            ("sslmode=require", SslMode::Require, Verification::None),
            ("sslmode=require&sslrootcert=/etc/a%20b.pem", SslMode::Require, Verification::Chain(file())),
            ("sslrootcert=/etc/a%20b.pem", SslMode::Prefer, Verification::None),
            ("sslrootcert=system", SslMode::Require, Verification::Full(Roots::System)),
            ("sslmode=verify-ca&sslrootcert=/etc/a b.pem", SslMode::Require, Verification::Chain(file())),
            ("sslmode=verify-full", SslMode::Require, Verification::Full(Roots::System)),
            ("connect_timeout=3&sslmode=verify-full", SslMode::Require, Verification::Full(Roots::System)),
        ] {
            assert_eq!(parsed(query)?, (mode, verification), "{query}");
        }
        Ok(())
    }

    #[test]
    fn a_mode_that_verifies_less_than_it_seems_is_refused() {
        for query in
            ["sslmode=verify-everything", "sslmode=verify-ca", "sslmode=verify-ca&sslrootcert=system"]
        {
            assert!(parsed(query).is_err(), "{query}");
        }
    }
}
