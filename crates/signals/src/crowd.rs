//! The buyers of one name on one day: how odd each is among them, and what the crowd by itself explains.
//!
//! A crowd has habits of its own: a name that is talked about brings people on new phones, or people who sell other
//! things to pay for it. Two accounts of the crowd are fitted. Without a group, everybody is drawn from the crowd's own
//! shares of odd access and of odd trading, the two having nothing to do with one another. With a group, a part of them
//! is drawn from what hijacked accounts show, and the crowd's shares are those of the rest. A crowd's shares lean on
//! those of all crowds of its kind, as firmly as crowds of that kind are alike. (Expectation and maximisation, Dempster,
//! Laird and Rubin, Journal of the Royal Statistical Society B 1977; what tells the two apart is that odd access and odd
//! trading meet in the same accounts.) Where there may be a group, what its members have in common is fitted with it
//! (`likeness.rs`).

use itoguchi_model::Millibits;

use crate::{
    likeness::{Counted, Trait},
    score::Judged,
};

/// How firmly crowds may be alike: so many members weigh as much as what is usual.
const FIRMNESS: [f64; 9] = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0];
/// A crowd of fewer says little of how crowds differ.
const SMALLEST: usize = 10;
/// Levels of oddness, by bits: none, and up to so many.
const LEVELS: [i64; 4] = [0, 2_000, 4_000, 6_000];
/// Rounds of fitting.
const ROUNDS: usize = 12;
/// Steps in which a member's probability of being of a group is kept.
const STEPS: f64 = 1024.0;
/// At this many bits a member is first taken for one of a group.
const FIRST_GUESS: Millibits = Millibits(4_000);
/// Belief that an ordinary buyer goes about it as its crowd does, and not as people usually do. Assumed.
const AS_THE_CROWD: f64 = 0.5;
/// So many bits against a hijack are far from odd.
const FAR: f64 = -12.0;
/// Belief that a group has nothing in common beyond being odd. Assumed.
const ALONE: f64 = 0.1;
/// What a group has in common is looked at from so many members on.
const LEAST_GROUP: f64 = 2.0;

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
    /// Per member: what it has in common with the group rather than with the rest of the crowd.
    pub alike: Vec<Millibits>,
    /// What the crowd's own habits explain without a group, beyond what they explain beside one.
    pub explained: Millibits,
    /// The same of the crowd without its member of most bits.
    pub explained_without: Millibits,
}

/// Fits a crowd. `traits` are asked for only where there may be a group. O(members).
pub(crate) fn fit(members: &[Member], access: Usual, own: Usual, traits: impl FnOnce() -> Vec<Trait>) -> Fit {
    let mut crowd = Crowd { members, there: vec![1.0; members.len()], access, own, traits: Vec::new() };
    let by_oddness = crowd.settle(crowd.first_guess(), &[]);
    if by_oddness.iter().sum::<f64>() < LEAST_GROUP {
        return crowd.told(&by_oddness, &[]).fit;
    }
    crowd.traits = traits();
    let mut fit = crowd.best(&by_oddness);
    let worth = |j: &usize| fit.left[*j] + fit.alike[*j];
    let strongest = (0..members.len()).max_by_key(|j| (worth(j), usize::MAX - j));
    crowd.there[strongest.expect("a group has members")] = 0.0;
    fit.explained_without = crowd.best(&crowd.settle(crowd.first_guess(), &[])).explained;
    fit
}

/// A crowd that is being fitted.
struct Crowd<'a> {
    members: &'a [Member],
    /// 0 for a member that is left out, else 1.
    there: Vec<f64>,
    access: Usual,
    own: Usual,
    traits: Vec<Trait>,
}

/// One way to see a group in a crowd.
struct View {
    fit: Fit,
    /// log2 of how much likelier it makes the crowd than no group does.
    evidence: f64,
    /// Share of the group in the crowd.
    share: f64,
}

/// How much more common each level of access and of trading is in a part of the crowd than among everybody, log2.
type Habits = (Shares, Shares);

impl Crowd<'_> {
    /// Who is clearly odd.
    fn first_guess(&self) -> Vec<f64> {
        let odd = |m: &Member| if m.bits() >= FIRST_GUESS { 1.0 } else { 0.0 };
        self.members.iter().zip(&self.there).map(|(m, there)| there * odd(m)).collect()
    }

    fn rest(&self, hijacked: &[f64]) -> Vec<f64> {
        self.there.iter().zip(hijacked).map(|(there, h)| there - h).collect()
    }

    fn habits(&self, ordinary: &[f64]) -> Habits {
        (
            inflation(self.members.iter().map(|m| m.access), ordinary, self.access),
            inflation(self.members.iter().map(|m| m.own), ordinary, self.own),
        )
    }

    /// Per member, how many of its bits the habits of the rest take away.
    fn beside(&self, hijacked: &[f64]) -> Vec<f64> {
        let (by_access, by_own) = self.habits(&self.rest(hijacked));
        let of = |m: &Member| {
            m.access.map_or(0.0, |b| by_access[level(b)]) + m.own.map_or(0.0, |b| by_own[level(b)])
        };
        self.members.iter().map(of).collect()
    }

    /// Per member, log2 of how much likelier its traits are among the others of the group than among the others of the
    /// crowd. Of who is far from odd it is not asked: no likeness would bring it into the group.
    fn alike(&self, traits: &[Trait], hijacked: &[f64], beside: &[f64]) -> Vec<f64> {
        let rest = self.rest(hijacked);
        let mut alike = vec![0.0; hijacked.len()];
        for each in traits {
            let (group, crowd) = (each.count(hijacked), each.count(&rest));
            for (j, alike) in alike.iter_mut().enumerate() {
                if self.members[j].bits().bits() - beside[j] > FAR {
                    *alike += group.lift(j, hijacked[j]) - as_ordinary(&crowd, j, rest[j]);
                }
            }
        }
        alike
    }

    /// Expectation and maximisation from a first guess: per member the probability that it is of the group.
    fn settle(&self, mut hijacked: Vec<f64>, traits: &[Trait]) -> Vec<f64> {
        let there: f64 = self.there.iter().sum();
        for _ in 0..ROUNDS {
            let beside = self.beside(&hijacked);
            let alike = self.alike(traits, &hijacked, &beside);
            let share = (hijacked.iter().sum::<f64>() / there.max(1.0)).clamp(1e-6, 0.999);
            for (j, h) in hijacked.iter_mut().enumerate() {
                let bits = self.members[j].bits().bits() - beside[j] + alike[j];
                let odds = share / (1.0 - share) * libm::exp2(bits);
                // In steps of which most are 0 or 1: what follows from equal probabilities is worked out once.
                *h = self.there[j] * libm::round(odds / (1.0 + odds) * STEPS) / STEPS;
            }
        }
        hijacked
    }

    /// Several ways to see a group, each believed in as far as it makes the crowd likely: by oddness alone, and with what
    /// its members have in common, beginning with those that are odd given the crowd and with all that are odd.
    fn best(&self, by_oddness: &[f64]) -> Fit {
        let alone = self.told(by_oddness, &[]);
        let beginnings = [by_oddness.to_vec(), self.first_guess()];
        let together = beginnings.map(|begin| self.told(&self.settle(begin, &self.traits), &self.traits));
        let views: Vec<View> = std::iter::once((alone, ALONE))
            .chain(together.into_iter().map(|view| (view, (1.0 - ALONE) / 2.0)))
            .map(|(view, belief)| View { evidence: view.evidence + libm::log2(belief), ..view })
            .collect();
        let most = views.iter().map(|v| v.evidence).fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = views.iter().map(|v| libm::exp2(v.evidence - most)).sum();
        let weights: Vec<f64> = views.iter().map(|v| libm::exp2(v.evidence - most) / total).collect();
        let share: f64 = views.iter().zip(&weights).map(|(v, weight)| weight * v.share).sum();
        let mut fit = views[0].fit.clone();
        let mut gain = 0.0;
        for j in 0..self.members.len() {
            let of = |(v, weight): (&View, &f64)| weight * (v.fit.left[j] + v.fit.alike[j]).ratio();
            let ratio: f64 = views.iter().zip(&weights).map(of).sum();
            fit.alike[j] = Millibits::log2(ratio) - fit.left[j];
            gain += self.there[j] * libm::log2(1.0 - share + share * ratio);
        }
        fit.explained = Millibits::from_bits(gain - most - libm::log2(total)).positive();
        fit
    }

    /// What follows from the members' probabilities of being of the group.
    fn told(&self, hijacked: &[f64], traits: &[Trait]) -> View {
        let rest = self.rest(hijacked);
        let beside = self.beside(hijacked);
        let alike = self.alike(traits, hijacked, &beside);
        let worth = |part: &[f64]| {
            let traits: f64 = traits.iter().map(|t| of_ordinary(t, part)).sum();
            evidence(self.members.iter().map(|m| m.access), part, self.access)
                + evidence(self.members.iter().map(|m| m.own), part, self.own)
                + traits
        };
        let of_group: f64 = traits.iter().map(|t| t.count(hijacked).evidence()).sum();
        // The bits left of those in the group are less what the rest of the crowd does; together with it they stand for
        // all.
        let in_group: f64 = (0..beside.len()).map(|j| hijacked[j] * (beside[j] - alike[j])).sum();
        let explained = worth(&self.there) - worth(&rest) - of_group - in_group;
        let share = hijacked.iter().sum::<f64>() / self.there.iter().sum::<f64>().max(1.0);
        let left = |j: usize| self.members[j].bits().bits() - beside[j];
        let gain: f64 = (0..beside.len())
            .map(|j| self.there[j] * libm::log2(1.0 - share + share * libm::exp2(left(j) + alike[j])))
            .sum();
        let fit = Fit {
            left: (0..beside.len()).map(|j| Millibits::from_bits(left(j))).collect(),
            alike: alike.iter().map(|a| Millibits::from_bits(*a)).collect(),
            explained: Millibits::from_bits(explained).positive(),
            explained_without: Millibits::ZERO,
        };
        View { fit, evidence: gain - explained, share }
    }
}

/// log2 of how much likelier the value of member `j` is than usual if it is ordinary: it goes about it as the rest of the
/// crowd does, or as people usually do. A crowd may be of two kinds, orders placed by a standing instruction and by
/// hand, and who does not do as most do is not odd for it.
fn as_ordinary(crowd: &Counted, j: usize, weight: f64) -> f64 {
    libm::log2(AS_THE_CROWD * libm::exp2(crowd.lift(j, weight)) + 1.0 - AS_THE_CROWD)
}

/// The same of all of a part of the crowd, each judged by the others.
fn of_ordinary(of: &Trait, part: &[f64]) -> f64 {
    let crowd = of.count(part);
    part.iter().enumerate().filter(|(_, w)| **w > 0.0).map(|(j, w)| w * as_ordinary(&crowd, j, *w)).sum()
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
        let fit = fit(&members, usual(0.05), usual(0.05), Vec::new);
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
        let fit = fit(&members, usual(0.05), usual(0.05), Vec::new);
        let shares = (1..100).map(|p| f64::from(p) / 100.0);
        let gain = |p: f64| -> f64 {
            members.iter().zip(&fit.left).map(|(_, x)| libm::log2(1.0 - p + p * x.ratio())).sum()
        };
        let best = shares.map(gain).fold(0.0, f64::max);
        assert!(best - fit.explained.bits() < 5.0, "{best} {}", fit.explained.bits());
    }

    /// Sixty ordinary buyers with ten programs between them, and eight odd ones with those given.
    fn with_programs(programs: impl Fn(usize) -> u32) -> Fit {
        let members = crowd(&[(60, member(-5_000, -4_000)), (8, member(3_000, 3_000))]);
        let values: Vec<u32> =
            (0..68).map(|j| if j < 60 { j % 10 } else { programs(j as usize - 60) }).collect();
        let told = || vec![Trait::default().told(values.iter().map(|v| Some(*v)), |_| 0.1)];
        fit(&members, usual(0.05), usual(0.05), told)
    }

    #[test]
    fn odd_buyers_with_one_program_are_held_together_by_it() {
        let one = with_programs(|_| 4);
        let many = with_programs(|j| j as u32);
        assert!(one.alike[60].bits() > 2.0, "{:?}", one.alike[60]);
        assert!(many.alike[60].bits() < 0.5, "{:?}", many.alike[60]);
        // Among the rest who happens to use it gains from it too, and stays far from odd.
        assert!(one.left[4] + one.alike[4] < Millibits(-5_000));
    }

    #[test]
    fn who_does_not_do_as_a_crowd_of_one_habit_does_is_not_odd_for_it() {
        // Everybody orders at one minute by a standing instruction, and eight by hand all over the day.
        let members = crowd(&[(60, member(-5_000, -4_000)), (8, member(3_000, 3_000))]);
        let minute = |j: u32| if j < 60 { 0 } else { j };
        let told = || vec![Trait::default().told((0..68).map(|j| Some(minute(j))), |_| 0.01)];
        let fit = fit(&members, usual(0.05), usual(0.05), told);
        assert!(fit.alike[60].bits() < 2.5, "{:?}", fit.alike[60]);
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
        let fit = fit(&members, usual(0.05), usual(0.05), Vec::new);
        assert!(fit.left[30].bits() > 2.0, "{:?}", fit.left[30]);
    }
}
