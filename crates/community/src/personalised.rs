//! Personalised PageRank by local push: what is near to a few nodes, at a cost that does not grow with the graph.

use std::collections::VecDeque;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use itoguchi_graph::Csr;

use crate::{error::CommunityError, pagerank::DAMPING, seeds};

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PushOptions {
    /// α, the chance between 0 and 1 that a walk starts anew at a seed; the larger, the nearer it stays.
    pub teleport: f64,
    /// ε, what may be missing of a node's score for each unit of its strength: doubling all weights asks for half of
    /// it. To see the whole of a community it must be well below one divided by the sum of its strengths.
    pub tolerance: f64,
}

impl PushOptions {
    /// With the usual chance of starting anew, one less [`DAMPING`].
    #[must_use]
    pub fn new(tolerance: f64) -> Self {
        Self { teleport: 1.0 - DAMPING, tolerance }
    }

    fn check(&self) -> Result<(), CommunityError> {
        if !(self.teleport > 0.0 && self.teleport < 1.0) {
            return Err(CommunityError::Teleport { text: self.teleport.to_string() });
        }
        if !(self.tolerance.is_finite() && self.tolerance > 0.0) {
            return Err(CommunityError::Tolerance { text: self.tolerance.to_string() });
        }
        Ok(())
    }
}

/// Scores around some seeds, and how sure they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Personalised {
    /// Nodes reached, ascending, with their scores above nought. Empty where the tolerance is above every seed's
    /// share for each unit of its strength.
    pub scores: Vec<(u32, f64)>,
    /// No score falls short of the true one by more than this times the node's strength, and none passes it; at
    /// most the tolerance. Nodes left out have the score 0.
    pub bound: f64,
    /// All that is missing, summed over all nodes.
    pub missing: f64,
    /// How many times a node's residual was handed on.
    pub pushes: u64,
    /// How many neighbours were looked at in doing so.
    pub looked_at: u64,
}

/// How likely a walk from the seeds is found at each node, when it follows edges in proportion to their weights and
/// starts anew at the seeds, in proportion to their weights, with chance α before each step.
///
/// Approximately [`crate::pagerank_from`] with damping 1 − α, from below: with s(u) the strength of u,
/// 0 ≤ ppr(u) − score(u) ≤ ε s(u). A walk at a node without edges stays there. A seed named twice has both weights.
///
/// ```
/// use itoguchi_community::{PushOptions, personalised};
/// use itoguchi_graph::{Csr, Edge};
/// let path: Vec<Edge> = (1..1_000_000).map(|v| Edge::new(v - 1, v, 1)).collect();
/// let near = personalised(&Csr::from_edges(1_000_000, &path)?, &[(500, 1.0)], &PushOptions::new(1e-3))?;
/// assert!(near.scores.len() < 50 && near.pushes < 1_000 && near.bound <= 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CommunityError`] where α is not between 0 and 1, ε not finite or not above nought, no seed has a weight, a
/// seed's weight is not finite or below nought, or a seed is not in the graph.
/// # Cost
/// The strengths of nodes whose residual is handed on sum to at most 1 / (ε α), so at most as many neighbours are
/// looked at; each of them has its strength summed once. Independent of the graph's size, but without limit as ε
/// nears nought. About 60 bytes for each node touched.
/// # Determinism
/// First in, first out, from ascending seeds along ascending neighbours: the order of seeds does not matter, and no
/// hash order shows.
/// # Source
/// R. Andersen, F. Chung, K. Lang, Local Graph Partitioning using PageRank Vectors, FOCS 2006, section 3
/// (ApproximatePageRank). Departures: edges have weights, strengths standing for degrees; seeds are several; a step
/// always follows an edge, where theirs stays with chance one half, so their α is ours / (2 − ours).
pub fn personalised(
    graph: &Csr,
    seeds: &[(u32, f64)],
    options: &PushOptions,
) -> Result<Personalised, CommunityError> {
    options.check()?;
    let mut walk = Walk::new(graph, *options);
    for (node, share) in seeds::sorted(seeds, graph.nodes())? {
        walk.give(node, share);
    }
    walk.run();
    Ok(walk.scores())
}

/// A node that some of the walk has come to.
struct Touched {
    node: u32,
    strength: f64,
    score: f64,
    /// What has come here and has neither stayed nor been handed on.
    residual: f64,
    queued: bool,
}

struct Walk<'a> {
    graph: &'a Csr,
    options: PushOptions,
    touched: Vec<Touched>,
    /// Of a node, its place in `touched`: looked up only, never walked through.
    place: HashMap<u32, usize, FixedState>,
    queue: VecDeque<usize>,
    pushes: u64,
    looked_at: u64,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Csr, options: PushOptions) -> Self {
        Self {
            graph,
            options,
            touched: Vec::new(),
            place: HashMap::default(),
            queue: VecDeque::new(),
            pushes: 0,
            looked_at: 0,
        }
    }

    fn give(&mut self, node: u32, mass: f64) {
        let place = *self.place.entry(node).or_insert_with(|| {
            let strength = self.graph.strength(node) as f64;
            self.touched.push(Touched { node, strength, score: 0.0, residual: 0.0, queued: false });
            self.touched.len() - 1
        });
        let touched = &mut self.touched[place];
        touched.residual += mass;
        if !touched.queued && touched.residual > self.options.tolerance * touched.strength {
            touched.queued = true;
            self.queue.push_back(place);
        }
    }

    fn run(&mut self) {
        while let Some(place) = self.queue.pop_front() {
            self.push(place);
        }
    }

    /// Keeps α of a node's residual and hands the rest on to its neighbours.
    fn push(&mut self, place: usize) {
        let graph = self.graph;
        let touched = &mut self.touched[place];
        let (node, mass) = (touched.node, touched.residual);
        touched.queued = false;
        touched.residual = 0.0;
        self.pushes += 1;
        if touched.strength == 0.0 {
            touched.score += mass;
            return;
        }
        touched.score += self.options.teleport * mass;
        let flow = (1.0 - self.options.teleport) * mass / touched.strength;
        for (other, weight) in graph.neighbours(node).filter(|(_, weight)| *weight > 0) {
            self.give(other, flow * weight as f64);
            self.looked_at += 1;
        }
        if graph.loop_weight(node) > 0 {
            self.give(node, flow * 2.0 * graph.loop_weight(node) as f64);
            self.looked_at += 1;
        }
    }

    fn scores(mut self) -> Personalised {
        self.touched.sort_unstable_by_key(|touched| touched.node);
        let left = self.touched.iter().filter(|touched| touched.residual > 0.0);
        Personalised {
            bound: left.clone().map(|touched| touched.residual / touched.strength).fold(0.0, f64::max),
            missing: left.map(|touched| touched.residual).sum(),
            scores: self.touched.iter().filter(|t| t.score > 0.0).map(|t| (t.node, t.score)).collect(),
            pushes: self.pushes,
            looked_at: self.looked_at,
        }
    }
}
