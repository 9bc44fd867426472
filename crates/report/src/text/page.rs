//! A page of text that is filled from top to bottom.

use crate::{Lang, escape, language::Term, layout, terms, text::TextOptions};

/// Columns of a label without its colon.
const LABEL: usize = 8;

/// Text so far. Whatever is added must be harmless already, or goes through [`Page::free`].
pub(super) struct Page {
    out: String,
    width: usize,
    color: bool,
    lang: Lang,
}

impl Page {
    /// A page that begins with the notice.
    pub(super) fn new(options: &TextOptions) -> Self {
        let TextOptions { width, color, lang } = *options;
        let mut page = Self { out: String::new(), width: width.max(layout::NARROWEST), color, lang };
        page.line("", terms::NOTICE.text(lang));
        page
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A blank line, then `text` as a heading. English headings stand out by their capitals, Japanese ones by a mark.
    pub(super) fn heading(&mut self, text: &str) {
        let mark = match self.lang {
            Lang::En => "",
            Lang::Ja => "■ ",
        };
        self.blank();
        for line in layout::wrap(text, self.width, mark, "  ").lines() {
            if self.color {
                self.out.push_str("\u{1b}[1m");
                self.out.push_str(line);
                self.out.push_str("\u{1b}[0m\n");
            } else {
                self.out.push_str(line);
                self.out.push('\n');
            }
        }
    }

    /// `text` behind `lead`, wrapped under itself.
    pub(super) fn line(&mut self, lead: &str, text: &str) {
        let rest = " ".repeat(layout::width(lead));
        self.hanging(lead, &rest, text);
    }

    /// `text` behind a label, in a column that begins at the same place for all labels.
    pub(super) fn labelled(&mut self, label: Term, text: &str) {
        let label = label.text(self.lang);
        let pad = " ".repeat(LABEL.saturating_sub(layout::width(label)));
        self.line(&format!("  {label}: {pad}"), text);
    }

    /// `text` behind the end of the labels' column.
    pub(super) fn under_label(&mut self, text: &str) {
        self.line(&" ".repeat(LABEL + 4), text);
    }

    /// A heading.
    pub(super) fn head(&mut self, heading: Term) {
        self.heading(heading.text(self.lang));
    }

    /// A line that stands as it is, behind two blanks.
    pub(super) fn say(&mut self, term: Term) {
        self.line("  ", term.text(self.lang));
    }

    /// An indented paragraph whose further lines are indented more.
    pub(super) fn item(&mut self, text: &str) {
        self.hanging("  ", "      ", text);
    }

    /// `text` behind `lead`, further lines behind `rest`.
    pub(super) fn hanging(&mut self, lead: &str, rest: &str, text: &str) {
        self.out.push_str(&layout::wrap(text, self.width, lead, rest));
    }

    /// Text from outside, made harmless, behind `lead`.
    pub(super) fn free(&mut self, lead: &str, text: &str) {
        self.line(lead, &escape::sentence(text));
    }

    /// Text that is laid out already.
    pub(super) fn block(&mut self, text: &str) {
        self.out.push_str(text);
    }
}
