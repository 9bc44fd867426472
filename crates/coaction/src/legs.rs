//! Who can coincide with whom: the positions of every account's acts, and the acts within reach of each.

use std::{ops::Range, sync::Arc};

use rayon::prelude::*;

use crate::{
    act::Act,
    acts::{Acts, check_number},
    error::CoactionError,
    surprise::visits,
};

/// The last instant within `window` of `time`; none means the end of time.
#[inline]
pub(crate) fn horizon(time: i64, window: Option<i64>) -> i64 {
    window.map_or(i64::MAX, |w| time.saturating_add(w))
}

/// Refuses windows that are no lengths of time.
pub(crate) fn check_window(window: Option<i64>) -> Result<(), CoactionError> {
    match window.filter(|w| *w < 0) {
        Some(micros) => Err(CoactionError::NegativeWindow { micros }),
        None => Ok(()),
    }
}

/// Who acts in a table, and how often.
struct Roster {
    /// Actors, ascending.
    ids: Vec<u32>,
    /// Where the acts of each actor begin, were they listed by actor; one more at the end.
    starts: Vec<u32>,
    /// The rank of every id up to the last one, where the ids are dense enough for a table.
    ranks: Vec<u32>,
}

impl Roster {
    fn of(actors: &[u32]) -> Self {
        let widest = actors.par_iter().max().map_or(0, |id| *id as usize + 1);
        if widest <= 8 * actors.len() + 1024 { Self::dense(actors, widest) } else { Self::sparse(actors) }
    }

    fn dense(actors: &[u32], widest: usize) -> Self {
        let part = widest.div_ceil(rayon::current_num_threads()).max(1);
        let mut ranks = vec![0_u32; widest];
        // every thread counts the actors of one range of ids: they never meet
        ranks.par_chunks_mut(part).enumerate().for_each(|(i, numbers)| {
            let first = i * part;
            for id in actors {
                if let Some(number) = numbers.get_mut((*id as usize).wrapping_sub(first)) {
                    *number += 1;
                }
            }
        });
        let (mut ids, mut starts, mut sum) = (Vec::new(), vec![0], 0);
        for (id, number) in (0..).zip(&mut ranks) {
            if *number > 0 {
                sum += *number;
                *number = ids.len() as u32;
                ids.push(id);
                starts.push(sum);
            }
        }
        Self { ids, starts, ranks }
    }

    fn sparse(actors: &[u32]) -> Self {
        let mut sorted = actors.to_vec();
        sorted.par_sort_unstable();
        let (mut ids, mut starts) = (Vec::new(), vec![0]);
        for run in sorted.chunk_by(|x, y| x == y) {
            ids.push(run[0]);
            starts.push(starts[starts.len() - 1] + run.len() as u32);
        }
        Self { ids, starts, ranks: Vec::new() }
    }

    /// The rank of an actor that occurs.
    #[inline]
    fn rank(&self, id: u32) -> usize {
        if self.ranks.is_empty() {
            self.ids.binary_search(&id).unwrap_or_default()
        } else {
            self.ranks[id as usize] as usize
        }
    }

    /// Positions by actor. `actors` must be those of the roster, in any order.
    ///
    /// Every piece of work goes through all acts and places those of one range of ids: they never meet, and the piece
    /// of the answer stays in the cache. More pieces than that takes would only be more ways through all acts.
    fn place(&self, actors: &[u32]) -> Vec<u32> {
        const PIECES: usize = 8;
        const IN_CACHE: usize = 1 << 16;
        let threads = rayon::current_num_threads();
        let pieces = (actors.len() / IN_CACHE).clamp(threads, threads * PIECES);
        let part = self.ids.len().div_ceil(pieces).max(1);
        let mut positions = vec![0; actors.len()];
        let mut rest = positions.as_mut_slice();
        let mut parts = Vec::new();
        for first in (0..self.ids.len()).step_by(part) {
            let starts = &self.starts[first..=(first + part).min(self.ids.len())];
            let (own, others) = rest.split_at_mut((starts[starts.len() - 1] - starts[0]) as usize);
            parts.push((first, starts, own));
            rest = others;
        }
        parts.into_par_iter().for_each(|(first, starts, own)| {
            let base = starts[0];
            let mut next: Vec<u32> = starts[..starts.len() - 1].iter().map(|s| s - base).collect();
            let ids = self.ids[first]..=self.ids[first + next.len() - 1];
            for (position, id) in (0..).zip(actors) {
                if ids.contains(id) {
                    let free = &mut next[self.rank(*id) - first];
                    own[*free as usize] = position;
                    *free += 1;
                }
            }
        });
        positions
    }
}

/// The positions of every actor's acts in a table, ascending.
pub(crate) struct ByActor {
    roster: Arc<Roster>,
    positions: Vec<u32>,
}

impl ByActor {
    /// # Cost
    /// O(n): counts and places; a sort of the distinct ids only where they are far apart.
    pub fn new(actors: &[u32]) -> Self {
        let roster = Roster::of(actors);
        let positions = roster.place(actors);
        Self { roster: Arc::new(roster), positions }
    }

    /// For a table in which the same actors act as often, elsewhere.
    pub fn dealt(&self, actors: &[u32]) -> Self {
        Self { roster: Arc::clone(&self.roster), positions: self.roster.place(actors) }
    }

    /// Distinct actors.
    pub fn len(&self) -> usize {
        self.roster.ids.len()
    }

    /// The actor of a rank.
    #[inline]
    pub fn id(&self, rank: usize) -> u32 {
        self.roster.ids[rank]
    }

    /// The positions of the acts of the actor of a rank.
    #[inline]
    pub fn of_rank(&self, rank: usize) -> &[u32] {
        let starts = &self.roster.starts;
        &self.positions[starts[rank] as usize..starts[rank + 1] as usize]
    }

    /// The rank of an actor that occurs.
    #[inline]
    pub fn rank(&self, id: u32) -> usize {
        self.roster.rank(id)
    }

    /// The positions of an actor's acts; none if it has none.
    #[inline]
    pub fn of(&self, id: u32) -> &[u32] {
        let Roster { ids, ranks, .. } = &*self.roster;
        let rank = if ranks.is_empty() {
            ids.binary_search(&id).ok()
        } else {
            ranks.get(id as usize).map(|rank| *rank as usize)
        };
        match rank {
            // an id that does not occur has rank nought, which is another's
            Some(rank) if ids.get(rank) == Some(&id) => self.of_rank(rank),
            _ => &[],
        }
    }

    /// Actors that occur in both.
    pub fn common(&self, other: &Self) -> usize {
        self.roster.ids.iter().filter(|id| !other.of(**id).is_empty()).count()
    }
}

/// For every left act, the right acts on its object within the window, before and after.
pub(crate) struct Reach(Vec<[u32; 2]>);

impl Reach {
    /// # Cost
    /// O(n): all ends only move forward. 8 bytes for each left act.
    pub fn new(left: &Acts, right: &Acts, window: Option<i64>) -> Self {
        const CHUNK: usize = 1 << 16;
        let mut reach = vec![[0; 2]; left.len()];
        reach.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, reach)| {
            let first = chunk * CHUNK;
            let mut ends = None;
            for (i, reach) in (first..).zip(reach) {
                let (object, time) = (left.objects()[i], left.times()[i]);
                let earliest = (object, window.map_or(i64::MIN, |w| time.saturating_sub(w)));
                let latest = (object, horizon(time, window));
                let [mut from, mut to] =
                    ends.unwrap_or_else(|| [place(right, |k| k < earliest), place(right, |k| k <= latest)]);
                while from < right.len() && key(right, from) < earliest {
                    from += 1;
                }
                to = to.max(from);
                while to < right.len() && key(right, to) <= latest {
                    to += 1;
                }
                ends = Some([from, to]);
                *reach = [from as u32, to as u32];
            }
        });
        Self(reach)
    }

    /// The right positions in reach of a left one.
    #[inline]
    pub fn of(&self, left: u32) -> Range<usize> {
        let [from, to] = self.0[left as usize];
        from as usize..to as usize
    }
}

/// One left account's acts and what is in reach of each: copied out once, since the acts lie far apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnActs {
    /// Left positions, ascending.
    pub positions: Vec<u32>,
    /// For each, the first right position in its reach and the first beyond.
    reach: Vec<[u32; 2]>,
}

impl OwnActs {
    pub fn of(legs: &Legs, positions: &[u32]) -> Self {
        let mut own = Self::default();
        own.fill(legs, positions);
        own
    }

    /// Becomes those of another account.
    pub fn fill(&mut self, legs: &Legs, positions: &[u32]) {
        self.positions.clear();
        self.positions.extend_from_slice(positions);
        self.reach.clear();
        self.reach.extend(positions.iter().map(|p| legs.reach.0[*p as usize]));
    }

    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// How many right acts are in reach of these acts, those in reach of two of them counted twice.
    pub fn near(&self, acts: Range<usize>) -> usize {
        self.reach[acts].iter().map(|[from, to]| (to - from) as usize).sum()
    }

    /// Visits what is in reach of any of these acts, each right position once, in order: one act makes no two
    /// occasions.
    pub fn each_reach(&self, acts: Range<usize>, mut visit: impl FnMut(Range<usize>)) {
        let mut counted = 0;
        for [from, to] in &self.reach[acts] {
            let (from, to) = ((*from).max(counted), (*to).max(counted));
            counted = to;
            visit(from as usize..to as usize);
        }
    }
}

fn key(acts: &Acts, position: usize) -> (u32, i64) {
    (acts.objects()[position], acts.times()[position])
}

/// The first position whose key is not `before`.
fn place(acts: &Acts, before: impl Fn((u32, i64)) -> bool) -> usize {
    let (mut low, mut high) = (0, acts.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if before(key(acts, middle)) { low = middle + 1 } else { high = middle }
    }
    low
}

/// Two populations and their acts in reach of each other: all there is to know about who coincided with whom.
///
/// Within one population (`right` is `left`) a pair is unordered and found from its smaller id; between two a pair
/// is a left account and a right one.
pub(crate) struct Legs<'a> {
    pub left: &'a Acts,
    pub right: &'a Acts,
    pub within: bool,
    pub window: Option<i64>,
    pub reach: Shared<'a, Reach>,
    pub by_left: ByActor,
    /// None within one population.
    by_right: Option<ByActor>,
}

/// Something of one's own, or of somebody else's.
pub(crate) enum Shared<'a, T> {
    Own(T),
    Lent(&'a T),
}

impl<T> std::ops::Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Own(own) => own,
            Self::Lent(lent) => lent,
        }
    }
}

impl<'a> Legs<'a> {
    pub fn within(acts: &'a Acts, window: Option<i64>) -> Result<Self, CoactionError> {
        check_window(window)?;
        let reach = Shared::Own(Reach::new(acts, acts, window));
        let by_left = ByActor::new(acts.actors());
        Ok(Self { left: acts, right: acts, within: true, window, reach, by_left, by_right: None })
    }

    pub fn between(left: &'a Acts, right: &'a Acts, window: Option<i64>) -> Result<Self, CoactionError> {
        check_window(window)?;
        check_number(left.len().saturating_add(right.len()))?;
        let reach = Shared::Own(Reach::new(left, right, window));
        let (by_left, by_right) = (ByActor::new(left.actors()), Some(ByActor::new(right.actors())));
        Ok(Self { left, right, within: false, window, reach, by_left, by_right })
    }

    pub fn by_right(&self) -> &ByActor {
        self.by_right.as_ref().unwrap_or(&self.by_left)
    }

    /// The same instants with other actors on the right (within one population, everywhere).
    pub fn dealt<'b>(&'b self, right: &'b Acts) -> Legs<'b> {
        let dealt = self.by_right().dealt(right.actors());
        let (left, by_left, by_right) = if self.within {
            (right, dealt, None)
        } else {
            (self.left, self.by_left.dealt(self.left.actors()), Some(dealt))
        };
        let reach = Shared::Lent(&*self.reach);
        Legs { left, right, within: self.within, window: self.window, reach, by_left, by_right }
    }

    /// Pairs that could have coincided: the number of tests that a search over all of them makes.
    pub fn possible_pairs(&self) -> u64 {
        let (left, right) = (self.by_left.len() as u64, self.by_right().len() as u64);
        if self.within {
            left * left.saturating_sub(1) / 2
        } else {
            left * right - self.by_left.common(self.by_right()) as u64
        }
    }

    /// Whether the right act comes before the left one; at one instant the left one is the earlier leg, and
    /// within one population the first in the table.
    #[inline]
    fn right_first(&self, left: u32, right: u32) -> bool {
        if self.within {
            right < left
        } else {
            self.right.times()[right as usize] < self.left.times()[left as usize]
        }
    }

    /// Every coincidence of a left account and the right one with acts at `y`, in the order of its earlier legs:
    /// left and right position, and whether the right one is the earlier.
    pub fn coincidences(&self, own: &OwnActs, y: &[u32], mut found: impl FnMut(u32, u32, bool)) {
        let (x, reach) = (&own.positions, &own.reach);
        let (mut i, mut j) = (0, 0);
        while i < x.len() && j < y.len() {
            let [from, to] = reach[i];
            if y[j] < from {
                // nothing of x from here on reaches back to it
                j += gallop(&y[j..], |q| *q < from);
            } else if y[j] >= to {
                let behind = y[j];
                i += gallop(&reach[i..], |[_, to]| *to <= behind);
            } else if self.right_first(x[i], y[j]) {
                let earlier = y[j];
                for p in (i..x.len()).take_while(|p| reach[*p][0] <= earlier) {
                    found(x[p], earlier, true);
                }
                j += 1;
            } else {
                for q in y[j..].iter().take_while(|q| **q < to) {
                    found(x[i], *q, false);
                }
                i += 1;
            }
        }
    }

    /// The occasions that a left account has by itself at these positions, all on one object.
    pub fn left_visits(&self, positions: &[u32]) -> u32 {
        visits(self.left, positions, self.window)
    }

    /// The two acts of a coincidence, the earlier one first.
    pub fn acts(&self, left: u32, right: u32, right_first: bool) -> (Act, Act) {
        let (left, right) = (self.left.get(left as usize), self.right.get(right as usize));
        if right_first { (right, left) } else { (left, right) }
    }
}

/// The position of the first entry that is not `before`, found in doubling steps.
pub(crate) fn gallop<T>(list: &[T], before: impl Fn(&T) -> bool) -> usize {
    let mut step = 1;
    while step < list.len() && before(&list[step]) {
        step *= 2;
    }
    let (from, to) = (step / 2, list.len().min(step + 1));
    from + list[from..to].partition_point(before)
}
