//! The vocabulary every other crate speaks: ids, instants, evidence in bits, the tables that go in
//! ([`tables`]) and the tables that come out ([`results`]).
//!
//! Nothing here reads a file, a clock or the environment, and nothing computes: a word belongs here when
//! two crates need it and neither owns it.

pub mod bits;
pub mod decimal;
pub mod evidence;
pub mod ids;
pub mod progress;
pub mod results;
pub mod tables;
pub mod time;

pub use bits::Millibits;
pub use decimal::{Money, Scaled};
pub use evidence::{Family, Kind, Role};
pub use ids::{AccountId, BrokerId, DeviceId, InstrumentId, IpId, TextId};
pub use tables::{Case, RowRef, Side};
pub use time::{Instant, JstDate, Precision};
