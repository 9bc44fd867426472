//! GEXF 1.3 with the times at which nodes and edges were seen. Read by Gephi and networkx.

use std::io;

use itoguchi_model::Instant;

use super::{
    attributes::{self, Type},
    failed, form,
    graph::Graph,
    notice,
    scope::Scope,
    xml::{self, Xml},
};
use crate::{error::ReportError, escape};

/// The graph as one document.
pub(super) fn write(scope: &Scope, graph: &Graph) -> Result<Vec<u8>, ReportError> {
    let root = [
        ("xmlns", "http://gexf.net/1.3"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", "http://gexf.net/1.3 http://gexf.net/1.3/gexf.xsd"),
        ("version", "1.3"),
    ];
    xml::document(|xml| {
        xml::element(xml, "gexf", &root, |xml| {
            meta(xml, scope)?;
            body(xml, graph)
        })
    })
    .map_err(|e| failed("GEXF", &e))
}

fn meta(xml: &mut Xml, scope: &Scope) -> io::Result<()> {
    // No `lastmodifieddate`: that would be the clock's.
    xml::element(xml, "meta", &[], |xml| {
        xml::text(xml, "creator", &[], &format!("itoguchi {}", escape::id(&scope.tool_version)))?;
        let names = if scope.redacted { " Accounts, devices and addresses are tokens." } else { "" };
        xml::text(xml, "description", &[], &format!("{}{names}", notice()))
    })
}

fn body(xml: &mut Xml, graph: &Graph) -> io::Result<()> {
    // The values are `dateTime`s. networkx knows the word `date` alone, and both it and Gephi read a time of day there.
    let attributes = [
        ("mode", "dynamic"),
        ("defaultedgetype", "directed"),
        ("timeformat", "date"),
        ("timerepresentation", "interval"),
    ];
    xml::element(xml, "graph", &attributes, |xml| {
        declare(xml, "node", &attributes::NODE)?;
        declare(xml, "edge", &attributes::EDGE)?;
        xml::element(xml, "nodes", &[], |xml| {
            graph.nodes.iter().try_for_each(|node| {
                let label = escape::id(&node.name);
                xml::element(xml, "node", &[("id", &node.id), ("label", &label)], |xml| {
                    values(xml, &attributes::of_node(node))?;
                    spells(xml, node.period.as_slice())
                })
            })
        })?;
        xml::element(xml, "edges", &[], |xml| {
            graph.edges.iter().try_for_each(|edge| {
                // Gephi keeps parallel edges apart by their kind; rings may tie two accounts by one kind each.
                let kind = format!("{} {}", edge.kind, escape::id(&edge.ring));
                let attributes = [
                    ("id", &*edge.id),
                    ("source", &graph.nodes[edge.from].id),
                    ("target", &graph.nodes[edge.to].id),
                    ("kind", &kind),
                    ("label", edge.label),
                ];
                xml::element(xml, "edge", &attributes, |xml| {
                    values(xml, &attributes::of_edge(edge))?;
                    spells(xml, &edge.spells)
                })
            })
        })
    })
}

/// Attributes are known by their place.
fn declare(xml: &mut Xml, class: &str, all: &[(&str, Type)]) -> io::Result<()> {
    xml::element(xml, "attributes", &[("class", class), ("mode", "static")], |xml| {
        for (n, (title, kind)) in all.iter().enumerate() {
            let kind = match kind {
                Type::Text => "string",
                Type::Number => "double",
                Type::Count => "long",
            };
            xml::empty(xml, "attribute", &[("id", &n.to_string()), ("title", title), ("type", kind)])?;
        }
        Ok(())
    })
}

fn values(xml: &mut Xml, values: &[Option<String>]) -> io::Result<()> {
    xml::element(xml, "attvalues", &[], |xml| {
        for (n, value) in values.iter().enumerate() {
            if let Some(value) = value {
                xml::empty(xml, "attvalue", &[("for", &n.to_string()), ("value", value)])?;
            }
        }
        Ok(())
    })
}

fn spells(xml: &mut Xml, spells: &[(Instant, Instant)]) -> io::Result<()> {
    if spells.is_empty() {
        return Ok(());
    }
    xml::element(xml, "spells", &[], |xml| {
        for (start, end) in spells {
            xml::empty(xml, "spell", &[("start", &form::millis(*start)), ("end", &form::millis(*end))])?;
        }
        Ok(())
    })
}
