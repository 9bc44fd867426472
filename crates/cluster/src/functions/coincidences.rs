//! Acts of one object and stretch of time to the parts of pairs that coincide there.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, BinaryArray, BooleanArray, Int64Array, ListArray, StructArray, UInt32Array},
    buffer::OffsetBuffer,
    datatypes::{DataType, Field, FieldRef, Fields},
};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{
        Accumulator, AggregateUDFImpl, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
};
use itoguchi_coaction::{Act, Acts, no_loop, pairs::PairSummary};

use super::{Part, bytes::Reader, column, unexpected};
use crate::ledger::{Ledger, part_check};

/// Bytes of an act in a state.
const ROW: usize = 21;

/// The function: `(object, time, actor, content, own, window)` to a list of `(a, b, part)`.
///
/// Rows that are not `own` belong to the next stretch: they are later legs only. A negative `window` stands for none.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Coincidences {
    name: String,
    signature: Signature,
}

impl Coincidences {
    /// The function under a name.
    pub fn named(name: String) -> Self {
        use DataType::{Boolean, Int64, UInt32};
        let arguments = vec![UInt32, Int64, UInt32, UInt32, Boolean, Int64];
        Self { name, signature: Signature::exact(arguments, Volatility::Immutable) }
    }
}

/// The columns of a part.
fn fields() -> Fields {
    let fields = [("a", DataType::UInt32), ("b", DataType::UInt32), ("part", DataType::Binary)];
    fields.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect()
}

fn item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Struct(fields()), true))
}

impl AggregateUDFImpl for Coincidences {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(item()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[acts]", args.name), DataType::Binary, true))])
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::<Stretch>::default())
    }
}

/// The acts of one stretch so far.
#[derive(Debug, Default)]
struct Stretch {
    /// Negative for none; none before the first act.
    window: Option<i64>,
    own: Vec<Act>,
    /// Acts of the next stretch, within the window of this one.
    next: Vec<Act>,
}

impl Stretch {
    fn add(&mut self, act: Act, own: bool) {
        if own { self.own.push(act) } else { self.next.push(act) }
    }

    fn within(&mut self, window: i64) -> Result<()> {
        match self.window.replace(window) {
            Some(before) if before != window => Err(unexpected("one stretch has two windows")),
            _ => Ok(()),
        }
    }

    /// The pairs that coincide here, each in one part, and what went through.
    fn parts(&self) -> Result<Vec<(u32, u32, Vec<u8>)>> {
        let Some(window) = self.window else { return Ok(Vec::new()) };
        let window = (window >= 0).then_some(window);
        let Some(object) = self.own.iter().chain(&self.next).map(|act| act.object).next() else {
            return Ok(Vec::new());
        };
        let end = self.own.iter().map(|act| act.time).max();
        if end.is_some_and(|end| self.next.iter().any(|act| act.time <= end)) {
            return Err(unexpected("a stretch overlaps the next one"));
        }
        if self.own.iter().chain(&self.next).any(|act| act.object != object) {
            return Err(unexpected("one stretch has acts of two objects"));
        }
        let mut ledger = Ledger::default();
        self.own.iter().for_each(|act| ledger.observe(act));
        self.next.iter().for_each(|act| ledger.look_ahead(act));
        // of one object, in the order of time: what is the stretch's own comes first
        let acts: Acts = self.own.iter().chain(&self.next).copied().collect();
        let mut summary = PairSummary::default();
        summary
            .observe_where(&acts, 0..self.own.len(), window, no_loop)
            .map_err(|e| unexpected(&e.to_string()))?;
        let mut parts = Vec::new();
        for ((a, b), state) in summary.states() {
            let bytes = Part { state: state.clone(), ledger: Ledger::default() }.to_bytes();
            ledger.coincidences += state.acts;
            ledger.parts += 1;
            ledger.parts_check.add(part_check(a, b, &bytes));
            parts.push((a, b, bytes));
        }
        parts.push((object, object, Part { ledger, ..Part::default() }.to_bytes()));
        Ok(parts)
    }
}

impl Accumulator for Stretch {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let objects: &UInt32Array = column(values, 0, "object")?;
        let times: &Int64Array = column(values, 1, "time")?;
        let actors: &UInt32Array = column(values, 2, "actor")?;
        let contents: &UInt32Array = column(values, 3, "content")?;
        let own: &BooleanArray = column(values, 4, "own")?;
        let windows: &Int64Array = column(values, 5, "window")?;
        if values.iter().any(|column| column.null_count() > 0) {
            return Err(unexpected("an act has an empty field"));
        }
        for row in 0..objects.len() {
            self.within(windows.value(row))?;
            let act = Act {
                object: objects.value(row),
                time: times.value(row),
                actor: actors.value(row),
                content: contents.value(row),
            };
            self.add(act, own.value(row));
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let Some(window) = self.window else { return Ok(vec![ScalarValue::Binary(None)]) };
        let mut out = Vec::with_capacity(8 + ROW * (self.own.len() + self.next.len()));
        out.extend(window.to_le_bytes());
        for (acts, own) in [(&self.own, true), (&self.next, false)] {
            for act in acts {
                out.extend(act.object.to_le_bytes());
                out.extend(act.time.to_le_bytes());
                out.extend(act.actor.to_le_bytes());
                out.extend(act.content.to_le_bytes());
                out.push(u8::from(own));
            }
        }
        Ok(vec![ScalarValue::Binary(Some(out))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states: &BinaryArray = column(states, 0, "acts")?;
        for state in states.iter().flatten() {
            let mut rest = Reader(state);
            self.within(i64::from_le_bytes(rest.take()?))?;
            while !rest.0.is_empty() {
                let (object, time) = (rest.u32()?, i64::from_le_bytes(rest.take()?));
                let act = Act { object, time, actor: rest.u32()?, content: rest.u32()? };
                let [own] = rest.take()?;
                self.add(act, own > 0);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let parts = self.parts()?;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt32Array::from_iter_values(parts.iter().map(|part| part.0))),
            Arc::new(UInt32Array::from_iter_values(parts.iter().map(|part| part.1))),
            Arc::new(BinaryArray::from_iter_values(parts.iter().map(|part| &part.2))),
        ];
        let rows = StructArray::try_new(fields(), columns, None)?;
        let list =
            ListArray::try_new(item(), OffsetBuffer::from_lengths([rows.len()]), Arc::new(rows), None)?;
        Ok(ScalarValue::List(Arc::new(list)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + size_of::<Act>() * (self.own.capacity() + self.next.capacity())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::functions::pair_sums::Sums;

    type Row = (i64, u32, u32, bool);

    fn columns(rows: &[Row]) -> Vec<ArrayRef> {
        let time = |row: &Row| if row.3 { row.0 } else { 1_000 + row.0 };
        vec![
            Arc::new(UInt32Array::from_iter_values(rows.iter().map(|_| 7))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(time))),
            Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.1))),
            Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.2))),
            Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(row.3)))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|_| 400))),
        ]
    }

    fn folded(rows: &[Row]) -> Stretch {
        let mut stretch = Stretch::default();
        stretch.update_batch(&columns(rows)).unwrap();
        stretch
    }

    fn states(all: &mut [impl Accumulator]) -> Vec<ArrayRef> {
        let states = all.iter_mut().map(|one| one.state().unwrap().remove(0));
        vec![ScalarValue::iter_to_array(states).unwrap()]
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        prop::collection::vec((0..1_000_i64, 0..6_u32, 0..9_u32, any::<bool>()), 1..60)
    }

    proptest! {
        /// Identity, chunking and order: whatever was folded where, and merged in which order.
        #[test]
        fn merging_is_folding(rows in rows(), cuts in prop::collection::vec(0..60_usize, 0..5), turn in 0..5_usize) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).chain([0, rows.len()]).collect();
            cuts.sort_unstable();
            let mut parts: Vec<Stretch> = cuts.windows(2).map(|cut| folded(&rows[cut[0]..cut[1]])).collect();
            let by = turn % parts.len();
            parts.rotate_left(by);
            let mut merged = Stretch::default();
            merged.merge_batch(&states(&mut parts)).unwrap();
            let whole = folded(&rows).evaluate().unwrap();
            prop_assert_eq!(&merged.evaluate().unwrap(), &whole);
            prop_assert_eq!(merged.evaluate().unwrap(), whole, "asking twice");
        }

        /// Parts of one pair, merged in two stages in any order, or one after the other.
        #[test]
        fn sums_are_sums_in_any_order(stretches in prop::collection::vec(rows(), 1..6), turn in 0..6_usize) {
            let mut parts: Vec<(u32, u32, Vec<u8>)> =
                stretches.iter().flat_map(|rows| folded(rows).parts().unwrap()).filter(|part| part.0 == part.1).collect();
            let update = |parts: &[(u32, u32, Vec<u8>)]| {
                let values: Vec<ArrayRef> = vec![
                    Arc::new(UInt32Array::from_iter_values(parts.iter().map(|part| part.0))),
                    Arc::new(UInt32Array::from_iter_values(parts.iter().map(|part| part.1))),
                    Arc::new(BinaryArray::from_iter_values(parts.iter().map(|part| &part.2))),
                    Arc::new(Int64Array::from_iter_values(parts.iter().map(|_| 400))),
                ];
                let mut sums = Sums::default();
                sums.update_batch(&values).unwrap();
                sums
            };
            let whole = update(&parts).evaluate().unwrap();
            let by = turn % parts.len();
            parts.rotate_left(by);
            let (left, right) = parts.split_at(parts.len() / 2);
            let mut merged = Sums::default();
            merged.merge_batch(&states(&mut [update(left), update(right)])).unwrap();
            prop_assert_eq!(merged.evaluate().unwrap(), whole);
        }

        /// Bytes of a stranger are refused, and never a panic.
        #[test]
        fn any_bytes_are_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let state: Vec<ArrayRef> = vec![Arc::new(BinaryArray::from_iter_values([&bytes]))];
            let _ = Stretch::default().merge_batch(&state);
            let _ = Sums::default().merge_batch(&state);
            let _ = crate::functions::Answer::from_bytes(&bytes);
            if let Ok(part) = Part::from_bytes(&bytes) {
                let again = Part::from_bytes(&part.to_bytes()).unwrap();
                prop_assert_eq!(again, part);
            }
        }
    }
}
