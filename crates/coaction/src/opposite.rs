//! Coincidences across two populations: the buyers of a name against its sellers.

use crate::{
    act::Act,
    error::CoactionError,
    legs::{Legs, horizon, key},
    occasions::{PairCount, SweepOptions, check, check_number, count},
};

/// Counts, for every pair of a left and a right account, their acts on one object within the window of each
/// other, whichever came first.
///
/// Both sides must be sorted ([`crate::sort_acts`]) and share their ids of objects and accounts. `a` of the
/// answer is the left account and `b` the right one, so (1, 2) and (2, 1) are different pairs; an account is
/// never paired with itself. Coincidences and occasions mean what they mean in [`crate::sweep`]. The answer is
/// sorted by (a, b).
///
/// # Errors
/// As [`crate::sweep`], on either side.
/// # Cost
/// As [`crate::sweep`]; acts of one side are not compared with one another, so a small side makes it cheap.
pub fn sweep_between(
    left: &[Act],
    right: &[Act],
    options: &SweepOptions,
) -> Result<Vec<PairCount>, CoactionError> {
    check(left, options.window_micros)?;
    check(right, options.window_micros)?;
    check_number(left.len().saturating_add(right.len()))?;
    Ok(count(&Between::new(left, right, options.window_micros), options))
}

/// Both sides in one order, and for every act the acts of the other side in reach after it.
pub(crate) struct Between {
    acts: Vec<Act>,
    is_left: Vec<bool>,
    /// Positions in `acts` of the left and of the right acts.
    positions: [Vec<u32>; 2],
    /// For every act, its range in the positions of the other side.
    others: Vec<(u32, u32)>,
}

impl Between {
    pub(crate) fn new(left: &[Act], right: &[Act], window: Option<i64>) -> Self {
        let (acts, is_left) = interleave(left, right);
        let mut positions = [Vec::with_capacity(left.len()), Vec::with_capacity(right.len())];
        for (position, left) in (0_u32..).zip(&is_left) {
            positions[usize::from(!left)].push(position);
        }
        let mut before = [0_u32; 2];
        let mut ends = [0_usize; 2];
        let others = acts
            .iter()
            .zip(&is_left)
            .map(|(act, left)| {
                let (own, other) = if *left { (0, 1) } else { (1, 0) };
                before[own] += 1;
                let last = (act.object, horizon(act.time, window));
                let in_reach = |p: &u32| (acts[*p as usize].object, acts[*p as usize].time) <= last;
                while positions[other].get(ends[other]).is_some_and(in_reach) {
                    ends[other] += 1;
                }
                (before[other], ends[other] as u32)
            })
            .collect();
        Self { acts, is_left, positions, others }
    }
}

/// Merges two sorted sides by object and time; at one instant the left ones come first.
fn interleave(left: &[Act], right: &[Act]) -> (Vec<Act>, Vec<bool>) {
    let mut acts = Vec::with_capacity(left.len() + right.len());
    let mut is_left = Vec::with_capacity(acts.capacity());
    let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let take_left = match (l.peek(), r.peek()) {
            (Some(x), Some(y)) => (x.object, x.time) <= (y.object, y.time),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return (acts, is_left),
        };
        acts.extend(if take_left { l.next() } else { r.next() });
        is_left.push(take_left);
    }
}

impl Legs for Between {
    fn acts(&self) -> &[Act] {
        &self.acts
    }

    fn reach(&self, earlier: u32) -> u64 {
        let (from, to) = self.others[earlier as usize];
        u64::from(to.saturating_sub(from))
    }

    fn each(&self, earlier: u32, mut found: impl FnMut(u64, u32)) {
        let first = &self.acts[earlier as usize];
        let left = self.is_left[earlier as usize];
        let (from, to) = self.others[earlier as usize];
        for later in &self.positions[usize::from(left)][from as usize..to.max(from) as usize] {
            let second = &self.acts[*later as usize];
            if first.may_pair(second) {
                let (a, b) = if left { (first, second) } else { (second, first) };
                found(key(a.actor, b.actor), *later);
            }
        }
    }
}
