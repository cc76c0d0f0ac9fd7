//! TLS for connections to a server. `sslmode` and `sslrootcert` have the same meaning as in libpq.

use std::path::Path;
use std::sync::Arc;

use postgres::config::SslMode;
use postgres::{CancelToken, Client, Config};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::encryption::{Encryption, Roots, Verification};
use super::error::is_of_tls;

/// The ALPN protocol name, which PostgreSQL 17 expects if TLS begins without a request.
const PROTOCOL: &[u8] = b"postgresql";

/// Connects as the settings require.
pub(super) fn connect(config: &Config, encryption: &Encryption) -> Result<Client, Failed> {
    let connected = config.connect(connector(encryption)?);
    match connected {
        // `prefer` also accepts a connection without TLS, as in libpq.
        Err(error) if config.get_ssl_mode() == SslMode::Prefer && is_of_tls(&error) => {
            let mut config = config.clone();
            Ok(config.ssl_mode(SslMode::Disable).connect(postgres::NoTls)?)
        }
        connected => Ok(connected?),
    }
}

/// Cancels the running statement, over a connection with the same encryption.
pub(super) fn cancel(token: &CancelToken, encryption: &Encryption) {
    // If this fails, the run stops after the statement.
    if let Ok(connector) = connector(encryption) {
        drop(token.cancel_query(connector));
    }
}

/// The reason that a connection failed.
pub(super) enum Failed {
    Database(postgres::Error),
    /// The trusted certificates cannot be read.
    Certificates(String),
}

impl From<postgres::Error> for Failed {
    fn from(error: postgres::Error) -> Self {
        Self::Database(error)
    }
}

fn connector(encryption: &Encryption) -> Result<MakeRustlsConnect, Failed> {
    let provider = Arc::new(ring::default_provider());
    let unusable = |error: rustls::Error| Failed::Certificates(error.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let checked = |roots: &Roots| -> Result<_, Failed> {
        let roots = Arc::new(certificates(roots).map_err(Failed::Certificates)?);
        WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
            .build()
            .map_err(|error| Failed::Certificates(error.to_string()))
    };
    let verifier: Arc<dyn ServerCertVerifier> = match &encryption.verification {
        Verification::None => Arc::new(Lenient { chain: None, provider }),
        Verification::Chain(roots) => Arc::new(Lenient { chain: Some(checked(roots)?), provider }),
        Verification::Full(roots) => checked(roots)?,
    };
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

/// Reads the certificates of the trusted authorities.
fn certificates(roots: &Roots) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
            if let (true, Some(error)) = (store.is_empty(), found.errors.first()) {
                return Err(error.to_string());
            }
        }
        Roots::File(path) => {
            let of_file =
                CertificateDer::pem_file_iter(Path::new(path)).map_err(|error| error.to_string())?;
            for certificate in of_file {
                let certificate = certificate.map_err(|error| error.to_string())?;
                store.add(certificate).map_err(|error| error.to_string())?;
            }
        }
    }
    if store.is_empty() { Err("there is no certificate".to_owned()) } else { Ok(store) }
}

/// A verifier that accepts every host name. It also accepts every certificate, unless there are
/// roots to verify it with.
#[derive(Debug)]
struct Lenient {
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // The name is verified last.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
