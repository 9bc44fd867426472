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
        // labels below the number of nodes, as the search gives them, are their own places in a list
        let below = labels.iter().all(|label| (*label as usize) < labels.len());
        let mut places = labels.to_vec();
        if !below {
            let mut distinct = labels.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            for place in &mut places {
                *place = distinct.binary_search(place).expect("it is one of them") as u32;
            }
        }
        let count = renumber(&mut places) as u32;
        Self { labels: places, count }
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

/// The first node of every node's label, at the node's place. Labels must be below their number.
pub(crate) fn first_of_label(labels: &[u32]) -> Vec<u32> {
    let mut first = vec![u32::MAX; labels.len()];
    (0..)
        .zip(labels)
        .map(|(node, label)| {
            let first = &mut first[*label as usize];
            *first = (*first).min(node);
            *first
        })
        .collect()
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

/// Refuses a list that is not one entry per node.
pub(crate) fn check_length(what: &'static str, given: usize, nodes: u32) -> Result<(), CommunityError> {
    if given == nodes as usize { Ok(()) } else { Err(CommunityError::WrongLength { what, given, nodes }) }
}
