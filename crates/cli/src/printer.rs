//! The two streams: results on stdout, everything else on stderr.

use std::io::{IsTerminal as _, Write as _};

use crate::{args::Global, failure::Failure};

/// Decides once what is said, and where.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    quiet: bool,
    progress: bool,
    color: bool,
}

impl Printer {
    /// As the flags, `NO_COLOR` and the terminal say.
    pub fn new(global: &Global) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        Self {
            quiet: global.quiet,
            progress: !global.quiet && !global.no_progress && std::io::stderr().is_terminal(),
            color: !plain && std::io::stdout().is_terminal(),
        }
    }

    /// Says nothing: for work that has been accounted for.
    pub fn silent() -> Self {
        Self { quiet: true, progress: false, color: false }
    }

    /// Whether progress bars are drawn.
    pub fn shows_progress(self) -> bool {
        self.progress
    }

    /// Whether stdout may hold terminal commands.
    pub fn color(self) -> bool {
        self.color
    }

    /// Columns of the terminal; `default` where stdout is none.
    pub fn width(self, default: usize) -> usize {
        if !std::io::stdout().is_terminal() {
            return default;
        }
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        columns.or_else(terminal_width).unwrap_or(default)
    }

    /// A result, to stdout. A reader that has gone away (`| head`) is no error.
    pub fn result(self, text: &str) {
        let mut out = std::io::stdout().lock();
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        let _ = write!(out, "{text}{newline}").and_then(|()| out.flush());
    }

    /// A remark, to stderr, unless `--quiet`.
    pub fn note(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
        }
    }

    /// A failure, to stderr, always.
    pub fn error(self, failure: &Failure) {
        let _ = writeln!(std::io::stderr().lock(), "error: {}", failure.message());
    }
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then(|| usize::from(size.ws_col))
}
