//! One STIX 2.1 bundle: groupings, campaigns and intrusion sets for rings; infrastructure, observed data and accounts
//! under them; relationships between all of these.
//!
//! - Who operates a ring is not known: it is an `intrusion-set`, never a `threat-actor`. People are no identities here.
//! - Ids of observables are those of the standard (UUIDv5 of their canonical content); all others are UUIDv5 in a
//!   namespace of ours, so that a second export of one result adds nothing to a store.
//! - `created` and `modified` are the first and last moment of the ring, not the clock's.

mod objects;
mod ring;

use serde_json::json;

use super::{Tlp, failed, graph::Graph, scope::Scope};
use crate::error::ReportError;
use objects::Bundle;

/// The bundle as JSON, keys sorted.
pub(super) fn write(scope: &Scope, graph: &Graph, tlp: Tlp) -> Result<Vec<u8>, ReportError> {
    let mut bundle = Bundle::new(scope, tlp);
    for row in &scope.results.rings {
        ring::add(&mut bundle, scope, graph, row);
    }
    let id = bundle.own_id("bundle", &[&bundle.ids().join(" ")]);
    let mut whole = json!({"type": "bundle", "id": id, "objects": bundle.finish()});
    // Another crate of the program may have switched serde_json to insertion order.
    whole.sort_all_objects();
    let mut bytes = serde_json::to_vec_pretty(&whole).map_err(|e| failed("STIX", &e))?;
    bytes.push(b'\n');
    Ok(bytes)
}
