//! One world: simulated, correlated in several ways, scored, deleted.

use std::{collections::BTreeMap, path::Path};

use itoguchi_engine::{Config, analyse};
use itoguchi_ingest::read_cases;
use itoguchi_model::{Case, progress::Silent};
use itoguchi_score::{
    Counts, Found, Truth,
    rules::{informed, simple_rules, told},
    score,
};
use itoguchi_worlds::{Request, Table, simulate};

use crate::{
    Failure,
    options::{Parts, Run},
    record::{ALONE, ALONE_TOGETHER, INFORMED, Key, POOLED, POOLED_OF, RULE, Record, THINNED},
    tables,
};

/// Runs one world and counts everything that `parts` ask for.
pub fn run(run: &Run, key: Key, config: &Config, parts: &Parts, work: &Path) -> Result<Record, Failure> {
    let request =
        Request { world: run.world.clone(), accounts: Some(run.accounts), days: None, seed: run.seed };
    let world = simulate(&request)?;
    let all = &world.tables;
    let place = tempfile::Builder::new().prefix("case-").tempdir_in(work)?;
    tables::write(all, place.path())?;
    let truth = Truth::read(place.path())?;
    let case = read(place.path(), config)?;
    place.close()?;

    let mut claims = BTreeMap::new();
    let pooled = Found::of(&analyse(&case, config, &Silent)?.results);
    claims.insert(POOLED.to_owned(), score(&pooled, &truth));
    if parts.rules {
        claims.extend(rules(&case, &truth)?);
    }
    let brokers = case.names.brokers.clone();
    drop(case);
    if parts.alone {
        claims.extend(alone(all, &brokers, &pooled, &truth, config, work)?);
    }
    if parts.stability {
        let thinned = claim(&tables::thinned(all, run.seed)?, config, work)?;
        claims.insert(THINNED.to_owned(), score(&thinned, &Truth::claimed(&pooled)));
    }
    let rows = (tables::rows(all, "logins") + tables::rows(all, "executions")) as u64;
    Ok(Record { key, days: world.request.days.unwrap_or(0), rows, claims })
}

fn read(place: &Path, config: &Config) -> Result<Case, Failure> {
    Ok(read_cases(&[place.to_owned()], &config.ingest_settings()?, &Silent)?)
}

/// What the engine claims of `part`.
fn claim(part: &[Table], config: &Config, work: &Path) -> Result<Found, Failure> {
    let place = tempfile::Builder::new().prefix("case-").tempdir_in(work)?;
    tables::write(part, place.path())?;
    let case = read(place.path(), config)?;
    place.close()?;
    Ok(Found::of(&analyse(&case, config, &Silent)?.results))
}

fn rules(case: &Case, truth: &Truth) -> Result<Vec<(String, Counts)>, Failure> {
    let mut claims: Vec<(String, Counts)> = simple_rules(case)?
        .into_iter()
        .map(|(name, found)| (format!("{RULE}{name}"), score(&found, truth)))
        .collect();
    claims.push((INFORMED.to_owned(), score(&informed(case, &told(case, truth)), truth)));
    Ok(claims)
}

/// Each broker alone, scored on its own accounts; what all say of the same accounts; what the lone ones say together.
fn alone(
    all: &[Table],
    brokers: &[String],
    pooled: &Found,
    truth: &Truth,
    config: &Config,
    work: &Path,
) -> Result<Vec<(String, Counts)>, Failure> {
    let mut claims = Vec::new();
    let mut found = Vec::new();
    for broker in brokers {
        let own = truth.of_broker(broker);
        let lone = claim(&tables::of_broker(all, broker)?, config, work)?;
        claims.push((format!("{ALONE}{broker}"), score(&lone, &own)));
        claims.push((format!("{POOLED_OF}{broker}"), score(&pooled.of_broker(broker), &own)));
        found.push(lone);
    }
    claims.push((ALONE_TOGETHER.to_owned(), score(&Found::together(&found), truth)));
    Ok(claims)
}
