//! How many bits a repeated coincidence is worth: the null that keeps the crowd.
//!
//! # The null
//! On every object the instants of the acts stay as they are, bursts and all; who acted at which of them is
//! dealt anew, every assignment of the object's actors to its acts being equally likely. News that makes
//! hundreds buy one name in a minute is then no evidence about any two of them.
//!
//! # Expected occasions
//! Let object o have n acts, of which account a did n_a and b did n_b. A given pair of its acts falls to a and
//! b with chance q = 2 n_a n_b / (n (n − 1)), exactly. Cut the acts, by time, into blocks: a block starts at
//! the first act after the previous block and reaches one window further. If K_B pairs of acts within the
//! window of each other have their earlier leg in block B, a and b coincide q K_B times from block B on
//! average, hence at least once with chance at most min(1, q K_B). Two occasions of a pair start in different
//! blocks, because their first legs lie more than one window apart; so the pair's expected occasions on o are
//! at most Σ_B min(1, q K_B). Nor can there be more occasions than either account has acts, since the acts of
//! one account that open different occasions are different. Hence
//!
//! λ_o = min(n_a, n_b, Σ_B min(1, q K_B)),  λ_ab = Σ_o λ_o over all objects on which *both* acted, those on
//! which they never coincided included.
//!
//! Where each has one act on the object λ_o is exact. Elsewhere it is too large, never too small: evidence is
//! understated. Departures from the exact law of the count: it is taken as Poisson with mean λ_ab, whose upper
//! tail lies above that of a sum of independent indicators of the same mean for counts above λ + 1; blocks of
//! one object are not quite independent (an act dealt to one block is missing in the others), which thins the
//! tail further. Coincidences that a filter drops or that share a content stay in K_B.

use itoguchi_model::Millibits;
use rayon::prelude::*;

use crate::{
    act::Act,
    error::CoactionError,
    gamma::{ln_complement, poisson_ln},
    legs::{horizon, window_ends},
    occasions::{PairCount, check},
};

/// Bits that one shared object is worth to a pair when `users` of `accounts` accounts use it: log2 of how much
/// rarer it is than everybody. A device of two among a million gives 19 bits, an address of half of everyone 1,
/// of everyone 0. Never negative; no users count as one.
///
/// ```
/// use itoguchi_coaction::object_bits;
/// assert_eq!(object_bits(1_000_000, 2).bits(), 18.932);
/// assert_eq!(object_bits(1_000, 500).bits(), 1.0);
/// assert_eq!(object_bits(10, 20).bits(), 0.0);
/// ```
#[must_use]
pub fn object_bits(accounts: u32, users: u32) -> Millibits {
    Millibits::log2(f64::from(accounts) / f64::from(users.max(1))).positive()
}

/// The bits of `seen` occasions where `expected` were expected by chance: the Poisson log-likelihood ratio of
/// the best rate against the expected one, k log2(k/λ) − (k − λ)/ln 2, and none when no more were seen than
/// expected.
#[must_use]
pub fn poisson_bits(seen: u64, expected: f64) -> Millibits {
    let k = seen as f64;
    if k <= expected {
        return Millibits::ZERO;
    }
    Millibits::from_bits(crate::gamma::deviance(k, expected) / std::f64::consts::LN_2)
}

/// ln P(X ≥ seen) for X ~ Poisson(expected): 0 for no occasions, minus infinity for some where none can be.
///
/// Accurate to about 1e-12 relative, and never rounded to a probability of nought.
///
/// # Cost
/// O(√λ) terms near the mean, fewer away from it.
#[must_use]
pub fn poisson_ln_tail(seen: u64, expected: f64) -> f64 {
    if seen == 0 {
        return 0.0;
    }
    if expected <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if seen as f64 > expected {
        // P(X = k) (1 + λ/(k+1) + λ²/((k+1)(k+2)) + …)
        let series = descending(|step| expected / (seen as f64 + step));
        return (poisson_ln(seen, expected) + libm::log(series)).min(0.0);
    }
    // one less the lower tail: P(X = k−1) (1 + (k−1)/λ + (k−1)(k−2)/λ² + …)
    let top = seen as f64;
    let series = descending(|step| (top - step) / expected);
    ln_complement((poisson_ln(seen - 1, expected) + libm::log(series)).min(0.0))
}

/// 1 + r(1) + r(1) r(2) + … until a term adds nothing; the factors must fall below one.
pub(crate) fn descending(ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut term, mut step) = (1.0, 1.0, 1.0);
    loop {
        term *= ratio(step);
        let next = sum + term;
        if next == sum || term <= 0.0 {
            return sum;
        }
        sum = next;
        step += 1.0;
    }
}

/// What chance makes of one pair's occasions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Significance {
    /// Occasions expected by chance.
    pub expected: f64,
    /// What the occasions seen are worth.
    pub bits: Millibits,
    /// Natural logarithm of the probability of as many occasions or more.
    pub ln_p: f64,
}

/// The null of one set of acts: each object's bursts, and who acted on what how often.
pub struct Surprise {
    /// Accounts, ascending, and where each one's objects begin in `objects`.
    actors: Vec<u32>,
    starts: Vec<usize>,
    /// Objects of each account, ascending, with its number of acts there.
    objects: Vec<(u32, u32)>,
    crowds: Crowds,
}

impl Surprise {
    /// Learns the null from all acts of the population, sorted ([`crate::sort_acts`]): leave nobody out, or the
    /// crowd is too small. `window_micros` is that of the sweep; with `None` every shared object is one certain
    /// occasion, so nothing is surprising (use [`object_bits`] there).
    ///
    /// # Errors
    /// As [`crate::sweep`].
    /// # Cost
    /// O(n log n) time and about 20 bytes for each act.
    pub fn new(acts: &[Act], window_micros: Option<i64>) -> Result<Self, CoactionError> {
        check(acts, window_micros)?;
        let mut touched: Vec<(u32, u32)> = acts.iter().map(|a| (a.actor, a.object)).collect();
        touched.par_sort_unstable();
        let (mut actors, mut starts, mut objects) = (Vec::new(), Vec::new(), Vec::new());
        for run in touched.chunk_by(|x, y| x == y) {
            let (actor, object) = run[0];
            if actors.last() != Some(&actor) {
                actors.push(actor);
                starts.push(objects.len());
            }
            objects.push((object, run.len() as u32));
        }
        starts.push(objects.len());
        Ok(Self { actors, starts, objects, crowds: Crowds::new(acts, window_micros) })
    }

    /// Accounts with at least one act.
    #[must_use]
    pub fn accounts(&self) -> u32 {
        self.actors.len() as u32
    }

    /// Occasions that accounts `a` and `b` would have by chance; 0 where they share no object.
    ///
    /// # Cost
    /// O(d log D) for d objects of the one with fewer and D of the other.
    #[must_use]
    pub fn expected(&self, a: u32, b: u32) -> f64 {
        let (fewer, more) = (self.objects_of(a), self.objects_of(b));
        let (fewer, mut more) = if fewer.len() <= more.len() { (fewer, more) } else { (more, fewer) };
        let mut sum = 0.0;
        for (object, acts) in fewer {
            more = &more[gallop(more, *object)..];
            if let Some((_, others)) = more.first().filter(|(o, _)| o == object) {
                sum += self.crowds.expected(*object, *acts, *others);
            }
        }
        sum
    }

    /// The significance of each counted pair, in the order given. `pairs` must come from acts among those that
    /// the null was learnt from.
    #[must_use]
    pub fn of_pairs(&self, pairs: &[PairCount]) -> Vec<Significance> {
        pairs.par_iter().map(|p| self.of_pair(p.a, p.b, p.occasions)).collect()
    }

    /// The significance of `occasions` occasions of one pair.
    #[must_use]
    pub fn of_pair(&self, a: u32, b: u32, occasions: u32) -> Significance {
        let expected = self.expected(a, b);
        let seen = u64::from(occasions);
        Significance { expected, bits: poisson_bits(seen, expected), ln_p: poisson_ln_tail(seen, expected) }
    }

    fn objects_of(&self, actor: u32) -> &[(u32, u32)] {
        match self.actors.binary_search(&actor) {
            Ok(rank) => &self.objects[self.starts[rank]..self.starts[rank + 1]],
            Err(_) => &[],
        }
    }
}

/// The position of the first entry not below `object`, found in doubling steps.
fn gallop(list: &[(u32, u32)], object: u32) -> usize {
    let mut step = 1;
    while step < list.len() && list[step].0 < object {
        step *= 2;
    }
    let (from, to) = (step / 2, list.len().min(step + 1));
    from + list[from..to].partition_point(|(o, _)| *o < object)
}

/// Every object's acts and bursts.
struct Crowds {
    objects: Vec<Crowd>,
    /// Close pairs of each block, largest first within an object.
    blocks: Vec<u64>,
    /// Sum of `blocks` from each position to the end of its object.
    from_here: Vec<u64>,
}

struct Crowd {
    object: u32,
    acts: u64,
    /// First block in `blocks`; the last one ends where the next object's first begins.
    start: usize,
}

impl Crowds {
    fn new(acts: &[Act], window: Option<i64>) -> Self {
        let ends = window_ends(acts, window);
        let mut crowds = Self { objects: Vec::new(), blocks: Vec::new(), from_here: Vec::new() };
        let mut first = 0;
        for run in acts.chunk_by(|x, y| x.object == y.object) {
            let start = crowds.blocks.len();
            crowds.objects.push(Crowd { object: run[0].object, acts: run.len() as u64, start });
            crowds.add_blocks(run, &ends[first..], first, window);
            first += run.len();
        }
        crowds
    }

    /// Adds the blocks of one object whose first act is number `first` of all.
    fn add_blocks(&mut self, run: &[Act], ends: &[u32], first: usize, window: Option<i64>) {
        let start = self.blocks.len();
        let mut reach = None;
        for (i, (act, end)) in run.iter().zip(ends).enumerate() {
            let close = *end as u64 - (first + i) as u64 - 1;
            if reach.is_some_and(|r| act.time <= r) {
                *self.blocks.last_mut().expect("a block was begun with its reach") += close;
            } else {
                reach = Some(horizon(act.time, window));
                self.blocks.push(close);
            }
        }
        self.blocks[start..].sort_unstable_by(|x, y| y.cmp(x));
        let filled = start + self.blocks[start..].partition_point(|close| *close > 0);
        self.blocks.truncate(filled);
        self.from_here.resize(filled, 0);
        let mut sum = 0;
        for i in (start..filled).rev() {
            sum += self.blocks[i];
            self.from_here[i] = sum;
        }
    }

    /// λ_o of the module's comment.
    fn expected(&self, object: u32, acts_a: u32, acts_b: u32) -> f64 {
        let Ok(rank) = self.objects.binary_search_by_key(&object, |c| c.object) else { return 0.0 };
        let crowd = &self.objects[rank];
        let end = self.objects.get(rank + 1).map_or(self.blocks.len(), |next| next.start);
        let blocks = &self.blocks[crowd.start..end];
        let n = crowd.acts as f64;
        let q = 2.0 * f64::from(acts_a) * f64::from(acts_b) / (n * (n - 1.0).max(1.0));
        let certain = blocks.partition_point(|close| q * *close as f64 >= 1.0);
        let rest = blocks.get(certain).map_or(0, |_| self.from_here[crowd.start + certain]);
        (certain as f64 + q * rest as f64).min(f64::from(acts_a.min(acts_b)))
    }
}
