//! Each row struct of the model beside its table: columns out, values in, in one order.

use std::sync::LazyLock;

use arrow::array::ArrayRef;
use itoguchi_model::{
    Family, Kind, Millibits, Precision, Role,
    results::{
        Access, AccountName, AccountRow, ActRow, BurstRow, CandidateRow, DayRow, EpisodeRow, EvidenceRow,
        InfrastructureRow, InstrumentRow, LinkRow, MemberRow, RejectRow, RingRow, SellerRow, Statement,
        Trade,
    },
    tables::{IpClass, LoginEvent, Side},
};

use super::{Row, cells::Cells, columns as c};
use crate::{
    error::ReportError,
    schema::{self, Table},
};

const ROLES: [Role; 3] = [Role::Victim, Role::Seller, Role::Linked];

fn account(cells: &Cells<'_>, place: usize, row: usize) -> Result<AccountName, ReportError> {
    Ok(AccountName { broker: cells.text(place, row)?, account_id: cells.text(place + 1, row)? })
}

impl Row for RingRow {
    const TABLE: &'static Table = &schema::RINGS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let families: Vec<Vec<&str>> =
            rows.iter().map(|r| r.families.iter().map(|f| f.name()).collect()).collect();
        let explanations = |part: fn(&Statement) -> &str| -> Vec<Vec<&str>> {
            rows.iter().map(|r| r.innocent_explanations.iter().map(part).collect()).collect()
        };
        vec![
            c::text(rows.iter().map(|r| r.ring_id.as_str())),
            c::bits(rows.iter().map(|r| r.score)),
            c::float(rows.iter().map(|r| r.likelihood)),
            c::time(rows.iter().map(|r| r.window.0)),
            c::time(rows.iter().map(|r| r.window.1)),
            c::texts(rows.iter().map(|r| r.brokers.as_slice())),
            c::texts(rows.iter().map(|r| r.instruments.as_slice())),
            c::count(rows.iter().map(|r| r.victims)),
            c::count(rows.iter().map(|r| r.sellers)),
            c::count(rows.iter().map(|r| r.linked)),
            c::texts(families.iter().map(Vec::as_slice)),
            c::yen(rows.iter().map(|r| r.forced_sales_jpy)),
            c::yen(rows.iter().map(|r| r.fraudulent_buys_jpy)),
            c::yen(rows.iter().map(|r| r.estimated_loss_jpy)),
            c::yen(rows.iter().map(|r| r.seller_proceeds_jpy)),
            c::yen(rows.iter().map(|r| r.seller_profit_jpy)),
            c::text(rows.iter().map(|r| r.weakest_point.en.as_str())),
            c::texts(explanations(|s| &s.en).iter().map(Vec::as_slice)),
            c::text(rows.iter().map(|r| r.weakest_point.ja.as_str())),
            c::texts(explanations(|s| &s.ja).iter().map(Vec::as_slice)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        let mut families = Vec::new();
        for name in cells.texts(10, row)? {
            let family = Family::ALL.into_iter().find(|f| f.name() == name);
            let unknown = || format!("{} is no family of evidence", crate::escape::id(&name));
            families.push(family.ok_or_else(|| cells.wrong(10, row, unknown()))?);
        }
        let (en, ja) = (cells.texts(17, row)?, cells.texts(19, row)?);
        if en.len() != ja.len() {
            let reason = format!("{} sentences instead of the {} in English", ja.len(), en.len());
            return Err(cells.wrong(19, row, reason));
        }
        Ok(Self {
            ring_id: cells.text(0, row)?,
            score: cells.bits(1, row)?,
            likelihood: cells.float(2, row)?,
            window: (cells.time(3, row)?, cells.time(4, row)?),
            brokers: cells.texts(5, row)?,
            instruments: cells.texts(6, row)?,
            victims: cells.count(7, row)?,
            sellers: cells.count(8, row)?,
            linked: cells.count(9, row)?,
            families,
            forced_sales_jpy: cells.yen(11, row)?,
            fraudulent_buys_jpy: cells.yen(12, row)?,
            estimated_loss_jpy: cells.yen(13, row)?,
            seller_proceeds_jpy: cells.yen(14, row)?,
            seller_profit_jpy: cells.yen(15, row)?,
            weakest_point: Statement { en: cells.text(16, row)?, ja: cells.text(18, row)? },
            innocent_explanations: en.into_iter().zip(ja).map(|(en, ja)| Statement { en, ja }).collect(),
        })
    }
}

impl Row for MemberRow {
    const TABLE: &'static Table = &schema::RING_MEMBERS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.ring_id.as_str())),
            c::text(rows.iter().map(|r| r.account.broker.as_str())),
            c::text(rows.iter().map(|r| r.account.account_id.as_str())),
            c::text(rows.iter().map(|r| r.role.name())),
            c::bits(rows.iter().map(|r| r.bits)),
            c::float(rows.iter().map(|r| r.confidence)),
            c::time(rows.iter().map(|r| r.first_seen)),
            c::time(rows.iter().map(|r| r.last_seen)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            ring_id: cells.text(0, row)?,
            account: account(cells, 1, row)?,
            role: cells.word(3, row, &ROLES, Role::name)?,
            bits: cells.bits(4, row)?,
            confidence: cells.float(5, row)?,
            first_seen: cells.time(6, row)?,
            last_seen: cells.time(7, row)?,
        })
    }
}

impl Row for InfrastructureRow {
    const TABLE: &'static Table = &schema::RING_INFRASTRUCTURE;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.ring_id.as_str())),
            c::text(rows.iter().map(|r| r.kind.name())),
            c::text(rows.iter().map(|r| r.value.as_str())),
            c::text(rows.iter().map(|r| r.role)),
            c::bits(rows.iter().map(|r| r.bits)),
            c::count(rows.iter().map(|r| r.accounts)),
            c::texts(rows.iter().map(|r| r.brokers.as_slice())),
            c::time(rows.iter().map(|r| r.first_seen)),
            c::time(rows.iter().map(|r| r.last_seen)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            ring_id: cells.text(0, row)?,
            kind: cells.word(1, row, &[Kind::Ip, Kind::Device], Kind::name)?,
            value: cells.text(2, row)?,
            role: cells.word(3, row, &["relay", "shared", "device"], |r| r)?,
            bits: cells.bits(4, row)?,
            accounts: cells.count(5, row)?,
            brokers: cells.texts(6, row)?,
            first_seen: cells.time(7, row)?,
            last_seen: cells.time(8, row)?,
        })
    }
}

impl Row for InstrumentRow {
    const TABLE: &'static Table = &schema::RING_INSTRUMENTS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.ring_id.as_str())),
            c::text(rows.iter().map(|r| r.instrument.as_str())),
            c::time(rows.iter().map(|r| r.first_buy)),
            c::time(rows.iter().map(|r| r.last_buy)),
            c::float_or_null(rows.iter().map(|r| r.victim_buy_qty)),
            c::float_or_null(rows.iter().map(|r| r.seller_sell_qty)),
            c::float_or_null(rows.iter().map(|r| r.market_qty)),
            c::float_or_null(rows.iter().map(|r| r.price_before)),
            c::float_or_null(rows.iter().map(|r| r.price_peak)),
            c::float_or_null(rows.iter().map(|r| r.price_after)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            ring_id: cells.text(0, row)?,
            instrument: cells.text(1, row)?,
            first_buy: cells.time(2, row)?,
            last_buy: cells.time(3, row)?,
            victim_buy_qty: cells.float_or_null(4, row)?,
            seller_sell_qty: cells.float_or_null(5, row)?,
            market_qty: cells.float_or_null(6, row)?,
            price_before: cells.float_or_null(7, row)?,
            price_peak: cells.float_or_null(8, row)?,
            price_after: cells.float_or_null(9, row)?,
        })
    }
}

impl Row for DayRow {
    const TABLE: &'static Table = &schema::RING_DAYS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let price = |at: usize| c::float_or_null(rows.iter().map(move |r| r.prices.map(|p| p[at])));
        vec![
            c::text(rows.iter().map(|r| r.ring_id.as_str())),
            c::text(rows.iter().map(|r| r.instrument.as_str())),
            c::time(rows.iter().map(|r| r.day)),
            price(0),
            price(1),
            price(2),
            price(3),
            c::float_or_null(rows.iter().map(|r| r.volume)),
            c::float_or_null(rows.iter().map(|r| r.usual_volume)),
            c::float_or_null(rows.iter().map(|r| r.victim_buy_qty)),
            c::float_or_null(rows.iter().map(|r| r.raised_qty)),
            c::float_or_null(rows.iter().map(|r| r.closing_qty)),
            c::float_or_null(rows.iter().map(|r| r.matched_qty)),
            c::float_or_null(rows.iter().map(|r| r.seller_buy_qty)),
            c::float_or_null(rows.iter().map(|r| r.seller_sell_qty)),
            c::text_or_null(rows.iter().map(|r| r.source.as_ref().map(|s| s.0.as_str()))),
            c::row_number_or_null(rows.iter().map(|r| r.source.as_ref().map(|s| s.1))),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        let mut prices = Vec::new();
        for place in 3..7 {
            prices.extend(cells.float_or_null(place, row)?);
        }
        let source = match cells.text_or_null(15, row)? {
            Some(file) => Some((file, cells.row_number(16, row)?)),
            None => None,
        };
        Ok(Self {
            ring_id: cells.text(0, row)?,
            instrument: cells.text(1, row)?,
            day: cells.time(2, row)?,
            prices: prices.try_into().ok(),
            volume: cells.float_or_null(7, row)?,
            usual_volume: cells.float_or_null(8, row)?,
            victim_buy_qty: cells.float_or_null(9, row)?,
            raised_qty: cells.float_or_null(10, row)?,
            closing_qty: cells.float_or_null(11, row)?,
            matched_qty: cells.float_or_null(12, row)?,
            seller_buy_qty: cells.float_or_null(13, row)?,
            seller_sell_qty: cells.float_or_null(14, row)?,
            source,
        })
    }
}

impl Row for SellerRow {
    const TABLE: &'static Table = &schema::RING_SELLERS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.ring_id.as_str())),
            c::text(rows.iter().map(|r| r.account.broker.as_str())),
            c::text(rows.iter().map(|r| r.account.account_id.as_str())),
            c::text(rows.iter().map(|r| r.instrument.as_str())),
            c::float_or_null(rows.iter().map(|r| r.held_qty)),
            c::float_or_null(rows.iter().map(|r| r.built_up_qty)),
            c::float_or_null(rows.iter().map(|r| r.sold_qty)),
            c::float_or_null(rows.iter().map(|r| r.overlap_qty)),
            c::time(rows.iter().map(|r| r.first_sell)),
            c::time(rows.iter().map(|r| r.last_sell)),
            c::yen(rows.iter().map(|r| r.proceeds_jpy)),
            c::yen(rows.iter().map(|r| r.profit_jpy)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            ring_id: cells.text(0, row)?,
            account: account(cells, 1, row)?,
            instrument: cells.text(3, row)?,
            held_qty: cells.float_or_null(4, row)?,
            built_up_qty: cells.float_or_null(5, row)?,
            sold_qty: cells.float_or_null(6, row)?,
            overlap_qty: cells.float_or_null(7, row)?,
            first_sell: cells.time(8, row)?,
            last_sell: cells.time(9, row)?,
            proceeds_jpy: cells.yen(10, row)?,
            profit_jpy: cells.yen(11, row)?,
        })
    }
}

/// Every word that an act may be called by.
static ACTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let events = LoginEvent::ALL.into_iter().map(LoginEvent::name);
    let sides = [Side::Buy, Side::Sell, Side::Short].map(Side::name);
    events.chain(["login_failed"]).chain(sides).collect()
});

impl Row for ActRow {
    const TABLE: &'static Table = &schema::RING_ACTS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let access = |r: fn(&Access) -> Option<&str>| {
            c::text_or_null(rows.iter().map(move |row| row.access.as_ref().and_then(r)))
        };
        let trade = |r: fn(&Trade) -> Option<&str>| {
            c::text_or_null(rows.iter().map(move |row| row.trade.as_ref().and_then(r)))
        };
        let number = |r: fn(&Trade) -> Option<f64>| {
            c::float_or_null(rows.iter().map(move |row| row.trade.as_ref().and_then(r)))
        };
        vec![
            c::text(rows.iter().map(|r| r.ring_id.as_str())),
            c::text(rows.iter().map(|r| r.account.broker.as_str())),
            c::text(rows.iter().map(|r| r.account.account_id.as_str())),
            c::text(rows.iter().map(|r| r.role.name())),
            c::text(rows.iter().map(|r| r.act)),
            c::time(rows.iter().map(|r| r.time)),
            c::text(rows.iter().map(|r| r.precision.name())),
            access(|a| a.ip.as_deref()),
            c::count_or_null(rows.iter().map(|r| r.access.as_ref().and_then(|a| a.src_port))),
            access(|a| a.device.as_deref()),
            access(|a| a.user_agent.as_deref()),
            c::count_or_null(rows.iter().map(|r| r.access.as_ref().and_then(|a| a.asn))),
            access(|a| a.country.as_deref()),
            access(|a| a.ip_class),
            trade(|t| Some(&t.instrument)),
            number(|t| t.quantity),
            number(|t| t.price),
            trade(|t| t.currency.as_deref()),
            c::yen(rows.iter().map(|r| r.trade.as_ref().and_then(|t| t.jpy))),
            c::text(rows.iter().map(|r| r.source.0.as_str())),
            c::row_number(rows.iter().map(|r| r.source.1)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        let classes = IpClass::ALL.map(IpClass::name);
        let ip_class = match cells.text_or_null(13, row)? {
            Some(_) => Some(cells.word(13, row, &classes, |w| w)?),
            None => None,
        };
        let access = Access {
            ip: cells.text_or_null(7, row)?,
            src_port: cells.count_or_null(8, row)?,
            device: cells.text_or_null(9, row)?,
            user_agent: cells.text_or_null(10, row)?,
            asn: cells.count_or_null(11, row)?,
            country: cells.text_or_null(12, row)?,
            ip_class,
        };
        let trade = match cells.text_or_null(14, row)? {
            Some(instrument) => Some(Trade {
                instrument,
                quantity: cells.float_or_null(15, row)?,
                price: cells.float_or_null(16, row)?,
                currency: cells.text_or_null(17, row)?,
                jpy: cells.yen(18, row)?,
            }),
            None => None,
        };
        Ok(Self {
            ring_id: cells.text(0, row)?,
            account: account(cells, 1, row)?,
            role: cells.word(3, row, &ROLES, Role::name)?,
            act: cells.word(4, row, &ACTS, |w| w)?,
            time: cells.time(5, row)?,
            precision: cells.word(
                6,
                row,
                &[Precision::Millis, Precision::Second, Precision::Minute, Precision::Day],
                Precision::name,
            )?,
            access: trade.is_none().then_some(access),
            trade,
            source: (cells.text(19, row)?, cells.row_number(20, row)?),
        })
    }
}

impl Row for LinkRow {
    const TABLE: &'static Table = &schema::LINKS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text_or_null(rows.iter().map(|r| r.ring_id.as_deref())),
            c::text(rows.iter().map(|r| r.a.broker.as_str())),
            c::text(rows.iter().map(|r| r.a.account_id.as_str())),
            c::text(rows.iter().map(|r| r.b.broker.as_str())),
            c::text(rows.iter().map(|r| r.b.account_id.as_str())),
            c::text(rows.iter().map(|r| r.kind.name())),
            c::bits(rows.iter().map(|r| r.bits)),
            c::count(rows.iter().map(|r| r.occasions)),
            c::count(rows.iter().map(|r| r.acts)),
            c::float_or_null(rows.iter().map(|r| r.q_value)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            ring_id: cells.text_or_null(0, row)?,
            a: account(cells, 1, row)?,
            b: account(cells, 3, row)?,
            kind: cells.word(5, row, &Kind::ALL, Kind::name)?,
            bits: cells.bits(6, row)?,
            occasions: cells.count(7, row)?,
            acts: cells.count(8, row)?,
            q_value: cells.float_or_null(9, row)?,
        })
    }
}

/// A piece of evidence with one of its source files: a row of the table `evidence`.
pub(super) struct EvidenceLine<'a> {
    evidence: std::borrow::Cow<'a, EvidenceRow>,
    /// Bits stand on the first line of a piece only, so that a sum over the table counts it once.
    bits: Millibits,
    source: Option<(std::borrow::Cow<'a, str>, std::borrow::Cow<'a, [u64]>)>,
}

impl<'a> EvidenceLine<'a> {
    /// A line per source file, and one for evidence that rests on none.
    pub(super) fn spread(evidence: &'a [EvidenceRow]) -> Vec<Self> {
        let mut lines = Vec::with_capacity(evidence.len());
        for e in evidence {
            let line = |bits, source| Self { evidence: std::borrow::Cow::Borrowed(e), bits, source };
            if e.sources.is_empty() {
                lines.push(line(e.bits, None));
            }
            for (i, (file, rows)) in e.sources.iter().enumerate() {
                let bits = if i == 0 { e.bits } else { Millibits::ZERO };
                lines.push(line(bits, Some((file.as_str().into(), rows.as_slice().into()))));
            }
        }
        lines
    }
}

impl EvidenceLine<'static> {
    /// The pieces again: neighbouring lines of one id and ring are one piece.
    pub(super) fn gather(lines: Vec<Self>) -> Vec<EvidenceRow> {
        let mut pieces: Vec<EvidenceRow> = Vec::new();
        for line in lines {
            let mut piece = line.evidence.into_owned();
            piece.bits = line.bits;
            let source = line.source.map(|(file, rows)| (file.into_owned(), rows.into_owned()));
            match pieces.last_mut() {
                Some(last) if last.evidence_id == piece.evidence_id && last.ring_id == piece.ring_id => {
                    last.bits += piece.bits;
                    last.sources.extend(source);
                }
                _ => {
                    piece.sources.extend(source);
                    pieces.push(piece);
                }
            }
        }
        pieces
    }
}

impl Row for EvidenceLine<'_> {
    const TABLE: &'static Table = &schema::EVIDENCE;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let none: &[u64] = &[];
        vec![
            c::text(rows.iter().map(|r| r.evidence.evidence_id.as_str())),
            c::text_or_null(rows.iter().map(|r| r.evidence.ring_id.as_deref())),
            c::text(rows.iter().map(|r| r.evidence.kind.name())),
            c::text(rows.iter().map(|r| r.evidence.kind.family().name())),
            c::bits(rows.iter().map(|r| r.bits)),
            c::text(rows.iter().map(|r| r.evidence.subject.as_str())),
            c::text(rows.iter().map(|r| r.evidence.object.as_str())),
            c::time(rows.iter().map(|r| r.evidence.start)),
            c::time(rows.iter().map(|r| r.evidence.end)),
            c::text_or_null(rows.iter().map(|r| r.source.as_ref().map(|s| s.0.as_ref()))),
            c::row_numbers(rows.iter().map(|r| r.source.as_ref().map_or(none, |s| s.1.as_ref()))),
            c::text(rows.iter().map(|r| r.evidence.statement_en.as_str())),
            c::text(rows.iter().map(|r| r.evidence.statement_ja.as_str())),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        let kind = cells.word(2, row, &Kind::ALL, Kind::name)?;
        let family = cells.word(3, row, &Family::ALL, Family::name)?;
        if family != kind.family() {
            let reason = format!("{} is not the family of {}", family.name(), kind.name());
            return Err(cells.wrong(3, row, reason));
        }
        let bits = cells.bits(4, row)?;
        let rows = cells.row_numbers(10, row)?;
        let source = cells.text_or_null(9, row)?.map(|file| (file.into(), rows.into()));
        let evidence = EvidenceRow {
            evidence_id: cells.text(0, row)?,
            ring_id: cells.text_or_null(1, row)?,
            kind,
            bits,
            subject: cells.text(5, row)?,
            object: cells.text(6, row)?,
            start: cells.time(7, row)?,
            end: cells.time(8, row)?,
            sources: Vec::new(),
            statement_en: cells.text(11, row)?,
            statement_ja: cells.text(12, row)?,
        };
        Ok(Self { evidence: std::borrow::Cow::Owned(evidence), bits, source })
    }
}

impl Row for EpisodeRow {
    const TABLE: &'static Table = &schema::EPISODES;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.account.broker.as_str())),
            c::text(rows.iter().map(|r| r.account.account_id.as_str())),
            c::time(rows.iter().map(|r| r.start)),
            c::time(rows.iter().map(|r| r.end)),
            c::bits(rows.iter().map(|r| r.bits)),
            c::texts(rows.iter().map(|r| r.signals.as_slice())),
            c::yen(rows.iter().map(|r| r.sold_jpy)),
            c::yen(rows.iter().map(|r| r.bought_jpy)),
            c::texts(rows.iter().map(|r| r.instruments.as_slice())),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            account: account(cells, 0, row)?,
            start: cells.time(2, row)?,
            end: cells.time(3, row)?,
            bits: cells.bits(4, row)?,
            signals: cells.texts(5, row)?,
            sold_jpy: cells.yen(6, row)?,
            bought_jpy: cells.yen(7, row)?,
            instruments: cells.texts(8, row)?,
        })
    }
}

impl Row for BurstRow {
    const TABLE: &'static Table = &schema::BURSTS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.instrument.as_str())),
            c::text(rows.iter().map(|r| r.side)),
            c::time(rows.iter().map(|r| r.start)),
            c::time(rows.iter().map(|r| r.end)),
            c::count(rows.iter().map(|r| r.accounts)),
            c::float(rows.iter().map(|r| r.expected)),
            c::float(rows.iter().map(|r| r.q_value)),
            c::texts(rows.iter().map(|r| r.brokers.as_slice())),
            c::float_or_null(rows.iter().map(|r| r.price_impact)),
            c::float_or_null(rows.iter().map(|r| r.volume_ratio)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            instrument: cells.text(0, row)?,
            side: cells.word(1, row, &["buy", "sell"], |s| s)?,
            start: cells.time(2, row)?,
            end: cells.time(3, row)?,
            accounts: cells.count(4, row)?,
            expected: cells.float(5, row)?,
            q_value: cells.float(6, row)?,
            brokers: cells.texts(7, row)?,
            price_impact: cells.float_or_null(8, row)?,
            volume_ratio: cells.float_or_null(9, row)?,
        })
    }
}

impl Row for AccountRow {
    const TABLE: &'static Table = &schema::ACCOUNTS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.account.broker.as_str())),
            c::text(rows.iter().map(|r| r.account.account_id.as_str())),
            c::count(rows.iter().map(|r| r.degree)),
            c::count(rows.iter().map(|r| r.community)),
            c::text_or_null(rows.iter().map(|r| r.ring_id.as_deref())),
            c::text_or_null(rows.iter().map(|r| r.role.map(Role::name))),
            c::float_or_null(rows.iter().map(|r| r.bits.map(Millibits::bits))),
            c::texts_or_null(rows.iter().map(|r| r.reported.as_slice())),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        let role = match cells.text_or_null(5, row)? {
            Some(_) => Some(cells.word(5, row, &ROLES, Role::name)?),
            None => None,
        };
        Ok(Self {
            account: account(cells, 0, row)?,
            degree: cells.count(2, row)?,
            community: cells.count(3, row)?,
            ring_id: cells.text_or_null(4, row)?,
            role,
            bits: cells.float_or_null(6, row)?.map(Millibits::from_bits),
            reported: cells.texts_or_null(7, row)?,
        })
    }
}

impl Row for CandidateRow {
    const TABLE: &'static Table = &schema::CANDIDATES;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text_or_null(rows.iter().map(|r| r.ring_id.as_deref())),
            c::text(rows.iter().map(|r| r.account.broker.as_str())),
            c::text(rows.iter().map(|r| r.account.account_id.as_str())),
            c::text(rows.iter().map(|r| r.kind.name())),
            c::text(rows.iter().map(|r| r.object.as_str())),
            c::bits(rows.iter().map(|r| r.bits)),
            c::bits(rows.iter().map(|r| r.needed)),
            c::texts(rows.iter().map(|r| r.missing.as_slice())),
            c::time(rows.iter().map(|r| r.start)),
            c::time(rows.iter().map(|r| r.end)),
            c::text(rows.iter().map(|r| r.source_file.as_str())),
            c::row_number(rows.iter().map(|r| r.source_row)),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            ring_id: cells.text_or_null(0, row)?,
            account: account(cells, 1, row)?,
            kind: cells.word(3, row, &Kind::ALL, Kind::name)?,
            object: cells.text(4, row)?,
            bits: cells.bits(5, row)?,
            needed: cells.bits(6, row)?,
            missing: cells.texts(7, row)?,
            start: cells.time(8, row)?,
            end: cells.time(9, row)?,
            source_file: cells.text(10, row)?,
            source_row: cells.row_number(11, row)?,
        })
    }
}

impl Row for RejectRow {
    const TABLE: &'static Table = &schema::REJECTS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| r.source_file.as_str())),
            c::row_number(rows.iter().map(|r| r.row)),
            c::text(rows.iter().map(|r| r.column.as_str())),
            c::text(rows.iter().map(|r| r.value.as_str())),
            c::text(rows.iter().map(|r| r.reason.as_str())),
        ]
    }

    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError> {
        Ok(Self {
            source_file: cells.text(0, row)?,
            row: cells.row_number(1, row)?,
            column: cells.text(2, row)?,
            value: cells.text(3, row)?,
            reason: cells.text(4, row)?,
        })
    }
}
