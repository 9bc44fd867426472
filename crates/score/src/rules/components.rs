//! Connected components over shared addresses and devices.

use itoguchi_model::{AccountId, tables::Case};

use super::groups::{Sets, claim};
use crate::found::Found;

/// Accounts that any login row ties through an address or device, however far; objects that more than `cap` accounts
/// used are left out.
#[must_use]
pub fn shared_objects(case: &Case, cap: Option<usize>) -> Found {
    let mut sets = Sets::new(case.names.accounts.len());
    let addresses = case.logins.iter().filter_map(|l| l.ip.get().map(|ip| (ip.0, l.account)));
    let devices = case.logins.iter().filter_map(|l| l.device.get().map(|d| (d.0, l.account)));
    tie(&mut sets, addresses.collect(), cap);
    tie(&mut sets, devices.collect(), cap);
    claim(case, sets.groups())
}

fn tie(sets: &mut Sets, mut uses: Vec<(u32, AccountId)>, cap: Option<usize>) {
    uses.sort_unstable();
    uses.dedup();
    for of_one in uses.chunk_by(|a, b| a.0 == b.0) {
        if cap.is_none_or(|cap| of_one.len() <= cap) {
            of_one.windows(2).for_each(|pair| sets.join(pair[0].1, pair[1].1));
        }
    }
}
