//! Edges out of Parquet, row group by row group.

use std::{fmt::LowerExp, io::Write as _, path::Path};

use arrow::{
    array::{
        Array as _, ArrayRef, AsArray as _, BooleanArray, Float16Array, Float32Array, Float64Array,
        RecordBatch,
    },
    compute::cast,
    datatypes::{ArrowPrimitiveType, DataType, Float16Type, Float32Type, Float64Type},
    error::ArrowError,
};
use rayon::prelude::*;

use super::{
    EdgeColumns, NO_NODE, Places, Stretch,
    rows::Rows,
    weight::{self, Fault, Weight},
};
use crate::{
    error::{IngestError, WeightFault},
    names::{Cells, Column},
    plain::{RowReject, parquet::Table},
};

/// Reads the row groups of a file in parallel, each as a stretch; they come in the order of the file.
pub(super) fn read(path: &Path, columns: &EdgeColumns) -> Result<Vec<Stretch>, IngestError> {
    let file = Table::open(path)?;
    let (wanted, at) = projected(&Places::find(path, &file.titles(), columns)?);
    let stretches = (0..file.groups()).into_par_iter().map(|group| {
        file.guard(|| {
            let mut reading = Reading::new(path, columns, file.first_row(group));
            file.each_batch(group, &wanted, |batch, first| {
                let cells = BatchCells::of(batch, &at).map_err(|e| file.damaged(e))?;
                let good = reading.add(&cells, batch.num_rows(), first)?;
                reading.take(cells, good).map_err(|e| file.damaged(e))
            })?;
            Ok(reading.finish())
        })
    });
    let stretches: Vec<Result<Stretch, IngestError>> = stretches.collect();
    // All groups before the error of the first bad one: which error is told must not depend on threads.
    stretches.into_iter().collect()
}

/// The columns to read, ascending, and where each is found among them.
fn projected(at: &Places) -> (Vec<usize>, Places) {
    let mut wanted: Vec<usize> = [at.u, at.v].into_iter().chain(at.weight).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let place = |column: usize| wanted.partition_point(|w| *w < column);
    let places = Places { u: place(at.u), v: place(at.v), weight: at.weight.map(place) };
    (wanted, places)
}

/// One batch.
struct BatchCells {
    u: Cells,
    v: Cells,
    weight: Option<Weights>,
}

impl BatchCells {
    fn of(batch: &RecordBatch, at: &Places) -> Result<Self, ArrowError> {
        let weight = at.weight.map(|at| Weights::of(batch.column(at)));
        Ok(Self {
            u: Cells::of(batch.column(at.u))?,
            v: Cells::of(batch.column(at.v))?,
            weight: weight.transpose()?,
        })
    }
}

struct Reading<'a> {
    path: &'a Path,
    columns: &'a EdgeColumns,
    u: Column,
    v: Column,
    /// The ends of the edges are known when all names are.
    rows: Rows,
    /// Room for the text of a number.
    text: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn new(path: &'a Path, columns: &'a EdgeColumns, first: u64) -> Self {
        let (u, v) = (Column::default(), Column::default());
        Self { path, columns, u, v, rows: Rows::new(first), text: Vec::new() }
    }

    /// Adds the weights of a batch whose first row is the data record `first`, and says which rows are edges, unless all
    /// are.
    fn add(
        &mut self,
        cells: &BatchCells,
        rows: usize,
        first: u64,
    ) -> Result<Option<BooleanArray>, IngestError> {
        let BatchCells { u, v, weight } = cells;
        let gaps = u.any_missing() || v.any_missing();
        let mut good: Option<Vec<bool>> = None;
        for row in 0..rows {
            let number = first + row as u64;
            let no_node = |column: &str| RowReject::new(number, column, "", NO_NODE);
            let reject = if gaps && u.is_missing(row) {
                no_node(&self.columns.u)
            } else if gaps && v.is_missing(row) {
                no_node(&self.columns.v)
            } else {
                let read = weight.as_ref().map_or(Ok(Weight::whole(1)), |w| w.read(row, &mut self.text));
                match (read, weight) {
                    (Ok(weight), _) => {
                        self.rows.push(0, 0, weight);
                        continue;
                    }
                    (Err(fault), weight) => {
                        let value = weight.as_ref().map(|w| w.text(row)).unwrap_or_default();
                        self.columns.judge(self.path, number, &value, fault)?
                    }
                }
            };
            self.rows.rejects.push(reject);
            good.get_or_insert_with(|| vec![true; rows])[row] = false;
        }
        Ok(good.map(BooleanArray::from))
    }

    /// Adds the nodes of a batch, of the rows that are good.
    fn take(&mut self, cells: BatchCells, good: Option<BooleanArray>) -> Result<(), ArrowError> {
        let BatchCells { u, v, .. } = cells;
        let (u, v) = match &good {
            Some(good) => (u.only(good)?, v.only(good)?),
            None => (u, v),
        };
        self.u.extend(&u);
        self.v.extend(&v);
        Ok(())
    }

    fn finish(self) -> Stretch {
        let (mut u, mut v, mut rows) = (self.u.finish(), self.v.finish(), self.rows);
        rows.edges.shrink_to_fit();
        let codes = u.take_codes().into_iter().zip(v.take_codes());
        for (edge, (u, v)) in rows.edges.iter_mut().zip(codes) {
            (edge.u, edge.v) = (u, v);
        }
        Stretch { ends: vec![u, v], rows }
    }
}

/// The weights of one batch.
enum Weights {
    Half(Float16Array),
    Single(Float32Array),
    Double(Float64Array),
    /// Whole numbers, and whatever else as text: decimals among it.
    Other(Cells),
}

impl Weights {
    fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Dictionary(_, values) if !values.is_string() => Self::of(&cast(array, values)?)?,
            DataType::Float16 => Self::Half(array.as_primitive::<Float16Type>().clone()),
            DataType::Float32 => Self::Single(array.as_primitive::<Float32Type>().clone()),
            DataType::Float64 => Self::Double(array.as_primitive::<Float64Type>().clone()),
            _ => Self::Other(Cells::of(array)?),
        })
    }

    fn read(&self, row: usize, text: &mut Vec<u8>) -> Result<Weight, Fault> {
        match self {
            Self::Half(array) if array.is_null(row) => Err(Fault::Missing),
            Self::Half(array) => half(array.value(row), text),
            Self::Single(array) if array.is_null(row) => Err(Fault::Missing),
            Self::Single(array) => {
                float(array.value(row), array.value(row).into(), f32::MANTISSA_DIGITS, text)
            }
            Self::Double(array) if array.is_null(row) => Err(Fault::Missing),
            Self::Double(array) => float(array.value(row), array.value(row), f64::MANTISSA_DIGITS, text),
            Self::Other(cells) if cells.is_missing(row) => Err(Fault::Missing),
            Self::Other(Cells::Int { array, bias }) => {
                let value = i128::from(array.value(row)) + bias;
                let units = u64::try_from(value).map_err(|_| Fault::Refused(WeightFault::Negative))?;
                Ok(Weight::whole(units))
            }
            Self::Other(Cells::Text(array)) => weight::parse(array.value(row).as_bytes()),
        }
    }

    /// What stands there, for whoever has to find it again.
    fn text(&self, row: usize) -> String {
        match self {
            Self::Half(array) => format!("{:?}", array.value(row)),
            Self::Single(array) => format!("{:?}", array.value(row)),
            Self::Double(array) => format!("{:?}", array.value(row)),
            Self::Other(cells) => cells.text(row).into_owned(),
        }
    }
}

/// The shortest decimal that denotes `shown`, a float of `value` with so many `bits`.
fn float(shown: impl LowerExp, value: f64, bits: u32, text: &mut Vec<u8>) -> Result<Weight, Fault> {
    if !value.is_finite() {
        return Err(Fault::Refused(WeightFault::NotFinite));
    }
    if value < 0.0 {
        return Err(Fault::Refused(WeightFault::Negative));
    }
    // Up to here a whole number denotes no float but itself.
    if value.fract() == 0.0 && value <= (1_u64 << bits) as f64 {
        return Ok(Weight::whole(value as u64));
    }
    text.clear();
    write!(text, "{shown:e}").expect("a vector takes whatever is written");
    weight::parse(text)
}

type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// As [`float`]; half floats themselves have the text of the wider ones, which is longer than need be.
fn half(value: Half, text: &mut Vec<u8>) -> Result<Weight, Fault> {
    let wide = f32::from(value);
    // Five digits tell all of them apart.
    for digits in 0..5 {
        text.clear();
        write!(text, "{wide:.digits$e}").expect("a vector takes whatever is written");
        let back = str::from_utf8(text).ok().and_then(|text| text.parse().ok()).map(Half::from_f32);
        if wide > 0.0 && back == Some(value) {
            return weight::parse(text);
        }
    }
    float(wide, wide.into(), f32::MANTISSA_DIGITS, text)
}
