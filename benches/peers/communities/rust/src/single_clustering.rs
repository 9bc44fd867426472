//! The crate single-clustering: Leiden on one thread.

use anyhow::Result;
use single_clustering::{
    community_search::leiden::{LeidenConfig, ObjectiveKind, leiden},
    network::CSRNetwork,
};

use crate::{
    Answer, Arguments, Objective,
    graph::{EdgeList, narrowed},
    measure::Measured,
};

/// Two passes unless told otherwise, its default.
pub fn run(list: EdgeList, arguments: &Arguments) -> Result<Answer> {
    let graph = built(list)?;
    let resolution = arguments.resolution.parse()?;
    let mut config = LeidenConfig {
        objective: match arguments.objective {
            Objective::Modularity => ObjectiveKind::Rb { resolution },
            Objective::Cpm => ObjectiveKind::Cpm { resolution },
        },
        ..LeidenConfig::default()
    };
    if let Some(rounds) = arguments.rounds {
        config.n_iterations = rounds as usize;
    }
    let (clustering, measured) = Measured::time(|| leiden(&graph, &config))?;
    Ok((narrowed(clustering?.labels())?, measured))
}

/// The graph by way of rows, which its manual recommends for large graphs.
fn built(list: EdgeList) -> Result<CSRNetwork> {
    let mut starts = vec![0_usize; list.nodes as usize + 1];
    for (u, v) in &list.edges {
        starts[*u as usize + 1] += 1;
        starts[*v as usize + 1] += 1;
    }
    for node in 1..starts.len() {
        starts[node] += starts[node - 1];
    }
    let mut next = starts.clone();
    let mut neighbours = vec![0; list.edges.len() * 2];
    let mut put = |node: u32, other: u32| {
        neighbours[next[node as usize]] = other;
        next[node as usize] += 1;
    };
    for (u, v) in &list.edges {
        put(*u, *v);
        put(*v, *u);
    }
    drop((list, next));
    let weights = vec![1.0; neighbours.len()];
    Ok(CSRNetwork::from_csr_parts(starts, neighbours, weights, None)?)
}
