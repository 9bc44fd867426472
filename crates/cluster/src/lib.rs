//! Co-action on Apache DataFusion, on one machine or, through Ballista, on many.
//!
//! The count of pairs is one plan ([`plan`]) of two aggregate functions ([`functions`]) that call the mergeable summary
//! of `coaction` and nothing of their own, so that it runs under any [`Engine`] and gives what
//! [`itoguchi_coaction::coact`] gives, to the byte.
//!
//! Ballista 55 can lose or repeat rows when an executor is lost while a stage runs, and report success. So an answer
//! carries its own proof ([`ledger`]): through the same exchanges as the pairs go counts and checksums of every act and of
//! every part of a pair. [`count_pairs`] compares them with the acts that it sent; an answer that does not add up is thrown
//! away and the job is run again, and after [`Limits::attempts`] it is refused.

pub mod context;
mod error;
pub mod functions;
pub mod ledger;
pub mod plan;
pub mod run;
pub mod server;
mod watch;

pub use context::{Engine, Planner};
pub use error::ClusterError;
pub use run::{Limits, count_pairs};
