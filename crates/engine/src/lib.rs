//! The order of the stages: marks, co-action, graph, communities, rings; and the settings they share.
//!
//! [`analyse`] takes a case that has been read and returns the rows of every result table; [`analyse_judged`] takes one
//! whose accounts were judged elsewhere, and does the same from there on. Neither touches a file:
//! reading is `itoguchi-ingest`'s, writing `itoguchi-report`'s.

mod accounts;
mod actions;
mod config;
mod cost;
mod links;
mod run;
mod trades;
mod wide;

pub use config::{Config, ConfigError};
pub use cost::{Cost, cost};
pub use itoguchi_rings::prior;
pub use itoguchi_signals::judged::Judged;
pub use run::{Analysis, EngineError, analyse, analyse_judged};
