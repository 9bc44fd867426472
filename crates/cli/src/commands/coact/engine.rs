//! `coact --engine`: the pairs are counted elsewhere, and judged here.

use itoguchi_cluster::{ClusterError, Engine, Limits, count_pairs};
use itoguchi_coaction::{Acts, JudgedPair, coact_counted};

use super::coact_options;
use crate::{
    args::{Coact, Kind},
    failure::Failure,
    printer::Printer,
    progress::Stages,
};

/// The engine that is asked for, and whether it can do what else is.
pub fn asked(args: &Coact) -> Result<Option<Engine>, Failure> {
    let Some(text) = &args.engine else { return Ok(None) };
    let whole = [
        (args.kind != Kind::Same, "--kind"),
        (args.max_q.is_some(), "--max-q"),
        (args.memory.is_some(), "--memory"),
        (args.min_participation > 1, "--min-participation"),
    ];
    match whole.into_iter().find(|(given, _)| *given) {
        Some((_, flag)) => Err(Failure::input(format!(
            "--engine does not go with {flag}: an engine counts all pairs of one population\nhint: leave one of the two out"
        ))),
        None => Engine::parse(text).map(Some).map_err(|e| Failure::input(e.to_string())),
    }
}

/// Pairs from the engine, with bits and q-values from here.
pub fn pairs(
    engine: &Engine,
    args: &Coact,
    acts: &Acts,
    window_micros: i64,
    stages: &Stages,
    printer: Printer,
) -> Result<Vec<JudgedPair>, Failure> {
    let temporary = std::env::temp_dir();
    let folder = args.engine_folder.as_deref().unwrap_or(&temporary);
    let window = Some(window_micros);
    let counted =
        count_pairs(acts, window, engine, folder, Limits::default(), stages).map_err(|e| match e {
            ClusterError::Cancelled => Failure::Interrupted,
            other => Failure::input(other.to_string()),
        })?;
    for reason in &counted.failed {
        printer
            .note(&format!("an attempt of the engine failed: {}", reason.lines().next().unwrap_or_default()));
    }
    printer.note(&format!("counted by {engine}: every act and every part of a pair once"));
    Ok(coact_counted(acts, counted.pairs, &coact_options(args, window))?)
}
