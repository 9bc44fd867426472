//! One row of each table. A row is checked whole before any of its names is interned, so that a reject leaves no
//! name behind.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use itoguchi_model::{
    AccountId, Precision, RowRef, Side,
    tables::{
        AccountFacts, Bar, Execution, FxRate, HolderType, Holding, Indicator, InstrumentFacts, Interval,
        IpClass, Login, LoginEvent, Report, ReportKind,
    },
};

use crate::{
    chunk::{Fault, Row},
    contract::{ACCOUNTS, BARS, EXECUTIONS, FX, HOLDINGS, INDICATORS, INSTRUMENTS, LOGINS, REPORTS, Table},
    part::{Fill, Part, Status},
    resolve,
};

const OUTCOMES: [(&str, bool); 2] = [("success", true), ("failure", false)];
const SIDES: [(&str, Side); 3] = [("buy", Side::Buy), ("sell", Side::Sell), ("short", Side::Short)];
const STATUSES: [(&str, Status); 3] =
    [("new", Status::New), ("corrected", Status::Corrected), ("cancelled", Status::Cancelled)];
const PRECISIONS: [(&str, Precision); 4] = [
    ("millis", Precision::Millis),
    ("second", Precision::Second),
    ("minute", Precision::Minute),
    ("day", Precision::Day),
];
const HOLDERS: [(&str, HolderType); 2] =
    [("individual", HolderType::Individual), ("corporate", HolderType::Corporate)];
const INTERVALS: [(&str, Interval); 2] = [("1d", Interval::Day), ("1m", Interval::Minute)];
const REPORT_KINDS: [(&str, ReportKind); 3] =
    [("victim", ReportKind::Victim), ("suspect", ReportKind::Suspect), ("cleared", ReportKind::Cleared)];
const LABELS: [(&str, &str); 4] =
    [("attacker", "attacker"), ("relay", "relay"), ("shared", "shared"), ("aggregator", "aggregator")];
const BLANK: u8 = b' ';
static EVENTS: LazyLock<[(&str, LoginEvent); 10]> =
    LazyLock::new(|| LoginEvent::ALL.map(|event| (event.name(), event)));
static CLASSES: LazyLock<[(&str, IpClass); 8]> =
    LazyLock::new(|| IpClass::ALL.map(|class| (class.name(), class)));

/// What kind of value an indicator has.
#[derive(Clone, Copy)]
enum IndicatorKind {
    Ip,
    Cidr,
    Device,
    Asn,
}

const INDICATOR_KINDS: [(&str, IndicatorKind); 4] = [
    ("ip", IndicatorKind::Ip),
    ("cidr", IndicatorKind::Cidr),
    ("device", IndicatorKind::Device),
    ("asn", IndicatorKind::Asn),
];

/// Makes room for `rows` more rows of `table`.
pub(crate) fn reserve(part: &mut Part, table: &Table, rows: usize) {
    match table.name {
        "logins" => part.logins.reserve(rows),
        "executions" => part.fills.reserve(rows),
        "bars" => part.bars.reserve(rows),
        _ => {}
    }
}

/// Reads one row into `part`.
pub(crate) fn read(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    match row.table.name {
        "logins" => login(part, row, source),
        "executions" => execution(part, row, source),
        "accounts" => account(part, row, source),
        "holdings" => holding(part, row, source),
        "bars" => bar(part, row, source),
        "instruments" => instrument(part, row, source),
        "fx" => fx(part, row, source),
        "reports" => report(part, row, source),
        "indicators" => indicator(part, row, source),
        other => unreachable!("the contract has no table {other}"),
    }
}

fn login(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const BROKER: usize = LOGINS.at("broker");
    const ACCOUNT: usize = LOGINS.at("account_id");
    const TIME: usize = LOGINS.at("time");
    const EVENT: usize = LOGINS.at("event_type");
    const OUTCOME: usize = LOGINS.at("outcome");
    const IP: usize = LOGINS.at("ip");
    const PORT: usize = LOGINS.at("src_port");
    const DEVICE: usize = LOGINS.at("device_id");
    const AGENT: usize = LOGINS.at("user_agent");
    const ASN: usize = LOGINS.at("asn");
    const COUNTRY: usize = LOGINS.at("country");
    const REGION: usize = LOGINS.at("region");
    const CLASS: usize = LOGINS.at("ip_class");
    const SESSION: usize = LOGINS.at("session_id");

    let (broker, token) = (row.must_text(BROKER)?, row.must_text(ACCOUNT)?);
    let time = row.must_time(TIME)?;
    let event = row.word(EVENT, &*EVENTS)?.unwrap_or_default();
    let success = row.word(OUTCOME, &OUTCOMES)?.unwrap_or(true);
    let ip = row.ip(IP)?;
    let src_port = row.whole(PORT, u16::MAX.into())?.and_then(|port| u16::try_from(port).ok());
    let device = row.name(DEVICE)?;
    let agent = row.name(AGENT)?;
    let asn = row.whole(ASN, u32::MAX)?;
    let country = row.capitals(COUNTRY)?.unwrap_or([BLANK; 2]);
    let region = row.name(REGION)?;
    let ip_class = row.word(CLASS, &*CLASSES)?.unwrap_or_default();
    let session = row.name(SESSION)?;

    let pools = &mut part.pools;
    part.logins.push(Login {
        account: pools.account(broker, token),
        time,
        event,
        success,
        ip: pools.ip(ip),
        src_port,
        device: pools.device(device),
        user_agent: pools.text(agent),
        asn,
        country,
        region: pools.text(region),
        ip_class,
        session: pools.text(session),
        source,
    });
    Ok(())
}

fn execution(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const BROKER: usize = EXECUTIONS.at("broker");
    const ACCOUNT: usize = EXECUTIONS.at("account_id");
    const TIME: usize = EXECUTIONS.at("time");
    const PRECISION: usize = EXECUTIONS.at("time_precision");
    const INSTRUMENT: usize = EXECUTIONS.at("instrument");
    const SIDE: usize = EXECUTIONS.at("side");
    const QUANTITY: usize = EXECUTIONS.at("quantity");
    const PRICE: usize = EXECUTIONS.at("price");
    const CURRENCY: usize = EXECUTIONS.at("currency");
    const EXECUTION: usize = EXECUTIONS.at("execution_id");
    const ORDER: usize = EXECUTIONS.at("order_id");
    const SESSION: usize = EXECUTIONS.at("session_id");
    const VENUE: usize = EXECUTIONS.at("venue");
    const STATUS: usize = EXECUTIONS.at("status");
    const OTHER_BROKER: usize = EXECUTIONS.at("counterparty_broker");
    const OTHER_ACCOUNT: usize = EXECUTIONS.at("counterparty_account");

    let (broker, token) = (row.must_text(BROKER)?, row.must_text(ACCOUNT)?);
    let stated = row.must_time(TIME)?;
    let precision = row.word(PRECISION, &PRECISIONS)?.unwrap_or_default();
    let instrument = row.must_name(INSTRUMENT)?;
    let side = row.must_word(SIDE, &SIDES)?;
    let (quantity, price) = (row.positive(QUANTITY)?, row.positive(PRICE)?);
    let currency = row.capitals(CURRENCY)?.unwrap_or(*b"JPY");
    let execution_id = row.name(EXECUTION)?;
    let (order, session, venue) = (row.name(ORDER)?, row.name(SESSION)?, row.name(VENUE)?);
    let status = row.word(STATUS, &STATUSES)?.unwrap_or(Status::New);
    if status != Status::New && execution_id.is_none() {
        return Err(row.fault(STATUS, "needs an execution_id: it says what happened to an earlier row"));
    }
    let other = (row.text(OTHER_BROKER)?, row.text(OTHER_ACCOUNT)?);

    // No time of day may be read from a day: the instant is midnight in Japan, whatever the source wrote.
    let time = if precision == Precision::Day { stated.jst_date().midnight() } else { stated };
    part.notes.off_midnight += u64::from(time != stated);
    let pools = &mut part.pools;
    let counterparty = match other {
        (Some(broker), Some(token)) => pools.account(broker, token),
        (None, None) => AccountId::NONE,
        _ => {
            part.notes.half_counterparty += 1;
            AccountId::NONE
        }
    };
    let execution = Execution {
        account: pools.account(broker, token),
        time,
        precision,
        instrument: pools.instrument(instrument),
        side,
        quantity,
        price,
        currency,
        execution_id: pools.text(execution_id),
        order_id: pools.text(order),
        session: pools.text(session),
        venue: pools.text(venue),
        counterparty,
        source,
    };
    part.fills.push(Fill { execution, status });
    Ok(())
}

fn account(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const BROKER: usize = ACCOUNTS.at("broker");
    const ACCOUNT: usize = ACCOUNTS.at("account_id");
    const OPENED: usize = ACCOUNTS.at("opened_on");
    const HOLDER: usize = ACCOUNTS.at("holder_type");
    const REGION: usize = ACCOUNTS.at("region");

    let (broker, token) = (row.must_text(BROKER)?, row.must_text(ACCOUNT)?);
    let opened_on = row.date(OPENED)?;
    let holder_type = row.word(HOLDER, &HOLDERS)?;
    let region = row.name(REGION)?;
    let account = part.pools.account(broker, token);
    let region = part.pools.text(region);
    part.accounts.push(AccountFacts { account, opened_on, holder_type, region, source });
    Ok(())
}

fn holding(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const BROKER: usize = HOLDINGS.at("broker");
    const ACCOUNT: usize = HOLDINGS.at("account_id");
    const AS_OF: usize = HOLDINGS.at("as_of");
    const INSTRUMENT: usize = HOLDINGS.at("instrument");
    const QUANTITY: usize = HOLDINGS.at("quantity");

    let (broker, token) = (row.must_text(BROKER)?, row.must_text(ACCOUNT)?);
    let as_of = row.must_time(AS_OF)?;
    let instrument = row.must_name(INSTRUMENT)?;
    let quantity = row.must_amount(QUANTITY)?;
    let account = part.pools.account(broker, token);
    let instrument = part.pools.instrument(instrument);
    part.holdings.push(Holding { account, instrument, as_of, quantity, source });
    Ok(())
}

fn bar(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const INSTRUMENT: usize = BARS.at("instrument");
    const TIME: usize = BARS.at("time");
    const INTERVAL: usize = BARS.at("interval");
    const OPEN: usize = BARS.at("open");
    const HIGH: usize = BARS.at("high");
    const LOW: usize = BARS.at("low");
    const CLOSE: usize = BARS.at("close");
    const VOLUME: usize = BARS.at("volume");
    const TURNOVER: usize = BARS.at("turnover");

    let instrument = row.must_name(INSTRUMENT)?;
    let time = row.must_time(TIME)?;
    let interval = row.must_word(INTERVAL, &INTERVALS)?;
    let (open, high) = (row.positive(OPEN)?, row.positive(HIGH)?);
    let (low, close) = (row.positive(LOW)?, row.positive(CLOSE)?);
    if high < low {
        return Err(row.fault(HIGH, "is below the low of its bar"));
    }
    let volume = row.must_amount(VOLUME)?;
    let turnover = row.amount(TURNOVER)?;
    let instrument = part.pools.instrument(instrument);
    part.bars.push(Bar { instrument, interval, time, open, high, low, close, volume, turnover, source });
    Ok(())
}

fn instrument(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const ALIAS: usize = INSTRUMENTS.at("alias");
    const NAME: usize = INSTRUMENTS.at("name");
    const INSTRUMENT: usize = INSTRUMENTS.at("instrument");
    const CURRENCY: usize = INSTRUMENTS.at("currency");
    const SHARES: usize = INSTRUMENTS.at("shares_outstanding");

    let alias = row.must_text(ALIAS)?;
    let name = row.name(NAME)?;
    let Some(code) = resolve::canonical(row.must_text(INSTRUMENT)?) else {
        return Err(row.fault(INSTRUMENT, "is not MIC:LOCALCODE such as XTKS:9999"));
    };
    let currency = row.capitals(CURRENCY)?.unwrap_or([BLANK; 3]);
    let shares_outstanding = row.amount(SHARES)?;
    let instrument = part.pools.instrument_called(&code);
    let name = part.pools.text(name);
    part.aliases.push((alias.to_owned(), code.into_owned()));
    part.instruments.push(InstrumentFacts { instrument, name, currency, shares_outstanding, source });
    Ok(())
}

fn fx(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const CURRENCY: usize = FX.at("currency");
    const DATE: usize = FX.at("date");
    const JPY: usize = FX.at("jpy");

    row.must_text(CURRENCY)?;
    let currency = row.capitals(CURRENCY)?.unwrap_or([BLANK; 3]);
    let date = row.must_date(DATE)?;
    let jpy = row.positive(JPY)?;
    part.fx.push(FxRate { currency, date, jpy, source });
    Ok(())
}

fn report(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const BROKER: usize = REPORTS.at("broker");
    const ACCOUNT: usize = REPORTS.at("account_id");
    const REPORTED: usize = REPORTS.at("reported_at");
    const KIND: usize = REPORTS.at("kind");

    let (broker, token) = (row.must_text(BROKER)?, row.must_text(ACCOUNT)?);
    let reported_at = row.must_time(REPORTED)?;
    let kind = row.must_word(KIND, &REPORT_KINDS)?;
    let account = part.pools.account(broker, token);
    part.reports.push(Report { account, reported_at, kind, source });
    Ok(())
}

fn indicator(part: &mut Part, row: Row<'_>, source: RowRef) -> Result<(), Fault> {
    const KIND: usize = INDICATORS.at("type");
    const VALUE: usize = INDICATORS.at("value");
    const LABEL: usize = INDICATORS.at("label");
    const SOURCE: usize = INDICATORS.at("source");
    const FROM: usize = INDICATORS.at("valid_from");
    const UNTIL: usize = INDICATORS.at("valid_until");

    let kind = row.must_word(KIND, &INDICATOR_KINDS)?;
    let text = row.must_text(VALUE)?;
    let value = match kind {
        IndicatorKind::Ip => row.ip(VALUE)?.map(|ip| ip.to_string()),
        IndicatorKind::Cidr => Some(network(text).ok_or_else(|| row.fault(VALUE, "is no ADDRESS/LENGTH"))?),
        IndicatorKind::Device => Some(text.to_owned()),
        IndicatorKind::Asn => row.whole(VALUE, u32::MAX)?.map(|asn| asn.to_string()),
    };
    let label = row.must_word(LABEL, &LABELS)?;
    let indicator_source = row.text(SOURCE)?.unwrap_or_default().to_owned();
    let (valid_from, valid_until) = (row.any_time(FROM)?, row.any_time(UNTIL)?);
    part.indicators.push(Indicator {
        kind: row.must_text(KIND)?.to_owned(),
        value: value.unwrap_or_default(),
        label: label.to_owned(),
        indicator_source,
        valid_from,
        valid_until,
        source,
    });
    Ok(())
}

/// `ADDRESS/LENGTH` with the bits beyond the length cleared, and IPv4 written as IPv4.
fn network(text: &str) -> Option<String> {
    let (address, length) = text.trim().split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let length: u32 = length.parse().ok()?;
    let (address, length) = match (address, address.to_canonical()) {
        (IpAddr::V6(_), inner @ IpAddr::V4(_)) => (inner, length.checked_sub(96)?),
        (_, same) => (same, length),
    };
    let cleared: IpAddr = match address {
        IpAddr::V4(ip) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            Ipv4Addr::from_bits(ip.to_bits() & mask).into()
        }
        IpAddr::V6(ip) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            Ipv6Addr::from_bits(ip.to_bits() & mask).into()
        }
        _ => return None,
    };
    Some(format!("{cleared}/{length}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_written_one_way() {
        for (text, want) in [
            ("192.0.2.77/24", Some("192.0.2.0/24")),
            ("::ffff:192.0.2.77/120", Some("192.0.2.0/24")),
            ("2001:DB8::1/32", Some("2001:db8::/32")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("::/0", Some("::/0")),
            ("192.0.2.1/33", None),
            ("192.0.2.1", None),
            ("2001:db8::/129", None),
        ] {
            assert_eq!(network(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn words_are_the_models_own() {
        for (word, side) in SIDES {
            assert_eq!(word, side.name());
        }
        for (word, precision) in PRECISIONS {
            assert_eq!(word, precision.name());
        }
        for (word, kind) in REPORT_KINDS {
            assert_eq!(word, kind.name());
        }
    }
}
