//! Co-action on a plain table of actions, start to end.

use itoguchi_model::Millibits;

use crate::{
    act::{Act, sort_acts},
    error::CoactionError,
    occasions::{PairCount, SweepOptions, sweep_where},
    participation::{Participation, active_acts},
    surprise::Surprise,
    validate::{all_pairs, q_values},
};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// Who acted. Intern the names in sorted order, so that a < b as text too.
    pub actor: u32,
    /// On what. Objects and contents share one space of ids: a row whose object is a content (a repost of it) is
    /// told by equal ids.
    pub object: u32,
    /// When, in microseconds since 1970-01-01 UTC.
    pub time_micros: i64,
    /// Which act it was, in the id space of `object`; [`crate::NO_CONTENT`] where the table has no such column.
    pub content: u32,
}

/// What counts as acting together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoactOptions {
    /// Longest time between two acts, in microseconds, inclusive; none for any time.
    pub window_micros: Option<i64>,
    /// Rows that an account must have, and rows in pairs that one account of a pair must have; 0 or 1 for no
    /// such demand.
    pub min_participation: u32,
    /// Whether to work out `bits` and `q_value`.
    pub significance: bool,
}

/// One pair of accounts that acted together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoactPair {
    /// The smaller actor id.
    pub a: u32,
    /// The larger actor id.
    pub b: u32,
    /// Pairs of acts within the window.
    pub weight: u64,
    /// Sum over them of the time between, in microseconds.
    pub delta_sum_micros: i128,
    /// Distinct objects and windows.
    pub occasions: u32,
    /// What the occasions are worth against chance; zero if not asked for.
    pub bits: Millibits,
    /// False discovery rate among all pairs of accounts of the table; 1 if not asked for.
    pub q_value: f64,
}

impl CoactPair {
    /// Mean time between the paired acts, in seconds.
    #[must_use]
    pub fn avg_time_delta(&self) -> f64 {
        self.delta_sum_micros as f64 / (self.weight.max(1) as f64 * 1e6)
    }
}

/// The answer of [`coact`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoactResult {
    /// Pairs that acted together, by (a, b).
    pub pairs: Vec<CoactPair>,
    /// Distinct actors of the table.
    pub accounts: u32,
}

/// Finds the accounts of a table that act on the same object within the window.
///
/// Window (inclusive), loops (an account with itself, a content with itself, an object that is itself one of
/// the two contents) and `min_participation` mean what they mean in CooRTweet 2.1.3. The null of the
/// significance is learnt from all rows, those of inactive accounts included.
///
/// # Errors
/// [`CoactionError`] for a negative window or too many rows.
/// # Cost
/// That of [`crate::sweep`], and of [`Surprise`] if significance is asked for.
/// # Determinism
/// Depends on the set of rows alone.
pub fn coact(rows: &[Row], options: &CoactOptions) -> Result<CoactResult, CoactionError> {
    let mut acts: Vec<Act> = rows
        .iter()
        .map(|r| Act { object: r.object, time: r.time_micros, actor: r.actor, content: r.content })
        .collect();
    sort_acts(&mut acts);
    let counts = counts(&acts, options)?;
    let (bits, q) = if options.significance {
        significance(&acts, &counts, options.window_micros)?
    } else {
        (vec![Millibits::ZERO; counts.len()], vec![1.0; counts.len()])
    };
    let pairs = counts.iter().zip(bits.into_iter().zip(q)).map(|(c, (bits, q_value))| CoactPair {
        a: c.a,
        b: c.b,
        weight: c.acts,
        delta_sum_micros: c.delta_sum,
        occasions: c.occasions,
        bits,
        q_value,
    });
    Ok(CoactResult { pairs: pairs.collect(), accounts: distinct_actors(&acts) })
}

/// The pairs that take part often enough.
fn counts(acts: &[Act], options: &CoactOptions) -> Result<Vec<PairCount>, CoactionError> {
    let window = options.window_micros;
    let no_loop = |x: &Act, y: &Act| x.object != x.content && y.object != y.content;
    let sweep_options = SweepOptions::within(window);
    if options.min_participation <= 1 {
        return sweep_where(acts, &sweep_options, no_loop);
    }
    let active = active_acts(acts, options.min_participation);
    let part = Participation::of(&active, window, options.min_participation, no_loop)?;
    sweep_where(&active, &sweep_options, |x, y| no_loop(x, y) && (part.passes(x) || part.passes(y)))
}

/// Bits and q-values of counted pairs.
fn significance(
    acts: &[Act],
    counts: &[PairCount],
    window: Option<i64>,
) -> Result<(Vec<Millibits>, Vec<f64>), CoactionError> {
    let surprise = Surprise::new(acts, window)?;
    let found = surprise.of_pairs(counts);
    let ln_p: Vec<f64> = found.iter().map(|s| s.ln_p).collect();
    let bits = found.iter().map(|s| s.bits).collect();
    Ok((bits, q_values(&ln_p, all_pairs(surprise.accounts()))))
}

fn distinct_actors(acts: &[Act]) -> u32 {
    let mut actors: Vec<u32> = acts.iter().map(|a| a.actor).collect();
    actors.sort_unstable();
    actors.dedup();
    actors.len() as u32
}
