//! Canonical forms: one spelling for each identifier, so that two brokers that saw the same thing ask for the same token.
//!
//! What cannot be written in its form is an error and never guessed at: a guess would join two customers' devices, or part
//! one device in two. The forms are version 1 ([`VERSION`]); a change of any of them is a new version, and tokens of
//! two versions never agree.
//!
//! ```
//! use itoguchi_share::canonical::{self, Kind};
//! assert_eq!(canonical::ip("::ffff:203.0.113.9").unwrap(), "203.0.113.9");
//! assert_eq!(canonical::ip("2001:DB8:0:0::1").unwrap(), "2001:db8::1");
//! assert_eq!(canonical::network("203.0.113.9").unwrap(), "203.0.113.0/24");
//! assert_eq!(canonical::network("2001:db8:1:2:3::4").unwrap(), "2001:db8:1:2::/64");
//! assert_eq!(canonical::device(" ＡB-12 ").unwrap(), "ab-12");
//! assert_eq!(canonical::user_agent("Demo/12.3 (X11;  Linux x86_64)").unwrap(), "demo/# (x#; linux x#)");
//! assert_eq!(Kind::Ip.input("2025-04", "203.0.113.9"), b"itoguchi/share/1\0ip\02025-04\0203.0.113.9");
//! assert!(canonical::ip("203.0.113.09").is_err());
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// Begins the input of every token. A change of any canonical form changes it.
pub const VERSION: &str = "itoguchi/share/1";
/// Bytes of the longest device id, in its canonical form.
const LONGEST_DEVICE: usize = 256;
/// Bytes of the longest user agent, as it came.
const LONGEST_AGENT: usize = 1024;
/// Device ids that stand for "not known": equal at every broker, and of nobody.
const PLACEHOLDERS: [&str; 8] = ["unknown", "none", "null", "nil", "undefined", "n/a", "na", "-"];

/// What an identifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An address.
    Ip,
    /// The network an address lies in: /24, or /64 for IPv6.
    Network,
    /// A device.
    Device,
    /// A program and platform, without versions.
    UserAgent,
}

/// Why a value has no canonical form. The value itself is not repeated: messages are not meant to hold identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No address.
    #[error("is no IPv4 or IPv6 address")]
    NoAddress,
    /// An address that many networks use for themselves.
    #[error("is an address that every network has (loopback, private, link-local, multicast, unspecified)")]
    NotGlobal,
    /// Nothing, or a word for nothing.
    #[error("says that it is not known")]
    Placeholder,
    /// Too long.
    #[error("is longer than an identifier of its kind can be")]
    TooLong,
    /// Characters that such an identifier does not have.
    #[error("has characters that identifiers of its kind do not have")]
    Characters,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Ip, Self::Network, Self::Device, Self::UserAgent];

    /// The name used in files and in the input of tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Network => "network",
            Self::Device => "device",
            Self::UserAgent => "user_agent",
        }
    }

    /// What the token of `canonical` in `epoch` is computed from.
    ///
    /// Version, kind and epoch stand before the value, each ended by a zero byte that none of them can hold, so that no
    /// two of (kind, epoch, value) give the same input.
    #[must_use]
    pub fn input(self, epoch: &str, canonical: &str) -> Vec<u8> {
        [VERSION, self.name(), epoch, canonical].join("\0").into_bytes()
    }
}

/// The address in its shortest RFC 5952 form; IPv4 inside IPv6 as IPv4.
///
/// # Errors
/// [`Unfit::NoAddress`] for anything else (blanks, zones, ports, leading zeros), [`Unfit::NotGlobal`] for addresses
/// that say nothing across networks.
pub fn ip(text: &str) -> Result<String, Unfit> {
    address(text.parse().map_err(|_| Unfit::NoAddress)?)
}

/// As [`ip`], of an address that has been read.
///
/// # Errors
/// [`Unfit::NotGlobal`].
pub fn address(address: IpAddr) -> Result<String, Unfit> {
    fit(address).map(|a| a.to_string())
}

/// The /24 of an IPv4 address, the /64 of an IPv6 address: `203.0.113.0/24`, `2001:db8:1:2::/64`.
///
/// # Errors
/// As [`ip`].
pub fn network(text: &str) -> Result<String, Unfit> {
    network_of(text.parse().map_err(|_| Unfit::NoAddress)?)
}

/// As [`network`], of an address that has been read.
///
/// # Errors
/// [`Unfit::NotGlobal`].
pub fn network_of(address: IpAddr) -> Result<String, Unfit> {
    Ok(match fit(address)? {
        IpAddr::V4(a) => format!("{}/24", Ipv4Addr::from_bits(a.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(a) => format!("{}/64", Ipv6Addr::from_bits(a.to_bits() & (u128::MAX << 64))),
    })
}

fn fit(address: IpAddr) -> Result<IpAddr, Unfit> {
    let address = address.to_canonical();
    let common = address.is_loopback() || address.is_unspecified() || address.is_multicast();
    let local = match address {
        IpAddr::V4(a) => a.is_private() || a.is_link_local() || a.is_broadcast(),
        IpAddr::V6(a) => a.is_unique_local() || a.is_unicast_link_local(),
    };
    if common || local { Err(Unfit::NotGlobal) } else { Ok(address) }
}

/// A device id: NFKC (full-width letters as others), blanks around it gone, lower case; visible ASCII, at most 256 bytes.
///
/// # Errors
/// [`Unfit`]: empty, a word for "unknown" or zeros alone; other characters; too long.
pub fn device(text: &str) -> Result<String, Unfit> {
    if text.len() > 4 * LONGEST_DEVICE {
        return Err(Unfit::TooLong);
    }
    let folded: String = text.nfkc().collect();
    let id = folded.trim().to_ascii_lowercase();
    if PLACEHOLDERS.contains(&id.as_str()) || id.bytes().all(|b| matches!(b, b'0' | b'-' | b':')) {
        return Err(Unfit::Placeholder);
    }
    if id.len() > LONGEST_DEVICE {
        return Err(Unfit::TooLong);
    }
    if id.bytes().all(|b| b.is_ascii_graphic()) { Ok(id) } else { Err(Unfit::Characters) }
}

/// The family of a user agent: lower case, blanks as one, and every run of digits, dots and underscores that begins with
/// a digit as `#`. Versions go, program and platform stay. ASCII (RFC 9110, section 10.1.5), at most 1024 bytes.
///
/// # Errors
/// [`Unfit`]: empty, other characters, too long.
pub fn user_agent(text: &str) -> Result<String, Unfit> {
    if text.len() > LONGEST_AGENT {
        return Err(Unfit::TooLong);
    }
    if !text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err(Unfit::Characters);
    }
    let mut family = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !family.is_empty() {
            family.push(' ');
        }
        without_versions(word, &mut family);
    }
    if family.is_empty() { Err(Unfit::Placeholder) } else { Ok(family) }
}

fn without_versions(word: &str, family: &mut String) {
    let mut in_version = false;
    for c in word.chars() {
        in_version = c.is_ascii_digit() || (in_version && matches!(c, '.' | '_'));
        if !in_version {
            family.push(c.to_ascii_lowercase());
        } else if !family.ends_with('#') {
            family.push('#');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The vectors of docs/CONSORTIUM.md.
    #[test]
    fn forms_are_those_of_the_document() {
        let agent =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/125.0.6422.60 Safari/537.36";
        for (got, want) in [
            (ip("203.0.113.9"), Ok("203.0.113.9")),
            (ip("::ffff:203.0.113.9"), Ok("203.0.113.9")),
            (ip("2001:DB8:0:0:0:0:0:1"), Ok("2001:db8::1")),
            (ip("203.0.113.09"), Err(Unfit::NoAddress)),
            (ip("203.0.113.9 "), Err(Unfit::NoAddress)),
            (ip("203.0.113.9:443"), Err(Unfit::NoAddress)),
            (ip("fe80::1%eth0"), Err(Unfit::NoAddress)),
            (ip("192.168.1.1"), Err(Unfit::NotGlobal)),
            (ip("::ffff:127.0.0.1"), Err(Unfit::NotGlobal)),
            (ip("fd00::1"), Err(Unfit::NotGlobal)),
            (network("203.0.113.9"), Ok("203.0.113.0/24")),
            (network("::ffff:203.0.113.9"), Ok("203.0.113.0/24")),
            (network("2001:db8:1:2:3:4:5:6"), Ok("2001:db8:1:2::/64")),
            (network("224.0.0.1"), Err(Unfit::NotGlobal)),
            (device("DEV-0042"), Ok("dev-0042")),
            (device("ＤＥＶ－００４２"), Ok("dev-0042")),
            (device(" dev-0042\t"), Ok("dev-0042")),
            (device(""), Err(Unfit::Placeholder)),
            (device("Unknown"), Err(Unfit::Placeholder)),
            (device("00000000-0000-0000-0000-000000000000"), Err(Unfit::Placeholder)),
            (device("端末1"), Err(Unfit::Characters)),
            (device("a b"), Err(Unfit::Characters)),
            (user_agent(agent), Ok("mozilla/# (windows nt #; win#; x#) applewebkit/# chrome/# safari/#")),
            (user_agent("BrokerApp/7_1.2 iOS"), Ok("brokerapp/# ios")),
            (user_agent("  "), Err(Unfit::Placeholder)),
            (user_agent("アプリ/1"), Err(Unfit::Characters)),
        ] {
            assert_eq!(got.as_deref(), want.as_ref().map(|s| *s));
        }
        assert_eq!(device(&"x".repeat(257)), Err(Unfit::TooLong));
        assert_eq!(user_agent(&"x".repeat(1025)), Err(Unfit::TooLong));
    }

    #[test]
    fn kinds_epochs_and_values_never_meet() {
        let mut inputs: Vec<_> = Kind::ALL
            .iter()
            .flat_map(|k| [k.input("e1", "x"), k.input("e", "1x"), k.input("e2", "x"), k.input("e1", "y")])
            .collect();
        let all = inputs.len();
        inputs.sort();
        inputs.dedup();
        assert_eq!(inputs.len(), all);
    }

    proptest! {
        /// A form is its own form, whatever came in; and nothing panics.
        #[test]
        fn forms_are_stable(text in "\\PC{0,40}", ascii in "[ -~]{0,60}", bits: u128) {
            for text in [&text, &ascii] {
                for form in [ip, device, user_agent] {
                    if let Ok(once) = form(text) {
                        prop_assert_eq!(form(&once), Ok(once.clone()));
                        prop_assert!(!once.contains('\0'));
                    }
                }
            }
            for address in [IpAddr::from(Ipv6Addr::from_bits(bits)), Ipv4Addr::from_bits(bits as u32).into()] {
                if let Ok(form) = super::address(address) {
                    prop_assert_eq!(ip(&form), Ok(form));
                    let net = network_of(address).unwrap();
                    let first = net.split('/').next().unwrap();
                    prop_assert!(network(first) == Ok(net.clone()) || super::address(first.parse().unwrap()).is_err());
                }
            }
        }
    }
}
