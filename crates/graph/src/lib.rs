//! Links to an account graph: CSR, components, bridges, articulation points.
//!
//! The only user of petgraph and rustworkx-core: their sets iterate in hash order, ours are sorted, and what
//! comes out of here depends on the set of edges alone.

mod arcs;
mod csr;
mod error;
mod structure;

pub use arcs::{Arc, Arcs};
pub use csr::{ArcWeights, Components, Csr, Edge, Subgraph};
pub use error::GraphError;
pub use structure::{articulation_points, bridges, components, maximum_spanning_forest};
