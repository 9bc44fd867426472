//! What is said of a node or an edge, for formats that know typed attributes.

use super::{
    form,
    graph::{Edge, Node},
};
use crate::escape;

/// What an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Count,
}

/// Attributes of nodes with their types, in the order in which they are written.
pub(super) const NODE: [(&str, Type); 12] = [
    ("kind", Type::Text),
    ("name", Type::Text),
    ("broker", Type::Text),
    ("role", Type::Text),
    ("rings", Type::Text),
    ("bits", Type::Number),
    ("probability", Type::Number),
    ("accounts_in_data", Type::Count),
    ("first_seen", Type::Text),
    ("last_seen", Type::Text),
    ("first_seen_jst", Type::Text),
    ("last_seen_jst", Type::Text),
];

/// Attributes of edges.
pub(super) const EDGE: [(&str, Type); 16] = [
    ("kind", Type::Text),
    ("direction", Type::Text),
    ("ring", Type::Text),
    ("role", Type::Text),
    ("bits", Type::Number),
    ("probability", Type::Number),
    ("occasions", Type::Count),
    ("acts", Type::Count),
    ("q_value", Type::Number),
    ("first_seen", Type::Text),
    ("last_seen", Type::Text),
    ("first_seen_jst", Type::Text),
    ("last_seen_jst", Type::Text),
    ("times_seen", Type::Count),
    ("evidence", Type::Text),
    ("sources", Type::Text),
];

/// A node's values in the order of [`NODE`]; none where nothing is known.
pub(super) fn of_node(node: &Node) -> [Option<String>; NODE.len()] {
    let [first, last, first_jst, last_jst] = times(node.period);
    [
        Some(node.kind.name().to_owned()),
        Some(form::name(&node.name)),
        node.broker.as_deref().map(escape::id),
        node.role.map(str::to_owned),
        Some(listed(&node.rings, escape::id)),
        node.bits.map(form::bits),
        node.probability.and_then(number),
        node.accounts.map(|n| n.to_string()),
        first,
        last,
        first_jst,
        last_jst,
    ]
}

/// An edge's values in the order of [`EDGE`].
pub(super) fn of_edge(edge: &Edge) -> [Option<String>; EDGE.len()] {
    let [first, last, first_jst, last_jst] = times(edge.period());
    let some = |text: String| (!text.is_empty()).then_some(text);
    [
        Some(edge.kind.to_owned()),
        Some(if edge.directed { "source to target" } else { "none" }.to_owned()),
        Some(escape::id(&edge.ring)),
        edge.role.map(str::to_owned),
        edge.bits.map(form::bits),
        edge.probability.and_then(number),
        edge.occasions.map(|n| n.to_string()),
        edge.acts.map(|n| n.to_string()),
        edge.q_value.and_then(number),
        first,
        last,
        first_jst,
        last_jst,
        (!edge.spells.is_empty()).then(|| edge.spells.len().to_string()),
        some(listed(&edge.evidence, escape::id)),
        some(edge.sources.iter().map(form::source).collect::<Vec<_>>().join("; ")),
    ]
}

/// Texts in one cell.
pub(super) fn listed(texts: &[String], shown: fn(&str) -> String) -> String {
    texts.iter().map(|t| shown(t)).collect::<Vec<_>>().join("; ")
}

/// A number in plain digits: not every reader knows exponents. What is no number is not said.
fn number(value: f64) -> Option<String> {
    value.is_finite().then(|| value.to_string())
}

fn times(period: Option<(itoguchi_model::Instant, itoguchi_model::Instant)>) -> [Option<String>; 4] {
    let Some((first, last)) = period else { return [None, None, None, None] };
    [form::utc(first), form::utc(last), form::jst(first), form::jst(last)].map(Some)
}
