//! Runs one Leiden implementation on one graph, writes its labels, and prints one JSON line.
//!
//!     contender itoguchi EDGES.bin LABELS.bin --objective modularity --resolution 1 --threads 2
//!
//! The clocks run during the call of the algorithm only: reading the edges, building the graph and writing the labels
//! are outside. The peak memory is the whole process's until the call returns, and told apart for the time before it.

mod graph;
mod itoguchi;
mod leiden_rs;
mod measure;
mod single_clustering;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};

use crate::{graph::EdgeList, measure::Measured};

/// One run of one Leiden implementation, timed and measured.
#[derive(Parser)]
pub struct Arguments {
    /// Which implementation.
    name: Name,
    /// The graph: pairs of little-endian 32-bit node numbers, each edge once.
    edges: PathBuf,
    /// Where the community of each node goes, as little-endian 32-bit numbers.
    labels: PathBuf,
    #[arg(long, value_enum, default_value_t = Objective::Modularity)]
    objective: Objective,
    /// The resolution, a decimal number.
    #[arg(long, default_value = "1")]
    resolution: String,
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Most passes over the whole; without it, what the implementation does by itself.
    #[arg(long)]
    rounds: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Itoguchi,
    SingleClustering,
    LeidenRs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Objective {
    Modularity,
    Cpm,
}

/// The community of each node, and what it took.
type Answer = (Vec<u32>, Measured);

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // the peers' parallel iterators use the global pool
    rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build_global()?;
    let edges = EdgeList::read(&arguments.edges)?;
    let (package, run): (_, fn(EdgeList, &Arguments) -> Result<Answer>) = match arguments.name {
        Name::Itoguchi => ("itoguchi-community", itoguchi::run),
        Name::SingleClustering => ("single-clustering", single_clustering::run),
        Name::LeidenRs => ("leiden-rs", leiden_rs::run),
    };
    let (labels, measured) = run(edges, &arguments)?;
    graph::write_labels(&arguments.labels, &labels)?;
    println!("{}", measured.json(version(package)?));
    Ok(())
}

/// The version of a package that this binary was built with.
fn version(package: &str) -> Result<&'static str> {
    include_str!("../Cargo.lock")
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split('"').next())
        .with_context(|| format!("{package} is not in Cargo.lock"))
}
