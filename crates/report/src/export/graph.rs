//! Rings as nodes and edges, before they have a form.
//!
//! A node's id is a hash of what it is and of its whole name, so two names never become one node, however alike they
//! look or whatever is cut off a label. Times of an edge are those of the logins and fills it stands for, where the
//! result lists them, else of its pieces of evidence; nothing is added up that the result does not add up.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    Instant, Kind, Millibits, Role,
    results::{AccountName, ActRow, EvidenceRow, InfrastructureRow, LinkRow, MemberRow},
};

use super::{form, scope::Scope};
use crate::{Lang, redact::line, words};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodeKind {
    /// A group of accounts: a lead.
    Ring,
    /// An account of a broker.
    Account,
    /// A device that members share.
    Device,
    /// An address that members share.
    Address,
    /// A name on the market.
    Instrument,
}

impl NodeKind {
    /// The word for it in files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Account => "account",
            Self::Device => "device",
            Self::Address => "address",
            Self::Instrument => "instrument",
        }
    }
}

/// Something that edges meet in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Kind and a hash of the whole name.
    pub(super) id: String,
    pub(super) kind: NodeKind,
    /// The whole name, as it came: hostile.
    pub(super) name: String,
    pub(super) broker: Option<String>,
    /// In the project's words; of an account in several rings, where it has most bits.
    pub(super) role: Option<&'static str>,
    /// The rings it stands in, sorted.
    pub(super) rings: Vec<String>,
    /// Of an account its own, of a ring its score, of a device or address what sharing it is worth to one pair.
    pub(super) bits: Option<Millibits>,
    /// Likelihood of a ring, confidence of a member.
    pub(super) probability: Option<f64>,
    /// Accounts of all the data that used it.
    pub(super) accounts: Option<u32>,
    /// First and last act.
    pub(super) period: Option<(Instant, Instant)>,
}

/// What ties two nodes together inside one ring.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edge {
    /// A hash of the ring, the kind and both ends.
    pub(super) id: String,
    /// Places in [`Graph::nodes`].
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: &'static str,
    /// What it says, in words.
    pub(super) label: &'static str,
    /// Whether its direction means anything.
    pub(super) directed: bool,
    pub(super) ring: String,
    pub(super) role: Option<&'static str>,
    /// Of a member its own, of a link the link's, else of the strongest piece of evidence.
    pub(super) bits: Option<Millibits>,
    pub(super) probability: Option<f64>,
    pub(super) occasions: Option<u32>,
    pub(super) acts: Option<u32>,
    pub(super) q_value: Option<f64>,
    /// When it was seen, sorted: once for each login, once for all purchases or sales, else for each piece of evidence.
    pub(super) spells: Vec<(Instant, Instant)>,
    /// Ids of evidence, sorted.
    pub(super) evidence: Vec<String>,
    /// Files and rows behind it, sorted.
    pub(super) sources: Vec<(String, Vec<u64>)>,
    /// The logins it stands for: places in `ring_acts`.
    pub(super) logins: Vec<usize>,
}

impl Edge {
    /// From the first to the last moment it was seen.
    pub(super) fn period(&self) -> Option<(Instant, Instant)> {
        let start = self.spells.iter().map(|s| s.0).min()?;
        let end = self.spells.iter().map(|s| s.1).max()?;
        Some((start, end))
    }
}

/// The rings of a scope: rings, accounts, devices, addresses and names, each by id; edges by ring, then by their ends.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

impl Graph {
    /// Nodes and edges of `scope`. O(n log n) in its rows; evidence of a link is looked for among its two accounts'.
    pub(super) fn new(scope: &Scope) -> Self {
        let mut nodes = Nodes::default();
        nodes.gather(scope);
        let (nodes, places) = nodes.finish();
        let mut builder =
            Builder { places, evidence: by_subject(scope), graph: Self { nodes, edges: Vec::new() } };
        for ring in &scope.results.rings {
            builder.ring(scope, &ring.ring_id);
        }
        builder.graph
    }
}

/// The id of the node of `kind` that is called `parts`.
fn node_id(kind: NodeKind, parts: &[&str]) -> String {
    format!("{}-{}", kind.name(), form::hash(parts, 10))
}

fn account_id(account: &AccountName) -> String {
    node_id(NodeKind::Account, &[&account.broker, &account.account_id])
}

fn value_id(kind: Kind, value: &str) -> String {
    let kind = if kind == Kind::Device { NodeKind::Device } else { NodeKind::Address };
    node_id(kind, &[value])
}

/// Nodes by kind and id, so that each stands once.
#[derive(Default)]
struct Nodes {
    all: BTreeMap<(NodeKind, String), Node>,
}

impl Nodes {
    fn gather(&mut self, scope: &Scope) {
        let results = &scope.results;
        for ring in &results.rings {
            let node = self.node(NodeKind::Ring, &[&ring.ring_id], &ring.ring_id, &ring.ring_id);
            (node.bits, node.probability) = (Some(ring.score), Some(ring.likelihood));
            node.period = Some(ring.window);
            node.role = Some("group of linked accounts: a lead, not a finding");
        }
        for member in &results.ring_members {
            self.member(member);
        }
        for shared in &results.ring_infrastructure {
            self.shared(shared);
        }
        // Evidence may rest on a device or address that has no row of its own.
        for e in results.evidence.iter().filter(|e| matches!(e.kind, Kind::Device | Kind::Ip)) {
            if let Some(ring) = &e.ring_id {
                let kind = if e.kind == Kind::Device { NodeKind::Device } else { NodeKind::Address };
                self.node(kind, &[&e.object], &e.object, ring);
            }
        }
        for row in &results.ring_instruments {
            let node = self.instrument(&row.instrument, &row.ring_id);
            node.period = Some(joined(node.period, (row.first_buy, row.last_buy)));
        }
        for ring in &results.rings {
            for instrument in &ring.instruments {
                self.instrument(instrument, &ring.ring_id);
            }
        }
    }

    /// The node that is called `parts`, in `ring` too.
    fn node(&mut self, kind: NodeKind, parts: &[&str], name: &str, ring: &str) -> &mut Node {
        let id = node_id(kind, parts);
        let node = self.all.entry((kind, id.clone())).or_insert_with(|| Node {
            id,
            kind,
            name: name.to_owned(),
            broker: None,
            role: None,
            rings: Vec::new(),
            bits: None,
            probability: None,
            accounts: None,
            period: None,
        });
        if let Err(at) = node.rings.binary_search_by(|r| r.as_str().cmp(ring)) {
            node.rings.insert(at, ring.to_owned());
        }
        node
    }

    fn instrument(&mut self, instrument: &str, ring: &str) -> &mut Node {
        let node = self.node(NodeKind::Instrument, &[instrument], instrument, ring);
        node.role = Some("name that victims of the ring bought");
        node
    }

    fn member(&mut self, member: &MemberRow) {
        let account = &member.account;
        let parts = [account.broker.as_str(), account.account_id.as_str()];
        let node = self.node(NodeKind::Account, &parts, &account.to_string(), &member.ring_id);
        node.broker = Some(account.broker.clone());
        if node.bits.is_none_or(|b| b < member.bits) {
            node.bits = Some(member.bits);
            node.probability = Some(member.confidence);
            node.role = Some(words::role(member.role, Lang::En));
        }
        node.period = Some(joined(node.period, (member.first_seen, member.last_seen)));
    }

    fn shared(&mut self, row: &InfrastructureRow) {
        let kind = if row.kind == Kind::Device { NodeKind::Device } else { NodeKind::Address };
        let node = self.node(kind, &[&row.value], &row.value, &row.ring_id);
        node.bits = node.bits.max(Some(row.bits));
        node.accounts = node.accounts.max(Some(row.accounts));
        // Believed to be a relay in one ring: said in both.
        if node.role.is_none() || row.role == "relay" {
            node.role = Some(infrastructure_role(row.role));
        }
        node.period = Some(joined(node.period, (row.first_seen, row.last_seen)));
    }

    fn finish(self) -> (Vec<Node>, BTreeMap<String, usize>) {
        let nodes: Vec<Node> = self.all.into_values().collect();
        let places = nodes.iter().enumerate().map(|(n, node)| (node.id.clone(), n)).collect();
        (nodes, places)
    }
}

/// What a shared device or address is called.
pub(super) fn infrastructure_role(role: &str) -> &'static str {
    match role {
        "relay" => "address believed to be a relay",
        "device" => "shared device",
        _ => "address believed to be shared by unrelated people",
    }
}

fn joined(known: Option<(Instant, Instant)>, other: (Instant, Instant)) -> (Instant, Instant) {
    known.map_or(other, |(start, end)| (start.min(other.0), end.max(other.1)))
}

/// Evidence by ring and subject, in the table's order.
type BySubject<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a EvidenceRow>>;

fn by_subject(scope: &Scope) -> BySubject<'_> {
    let mut all = BySubject::new();
    for e in &scope.results.evidence {
        if let Some(ring) = &e.ring_id {
            all.entry((ring, &e.subject)).or_default().push(e);
        }
    }
    all
}

/// What an edge rests on: pieces of evidence, and acts.
type Behind<'a, Act> = (Vec<&'a EvidenceRow>, Vec<Act>);

struct Builder<'a> {
    places: BTreeMap<String, usize>,
    evidence: BySubject<'a>,
    graph: Graph,
}

impl<'a> Builder<'a> {
    fn ring(&mut self, scope: &'a Scope, ring: &'a str) {
        let members: Vec<&MemberRow> =
            scope.results.ring_members.iter().filter(|m| m.ring_id == ring).collect();
        let names: BTreeSet<&str> = self.instruments(scope, ring);
        let mut acts: BTreeMap<&AccountName, Vec<usize>> = BTreeMap::new();
        for (place, act) in scope.results.ring_acts.iter().enumerate().filter(|(_, a)| a.ring_id == ring) {
            acts.entry(&act.account).or_default().push(place);
        }
        // One text for two accounts (a slash in a broker's code) says of neither what is meant.
        let mut said: BTreeMap<String, u32> = BTreeMap::new();
        for m in &members {
            *said.entry(m.account.to_string()).or_default() += 1;
        }
        for m in &members {
            let name = m.account.to_string();
            let rows = if said[&name] == 1 { self.pieces(ring, &name) } else { Vec::new() };
            self.member(m, &rows);
            let acts = acts.get(&m.account).map_or(&[][..], Vec::as_slice);
            self.used(scope, m, &rows, acts);
            self.traded(scope, m, &rows, acts, &names);
        }
        for link in scope.results.links.iter().filter(|l| l.ring_id.as_deref() == Some(ring)) {
            self.link(ring, link);
        }
    }

    fn instruments(&self, scope: &'a Scope, ring: &str) -> BTreeSet<&'a str> {
        let rings = scope.results.rings.iter().filter(|r| r.ring_id == ring);
        let listed = rings.flat_map(|r| r.instruments.iter().map(String::as_str));
        let rows = scope.results.ring_instruments.iter().filter(|i| i.ring_id == ring);
        listed.chain(rows.map(|i| i.instrument.as_str())).collect()
    }

    fn pieces(&self, ring: &str, subject: &str) -> Vec<&'a EvidenceRow> {
        self.evidence.get(&(ring, subject)).cloned().unwrap_or_default()
    }

    /// The account in the ring.
    fn member(&mut self, m: &MemberRow, rows: &[&EvidenceRow]) {
        let label = match m.role {
            Role::Victim => "belongs to the ring as a victim",
            Role::Seller => "belongs to the ring as a suspected seller account",
            Role::Linked => "is linked to the ring",
        };
        let ends = [account_id(&m.account), node_id(NodeKind::Ring, &[&m.ring_id])];
        let Some(mut edge) = self.edge(&m.ring_id, "member", label, ends, rows) else { return };
        edge.directed = true;
        (edge.role, edge.bits, edge.probability) =
            (Some(words::role(m.role, Lang::En)), Some(m.bits), Some(m.confidence));
        edge.spells = vec![(m.first_seen, m.last_seen)];
        self.graph.edges.push(edge);
    }

    /// The account with the devices and addresses it was entered with: those that evidence speaks of, and those of the
    /// ring that a login names.
    fn used(&mut self, scope: &Scope, m: &MemberRow, rows: &[&'a EvidenceRow], acts: &[usize]) {
        let mut by_value: BTreeMap<(Kind, String), Behind<'_, usize>> = BTreeMap::new();
        for e in rows.iter().filter(|e| matches!(e.kind, Kind::Device | Kind::Ip)) {
            by_value.entry((e.kind, e.object.clone())).or_default().0.push(e);
        }
        for place in acts {
            let act = &scope.results.ring_acts[*place];
            for value in entered_with(act) {
                by_value.entry(value).or_default().1.push(*place);
            }
        }
        for ((kind, value), (rows, logins)) in by_value {
            let (word, label) = match kind {
                Kind::Device => ("used_device", "was entered with this device"),
                _ => ("used_address", "was entered from this address"),
            };
            let ends = [account_id(&m.account), value_id(kind, &value)];
            // An address of one login alone is nothing the ring shares: it has no node, and no edge.
            let Some(mut edge) = self.edge(&m.ring_id, word, label, ends, &rows) else { continue };
            if !self.stands_in(edge.to, &m.ring_id) {
                continue;
            }
            if !logins.is_empty() {
                let at = |place: &usize| scope.results.ring_acts[*place].time;
                let times: BTreeSet<Instant> = logins.iter().map(at).collect();
                edge.spells = times.into_iter().map(|t| (t, t)).collect();
                let acts = logins.iter().map(|place| &scope.results.ring_acts[*place].source);
                edge.sources = merged(edge.sources, acts);
            }
            edge.logins = logins;
            self.graph.edges.push(edge);
        }
    }

    /// The account with the names it bought, or sold into the ring's buying.
    fn traded(
        &mut self,
        scope: &Scope,
        m: &MemberRow,
        rows: &[&'a EvidenceRow],
        acts: &[usize],
        names: &BTreeSet<&'a str>,
    ) {
        let mut by_name: BTreeMap<(&str, &str), Behind<'_, &ActRow>> = BTreeMap::new();
        for e in rows {
            let word = match e.kind {
                Kind::SoldIntoRise => "sold_into",
                Kind::CoBuy | Kind::CoBuyDay | Kind::HijackEpisode => "bought",
                _ => continue,
            };
            for name in names.iter().filter(|n| names_it(&e.object, n)) {
                by_name.entry((word, name)).or_default().0.push(e);
            }
        }
        for act in acts.iter().map(|place| &scope.results.ring_acts[*place]) {
            let name = act.trade.as_ref().and_then(|t| names.get(t.instrument.as_str()));
            if let (Some(name), Some(word)) = (name, traded_as(act)) {
                by_name.entry((word, name)).or_default().1.push(act);
            }
        }
        for ((word, name), (rows, fills)) in by_name {
            let label =
                if word == "bought" { "bought this name" } else { "sold this name into the victims' buying" };
            let ends = [account_id(&m.account), node_id(NodeKind::Instrument, &[name])];
            let Some(mut edge) = self.edge(&m.ring_id, word, label, ends, &rows) else { continue };
            edge.directed = true;
            // How odd a session was is no measure of one of the names bought in it, and it lasts longer than a purchase.
            let own = rows.iter().filter(|e| e.kind != Kind::HijackEpisode);
            let own: Vec<&EvidenceRow> = own.copied().collect();
            edge.bits = own.iter().map(|e| e.bits).max();
            let times = || fills.iter().map(|f| f.time);
            if let (Some(first), Some(last)) = (times().min(), times().max()) {
                edge.spells = vec![(first, last)];
                edge.sources = merged(Vec::new(), fills.iter().map(|f| &f.source));
            } else if !own.is_empty() {
                edge.spells = spells(&own);
            }
            self.graph.edges.push(edge);
        }
    }

    /// Whether the node at `place` is one of `ring`.
    fn stands_in(&self, place: usize, ring: &str) -> bool {
        self.graph.nodes[place].rings.binary_search_by(|r| r.as_str().cmp(ring)).is_ok()
    }

    /// Two accounts with what ties them together.
    fn link(&mut self, ring: &'a str, link: &LinkRow) {
        let rows = self.behind(ring, link);
        let ends = [account_id(&link.a), account_id(&link.b)];
        let label = link_label(link.kind);
        let Some(mut edge) = self.edge(ring, link.kind.name(), label, ends, &rows) else { return };
        edge.bits = Some(link.bits);
        (edge.occasions, edge.acts, edge.q_value) = (Some(link.occasions), Some(link.acts), link.q_value);
        self.graph.edges.push(edge);
    }

    /// The pieces of evidence behind a link: those that speak of the pair, and those of its kind that speak of both
    /// accounts with one object.
    fn behind(&self, ring: &str, link: &LinkRow) -> Vec<&'a EvidenceRow> {
        let (a, b) = (link.a.to_string(), link.b.to_string());
        let of_kind = |subject: &str| {
            let mut rows = self.pieces(ring, subject);
            rows.retain(|e| e.kind == link.kind);
            rows
        };
        let (of_a, of_b) = (of_kind(&a), of_kind(&b));
        let objects = |rows: &[&'a EvidenceRow]| rows.iter().map(|e| e.object.as_str()).collect();
        let (in_a, in_b): (BTreeSet<&str>, BTreeSet<&str>) = (objects(&of_a), objects(&of_b));
        let mut rows = of_kind(&format!("{a} ~ {b}"));
        rows.extend(of_a.into_iter().filter(|e| in_b.contains(e.object.as_str())));
        rows.extend(of_b.into_iter().filter(|e| in_a.contains(e.object.as_str())));
        rows
    }

    /// An edge over `rows`; none where an end is no node of the graph.
    fn edge(
        &self,
        ring: &str,
        kind: &'static str,
        label: &'static str,
        [from, to]: [String; 2],
        rows: &[&EvidenceRow],
    ) -> Option<Edge> {
        let places = (*self.places.get(&from)?, *self.places.get(&to)?);
        let evidence: BTreeSet<&str> = rows.iter().map(|e| e.evidence_id.as_str()).collect();
        Some(Edge {
            id: format!("edge-{}", form::hash(&[ring, kind, &from, &to], 10)),
            from: places.0,
            to: places.1,
            kind,
            label,
            directed: false,
            ring: ring.to_owned(),
            role: None,
            bits: rows.iter().map(|e| e.bits).max(),
            probability: None,
            occasions: None,
            acts: None,
            q_value: None,
            spells: spells(rows),
            evidence: evidence.into_iter().map(str::to_owned).collect(),
            sources: sources(rows),
            logins: Vec::new(),
        })
    }
}

/// What a link of two accounts says. Directions of `opposite` and its like are not in the table.
fn link_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Device => "were entered with the same device",
        Kind::Ip => "were entered from the same address",
        Kind::CoBuy => "bought the same name at the same time",
        Kind::CoSell => "sold the same name at the same time",
        Kind::CoBuyDay => "bought the same name on the same day",
        Kind::Opposite => "one bought while the other sold",
        Kind::PossibleMatch => "one may have bought what the other sold",
        Kind::Counterparty => "the source names one as the other side of the other's trade",
        Kind::HijackEpisode | Kind::SoldIntoRise | Kind::Burst | Kind::Report => "are linked",
    }
}

/// The device and the address of a login that succeeded, as evidence names them.
fn entered_with(act: &ActRow) -> Vec<(Kind, String)> {
    let Some(access) = act.access.as_ref().filter(|_| act.act == "login") else { return Vec::new() };
    let device = access.device.iter().map(|d| (Kind::Device, d.clone()));
    device.chain(access.ip.iter().map(|ip| (Kind::Ip, line(ip)))).collect()
}

/// What a fill in a name of the ring is called: sales are told of suspected sellers alone.
fn traded_as(act: &ActRow) -> Option<&'static str> {
    match (act.act, act.role) {
        ("buy", _) => Some("bought"),
        ("sell" | "short", Role::Seller) => Some("sold_into"),
        _ => None,
    }
}

/// `known` with the rows of `more`, each list sorted.
fn merged<'a>(
    known: Vec<(String, Vec<u64>)>,
    more: impl Iterator<Item = &'a (String, u64)>,
) -> Vec<(String, Vec<u64>)> {
    let mut by_file: BTreeMap<String, BTreeSet<u64>> =
        known.into_iter().map(|(file, rows)| (file, rows.into_iter().collect())).collect();
    for (file, row) in more {
        by_file.entry(file.clone()).or_default().insert(*row);
    }
    by_file.into_iter().map(|(file, rows)| (file, rows.into_iter().collect())).collect()
}

/// Whether `name` stands in `object`, which lists names and may end with a day. A name may hold blanks itself.
fn names_it(object: &str, name: &str) -> bool {
    let apart = |c: Option<char>| c.is_none_or(|c| c == ' ');
    object.match_indices(name).any(|(at, _)| {
        let after = &object[at + name.len()..];
        apart(object[..at].chars().next_back()) && apart(after.chars().next())
    })
}

/// When each of `rows` begins and ends, each once, sorted.
fn spells(rows: &[&EvidenceRow]) -> Vec<(Instant, Instant)> {
    let all: BTreeSet<(Instant, Instant)> =
        rows.iter().map(|e| (e.start.min(e.end), e.start.max(e.end))).collect();
    all.into_iter().collect()
}

/// Files with the rows that any of `rows` names, each list sorted.
fn sources(rows: &[&EvidenceRow]) -> Vec<(String, Vec<u64>)> {
    let mut by_file: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for (file, rows) in rows.iter().flat_map(|e| &e.sources) {
        by_file.entry(file).or_default().extend(rows);
    }
    by_file.into_iter().map(|(file, rows)| (file.to_owned(), rows.into_iter().collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_wholes() {
        assert!(names_it("XTKS:9901 2025-03-19", "XTKS:9901"));
        assert!(names_it("XTKS:9901 XTKS:9902 2025-03-19", "XTKS:9902"));
        assert!(names_it("XXXX:ACME HOLDINGS 2025-03-19", "XXXX:ACME HOLDINGS"));
        assert!(!names_it("XTKS:99010", "XTKS:9901"));
        assert!(!names_it("XTKS:9901A 2025-03-19", "XTKS:9901"));
        assert!(!names_it("", "XTKS:9901"));
    }
}
