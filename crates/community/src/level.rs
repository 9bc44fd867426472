//! One level of the search: a graph whose nodes are groups of the nodes below.

use crate::objective::Terms;

/// A graph in compressed rows with a size for every node. Loops are left out: no move changes what lies inside a
/// node. Neighbours are distinct, ascending, and joined by a weight above nought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    pub offsets: Vec<usize>,
    pub targets: Vec<u32>,
    pub weights: Vec<u64>,
    pub sizes: Vec<u64>,
}

impl Level {
    pub fn nodes(&self) -> usize {
        self.sizes.len()
    }

    #[inline]
    pub fn neighbours(&self, node: u32) -> impl Iterator<Item = (u32, u64)> + '_ {
        let range = self.offsets[node as usize]..self.offsets[node as usize + 1];
        self.targets[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }

    /// Twice the objective of a partition with labels below the number of nodes, less what is the same for all.
    pub fn quality(&self, terms: Terms, labels: &[u32]) -> i128 {
        let mut sizes = vec![0_u64; self.nodes()];
        let mut inside = 0;
        for (node, label) in (0_u32..).zip(labels) {
            sizes[*label as usize] += self.sizes[node as usize];
            let own = self.neighbours(node).filter(|(other, _)| labels[*other as usize] == *label);
            inside += own.map(|(_, weight)| i128::from(weight)).sum::<i128>();
        }
        let pairs: i128 = sizes.iter().map(|size| i128::from(*size) * i128::from(*size)).sum();
        terms.link * inside - terms.pair * pairs
    }

    /// The graph of groups; `group` numbers them from nought without gaps, `count` is how many there are.
    pub fn aggregate(&self, group: &[u32], count: usize) -> Self {
        let mut next = Self { offsets: vec![0], sizes: vec![0; count], ..Self::default() };
        let mut links = Links::new(count);
        let (nodes, starts) = by_group(group, count);
        for (own, range) in (0_u32..).zip(starts.windows(2)) {
            links.clear();
            for node in nodes[range[0]..range[1]].iter().copied() {
                next.sizes[own as usize] += self.sizes[node as usize];
                for (other, weight) in self.neighbours(node) {
                    let other = group[other as usize];
                    if other != own {
                        links.add(other, weight);
                    }
                }
            }
            links.found.sort_unstable();
            next.targets.extend_from_slice(&links.found);
            next.weights.extend(links.found.iter().map(|other| links.weight(*other)));
            next.offsets.push(next.targets.len());
        }
        next
    }
}

/// Nodes by group, ascending within each, and where each group begins.
fn by_group(group: &[u32], count: usize) -> (Vec<u32>, Vec<usize>) {
    let mut starts = vec![0; count + 1];
    for label in group {
        starts[*label as usize + 1] += 1;
    }
    for label in 0..count {
        starts[label + 1] += starts[label];
    }
    let mut free = starts.clone();
    let mut nodes = vec![0; group.len()];
    for (node, label) in (0..).zip(group) {
        nodes[free[*label as usize]] = node;
        free[*label as usize] += 1;
    }
    (nodes, starts)
}

/// Weights from one node to the groups around it, in the order in which they were met.
pub(crate) struct Links {
    weights: Vec<u64>,
    pub found: Vec<u32>,
}

impl Links {
    pub fn new(groups: usize) -> Self {
        Self { weights: vec![0; groups], found: Vec::new() }
    }

    #[inline]
    pub fn clear(&mut self) {
        for group in self.found.drain(..) {
            self.weights[group as usize] = 0;
        }
    }

    #[inline]
    pub fn add(&mut self, group: u32, weight: u64) {
        let sum = &mut self.weights[group as usize];
        if *sum == 0 {
            self.found.push(group);
        }
        *sum += weight;
    }

    #[inline]
    pub fn weight(&self, group: u32) -> u64 {
        self.weights[group as usize]
    }
}

/// Numbers labels from nought in the order of their first occurrence; returns how many there are. Labels must be
/// below their number.
pub(crate) fn renumber(labels: &mut [u32]) -> usize {
    let mut number = vec![u32::MAX; labels.len()];
    let mut count = 0;
    for label in labels {
        let number = &mut number[*label as usize];
        if *number == u32::MAX {
            *number = count;
            count += 1;
        }
        *label = *number;
    }
    count as usize
}
