//! Instruments with invented names, their prices through the day, and exchange rates.

use rayon::prelude::*;

use crate::{
    clock::{Exchange, Span, is_weekend},
    rng::Stream,
};

/// What sort of instrument it is, which sets its price, volume and popularity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Large,
    Mid,
    Thin,
    Etf,
    HongKong,
    HongKongThin,
    NewYork,
}

/// One listed instrument. Prices are in thousandths of its currency.
#[derive(Clone, Debug)]
pub(crate) struct Instrument {
    pub id: String,
    pub code: String,
    pub name: String,
    pub kind: Kind,
    pub exchange: Exchange,
    pub currency: &'static str,
    pub lot: i64,
    pub shares: f64,
    /// Shares traded on an ordinary day.
    pub volume: f64,
    pub base: i64,
}

/// A planned course of one instrument's price through one day.
#[derive(Clone, Debug)]
pub(crate) struct Pin {
    pub instrument: usize,
    pub day: i32,
    /// (share of the trading day, price): in thousandths, or as a multiple of the close before.
    pub points: Vec<(f64, f64)>,
    pub absolute: bool,
    /// The day's volume at least, in shares.
    pub volume: Option<f64>,
}

/// One instrument's course through one day, at equal distances.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub knots: Vec<i64>,
    pub low_limit: i64,
    pub high_limit: i64,
    pub pinned: bool,
    pub volume: f64,
}

/// Everything that is quoted.
#[derive(Debug)]
pub(crate) struct Market {
    pub span: Span,
    pub instruments: Vec<Instrument>,
    paths: Vec<Vec<Option<Path>>>,
    /// Whether fills stray from planned courses as they do from all others.
    pub slips: bool,
    /// (day, yen per US dollar, yen per Hong Kong dollar), in hundredths.
    pub fx: Vec<(i32, i64, i64)>,
}

/// How many instruments of each kind a world lists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing {
    pub large: usize,
    pub mid: usize,
    pub thin: usize,
    pub etf: usize,
    pub hong_kong: usize,
    pub hong_kong_thin: usize,
    pub new_york: usize,
}

const KNOTS: usize = 67;
const SYLLABLES: [&str; 24] = [
    "Kaze", "Mori", "Hoshi", "Tsuki", "Asa", "Yuna", "Sora", "Mizu", "Haru", "Nagi", "Tori", "Kusa", "Riku",
    "Umi", "Shima", "Aki", "Fuyu", "Natsu", "Iwa", "Suna", "Taki", "Hana", "Kumo", "Niji",
];
const ENDINGS: [&str; 12] =
    ["gawa", "bata", "zono", "moto", "hara", "matsu", "saki", "guchi", "taku", "naga", "shiro", "done"];
const TRADES: [&str; 12] = [
    "Seiki", "Denko", "Shokuhin", "Bussan", "Kogyo", "Kagaku", "Holdings", "Systems", "Foods", "Kensetsu",
    "Works", "Medical",
];
const CHINESE: [&str; 12] = [
    "Jadewell",
    "Luyun",
    "Harbourlight",
    "Qingmu",
    "Starpeak",
    "Yuanhe",
    "Goldcrane",
    "Blueriver",
    "Minghai",
    "Lotusway",
    "Tianlu",
    "Redlake",
];
const LATIN: [&str; 8] =
    ["Quarvex", "Zelmont", "Orbivale", "Tanquil", "Vexaro", "Luminor", "Qorvane", "Zephlon"];
const LETTERS: &[u8] = b"ACDFGHJKLMNPRSTUWXY";

/// The smallest step of a price, in thousandths.
pub(crate) fn tick(exchange: Exchange, price: i64) -> i64 {
    match exchange {
        Exchange::Tokyo if price < 3_000_000 => 1_000,
        Exchange::Tokyo if price < 5_000_000 => 5_000,
        Exchange::Tokyo => 10_000,
        Exchange::HongKong if price < 500 => 5,
        Exchange::HongKong if price < 10_000 => 10,
        Exchange::HongKong if price < 20_000 => 20,
        Exchange::HongKong => 50,
        Exchange::NewYork => 10,
    }
}

/// How far Tokyo lets a price move in a day from its base, in thousandths.
pub(crate) fn daily_limit(base: i64) -> i64 {
    const STEPS: [(i64, i64); 11] = [
        (100, 30),
        (200, 50),
        (500, 80),
        (700, 100),
        (1_000, 150),
        (1_500, 300),
        (2_000, 400),
        (3_000, 500),
        (5_000, 700),
        (7_000, 1_000),
        (10_000, 1_500),
    ];
    STEPS.iter().find(|&&(below, _)| base < below * 1_000).map_or(3_000, |&(_, limit)| limit) * 1_000
}

fn to_tick(exchange: Exchange, price: f64) -> i64 {
    let step = tick(exchange, price as i64) as f64;
    ((libm::round(price / step) * step) as i64).max(step as i64)
}

fn japanese_name(index: usize, rng: &mut Stream) -> String {
    let first = SYLLABLES[index % SYLLABLES.len()];
    format!(
        "{first}{} {}",
        ENDINGS[rng.below(ENDINGS.len())],
        TRADES[(index * 5 + index / 12) % TRADES.len()]
    )
}

/// Lists instruments. Codes have the exchange's form, but with a letter in second place (Tokyo), above 98000
/// (Hong Kong) or made of rare letters (New York): none was in use when this was written.
pub(crate) fn list(seed: u64, listing: &Listing) -> Vec<Instrument> {
    let mut out = Vec::new();
    let groups = [
        (Kind::Large, listing.large),
        (Kind::Mid, listing.mid),
        (Kind::Thin, listing.thin),
        (Kind::Etf, listing.etf),
        (Kind::HongKong, listing.hong_kong),
        (Kind::HongKongThin, listing.hong_kong_thin),
        (Kind::NewYork, listing.new_york),
    ];
    for (kind, count) in groups {
        for _ in 0..count {
            let index = out.len();
            out.push(instrument(seed, kind, index));
        }
    }
    out
}

fn instrument(seed: u64, kind: Kind, index: usize) -> Instrument {
    let mut rng = Stream::new(seed, "instrument", index as u64);
    let (exchange, currency) = match kind {
        Kind::Large | Kind::Mid | Kind::Thin | Kind::Etf => (Exchange::Tokyo, "JPY"),
        Kind::HongKong | Kind::HongKongThin => (Exchange::HongKong, "HKD"),
        Kind::NewYork => (Exchange::NewYork, "USD"),
    };
    let (price, sigma, volume, shares) = match kind {
        Kind::Large => (1_900.0, 0.5, 3.0e6, 6.0e8),
        Kind::Mid => (1_100.0, 0.6, 2.5e5, 5.0e7),
        Kind::Thin => (120.0, 0.45, 2.2e4, 1.6e7),
        Kind::Etf => (2_000.0, 0.3, 8.0e5, 2.0e8),
        Kind::HongKong => (24.0, 0.7, 6.0e6, 2.0e9),
        Kind::HongKongThin => (2.6, 0.5, 2.5e5, 4.0e8),
        Kind::NewYork => (70.0, 0.7, 5.0e6, 8.0e8),
    };
    let price = rng.lognormal(price, sigma).clamp(price / 3.0, price * 4.0);
    let volume = rng.lognormal(volume, 0.7);
    let shares = libm::round(rng.lognormal(shares, 0.5) / 1e5) * 1e5;
    let (code, mic, name) = naming(kind, index, &mut rng);
    Instrument {
        id: format!("{mic}:{code}"),
        code,
        name,
        kind,
        exchange,
        currency,
        lot: match kind {
            Kind::Etf => 10,
            Kind::HongKong => 500,
            Kind::HongKongThin => 2_000,
            Kind::NewYork => 1,
            _ => 100,
        },
        shares,
        volume,
        base: to_tick(exchange, price * 1_000.0),
    }
}

fn naming(kind: Kind, index: usize, rng: &mut Stream) -> (String, &'static str, String) {
    let letter = |k: usize| char::from(LETTERS[k % LETTERS.len()]);
    match kind {
        Kind::HongKong | Kind::HongKongThin => {
            let code = format!("{}", 98_000 + (index * 37) % 1_999);
            let name = format!("{} {}", CHINESE[index % 12], TRADES_HK[(index / 12 + index) % 6]);
            (code, "XHKG", name)
        }
        Kind::NewYork => {
            let serial = index * 37 + 2_011;
            let tail: String = [serial, serial / 19, serial / 361].into_iter().map(letter).collect();
            (format!("Z{tail}Q"), "XNAS", format!("{} {}", LATIN[index % 8], ["Corp", "Inc"][index / 8 % 2]))
        }
        _ => {
            let serial = (index * 7) % 1_900;
            let code =
                format!("{}{}{:02}", 3 + serial / 380 % 5, letter(serial / 20), (serial * 11 + 5) % 100);
            let name = if kind == Kind::Etf {
                format!("Minato Index ETF {}", index % 100)
            } else {
                japanese_name(index, rng)
            };
            (code, "XTKS", name)
        }
    }
}

const TRADES_HK: [&str; 6] = ["AI Technology", "Financial", "Pharma", "Logistics", "Digital", "Resources"];

impl Market {
    /// Draws every instrument's course over `span`, following the pins where there are any.
    pub(crate) fn build(seed: u64, span: Span, instruments: Vec<Instrument>, pins: &[Pin]) -> Self {
        let mut mood = Stream::new(seed, "mood", 0);
        let moods: Vec<f64> = span.dates().map(|_| 0.007 * mood.normal()).collect();
        let paths = instruments
            .par_iter()
            .enumerate()
            .map(|(i, instrument)| {
                let mine: Vec<&Pin> = pins.iter().filter(|p| p.instrument == i).collect();
                course(&mut Stream::new(seed, "course", i as u64), span, instrument, &moods, &mine)
            })
            .collect();
        Self { span, instruments, paths, slips: false, fx: exchange_rates(seed, span) }
    }

    /// The course on trade date `day`, if the exchange is open then and the world covers it.
    pub(crate) fn path(&self, instrument: usize, day: i32) -> Option<&Path> {
        let offset = usize::try_from(day - self.span.first).ok()?;
        self.paths[instrument].get(offset)?.as_ref()
    }

    /// The price at a moment in thousandths, or `None` while the exchange is closed.
    pub(crate) fn price(&self, instrument: usize, time: i64) -> Option<i64> {
        let listed = &self.instruments[instrument];
        let progress = listed.exchange.progress(time)?;
        let path = self.path(instrument, listed.exchange.trade_date(time))?;
        let place = progress * (KNOTS - 1) as f64;
        let left = (place as usize).min(KNOTS - 2);
        let (a, b) = (path.knots[left] as f64, path.knots[left + 1] as f64);
        Some(
            to_tick(listed.exchange, a + (b - a) * (place - left as f64))
                .clamp(path.low_limit, path.high_limit),
        )
    }

    /// The last close on or before `day`, in thousandths.
    pub(crate) fn close(&self, instrument: usize, day: i32) -> i64 {
        (self.span.first..=day)
            .rev()
            .find_map(|d| self.path(instrument, d).map(|p| p.knots[KNOTS - 1]))
            .unwrap_or(self.instruments[instrument].base)
    }

    /// Hundredths of a yen per unit of `currency` on `day`: the latest rate on or before it.
    pub(crate) fn rate(&self, currency: &str, day: i32) -> i64 {
        if currency == "JPY" {
            return 100;
        }
        let row = self.fx.iter().rev().find(|r| r.0 <= day).or(self.fx.first());
        row.map_or(100, |r| if currency == "USD" { r.1 } else { r.2 })
    }

    /// Roughly what `quantity` shares are worth in yen at a price in thousandths.
    pub(crate) fn yen(&self, instrument: usize, price: i64, quantity: i64, day: i32) -> f64 {
        let rate = self.rate(self.instruments[instrument].currency, day);
        price as f64 / 1_000.0 * quantity as f64 * rate as f64 / 100.0
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> Vec<usize> {
        (0..self.instruments.len()).filter(|&i| self.instruments[i].kind == kind).collect()
    }
}

fn exchange_rates(seed: u64, span: Span) -> Vec<(i32, i64, i64)> {
    let mut rng = Stream::new(seed, "fx", 0);
    let mut dollar = 149.4;
    // One rate before the first day, so that every moment has one.
    std::iter::once(span.first - 3)
        .chain(span.dates())
        .filter(|&d| d < span.first || !is_weekend(d))
        .map(|d| {
            dollar *= 1.0 + 0.004 * rng.normal();
            (d, libm::round(dollar * 100.0) as i64, libm::round(dollar / 7.78 * 100.0) as i64)
        })
        .collect()
}

fn course(
    rng: &mut Stream,
    span: Span,
    listed: &Instrument,
    moods: &[f64],
    pins: &[&Pin],
) -> Vec<Option<Path>> {
    let (spread, beta) = match listed.kind {
        Kind::Large => (0.012, 1.0),
        Kind::Mid => (0.014, 0.8),
        Kind::Etf => (0.002, 1.0),
        Kind::Thin => (0.011, 0.3),
        Kind::HongKong => (0.018, 0.3),
        Kind::HongKongThin => (0.016, 0.1),
        Kind::NewYork => (0.02, 0.5),
    };
    let mut before = listed.base;
    span.dates()
        .zip(moods)
        .map(|(day, mood)| {
            if !listed.exchange.is_trading_day(day) {
                return None;
            }
            let limit = if listed.exchange == Exchange::Tokyo { daily_limit(before) } else { before / 2 };
            let (low_limit, high_limit) = ((before - limit).max(1), before + limit);
            let noise = rng.lognormal(1.0, 0.45);
            let pin = pins.iter().find(|p| p.day == day);
            let knots: Vec<i64> = match pin {
                Some(pin) => pinned(pin, before, listed.exchange),
                None => wander(rng, before, spread, beta * mood, listed.exchange),
            };
            let knots: Vec<i64> = knots.into_iter().map(|k| k.clamp(low_limit, high_limit)).collect();
            before = knots[KNOTS - 1];
            let volume = pin.and_then(|p| p.volume).unwrap_or(listed.volume * noise);
            Some(Path { knots, low_limit, high_limit, pinned: pin.is_some(), volume })
        })
        .collect()
}

fn pinned(pin: &Pin, before: i64, exchange: Exchange) -> Vec<i64> {
    let scale = if pin.absolute { 1.0 } else { before as f64 };
    (0..KNOTS)
        .map(|k| {
            let x = k as f64 / (KNOTS - 1) as f64;
            let after = pin.points.iter().position(|p| p.0 >= x).unwrap_or(pin.points.len() - 1);
            let (a, b) = (pin.points[after.saturating_sub(1)], pin.points[after]);
            let share = if b.0 > a.0 { ((x - a.0) / (b.0 - a.0)).clamp(0.0, 1.0) } else { 1.0 };
            to_tick(exchange, (a.1 + (b.1 - a.1) * share) * scale)
        })
        .collect()
}

fn wander(rng: &mut Stream, before: i64, spread: f64, drift: f64, exchange: Exchange) -> Vec<i64> {
    let mut level = before as f64 * libm::exp(0.4 * spread * rng.normal() + 0.5 * drift);
    let step = spread / libm::sqrt(KNOTS as f64);
    (0..KNOTS)
        .map(|_| {
            level *= libm::exp(step * rng.normal() + 0.5 * drift / KNOTS as f64);
            to_tick(exchange, level)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{at, date};

    const LISTING: Listing =
        Listing { large: 30, mid: 60, thin: 80, etf: 6, hong_kong: 20, hong_kong_thin: 20, new_york: 20 };

    #[test]
    fn codes_and_names_are_distinct() {
        let all = list(1, &LISTING);
        let ids: std::collections::BTreeSet<&str> = all.iter().map(|i| i.id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        assert!(all.iter().filter(|i| i.id.starts_with("XTKS")).all(|i| i.code.len() == 4));
    }

    #[test]
    fn a_pin_is_followed_within_the_limits() {
        let span = Span { first: date(3, 10), days: 12 };
        let pin = Pin {
            instrument: 0,
            day: date(3, 17),
            points: vec![(0.0, 84_000.0), (0.8, 110_000.0), (1.0, 98_000.0)],
            absolute: true,
            volume: None,
        };
        let mut listed = list(1, &LISTING);
        listed[0].base = 84_000;
        let flat: Vec<Pin> = (10..17)
            .map(|d| Pin { day: date(3, d), points: vec![(0.0, 84_000.0), (1.0, 84_000.0)], ..pin.clone() })
            .collect();
        let pins: Vec<Pin> = flat.into_iter().chain([pin]).collect();
        let market = Market::build(1, span, listed, &pins);
        assert_eq!(market.price(0, at(date(3, 17), 9, 0)), Some(84_000));
        let peak = Exchange::Tokyo.moment(date(3, 17), 0.8);
        let near = market.price(0, peak).expect("open");
        assert!((109_000..=110_000).contains(&near), "{near}");
        assert_eq!(market.price(0, at(date(3, 17), 12, 0)), None);
        assert_eq!(market.path(0, date(3, 17)).expect("a trading day").high_limit, 114_000);
    }
}
