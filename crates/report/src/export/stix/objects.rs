//! Objects with their ids, times and markings.

use std::collections::BTreeSet;

use itoguchi_model::Instant;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::export::{Tlp, form, scope::Scope};

/// The namespace that STIX 2.1 (2.9, deterministic identifiers) gives to observables.
const OBSERVABLES: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);
/// The extension of OASIS that holds labels of the Traffic Light Protocol 2.0.
const TLP_EXTENSION: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
/// Objects that belong to no ring are as old as this format, in every export.
const SINCE: &str = "2025-01-01T00:00:00.000Z";

/// What our own observables may hold; the namespaced types keep them apart from anybody else's.
const DEVICE: &str = "x-itoguchi-device";
/// A name on the market.
pub(super) const SECURITY: &str = "x-itoguchi-security";

impl Tlp {
    /// The label, as `amber+strict`.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.marking().0
    }

    /// The label as the extension spells it, its name, and the id that OASIS gave its marking.
    fn marking(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Clear => ("clear", "TLP:CLEAR", "94868c89-83c2-464b-929b-a1a8aa3c8487"),
            Self::Green => ("green", "TLP:GREEN", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
            Self::Amber => ("amber", "TLP:AMBER", "55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
            Self::AmberStrict => ("amber+strict", "TLP:AMBER+STRICT", "939a9414-2ddd-4d32-a0cd-375ea402b003"),
            Self::Red => ("red", "TLP:RED", "e828b379-4e03-4974-9ac4-e53a884c97c1"),
        }
    }
}

/// When an object was first and last changed: the window of its ring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    pub(super) created: Instant,
    pub(super) modified: Instant,
}

/// The objects of a bundle, each once, in the order in which they came.
pub(super) struct Bundle {
    objects: Vec<Value>,
    ids: BTreeSet<String>,
    marking: String,
    /// Our own namespace.
    own: Uuid,
    /// As in [`Scope::mark`].
    mark: String,
    producer: String,
}

impl Bundle {
    /// A bundle with its marking, its producer and what our own observables are.
    pub(super) fn new(scope: &Scope, tlp: Tlp) -> Self {
        let (label, name, id) = tlp.marking();
        let mut bundle = Self {
            objects: Vec::new(),
            ids: BTreeSet::new(),
            marking: format!("marking-definition--{id}"),
            own: Uuid::new_v5(&Uuid::NAMESPACE_OID, b"itoguchi stix export 1"),
            mark: scope.mark.clone(),
            producer: String::new(),
        };
        let marking = bundle.marking.clone();
        bundle.push(json!({"type": "marking-definition", "spec_version": "2.1", "id": marking,
            "created": "2022-10-01T00:00:00.000Z", "name": name,
            "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label}}}));
        bundle.producer = bundle.standing("identity", "itoguchi", |o| {
            o.insert("name".into(), json!("itoguchi"));
            o.insert("identity_class".into(), json!("system"));
            o.insert(
                "description".into(),
                json!(
                    "A program that looks for accounts that belong together. No person and no organization."
                ),
            );
        });
        for (kind, what) in [(DEVICE, "a device as a broker recognises it"), (SECURITY, "a listed name")] {
            bundle.extension(kind, what);
        }
        bundle
    }

    /// The id of the extension that defines `kind`.
    fn extension_id(&self, kind: &str) -> String {
        // The same in redacted exports: it says what a type is, not what is in one.
        format!("extension-definition--{}", Uuid::new_v5(&self.own, format!("extension {kind}").as_bytes()))
    }

    fn extension(&mut self, kind: &str, what: &str) {
        let object = json!({"type": "extension-definition", "spec_version": "2.1",
            "id": self.extension_id(kind), "created_by_ref": self.producer, "created": SINCE,
            "modified": SINCE, "name": kind, "version": "1.0.0", "extension_types": ["new-sco"],
            "description": format!("Observable {kind}: {what}. Properties: value (string, required; contributes to the id)."),
            "schema": "docs/EXPORTS.md of itoguchi", "object_marking_refs": [self.marking]});
        self.push(object);
    }

    /// An object that is the same in every export.
    fn standing(&mut self, kind: &str, name: &str, fill: impl FnOnce(&mut Map<String, Value>)) -> String {
        let id = format!("{kind}--{}", Uuid::new_v5(&self.own, format!("{kind} {name}").as_bytes()));
        let mut object = Map::new();
        for (key, value) in [("type", kind), ("spec_version", "2.1"), ("id", &id), ("created", SINCE)] {
            object.insert(key.into(), json!(value));
        }
        object.insert("modified".into(), json!(SINCE));
        object.insert("object_marking_refs".into(), json!([self.marking]));
        fill(&mut object);
        self.push(Value::Object(object));
        id
    }

    /// A broker: the only organizations there are.
    pub(super) fn broker(&mut self, code: &str) -> String {
        self.standing("identity", &format!("broker {code}"), |o| {
            o.insert("name".into(), json!(form::name(code)));
            o.insert("identity_class".into(), json!("organization"));
            o.insert("sectors".into(), json!(["financial-services"]));
        })
    }

    /// An id of ours for an object of `kind` that is known by `parts`.
    pub(super) fn own_id(&self, kind: &str, parts: &[&str]) -> String {
        let what = json!([kind, self.mark, parts]).to_string();
        format!("{kind}--{}", Uuid::new_v5(&self.own, what.as_bytes()))
    }

    /// An object about a ring, known by `parts`, with `fields` (an object). Returns its id.
    pub(super) fn own(&mut self, kind: &str, parts: &[&str], age: Age, fields: Value) -> String {
        let id = self.own_id(kind, parts);
        let mut object = common(kind, &id, fields, &self.marking);
        object.insert("created".into(), json!(form::millis(age.created)));
        object.insert("modified".into(), json!(form::millis(age.modified)));
        object.insert("created_by_ref".into(), json!(self.producer));
        self.push(Value::Object(object));
        id
    }

    /// An observable with `fields`, known by those that the standard lets contribute. Returns its id.
    pub(super) fn observable(&mut self, kind: &str, contributing: &[&str], fields: Value) -> String {
        let stated = |k: &&str| fields.get(*k).filter(|v| !v.is_null()).cloned();
        let known: Map<String, Value> =
            contributing.iter().filter_map(|k| Some(((*k).to_owned(), stated(k)?))).collect();
        let mut known = Value::Object(known);
        known.sort_all_objects();
        // Compact, sorted, and strings escaped no more than they must be: RFC 8785 for texts and whole numbers.
        let id = format!("{kind}--{}", Uuid::new_v5(&OBSERVABLES, known.to_string().as_bytes()));
        let mut object = common(kind, &id, fields, &self.marking);
        if kind.starts_with("x-") {
            let extension = self.extension_id(kind);
            object.insert("extensions".into(), json!({extension: {"extension_type": "new-sco"}}));
        }
        self.push(Value::Object(object));
        id
    }

    /// A device of ours. A token is told from that of another export.
    pub(super) fn device(&mut self, value: &str) -> String {
        let value = format!("{value}{}", self.mark);
        self.observable(DEVICE, &["value"], json!({"value": value}))
    }

    /// Adds an object unless it is there.
    fn push(&mut self, object: Value) {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.ids.insert(id) {
            self.objects.push(object);
        }
    }

    /// Every id, sorted.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.ids.iter().map(String::as_str).collect()
    }

    pub(super) fn finish(self) -> Vec<Value> {
        self.objects
    }
}

fn common(kind: &str, id: &str, fields: Value, marking: &str) -> Map<String, Value> {
    let mut object = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    // What is not known is left out: the standard knows no null.
    object.retain(|_, value| !value.is_null());
    object.insert("type".into(), json!(kind));
    object.insert("spec_version".into(), json!("2.1"));
    object.insert("id".into(), json!(id));
    object.insert("object_marking_refs".into(), json!([marking]));
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_observables_are_those_of_the_standard() {
        // From stix2 3.0.2: IPv4Address(value=…).id and the like.
        let scope = Scope::nothing();
        let mut bundle = Bundle::new(&scope, Tlp::default());
        let id = bundle.observable("ipv4-addr", &["value"], json!({"value": "198.51.100.7"}));
        assert_eq!(id, "ipv4-addr--12592121-be4c-5a93-a813-5a5af16e50db");
        let fields =
            json!({"user_id": "SBI/\u{1f}\"口座\u{7f}", "account_type": "x-brokerage", "display_name": "x"});
        let id = bundle.observable("user-account", &["account_type", "user_id"], fields);
        assert_eq!(id, "user-account--ca1234e1-833b-5915-b2ae-0c299184d587");
    }
}
