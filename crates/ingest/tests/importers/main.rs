//! The importers of brokers' downloads: exact rows of every fixture, what spreadsheets do to them, case
//! folders, and the laws that hold for any bytes.

// helpers outside test functions may unwrap too: a failure there is a failed test
#![allow(clippy::unwrap_used)]

mod cases;
mod fixtures;
mod golden;
mod laws;
mod refusals;
mod round_trips;
