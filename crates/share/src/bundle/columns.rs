//! The tables of a bundle: columns, meanings, bytes.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt8Array, UInt32Array,
    },
    datatypes::{DataType, Field, Schema, TimeUnit},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

use itoguchi_signals::signal::SignalSet;

use super::rows::{LoginRow, OccasionRow, Pseudonym, SaleRow, TradeRow};
use crate::{canonical::Kind, hex};

/// A column: its name, whether it may be null, what it means.
pub(super) struct Column {
    pub name: &'static str,
    pub null: bool,
    pub kind: Type,
    pub meaning: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Minute,
    Flag,
    Small,
    Number,
}

const fn column(name: &'static str, null: bool, kind: Type, meaning: &'static str) -> Column {
    Column { name, null, kind, meaning }
}

/// The columns of `logins.parquet`.
pub(super) const LOGINS: &[Column] = &[
    column("account", false, Type::Text, "pseudonym of the account; its broker alone can look it up"),
    column("minute", false, Type::Minute, "when, to the minute below"),
    column("occasion", true, Type::Number, "number of the occasion it belongs to; null for none"),
    column("ip", true, Type::Text, "token of the address"),
    column("ip_version", true, Type::Small, "4 or 6: which of the two tokens stands for one line"),
    column("network", true, Type::Text, "token of its /24 or /64"),
    column("device", true, Type::Text, "token of the device"),
    column("user_agent", true, Type::Text, "token of the program without versions"),
    column("ip_class", false, Type::Text, "kind of network, one of eight words"),
    column("asn", true, Type::Number, "autonomous system number"),
];

/// The columns of `trades.parquet`.
pub(super) const TRADES: &[Column] = &[
    column("account", false, Type::Text, "pseudonym of the account; its broker alone can look it up"),
    column("minute", false, Type::Minute, "when, to the minute below"),
    column("day_only", false, Type::Flag, "whether the minute says no more than the day"),
    column("instrument", false, Type::Text, "MIC:LOCALCODE"),
    column("side", false, Type::Text, "buy, sell or short"),
    column("size_class", false, Type::Small, "how many limits of the policy the shares of that minute reach"),
    column("occasion", true, Type::Number, "number of the occasion it belongs to"),
    column(
        "first",
        false,
        Type::Flag,
        "whether the account had neither held nor traded the instrument before that day",
    ),
];

/// The columns of `occasions.parquet`.
pub(super) const OCCASIONS: &[Column] = &[
    column("account", false, Type::Text, "pseudonym of the account; its broker alone can look it up"),
    column("occasion", false, Type::Number, "its number among the account's, from 0"),
    column("start", false, Type::Minute, "the login or first fill, to the minute below"),
    column("end", false, Type::Minute, "the last fill or logout, to the minute below"),
    column("day_only", false, Type::Flag, "whether the times of its fills say no more than the day"),
    column("access", false, Type::Text, "signals of its logins that fired"),
    column("access_known", false, Type::Text, "signals of its logins that could have fired"),
    column("logins_before", false, Type::Small, "earlier logins of the account: the lower end of a class"),
    column("trading", false, Type::Text, "signals of its fills that fired"),
    column("trading_known", false, Type::Text, "signals of its fills that could have fired"),
    column("traded_before", false, Type::Small, "earlier occasions with fills: the lower end of a class"),
];

/// The columns of `sales.parquet`.
pub(super) const SALES: &[Column] = &[
    column("account", false, Type::Text, "pseudonym of the account; its broker alone can look it up"),
    column("day", false, Type::Minute, "the day in Japan, by its midnight"),
    column("instrument", false, Type::Text, "MIC:LOCALCODE"),
    column("signals", false, Type::Text, "signals of the day's sales that fired"),
    column(
        "gained",
        false,
        Type::Flag,
        "whether they are known to have brought more than the shares had cost",
    ),
];

/// The columns of every table, in the order of [`super::TABLES`].
pub(super) const SCHEMAS: [&[Column]; 4] = [LOGINS, TRADES, OCCASIONS, SALES];

impl Type {
    pub(super) fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Minute => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
            Self::Flag => DataType::Boolean,
            Self::Small => DataType::UInt8,
            Self::Number => DataType::UInt32,
        }
    }
}

fn schema(columns: &[Column]) -> Arc<Schema> {
    let field = |c: &Column| {
        let comment = [("comment".to_owned(), c.meaning.to_owned())];
        Field::new(c.name, c.kind.arrow(), c.null).with_metadata(comment.into())
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn times(micros: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}

/// The bytes of `logins.parquet`.
pub(super) fn logins(rows: &[LoginRow]) -> Result<Vec<u8>, String> {
    let token = |kind: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|r| r.tokens[kind].map(|t| hex::write(&t))).collect::<StringArray>())
    };
    let mut columns: Vec<ArrayRef> = vec![
        pseudonyms(rows.iter().map(|r| &r.account)),
        times(rows.iter().map(|r| r.minute.0)),
        Arc::new(rows.iter().map(|r| r.occasion).collect::<UInt32Array>()),
        token(0),
        Arc::new(rows.iter().map(|r| r.ip_version).collect::<UInt8Array>()),
    ];
    columns.extend((1..Kind::ALL.len()).map(token));
    columns.push(Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.ip_class.name()))));
    columns.push(Arc::new(rows.iter().map(|r| r.asn).collect::<UInt32Array>()));
    parquet(schema(LOGINS), columns)
}

/// The bytes of `trades.parquet`.
pub(super) fn trades(rows: &[TradeRow]) -> Result<Vec<u8>, String> {
    let columns: Vec<ArrayRef> = vec![
        pseudonyms(rows.iter().map(|r| &r.account)),
        times(rows.iter().map(|r| r.minute.0)),
        Arc::new(rows.iter().map(|r| Some(r.day_only)).collect::<BooleanArray>()),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.instrument.as_str()))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.side.name()))),
        Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.size_class))),
        Arc::new(rows.iter().map(|r| r.occasion).collect::<UInt32Array>()),
        flags(rows.iter().map(|r| r.first)),
    ];
    parquet(schema(TRADES), columns)
}

/// The bytes of `occasions.parquet`.
pub(super) fn occasions(rows: &[OccasionRow]) -> Result<Vec<u8>, String> {
    let signals = |of: fn(&OccasionRow) -> SignalSet| texts(rows.iter().map(|r| of(r).names().join(" ")));
    let columns: Vec<ArrayRef> = vec![
        pseudonyms(rows.iter().map(|r| &r.account)),
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|r| r.number))),
        times(rows.iter().map(|r| r.start.0)),
        times(rows.iter().map(|r| r.end.0)),
        flags(rows.iter().map(|r| r.day_only)),
        signals(|r| r.access),
        signals(|r| r.access_known),
        Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.logins_before))),
        signals(|r| r.trading),
        signals(|r| r.trading_known),
        Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.traded_before))),
    ];
    parquet(schema(OCCASIONS), columns)
}

/// The bytes of `sales.parquet`.
pub(super) fn sales(rows: &[SaleRow]) -> Result<Vec<u8>, String> {
    let columns: Vec<ArrayRef> = vec![
        pseudonyms(rows.iter().map(|r| &r.account)),
        times(rows.iter().map(|r| r.day.0)),
        texts(rows.iter().map(|r| r.instrument.clone())),
        texts(rows.iter().map(|r| r.signals.join(" "))),
        flags(rows.iter().map(|r| r.gained)),
    ];
    parquet(schema(SALES), columns)
}

fn pseudonyms<'a>(accounts: impl Iterator<Item = &'a Pseudonym>) -> ArrayRef {
    texts(accounts.map(|account| hex::write(account)))
}

fn texts(values: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn flags(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn parquet(schema: Arc<Schema>, columns: Vec<ArrayRef>) -> Result<Vec<u8>, String> {
    let write = || -> Result<Vec<u8>, parquet::errors::ParquetError> {
        // The default names the version of the library, which would change the bytes with it.
        let properties = WriterProperties::builder()
            .set_created_by("itoguchi share".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .build();
        let batch = RecordBatch::try_new(schema.clone(), columns)?;
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
        writer.write(&batch)?;
        writer.into_inner()
    };
    write().map_err(|e| e.to_string())
}
