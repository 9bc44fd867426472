//! Simulated worlds with planted rings and decoys, and their truth.
//!
//! A world is planned (who does what besides everyday life), lived (every account on its own random stream, so the
//! bytes do not depend on threads) and written as a case folder of the contract, with what was planted beside it in
//! `truth/`. Prices, names and codes are invented; addresses come from the ranges kept for documentation,
//! benchmarks and carrier NAT.

mod attacks;
mod clock;
mod crowd;
mod decoys;
mod draft;
mod gaps;
mod golden;
mod life;
mod market;
mod named;
mod params;
mod plan;
mod population;
mod raid;
mod rings;
mod rises;
mod rng;
mod scored;
mod seed_cases;
mod tables;
mod truth;
mod write;

use std::path::{Path, PathBuf};

pub use tables::Table;
pub use truth::RingAmounts;

/// What to simulate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// One of [`world_names`].
    pub world: String,
    /// How many accounts; the world's own number if `None`.
    pub accounts: Option<u32>,
    /// How many calendar days; the world's own number if `None`.
    pub days: Option<u32>,
    /// The same seed gives the same bytes on every machine and with any number of threads.
    pub seed: u64,
}

/// How tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// zstd-compressed Parquet.
    Parquet,
    /// UTF-8 CSV, which people can read.
    Csv,
}

/// A simulated world.
#[derive(Clone, Debug)]
pub struct World {
    /// What it was made from, with the sizes filled in.
    pub request: Request,
    /// Every table, the truth's included.
    pub tables: Vec<Table>,
    /// What the rings' doings came to.
    pub amounts: Vec<RingAmounts>,
    format: Format,
}

/// Why a world could not be simulated or written.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// There is no such world.
    #[error("there is no world \"{name}\"\nhint: the worlds are {known}")]
    UnknownWorld {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A world cannot be made in that size.
    #[error("world \"{world}\" cannot have {value} {what}\nhint: from {least} to {most}")]
    Size {
        /// Which world.
        world: String,
        /// `accounts` or `days`.
        what: &'static str,
        /// What was asked for.
        value: u32,
        /// The fewest it can have.
        least: u32,
        /// The most it can have.
        most: u32,
    },
    /// The folder holds something else.
    #[error("{} exists and is no simulated case\nhint: name a folder that does not exist", path.display())]
    Occupied {
        /// Which folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A table could not be encoded.
    #[error("{}: {source}", path.display())]
    Table {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<parquet::errors::ParquetError>,
    },
    /// A table does not fit the contract: our fault.
    #[error("a table of the world does not fit the contract: {0}")]
    Internal(#[from] arrow::error::ArrowError),
}

/// The worlds there are, each with what it is.
#[must_use]
pub fn world_names() -> &'static [(&'static str, &'static str)] {
    &named::NAMES
}

/// Simulates a world.
///
/// # Errors
/// An unknown world, or a size it cannot have.
///
/// # Cost
/// A few seconds for 30,000 accounts over 30 days; memory grows with the number of logins.
///
/// # Determinism
/// Depends on the request alone.
pub fn simulate(request: &Request) -> Result<World, WorldError> {
    named::simulate(request)
}

impl World {
    /// The format this world is kept in unless another is asked for.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// Writes the case folder `dir`, with the truth in `dir/truth`, in one rename when all is complete.
    ///
    /// # Errors
    /// A folder that holds anything but a case made here or a `README.md` is left as it is and refused.
    pub fn write(&self, dir: &Path, format: Format) -> Result<(), WorldError> {
        let r = &self.request;
        let recipe = format!(
            "{{\n  \"made_by\": \"itoguchi simulate\",\n  \"world\": \"{}\",\n  \"accounts\": {},\n  \"days\": {},\n  \"seed\": {}\n}}\n",
            r.world,
            r.accounts.unwrap_or(0),
            r.days.unwrap_or(0),
            r.seed
        );
        write::write(dir, &self.tables, format, &recipe)
    }
}
