//! What sources have labelled as shared: a discount, never a charge.
//!
//! An address or device that an indicator calls `shared` or `aggregator` stands for more people than the data show, so
//! sharing it says less. The labels `attacker` and `relay` add nothing: a relay is used by many, and the households
//! behind it are innocent.

use std::net::IpAddr;

use itoguchi_model::tables::{Case, Indicator};

use crate::objects::Object;

/// How many accounts a thing that is labelled as shared is taken to stand for, at least. Assumed.
const SHARED_BY: u32 = 10_000;

/// The labelled things of a case that lower the worth of sharing them.
pub(crate) struct Labelled<'a> {
    devices: Vec<&'a str>,
    networks: Vec<(IpAddr, u8)>,
}

impl<'a> Labelled<'a> {
    pub(crate) fn new(case: &'a Case) -> Self {
        let shared = |i: &&Indicator| matches!(i.label.as_str(), "shared" | "aggregator");
        let mut labelled = Self { devices: Vec::new(), networks: Vec::new() };
        for indicator in case.indicators.iter().filter(shared) {
            match indicator.kind.as_str() {
                "device" => labelled.devices.push(&indicator.value),
                "ip" | "cidr" => labelled.networks.extend(network(&indicator.value)),
                _ => {}
            }
        }
        labelled.devices.sort_unstable();
        labelled
    }

    /// How many accounts `object` stands for at least, by its label; 1 without one.
    pub(crate) fn users(&self, case: &Case, object: Object) -> u32 {
        let labelled = match object {
            Object::Device(device) => {
                self.devices.binary_search(&case.names.devices[device.index()].as_str()).is_ok()
            }
            Object::Address(address) => address
                .0
                .address()
                .is_some_and(|ip| self.networks.iter().any(|(net, bits)| overlaps(ip, *net, *bits))),
            Object::Bought(..) | Object::BoughtBoth(..) => false,
        };
        if labelled { SHARED_BY } else { 1 }
    }
}

/// Reads `192.0.2.0/24`, `2001:db8::/32` or a single address.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(all);
    (bits <= all).then_some((address, bits))
}

/// Whether what `address` stands for (itself, or its /64) and the network have an address in common.
fn overlaps(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            prefix(u128::from(u32::from(a)) << 96, bits) == prefix(u128::from(u32::from(n)) << 96, bits)
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => prefix(a.into(), bits.min(64)) == prefix(n.into(), bits.min(64)),
        _ => false,
    }
}

fn prefix(address: u128, bits: u8) -> u128 {
    if bits == 0 { 0 } else { address >> (128 - u32::from(bits)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses_and_no_others() {
        let inside = |a: &str, n: &str| {
            let (network, bits) = network(n).unwrap();
            overlaps(a.parse().unwrap(), network, bits)
        };
        assert!(inside("192.0.2.77", "192.0.2.0/24"));
        assert!(!inside("192.0.3.77", "192.0.2.0/24"));
        assert!(inside("192.0.2.77", "192.0.2.77"));
        assert!(inside("192.0.2.77", "0.0.0.0/0"));
        assert!(inside("2001:db8:1:2::", "2001:db8:1:2:3:4:5:6"));
        assert!(!inside("2001:db8:1:3::", "2001:db8:1:2::/64"));
        assert!(!inside("192.0.2.77", "2001:db8::/32"));
        for bad in ["192.0.2.0/33", "nowhere", "192.0.2.0/x", ""] {
            assert_eq!(network(bad), None, "{bad}");
        }
    }
}
