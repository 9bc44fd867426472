//! The two languages of the reports, and terms that exist in both.

use std::fmt::Display;

use itoguchi_model::results::Statement;

use crate::layout;

/// A language that reports are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// The code used on the command line and in HTML.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The wording of `statement` in this language.
    #[must_use]
    pub fn of(self, statement: &Statement) -> &str {
        match self {
            Self::En => &statement.en,
            Self::Ja => &statement.ja,
        }
    }
}

/// A word, phrase or sentence in both languages; `{0}`, `{1}` … stand for what is filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Term {
    pub(crate) en: &'static str,
    pub(crate) ja: &'static str,
}

impl Term {
    /// Its wording in `lang`, as it stands.
    pub(crate) fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ja => self.ja,
        }
    }

    /// Its wording with `values` in the places of `{0}`, `{1}` …: what is filled in is never looked at again.
    pub(crate) fn with(self, lang: Lang, values: &[&dyn Display]) -> String {
        let mut parts = self.text(lang).split('{');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part
                .split_once('}')
                .and_then(|(n, rest)| Some((values.get(n.parse::<usize>().ok()?)?, rest)))
            {
                Some((value, rest)) => {
                    out.push_str(&value.to_string());
                    out.push_str(rest);
                }
                None => {
                    out.push('{');
                    out.push_str(part);
                }
            }
        }
        out
    }

    /// Its wording for `count` things. In English the form for one stands before a `|`, that for others after it;
    /// `{0}` is the count with separators.
    pub(crate) fn count(self, lang: Lang, count: u64) -> String {
        let text = self.text(lang);
        let form = match text.split_once('|') {
            Some((one, many)) => {
                if count == 1 {
                    one
                } else {
                    many
                }
            }
            None => text,
        };
        form.replace("{0}", &layout::grouped(count))
    }
}

/// Declares terms: `NAME = "English" / "Japanese";`. A term that nothing uses is a warning of the compiler, and so an
/// error of the lints; one without a Japanese wording does not compile; a test that comes with the list checks the rest.
macro_rules! terms {
    ($($name:ident = $en:literal / $ja:literal;)*) => {
        $(pub(crate) const $name: $crate::language::Term = $crate::language::Term { en: $en, ja: $ja };)*

        #[cfg(test)]
        #[test]
        fn every_term_exists_in_both_languages() {
            $crate::language::check(&[$((stringify!($name), $name)),*]);
        }
    };
}
pub(crate) use terms;

/// What every list of terms must keep: no wording is empty, both have the same places to fill in, the Japanese is
/// Japanese.
#[cfg(test)]
pub(crate) fn check(terms: &[(&'static str, Term)]) {
    let places = |text: &str| -> std::collections::BTreeSet<String> {
        text.split('{').skip(1).filter_map(|p| p.split_once('}').map(|(n, _)| n.to_owned())).collect()
    };
    for (name, term) in terms {
        assert!(!term.en.trim().is_empty() && !term.ja.trim().is_empty(), "{name} lacks a wording");
        assert_eq!(places(term.en), places(term.ja), "{name}: places differ");
        assert!(term.ja.chars().any(|c| c as u32 > 0x2fff), "{name} is not Japanese: {}", term.ja);
        assert!(term.en.is_ascii() || !term.en.chars().any(|c| c as u32 > 0x2fff), "{name} is not English");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VICTIMS: Term = Term { en: "{0} victim|{0} victims", ja: "被害口座 {0} 件" };
    const SOLD: Term = Term { en: "{1} sold {0}", ja: "{0} を {1} が売却" };

    #[test]
    fn places_are_filled_in_by_number_and_only_once() {
        assert_eq!(SOLD.with(Lang::En, &[&"{1}", &"A"]), "A sold {1}");
        assert_eq!(SOLD.with(Lang::Ja, &[&"XTKS:9901", &7]), "XTKS:9901 を 7 が売却");
        assert_eq!(SOLD.with(Lang::En, &[]), "{1} sold {0}");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(VICTIMS.count(Lang::En, 1), "1 victim");
        assert_eq!(VICTIMS.count(Lang::En, 1_200), "1,200 victims");
        assert_eq!(VICTIMS.count(Lang::Ja, 1), "被害口座 1 件");
    }
}
