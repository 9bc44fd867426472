//! What crosses the exchanges, as bytes: little-endian, of one spelling for one value.

use datafusion::common::Result;
use itoguchi_coaction::{
    PairCount,
    pairs::{EarlierLeg, PairState},
};

use super::unexpected;
use crate::ledger::{Check, Ledger};

/// What one group knows of one pair, or of one object.
///
/// A pair has a smaller and a greater account. What is said of an object goes the same way under (object, object),
/// where no pair can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The pair's coincidences; empty for an object.
    pub state: PairState,
    /// What went through the object; nothing for a pair.
    pub ledger: Ledger,
}

/// A group's final word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of a pair.
    Pair {
        /// Its count.
        count: PairCount,
        /// Parts that it was made of.
        parts: u64,
        /// Their sum.
        check: Check,
    },
    /// Of an object.
    Object {
        /// Its number in the run.
        object: u32,
        /// What went through it.
        ledger: Ledger,
    },
}

impl Part {
    /// The one spelling.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(104 + 13 * self.state.legs.len());
        write_ledger(&self.ledger, &mut out);
        out.extend(self.state.acts.to_le_bytes());
        out.extend(self.state.delta_sum.to_le_bytes());
        for leg in &self.state.legs {
            out.extend(leg.object.to_le_bytes());
            out.extend(leg.time.to_le_bytes());
            out.push(u8::from(leg.led[0]) | u8::from(leg.led[1]) << 1);
        }
        out
    }

    /// # Errors
    /// For bytes that [`Self::to_bytes`] does not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut rest = Reader(bytes);
        let ledger = rest.ledger()?;
        let mut state =
            PairState { acts: rest.u64()?, delta_sum: i128::from_le_bytes(rest.take()?), legs: Vec::new() };
        while !rest.0.is_empty() {
            let (object, time) = (rest.u32()?, i64::from_le_bytes(rest.take()?));
            let [led] = rest.take()?;
            state.legs.push(EarlierLeg { object, time, led: [led & 1 > 0, led & 2 > 0] });
        }
        if !state.legs.is_sorted_by(|x, y| (x.object, x.time) < (y.object, y.time)) {
            return Err(unexpected("the legs of a part are out of order"));
        }
        Ok(Self { state, ledger })
    }
}

impl Answer {
    /// The one spelling.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Pair { count, parts, check } => {
                out.push(0);
                for word in [count.a, count.b, count.occasions, count.objects, count.a_led, count.b_led] {
                    out.extend(word.to_le_bytes());
                }
                out.extend(count.acts.to_le_bytes());
                out.extend(count.delta_sum.to_le_bytes());
                out.extend(parts.to_le_bytes());
                out.extend(check.0.to_le_bytes());
            }
            Self::Object { object, ledger } => {
                out.push(1);
                out.extend(object.to_le_bytes());
                write_ledger(ledger, &mut out);
            }
        }
        out
    }

    /// # Errors
    /// For bytes that [`Self::to_bytes`] does not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut rest = Reader(bytes);
        let answer = match rest.take()? {
            [0] => {
                let (a, b) = (rest.u32()?, rest.u32()?);
                let (occasions, objects) = (rest.u32()?, rest.u32()?);
                let (a_led, b_led) = (rest.u32()?, rest.u32()?);
                let (acts, delta_sum) = (rest.u64()?, i128::from_le_bytes(rest.take()?));
                let count = PairCount { a, b, acts, occasions, objects, delta_sum, a_led, b_led };
                Self::Pair { count, parts: rest.u64()?, check: rest.check()? }
            }
            [1] => Self::Object { object: rest.u32()?, ledger: rest.ledger()? },
            _ => return Err(unexpected("an answer of no known kind")),
        };
        if rest.0.is_empty() { Ok(answer) } else { Err(unexpected("an answer that is too long")) }
    }
}

fn write_ledger(ledger: &Ledger, out: &mut Vec<u8>) {
    out.extend(ledger.acts.to_le_bytes());
    out.extend(ledger.acts_check.0.to_le_bytes());
    out.extend(ledger.ahead.to_le_bytes());
    out.extend(ledger.ahead_check.0.to_le_bytes());
    out.extend(ledger.coincidences.to_le_bytes());
    out.extend(ledger.parts.to_le_bytes());
    out.extend(ledger.parts_check.0.to_le_bytes());
}

/// What is left to be read.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    pub fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk().ok_or_else(|| unexpected("a state ends too early"))?;
        self.0 = rest;
        Ok(*first)
    }

    pub fn u32(&mut self) -> Result<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub fn check(&mut self) -> Result<Check> {
        Ok(Check(u128::from_le_bytes(self.take()?)))
    }

    fn ledger(&mut self) -> Result<Ledger> {
        Ok(Ledger {
            acts: self.u64()?,
            acts_check: self.check()?,
            ahead: self.u64()?,
            ahead_check: self.check()?,
            coincidences: self.u64()?,
            parts: self.u64()?,
            parts_check: self.check()?,
        })
    }
}
