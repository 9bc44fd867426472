//! From the words of the sources to `MIC:LOCALCODE`.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use itoguchi_model::results::Statement;

/// The market that stands for a name nothing resolves.
pub(crate) const UNRESOLVED: &str = "XXXX";

/// `text` as `MIC:LOCALCODE` in its one spelling, or `None` if it has not that form.
///
/// Codes of Hong Kong are five digits: `XHKG:2846` and `XHKG:02846` are one listing.
pub(crate) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let (mic, code) = text.split_once(':')?;
    let is_mic =
        mic == "US" || (mic.len() == 4 && mic.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    if !is_mic || code.is_empty() {
        return None;
    }
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    Some(if mic == "XHKG" && digits && code.len() < 5 {
        format!("{mic}:{code:0>5}").into()
    } else {
        text.into()
    })
}

/// What the `instruments` tables of all cases say.
pub(crate) struct Aliases<'a> {
    targets: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Aliases<'a> {
    /// From pairs of alias and `MIC:LOCALCODE`.
    pub fn new(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (alias, target) in pairs {
            targets.entry(alias).or_default().insert(target);
        }
        Self { targets }
    }

    /// One sentence for each alias that stands for more than one instrument.
    pub fn warnings(&self) -> impl Iterator<Item = Statement> {
        self.targets.iter().filter(|(_, targets)| targets.len() > 1).map(|(alias, targets)| {
            let targets: Vec<&str> = targets.iter().copied().collect();
            Statement::new(
                format!(
                    "instruments: the alias \"{alias}\" stands for {}; it resolves nothing",
                    targets.join(" and ")
                ),
                format!(
                    "instruments: 別名「{alias}」は複数の銘柄({})を指すため、名寄せに用いない。",
                    targets.join("、")
                ),
            )
        })
    }

    fn find(&self, alias: &str) -> Option<&'a str> {
        let targets = self.targets.get(alias)?;
        targets.first().filter(|_| targets.len() == 1).copied()
    }

    /// The instrument that `text` names: as an alias, by its form, or `XXXX:` and the text.
    ///
    /// `US:` and `XXXX:` say that the market is not known, so what follows them is looked up too.
    pub fn resolve<'t>(&self, text: &'t str) -> Cow<'t, str>
    where
        'a: 't,
    {
        if let Some(target) = self.find(text) {
            return target.into();
        }
        let Some(canonical) = canonical(text) else { return format!("{UNRESOLVED}:{text}").into() };
        match text.split_once(':') {
            Some((UNRESOLVED | "US", name)) => self.find(name).map_or(canonical, Cow::Borrowed),
            _ => canonical,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_finds_its_instrument() {
        let pairs = [
            ("糸口電機", "XTKS:9991"),
            ("9991", "XTKS:9991"),
            ("ITGC", "XNAS:ITGC"),
            ("twice", "XTKS:9991"),
            ("twice", "XTKS:9992"),
            ("XPTS:9991", "XTKS:9991"),
        ];
        let aliases = Aliases::new(pairs.into_iter());
        for (text, want) in [
            ("XTKS:9991", "XTKS:9991"),
            ("XTKS:130A", "XTKS:130A"),
            ("XHKG:2846", "XHKG:02846"),
            ("XHKG:02846", "XHKG:02846"),
            ("XHKG:ABC", "XHKG:ABC"),
            ("糸口電機", "XTKS:9991"),
            ("XXXX:糸口電機", "XTKS:9991"),
            ("9991", "XTKS:9991"),
            ("US:ITGC", "XNAS:ITGC"),
            ("US:OTHER", "US:OTHER"),
            ("XPTS:9991", "XTKS:9991"),
            ("twice", "XXXX:twice"),
            ("XXXX:twice", "XXXX:twice"),
            ("nobody", "XXXX:nobody"),
            ("xtks:9991", "XXXX:xtks:9991"),
            ("XTKS:", "XXXX:XTKS:"),
            ("TSE:1", "XXXX:TSE:1"),
        ] {
            assert_eq!(aliases.resolve(text), want, "{text}");
        }
        assert_eq!(aliases.warnings().count(), 1);
    }
}
