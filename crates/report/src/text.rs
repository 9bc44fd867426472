//! Plain text for a terminal, a pipe or a file: meaning never rests on colour, and every line fits the window.

mod candidates;
mod explain;
mod page;
mod report;
mod rings;
mod sections;
mod terms;

use crate::Lang;

pub use candidates::candidates_table;
pub use explain::{explain, explain_with};
pub use report::report_text;
pub use rings::rings_table;

/// How wide the window is, and whether headings may be bold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns of the window; below 40 is laid out as 40.
    pub width: usize,
    /// Whether headings are set in bold by terminal commands.
    pub color: bool,
    /// The language of the text.
    pub lang: Lang,
}

/// 80 columns without colour: what a pipe or a file gets.
impl Default for TextOptions {
    fn default() -> Self {
        Self { width: 80, color: false, lang: Lang::En }
    }
}
