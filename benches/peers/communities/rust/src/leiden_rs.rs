//! The crate leiden-rs: Leiden on one thread, or on several by colour classes.

use anyhow::{Result, ensure};
use leiden_rs::{GraphData, GraphDataBuilder, Leiden, LeidenConfig, QualityType};

use crate::{
    Answer, Arguments, Objective,
    graph::{EdgeList, narrowed},
    measure::Measured,
};

const SEED: u64 = 42;

/// Until nothing changes. On one thread its parallel code is turned off, which would only cost time.
pub fn run(list: EdgeList, arguments: &Arguments) -> Result<Answer> {
    ensure!(arguments.rounds.is_none(), "leiden-rs counts levels, not rounds");
    let graph = built(list)?;
    let threshold = (arguments.threads == 1).then_some(usize::MAX);
    let config = LeidenConfig {
        resolution: arguments.resolution.parse()?,
        seed: Some(SEED),
        quality: match arguments.objective {
            Objective::Modularity => QualityType::Modularity,
            Objective::Cpm => QualityType::CPM,
        },
        parallel_local_moving_threshold: threshold,
        parallel_aggregation_threshold: threshold,
        ..LeidenConfig::default()
    };
    let (output, measured) = Measured::time(|| Leiden::new(config).run(&graph))?;
    Ok((narrowed(output?.partition.as_slice())?, measured))
}

/// The graph, every edge of weight one.
fn built(list: EdgeList) -> Result<GraphData> {
    let mut builder = GraphDataBuilder::new(list.nodes as usize);
    for (u, v) in &list.edges {
        builder.add_edge(*u as usize, *v as usize, 1.0)?;
    }
    drop(list);
    Ok(builder.build()?)
}
