//! Certificates and their keys, as files in PEM.

use std::{path::Path, sync::Arc};

use itoguchi_share::read_secret;
use rustls::{
    RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::error::KeyholderError;

/// Bytes of the largest file.
const LARGEST: u64 = 1 << 20;

fn fault(path: &Path, what: impl Into<String>, hint: &'static str) -> KeyholderError {
    KeyholderError::Certificate { path: path.to_owned(), what: what.into(), hint }
}

/// The certificates of a file, the first one's owner first.
pub(crate) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, KeyholderError> {
    const HINT: &str =
        "a file with lines BEGIN CERTIFICATE is needed; docs/CONSORTIUM.md makes one with openssl";
    let bytes = std::fs::read(path).map_err(|e| fault(path, e.to_string(), HINT))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(fault(path, "holds no certificate", HINT)),
    }
}

/// The private key of a certificate; refused where others may read it.
pub(crate) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, KeyholderError> {
    let bytes = read_secret(path, LARGEST)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        fault(
            path,
            "holds no private key",
            "a file with a line BEGIN PRIVATE KEY is needed, without a password",
        )
    })
}

/// Whoever's signature is believed.
pub(crate) fn authorities(path: &Path) -> Result<Arc<RootCertStore>, KeyholderError> {
    let mut store = RootCertStore::empty();
    for certificate in chain(path)? {
        store.add(certificate).map_err(|e| {
            fault(path, e.to_string(), "give the certificate of the authority that signed the other side's")
        })?;
    }
    Ok(Arc::new(store))
}

/// A certificate and key that do not belong together, as an error.
pub(crate) fn apart(path: &Path, cause: &rustls::Error) -> KeyholderError {
    fault(path, cause.to_string(), "give the key that the certificate was made with")
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
