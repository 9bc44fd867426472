//! Statements about evidence in both languages, a ring's weakest point, and its innocent explanations.
//!
//! A statement says what was seen and how unusual that is by chance. It never says who did it.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_graph::{Csr, Edge, articulation_points, components};
use itoguchi_model::{AccountId, Kind, Role, tables::IpClass};

use itoguchi_signals::{sellers, signal::Signal};

use crate::{
    Context,
    form::{Member, Piece, Ring},
    objects::Object,
};

/// English and Japanese.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

/// What one piece of a member's evidence says.
#[must_use]
pub fn of_piece(context: &Context, member: &Member, piece: &Piece) -> Statement {
    let name = piece.object.map(|o| o.name(context.case)).unwrap_or_default();
    let others = piece.others;
    let uncounted = piece.bits.0 == 0;
    let (odd, all) = users_and_odd(context, piece);
    let (group_en, group_ja) = if piece.by_group {
        (
            format!(" Judged by all who used it: {odd} of these {all} account(s) show a hijack episode."),
            format!("利用した全口座で評価: {all} 件のうち {odd} 件に乗っ取りの疑い。"),
        )
    } else {
        (String::new(), String::new())
    };
    let (note_en, note_ja) = if uncounted && piece.kind != Kind::HijackEpisode {
        (
            " Not counted again: a stronger piece rests on the same rows.",
            "(同じ行に基づくより強い証拠があるため加算しない)",
        )
    } else {
        ("", "")
    };
    let (en, ja) = match piece.kind {
        Kind::HijackEpisode => return episode(context, member),
        Kind::Report => (
            "A report names this account as a victim.".to_owned(),
            "被害口座として報告されている。".to_owned(),
        ),
        Kind::Device => (
            format!(
                "Entered with device {name}, which {others} other member(s) were entered with; {} account(s) of all the data used it.{group_en}{note_en}",
                users(context, piece)
            ),
            format!(
                "端末 {name} によるログイン。他の構成口座 {others} 件も同じ端末。全データでの利用口座数は {} 件。{group_ja}{note_ja}",
                users(context, piece)
            ),
        ),
        Kind::Ip => (
            format!(
                "Entered from address {name}, as were {others} other member(s) within the window; {} account(s) of all the data used it. An address is no person: it may be a relay.{group_en}{note_en}",
                users(context, piece)
            ),
            format!(
                "接続元 {name} によるログイン。時間窓内に他の構成口座 {others} 件も同じ接続元。全データでの利用口座数は {} 件。接続元は人物を示さない(踏み台の可能性)。{group_ja}{note_ja}",
                users(context, piece)
            ),
        ),
        Kind::SoldIntoRise => sold(context, member, piece, &name),
        _ => (
            format!(
                "Bought {name} in its odd session, as did {others} other member(s); of the {all} account(s) that bought it that day, {odd} show a hijack episode.{note_en}"
            ),
            format!(
                "異常なセッションで {name} を買付。他の構成口座 {others} 件も買付。当日の買付口座 {all} 件のうち乗っ取りの疑いを示すもの {odd} 件。{note_ja}"
            ),
        ),
    };
    Statement { en, ja }
}

fn episode(context: &Context, member: &Member) -> Statement {
    let signals: BTreeSet<String> =
        member.occasions.iter().flat_map(|o| context.marks[*o as usize].signals.names()).collect();
    let list = signals.into_iter().collect::<Vec<_>>().join(", ");
    if member.role == Role::Linked {
        return Statement {
            en: format!("Traded unlike others ({list}); its logins are not in the data."),
            ja: format!("取引が通常と異なる({list})。ログイン記録は提供されていない。"),
        };
    }
    Statement {
        en: format!("Entered and traded unlike its own history and unlike others: {list}."),
        ja: format!("自身の履歴および他の口座と異なるログインと取引: {list}。"),
    }
}

fn sold(context: &Context, member: &Member, piece: &Piece, name: &str) -> (String, String) {
    let sale = match piece.object {
        Some(Object::Bought(name, date)) => {
            sellers::on(context.sales, name, date).iter().find(|s| s.account == member.account)
        }
        _ => None,
    };
    let Some(sale) = sale else { return (format!("Sold {name}."), format!("{name} を売却。")) };
    let signals = sale.signal_names().join(", ");
    let (sold, held, recent) = (sale.sold.to_f64(), sale.held.to_f64(), sale.recent.to_f64());
    let victims = piece.others;
    (
        format!(
            "Sold {sold} shares of {name} while {victims} victim account(s) bought; of the {held} it held before that day, {recent} had been bought in the 28 days before ({signals}). The other side of each trade is not in the data: a possible match, not a proven one."
        ),
        format!(
            "被害口座 {victims} 件の買付中に {name} を {sold} 株売却。当日前の保有 {held} 株のうち {recent} 株は直前28日間の買付({signals})。取引の相手方はデータにないため、対当は可能性にとどまる。"
        ),
    )
}

fn users(context: &Context, piece: &Piece) -> usize {
    shared(context, piece).map_or(0, |s| s.actors.len())
}

fn shared<'a>(context: &Context<'a>, piece: &Piece) -> Option<&'a crate::objects::Shared> {
    let object = piece.object?;
    let at = context.objects.binary_search_by_key(&object, |s| s.object).ok()?;
    Some(&context.objects[at])
}

/// How many of those who share what a piece rests on show an odd session, and how many they are.
fn users_and_odd(context: &Context, piece: &Piece) -> (usize, usize) {
    let Some(shared) = shared(context, piece) else { return (0, 0) };
    let odd = shared.actors.iter().filter(|a| context.is_marked(a.occasion as usize)).count();
    (odd, shared.actors.len())
}

/// Which single object, taken away, leaves most members without a link to the rest; and which members hold it
/// together.
#[must_use]
pub fn weakest_point(context: &Context, ring: &Ring) -> String {
    let core: Vec<AccountId> =
        ring.members.iter().filter(|m| m.role != Role::Seller).map(|m| m.account).collect();
    let at: BTreeMap<AccountId, u32> = core.iter().zip(0..).map(|(a, i)| (*a, i)).collect();
    let linked = |without: Option<u32>| -> Csr {
        let edges: Vec<Edge> = ring
            .pairs
            .iter()
            .filter(|p| Some(p.object) != without)
            .filter_map(|p| {
                let (a, b) = (*at.get(&context.account(p.a))?, *at.get(&context.account(p.b))?);
                (a != b).then_some(Edge::new(a, b, 1))
            })
            .collect();
        Csr::from_edges(core.len() as u32, &edges).expect("ends are members")
    };
    let objects: BTreeSet<u32> = ring.pairs.iter().map(|p| p.object).collect();
    let loss = |object: u32| core.len() - largest(&linked(Some(object)));
    let worst = objects.iter().map(|o| (loss(*o), std::cmp::Reverse(*o))).max();
    let mut text = match worst {
        Some((0, _)) | None => {
            "No single device, address or name: without any one of them all members stay linked.".to_owned()
        }
        Some((lost, std::cmp::Reverse(object))) => {
            let object = context.objects[object as usize].object;
            let (kind, name) = (object.kind().name(), object.name(context.case));
            let after = if core.len() - lost <= 1 { 0 } else { core.len() - lost };
            format!(
                "{kind} {name}: without it {after} of {} members with an episode would still be linked.",
                core.len()
            )
        }
    };
    let cut = articulation_points(&linked(None));
    if !cut.is_empty() {
        let names: Vec<String> = cut.iter().map(|i| context.case.names.account(core[*i as usize])).collect();
        text.push_str(&format!(" Members on whose links others hang alone: {}.", names.join(", ")));
    }
    text
}

fn largest(graph: &Csr) -> usize {
    components(graph).sizes().last().map_or(0, |(size, _)| *size)
}

/// Innocent explanations that were considered, each with the figure that speaks for or against it.
#[must_use]
pub fn innocent_explanations(context: &Context, ring: &Ring) -> Vec<String> {
    let mut all = Vec::new();
    for burst in &ring.bursts {
        let object = Object::Bought(burst.instrument, burst.date);
        if let Ok(at) = context.objects.binary_search_by_key(&object, |s| s.object) {
            let actors = &context.objects[at].actors;
            let calm = actors.iter().filter(|a| !context.is_marked(a.occasion as usize)).count();
            all.push(format!(
                "News or a tip about {}: {calm} of {} accounts that bought it that day show no odd session.",
                object.name(context.case),
                actors.len()
            ));
        }
    }
    let devices = ring_objects(ring, context, Kind::Device);
    if !devices.is_empty() {
        let largest = devices.iter().map(|i| context.objects[*i as usize].actors.len()).max().unwrap_or(0);
        let victims: Vec<_> = ring.members.iter().filter(|m| m.role == Role::Victim).collect();
        let new = victims
            .iter()
            .filter(|m| {
                m.occasions.iter().any(|o| {
                    let signals = context.marks[*o as usize].signals;
                    signals.has(Signal::NewDevice) || signals.has(Signal::Reconnaissance)
                })
            })
            .count();
        all.push(format!(
            "A household or office that shares devices: {} shared device(s), each used by at most {largest} account(s); \
             {new} of {} victim accounts were entered with a device that was not yet their own.",
            devices.len(),
            victims.len()
        ));
    }
    let addresses = ring_objects(ring, context, Kind::Ip);
    if !addresses.is_empty() {
        let carrier = addresses
            .iter()
            .filter(|i| {
                matches!(
                    context.objects[**i as usize].class,
                    IpClass::MobileCgnat | IpClass::FixedShared | IpClass::Aggregator | IpClass::Corporate
                )
            })
            .count();
        all.push(format!(
            "Addresses shared by a carrier, an office or an aggregator: {carrier} of {} shared address(es) are of such \
             a class and were discounted by their usual number of users.",
            addresses.len()
        ));
    }
    let without_device = ring
        .members
        .iter()
        .filter(|m| m.role == Role::Victim)
        .filter(|m| !m.pieces.iter().any(|p| p.kind == Kind::Device && p.bits.0 > 0))
        .count();
    all.push(format!(
        "New phone, then a rearranged portfolio: the dependence of the two in ordinary life was taken off each \
         episode; {without_device} victim account(s) share no device with another member."
    ));
    let sellers = ring.members.iter().filter(|m| m.role == Role::Seller).count();
    if sellers > 0 {
        all.push(format!(
            "Long-time holders who sell into any rise and market makers on both sides: left out; the {sellers} suspected \
             seller account(s) had built their position within 28 days before."
        ));
    }
    all
}

fn ring_objects(ring: &Ring, context: &Context, kind: Kind) -> BTreeSet<u32> {
    ring.pairs
        .iter()
        .map(|p| p.object)
        .filter(|i| context.objects[*i as usize].object.kind() == kind)
        .collect()
}
