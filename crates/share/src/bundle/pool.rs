//! Bundles of several brokers as one case, for the engine.
//!
//! An account is its broker and its pseudonym, an address or device its token. What the bundles do not tell is not there:
//! no price, no currency, no session. A quantity is the lower limit of its class, to weigh shares of a whole with.

use std::collections::{BTreeMap, BTreeSet};

use arrow::{
    array::{Array as _, AsArray as _, RecordBatch},
    datatypes::{TimestampMicrosecondType, UInt8Type, UInt32Type},
};
use itoguchi_model::{
    AccountId, BrokerId, Case, DeviceId, Instant, InstrumentId, IpId, JstDate, Millibits, Precision, RowRef,
    Scaled, Side, TextId,
    tables::{Bar, Detail, Execution, Ip, IpClass, Login, LoginEvent, Names, Report, SourceFile, token_name},
};
use itoguchi_signals::{
    bursts::Known, judged::Judged, occasions::Occasion, sellers::Sale, signal::SignalSet, trading::TradeView,
};

use super::{
    HEAD, TABLES, columns,
    read::{Bundle, must_agree},
    rows::{Pseudonym, is_code},
};
use crate::{canonical::Kind, error::ShareError, hex, tokens::Token};

/// What bundles hold together.
#[derive(Clone, Debug, Default)]
pub struct Pooled {
    /// The rows.
    pub case: Case,
    /// What each broker said of its accounts.
    pub judged: Judged,
}

/// Pools `bundles`, with what stands beside them in `beside`: bars of the instruments and reports of the accounts that they
/// name. Other rows of it are not looked at.
///
/// # Errors
/// No bundle, two of one broker, two epochs, keys or policies; rows that refer to nothing, and words that are none.
/// # Determinism
/// Depends on the set of bundles, not on their order.
pub fn pool(bundles: &[Bundle], beside: Option<&Case>) -> Result<Pooled, ShareError> {
    let mut bundles: Vec<&Bundle> = bundles.iter().collect();
    bundles.sort_by(|a, b| a.head().broker.cmp(&b.head().broker));
    for pair in bundles.windows(2) {
        if pair[0].head().broker == pair[1].head().broker {
            return Err(ShareError::Asked {
                what: format!(
                    "{} and {} are both of {}",
                    pair[0].path().display(),
                    pair[1].path().display(),
                    pair[0].head().broker
                ),
                hint: "give one bundle of each broker: the accounts of one would count twice",
            });
        }
        must_agree(pair[0], pair[1])?;
    }
    let parts = bundles.iter().map(|bundle| Part::read(bundle)).collect::<Result<Vec<_>, _>>()?;
    let index = Index::of(&bundles, &parts);
    let mut sources = Sources::of(&bundles);
    let (bars, reports) = beside.map(|beside| sources.beside(beside, &index)).unwrap_or_default();
    let sources = sources.ranked();
    let case = Case {
        detail: Detail::Shared,
        bars: bars.into_iter().map(|bar| Bar { source: sources.place(bar.source), ..bar }).collect(),
        reports: reports.into_iter().map(|r| Report { source: sources.place(r.source), ..r }).collect(),
        ..Case::default()
    };
    let mut pooled = Pooled { case, ..Pooled::default() };
    for (number, (bundle, part)) in bundles.iter().zip(&parts).enumerate() {
        Filling { number, bundle, part, index: &index, sources: &sources }.add_to(&mut pooled)?;
    }
    let Pooled { case, judged } = &mut pooled;
    judged.sales.sort_by_key(|s| (s.instrument, s.date, s.account));
    (case.names, case.sources) = (index.names, sources.files);
    Ok(pooled)
}

/// A row of logins as it was read; its number is its place.
struct LoginIn {
    account: Pseudonym,
    time: Instant,
    occasion: Option<u32>,
    /// The token of the line: of the address, or of the /64 for IPv6.
    line: Option<Token>,
    device: Option<Token>,
    program: Option<Token>,
    class: IpClass,
    asn: Option<u32>,
}

struct TradeIn {
    account: Pseudonym,
    time: Instant,
    day_only: bool,
    instrument: String,
    side: Side,
    class: u8,
    occasion: Option<u32>,
    first: bool,
}

struct OccasionIn {
    account: Pseudonym,
    number: u32,
    times: (Instant, Instant),
    day_only: bool,
    access: (SignalSet, SignalSet),
    logins_before: u8,
    trade: TradeView,
}

struct SaleIn {
    account: Pseudonym,
    date: JstDate,
    instrument: String,
    fired: u8,
    gained: bool,
}

/// The rows of one bundle.
struct Part {
    logins: Vec<LoginIn>,
    trades: Vec<TradeIn>,
    occasions: Vec<OccasionIn>,
    sales: Vec<SaleIn>,
}

/// One row of a table, by the names of its columns.
struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
    schema: &'static [columns::Column],
}

impl Row<'_> {
    fn place(&self, name: &str) -> usize {
        self.schema
            .iter()
            .position(|c| c.name == name)
            .expect("columns are asked for as the schema names them")
    }

    fn text(&self, name: &str) -> Option<&str> {
        let column = self.batch.column(self.place(name));
        column.is_valid(self.row).then(|| column.as_string::<i32>().value(self.row))
    }

    fn word(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    fn token(&self, name: &str) -> Option<Token> {
        self.text(name).and_then(hex::exact)
    }

    fn account(&self) -> Pseudonym {
        self.token("account").unwrap_or_default()
    }

    fn time(&self, name: &str) -> Instant {
        Instant(
            self.batch.column(self.place(name)).as_primitive::<TimestampMicrosecondType>().value(self.row),
        )
    }

    fn flag(&self, name: &str) -> bool {
        self.batch.column(self.place(name)).as_boolean().value(self.row)
    }

    fn small(&self, name: &str) -> Option<u8> {
        let column = self.batch.column(self.place(name));
        column.is_valid(self.row).then(|| column.as_primitive::<UInt8Type>().value(self.row))
    }

    fn number(&self, name: &str) -> Option<u32> {
        let column = self.batch.column(self.place(name));
        column.is_valid(self.row).then(|| column.as_primitive::<UInt32Type>().value(self.row))
    }

    fn signals(&self, name: &'static str) -> Result<SignalSet, &'static str> {
        SignalSet::of(self.word(name).split_ascii_whitespace()).ok_or("names a signal that there is not")
    }

    fn instrument(&self) -> Result<String, &'static str> {
        let code = self.word("instrument");
        is_code(code).then(|| code.to_owned()).ok_or("names an instrument by no code")
    }
}

impl LoginIn {
    fn read(row: &Row) -> Result<Self, &'static str> {
        let kind = if row.small("ip_version") == Some(6) { Kind::Network } else { Kind::Ip };
        let class = IpClass::ALL.into_iter().find(|c| c.name() == row.word("ip_class"));
        Ok(Self {
            account: row.account(),
            time: row.time("minute"),
            occasion: row.number("occasion"),
            line: row.token(kind.name()),
            device: row.token(Kind::Device.name()),
            program: row.token(Kind::UserAgent.name()),
            class: class.ok_or("names a kind of network that there is not")?,
            asn: row.number("asn"),
        })
    }
}

impl TradeIn {
    fn read(row: &Row) -> Result<Self, &'static str> {
        Ok(Self {
            account: row.account(),
            time: row.time("minute"),
            day_only: row.flag("day_only"),
            instrument: row.instrument()?,
            side: Side::parse(row.word("side")).ok_or("names a side that there is not")?,
            class: row.small("size_class").unwrap_or_default(),
            occasion: row.number("occasion"),
            first: row.flag("first"),
        })
    }
}

impl OccasionIn {
    fn read(row: &Row) -> Result<Self, &'static str> {
        Ok(Self {
            account: row.account(),
            number: row.number("occasion").unwrap_or_default(),
            times: (row.time("start"), row.time("end")),
            day_only: row.flag("day_only"),
            access: (row.signals("access")?, row.signals("access_known")?),
            logins_before: row.small("logins_before").unwrap_or_default(),
            trade: TradeView {
                fired: row.signals("trading")?,
                known: row.signals("trading_known")?,
                history: u32::from(row.small("traded_before").unwrap_or_default()),
            },
        })
    }
}

impl SaleIn {
    fn read(row: &Row) -> Result<Self, &'static str> {
        let fired = Sale::signals_of(row.word("signals").split_ascii_whitespace());
        Ok(Self {
            account: row.account(),
            date: row.time("day").jst_date(),
            instrument: row.instrument()?,
            fired: fired.ok_or("names a signal that there is not")?,
            gained: row.flag("gained"),
        })
    }
}

impl Part {
    fn read(bundle: &Bundle) -> Result<Self, ShareError> {
        Ok(Self {
            logins: rows_of(bundle, 0, LoginIn::read)?,
            trades: rows_of(bundle, 1, TradeIn::read)?,
            occasions: rows_of(bundle, 2, OccasionIn::read)?,
            sales: rows_of(bundle, 3, SaleIn::read)?,
        })
    }

    fn accounts(&self) -> BTreeSet<Pseudonym> {
        let acted = self.logins.iter().map(|r| r.account).chain(self.trades.iter().map(|r| r.account));
        acted
            .chain(self.occasions.iter().map(|r| r.account))
            .chain(self.sales.iter().map(|r| r.account))
            .collect()
    }
}

fn rows_of<T>(
    bundle: &Bundle,
    table: usize,
    read: impl Fn(&Row) -> Result<T, &'static str>,
) -> Result<Vec<T>, ShareError> {
    let mut rows = Vec::new();
    for batch in bundle.batches(table) {
        for row in 0..batch.num_rows() {
            let read = read(&Row { batch, row, schema: columns::SCHEMAS[table] });
            rows.push(read.map_err(|what| wrong(bundle, table, rows.len(), what))?);
        }
    }
    Ok(rows)
}

/// `row` counts from 0.
fn wrong(bundle: &Bundle, table: usize, row: usize, what: &str) -> ShareError {
    ShareError::Foreign {
        path: bundle.path().join(TABLES[table]),
        what: format!("row {} {what}", row + 1),
        hint: "ask its broker to make the bundle again",
    }
}

/// The names of all bundles, and where each is found among them.
struct Index {
    names: Names,
    /// By bundle.
    accounts: Vec<BTreeMap<Pseudonym, AccountId>>,
    lines: BTreeMap<Token, IpId>,
    devices: BTreeMap<Token, DeviceId>,
    programs: BTreeMap<Token, TextId>,
    instruments: BTreeMap<String, InstrumentId>,
}

impl Index {
    fn of(bundles: &[&Bundle], parts: &[Part]) -> Self {
        let mut names = Names::default();
        let mut accounts = Vec::new();
        for (bundle, part) in bundles.iter().zip(parts) {
            let broker = BrokerId(names.brokers.len() as u32);
            names.brokers.push(bundle.head().broker.clone());
            let mut of_bundle = BTreeMap::new();
            for account in part.accounts() {
                of_bundle.insert(account, AccountId(names.accounts.len() as u32));
                names.accounts.push((broker, hex::write(&account)));
            }
            accounts.push(of_bundle);
        }
        let logins = || parts.iter().flat_map(|p| &p.logins);
        let lines = ranked(logins().filter_map(|l| l.line), IpId);
        let devices = ranked(logins().filter_map(|l| l.device), DeviceId);
        let programs = ranked(logins().filter_map(|l| l.program), TextId);
        let traded = parts.iter().flat_map(|p| p.trades.iter().map(|t| &t.instrument));
        let sold = parts.iter().flat_map(|p| p.sales.iter().map(|s| &s.instrument));
        let instruments = ranked(traded.chain(sold).cloned(), InstrumentId);
        names.ips = lines.keys().map(|token| Ip::Token(*token)).collect();
        names.devices = devices.keys().map(token_name).collect();
        names.texts = programs.keys().map(token_name).collect();
        names.instruments = instruments.keys().cloned().collect();
        Self { names, accounts, lines, devices, programs, instruments }
    }
}

/// Every distinct value with its rank.
fn ranked<T: Ord, I>(values: impl Iterator<Item = T>, id: fn(u32) -> I) -> BTreeMap<T, I> {
    let distinct: BTreeSet<T> = values.collect();
    distinct.into_iter().zip((0..).map(id)).collect()
}

/// The files of all bundles, and those beside them.
struct Sources {
    files: Vec<SourceFile>,
    /// By table of a bundle, four for each; then heads, then the files beside.
    places: Vec<u32>,
}

impl Sources {
    fn of(bundles: &[&Bundle]) -> Self {
        let mut files = Vec::new();
        for bundle in bundles {
            let head = bundle.head();
            files.extend(head.files.iter().map(|f| file(bundle, &f.path, f.rows, f.bytes, &f.sha256)));
        }
        for bundle in bundles {
            let head = bundle.head_file();
            files.push(file(bundle, HEAD, 0, head.bytes, &head.sha256));
        }
        Self { places: Vec::new(), files }
    }

    /// Takes the bars of the bundles' instruments and the reports of their accounts, and notes the files. Sources are
    /// places in the list of files as it is before it is sorted.
    fn beside(&mut self, beside: &Case, index: &Index) -> (Vec<Bar>, Vec<Report>) {
        let mut place = BTreeMap::new();
        for (old, file) in (0..).zip(&beside.sources) {
            if matches!(file.table.as_str(), "bars" | "reports") {
                place.insert(old, self.files.len() as u32);
                self.files.push(file.clone());
            }
        }
        let source = |row: RowRef| Some(RowRef { file: *place.get(&row.file)?, ..row });
        let bar = |bar: &Bar| {
            let instrument = *index.instruments.get(beside.names.instrument(bar.instrument))?;
            Some(Bar { instrument, source: source(bar.source)?, ..*bar })
        };
        let report = |report: &Report| {
            let names = &beside.names;
            let account =
                index.names.find_account(names.broker(report.account), names.token(report.account))?;
            Some(Report { account, source: source(report.source)?, ..*report })
        };
        let mut bars: Vec<Bar> = beside.bars.iter().filter_map(bar).collect();
        let mut reports: Vec<Report> = beside.reports.iter().filter_map(report).collect();
        bars.sort_unstable();
        reports.sort_unstable();
        (bars, reports)
    }

    /// Sorts the files by path.
    fn ranked(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.files.len()).collect();
        order.sort_by(|a, b| self.files[*a].path.cmp(&self.files[*b].path));
        self.places = vec![0; order.len()];
        for (new, old) in (0..).zip(&order) {
            self.places[*old] = new;
        }
        self.files = order.into_iter().map(|old| self.files[old].clone()).collect();
        self
    }

    fn place(&self, source: RowRef) -> RowRef {
        RowRef { file: self.places[source.file as usize], ..source }
    }
}

fn file(bundle: &Bundle, name: &str, rows: u64, bytes: u64, sha256: &str) -> SourceFile {
    SourceFile {
        path: format!("{}/{name}", bundle.path().to_string_lossy().trim_end_matches('/')),
        table: name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned(),
        bytes,
        sha256: sha256.to_owned(),
        rows,
        used: rows,
        rejected: 0,
        encoding: None,
    }
}

/// One bundle on its way into the case.
struct Filling<'a> {
    number: usize,
    bundle: &'a Bundle,
    part: &'a Part,
    index: &'a Index,
    sources: &'a Sources,
}

/// The rows of each occasion, by account and number.
type OfOccasion = BTreeMap<(AccountId, u32), Vec<u32>>;

impl Filling<'_> {
    /// Bundles come in the order of their brokers, so that rows are sorted when all are in.
    fn add_to(&self, pooled: &mut Pooled) -> Result<(), ShareError> {
        let Pooled { case, judged } = pooled;
        let mut logins = self.logins(&mut case.logins);
        let mut fills = self.fills(&mut case.executions)?;
        self.occasions(judged, &mut logins, &mut fills)?;
        if !logins.is_empty() || !fills.is_empty() {
            let table = if logins.is_empty() { 1 } else { 0 };
            return Err(ShareError::Foreign {
                path: self.bundle.path().join(TABLES[table]),
                what: "has rows of an occasion that there is not".to_owned(),
                hint: "ask its broker to make the bundle again",
            });
        }
        self.sales(judged, &case.executions)?;
        judged.known.extend(self.known());
        Ok(())
    }

    fn account(&self, account: Pseudonym) -> AccountId {
        self.index.accounts[self.number][&account]
    }

    fn source(&self, table: usize, row: usize) -> RowRef {
        let file = (self.number * TABLES.len() + table) as u32;
        self.sources.place(RowRef { file, row: row as u32 + 1 })
    }

    /// Adds the logins. Rows that differ in their occasion alone are one login.
    fn logins(&self, to: &mut Vec<Login>) -> OfOccasion {
        let row = |(row, r): (usize, &LoginIn)| {
            let login = Login {
                account: self.account(r.account),
                time: r.time,
                event: LoginEvent::Login,
                success: true,
                ip: r.line.map_or(IpId::NONE, |token| self.index.lines[&token]),
                src_port: None,
                device: r.device.map_or(DeviceId::NONE, |token| self.index.devices[&token]),
                user_agent: r.program.map_or(TextId::NONE, |token| self.index.programs[&token]),
                asn: r.asn,
                country: *b"  ",
                region: TextId::NONE,
                ip_class: r.class,
                session: TextId::NONE,
                source: self.source(0, row),
            };
            (login, r.occasion)
        };
        let mut rows: Vec<(Login, Option<u32>)> = self.part.logins.iter().enumerate().map(row).collect();
        rows.sort_unstable();
        let mut of = OfOccasion::new();
        let content = |login: &Login| Login { source: RowRef { file: 0, row: 0 }, ..*login };
        for alike in rows.chunk_by(|a, b| content(&a.0) == content(&b.0)) {
            let at = to.len() as u32;
            to.push(alike[0].0);
            for (login, occasion) in alike {
                if let Some(occasion) = occasion {
                    of.entry((login.account, *occasion)).or_default().push(at);
                }
            }
        }
        of
    }

    fn fills(&self, to: &mut Vec<Execution>) -> Result<OfOccasion, ShareError> {
        let limits = &self.bundle.head().policy.bundle.size_classes;
        let mut rows = Vec::with_capacity(self.part.trades.len());
        for (row, r) in self.part.trades.iter().enumerate() {
            // The lower limit: one share in the class below the first.
            let shares = match usize::from(r.class).checked_sub(1) {
                None => 1,
                Some(at) => *limits.get(at).ok_or_else(|| {
                    wrong(self.bundle, 1, row, "has a class of size that the policy does not")
                })?,
            };
            let execution = Execution {
                account: self.account(r.account),
                time: r.time,
                precision: if r.day_only { Precision::Day } else { Precision::Minute },
                instrument: self.index.instruments[&r.instrument],
                side: r.side,
                quantity: Scaled(i64::try_from(shares).unwrap_or(i64::MAX).saturating_mul(Scaled::ONE)),
                price: Scaled(0),
                // No currency: nothing has a worth in yen.
                currency: *b"   ",
                execution_id: TextId::NONE,
                order_id: TextId::NONE,
                session: TextId::NONE,
                venue: TextId::NONE,
                counterparty: AccountId::NONE,
                source: self.source(1, row),
            };
            rows.push((execution, r.occasion));
        }
        rows.sort_unstable();
        let mut of = OfOccasion::new();
        for (execution, occasion) in rows {
            if let Some(occasion) = occasion {
                of.entry((execution.account, occasion)).or_default().push(to.len() as u32);
            }
            to.push(execution);
        }
        Ok(of)
    }

    fn occasions(
        &self,
        judged: &mut Judged,
        logins: &mut OfOccasion,
        fills: &mut OfOccasion,
    ) -> Result<(), ShareError> {
        let wrong = |row: usize, what: &str| wrong(self.bundle, 2, row, what);
        let mut order: Vec<(AccountId, u32, usize)> = (0..)
            .zip(&self.part.occasions)
            .map(|(row, r)| (self.account(r.account), r.number, row))
            .collect();
        order.sort_unstable();
        if let Some(twice) = order.windows(2).find(|w| (w[0].0, w[0].1) == (w[1].0, w[1].1)) {
            return Err(wrong(twice[1].2, "has the number of another occasion of its account"));
        }
        for (account, number, row) in order {
            let r = &self.part.occasions[row];
            let mut logins = logins.remove(&(account, number)).unwrap_or_default().into_iter();
            let fills = fills.remove(&(account, number)).unwrap_or_default();
            let login = logins.next();
            if login.is_none() && fills.is_empty() {
                return Err(wrong(row, "is of no login and no trade"));
            }
            judged.trades.push(r.trade);
            judged.occasions.push(Occasion {
                account,
                start: r.times.0,
                end: r.times.1,
                login,
                joined: logins.collect(),
                fills,
                day_only: r.day_only,
                access: r.access.0,
                access_known: r.access.1,
                history: u32::from(r.logins_before),
            });
        }
        Ok(())
    }

    fn sales(&self, judged: &mut Judged, executions: &[Execution]) -> Result<(), ShareError> {
        let mut sold: BTreeMap<(AccountId, InstrumentId, JstDate), Scaled> = BTreeMap::new();
        for fill in executions.iter().filter(|f| f.side.is_sale()) {
            let sum = sold.entry((fill.account, fill.instrument, fill.time.jst_date())).or_default();
            *sum = Scaled(sum.0.saturating_add(fill.quantity.0));
        }
        for (row, r) in self.part.sales.iter().enumerate() {
            let (account, instrument) = (self.account(r.account), self.index.instruments[&r.instrument]);
            let shares = sold.remove(&(account, instrument, r.date));
            judged.sales.push(Sale {
                instrument,
                date: r.date,
                account,
                sold: shares.ok_or_else(|| wrong(self.bundle, 3, row, "is of no trade, or stands twice"))?,
                held: Scaled(0),
                recent: Scaled(0),
                profit: None,
                gained: r.gained,
                fired: r.fired,
                bits: Millibits::ZERO,
            });
        }
        Ok(())
    }

    /// Accounts with the names that no row calls their first.
    fn known(&self) -> Known {
        let name = |r: &TradeIn| (self.account(r.account), self.index.instruments[&r.instrument]);
        let first: Known = self.part.trades.iter().filter(|r| r.first).map(name).collect();
        self.part.trades.iter().map(name).filter(|name| !first.contains(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

    use std::{fs, path::Path};

    use itoguchi_signals::signal::Signal;

    use super::*;
    use crate::{
        bundle::{Counts, FORMAT, Head, TableFile, VERSION, rows},
        epoch::{Epoch, Keys},
        files::sha256,
        policy::{DEFAULT, Policy},
    };

    const ACCOUNT: Pseudonym = [7; 16];

    /// A bundle's rows, before they are written.
    struct Written {
        logins: Vec<rows::LoginRow>,
        trades: Vec<rows::TradeRow>,
        occasions: Vec<rows::OccasionRow>,
        sales: Vec<rows::SaleRow>,
    }

    fn minute(number: i64) -> Instant {
        Instant(1_743_500_000_000_000 / 60_000_000 * 60_000_000 + number * 60_000_000)
    }

    /// A login of which two sales followed, ten minutes apart.
    fn sound() -> Written {
        let mut access = SignalSet::default();
        access.set(Signal::NewDevice, true);
        let trade = |at: i64, class: u8| rows::TradeRow {
            account: ACCOUNT,
            minute: minute(at),
            day_only: false,
            instrument: "XTKS:9991".to_owned(),
            side: Side::Sell,
            size_class: class,
            occasion: Some(0),
            first: false,
        };
        let day = minute(5).jst_date().midnight();
        Written {
            logins: vec![rows::LoginRow {
                account: ACCOUNT,
                minute: minute(0),
                occasion: Some(0),
                ip_version: Some(6),
                tokens: [Some([1; 16]), Some([2; 16]), Some([3; 16]), Some([4; 16])],
                ip_class: IpClass::Fixed,
                asn: Some(64_500),
            }],
            trades: vec![trade(5, 0), trade(15, 2)],
            occasions: vec![rows::OccasionRow {
                account: ACCOUNT,
                number: 0,
                start: minute(0),
                end: minute(15),
                day_only: false,
                access,
                access_known: access,
                logins_before: 11,
                trading: SignalSet::default(),
                trading_known: SignalSet::default(),
                traded_before: 3,
            }],
            sales: vec![rows::SaleRow {
                account: ACCOUNT,
                day,
                instrument: "XTKS:9991".to_owned(),
                signals: vec!["C7_sold_out"],
                gained: true,
            }],
        }
    }

    fn epoch(place: &Path) -> Epoch {
        let day = |text: &str| Instant::parse_rfc3339(text).unwrap();
        let keys = Keys::at(&place.join("keys"));
        keys.make("e", day("2025-04-01T00:00:00Z"), day("2025-05-01T00:00:00Z")).unwrap()
    }

    /// Writes the rows as the bundle of a broker, and pools it alone.
    fn pooled(written: &Written) -> Result<Pooled, ShareError> {
        let place = tempfile::tempdir().unwrap();
        let policy = Policy::read(DEFAULT).unwrap();
        let tables = [
            columns::logins(&written.logins),
            columns::trades(&written.trades),
            columns::occasions(&written.occasions),
            columns::sales(&written.sales),
        ];
        let mut files = Vec::new();
        for (name, bytes) in TABLES.iter().zip(tables) {
            let bytes = bytes.unwrap();
            fs::write(place.path().join(name), &bytes).unwrap();
            let sha256 = hex::write(&sha256(&[&bytes]));
            files.push(TableFile { path: (*name).to_owned(), rows: 1, bytes: bytes.len() as u64, sha256 });
        }
        let head = Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            canonical: crate::canonical::VERSION.to_owned(),
            broker: "ALPHA".to_owned(),
            epoch: epoch(place.path()),
            policy_sha256: policy.digest(),
            policy,
            made: "2025-04-02T00:00:00Z".to_owned(),
            expires: "2025-06-02T00:00:00Z".to_owned(),
            counts: Counts::default(),
            files,
        };
        fs::write(place.path().join(HEAD), serde_json::to_vec(&head).unwrap()).unwrap();
        pool(&[Bundle::read(place.path())?], None)
    }

    #[test]
    fn rows_become_a_case_that_claims_no_more_than_they_tell() {
        let Pooled { case, judged } = pooled(&sound()).unwrap();
        assert_eq!(case.detail, Detail::Shared);
        assert_eq!(case.names.account(AccountId(0)), format!("ALPHA/{}", "07".repeat(16)));
        // Of an IPv6 address the /64 is the line, as in plain data.
        assert_eq!(case.names.ips, [Ip::Token([2; 16])]);
        assert_eq!(case.names.devices, ["token:0303030303030303"]);
        let quantities: Vec<f64> = case.executions.iter().map(|x| x.quantity.to_f64()).collect();
        assert_eq!(quantities, [1.0, 1_000.0]);
        assert!(case.executions.iter().all(|x| x.precision == Precision::Minute && x.price == Scaled(0)));
        let [occasion] = &judged.occasions[..] else { panic!("{:?}", judged.occasions) };
        assert_eq!((occasion.login, &occasion.fills[..]), (Some(0), &[0, 1][..]));
        assert!(occasion.access.has(Signal::NewDevice) && occasion.history == 11);
        assert_eq!(judged.trades[0].history, 3);
        let [sale] = &judged.sales[..] else { panic!("{:?}", judged.sales) };
        assert_eq!(
            (sale.sold.to_f64(), sale.gained, sale.signal_names()),
            (1_001.0, true, vec!["C7_sold_out"])
        );
        // No row calls the name the account's first: it was held before.
        assert_eq!(judged.known.len(), 1);
        assert_eq!(case.sources.len(), 5);
        assert!(case.sources[case.logins[0].source.file as usize].path.ends_with("/logins.parquet"));
    }

    #[test]
    fn a_login_of_two_occasions_is_one_login() {
        let mut written = sound();
        written.logins.push(rows::LoginRow { occasion: Some(1), ..written.logins[0].clone() });
        written.occasions.push(rows::OccasionRow {
            number: 1,
            day_only: true,
            ..written.occasions[0].clone()
        });
        let Pooled { case, judged } = pooled(&written).unwrap();
        assert_eq!(case.logins.len(), 1);
        assert!(judged.occasions.iter().all(|o| o.login == Some(0)));
    }

    #[test]
    fn rows_that_refer_to_nothing_are_refused_with_their_place() {
        type Change = fn(&mut Written);
        let changes: [(Change, &str); 9] = [
            (|w| w.logins[0].occasion = Some(5), "logins.parquet: has rows of an occasion that there is not"),
            (|w| w.trades[0].occasion = Some(5), "trades.parquet: has rows of an occasion that there is not"),
            (
                |w| w.trades[1].size_class = 9,
                "trades.parquet: row 2 has a class of size that the policy does not",
            ),
            (
                |w| w.trades[1].instrument = "a name".to_owned(),
                "trades.parquet: row 2 names an instrument by no code",
            ),
            (
                |w| w.occasions.push(w.occasions[0].clone()),
                "occasions.parquet: row 2 has the number of another occasion",
            ),
            (
                |w| w.occasions.push(rows::OccasionRow { number: 1, ..w.occasions[0].clone() }),
                "occasions.parquet: row 2 is of no login and no trade",
            ),
            (
                |w| w.sales[0].signals = vec!["guilty"],
                "sales.parquet: row 1 names a signal that there is not",
            ),
            (|w| w.sales.push(w.sales[0].clone()), "sales.parquet: row 2 is of no trade, or stands twice"),
            (
                |w| w.occasions[0].end = Instant(i64::MAX),
                "occasions.parquet: column end holds what is no minute",
            ),
        ];
        for (change, words) in changes {
            let mut written = sound();
            change(&mut written);
            let error = pooled(&written).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(words), "{words:?} is not in {error:?}");
            assert!(error.contains("hint: ask its broker to make the bundle again"), "{error}");
        }
    }
}
