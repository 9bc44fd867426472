//! Text from outside as it stands in Markdown.

use super::visible;

/// [`visible`] text that is only text in Markdown: no viewer makes a link, an image, HTML, a heading, a list, a break of
/// a table's cell or anything else of it, and what is read is the visible spelling.
///
/// Viewers also turn bare addresses into links, behind any backslash; a dot or colon of such an address is escaped, and
/// an at sign stands in a code span, which is the only place where all of them leave it alone.
///
/// ```
/// use itoguchi_report::escape::markdown;
/// assert_eq!(markdown("a|b [c](http://d.ef) <e>", 64), "a\\|b \\[c\\](http\\://d\\.ef) \\<e\\>");
/// ```
#[must_use]
pub fn markdown(text: &str, columns: usize) -> String {
    of_visible(&visible(text, columns))
}

fn of_visible(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in letters.iter().copied().enumerate() {
        let before = at.checked_sub(1).map(|b| letters[b]);
        let after = letters.get(at + 1).copied();
        match c {
            // Blanks at the ends are dropped, or make a block of code.
            ' ' if before.is_none() || after.is_none() => out.push_str("&#32;"),
            '@' => {
                // One span for a run: two that touch would be another fence.
                out.push_str(if before == Some('@') { "@" } else { "`@" });
                out.push_str(if after == Some('@') { "" } else { "`" });
            }
            _ => {
                if special(c, before, after) || begins_block(&letters, at) {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}

/// [`visible`] text in a code span, for ids and names of files; as [`markdown`] where a span cannot hold it in a table.
///
/// ```
/// use itoguchi_report::escape::markdown_code;
/// assert_eq!(markdown_code("SBI/A_1", 64), "`SBI/A_1`");
/// assert_eq!(markdown_code("a|b", 64), "a\\|b");
/// ```
#[must_use]
pub fn markdown_code(text: &str, columns: usize) -> String {
    code_of_visible(&visible(text, columns))
}

/// [`markdown_code`] of what is visible text already.
pub(crate) fn code_of_visible(shown: &str) -> String {
    let plain = !shown.is_empty()
        && !shown.contains(['`', '|'])
        && !shown.starts_with(' ')
        && !shown.ends_with([' ', '\\']);
    if plain { format!("`{shown}`") } else { of_visible(shown) }
}

/// Whether `c` has a meaning wherever it stands, or makes an address of its neighbours.
fn special(c: char, before: Option<char>, after: Option<char>) -> bool {
    match c {
        '\\' | '`' | '*' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' | '!' | '^'
        | '=' => true,
        // Inside a word it marks nothing.
        '_' => {
            !(before.is_some_and(|c| c.is_ascii_alphanumeric())
                && after.is_some_and(|c| c.is_ascii_alphanumeric()))
        }
        // An address, or the name of a picture; not a time, and not a market's code before a security's.
        ':' => {
            let figure =
                before.is_some_and(char::is_alphanumeric) && after.is_some_and(|c| c.is_ascii_digit());
            after.is_some_and(|c| c != ' ') && !figure
        }
        '.' => before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphabetic),
        _ => false,
    }
}

/// Whether the letter at `at` would begin a list or a line across the page: a sign at the beginning, or a dot or bracket
/// behind nothing but a number.
fn begins_block(letters: &[char], at: usize) -> bool {
    match letters[at] {
        '-' | '+' => at == 0,
        '.' | ')' => at > 0 && letters[..at].iter().all(char::is_ascii_digit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    /// Every extension but curled quotes, which change no meaning.
    fn extensions() -> Options {
        Options::all() - Options::ENABLE_SMART_PUNCTUATION
    }

    /// What a reader of `source` sees, or what stands there that is no text.
    fn read(source: &str) -> Result<String, String> {
        let mut text = String::new();
        for event in Parser::new_ext(source, extensions()) {
            match event {
                Event::Text(t) | Event::Code(t) => text.push_str(&t),
                Event::Start(Tag::Paragraph) | Event::End(_) => {}
                other => return Err(format!("{other:?}")),
            }
        }
        Ok(text)
    }

    /// The cells of the only row of a table.
    fn cells(source: &str) -> Vec<String> {
        let table = format!("| a | b |\n| --- | --- |\n| {source} | end |\n");
        let (mut cells, mut row) = (Vec::new(), false);
        for event in Parser::new_ext(&table, extensions()) {
            match event {
                Event::Start(Tag::TableRow) => row = true,
                Event::Start(Tag::TableCell) if row => cells.push(String::new()),
                Event::Text(t) | Event::Code(t) if row => cells.last_mut().unwrap().push_str(&t),
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableCell) | Event::End(_) => {}
                _ if !row => {}
                other => panic!("{other:?} in {source}"),
            }
        }
        cells
    }

    #[test]
    fn what_would_be_markup_is_text() {
        for text in [
            "[x](javascript:alert(1))",
            "![x](http://h/p.png)",
            "<script>alert(1)</script>",
            "# heading",
            "## heading",
            "- item",
            "+ item",
            "1. item",
            "12) item",
            "---",
            "***",
            "===",
            "> quoted",
            "a|b|c",
            "`code` ``",
            "**bold** _it_ ~~gone~~ ~~~",
            "&lt;b&gt; &amp;",
            "[^1]: note",
            "[a]: http://b.cd",
            "https://evil.example/ www.evil.example a.b@evil.example @@name",
            "\\[x\\](y) \\| \\",
            "$x$ $$y$$ ^up^ :tada: {#id .class}",
            "    block",
            "line\nbreak\r\n\n# x",
            "abc\u{202e}fdp.exe",
            "@`@ `@` \\`@",
            ": term",
            "- [ ] task",
            "ends with two  ",
        ] {
            let (spelled, shown) = (markdown(text, 200), visible(text, 200));
            assert_eq!(read(&spelled).as_ref(), Ok(&shown), "{spelled}");
            assert_eq!(cells(&spelled), [shown.as_str(), "end"], "{spelled}");
            assert_eq!(cells(&markdown_code(text, 200)), [shown.as_str(), "end"]);
        }
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        for text in [
            "",
            "SBI/A-0001",
            "XTKS:9901",
            "2025-03-19 14:52:07–14:58:11 JST",
            "端末 dv-77c1 を除くと、",
            "A1_new_device",
        ] {
            assert_eq!(markdown(text, 200), text);
        }
        assert_eq!(markdown("cases/logins.csv", 200), "cases/logins\\.csv");
        assert_eq!(markdown("a@b.cd", 200), "a`@`b\\.cd");
        assert_eq!(markdown_code("cases/a_b.csv", 200), "`cases/a_b.csv`");
        assert_eq!(markdown(&"|".repeat(99), 4), "\\|\\|\\|…");
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_its_visible_spelling(
            text in "([\\[\\](){}<>#*_`|~&!:/.@\\\\=+$^ \"'\n\t-]|[a-c1w]|口|\u{202e}|https?://|www\\.|&lt;){0,24}"
        ) {
            let shown = visible(&text, 60);
            prop_assert_eq!(cells(&markdown(&text, 60)), vec![shown.clone(), "end".to_owned()]);
            prop_assert_eq!(cells(&markdown_code(&text, 60)), vec![shown.clone(), "end".to_owned()]);
            prop_assert_eq!(read(&markdown(&text, 60)), Ok(shown));
        }
    }
}
