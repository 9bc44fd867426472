//! The table of pairs.

use itoguchi_coaction::JudgedPair;
use itoguchi_ingest::Names;

use crate::commands::table::{
    Cell::{Name, Real, Whole},
    Column, Table,
};

/// What is told of a pair besides a, b, weight and mean distance.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub occasions: bool,
    pub lead: bool,
    pub chance: bool,
    pub significance: bool,
}

impl Told {
    /// The pairs as a table, with the names of their accounts.
    pub fn table<'a>(self, names: &'a Names, pairs: &'a [JudgedPair]) -> Table<'a> {
        let name = |title: &str, of: fn(&JudgedPair) -> u32| -> Column<'a> {
            (title.to_owned(), Name(Box::new(move |row| names.get(of(&pairs[row])))))
        };
        let whole = |title: &str, of: fn(&JudgedPair) -> u64| -> Column<'a> {
            (title.to_owned(), Whole(Box::new(move |row| of(&pairs[row]))))
        };
        let real = |title: &str, of: fn(&JudgedPair) -> f64| -> Column<'a> {
            (title.to_owned(), Real(Box::new(move |row| of(&pairs[row]))))
        };
        let mut columns = vec![
            name("a", |p| p.count.a),
            name("b", |p| p.count.b),
            whole("weight", |p| p.count.acts),
            real("avg_time_delta", JudgedPair::avg_time_delta),
        ];
        if self.occasions {
            columns.push(whole("occasions", |p| p.count.occasions.into()));
            columns.push(whole("objects", |p| p.count.objects.into()));
        }
        if self.lead {
            columns.push(whole("a_led", |p| p.count.a_led.into()));
            columns.push(whole("b_led", |p| p.count.b_led.into()));
            if self.significance {
                columns.push(real("lead_p_value", JudgedPair::lead_p_value));
            }
        }
        if self.significance && self.chance {
            columns.push(real("expected", |p| p.surprise.expected));
            columns.push(real("p_value", JudgedPair::p_value));
        }
        if self.significance {
            columns.push(real("bits", |p| p.surprise.bits.bits()));
            columns.push(real("q_value", |p| p.q_value));
        }
        Table { rows: pairs.len(), columns }
    }
}
