//! One ring as objects.

use std::{collections::BTreeMap, net::IpAddr};

use itoguchi_model::{
    Instant, Kind,
    results::{ActRow, InfrastructureRow, RingRow, Statement},
    time::DAY,
};
use serde_json::{Value, json};

use super::objects::{Age, Bundle, SECURITY};
use crate::{
    escape,
    export::{
        form,
        graph::{Edge, Graph, Node, NodeKind, infrastructure_role},
        notice,
        scope::Scope,
    },
};

/// How long an indicator for an address believed to be a relay is good for: *assumed*, within the 3 to 14 days after
/// which home addresses are handed to other households.
const INDICATOR_DAYS: i64 = 7;

/// That an address is a relay is believed, not computed: *assumed* to be at most as likely as not, whatever the ring's
/// own likelihood, so that no receiver blocks on it unseen.
const RELAY: f64 = 0.50;

/// What must be known of every ring.
const LIMITS: [&str; 3] = [
    "An address or a device may be shared by people who have nothing to do with each other.",
    "What the sources did not record cannot be seen: orders never filled, the other side of a trade.",
    "Probabilities are arithmetic on the bits of evidence, not calibrated on real cases; they are at most 0.99.",
];

/// A ring while its objects are being made.
struct Maker<'a> {
    bundle: &'a mut Bundle,
    graph: &'a Graph,
    row: &'a RingRow,
    ring: &'a str,
    age: Age,
    /// Ids of observables by the places of their nodes.
    observables: BTreeMap<usize, String>,
    /// Ids of infrastructure by the places of their nodes.
    infrastructure: BTreeMap<usize, String>,
    /// Ids of indicators by the places of their nodes.
    indicators: BTreeMap<usize, String>,
    /// Everything of this ring.
    members: Vec<String>,
}

/// Adds `row` and everything under it.
pub(super) fn add(bundle: &mut Bundle, scope: &Scope, graph: &Graph, row: &RingRow) {
    let (start, end) = (row.window.0.min(row.window.1), row.window.0.max(row.window.1));
    let age = Age { created: start, modified: end };
    let mut maker = Maker {
        bundle,
        graph,
        row,
        ring: &row.ring_id,
        age,
        observables: BTreeMap::new(),
        infrastructure: BTreeMap::new(),
        indicators: BTreeMap::new(),
        members: Vec::new(),
    };
    let set = maker.intrusion_set();
    let campaign = maker.campaign();
    maker.relate("attributed-to", &campaign, &set, row.likelihood, None, "");
    maker.brokers(&campaign);
    maker.observables(scope, &campaign);
    maker.edges(scope, &campaign);
    maker.whole(scope);
}

impl Maker<'_> {
    fn name(&self) -> String {
        format!("RING-{}", form::name(self.ring))
    }

    /// An object of ours, remembered as part of the ring.
    fn own(&mut self, kind: &str, parts: &[&str], fields: Value) -> String {
        let mut known = vec![self.ring];
        known.extend(parts);
        let id = self.bundle.own(kind, &known, self.age, fields);
        self.members.push(id.clone());
        id
    }

    fn intrusion_set(&mut self) -> String {
        let fields = json!({
            "name": self.name(),
            "description": format!("Whoever operated the accounts of ring {}: nobody is identified. {}", form::name(self.ring), notice()),
            "first_seen": form::millis(self.age.created),
            "last_seen": form::millis(self.age.modified),
            "confidence": confidence(self.row.likelihood),
        });
        self.own("intrusion-set", &[], fields)
    }

    fn campaign(&mut self) -> String {
        let names: Vec<String> = self.row.instruments.iter().map(|i| escape::id(i)).collect();
        let (victims, sellers, linked) = (self.row.victims, self.row.sellers, self.row.linked);
        let fields = json!({
            "name": format!("{} {} to {}", self.name(), self.age.created.jst_date(), self.age.modified.jst_date()),
            "description": format!(
                "{victims} account(s) believed taken over, {sellers} suspected seller account(s), {linked} further linked account(s). Names bought: {}. {}",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") },
                notice(),
            ),
            "objective": "As it appears from the trades: accounts believed taken over sell what they hold and buy the names above.",
            "first_seen": form::millis(self.age.created),
            "last_seen": form::millis(self.age.modified),
            "confidence": confidence(self.row.likelihood),
        });
        self.own("campaign", &[], fields)
    }

    fn brokers(&mut self, campaign: &str) {
        for code in &self.row.brokers {
            let broker = self.bundle.broker(code);
            self.members.push(broker.clone());
            self.relate(
                "targets",
                campaign,
                &broker,
                self.row.likelihood,
                None,
                "Accounts at this broker are members of the ring.",
            );
        }
    }

    /// What the nodes of the ring are as observables, and what is built on them.
    fn observables(&mut self, scope: &Scope, campaign: &str) {
        let graph = self.graph;
        for (place, node) in graph.nodes.iter().enumerate() {
            if node.rings.binary_search_by(|r| r.as_str().cmp(self.ring)).is_err() {
                continue;
            }
            let id = match node.kind {
                NodeKind::Ring => continue,
                NodeKind::Account => Some(self.account(scope, node)),
                NodeKind::Device => Some(self.bundle.device(&node.name)),
                NodeKind::Instrument => {
                    let id = self.bundle.observable(SECURITY, &["value"], json!({"value": node.name}));
                    self.relate(
                        "related-to",
                        campaign,
                        &id,
                        self.row.likelihood,
                        None,
                        "Accounts believed taken over bought this name.",
                    );
                    Some(id)
                }
                NodeKind::Address => self.address(&node.name),
            };
            if matches!(node.kind, NodeKind::Device | NodeKind::Address) {
                self.infrastructure(scope, place, node, id.as_deref(), campaign);
            }
            if let Some(id) = id {
                self.members.push(id.clone());
                self.observables.insert(place, id);
            }
        }
    }

    /// An account: its broker and token together, as a token alone may exist at several brokers.
    fn account(&mut self, scope: &Scope, node: &Node) -> String {
        let broker = node.broker.as_deref().unwrap_or_default();
        // A slash in a broker's code must not make two accounts one.
        let token = node.name.get(broker.len() + 1..).unwrap_or_default();
        let user = format!("{}/{token}{}", broker.replace('%', "%25").replace('/', "%2F"), scope.mark);
        let name = if scope.redacted { user.clone() } else { form::name(&node.name) };
        let fields = json!({"user_id": user, "account_type": "x-brokerage", "display_name": name});
        self.bundle.observable("user-account", &["account_type", "user_id"], fields)
    }

    /// An address or network, if it is one: in a redacted export it is a token.
    fn address(&mut self, value: &str) -> Option<String> {
        let kind = address_kind(value)?;
        Some(self.bundle.observable(kind, &["value"], json!({"value": value})))
    }

    fn infrastructure(
        &mut self,
        scope: &Scope,
        place: usize,
        node: &Node,
        observable: Option<&str>,
        campaign: &str,
    ) {
        let kind = if node.kind == NodeKind::Device { Kind::Device } else { Kind::Ip };
        let of_ring =
            |r: &&InfrastructureRow| r.ring_id == self.ring && r.kind == kind && r.value == node.name;
        let row = scope.results.ring_infrastructure.iter().find(of_ring);
        let relay = row.is_some_and(|r| r.role == "relay");
        let role =
            row.map_or("address or device that a member was entered with", |r| infrastructure_role(r.role));
        let used =
            row.map(|r| format!(" {} account(s) of all the data used it.", r.accounts)).unwrap_or_default();
        let period = row.map(|r| (r.first_seen.min(r.last_seen), r.first_seen.max(r.last_seen)));
        let name = form::name(&node.name);
        let limit = if relay { RELAY } else { 1.0 };
        let fields = json!({
            "name": format!("{role}: {name}"),
            "description": format!("{role}.{used} An address or device is no person."),
            "infrastructure_types": [if relay { "anonymization" } else { "unknown" }],
            "first_seen": period.map(|p| form::millis(p.0)),
            "last_seen": period.map(|p| form::millis(p.1)),
            "confidence": confidence(self.row.likelihood.min(limit)),
        });
        let id = self.own("infrastructure", &[&node.id], fields);
        if let Some(observable) = observable {
            self.relate("consists-of", &id, observable, self.row.likelihood, None, "");
        }
        self.relate("uses", campaign, &id, self.row.likelihood, period, "");
        if let (true, Some(period)) = (relay, period) {
            self.indicator(place, period, campaign);
        }
        self.infrastructure.insert(place, id);
    }

    /// For addresses believed to be relays, and for a few days: the next one there may be an innocent household.
    fn indicator(&mut self, place: usize, (first, last): (Instant, Instant), campaign: &str) {
        let node = &self.graph.nodes[place];
        let Some(kind) = address_kind(&node.name) else { return };
        let network = node.name.contains('/');
        let operator = if network { "ISSUBSET" } else { "=" };
        let fields = json!({
            "name": format!("address believed to be a relay: {}", node.name),
            "description": "Logins from here to a member account during the ring. Look at them; do not block a household on it.",
            "indicator_types": ["anonymization"],
            // The value is an address or a network: nothing else gets here.
            "pattern": format!("[{kind}:value {operator} '{}']", node.name),
            "pattern_type": "stix",
            "valid_from": form::millis(first),
            "valid_until": form::millis(last.plus(INDICATOR_DAYS * DAY)),
            "confidence": confidence(self.row.likelihood.min(RELAY)),
        });
        let id = self.own("indicator", &[&node.id], fields);
        self.relate("indicates", &id, campaign, self.row.likelihood.min(RELAY), None, "");
        self.indicators.insert(place, id);
    }

    /// Memberships, links, and what was observed.
    fn edges(&mut self, scope: &Scope, campaign: &str) {
        let (graph, ring) = (self.graph, self.ring);
        let confidences: BTreeMap<usize, f64> = graph
            .edges
            .iter()
            .filter(|e| e.ring == ring)
            .filter_map(|e| Some((e.from, e.probability?)))
            .collect();
        let of = |place: usize| confidences.get(&place).copied().unwrap_or(0.0);
        for edge in graph.edges.iter().filter(|e| e.ring == ring) {
            let (from, to) =
                (self.observables.get(&edge.from).cloned(), self.observables.get(&edge.to).cloned());
            let Some(from) = from else { continue };
            match graph.nodes[edge.to].kind {
                NodeKind::Ring => {
                    self.related("related-to", &from, campaign, edge, of(edge.from));
                }
                NodeKind::Device | NodeKind::Address => {
                    self.used(scope, edge, &from, to.as_deref(), of(edge.from));
                }
                NodeKind::Account => {
                    if let Some(to) = to {
                        self.related("related-to", &from, &to, edge, of(edge.from).min(of(edge.to)));
                    }
                }
                NodeKind::Instrument => {
                    if let Some(to) = to {
                        self.related("related-to", &from, &to, edge, of(edge.from));
                    }
                }
            }
        }
    }

    /// A relationship that says what `edge` says.
    fn related(&mut self, kind: &str, from: &str, to: &str, edge: &Edge, probability: f64) {
        let text = told(edge);
        let name = format!("{kind} {}", edge.id);
        let fields = relationship(kind, from, to, probability, edge.period(), &text);
        self.own("relationship", &[&name], fields);
    }

    /// An account that was entered with a device or from an address: the tie, and every login there was.
    fn used(&mut self, scope: &Scope, edge: &Edge, account: &str, what: Option<&str>, probability: f64) {
        let Some(infrastructure) = self.infrastructure.get(&edge.to).cloned() else { return };
        self.related("related-to", &infrastructure, account, edge, probability);
        let acts = edge.logins.iter().map(|place| &scope.results.ring_acts[*place]);
        let mut observed: Vec<String> = acts.map(|act| self.login(act, account)).collect();
        if observed.is_empty() {
            observed.extend(self.pieces(edge, account, what));
        }
        if let Some(indicator) = self.indicators.get(&edge.to).cloned() {
            for id in &observed {
                self.relate("based-on", &indicator, id, probability.min(RELAY), None, "");
            }
        }
    }

    /// One login: account, device, address, and its source port, by which a carrier finds the subscriber.
    fn login(&mut self, act: &ActRow, account: &str) -> String {
        let access = act.access.clone().unwrap_or_default();
        let mut refs = vec![account.to_owned()];
        if let Some(device) = &access.device {
            refs.push(self.bundle.device(device));
        }
        if let Some((kind, ip)) = access.ip.as_deref().and_then(|ip| Some((address_kind(ip)?, ip))) {
            let address = self.bundle.observable(kind, &["value"], json!({"value": ip}));
            // What runs over it the sources do not say; the standard wants a protocol, and of this one we are sure.
            let protocol = if kind == "ipv4-addr" { "ipv4" } else { "ipv6" };
            // Its id rests on the spelling of the time: without needless noughts, as others spell it.
            let traffic = json!({"src_ref": address, "src_port": access.src_port, "protocols": [protocol],
                "start": form::utc(act.time)});
            let contributing = ["protocols", "src_port", "src_ref", "start"];
            refs.push(address);
            refs.push(self.bundle.observable("network-traffic", &contributing, traffic));
        }
        self.members.extend_from_slice(&refs);
        let (file, row) = (&act.source.0, act.source.1.to_string());
        let fields = json!({
            "first_observed": form::millis(act.time),
            "last_observed": form::millis(act.time),
            "number_observed": 1,
            "object_refs": refs,
            "external_references": [
                {"source_name": form::name(file), "external_id": format!("row {row}")},
            ],
        });
        self.own("observed-data", &[file, &row], fields)
    }

    /// Logins that only evidence tells of, together.
    fn pieces(&mut self, edge: &Edge, account: &str, what: Option<&str>) -> Option<String> {
        let (what, (first, last)) = (what?, edge.period()?);
        let rows: usize = edge.sources.iter().map(|(_, rows)| rows.len()).sum();
        let fields = json!({
            "first_observed": form::millis(first),
            "last_observed": form::millis(last),
            "number_observed": rows.clamp(1, 999_999_999),
            "object_refs": [account, what],
        });
        Some(self.own("observed-data", &[&edge.id], fields))
    }

    fn relate(
        &mut self,
        kind: &str,
        from: &str,
        to: &str,
        probability: f64,
        period: Option<(Instant, Instant)>,
        text: &str,
    ) {
        let fields = relationship(kind, from, to, probability, period, text);
        self.own("relationship", &[kind, from, to], fields);
    }

    /// The ring as a grouping of all its objects, and a note with what speaks against it.
    fn whole(&mut self, scope: &Scope) {
        self.members.sort_unstable();
        self.members.dedup();
        let refs = self.members.clone();
        let fields = json!({
            "name": self.name(),
            "description": format!(
                "Accounts of {} broker(s) that evidence of {} independent families holds together, out of {} accounts in the data. {}",
                self.row.brokers.len(),
                self.row.families.len(),
                scope.accounts,
                notice()
            ),
            "context": "suspicious-activity",
            "object_refs": refs,
            "confidence": confidence(self.row.likelihood),
        });
        let grouping = self.own("grouping", &[], fields);
        let mut lines = vec![notice().to_owned()];
        let weakest = &self.row.weakest_point;
        if !weakest.en.is_empty() {
            lines.push(format!("Weakest point: {}", both(weakest)));
        }
        let innocent = self.row.innocent_explanations.iter();
        lines.extend(innocent.map(|t| format!("Innocent explanation: {}", both(t))));
        lines.extend(LIMITS.map(str::to_owned));
        lines.extend(scope.notes.iter().map(both));
        let fields = json!({
            "abstract": "What speaks against it, and what cannot be seen",
            "content": lines.join("\n"),
            "object_refs": [grouping],
        });
        self.own("note", &[], fields);
    }
}

/// A sentence in both languages.
fn both(text: &Statement) -> String {
    format!("{} / {}", escape::sentence(&text.en), escape::sentence(&text.ja))
}

/// The fields of a relationship. Times are left out where it was seen at one moment only: the standard wants a stop
/// after the start.
fn relationship(
    kind: &str,
    from: &str,
    to: &str,
    probability: f64,
    period: Option<(Instant, Instant)>,
    text: &str,
) -> Value {
    let start = period.map(|p| form::millis(p.0));
    let stop = period.map(|p| form::millis(p.1)).filter(|stop| Some(stop) > start.as_ref());
    json!({
        "relationship_type": kind,
        "source_ref": from,
        "target_ref": to,
        "description": (!text.is_empty()).then_some(text),
        "start_time": start,
        "stop_time": stop,
        "confidence": confidence(probability),
    })
}

/// What an edge says: words, bits, evidence, source rows.
fn told(edge: &Edge) -> String {
    let mut parts = vec![edge.role.unwrap_or(edge.label).to_owned()];
    if let Some(bits) = edge.bits {
        parts.push(format!("{} bits", form::bits(bits)));
    }
    if !edge.evidence.is_empty() {
        parts.push(format!(
            "evidence {}",
            edge.evidence.iter().map(|e| escape::id(e)).collect::<Vec<_>>().join(", ")
        ));
    }
    parts.extend(edge.sources.iter().map(form::source));
    parts.join("; ")
}

/// A probability as STIX has it: whole hundredths, never certain.
fn confidence(probability: f64) -> u8 {
    if !probability.is_finite() {
        return 0;
    }
    // 0.29 × 100 is a little below 29.
    (probability * 100.0 + 1e-9).floor().clamp(0.0, 99.0) as u8
}

/// What kind of address `value` is: alone, or as a network with its length.
fn address_kind(value: &str) -> Option<&'static str> {
    let (address, length) = match value.split_once('/') {
        // `parse` alone would take a sign.
        Some((_, length)) if !length.bytes().all(|b| b.is_ascii_digit()) => return None,
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (value, None),
    };
    match (address.parse::<IpAddr>().ok()?, length.unwrap_or(0)) {
        (IpAddr::V4(_), 0..=32) => Some("ipv4-addr"),
        (IpAddr::V6(_), 0..=128) => Some("ipv6-addr"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_addresses_and_nothing_else() {
        assert_eq!(address_kind("198.51.100.7"), Some("ipv4-addr"));
        assert_eq!(address_kind("2001:db8::/64"), Some("ipv6-addr"));
        for odd in
            ["198.51.100.7/33", "198.51.100.7/", "x", "198.51.100.7' OR '1", "address-1", "", "1.2.3.4/+8"]
        {
            assert_eq!(address_kind(odd), None, "{odd}");
        }
    }

    #[test]
    fn nothing_is_certain() {
        assert_eq!([1.0, 0.995, 0.29, 0.0, -1.0, f64::NAN].map(confidence), [99, 99, 29, 0, 0, 0]);
    }
}
