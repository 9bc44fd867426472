//! What may cross a broker's border.
//!
//! Brokers may not show each other their customers. They can show that they saw the same thing: each identifier becomes
//! a token that two brokers get alike and nobody can compute alone. [`canonical`] gives an identifier its one spelling,
//! [`tokens`] makes the token with the help of a key-holder who never sees the identifier, [`steps`] are what broker and
//! key-holder do in turn, by files ([`exchange`]), and [`bundle`] is what leaves in the end. Identifiers that many
//! customers share get no token ([`identifiers`], [`policy`]); what was evaluated is logged and limited ([`journal`]);
//! what has expired goes ([`purge`]).

pub mod bundle;
pub mod canonical;
pub mod disclose;
pub mod epoch;
mod error;
pub mod exchange;
mod files;
mod hex;
pub mod identifiers;
pub mod journal;
pub mod policy;
pub mod purge;
pub mod steps;
pub mod tokens;

pub use error::ShareError;
pub use files::read_secret;
