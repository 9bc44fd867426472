//! How firm communities are: whether they come back with other settings, and with other edges.

use itoguchi_graph::{Csr, Edge};

use crate::{
    agreement::{Counterpart, counterparts},
    error::CommunityError,
    leiden::{LeidenOptions, leiden},
    mixed,
    objective::Resolution,
    partition::Partition,
};

/// How far a community comes back when the same graph is parted with other settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stability {
    /// How many runs were made, at least one.
    pub runs: u32,
    /// In how many of them it came back exactly.
    pub exact: u32,
    /// The mean over the runs of its Jaccard index with the community most like it, above 0 and at most 1.
    pub mean: f64,
    /// The least of them.
    pub least: f64,
}

/// Parts the graph anew with each of the options, and looks for every community of `partition` in every answer: one
/// [`Stability`] for each, in the order of their labels.
///
/// What a community owes to the order in which nodes were looked at does not survive [`over_seeds`], what it owes to the
/// choice of γ does not survive [`over_resolutions`]. The partition need not come from [`leiden`].
///
/// ```
/// use itoguchi_community::{LeidenOptions, Objective, Resolution, leiden, over_seeds, stability};
/// use itoguchi_graph::{Csr, Edge};
/// // two triangles and a bridge
/// let edges = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)];
/// let edges = edges.map(|(u, v)| Edge::new(u, v, 1));
/// let graph = Csr::from_edges(6, &edges)?;
/// let options = LeidenOptions::new(Objective::modularity(Resolution::ONE));
/// let found = stability(&graph, &leiden(&graph, &options)?, &over_seeds(&options, 10))?;
/// assert!(found.iter().all(|community| (community.runs, community.exact) == (10, 10)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`leiden`] with any of the options; [`CommunityError::WrongLength`] where the partition is of another graph;
/// [`CommunityError::NoRuns`] without options.
/// # Cost
/// That of [`leiden`] and of [`counterparts`] for each of the options, one after the other.
/// # Determinism
/// As [`leiden`]; means are sums in the order of the options.
/// # Source
/// C. Hennig, Cluster-wise assessment of cluster stability, Computational Statistics & Data Analysis 52, 2007 (the best
/// Jaccard index of each cluster).
pub fn stability(
    graph: &Csr,
    partition: &Partition,
    runs: &[LeidenOptions],
) -> Result<Vec<Stability>, CommunityError> {
    partition.check(graph.nodes())?;
    if runs.is_empty() {
        return Err(CommunityError::NoRuns);
    }
    let nothing = Stability { runs: runs.len() as u32, exact: 0, mean: 0.0, least: 1.0 };
    let mut found = vec![nothing; partition.count() as usize];
    for options in runs {
        let matches = counterparts(partition, &leiden(graph, options)?)?;
        for (found, best) in found.iter_mut().zip(&matches) {
            found.exact += u32::from(best.common == best.either);
            found.mean += best.jaccard();
            found.least = found.least.min(best.jaccard());
        }
    }
    for found in &mut found {
        found.mean /= f64::from(found.runs);
    }
    Ok(found)
}

/// The same options with the `number` seeds after the given one, each from the beginning.
#[must_use]
pub fn over_seeds<'a>(options: &LeidenOptions<'a>, number: u32) -> Vec<LeidenOptions<'a>> {
    let seed = |step: u32| options.seed.wrapping_add(step.into());
    (1..=number).map(|step| LeidenOptions { seed: seed(step), start: None, ..*options }).collect()
}

/// The same options with the resolution times each of the factors, as 1/2, 3/4, 1, 4/3 and 2, each from the beginning.
///
/// ```
/// use itoguchi_community::{LeidenOptions, Objective, Resolution, over_resolutions};
/// let options = LeidenOptions::new(Objective::cpm("0.05".parse()?));
/// let factors = [(1, 2), (1, 1), (2, 1)].map(|(num, den)| Resolution::ratio(num, den).unwrap());
/// let swept = over_resolutions(&options, &factors)?;
/// assert_eq!(swept[0].objective, Objective::cpm("0.025".parse()?));
/// assert_eq!(swept[1], options);
/// assert_eq!(swept[2].objective, Objective::cpm("0.1".parse()?));
/// # Ok::<(), itoguchi_community::CommunityError>(())
/// ```
///
/// # Errors
/// [`CommunityError::TooLarge`] where a product does not fit, as [`Resolution::times`].
pub fn over_resolutions<'a>(
    options: &LeidenOptions<'a>,
    factors: &[Resolution],
) -> Result<Vec<LeidenOptions<'a>>, CommunityError> {
    let at = |factor: &Resolution| {
        let objective = options.objective.times(*factor).ok_or(CommunityError::TooLarge)?;
        Ok(LeidenOptions { objective, start: None, ..*options })
    };
    factors.iter().map(at).collect()
}

/// How far communities and their members depend on single edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bootstrap {
    /// How many replicates were made, at least one.
    pub replicates: u32,
    /// For every node, in how many of them it is in the community that is most like its own.
    pub confidence: Vec<u32>,
    /// For every community the mean over the replicates of its Jaccard index with that community.
    pub jaccard: Vec<f64>,
}

impl Bootstrap {
    /// The share of the replicates in which a node is in the community that is most like its own, from 0 to 1.
    ///
    /// # Panics
    /// Where the graph has no such node.
    #[must_use]
    pub fn of(&self, node: u32) -> f64 {
        f64::from(self.confidence[node as usize]) / f64::from(self.replicates)
    }
}

/// How firm communities and their members are when the edges are drawn anew, with replacement.
///
/// In each replicate the weight of every edge, loops too, is multiplied by a Poisson number of mean 1, so that about 37 of
/// 100 edges are missing and others count twice or more; and the graph is parted anew with the same options. Where
/// modularity has no total weight given, the replicate's own counts. Every community of `partition` is matched with the
/// replicate's community that it has the largest Jaccard index with, the smallest label of equals. The partition need not
/// come from [`leiden`].
///
/// A member with a confidence near 1 does not owe its place to a few edges; one that is tied equally to two communities
/// has about 1/2, one that hangs on a larger community by one edge at most about 0.63.
///
/// ```
/// use itoguchi_community::{LeidenOptions, Objective, Resolution, bootstrap, leiden};
/// use itoguchi_graph::{Csr, Edge};
/// // two groups of eight, and 16 that hangs on the second by one edge
/// let mut edges = vec![Edge::new(15, 16, 1)];
/// for first in [0, 8] {
///     edges.extend((0..8).flat_map(|v| (0..v).map(move |u| Edge::new(first + u, first + v, 1))));
/// }
/// let graph = Csr::from_edges(17, &edges)?;
/// let options = LeidenOptions::new(Objective::modularity(Resolution::ONE));
/// let found = bootstrap(&graph, &leiden(&graph, &options)?, &options, 50)?;
/// assert!(found.of(0) > 0.9 && found.of(16) < 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`leiden`]; [`CommunityError::WrongLength`] where the partition is of another graph; [`CommunityError::NoRuns`]
/// without replicates; [`CommunityError::TooLarge`] where twenty times the weight of all edges passes 63 bits, whatever
/// is drawn.
/// # Cost
/// That of building a graph, of [`leiden`] and of [`counterparts`] for each replicate, one after the other: beside the
/// given graph and a list of its edges there is one other graph at a time.
/// # Determinism
/// An edge's number follows from the seed, the replicate and its ends alone, by integers: equal for every number of threads
/// and every order of the edges, and under CPM nodes that are added and have no edge to the others change nothing for
/// these, as with [`leiden`]. Means are sums in the order of the replicates.
/// # Source
/// M. Rosvall, C. T. Bergstrom, Mapping Change in Large Networks, PLoS ONE 5:e8694, 2010 (parting networks of resampled
/// weights to see which nodes are firmly in their communities). There a weight is drawn with itself as the mean; here
/// one Poisson number multiplies it, since an edge is one finding in whatever unit its weight is. C. Hennig, as in
/// [`stability()`] (the match by the Jaccard index).
pub fn bootstrap(
    graph: &Csr,
    partition: &Partition,
    options: &LeidenOptions,
    replicates: u32,
) -> Result<Bootstrap, CommunityError> {
    partition.check(graph.nodes())?;
    if replicates == 0 {
        return Err(CommunityError::NoRuns);
    }
    let heaviest = u128::from(graph.total_weight()) * THRESHOLDS.len() as u128;
    if heaviest > u128::from(u64::MAX / 2) {
        return Err(CommunityError::TooLarge);
    }
    let mut found = Bootstrap {
        replicates,
        confidence: vec![0; graph.nodes() as usize],
        jaccard: vec![0.0; partition.count() as usize],
    };
    let mut edges = Vec::with_capacity(graph.edge_count());
    for replicate in 0..replicates {
        let resampled = resampled(graph, options, replicate, &mut edges);
        let other = leiden(&resampled, &LeidenOptions { start: None, ..*options })?;
        found.add(partition, &other, &counterparts(partition, &other)?);
    }
    for jaccard in &mut found.jaccard {
        *jaccard /= f64::from(replicates);
    }
    Ok(found)
}

impl Bootstrap {
    /// Counts one replicate.
    fn add(&mut self, partition: &Partition, other: &Partition, matches: &[Counterpart]) {
        for (jaccard, best) in self.jaccard.iter_mut().zip(matches) {
            *jaccard += best.jaccard();
        }
        let labels = partition.labels().iter().zip(other.labels());
        for (confidence, (own, label)) in self.confidence.iter_mut().zip(labels) {
            *confidence += u32::from(matches[*own as usize].community == *label);
        }
    }
}

/// The graph with every weight times a Poisson number; `edges` is space that is used again.
fn resampled(graph: &Csr, options: &LeidenOptions, replicate: u32, edges: &mut Vec<Edge>) -> Csr {
    let key = key(options.seed, replicate);
    let end = |node: u32| options.keys.map_or(u64::from(node), |keys| keys[node as usize]);
    let loops = (0..graph.nodes()).map(|node| Edge::new(node, node, graph.loop_weight(node)));
    let drawn = graph
        .edges()
        .chain(loops)
        .map(|e| Edge { weight: e.weight * poisson(draw(key, end(e.u), end(e.v))), ..e });
    edges.clear();
    edges.extend(drawn.filter(|edge| edge.weight > 0));
    Csr::from_edges(graph.nodes(), edges).expect("the largest possible weight was looked at before")
}

/// What tells one replicate's draws from another's, and from the search's own.
fn key(seed: u64, replicate: u32) -> u64 {
    mixed(mixed(!seed) ^ u64::from(replicate))
}

/// 64 bits for the edge between `u` and `v`.
fn draw(key: u64, u: u64, v: u64) -> u64 {
    mixed(key ^ mixed(mixed(u.min(v)) ^ u.max(v)))
}

/// The Poisson number of mean 1 that 64 random bits stand for.
fn poisson(bits: u64) -> u64 {
    THRESHOLDS.iter().take_while(|threshold| bits >= **threshold).count() as u64
}

/// The chance of at most 0, 1, 2, … times 2^64, rounded down. 20 has a chance of 3 in 2^64, more are less than one.
const THRESHOLDS: [u64; 20] = thresholds();

/// Σ_{i ≤ k} 1/i! divided by e, both times 33!: all terms but those of e behind the 33rd are whole numbers, and e is
/// right to 38 digits.
const fn thresholds() -> [u64; 20] {
    let mut e = 0_u128;
    let mut term = 1;
    let mut i = 33;
    // 33!/33!, 33!/32!, … 33!/0!
    while i > 0 {
        e += term;
        term *= i;
        i -= 1;
    }
    e += term;
    let mut thresholds = [0; 20];
    let mut sum = 0;
    let mut k = 0;
    while k < thresholds.len() {
        sum += term;
        thresholds[k] = fraction(sum, e);
        term /= k as u128 + 1;
        k += 1;
    }
    thresholds
}

/// `num / den` times 2^64 by long division, for `num` below `den` below 2^127.
const fn fraction(num: u128, den: u128) -> u64 {
    let (mut bits, mut rest, mut place) = (0, num, 0);
    while place < 64 {
        rest *= 2;
        bits <<= 1;
        if rest >= den {
            rest -= den;
            bits |= 1;
        }
        place += 1;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Objective;

    /// The distribution function to 50 digits by another program, times 2^64.
    #[test]
    fn thresholds_are_the_distribution_function() {
        let known = [
            6_786_177_901_268_885_274,
            13_572_355_802_537_770_549,
            16_965_444_753_172_213_186,
            18_096_474_403_383_694_065,
            18_379_231_815_936_564_285,
            18_435_783_298_447_138_329,
        ];
        assert_eq!(THRESHOLDS[..6], known);
        let above = THRESHOLDS[16..].iter().map(|threshold| u64::MAX - threshold + 1);
        assert_eq!(above.collect::<Vec<u64>>(), [20_198, 1_119, 59, 3]);
    }

    #[test]
    fn draws_have_mean_and_variance_one() {
        // a path, a star and all pairs of a few; seeds and replicates side by side
        let ends = (0..400).map(|u| (u, u + 1)).chain((1..400).map(|v| (0, v)));
        let pairs = (0..30).flat_map(|v| (0..v).map(move |u| (u, v)));
        let mut ends: Vec<(u32, u32)> = ends.chain(pairs).collect();
        ends.sort_unstable();
        ends.dedup();
        let draws = |seed, replicate| -> Vec<f64> {
            let key = key(seed, replicate);
            ends.iter().map(|(u, v)| poisson(draw(key, (*u).into(), (*v).into())) as f64).collect()
        };
        assert_ne!(draws(0, 7), draws(1, 7));
        for seed in [0, 1, u64::MAX] {
            let all: Vec<Vec<f64>> = (0..100).map(|replicate| draws(seed, replicate)).collect();
            let number = (all.len() * ends.len()) as f64;
            assert!(number > 100_000.0);
            let deviations = || all.iter().map(|row| row.iter().map(|x| x - 1.0));
            let mean = deviations().flatten().sum::<f64>() / number;
            let variance = deviations().flatten().map(|x| x * x).sum::<f64>() / number;
            // of neighbouring edges, and of the same edge in neighbouring replicates
            let pairs = |row: Vec<f64>| row.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
            let along = deviations().map(|row| pairs(row.collect())).sum::<f64>() / number;
            let column = |edge: usize| pairs(all.iter().map(|row| row[edge] - 1.0).collect());
            let across = (0..ends.len()).map(column).sum::<f64>() / number;
            let none = all.iter().flatten().filter(|x| **x == 0.0).count() as f64 / number;
            println!("seed {seed}: {mean:.4} {variance:.4} {along:.4} {across:.4} {none:.4}");
            // five standard errors of each, 1/√100,000 times 1, √3, 1, 1, √(1/e (1 - 1/e))
            assert!(mean.abs() < 0.016 && along.abs() < 0.016 && across.abs() < 0.016);
            assert!((variance - 1.0).abs() < 0.028 && (none - (-1.0_f64).exp()).abs() < 0.008);
        }
    }

    /// Every replicate from the drawn numbers again, every match by looking at all.
    #[test]
    fn a_bootstrap_is_counted_as_it_is_defined() {
        // two groups of five with loops and an edge of weight nought between them
        let mut edges = vec![Edge::new(3, 3, 4), Edge::new(9, 9, 1), Edge::new(0, 9, 0), Edge::new(4, 5, 2)];
        for first in [0, 5] {
            edges.extend(
                (0..5).flat_map(|v| (0..v).map(move |u| Edge::new(first + u, first + v, u64::from(v)))),
            );
        }
        let graph = Csr::from_edges(10, &edges).unwrap();
        let partition = Partition::from_labels(&[0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
        for objective in [Objective::modularity(Resolution::ONE), Objective::cpm(Resolution::whole(2))] {
            let options = LeidenOptions { seed: 5, ..LeidenOptions::new(objective) };
            let found = bootstrap(&graph, &partition, &options, 20).unwrap();
            let (mut confidence, mut jaccard) = (vec![0; 10], vec![0.0; 3]);
            for replicate in 0..20 {
                let key = key(5, replicate);
                let drawn =
                    |e: &Edge| Edge { weight: e.weight * poisson(draw(key, e.u.into(), e.v.into())), ..*e };
                let drawn: Vec<Edge> = edges.iter().map(drawn).collect();
                let others = leiden(&Csr::from_edges(10, &drawn).unwrap(), &options).unwrap().members();
                for (place, members) in partition.members().iter().enumerate() {
                    let mut best = (0.0, &others[0]);
                    for other in &others {
                        let common = members.iter().filter(|node| other.contains(node)).count();
                        let alike = common as f64 / (members.len() + other.len() - common) as f64;
                        if alike > best.0 {
                            best = (alike, other);
                        }
                    }
                    jaccard[place] += best.0 / 20.0;
                    for node in members.iter().filter(|node| best.1.contains(node)) {
                        confidence[*node as usize] += 1;
                    }
                }
            }
            assert_eq!((found.replicates, &found.confidence), (20, &confidence));
            assert!(found.jaccard.iter().zip(&jaccard).all(|(x, y)| (x - y).abs() < 1e-12));
            assert!(confidence.iter().any(|count| *count != 20) && confidence.iter().any(|count| *count > 0));
            assert_eq!(found.of(7), f64::from(confidence[7]) / 20.0);
        }
    }

    #[test]
    fn the_extremes_of_a_draw() {
        assert_eq!((poisson(0), poisson(THRESHOLDS[0] - 1), poisson(THRESHOLDS[0])), (0, 0, 1));
        assert_eq!((poisson(1 << 63), poisson(u64::MAX - 3), poisson(u64::MAX)), (1, 19, 20));
    }
}
