//! A disclosure as a MISP event.
//!
//! Accounts are `bank-account` objects (the template of misp-objects that follows goAML 4.0) of type 'E - Trading Account'.
//! They are of no bank, and no report code is set: that a report was filed is nobody's to tell. Tokens that many share
//! do not correlate.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{DisclosedRing, Disclosure, OwnAccount, SharedToken};

/// Template of `bank-account` and its version.
const BANK_ACCOUNT: (&str, &str) = ("b4712203-95a8-4883-80e9-b566f5df11c9", "1");

/// The event; keys sorted. `tlp` is a label of the Traffic Light Protocol 2.0, as `amber+strict`.
#[must_use]
pub fn event(disclosure: &Disclosure, tlp: &str) -> Value {
    let ids = Ids { space: Uuid::new_v5(&Uuid::NAMESPACE_OID, b"itoguchi misp event 1"), of: &disclosure.to };
    let mut objects = Vec::new();
    let mut attributes = Vec::new();
    for ring in &disclosure.rings {
        objects.extend(ring.own.iter().map(|account| bank_account(&ids, disclosure, ring, account)));
        attributes.extend(ring.infrastructure.iter().map(|token| attribute(&ids, ring, token)));
        attributes.extend(ring.instruments.iter().map(|name| instrument(&ids, ring, name)));
    }
    let first = disclosure.rings.iter().map(|r| r.from.as_str()).min().unwrap_or("1970-01-01");
    let mut event = json!({"Event": {
        "uuid": ids.of(&["event", &disclosure.result_sha256]),
        "info": format!("itoguchi: {} ring(s) with accounts of {}. {}", disclosure.rings.len(), disclosure.to, disclosure.notice),
        "date": first.get(..10).unwrap_or("1970-01-01"),
        "threat_level_id": "4",
        "analysis": "0",
        "distribution": "0",
        "Tag": [{"name": format!("tlp:{tlp}")}],
        "Attribute": attributes,
        "Object": objects,
    }});
    event.sort_all_objects();
    event
}

/// Deterministic ids: the same disclosure sent twice adds nothing.
struct Ids<'a> {
    space: Uuid,
    of: &'a str,
}

impl Ids<'_> {
    fn of(&self, parts: &[&str]) -> String {
        Uuid::new_v5(&self.space, json!([self.of, parts]).to_string().as_bytes()).to_string()
    }
}

fn bank_account(ids: &Ids, disclosure: &Disclosure, ring: &DisclosedRing, account: &OwnAccount) -> Value {
    let part = |relation: &str, kind: &str, value: String, correlates: bool| {
        json!({"uuid": ids.of(&["account", &ring.ring_id, &account.pseudonym, relation]),
            "object_relation": relation, "type": kind, "value": value, "to_ids": false,
            "disable_correlation": !correlates})
    };
    let comments = format!(
        "{}, {:.1} bits; read as {}; reasons: {}",
        ring.ring_id,
        account.bits,
        account.role,
        account.reasons.join(" ")
    );
    json!({
        "name": "bank-account", "meta-category": "financial",
        "template_uuid": BANK_ACCOUNT.0, "template_version": BANK_ACCOUNT.1,
        "uuid": ids.of(&["account", &ring.ring_id, &account.pseudonym]),
        "Attribute": [
            part("account", "bank-account-nr", account.pseudonym.clone(), true),
            part("institution-code", "text", disclosure.to.clone(), false),
            part("non-banking-institution", "boolean", "1".to_owned(), false),
            part("personal-account-type", "text", "E - Trading Account".to_owned(), false),
            part("comments", "text", comments, false),
        ],
    })
}

fn attribute(ids: &Ids, ring: &DisclosedRing, token: &SharedToken) -> Value {
    // An address behind which many sit would correlate everybody with everybody.
    let shared = token.kind == "ip" || token.role == "shared";
    json!({"uuid": ids.of(&["token", &ring.ring_id, &token.kind, &token.token]), "type": "text",
        "category": "Other", "value": token.token, "to_ids": false, "disable_correlation": shared,
        "comment": format!("{} token of {}: {}, {} account(s) of {}", token.kind, ring.ring_id, token.role,
            token.accounts, token.brokers.join(" "))})
}

fn instrument(ids: &Ids, ring: &DisclosedRing, name: &str) -> Value {
    json!({"uuid": ids.of(&["name", &ring.ring_id, name]), "type": "text", "category": "Other", "value": name,
        "to_ids": false, "disable_correlation": true, "comment": format!("name bought in {}", ring.ring_id)})
}
