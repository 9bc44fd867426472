//! Runs every world, scores the engine and the simple rules on it, and writes docs/SCORECARD.md.
//!
//! One configuration for all worlds and seeds. What has been counted is kept in a file of one line per world, size and
//! seed; a run that was stopped goes on where it was. A line is used again only while the code and the configuration are
//! those it was made with.

mod code;
mod job;
mod options;
mod page;
mod record;
mod summary;
mod tables;
mod targets;

use std::{fs, io::Write as _, path::Path, process::ExitCode, time::Instant};

use clap::Parser as _;
use itoguchi_engine::Config;

use crate::{
    options::{Options, Run},
    record::{Key, Record, Store},
};

/// Anything that stops a scorecard: it is a tool for us, and the message is enough.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match scorecard(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn scorecard(options: &Options) -> Result<(), Failure> {
    let config = Config::read("", &options.set)?;
    let runs = options.runs()?;
    let (code, config_hash) = (code::fingerprint()?, code::hash(config.to_toml().as_bytes()));
    fs::create_dir_all(&options.work)?;
    let mut store = Store::open(&options.work.join("scorecard.jsonl"))?;
    let key = |run: &Run| Key {
        world: run.world.clone(),
        accounts: run.accounts,
        seed: run.seed,
        code: code.clone(),
        config: config_hash.clone(),
    };
    for (number, run) in runs.iter().enumerate() {
        if store.find(&key(run)).is_some_and(|r| r.has(&options.parts())) {
            continue;
        }
        let started = Instant::now();
        let record = job::run(run, key(run), &config, &options.parts(), &options.work)?;
        say(&format!("{} of {}: {} in {:.0?}", number + 1, runs.len(), record.line(), started.elapsed()));
        store.add(record)?;
    }
    let records: Vec<&Record> = runs.iter().filter_map(|run| store.find(&key(run))).collect();
    let made =
        page::Made { command: options.command(), code, config: config_hash, settings: options.set.clone() };
    write_whole(&options.out, &page::render(&records, &made))?;
    say(&format!("wrote {}", options.out.display()));
    Ok(())
}

fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let part = path.with_extension("part");
    fs::write(&part, text)?;
    fs::rename(&part, path)?;
    Ok(())
}

fn say(text: &str) {
    // Nobody to tell is no reason to stop.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
