//! Every setting of a run, with its default; read from TOML and from `KEY=VALUE` pairs.

use itoguchi_ingest::Settings as IngestSettings;
use itoguchi_model::{Instant, Millibits, time};
use itoguchi_rings::Settings as RingSettings;
use serde::{Deserialize, Serialize};

/// Every setting of a run. `itoguchi schema config` prints it with its defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How files are read.
    pub ingest: Ingest,
    /// What counts as acting together.
    pub coaction: Coaction,
    /// What it takes to name a ring.
    pub rings: Rings,
    /// What is written.
    pub tables: Tables,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tables {
    /// Adds the wide tables: actions, all_links, occasions, account_features.
    pub wide: bool,
    /// Least bits of a row of all_links.
    pub link_floor_bits: f64,
}

impl Default for Tables {
    fn default() -> Self {
        Self { wide: false, link_floor_bits: 3.0 }
    }
}

/// How files are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ingest {
    /// Share of a file's rows that may be unreadable before the run stops.
    pub max_reject_share: f64,
    /// Offset of times that state none, as `+09:00`; without it such times are rejects.
    pub naive_offset: Option<String>,
    /// Times after this one are rejects (RFC 3339).
    pub as_of: Option<String>,
}

impl Default for Ingest {
    fn default() -> Self {
        Self { max_reject_share: 0.05, naive_offset: None, as_of: None }
    }
}

/// What counts as acting together. Windows are inclusive, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Coaction {
    /// Trades of any two accounts in one name.
    pub trade_window: u32,
    /// Purchases of two odd sessions in one name.
    pub marked_trade_window: u32,
    /// Logins of two odd sessions from one address.
    pub address_window: u32,
    /// A purchase by a victim and a sale by a suspected seller.
    pub opposite_window: u32,
    /// False discovery rate at which two accounts' common trades are listed as a link.
    pub max_q_value: f64,
    /// How many ordinary buyers a name's usual popularity weighs as much as, when a day's own popularity is judged.
    pub popularity_weight: f64,
}

impl Default for Coaction {
    fn default() -> Self {
        Self {
            trade_window: 60,
            marked_trade_window: 7200,
            address_window: 72 * 3600,
            opposite_window: 60,
            max_q_value: 0.05,
            popularity_weight: 10.0,
        }
    }
}

/// What it takes to name a ring, in bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rings {
    /// An occasion this odd may be linked to others.
    pub mark_bits: f64,
    /// What the group test of a name, device or address must reach, net of the number tested.
    pub group_bits: f64,
    /// The same without its strongest actor.
    pub group_bits_without: f64,
    /// What a member must reach, net of the prior.
    pub member_bits: f64,
    /// The same where it rests on one source: addresses alone tie it to the others, or only its fills speak.
    pub member_bits_one_source: f64,
    /// What a suspected seller account must reach, net of the prior.
    pub seller_bits: f64,
    /// What a ring must reach, net of the prior.
    pub ring_bits: f64,
    /// The same without its strongest member.
    pub ring_bits_without: f64,
    /// Fewest accounts of a ring.
    pub members: usize,
    /// Seconds after the victims' last purchase in which a sale still is inside the burst.
    pub burst_tail: u32,
    /// What a report that names an account as a victim is worth.
    pub report_bits: f64,
    /// Least average bits of a pair inside a community (the resolution of the constant Potts model).
    pub resolution_bits: f64,
}

impl Default for Rings {
    fn default() -> Self {
        let d = RingSettings::default();
        Self {
            mark_bits: d.mark_bits.bits(),
            group_bits: d.group_bits.bits(),
            group_bits_without: d.group_bits_without.bits(),
            member_bits: d.member_bits.bits(),
            member_bits_one_source: d.member_bits_one_source.bits(),
            seller_bits: d.seller_bits.bits(),
            ring_bits: d.ring_bits.bits(),
            ring_bits_without: d.ring_bits_without.bits(),
            members: d.members,
            burst_tail: (d.burst_tail / time::SECOND) as u32,
            report_bits: d.report_bits.bits(),
            resolution_bits: 0.1,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is no TOML, or has a key that does not exist or holds the wrong type.
    #[error("configuration: {0}\nhint: `itoguchi schema config` lists every key with its default")]
    Toml(#[from] toml::de::Error),
    /// A `--set` without `=` or with an unreadable value.
    #[error(
        "--set {0}: expected KEY=VALUE, as rings.members=4\nhint: `itoguchi schema config` lists every key"
    )]
    Pair(String),
    /// A value outside what makes sense.
    #[error("configuration: {key} = {value}: {reason}")]
    Value {
        /// Which key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl Config {
    /// The configuration of a TOML text with `KEY=VALUE` pairs laid over it, checked.
    ///
    /// # Errors
    /// [`ConfigError`] for unknown keys, wrong types and values out of range.
    ///
    /// ```
    /// use itoguchi_engine::Config;
    /// let config = Config::read("[rings]\nmembers = 4", &["coaction.trade_window=30".into()]).unwrap();
    /// assert_eq!((config.rings.members, config.coaction.trade_window), (4, 30));
    /// assert!(Config::read("", &["rings.memberz=4".into()]).is_err());
    /// ```
    pub fn read(text: &str, pairs: &[String]) -> Result<Self, ConfigError> {
        let mut table: toml::Table = text.parse()?;
        for pair in pairs {
            let (key, value) = pair.split_once('=').ok_or_else(|| ConfigError::Pair(pair.clone()))?;
            // A value that is no TOML is a text: `ingest.naive_offset=+09:00`.
            let value = format!("v = {value}")
                .parse::<toml::Table>()
                .ok()
                .and_then(|mut t| t.remove("v"))
                .filter(|v| !matches!(v, toml::Value::Datetime(_)))
                .unwrap_or_else(|| toml::Value::String(value.to_owned()));
            insert(&mut table, key.trim(), value).ok_or_else(|| ConfigError::Pair(pair.clone()))?;
        }
        let config: Self = table.try_into()?;
        config.check()?;
        Ok(config)
    }

    /// Every setting as TOML; what is not set is left out.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings are plain values")
    }

    fn check(&self) -> Result<(), ConfigError> {
        let share = self.ingest.max_reject_share;
        let bad = |key, value: String, reason| Err(ConfigError::Value { key, value, reason });
        if !(0.0..=1.0).contains(&share) {
            return bad("ingest.max_reject_share", share.to_string(), "must lie between 0 and 1");
        }
        if !(0.0..=1.0).contains(&self.coaction.max_q_value) {
            return bad(
                "coaction.max_q_value",
                self.coaction.max_q_value.to_string(),
                "must lie between 0 and 1",
            );
        }
        if !(self.coaction.popularity_weight.is_finite() && self.coaction.popularity_weight > 0.0) {
            return bad(
                "coaction.popularity_weight",
                self.coaction.popularity_weight.to_string(),
                "must be above 0",
            );
        }
        if self.rings.members < 2 {
            return bad("rings.members", self.rings.members.to_string(), "a ring has at least two accounts");
        }
        if !(self.rings.resolution_bits.is_finite() && self.rings.resolution_bits >= 0.0) {
            return bad("rings.resolution_bits", self.rings.resolution_bits.to_string(), "must be 0 or more");
        }
        let bits = [
            ("rings.mark_bits", self.rings.mark_bits),
            ("rings.group_bits", self.rings.group_bits),
            ("rings.group_bits_without", self.rings.group_bits_without),
            ("rings.member_bits", self.rings.member_bits),
            ("rings.member_bits_one_source", self.rings.member_bits_one_source),
            ("rings.seller_bits", self.rings.seller_bits),
            ("rings.ring_bits", self.rings.ring_bits),
            ("rings.ring_bits_without", self.rings.ring_bits_without),
            ("rings.report_bits", self.rings.report_bits),
            ("tables.link_floor_bits", self.tables.link_floor_bits),
        ];
        if let Some((key, value)) = bits.into_iter().find(|(_, v)| !v.is_finite()) {
            return bad(key, value.to_string(), "must be a finite number of bits");
        }
        self.ingest_settings().map(|_| ())
    }

    /// The reader's settings.
    ///
    /// # Errors
    /// [`ConfigError::Value`] for an offset or time that cannot be read.
    pub fn ingest_settings(&self) -> Result<IngestSettings, ConfigError> {
        let mut settings =
            IngestSettings { max_reject_share: self.ingest.max_reject_share, ..IngestSettings::default() };
        if let Some(text) = &self.ingest.naive_offset {
            settings.naive_offset_seconds = Some(offset_seconds(text).ok_or_else(|| ConfigError::Value {
                key: "ingest.naive_offset",
                value: text.clone(),
                reason: "expected an offset as +09:00 or Z",
            })?);
        }
        if let Some(text) = &self.ingest.as_of {
            settings.as_of = Some(Instant::parse_rfc3339(text).ok_or_else(|| ConfigError::Value {
                key: "ingest.as_of",
                value: text.clone(),
                reason: "expected RFC 3339 with an offset, as 2025-04-30T00:00:00+09:00",
            })?);
        }
        Ok(settings)
    }

    /// What it takes to name a ring.
    #[must_use]
    pub fn ring_settings(&self) -> RingSettings {
        let r = &self.rings;
        RingSettings {
            mark_bits: Millibits::from_bits(r.mark_bits),
            group_bits: Millibits::from_bits(r.group_bits),
            group_bits_without: Millibits::from_bits(r.group_bits_without),
            member_bits: Millibits::from_bits(r.member_bits),
            member_bits_one_source: Millibits::from_bits(r.member_bits_one_source),
            seller_bits: Millibits::from_bits(r.seller_bits),
            ring_bits: Millibits::from_bits(r.ring_bits),
            ring_bits_without: Millibits::from_bits(r.ring_bits_without),
            members: r.members,
            burst_tail: i64::from(r.burst_tail) * time::SECOND,
            report_bits: Millibits::from_bits(r.report_bits),
        }
    }
}

fn insert(table: &mut toml::Table, key: &str, value: toml::Value) -> Option<()> {
    match key.split_once('.') {
        None if key.is_empty() => None,
        None => {
            table.insert(key.to_owned(), value);
            Some(())
        }
        Some((head, rest)) => {
            let inner = table.entry(head).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            insert(inner.as_table_mut()?, rest, value)
        }
    }
}

fn offset_seconds(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    // An instant at this offset, against the same wall clock in UTC.
    let there = Instant::parse_rfc3339(&format!("2000-01-01T00:00:00{text}"))?;
    let here = Instant::parse_rfc3339("2000-01-01T00:00:00Z")?;
    i32::try_from(here.since(there) / time::SECOND).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_texts_are_read() {
        let config = Config::read("", &["ingest.naive_offset=+09:00".into()]).unwrap();
        assert_eq!(config.ingest_settings().unwrap().naive_offset_seconds, Some(32_400));
        for bad in [
            "ingest.naive_offset=Tokyo",
            "ingest.max_reject_share=2",
            "rings.members=1",
            "x",
            "=3",
            "rings=1",
        ] {
            assert!(Config::read("", &[bad.into()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn defaults_survive_a_round_trip() {
        let text = toml::to_string(&Config::default()).unwrap();
        assert_eq!(Config::read(&text, &[]).unwrap(), Config::default());
    }
}
