//! The buyers of one name on one day: how odd each is among them, and what the crowd by itself explains.
//!
//! A crowd has habits of its own: a name that is talked about brings people on new phones, or people who sell other
//! things to pay for it. Two accounts of the crowd are fitted. Without a group, everybody is drawn from the crowd's own
//! shares of odd access and of odd trading, the two having nothing to do with one another. With a group, a part of them
//! is drawn from what hijacked accounts show, and the crowd's shares are those of the rest. A crowd's shares lean on
//! those of all crowds of its kind, as firmly as crowds of that kind are alike. (Expectation and maximisation, Dempster, Laird and Rubin, Journal of the Royal Statistical Society B
//! 1977; what tells the two apart is that odd access and odd trading meet in the same accounts.)

use itoguchi_model::Millibits;

use crate::score::Judged;

/// How firmly crowds may be alike: so many members weigh as much as what is usual.
const FIRMNESS: [f64; 9] = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0];
/// A crowd of fewer says little of how crowds differ.
const SMALLEST: usize = 10;
/// Levels of oddness, by bits: none, and up to so many.
const LEVELS: [i64; 4] = [0, 2_000, 4_000, 6_000];
/// Rounds of fitting.
const ROUNDS: usize = 12;
/// At this many bits a member is first taken for one of a group.
const FIRST_GUESS: Millibits = Millibits(4_000);

fn level(bits: Millibits) -> usize {
    LEVELS.iter().filter(|l| bits.0 > **l).count()
}

type Shares = [f64; LEVELS.len() + 1];

/// What crowds of a kind usually show of one score.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usual {
    /// Shares of everybody ordinary by level: what bits are measured against.
    everybody: Shares,
    /// Shares among members of crowds of this kind.
    here: Shares,
    /// How many members weigh as much.
    firmness: f64,
}

impl Usual {
    /// Learns from the crowds of a kind: per crowd the bits of its members where they are known.
    pub(crate) fn learn(judged: &Judged, crowds: &[Vec<Millibits>], firmness: f64) -> Self {
        let above = |l: usize| judged.tail(Millibits(LEVELS[l] + 1));
        let mut everybody = [0.0; LEVELS.len() + 1];
        everybody[0] = 1.0 - above(0);
        for (l, share) in everybody.iter_mut().enumerate().skip(1) {
            let higher = if l < LEVELS.len() { above(l) } else { 0.0 };
            *share = above(l - 1) - higher;
        }
        // One occasion more of every level: nothing is impossible.
        let everybody = everybody.map(|s| s.max(judged.one()));
        let mut seen = everybody.map(|s| s * FIRMNESS[FIRMNESS.len() - 1]);
        for bits in crowds.iter().flatten() {
            seen[level(*bits)] += 1.0;
        }
        let total: f64 = seen.iter().sum();
        let here = seen.map(|s| s / total);
        Self { everybody, here, firmness }
    }
}

/// How alike crowds are in the share of clearly odd members: the firmness under which what is seen is likeliest, each
/// crowd's share being drawn from a beta distribution around the usual one.
pub(crate) fn firmness(crowds: &[Vec<Millibits>]) -> f64 {
    let counts: Vec<(f64, f64)> = crowds
        .iter()
        .filter(|c| c.len() >= SMALLEST)
        .map(|c| (c.iter().filter(|b| level(**b) >= 2).count() as f64, c.len() as f64))
        .collect();
    let (odd, members) = counts.iter().fold((0.5, 1.0), |a, c| (a.0 + c.0, a.1 + c.1));
    let share = odd / members;
    let likelihood = |firmness: f64| -> f64 {
        let (a, b) = (firmness * share, firmness * (1.0 - share));
        let beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        counts.iter().map(|(odd, n)| beta(a + odd, b + n - odd) - beta(a, b)).sum()
    };
    let mut best = (FIRMNESS[2], f64::NEG_INFINITY);
    for firmness in FIRMNESS {
        let value = likelihood(firmness);
        if !counts.is_empty() && value > best.1 {
            best = (firmness, value);
        }
    }
    best.0
}

/// One member of a crowd: bits of access and of its own trading, where either is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub access: Option<Millibits>,
    pub own: Option<Millibits>,
}

impl Member {
    pub(crate) fn bits(&self) -> Millibits {
        self.access.unwrap_or_default() + self.own.unwrap_or_default()
    }
}

/// A crowd, fitted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    /// Per member: bits that are left given what the crowd does.
    pub left: Vec<Millibits>,
    /// What the crowd's own habits explain without a group, beyond what they explain beside one.
    pub explained: Millibits,
}

/// Fits a crowd. O(members).
pub(crate) fn fit(members: &[Member], access: Usual, own: Usual) -> Fit {
    let habits = |ordinary: &[f64]| {
        (
            inflation(members.iter().map(|m| m.access), ordinary, access),
            inflation(members.iter().map(|m| m.own), ordinary, own),
        )
    };
    let of = |(by_access, by_own): &(Shares, Shares), m: &Member| {
        m.access.map_or(0.0, |b| by_access[level(b)]) + m.own.map_or(0.0, |b| by_own[level(b)])
    };
    let mut hijacked: Vec<f64> =
        members.iter().map(|m| if m.bits() >= FIRST_GUESS { 1.0 } else { 0.0 }).collect();
    let mut beside = habits(&vec![1.0; members.len()]);
    for _ in 0..ROUNDS {
        let ordinary: Vec<f64> = hijacked.iter().map(|h| 1.0 - h).collect();
        beside = habits(&ordinary);
        let share = (hijacked.iter().sum::<f64>() / members.len().max(1) as f64).clamp(1e-6, 0.999);
        for (h, m) in hijacked.iter_mut().zip(members) {
            let odds = share / (1.0 - share) * libm::exp2(m.bits().bits() - of(&beside, m));
            *h = odds / (1.0 + odds);
        }
    }
    let ordinary: Vec<f64> = hijacked.iter().map(|h| 1.0 - h).collect();
    let worth = |ordinary: &[f64]| {
        evidence(members.iter().map(|m| m.access), ordinary, access)
            + evidence(members.iter().map(|m| m.own), ordinary, own)
    };
    // The bits left of those in the group are less what the rest of the crowd does; together with it they stand for all.
    let in_group: f64 = members.iter().zip(&hijacked).map(|(m, h)| h * of(&beside, m)).sum();
    let explained = worth(&vec![1.0; members.len()]) - worth(&ordinary) - in_group;
    Fit {
        left: members.iter().map(|m| m.bits() - Millibits::from_bits(of(&beside, m))).collect(),
        explained: Millibits::from_bits(explained).positive(),
    }
}

/// log2 of how much likelier the ordinary of a crowd are if it has habits of its own, not known beforehand, than if they
/// were drawn from everybody.
fn evidence(bits: impl Iterator<Item = Option<Millibits>>, ordinary: &[f64], usual: Usual) -> f64 {
    let (seen, total) = seen(bits, ordinary);
    let mut log = libm::lgamma(usual.firmness) - libm::lgamma(usual.firmness + total);
    for ((seen, here), everybody) in seen.iter().zip(usual.here).zip(usual.everybody) {
        let weight = usual.firmness * here;
        log += libm::lgamma(weight + seen) - libm::lgamma(weight) - seen * libm::log(everybody);
    }
    log / std::f64::consts::LN_2
}

fn seen(bits: impl Iterator<Item = Option<Millibits>>, ordinary: &[f64]) -> (Shares, f64) {
    let mut seen = [0.0; LEVELS.len() + 1];
    for (bits, weight) in bits.zip(ordinary) {
        if let Some(bits) = bits {
            seen[level(bits)] += weight;
        }
    }
    let total = seen.iter().sum();
    (seen, total)
}

/// By level, log2 of how much more common it is among the ordinary of a crowd than among everybody.
fn inflation(bits: impl Iterator<Item = Option<Millibits>>, ordinary: &[f64], usual: Usual) -> Shares {
    let (seen, total) = seen(bits, ordinary);
    let mut out = [0.0; LEVELS.len() + 1];
    for l in 0..out.len() {
        let share = (seen[l] + usual.firmness * usual.here[l]) / (total + usual.firmness);
        out[l] = libm::log2(share / usual.everybody[l]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(odd: f64) -> Usual {
        let everybody = [1.0 - odd, odd * 0.6, odd * 0.25, odd * 0.1, odd * 0.05];
        Usual { everybody, here: everybody, firmness: 20.0 }
    }

    fn member(access: i64, own: i64) -> Member {
        Member { access: Some(Millibits(access)), own: Some(Millibits(own)) }
    }

    fn crowd(parts: &[(usize, Member)]) -> Vec<Member> {
        parts.iter().flat_map(|(n, m)| vec![*m; *n]).collect()
    }

    #[test]
    fn odd_in_both_stays_odd_in_an_ordinary_crowd() {
        let members = crowd(&[(60, member(-5_000, -4_000)), (8, member(6_500, 6_500))]);
        let fit = fit(&members, usual(0.05), usual(0.05));
        assert!(fit.left[60].bits() > 11.0, "{:?}", fit.left[60]);
        let gain: f64 = fit.left[60..].iter().map(|x| libm::log2(0.9 + 0.1 * x.ratio())).sum();
        assert!(gain - fit.explained.bits() > 20.0, "{gain} {}", fit.explained.bits());
    }

    #[test]
    fn a_crowd_on_new_phones_is_no_group() {
        // a third on new phones, a third sold other things, as many of both as chance brings
        let new_phone = member(5_000, -4_000);
        let parts = [(40, member(-5_000, -4_000)), (20, new_phone), (20, member(-5_000, 5_000))];
        let members = crowd(&[parts[0], parts[1], parts[2], (10, member(5_000, 5_000))]);
        let fit = fit(&members, usual(0.05), usual(0.05));
        let shares = (1..100).map(|p| f64::from(p) / 100.0);
        let gain = |p: f64| -> f64 {
            members.iter().zip(&fit.left).map(|(_, x)| libm::log2(1.0 - p + p * x.ratio())).sum()
        };
        let best = shares.map(gain).fold(0.0, f64::max);
        assert!(best - fit.explained.bits() < 5.0, "{best} {}", fit.explained.bits());
    }

    #[test]
    fn crowds_that_are_alike_are_firm() {
        let crowd = |odd: usize| crowd(&[(50 - odd, member(-3_000, 0)), (odd, member(3_000, 0))]);
        let bits = |c: Vec<Member>| c.iter().filter_map(|m| m.access).collect::<Vec<_>>();
        let alike: Vec<_> = (0..40).map(|_| bits(crowd(5))).collect();
        let unlike: Vec<_> = (0..40).map(|k| bits(crowd(if k % 4 == 0 { 20 } else { 0 }))).collect();
        assert!(firmness(&alike) > 300.0);
        assert!(firmness(&unlike) < 20.0);
    }

    #[test]
    fn what_is_not_known_of_a_member_says_nothing() {
        let mut members = crowd(&[(30, member(-5_000, -4_000))]);
        members.push(Member { access: None, own: Some(Millibits(5_000)) });
        let fit = fit(&members, usual(0.05), usual(0.05));
        assert!(fit.left[30].bits() > 2.0, "{:?}", fit.left[30]);
    }
}
