//! Leiden communities with a connectivity certificate.
