//! The partition to begin with.

use std::{collections::BTreeMap, path::Path};

use itoguchi_community::Partition;
use itoguchi_ingest::{EdgeColumns, WeightColumn, read_edges};
use itoguchi_report::escape;

use super::Network;
use crate::{commands::check_rejects, failure::Failure, printer::Printer};

/// Reads a table of `node` and `community`. Nodes that the graph does not have are passed over, nodes that the table
/// does not have begin alone.
pub fn read(path: &Path, network: &Network, printer: Printer) -> Result<Partition, Failure> {
    let columns =
        EdgeColumns { u: "node".to_owned(), v: "community".to_owned(), weight: WeightColumn::Nowhere };
    let table = read_edges(path, &columns)?;
    check_rejects(
        path,
        table.read,
        &table.rejects,
        "it has the columns node and community, as an earlier --out",
    )?;
    let places: BTreeMap<&str, u32> = network.names.iter().zip(0..).collect();
    let first_free = table.nodes.len() as u32;
    let mut labels: Vec<u32> = (first_free..).take(network.names.len()).collect();
    let mut known = vec![false; labels.len()];
    for row in &table.edges {
        let Some(node) = places.get(table.nodes.get(row.u)).copied() else { continue };
        if std::mem::replace(&mut known[node as usize], true) && labels[node as usize] != row.v {
            return Err(Failure::input(format!(
                "{}: node {} stands there with two communities\nhint: give each node one row",
                path.display(),
                escape::id(network.names.get(node))
            )));
        }
        labels[node as usize] = row.v;
    }
    printer.note(&format!(
        "{}: {} rows, of which {} cannot be read; {} of {} nodes begin where it puts them",
        path.display(),
        table.read,
        table.rejects.len(),
        known.iter().filter(|known| **known).count(),
        known.len()
    ));
    Ok(Partition::from_labels(&labels))
}
