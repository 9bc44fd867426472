//! Our own Leiden.

use anyhow::Result;
use itoguchi_community::{LeidenOptions, Objective, Resolution, leiden};
use itoguchi_graph::{Csr, Edge};

use crate::{Answer, Arguments, Objective as Asked, graph::EdgeList, measure::Measured};

/// Until nothing changes, or for so many rounds.
pub fn run(list: EdgeList, arguments: &Arguments) -> Result<Answer> {
    let graph = built(list)?;
    let resolution: Resolution = arguments.resolution.parse()?;
    let mut options = LeidenOptions::new(match arguments.objective {
        Asked::Modularity => Objective::modularity(resolution),
        Asked::Cpm => Objective::cpm(resolution),
    });
    if let Some(rounds) = arguments.rounds {
        options.max_rounds = rounds;
    }
    let (partition, measured) = Measured::time(|| leiden(&graph, &options))?;
    Ok((partition?.labels().to_vec(), measured))
}

/// The graph, every edge of weight one. The list goes once it is copied: the peak is to be the search's if it can.
fn built(list: EdgeList) -> Result<Csr> {
    let edges: Vec<Edge> = list.edges.iter().map(|(u, v)| Edge::new(*u, *v, 1)).collect();
    let nodes = list.nodes;
    drop(list);
    Ok(Csr::from_edges(nodes, &edges)?)
}
