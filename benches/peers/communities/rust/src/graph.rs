//! Files of edges and of labels.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};

/// Each undirected edge once, and how many nodes there are.
pub struct EdgeList {
    pub nodes: u32,
    pub edges: Vec<(u32, u32)>,
}

impl EdgeList {
    /// Reads pairs of little-endian numbers; the largest number is the last node.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        let (pairs, rest) = bytes.as_chunks::<8>();
        ensure!(rest.is_empty(), "{}: the last edge is cut off", path.display());
        let edges: Vec<(u32, u32)> = pairs
            .iter()
            .map(|&[a, b, c, d, e, f, g, h]| {
                (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
            })
            .collect();
        let largest = edges.iter().map(|(u, v)| *u.max(v)).max();
        let nodes = largest.map_or(Some(0), |node| node.checked_add(1));
        Ok(Self { nodes: nodes.context("a node's number is too large")?, edges })
    }
}

/// Writes the community of each node.
pub fn write_labels(path: &Path, labels: &[u32]) -> Result<()> {
    let bytes: Vec<u8> = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

/// Labels of a peer that counts them in another width.
pub fn narrowed(labels: &[usize]) -> Result<Vec<u32>> {
    Ok(labels.iter().map(|label| u32::try_from(*label)).collect::<Result<_, _>>()?)
}
