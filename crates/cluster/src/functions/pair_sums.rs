//! Parts of one pair to its count.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, BinaryArray, Int64Array, UInt32Array},
    datatypes::{DataType, Field, FieldRef},
};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{
        Accumulator, AggregateUDFImpl, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
};
use itoguchi_coaction::pairs::EarlierLeg;

use super::{
    bytes::{Answer, Part, Reader},
    column, unexpected,
};
use crate::ledger::{Check, part_check};

/// The function: `(a, b, part, window)` to an [`Answer`], as bytes. A negative `window` stands for none.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct PairSums {
    name: String,
    signature: Signature,
}

impl PairSums {
    /// The function under a name.
    #[must_use]
    pub fn named(name: String) -> Self {
        use DataType::{Binary, Int64, UInt32};
        let arguments = vec![UInt32, UInt32, Binary, Int64];
        Self { name, signature: Signature::exact(arguments, Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for PairSums {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[pair]", args.name), DataType::Binary, true))])
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::<Sums>::default())
    }
}

/// One pair, or one object, so far.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Accounts and window; none before the first part.
    of: Option<(u32, u32, i64)>,
    sum: Part,
    parts: u64,
    check: Check,
}

impl Sums {
    fn is(&mut self, a: u32, b: u32, window: i64) -> Result<()> {
        match self.of.replace((a, b, window)) {
            Some(before) if before != (a, b, window) => Err(unexpected("one sum has two pairs or windows")),
            _ => Ok(()),
        }
    }

    fn add(&mut self, part: &Part) {
        self.sum.state.merge(&part.state);
        self.sum.ledger.add(&part.ledger);
    }

    fn answer(&self) -> Option<Answer> {
        let (a, b, window) = self.of?;
        Some(if a == b {
            Answer::Object { object: a, ledger: self.sum.ledger }
        } else {
            let count = self.sum.state.finish(a, b, (window >= 0).then_some(window));
            Answer::Pair { count, parts: self.parts, check: self.check }
        })
    }
}

impl Accumulator for Sums {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let smaller: &UInt32Array = column(values, 0, "a")?;
        let greater: &UInt32Array = column(values, 1, "b")?;
        let parts: &BinaryArray = column(values, 2, "part")?;
        let windows: &Int64Array = column(values, 3, "window")?;
        if values.iter().any(|column| column.null_count() > 0) {
            return Err(unexpected("a part has an empty field"));
        }
        for row in 0..parts.len() {
            let (a, b, part) = (smaller.value(row), greater.value(row), parts.value(row));
            self.is(a, b, windows.value(row))?;
            self.add(&Part::from_bytes(part)?);
            self.parts += 1;
            self.check.add(part_check(a, b, part));
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Some((a, b, window)) = self.of else { return Ok(vec![ScalarValue::Binary(None)]) };
        let mut out = Vec::new();
        out.extend(a.to_le_bytes());
        out.extend(b.to_le_bytes());
        out.extend(window.to_le_bytes());
        out.extend(self.parts.to_le_bytes());
        out.extend(self.check.0.to_le_bytes());
        out.extend(self.sum.to_bytes());
        Ok(vec![ScalarValue::Binary(Some(out))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states: &BinaryArray = column(states, 0, "pair")?;
        for state in states.iter().flatten() {
            let mut rest = Reader(state);
            let (a, b) = (rest.u32()?, rest.u32()?);
            self.is(a, b, i64::from_le_bytes(rest.take()?))?;
            self.parts += rest.u64()?;
            self.check.add(rest.check()?);
            self.add(&Part::from_bytes(rest.0)?);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(self.answer().map(|answer| answer.to_bytes())))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + size_of::<EarlierLeg>() * self.sum.state.legs.capacity()
    }
}
