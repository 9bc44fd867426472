//! Rows to Arrow arrays.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BooleanArray, Float64Array, ListBuilder, StringArray, StringBuilder,
        TimestampMicrosecondArray, UInt32Array, UInt64Array, UInt64Builder,
    },
    datatypes::DataType,
};
use itoguchi_model::{Instant, Millibits};

use crate::schema::item;

pub(super) fn text<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

pub(super) fn text_or_null<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub(super) fn time(values: impl Iterator<Item = Instant>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(|t| t.0)).with_timezone("UTC"))
}

pub(super) fn float(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

pub(super) fn float_or_null(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.collect::<Float64Array>())
}

pub(super) fn bits(values: impl Iterator<Item = Millibits>) -> ArrayRef {
    float(values.map(Millibits::bits))
}

pub(super) fn flag(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

pub(super) fn time_or_null(values: impl Iterator<Item = Option<Instant>>) -> ArrayRef {
    Arc::new(values.map(|t| t.map(|t| t.0)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// Whole yen: exact up to 2^53.
pub(super) fn yen(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    float_or_null(values.map(|v| v.map(|v| v as f64)))
}

pub(super) fn count(values: impl Iterator<Item = u32>) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(values))
}

pub(super) fn count_or_null(values: impl Iterator<Item = Option<u32>>) -> ArrayRef {
    Arc::new(values.collect::<UInt32Array>())
}

pub(super) fn row_number_or_null(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(values.collect::<UInt64Array>())
}

pub(super) fn row_number(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(values))
}

pub(super) fn texts<'a, S: AsRef<str> + 'a>(values: impl Iterator<Item = &'a [S]>) -> ArrayRef {
    let mut list = ListBuilder::new(StringBuilder::new()).with_field(item(DataType::Utf8));
    for texts in values {
        for text in texts {
            list.values().append_value(text);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

/// As [`texts`], with null for an empty list.
pub(super) fn texts_or_null<'a, S: AsRef<str> + 'a>(values: impl Iterator<Item = &'a [S]>) -> ArrayRef {
    let mut list = ListBuilder::new(StringBuilder::new()).with_field(item(DataType::Utf8));
    for texts in values {
        for text in texts {
            list.values().append_value(text);
        }
        list.append(!texts.is_empty());
    }
    Arc::new(list.finish())
}

pub(super) fn row_numbers<'a>(values: impl Iterator<Item = &'a [u64]>) -> ArrayRef {
    let mut list = ListBuilder::new(UInt64Builder::new()).with_field(item(DataType::UInt64));
    for rows in values {
        list.values().append_slice(rows);
        list.append(true);
    }
    Arc::new(list.finish())
}
