//! What a run begins with: cases that were read here, or bundles that brokers made.

use std::path::{Path, PathBuf};

use itoguchi_engine::{Analysis, Config, Judged, analyse, analyse_judged};
use itoguchi_ingest::Beside;
use itoguchi_model::{Case, Instant};
use itoguchi_share::bundle::{self, Bundle};

use crate::{failure::Failure, printer::Printer, progress::Stages};

/// Rows, and what was said of them before they came.
pub struct Input {
    pub case: Case,
    /// By the brokers, of bundles.
    judged: Option<Judged>,
}

impl Input {
    /// Reads cases, or bundles with the `market` beside them; one or the other.
    pub fn read(
        paths: &[PathBuf],
        reports: &[Beside],
        market: Option<&Path>,
        config: &Config,
        stages: &Stages,
        printer: Printer,
    ) -> Result<Self, Failure> {
        let (bundles, cases): (Vec<&PathBuf>, Vec<&PathBuf>) =
            paths.iter().partition(|path| path.join(bundle::HEAD).exists());
        match (bundles.first(), cases.first()) {
            (Some(bundle), Some(case)) => Err(Failure::input(format!(
                "{} is a bundle and {} is none\nhint: pool bundles with bundles; `itoguchi share prepare` makes one of a case",
                bundle.display(),
                case.display()
            ))),
            (Some(_), None) => pooled(paths, reports, market, config, stages, printer),
            _ if market.is_some() => Err(Failure::input(
                "--market is for bundles, and these are cases\nhint: give that case with the others; its bars are used",
            )),
            _ => Ok(Self { case: super::correlate::read(paths, reports, config, stages)?, judged: None }),
        }
    }

    /// Runs the engine on what was read.
    pub fn analyse(self, config: &Config, stages: &Stages) -> Result<(Case, Analysis), Failure> {
        let Self { case, judged } = self;
        let analysis = match judged {
            None => analyse(&case, config, stages),
            Some(judged) => analyse_judged(&case, judged, config, stages),
        }?;
        Ok((case, analysis))
    }
}

fn pooled(
    paths: &[PathBuf],
    reports: &[Beside],
    market: Option<&Path>,
    config: &Config,
    stages: &Stages,
    printer: Printer,
) -> Result<Input, Failure> {
    let now = config.ingest_settings()?.as_of.unwrap_or_else(|| {
        let now = Instant(jiff::Timestamp::now().as_microsecond());
        printer.note(&format!("expiry of bundles as of {now}, by the clock"));
        now
    });
    let bundles = paths.iter().map(|path| Bundle::read(path)).collect::<Result<Vec<_>, _>>()?;
    for bundle in &bundles {
        bundle.must_hold(now)?;
    }
    let beside: Vec<PathBuf> = market.map(Path::to_owned).into_iter().collect();
    let beside = if beside.is_empty() && reports.is_empty() {
        None
    } else {
        Some(super::correlate::read(&beside, reports, config, stages)?)
    };
    let pooled = bundle::pool(&bundles, beside.as_ref())?;
    Ok(Input { case: pooled.case, judged: Some(pooled.judged) })
}
