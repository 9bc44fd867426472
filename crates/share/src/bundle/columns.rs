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

use super::rows::{LoginRow, TradeRow};
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
    column("ip", true, Type::Text, "token of the address"),
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
];

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
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| hex::write(&r.account)))),
        times(rows.iter().map(|r| r.minute.0)),
    ];
    columns.extend((0..Kind::ALL.len()).map(token));
    columns.push(Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.ip_class.name()))));
    columns.push(Arc::new(rows.iter().map(|r| r.asn).collect::<UInt32Array>()));
    parquet(schema(LOGINS), columns)
}

/// The bytes of `trades.parquet`.
pub(super) fn trades(rows: &[TradeRow]) -> Result<Vec<u8>, String> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| hex::write(&r.account)))),
        times(rows.iter().map(|r| r.minute.0)),
        Arc::new(rows.iter().map(|r| Some(r.day_only)).collect::<BooleanArray>()),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.instrument.as_str()))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.side.name()))),
        Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.size_class))),
    ];
    parquet(schema(TRADES), columns)
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
