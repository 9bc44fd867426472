//! A document that is filled from top to bottom.

use super::{mark, terms, text};
use crate::{Lang, language::Term, layout};

/// Cells are filled up with blanks to the widest of their column, but not beyond this: the file is read as it is too.
const ALIGNED: usize = 24;

/// Markdown so far. What is added must be harmless already, but for the statements of [`Page::item`] and
/// [`Page::statement`].
pub(super) struct Page {
    out: String,
    lang: Lang,
}

impl Page {
    pub(super) fn new(lang: Lang) -> Self {
        Self { out: String::new(), lang }
    }

    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    pub(super) fn finish(self) -> String {
        self.out.trim_end().to_owned() + "\n"
    }

    pub(super) fn heading(&mut self, level: usize, text: &str) {
        self.out.push_str(&format!("{} {text}\n\n", "#".repeat(level)));
    }

    /// A heading whose whole content is of one kind.
    pub(super) fn marked_heading(&mut self, level: usize, heading: Term, kind: Term) {
        let text = format!("{} {}", heading.text(self.lang), kind.text(self.lang));
        self.heading(level, &text);
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.out.push_str(&format!("{text}\n\n"));
    }

    pub(super) fn quote(&mut self, text: &str) {
        self.out.push_str(&format!("> **{text}**\n\n"));
    }

    /// A statement from outside behind its mark.
    pub(super) fn statement(&mut self, kind: Term, statement: &str) {
        let statement = format!("{} {}", mark(kind, self.lang), text(statement));
        self.paragraph(&statement);
    }

    /// The same as a point of a list.
    pub(super) fn item(&mut self, kind: Term, statement: &str) {
        self.out.push_str(&format!("- {} {}\n", mark(kind, self.lang), text(statement)));
    }

    /// A sentence of our own as a point of a list.
    pub(super) fn own_item(&mut self, kind: Term, sentence: Term) {
        self.out.push_str(&format!("- {} {}\n", mark(kind, self.lang), sentence.text(self.lang)));
    }

    pub(super) fn end_of_list(&mut self) {
        self.out.push('\n');
    }

    /// The rows of `table`, or that there are none.
    pub(super) fn table(&mut self, table: &Table) {
        if table.rows.is_empty() {
            self.paragraph(terms::NONE.text(self.lang));
            return;
        }
        let widths = table.widths();
        let rule: Vec<String> = widths.iter().map(|w| "-".repeat((*w).max(3))).collect();
        for cells in [&table.heads, &rule].into_iter().chain(&table.rows) {
            self.out.push_str(&line(cells, &widths));
        }
        self.out.push('\n');
    }
}

/// A table that is laid out when it is complete.
pub(super) struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(lang: Lang, heads: &[Term]) -> Self {
        Self::with_heads(heads.iter().map(|head| head.text(lang).to_owned()).collect())
    }

    pub(super) fn with_heads(heads: Vec<String>) -> Self {
        Self { heads, rows: Vec::new() }
    }

    /// Adds a row; its cells are harmless already.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn widths(&self) -> Vec<usize> {
        let cells =
            |column: usize| [&self.heads].into_iter().chain(&self.rows).filter_map(move |r| r.get(column));
        let widest = |column| cells(column).map(|c| layout::width(c)).max().unwrap_or(0);
        (0..self.heads.len()).map(|column| widest(column).min(ALIGNED)).collect()
    }
}

/// One line of a table. The last cell is not filled up: nothing stands behind it.
fn line(cells: &[String], widths: &[usize]) -> String {
    let mut out = String::new();
    for (n, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let missing = if n + 1 == cells.len() { 0 } else { width.saturating_sub(layout::width(cell)) };
        out.push_str(&format!("| {cell}{} ", " ".repeat(missing)));
    }
    out.push_str("|\n");
    out
}
