//! What the brokers have agreed on.

use serde::{Deserialize, Serialize};

use crate::{canonical::Kind, error::ShareError, files::sha256, hex};

/// The rules of a consortium. All brokers and the key-holder use the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Of this form; 1.
    pub version: u32,
    /// Which kinds of identifiers become tokens.
    pub kinds: Vec<Kind>,
    /// Customers of one broker that may have used an identifier; of more, it is a hub and gets no token.
    pub hubs: Hubs,
    /// How much the key-holder evaluates.
    pub limits: Limits,
    /// What a bundle holds.
    pub bundle: BundleRules,
    /// What a ring must reach before a broker hears of it.
    pub disclose: Thresholds,
}

/// The most customers for each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hubs {
    /// Of an address.
    pub ip: u32,
    /// Of a network.
    pub network: u32,
    /// Of a device.
    pub device: u32,
    /// Of a user-agent family.
    pub user_agent: u32,
}

/// Evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// For one broker in one epoch.
    pub evaluations: u64,
    /// In one request.
    pub request: u64,
}

/// Rules of bundles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleRules {
    /// Days until it expires.
    pub keep_days: u32,
    /// Shares at which the next size class begins, rising.
    pub size_classes: Vec<u64>,
}

/// What a ring must reach before a broker hears of it, and a sum before it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Least bits of the ring, net of the prior.
    pub score_bits: u32,
    /// Fewest independent families of evidence.
    pub families: u32,
    /// Fewest accounts.
    pub accounts: u32,
    /// Fewest brokers.
    pub brokers: u32,
    /// Fewest accounts whose amounts are told as a sum.
    pub sum_of: u32,
}

/// The policy this crate is documented with.
pub const DEFAULT: &str = include_str!("../../../policies/consortium.toml");

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`ShareError::Policy`] for unknown or missing keys, and for rules that cannot be followed.
    pub fn read(text: &str) -> Result<Self, ShareError> {
        let fail = |what: String| ShareError::Policy { what };
        let mut policy: Self = toml::from_str(text).map_err(|e| fail(e.to_string()))?;
        if policy.version != 1 {
            return Err(fail(format!("policy version {} is not known", policy.version)));
        }
        policy.kinds.sort();
        policy.kinds.dedup();
        let rising = policy.bundle.size_classes.windows(2).all(|w| w[0] < w[1]);
        if policy.bundle.size_classes.len() > 16 || !rising || policy.bundle.size_classes.first() == Some(&0)
        {
            return Err(fail("bundle.size_classes: up to 16 rising numbers above 0 are needed".to_owned()));
        }
        if !(1..=3660).contains(&policy.bundle.keep_days) {
            return Err(fail("bundle.keep_days: 1 to 3660".to_owned()));
        }
        if Kind::ALL.iter().any(|k| policy.hub(*k) == 0) {
            return Err(fail("hubs: each number must be above 0".to_owned()));
        }
        if policy.disclose.families < 2 || policy.disclose.accounts < 2 || policy.disclose.sum_of < 2 {
            return Err(fail("disclose: families, accounts and sum_of must be 2 or more".to_owned()));
        }
        if policy.limits.request == 0 || policy.limits.request > MOST_ELEMENTS {
            return Err(fail(format!("limits.request: 1 to {MOST_ELEMENTS}")));
        }
        Ok(policy)
    }

    /// The most customers an identifier of `kind` may have.
    #[must_use]
    pub fn hub(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Ip => self.hubs.ip,
            Kind::Network => self.hubs.network,
            Kind::Device => self.hubs.device,
            Kind::UserAgent => self.hubs.user_agent,
        }
    }

    /// The class of a quantity: how many of the limits it reaches.
    #[must_use]
    pub fn size_class(&self, shares: f64) -> u8 {
        self.bundle.size_classes.iter().filter(|limit| shares >= **limit as f64).count() as u8
    }

    /// SHA-256 of what the policy says, whatever its file looks like.
    #[must_use]
    pub fn digest(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        hex::write(&sha256(&[text.as_bytes()]))
    }
}

/// Elements of the largest request that any policy may allow: what fits into memory on a small machine.
pub const MOST_ELEMENTS: u64 = 5_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_policy_is_sound() {
        let policy = Policy::read(DEFAULT).unwrap();
        assert_eq!(policy.kinds, Kind::ALL);
        assert_eq!([0.5, 99.0, 100.0, 1e12].map(|q| policy.size_class(q)), [0, 0, 1, 4]);
        assert_eq!(policy.digest(), Policy::read(&format!("# other\n{DEFAULT}")).unwrap().digest());
    }

    #[test]
    fn rules_that_cannot_be_followed_are_refused() {
        for (from, to) in [
            ("version = 1", "version = 2"),
            ("keep_days = 90", "keep_days = 0"),
            ("[100, 1_000, 10_000, 100_000]", "[100, 100]"),
            ("request = 2_000_000", "request = 0"),
            ("device = 8", "device = 0"),
            ("families = 2", "families = 1"),
            ("sum_of = 3", "sum_of = 1"),
            ("device = 8", "devices = 8"),
            ("\"ip\", ", "\"account\", "),
        ] {
            let text = DEFAULT.replace(from, to);
            assert_ne!(text, DEFAULT, "{from}");
            assert!(matches!(Policy::read(&text), Err(ShareError::Policy { .. })), "{to}");
        }
    }
}
