//! Which certificate is which broker's.

use std::{collections::BTreeSet, path::Path};

use itoguchi_share::epoch::is_broker;
use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, DnsName, ServerName},
    server::ParsedCertificate,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::error::KeyholderError;

/// Evaluations in a minute for a broker whose entry says nothing. Assumed: about what two cores can do.
const PER_MINUTE: u64 = 300_000;

/// The brokers the key-holder serves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brokers {
    /// Of this form; 1.
    pub version: u32,
    /// Each of them.
    pub brokers: Vec<Broker>,
}

/// A broker, and how it is known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// Its code, as its requests say it.
    pub code: String,
    /// SHA-256 of its certificates, in hexadecimal, with or without colons.
    #[serde(default)]
    pub certificates: Vec<String>,
    /// DNS names among the subject alternative names of its certificates.
    #[serde(default)]
    pub names: Vec<String>,
    /// Evaluations in a minute.
    #[serde(default = "per_minute")]
    pub per_minute: u64,
}

fn per_minute() -> u64 {
    PER_MINUTE
}

impl Brokers {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`KeyholderError::Brokers`] when it cannot be read, holds what it may not, or lets a certificate be two brokers'.
    pub fn read(path: &Path) -> Result<Self, KeyholderError> {
        let fault = |what: String| KeyholderError::Brokers { path: path.to_owned(), what };
        let text = std::fs::read_to_string(path).map_err(|e| fault(e.to_string()))?;
        Self::parse(&text).map_err(fault)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut this: Self = toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?;
        if this.version != 1 {
            return Err(format!("version {} is not known", this.version));
        }
        let mut seen = BTreeSet::new();
        for broker in &mut this.brokers {
            broker.settle()?;
            let mut known = broker.certificates.iter().chain(&broker.names).chain([&broker.code]);
            if let Some(twice) = known.find(|&k| !seen.insert(k.clone())).cloned() {
                return Err(format!("{twice} stands there twice"));
            }
        }
        Ok(this)
    }

    /// Whose certificate this is. A fingerprint goes before a name.
    #[must_use]
    pub fn of(&self, certificate: &CertificateDer<'_>) -> Option<&Broker> {
        let print = fingerprint(certificate);
        let by_print = self.brokers.iter().find(|b| b.certificates.contains(&print));
        let by_name = || {
            let parsed = ParsedCertificate::try_from(certificate).ok()?;
            let mut named = self.brokers.iter().filter(|b| b.is_named_in(&parsed));
            // A certificate that bears two brokers' names is neither's.
            named.next().filter(|_| named.next().is_none())
        };
        by_print.or_else(by_name)
    }
}

impl Broker {
    fn settle(&mut self) -> Result<(), String> {
        let code = &self.code;
        if !is_broker(code) {
            return Err(format!(
                "{code:?} is no broker's code: letters, digits, hyphens and underscores, up to 32"
            ));
        }
        if self.certificates.is_empty() && self.names.is_empty() {
            return Err(format!("{code} has neither certificates nor names: nobody could be it"));
        }
        if self.per_minute == 0 {
            return Err(format!("{code}: per_minute must be above 0"));
        }
        for print in &mut self.certificates {
            let digits = print.replace(':', "").to_ascii_lowercase();
            if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(format!("{code}: {print:?} is no SHA-256 of a certificate"));
            }
            *print = digits;
        }
        for name in &mut self.names {
            *name = name.to_ascii_lowercase();
            if DnsName::try_from(name.as_str()).is_err() {
                return Err(format!("{code}: {name:?} is no DNS name"));
            }
        }
        Ok(())
    }

    fn is_named_in(&self, certificate: &ParsedCertificate<'_>) -> bool {
        let names = self.names.iter().filter_map(|n| ServerName::try_from(n.as_str()).ok());
        names.into_iter().any(|name| verify_server_name(certificate, &name).is_ok())
    }
}

/// SHA-256 of a certificate, as `openssl x509 -fingerprint -sha256` shows it, without colons and in small letters.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> String {
    Sha256::digest(certificate).iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str =
        "AA:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE";

    #[test]
    fn a_file_that_could_mix_up_brokers_is_refused() {
        let sound = format!("version = 1\n[[brokers]]\ncode = \"A\"\ncertificates = [\"{PRINT}\"]\n");
        let read = Brokers::parse(&sound).unwrap();
        assert_eq!(read.brokers[0].certificates[0], PRINT.replace(':', "").to_ascii_lowercase());
        assert_eq!(read.brokers[0].per_minute, PER_MINUTE);
        let second = sound.split_once('\n').unwrap().1.replace("\"A\"", "\"B\"");
        for (text, word) in [
            (sound.replace("version = 1", "version = 2"), "not known"),
            (sound.replace("\"A\"", "\"A B\""), "no broker's code"),
            (sound.replace("AA:00", "AA"), "no SHA-256"),
            (sound.replace("certificates", "names"), "no DNS name"),
            (sound.replace("certificates", "certificate"), "unknown field"),
            (format!("{sound}per_minute = 0\n"), "above 0"),
            ("version = 1\n[[brokers]]\ncode = \"A\"\n".to_owned(), "nobody could be it"),
            (format!("{sound}{second}"), "twice"),
        ] {
            let error = Brokers::parse(&text).unwrap_err();
            assert!(error.contains(word), "{word}: {error}");
        }
    }
}
