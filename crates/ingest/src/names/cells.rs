//! Arrow columns of any type, brought into the two forms that names are made from.

use std::borrow::Cow;

use arrow::{
    array::{Array, ArrayRef, AsArray as _, BooleanArray, Int64Array, StringViewArray},
    buffer::BooleanBuffer,
    compute::{cast, filter},
    datatypes::{DataType, Int64Type, UInt64Type},
    error::ArrowError,
};

use super::JOINER;

/// What 64 unsigned bits lie above the signed ones they are kept as.
const UNSIGNED: i128 = 1 << 63;

/// The values of one column of one batch.
pub(crate) enum Cells {
    /// Whole numbers: the value is what stands in the array plus `bias`.
    Int { array: Int64Array, bias: i128 },
    /// Everything else, as text.
    Text(StringViewArray),
}

impl Cells {
    /// Brings a column into one of the forms. What has no text is an error.
    pub fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Dictionary(_, values) if !values.is_string() => Self::of(&cast(array, values)?)?,
            DataType::UInt64 => {
                let array = array.as_primitive::<UInt64Type>().unary(|v| (v ^ (1 << 63)) as i64);
                Self::Int { array, bias: UNSIGNED }
            }
            kind if kind.is_integer() => Self::Int { array: ints(array)?, bias: 0 },
            kind if plain(kind).is_string() => {
                Self::Text(cast(array, &DataType::Utf8View)?.as_string_view().clone())
            }
            _ => Self::of(&cast(array, &DataType::Utf8)?)?,
        })
    }

    /// Whether any row is [missing](Self::is_missing).
    pub fn any_missing(&self) -> bool {
        match self {
            Self::Int { array, .. } => array.null_count() > 0,
            Self::Text(array) => array.null_count() > 0 || array.views().iter().any(|view| *view as u32 == 0),
        }
    }

    /// Whether nothing stands there: a null, or no text.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Int { array, .. } => array.is_null(row),
            Self::Text(array) => array.is_null(row) || array.views()[row] as u32 == 0,
        }
    }

    /// Whether the text holds what would join it to others.
    pub fn holds_joiner(&self, row: usize) -> bool {
        match self {
            Self::Int { .. } => false,
            Self::Text(array) => array.is_valid(row) && array.value(row).contains(JOINER),
        }
    }

    /// Whether [`Self::holds_joiner`] is true of any row.
    pub fn any_joiner(&self) -> bool {
        matches!(self, Self::Text(array) if (0..array.len()).any(|row| self.holds_joiner(row)))
    }

    /// The text of a row; a null has none, as an empty field of CSV.
    pub fn text(&self, row: usize) -> Cow<'_, str> {
        match self {
            _ if self.is_missing(row) => Cow::Borrowed(""),
            Self::Int { array, bias } => Cow::Owned((i128::from(array.value(row)) + bias).to_string()),
            Self::Text(array) => Cow::Borrowed(array.value(row)),
        }
    }

    /// The rows whose text is exactly `wanted`.
    pub fn equal(&self, wanted: &str) -> BooleanBuffer {
        match self {
            Self::Int { array, .. } if wanted.is_empty() => {
                BooleanBuffer::collect_bool(array.len(), |row| array.is_null(row))
            }
            Self::Int { array, bias } => {
                // "07" and "+7" are numbers, and the text of none.
                let value = wanted.parse::<i128>().ok().filter(|value| value.to_string() == wanted);
                let Some(value) = value.and_then(|v| i64::try_from(v.checked_sub(*bias)?).ok()) else {
                    return BooleanBuffer::new_unset(array.len());
                };
                let values = array.values();
                let equal = BooleanBuffer::collect_bool(array.len(), |row| values[row] == value);
                array.nulls().map_or(equal.clone(), |nulls| &equal & nulls.inner())
            }
            Self::Text(array) if wanted.is_empty() => {
                BooleanBuffer::collect_bool(array.len(), |row| self.is_missing(row))
            }
            Self::Text(array) => BooleanBuffer::collect_bool(array.len(), |row| {
                !self.is_missing(row) && array.value(row) == wanted
            }),
        }
    }

    /// Only the rows that `good` names.
    pub fn only(&self, good: &BooleanArray) -> Result<Self, ArrowError> {
        Ok(match self {
            Self::Int { array, bias } => {
                Self::Int { array: filter(array, good)?.as_primitive::<Int64Type>().clone(), bias: *bias }
            }
            Self::Text(array) => Self::Text(filter(array, good)?.as_string_view().clone()),
        })
    }
}

/// Whole numbers, or what counts something, as they are stored.
pub(crate) fn ints(array: &ArrayRef) -> Result<Int64Array, ArrowError> {
    Ok(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// The type behind a dictionary, or the type itself.
pub(crate) fn plain(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => plain(values),
        kind => kind,
    }
}
