//! `correlate`: cases or bundles in, result folder out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use itoguchi_engine::{Analysis, Config};
use itoguchi_ingest::{Beside, read_cases_with};
use itoguchi_model::{
    progress::Progress as _,
    results::{Manifest, OutputFile, RunInfo},
    tables::{Case, Detail},
};
use itoguchi_report::{Lang, Loaded, TextOptions, rings_table, write_tables};

use crate::{
    args::Correlate,
    commands::input::Input,
    decisions,
    failure::{Failure, at},
    folder::{self, FORMAT, Staging},
    memory,
    printer::Printer,
    progress::{self, Stages},
};

pub fn run(args: &Correlate, printer: Printer) -> Result<(), Failure> {
    // The refusal should not come after an hour of work.
    folder::check_target(&args.out)?;
    decisions::check(&args.out)?;
    let mut config = super::config(&args.settings)?;
    config.tables.wide |= args.tables == "all";
    let stages = Stages::new(printer);
    let started = now();
    let reports: Vec<Beside> = args.reports.iter().cloned().map(Beside::from).collect();
    let input = Input::read(&args.cases, &reports, args.market.as_deref(), &config, &stages, printer)?;
    printer.note(&accounting(&input.case));
    let (case, analysis) = input.analyse(&config, &stages)?;

    let staging = Staging::beside(&args.out)?;
    stages.begin("write", 0);
    let outputs = write_tables(&analysis.results, staging.path())?;
    let rows: u64 = outputs.iter().filter_map(|o| o.rows).sum();
    stages.end(rows);
    if stages.cancelled() {
        return Err(Failure::Interrupted);
    }
    let mut manifest = manifest(args, &case, &config, &analysis, outputs);
    manifest.run = RunInfo {
        started,
        threads: rayon::current_num_threads() as u32,
        stages: stages.done(),
        peak_memory: memory::peak(),
    };
    let path = staging.path().join("manifest.json");
    let text = serde_json::to_string_pretty(&manifest).map_err(|e| Failure::Internal(e.into()))?;
    at(fs::write(&path, text + "\n"), &path)?;
    if let Some(warning) = staging.publish()? {
        printer.note(&warning);
    }

    printer.note(&progress::table(&stages.done(), memory::peak()));
    let loaded = Loaded { manifest, results: analysis.results };
    printer.note(&rings_table(
        &loaded,
        &TextOptions { width: printer.width(100), color: false, lang: Lang::En },
    ));
    printer.note(&format!("wrote {}", args.out.display()));
    Ok(())
}

/// Reads the cases and the reports beside them, with what the configuration says of reading.
pub fn read(
    cases: &[PathBuf],
    reports: &[Beside],
    config: &Config,
    stages: &Stages,
) -> Result<Case, Failure> {
    Ok(read_cases_with(cases, reports, &config.ingest_settings()?, stages)?)
}

/// One line per file: read = used + rejected.
pub fn accounting(case: &Case) -> String {
    let mut text = String::new();
    for s in &case.sources {
        text.push_str(&format!(
            "{}: read {} = used {} + rejected {}\n",
            itoguchi_report::escape::sentence(&s.path),
            s.rows,
            s.used,
            s.rejected
        ));
    }
    let s = &case.superseded;
    if s.repeated + s.corrected + s.cancelled > 0 {
        text.push_str(&format!(
            "executions set aside: {} repeated, {} corrected, {} cancelled\n",
            s.repeated, s.corrected, s.cancelled
        ));
    }
    for warning in &case.warnings {
        text.push_str(&format!("warning: {}\n", itoguchi_report::escape::sentence(&warning.en)));
    }
    text
}

/// The manifest of a result, without what depends on the clock.
pub fn manifest(
    args: &Correlate,
    case: &Case,
    config: &Config,
    analysis: &Analysis,
    outputs: Vec<OutputFile>,
) -> Manifest {
    let cases: Vec<String> = args.cases.iter().map(|c| shown(c)).collect();
    Manifest {
        format: FORMAT.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        configuration: serde_json::to_value(config).unwrap_or_default(),
        cases: if case.detail == Detail::Full { cases } else { sorted(cases) },
        reports: args.reports.iter().map(|r| shown(r)).collect(),
        market: args.market.as_deref().map(shown),
        inputs: case.sources.clone(),
        superseded: case.superseded,
        accounts: analysis.accounts,
        prior_millibits: analysis.prior,
        outputs,
        notes: analysis.notes.clone(),
        run: RunInfo::default(),
    }
}

/// Bundles are pooled whatever the order in which they are given.
fn sorted(mut paths: Vec<String>) -> Vec<String> {
    paths.sort_unstable();
    paths
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The moment in UTC, as the manifest and the custody log write it.
pub fn now() -> String {
    jiff::Timestamp::now().to_string()
}
