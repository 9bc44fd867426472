//! Progress bars on stderr, and the table of stages that a run ends with.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use itoguchi_model::{progress::Progress, results::StageInfo};

use crate::{memory, printer::Printer};

/// Set by the first interrupt; the second ends the process.
static STOP: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C ask the stages to stop.
pub fn listen_for_interrupts() {
    // Without a handler Ctrl-C still ends the process, and the staging folder is left behind under its own name.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            #[expect(
                clippy::exit,
                reason = "asked twice: a stage that does not look up must not hold the user"
            )]
            std::process::exit(3);
        }
    });
}

/// Draws the current stage and remembers all of them.
pub struct Stages {
    shown: bool,
    current: Mutex<Option<Current>>,
    done: Mutex<Vec<StageInfo>>,
}

/// The stage that runs.
struct Current {
    info: StageInfo,
    since: Instant,
    cpu_before: Option<f64>,
    bar: ProgressBar,
}

impl Stages {
    /// Nothing yet.
    pub fn new(printer: Printer) -> Self {
        Self { shown: printer.shows_progress(), current: Mutex::new(None), done: Mutex::new(Vec::new()) }
    }

    /// The stages that are over, in order.
    pub fn done(&self) -> Vec<StageInfo> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn bar(&self, stage: &'static str, total: u64) -> ProgressBar {
        if !self.shown {
            return ProgressBar::hidden();
        }
        let template = if total > 0 {
            "{msg:12} {wide_bar} {percent:>3} % {eta}"
        } else {
            "{msg:12} {spinner} {elapsed}"
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = if total > 0 { ProgressBar::new(total) } else { ProgressBar::new_spinner() };
        bar.set_style(style);
        bar.set_message(stage);
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

impl Progress for Stages {
    fn begin(&self, stage: &'static str, total: u64) {
        let info = StageInfo { stage: stage.to_owned(), ..StageInfo::default() };
        let bar = self.bar(stage, total);
        let current = Current { info, since: Instant::now(), cpu_before: memory::cpu(), bar };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
    }

    fn advance(&self, units: u64) {
        if let Some(Current { bar, .. }) = &*self.current.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(units);
        }
    }

    fn end(&self, rows: u64) {
        let ended = self.current.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Current { mut info, since, cpu_before, bar }) = ended {
            bar.finish_and_clear();
            info.rows = rows;
            info.seconds = since.elapsed().as_secs_f64();
            info.cpu_seconds = memory::cpu().zip(cpu_before).map(|(now, before)| now - before);
            info.peak_memory = memory::peak();
            self.done.lock().unwrap_or_else(PoisonError::into_inner).push(info);
        }
    }

    fn cancelled(&self) -> bool {
        STOP.load(Ordering::SeqCst)
    }
}

/// Rows and seconds per stage, with peak memory, as text.
pub fn table(stages: &[StageInfo], peak: Option<u64>) -> String {
    let mut text = format!("{:<14}{:>14}{:>10}{:>14}\n", "stage", "rows", "seconds", "rows/s");
    for s in stages {
        let rate = if s.seconds > 0.0 { s.rows as f64 / s.seconds } else { 0.0 };
        text.push_str(&format!("{:<14}{:>14}{:>10.3}{:>14.0}\n", s.stage, s.rows, s.seconds, rate));
    }
    let total: f64 = stages.iter().map(|s| s.seconds).sum();
    text.push_str(&format!("{:<14}{:>14}{:>10.3}\n", "total", "", total));
    if let Some(bytes) = peak {
        text.push_str(&format!("peak memory {:.0} MiB\n", bytes as f64 / 1_048_576.0));
    }
    text
}
