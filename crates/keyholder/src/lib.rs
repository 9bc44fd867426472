//! The key-holder as a service, and the broker's way to ask it.
//!
//! HTTP/1.1 over TLS 1.3. Both sides show certificates; the broker's decides which broker it is ([`brokers`]). What goes over
//! the wire are the very files of the offline exchange, in parts (`itoguchi_share::steps::answer` and `ask`), so that this
//! crate computes nothing: it knows who asks, how often, and how long it waits. [`serve`] is the one side, [`client`]
//! the other, [`wire`] the words between them.
//!
//! | call | answer |
//! | --- | --- |
//! | `GET /v1/health` | `ok` |
//! | `GET /v1/epochs` | the epochs that hold now, the digest of the policy ([`wire::Offer`]) |
//! | `POST /v1/evaluate` | a response to the request in the body |

pub mod brokers;
pub mod client;
mod error;
mod pem;
mod rate;
mod routes;
pub mod serve;
pub mod wire;

pub use error::KeyholderError;
