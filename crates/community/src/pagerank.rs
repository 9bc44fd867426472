//! PageRank by power iteration, from everywhere or from given nodes.

use itoguchi_graph::Arcs;
use rayon::prelude::*;

use crate::{error::CommunityError, partition::check_length, seeds::shares};

/// The usual chance that a walk goes on rather than starts anew; S. Brin, L. Page, The Anatomy of a Large-Scale
/// Hypertextual Web Search Engine, 1998, section 2.1.1.
pub const DAMPING: f64 = 0.85;

/// How many nodes are summed at a time. It is part of the answer's last bits, so it must not depend on threads.
const CHUNK: usize = 4_096;

/// How to walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageRankOptions {
    /// The chance, from 0 to 1, that a walk goes on along an arc rather than starts anew.
    pub damping: f64,
    /// Steps made. What is still missing is at most 2 × damping^rounds, summed over all nodes.
    pub rounds: u32,
}

impl PageRankOptions {
    /// With the usual damping.
    #[must_use]
    pub fn new(rounds: u32) -> Self {
        Self { damping: DAMPING, rounds }
    }
}

/// The PageRank of every node: the chance of finding there a walk that follows arcs in proportion to their weights
/// and starts anew at any node alike. Sums to one.
///
/// A walk at a node that nothing leaves starts anew. `Arcs::from` makes an undirected graph directed.
///
/// ```
/// use itoguchi_community::{PageRankOptions, pagerank};
/// use itoguchi_graph::{Arc, Arcs};
/// // 0 → 1 → 2, 0 → 2
/// let arcs = Arcs::from_arcs(3, &[Arc::new(0, 1, 1), Arc::new(1, 2, 1), Arc::new(0, 2, 1)])?;
/// let ranks = pagerank(&arcs, &PageRankOptions::new(50))?;
/// assert!(ranks[2] > ranks[1] && ranks[1] > ranks[0]);
/// assert!((ranks.iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CommunityError::Damping`] where the damping is not from 0 to 1.
/// # Cost
/// A pass over the arcs each round, in parallel over nodes; 32 bytes for each node.
/// # Determinism
/// Each node sums in the order of its sources, and sums over all nodes are taken in pieces of a fixed size: equal bits
/// for every number of threads.
/// # Source
/// A. Iosup et al., The LDBC Graphalytics Benchmark, arXiv:2011.15028, section 2.3 (PR); with weights.
pub fn pagerank(arcs: &Arcs, options: &PageRankOptions) -> Result<Vec<f64>, CommunityError> {
    let alike = 1.0 / f64::from(arcs.nodes());
    power(arcs, vec![alike; arcs.nodes() as usize], options)
}

/// [`pagerank`] whose walks start in proportion to `teleport`, one weight of nought or more for each node: what is near
/// to those nodes. A walk at a node that nothing leaves starts anew there too.
///
/// # Errors
/// As [`pagerank`]; and where weights are not one per node, not finite or below nought, or all nought.
pub fn pagerank_from(
    arcs: &Arcs,
    teleport: &[f64],
    options: &PageRankOptions,
) -> Result<Vec<f64>, CommunityError> {
    check_length("teleport weights", teleport.len(), arcs.nodes())?;
    let numbered: Vec<(u32, f64)> = (0..).zip(teleport.iter().copied()).collect();
    let start = shares(&numbered)?.into_iter().map(|(_, share)| share).collect();
    power(arcs, start, options)
}

fn power(arcs: &Arcs, start: Vec<f64>, options: &PageRankOptions) -> Result<Vec<f64>, CommunityError> {
    if !(0.0..=1.0).contains(&options.damping) {
        return Err(CommunityError::Damping { text: options.damping.to_string() });
    }
    let mut ranks = start.clone();
    for _ in 0..options.rounds {
        ranks = step(arcs, &start, &ranks, options.damping);
    }
    Ok(ranks)
}

/// Where the walks are one step later.
fn step(arcs: &Arcs, start: &[f64], ranks: &[f64], damping: f64) -> Vec<f64> {
    let anew = (1.0 - damping) + damping * stranded(arcs, ranks);
    let flow: Vec<f64> = (0..arcs.nodes())
        .into_par_iter()
        .map(|node| match arcs.out_weight(node) {
            0 => 0.0,
            weight => ranks[node as usize] / weight as f64,
        })
        .collect();
    (0..arcs.nodes())
        .into_par_iter()
        .map(|node| {
            let into: f64 = arcs.incoming(node).map(|(from, w)| flow[from as usize] * w as f64).sum();
            anew * start[node as usize] + damping * into
        })
        .collect()
}

/// The share of walks at nodes that nothing leaves.
fn stranded(arcs: &Arcs, ranks: &[f64]) -> f64 {
    let chunk = |(chunk, ranks): (usize, &[f64])| {
        let first = (chunk * CHUNK) as u32;
        (first..).zip(ranks).filter(|(node, _)| arcs.out_weight(*node) == 0).map(|(_, r)| r).sum::<f64>()
    };
    let sums: Vec<f64> = ranks.par_chunks(CHUNK).enumerate().map(chunk).collect();
    sums.iter().sum()
}
