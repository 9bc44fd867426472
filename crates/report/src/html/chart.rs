//! The link chart of a ring: what accounts, devices, addresses and names have to do with each other, laid out in
//! columns.
//!
//! From left to right: devices and addresses, accounts by broker, names, suspected sellers. Places follow from the
//! content alone: rows are ordered by the mean row of what they are linked to, a few times in turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use itoguchi_model::{
    Instant, Kind, Millibits, Role,
    results::{AccountName, ActRow},
};

use crate::dossier::{
    View,
    sheets::{InfrastructureSheet, MemberSheet, RingSheet},
};

/// More nodes are cut: the members with the fewest bits, as the chart says.
pub(super) const MOST_NODES: usize = 1_500;
/// Of these, devices and addresses: those that most members used.
const MOST_SHARED: usize = 300;
/// More links are cut: those with the fewest bits, then those used least.
pub(super) const MOST_LINKS: usize = 6_000;
/// More nodes than this in a column and they are dots in a grid, without labels.
const LABELLED: usize = 90;
/// Height of a row with a label, and of one without, in units of the drawing.
const ROW: i32 = 22;
const DOT: i32 = 13;
/// Rows of dots in a column of the chart.
const GRID_ROWS: usize = 60;
/// How often rows are ordered by what they are linked to.
const PASSES: usize = 4;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    Device,
    Ip,
    Account(Role),
    Name,
}

/// One node of the chart.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) shape: Shape,
    /// Account, device, address or name, as in the result.
    pub(super) label: String,
    /// Index into the ring's brokers, for accounts.
    pub(super) broker: Option<usize>,
    /// Index into the ring sheet's members, for accounts.
    pub(super) member: Option<usize>,
    pub(super) bits: Millibits,
    pub(super) x: i32,
    pub(super) y: i32,
    /// Whether it is a dot without a label.
    pub(super) dot: bool,
}

/// What a link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    Device,
    Ip,
    Bought,
    Sold,
}

impl Tie {
    /// What it ties an account to.
    fn shape(self) -> Shape {
        match self {
            Self::Device => Shape::Device,
            Self::Ip => Shape::Ip,
            Self::Bought | Self::Sold => Shape::Name,
        }
    }
}

/// One link of the chart: an account with a device, an address or a name.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) account: usize,
    pub(super) other: usize,
    pub(super) tie: Tie,
    pub(super) bits: Millibits,
    pub(super) first: Instant,
    pub(super) last: Instant,
    pub(super) acts: usize,
}

/// A heading over a column or a group of accounts.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) column: Column,
    /// Index into the ring's brokers, for groups of accounts.
    pub(super) broker: Option<usize>,
    pub(super) x: i32,
    pub(super) y: i32,
}

/// The columns of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Shared,
    Accounts,
    Names,
    Sellers,
}

/// The chart with every place decided.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    pub(super) headings: Vec<Heading>,
    pub(super) width: i32,
    pub(super) height: i32,
    /// Members, devices and addresses, and links that were left out.
    pub(super) cut: [usize; 3],
}

/// Lays the chart of `ring` out. O(acts + nodes + links), each times its logarithm.
pub(super) fn chart(view: &View<'_>, ring: &RingSheet) -> Chart {
    let (mut nodes, cut_members, cut_shared) = nodes(view, ring);
    let (links, cut_links) = links(view, ring, &nodes);
    let order = order(&nodes, &links);
    let (headings, width, height) = place(&mut nodes, &order);
    Chart { nodes, links, headings, width, height, cut: [cut_members, cut_shared, cut_links] }
}

fn in_column(node: &Node) -> Column {
    match node.shape {
        Shape::Device | Shape::Ip => Column::Shared,
        Shape::Account(Role::Seller) => Column::Sellers,
        Shape::Account(_) => Column::Accounts,
        Shape::Name => Column::Names,
    }
}

/// The nodes that fit, and how many members and how many devices and addresses do not: names first, then suspected
/// sellers and the members with most bits, then the devices and addresses that most of these used.
fn nodes(view: &View<'_>, ring: &RingSheet) -> (Vec<Node>, usize, usize) {
    let node = |shape, label: String, bits| Node {
        shape,
        label,
        broker: None,
        member: None,
        bits,
        x: 0,
        y: 0,
        dot: false,
    };
    let mut nodes: Vec<Node> =
        ring.instruments.iter().map(|n| node(Shape::Name, n.instrument.clone(), Millibits::ZERO)).collect();
    let for_shared = ring.infrastructure.len().min(MOST_SHARED);
    let members = strongest(ring, MOST_NODES.saturating_sub(nodes.len() + for_shared));
    let cut_members = ring.members.len() - members.len();
    let shown: BTreeSet<&AccountName> = members.iter().map(|i| &ring.members[*i].account).collect();
    let users = users(view, ring, &shown);
    let mut shared: Vec<(usize, &InfrastructureSheet)> = ring
        .infrastructure
        .iter()
        .map(|s| (users.get(&(shape_of(s), s.value.as_str())).copied().unwrap_or(0), s))
        .collect();
    shared.sort_by_key(|(users, s)| (std::cmp::Reverse(*users), std::cmp::Reverse(s.bits.0)));
    shared.truncate(for_shared);
    shared.retain(|(users, _)| *users > 0);
    let cut_shared = ring.infrastructure.len() - shared.len();
    nodes.extend(shared.into_iter().map(|(_, s)| node(shape_of(s), s.value.clone(), s.bits.0)));
    for i in members {
        let m = &ring.members[i];
        let broker = ring.brokers.iter().position(|b| *b == m.account.broker);
        nodes.push(Node {
            broker,
            member: Some(i),
            ..node(Shape::Account(m.role), m.account.to_string(), m.waterfall.recorded_bits.0)
        });
    }
    (nodes, cut_members, cut_shared)
}

fn shape_of(shared: &InfrastructureSheet) -> Shape {
    if shared.kind == Kind::Device { Shape::Device } else { Shape::Ip }
}

/// The places of suspected sellers and of the members with most bits, `room` at most, in the order of the ring.
fn strongest(ring: &RingSheet, room: usize) -> Vec<usize> {
    let mut members: Vec<usize> = (0..ring.members.len()).collect();
    members.sort_by_key(|i| {
        let m = &ring.members[*i];
        (m.role != Role::Seller, std::cmp::Reverse(m.waterfall.recorded_bits.0), *i)
    });
    members.truncate(room);
    members.sort_unstable();
    members
}

/// How many of `shown` used each device and address.
fn users<'a>(
    view: &View<'a>,
    ring: &'a RingSheet,
    shown: &BTreeSet<&AccountName>,
) -> BTreeMap<(Shape, &'a str), usize> {
    let mut known: BTreeMap<Shape, BTreeSet<&str>> = BTreeMap::new();
    for shared in &ring.infrastructure {
        known.entry(shape_of(shared)).or_default().insert(&shared.value);
    }
    let mut used: BTreeSet<((Shape, &'a str), &AccountName)> = BTreeSet::new();
    for act in view.acts(&ring.ring_id).iter().filter(|a| shown.contains(&a.account)) {
        for (label, tie) in touched(act) {
            let shape = tie.shape();
            if let Some(value) = known.get(&shape).and_then(|values| values.get(label.as_str())) {
                used.insert(((shape, value), &act.account));
            }
        }
    }
    let mut users: BTreeMap<(Shape, &str), usize> = BTreeMap::new();
    for (object, _) in used {
        *users.entry(object).or_default() += 1;
    }
    users
}

/// The links that fit, and how many do not.
fn links(view: &View<'_>, ring: &RingSheet, nodes: &[Node]) -> (Vec<Link>, usize) {
    let mut accounts: BTreeMap<&AccountName, usize> = BTreeMap::new();
    let mut others: BTreeMap<(Shape, &str), usize> = BTreeMap::new();
    for (i, node) in nodes.iter().enumerate() {
        match node.member {
            Some(member) => {
                accounts.insert(&ring.members[member].account, i);
            }
            None => {
                others.insert((node.shape, &node.label), i);
            }
        }
    }
    let mut found: BTreeMap<(usize, usize, Tie), Link> = BTreeMap::new();
    for act in view.acts(&ring.ring_id) {
        let Some(account) = accounts.get(&act.account) else { continue };
        for (label, tie) in touched(act) {
            let Some(other) = others.get(&(tie.shape(), label.as_str())) else { continue };
            let link = found.entry((*account, *other, tie)).or_insert(Link {
                account: *account,
                other: *other,
                tie,
                bits: Millibits::ZERO,
                first: act.time,
                last: act.time,
                acts: 0,
            });
            link.first = link.first.min(act.time);
            link.last = link.last.max(act.time);
            link.acts += 1;
        }
    }
    for link in found.values_mut() {
        let member = nodes[link.account].member.map(|m| &ring.members[m]);
        link.bits = member.map_or(Millibits::ZERO, |m| worth(m, &nodes[link.other].label, link.tie));
    }
    let mut links: Vec<Link> = found.into_values().collect();
    let cut = links.len().saturating_sub(MOST_LINKS);
    if cut > 0 {
        links.sort_by_key(|l| (std::cmp::Reverse(l.bits), std::cmp::Reverse(l.acts), l.account, l.other));
        links.truncate(MOST_LINKS);
        links.sort_by_key(|l| (l.account, l.other, l.tie));
    }
    (links, cut)
}

/// The devices, addresses and names that an act touches.
fn touched(act: &ActRow) -> Vec<(String, Tie)> {
    let mut touched = Vec::new();
    if let Some(access) = &act.access {
        touched.extend(access.device.clone().map(|d| (d, Tie::Device)));
        touched.extend(access.ip.as_deref().map(|ip| (shared_name(ip), Tie::Ip)));
    }
    if let Some(trade) = &act.trade {
        let tie = if act.act == "buy" { Tie::Bought } else { Tie::Sold };
        touched.push((trade.instrument.clone(), tie));
    }
    touched
}

/// What an address is called where it is shared: itself, or the /64 of an IPv6 address.
pub(super) fn shared_name(ip: &str) -> String {
    match ip.parse() {
        Ok(IpAddr::V6(v6)) => {
            let line = u128::from(v6) & !u128::from(u64::MAX);
            format!("{}/64", IpAddr::V6(line.into()))
        }
        _ => ip.to_owned(),
    }
}

/// The most bits that a member's evidence has for `object`.
fn worth(member: &MemberSheet, object: &str, tie: Tie) -> Millibits {
    let of_kind = |kind: Kind| match tie {
        Tie::Device => kind == Kind::Device,
        Tie::Ip => kind == Kind::Ip,
        Tie::Bought => matches!(kind, Kind::CoBuy | Kind::CoBuyDay),
        Tie::Sold => kind == Kind::SoldIntoRise,
    };
    let pieces = member.waterfall.evidence.iter().filter(|e| of_kind(e.kind));
    let about = pieces.filter(|e| e.object.split(' ').any(|word| word == object));
    about.map(|e| e.bits.0).max().unwrap_or(Millibits::ZERO)
}

/// The nodes of each column in their order from top to bottom.
fn order(nodes: &[Node], links: &[Link]) -> BTreeMap<Column, Vec<usize>> {
    let mut columns: BTreeMap<Column, Vec<usize>> = BTreeMap::new();
    for (i, node) in nodes.iter().enumerate() {
        columns.entry(in_column(node)).or_default().push(i);
    }
    let mut linked: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for link in links {
        linked[link.account].push(link.other);
        linked[link.other].push(link.account);
    }
    let mut rank: Vec<i64> = vec![0; nodes.len()];
    for column in columns.values() {
        number(column, &mut rank);
    }
    for _ in 0..PASSES {
        for column in columns.values_mut() {
            let mean = |i: usize| {
                let sum: i64 = linked[i].iter().map(|o| rank[*o]).sum();
                if linked[i].is_empty() { i64::MAX } else { sum / linked[i].len() as i64 }
            };
            column.sort_by_key(|i| (nodes[*i].broker, mean(*i), *i));
            number(column, &mut rank);
        }
    }
    columns
}

/// Ranks from 0 to a million, whatever the length of the column.
fn number(column: &[usize], rank: &mut [i64]) {
    let step = 1_000_000 / column.len().max(1) as i64;
    for (place, i) in column.iter().enumerate() {
        rank[*i] = place as i64 * step;
    }
}

/// Gives every node its place; returns headings, width and height.
fn place(nodes: &mut [Node], order: &BTreeMap<Column, Vec<usize>>) -> (Vec<Heading>, i32, i32) {
    let (mut headings, mut x, mut height) = (Vec::new(), 20, 0);
    let mut bottoms = Vec::new();
    for (column, members) in order {
        headings.push(Heading { column: *column, broker: None, x, y: 16 });
        let (right, bottom) = if members.len() > LABELLED {
            grid(nodes, members, *column, x, &mut headings)
        } else {
            rows(nodes, members, *column, x, &mut headings)
        };
        bottoms.push((*column, bottom));
        height = height.max(bottom);
        x = right;
    }
    for (column, bottom) in bottoms.into_iter().filter(|(c, _)| *c != Column::Accounts) {
        // Shorter columns are set in the middle of the highest.
        for i in &order[&column] {
            nodes[*i].y += (height - bottom) / 2;
        }
    }
    (headings, x + 20, height + 20)
}

/// One labelled row a node, accounts under a heading of their broker.
fn rows(
    nodes: &mut [Node],
    members: &[usize],
    column: Column,
    x: i32,
    headings: &mut Vec<Heading>,
) -> (i32, i32) {
    let (mut y, mut broker) = (44, None);
    for i in members {
        let node = &mut nodes[*i];
        if column == Column::Accounts && node.broker != broker {
            broker = node.broker;
            headings.push(Heading { column, broker, x, y });
            y += ROW;
        }
        (node.x, node.y) = (x + 8, y);
        y += ROW;
    }
    let width = match column {
        Column::Shared => 330,
        Column::Names => 300,
        Column::Accounts | Column::Sellers => 320,
    };
    (x + width, y)
}

/// Dots in columns, one block under another for each broker; sixty rows of dots in all.
fn grid(
    nodes: &mut [Node],
    members: &[usize],
    column: Column,
    x: i32,
    headings: &mut Vec<Heading>,
) -> (i32, i32) {
    let (mut y, mut right) = (44, x + 60);
    let brokers: Vec<Option<usize>> = nodes.iter().map(|n| n.broker).collect();
    for block in members.chunk_by(|a, b| brokers[*a] == brokers[*b]) {
        if column == Column::Accounts {
            headings.push(Heading { column, broker: brokers[block[0]], x, y });
            y += ROW;
        }
        let rows = (GRID_ROWS * block.len() / members.len()).max(1);
        for (place, i) in block.iter().enumerate() {
            let (across, down) = ((place / rows) as i32, (place % rows) as i32);
            let node = &mut nodes[*i];
            (node.x, node.y, node.dot) = (x + 8 + across * DOT, y + down * DOT, true);
            right = right.max(node.x + DOT);
        }
        y += rows.min(block.len()) as i32 * DOT + ROW;
    }
    (right + 150, y)
}
