//! What can be asked of a scorecard.

use std::path::PathBuf;

use clap::Parser;
use itoguchi_worlds::world_names;

use crate::{Failure, targets::TARGETS};

/// Seeds below this one are for tuning and never for a report.
pub const FIRST_REPORTING_SEED: u64 = 101;
/// What a report consists of.
const REPORT: [(u32, u64, u64); 2] = [(30_000, 101, 120), (300_000, 101, 105)];

/// Scores the engine and simple rules on simulated worlds.
#[derive(Debug, Parser)]
pub struct Options {
    /// Worlds [default: every world with a target].
    #[arg(long, value_delimiter = ',')]
    pub worlds: Vec<String>,
    /// Accounts of each world; with --seeds. Without both: 30000 with seeds 101-120, 300000 with 101-105.
    #[arg(long, requires = "seeds")]
    pub accounts: Option<u32>,
    /// Seeds, as 101-120 or 7.
    #[arg(long, requires = "accounts")]
    pub seeds: Option<String>,
    /// One setting of the engine, as rings.members=4: for tuning. A report uses none.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Leave out the runs of each broker alone.
    #[arg(long)]
    pub no_alone: bool,
    /// Leave out the run with fewer rows.
    #[arg(long)]
    pub no_stability: bool,
    /// Leave out the simple rules.
    #[arg(long)]
    pub no_rules: bool,
    /// Folder for cases, which are deleted again, and for what has been counted.
    #[arg(long, default_value = "target/scorecard")]
    pub work: PathBuf,
    /// The page to write.
    #[arg(long, default_value = "docs/SCORECARD.md")]
    pub out: PathBuf,
}

/// One world to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub world: String,
    /// Its size.
    pub accounts: u32,
    /// Its seed.
    pub seed: u64,
}

/// What is run besides the engine on all data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Each broker alone.
    pub alone: bool,
    /// With 5 % of the rows dropped.
    pub stability: bool,
    /// The simple rules.
    pub rules: bool,
}

impl Options {
    /// What is run besides the engine on all data.
    pub fn parts(&self) -> Parts {
        Parts { alone: !self.no_alone, stability: !self.no_stability, rules: !self.no_rules }
    }

    /// Every run, smaller worlds first.
    pub fn runs(&self) -> Result<Vec<Run>, Failure> {
        let sizes = match (self.accounts, &self.seeds) {
            (Some(accounts), Some(seeds)) => {
                let (first, last) = range(seeds)?;
                vec![(accounts, first, last)]
            }
            _ => REPORT.to_vec(),
        };
        let worlds = self.worlds()?;
        let mut runs = Vec::new();
        for (accounts, first, last) in sizes {
            for world in &worlds {
                runs.extend((first..=last).map(|seed| Run { world: world.clone(), accounts, seed }));
            }
        }
        Ok(runs)
    }

    fn worlds(&self) -> Result<Vec<String>, Failure> {
        let known: Vec<&str> = world_names().iter().map(|w| w.0).collect();
        if self.worlds.is_empty() {
            let targets = TARGETS.iter().map(|t| t.world).filter(|w| known.contains(w));
            return Ok(targets.map(str::to_owned).collect());
        }
        match self.worlds.iter().find(|w| !known.contains(&w.as_str())) {
            Some(unknown) => {
                Err(format!("there is no world {unknown:?}\nhint: there are {}", known.join(", ")).into())
            }
            None => Ok(self.worlds.clone()),
        }
    }

    /// The command that makes this page.
    pub fn command(&self) -> String {
        let mut command = "cargo run --release -p itoguchi-score --bin scorecard".to_owned();
        let mut flags = Vec::new();
        if !self.worlds.is_empty() {
            flags.push(format!("--worlds {}", self.worlds.join(",")));
        }
        if let (Some(accounts), Some(seeds)) = (self.accounts, &self.seeds) {
            flags.push(format!("--accounts {accounts} --seeds {seeds}"));
        }
        flags.extend(self.set.iter().map(|s| format!("--set {s}")));
        let left_out = [
            (self.no_alone, "--no-alone"),
            (self.no_stability, "--no-stability"),
            (self.no_rules, "--no-rules"),
        ];
        flags.extend(left_out.iter().filter(|f| f.0).map(|f| f.1.to_owned()));
        if !flags.is_empty() {
            command.push_str(&format!(" -- {}", flags.join(" ")));
        }
        command
    }
}

fn range(text: &str) -> Result<(u64, u64), Failure> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err(format!("--seeds {text:?}: expected one as 7 or a range as 101-120").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_one_or_a_range() {
        assert_eq!(range("7").ok(), Some((7, 7)));
        assert_eq!(range("101-120").ok(), Some((101, 120)));
        for bad in ["", "a", "3-1", "1-", "-1", "1-2-3"] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_report_runs_both_sizes_and_says_so() {
        let options = Options::parse_from(["scorecard", "--worlds", "plain"]);
        let runs = options.runs().expect("there is such a world");
        assert_eq!(runs.len(), 25);
        assert!(runs.iter().all(|r| r.seed >= FIRST_REPORTING_SEED));
        assert!(options.command().ends_with("--worlds plain"));
        assert!(Options::parse_from(["scorecard", "--worlds", "moon"]).runs().is_err());
    }
}
