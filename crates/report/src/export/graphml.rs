//! GraphML 1.0: typed keys, parallel edges told apart by their ids. Read by networkx, Gephi, Cytoscape, yEd.

use std::io;

use super::{
    attributes::{self, Type},
    failed,
    graph::Graph,
    notice,
    scope::Scope,
    xml::{self, Xml},
};
use crate::{error::ReportError, escape};

/// The graph as one document.
pub(super) fn write(scope: &Scope, graph: &Graph) -> Result<Vec<u8>, ReportError> {
    let root = [
        ("xmlns", "http://graphml.graphdrawing.org/xmlns"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        (
            "xsi:schemaLocation",
            "http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd",
        ),
    ];
    xml::document(|xml| xml::element(xml, "graphml", &root, |xml| body(xml, scope, graph)))
        .map_err(|e| failed("GraphML", &e))
}

fn body(xml: &mut Xml, scope: &Scope, graph: &Graph) -> io::Result<()> {
    for key in ["notice", "tool_version", "redacted"] {
        declare(xml, "graph", key, if key == "redacted" { "boolean" } else { "string" })?;
    }
    declare(xml, "node", "label", "string")?;
    for (key, kind) in attributes::NODE {
        declare(xml, "node", key, type_name(kind))?;
    }
    declare(xml, "edge", "label", "string")?;
    for (key, kind) in attributes::EDGE {
        declare(xml, "edge", key, type_name(kind))?;
    }
    // Readers want all edges directed or none; whether a direction means anything stands on the edge.
    xml::element(xml, "graph", &[("id", "rings"), ("edgedefault", "directed")], |xml| {
        data(xml, "graph", "notice", notice())?;
        data(xml, "graph", "tool_version", &escape::id(&scope.tool_version))?;
        data(xml, "graph", "redacted", if scope.redacted { "true" } else { "false" })?;
        for node in &graph.nodes {
            xml::element(xml, "node", &[("id", &node.id)], |xml| {
                data(xml, "node", "label", &escape::id(&node.name))?;
                values(xml, "node", attributes::NODE.iter().zip(attributes::of_node(node)))
            })?;
        }
        for edge in &graph.edges {
            let ends = (&*graph.nodes[edge.from].id, &*graph.nodes[edge.to].id);
            let names = [("id", &*edge.id), ("source", ends.0), ("target", ends.1)];
            xml::element(xml, "edge", &names, |xml| {
                data(xml, "edge", "label", edge.label)?;
                values(xml, "edge", attributes::EDGE.iter().zip(attributes::of_edge(edge)))
            })?;
        }
        Ok(())
    })
}

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Text => "string",
        Type::Number => "double",
        Type::Count => "long",
    }
}

fn declare(xml: &mut Xml, of: &str, key: &str, kind: &str) -> io::Result<()> {
    let id = format!("{of}_{key}");
    xml::empty(xml, "key", &[("id", &id), ("for", of), ("attr.name", key), ("attr.type", kind)])
}

fn data(xml: &mut Xml, of: &str, key: &str, value: &str) -> io::Result<()> {
    xml::text(xml, "data", &[("key", &format!("{of}_{key}"))], value)
}

fn values<'a>(
    xml: &mut Xml,
    of: &str,
    values: impl Iterator<Item = (&'a (&'a str, Type), Option<String>)>,
) -> io::Result<()> {
    for ((key, _), value) in values {
        if let Some(value) = value {
            data(xml, of, key, &value)?;
        }
    }
    Ok(())
}
