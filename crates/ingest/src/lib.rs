//! Files to typed rows: the canonical tables and the brokers' downloads.

pub mod contract;
pub mod importers;
