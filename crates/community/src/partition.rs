//! Which community each node is in.

use crate::error::CommunityError;

/// A partition of nodes into communities, numbered from nought in the order of their smallest members: two equal
/// partitions have equal labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    labels: Vec<u32>,
    count: u32,
}

impl Partition {
    /// The partition in which nodes of equal labels are together, whatever the labels are.
    #[must_use]
    pub fn from_labels(labels: &[u32]) -> Self {
        let mut order: Vec<(u32, u32)> = labels.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let mut smallest = vec![0; labels.len()];
        for same in order.chunk_by(|x, y| x.0 == y.0) {
            for (_, node) in same {
                smallest[*node as usize] = same[0].1;
            }
        }
        let mut number = vec![0; labels.len()];
        let mut count = 0;
        let labels = (0_u32..)
            .zip(&smallest)
            .map(|(node, smallest)| {
                if node == *smallest {
                    number[node as usize] = count;
                    count += 1;
                }
                number[*smallest as usize]
            })
            .collect();
        Self { labels, count }
    }

    /// The community of every node.
    #[must_use]
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// How many communities there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The smallest member of every node's community, at the node's place.
    #[must_use]
    pub fn first_members(&self) -> Vec<u32> {
        let mut first = vec![u32::MAX; self.count as usize];
        let members = (0_u32..).zip(&self.labels);
        members
            .map(|(node, label)| {
                let first = &mut first[*label as usize];
                *first = (*first).min(node);
                *first
            })
            .collect()
    }

    /// The members of every community, ascending.
    #[must_use]
    pub fn members(&self) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.count as usize];
        for (node, label) in (0..).zip(&self.labels) {
            members[*label as usize].push(node);
        }
        members
    }

    /// Refuses a partition of other nodes than the graph's.
    pub(crate) fn check(&self, nodes: u32) -> Result<(), CommunityError> {
        check_length("labels", self.labels.len(), nodes)
    }
}

/// Refuses a list that is not one entry per node.
pub(crate) fn check_length(what: &'static str, given: usize, nodes: u32) -> Result<(), CommunityError> {
    if given == nodes as usize { Ok(()) } else { Err(CommunityError::WrongLength { what, given, nodes }) }
}
