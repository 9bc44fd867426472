//! Statements about evidence in both languages, a ring's weakest point, and its innocent explanations.
//!
//! A statement says what was seen and how unusual that is by chance. It never says who did it.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_graph::{Csr, Edge, articulation_points, components};
use itoguchi_model::{
    AccountId, Instant, Kind, Millibits, Precision, Role,
    results::Statement,
    tables::{Detail, Execution, IpClass, Side},
    time::HOUR,
};

use itoguchi_signals::{sellers, signal::Signal};

use crate::{
    Context,
    form::{Member, Piece, Ring},
    objects::{Object, of_login},
};

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
        _ => {
            let (alike_en, alike_ja) = alike(context, member, piece);
            (
                format!(
                    "Bought {name} in its odd session, as did {others} other member(s); of the {all} account(s) that bought it that day, {odd} show a hijack episode.{alike_en}{note_en}"
                ),
                format!(
                    "異常なセッションで {name} を買付。他の構成口座 {others} 件も買付。当日の買付口座 {all} 件のうち乗っ取りの疑いを示すもの {odd} 件。{alike_ja}{note_ja}"
                ),
            )
        }
    };
    Statement { en, ja }
}

/// What the way a member bought has in common with the other odd buyers rather than with the rest, in figures.
fn alike(context: &Context, member: &Member, piece: &Piece) -> (String, String) {
    let none = (String::new(), String::new());
    let (Some(shared), Some(object)) = (shared(context, piece), piece.object) else { return none };
    let Some(own) = shared.actors.iter().find(|a| a.account == member.account) else { return none };
    // A piece that does not count has no bits to take apart.
    if own.alike == Millibits::ZERO || piece.bits == Millibits::ZERO {
        return none;
    }
    let way = Way::of(context, own.occasion, object);
    let others: Vec<(bool, Way)> = shared
        .actors
        .iter()
        .filter(|a| a.account != member.account)
        .map(|a| (context.is_marked(a.occasion as usize), Way::of(context, a.occasion, object)))
        .collect();
    let alike_in = |trait_of: &dyn Fn(&Way) -> bool| -> [usize; 2] {
        [true, false].map(|odd| others.iter().filter(|(o, w)| *o == odd && trait_of(w)).count())
    };
    let [odd, rest] = alike_in(&|_| true);
    let near = |w: &Way| way.first.zip(w.first).is_some_and(|(a, b)| a.since(b).abs() <= HOUR);
    let [near_odd, near_rest] = alike_in(&near);
    let [program_odd, program_rest] = alike_in(&|w| way.program.is_some() && w.program == way.program);
    let [class_odd, class_rest] = alike_in(&|w| way.class.is_some() && w.class == way.class);
    let [broker_odd, broker_rest] = alike_in(&|w| w.broker == way.broker);
    let bits = own.alike;
    (
        format!(
            " {bits} of these bits are for its way of buying, held against the {odd} other odd and the {rest} ordinary buyers: within an hour of it bought {near_odd} and {near_rest}; {program_odd} and {program_rest} logged in with the same program, {class_odd} and {class_rest} over the same kind of network, {broker_odd} and {broker_rest} are at the same broker."
        ),
        format!(
            "うち {bits} ビットは買付の仕方による(他の異常な買付口座 {odd} 件と通常の買付口座 {rest} 件との比較):前後1時間以内の買付 {near_odd} 件と {near_rest} 件、同一プログラム {program_odd} 件と {program_rest} 件、同種の回線 {class_odd} 件と {class_rest} 件、同一証券会社 {broker_odd} 件と {broker_rest} 件。"
        ),
    )
}

/// How an account went about a purchase.
struct Way<'a> {
    /// Its first purchase, where the time is known.
    first: Option<Instant>,
    /// The program it logged in with, where stated.
    program: Option<&'a str>,
    /// The kind of network it came over, where stated.
    class: Option<IpClass>,
    broker: &'a str,
}

impl<'a> Way<'a> {
    fn of(context: &Context<'a>, occasion: u32, object: Object) -> Self {
        let case = context.case;
        let occasion = &context.occasions[occasion as usize];
        let bought = |f: &&Execution| {
            f.side == Side::Buy
                && f.precision != Precision::Day
                && object.is_about(f.instrument, f.time.jst_date())
        };
        let login = occasion.login.map(|l| &case.logins[l as usize]);
        Self {
            first: occasion.fills.iter().map(|f| &case.executions[*f as usize]).find(bought).map(|f| f.time),
            program: login.and_then(|l| case.names.text(l.user_agent)).filter(|text| !text.is_empty()),
            class: login.map(|l| l.ip_class).filter(|class| *class != IpClass::Unknown),
            broker: case.names.broker(occasion.account),
        }
    }
}

fn episode(context: &Context, member: &Member) -> Statement {
    let signals: BTreeSet<String> =
        member.occasions.iter().flat_map(|o| context.marks[*o as usize].signals.names()).collect();
    let list = signals.into_iter().collect::<Vec<_>>().join(", ");
    if member.role == Role::Linked {
        return Statement {
            en: format!(
                "Traded unlike others ({list}). How it was entered is not known: its logins are not in the data, or this is the first."
            ),
            ja: format!(
                "取引が通常と異なる({list})。ログインの異常は判断できない(記録がないか、最初のログインである)。"
            ),
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
    if context.case.detail == Detail::Shared {
        return (
            format!(
                "Sold {name} while {victims} victim account(s) bought ({signals}); how much is known as a class of size only. The other side of each trade is not in the data: a possible match, not a proven one."
            ),
            format!(
                "被害口座 {victims} 件の買付中に {name} を売却({signals})。数量は区分のみ判明。取引の相手方はデータにないため、対当は可能性にとどまる。"
            ),
        );
    }
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
pub fn weakest_point(context: &Context, ring: &Ring) -> Statement {
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
        Some((0, _)) | None => Statement::new(
            "No single device, address or name: without any one of them all members stay linked.",
            "単独の端末・接続元・銘柄のいずれを除いても、全構成口座の関連は維持される。",
        ),
        Some((lost, std::cmp::Reverse(object))) => {
            let object = context.objects[object as usize].object;
            let (kind, name) = (object.kind().name(), object.name(context.case));
            let after = if core.len() - lost <= 1 { 0 } else { core.len() - lost };
            let all = core.len();
            Statement::new(
                format!(
                    "{kind} {name}: without it {after} of {all} members with an episode would still be linked."
                ),
                format!(
                    "{} {name} を除くと、関連が維持されるのは {all} 口座中 {after} 口座。",
                    in_japanese(object)
                ),
            )
        }
    };
    let cut = articulation_points(&linked(None));
    if !cut.is_empty() {
        let names: Vec<String> = cut.iter().map(|i| context.case.names.account(core[*i as usize])).collect();
        text.en.push_str(&format!(" Members on whose links others hang alone: {}.", names.join(", ")));
        text.ja.push_str(&format!("他の口座がその関連のみに依存する口座: {}。", names.join("、")));
    }
    text
}

fn in_japanese(object: Object) -> &'static str {
    match object {
        Object::Device(_) => "端末",
        Object::Address(_) => "IPアドレス",
        Object::Bought(..) | Object::BoughtBoth(..) => "銘柄",
    }
}

fn largest(graph: &Csr) -> usize {
    components(graph).sizes().last().map_or(0, |(size, _)| *size)
}

/// Innocent explanations that were considered, each with the figure that speaks for or against it.
#[must_use]
pub fn innocent_explanations(context: &Context, ring: &Ring) -> Vec<Statement> {
    let mut all = Vec::new();
    for burst in &ring.bursts {
        let object = Object::Bought(burst.instrument, burst.date);
        if let Ok(at) = context.objects.binary_search_by_key(&object, |s| s.object) {
            let actors = &context.objects[at].actors;
            let calm = actors.iter().filter(|a| !context.is_marked(a.occasion as usize)).count();
            let (name, buyers) = (object.name(context.case), actors.len());
            all.push(Statement::new(
                format!(
                    "News or a tip about {name}: {calm} of {buyers} accounts that bought it that day show no odd session."
                ),
                format!(
                    "{name} に関する報道や推奨: 当日の買付口座 {buyers} 件のうち {calm} 件には異常なセッションがない。"
                ),
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
        let (devices, victims) = (devices.len(), victims.len());
        all.push(Statement::new(
            format!(
                "A household or office that shares devices: {devices} shared device(s), each used by at most {largest} \
                 account(s); {new} of {victims} victim accounts were entered with a device that was not yet their own."
            ),
            format!(
                "家庭や職場での端末共用: 共用端末 {devices} 台、1台あたりの利用口座は最大 {largest} 件。被害口座 {victims} 件のうち \
                 {new} 件は、それまで自身の利用がない端末からログインされた。"
            ),
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
        let addresses = addresses.len();
        all.push(Statement::new(
            format!(
                "Addresses shared by a carrier, an office or an aggregator: {carrier} of {addresses} shared address(es) are \
                 of such a class and were discounted by their usual number of users."
            ),
            format!(
                "通信事業者・職場・口座集約サービスによる接続元の共有: 共有接続元 {addresses} 件のうち {carrier} 件が該当し、\
                 通常の利用者数に応じて評価を割り引いた。"
            ),
        ));
    }
    all.extend(discounts(context, ring));
    let without_device = ring
        .members
        .iter()
        .filter(|m| m.role == Role::Victim)
        .filter(|m| !m.pieces.iter().any(|p| p.kind == Kind::Device && p.bits.0 > 0))
        .count();
    all.push(Statement::new(
        format!(
            "New phone, then a rearranged portfolio: the dependence of the two in ordinary life was taken off each \
             episode; {without_device} victim account(s) share no device with another member."
        ),
        format!(
            "機種変更後の資産の入れ替え: 通常の生活で両者が同時に起こる分は各セッションの評価から差し引いた。他の構成口座と端末を\
             共有しない被害口座は {without_device} 件。"
        ),
    ));
    let sellers = ring.members.iter().filter(|m| m.role == Role::Seller).count();
    if sellers > 0 {
        all.push(Statement::new(
            format!(
                "Long-time holders who sell into any rise and market makers on both sides: left out; the {sellers} \
                 suspected seller account(s) had built their position within 28 days before."
            ),
            format!(
                "上昇時に売却する長期保有者や売買双方に立つマーケットメーカー: 除外した。売り抜けが疑われる口座 {sellers} 件は\
                 直前28日以内に株式を買い集めていた。"
            ),
        ));
    }
    all
}

/// Devices and addresses of a ring that count less than their users in the data would make them, because of their class
/// or a label; and whom the ring would reach without that discount. One line each for those that would reach most.
fn discounts(context: &Context, ring: &Ring) -> Vec<Statement> {
    /// More are only counted.
    const LISTED: usize = 3;
    let members: BTreeSet<AccountId> = ring.members.iter().map(|m| m.account).collect();
    let mut found: Vec<(usize, Statement)> = Vec::new();
    let objects = [Kind::Device, Kind::Ip].into_iter().flat_map(|kind| used_by(context, ring, kind));
    for shared in objects.filter(|s| s.users as usize > s.actors.len()) {
        let full = Millibits::log2(context.case.names.accounts.len() as f64 / shared.actors.len() as f64);
        let discounted = shared.bits(context.case);
        let joins = |bits: Millibits| {
            if bits <= Millibits::ZERO {
                return 0;
            }
            let others = shared.actors.iter().filter(|a| !members.contains(&a.account));
            others
                .filter(|a| context.is_marked(a.occasion as usize))
                .filter(|a| context.marks[a.occasion as usize].bits + bits >= context.prior())
                .count()
        };
        let more = joins(full) - joins(discounted);
        let (kind, name) = (shared.object.kind().name(), shared.object.name(context.case));
        let kind_ja = in_japanese(shared.object);
        let (seen, users) = (shared.actors.len(), shared.users);
        let text = Statement::new(
            format!(
                "Discounted: {kind} {name}, seen with {seen} account(s), taken to stand for {users} because of its class or \
                 a label. Sharing it is worth {discounted} bits instead of {full}; without the discount {more} more \
                 account(s) with an odd session would be tied to the ring."
            ),
            format!(
                "割引: {kind_ja} {name} はデータ上 {seen} 口座が利用。種別または登録情報により {users} 口座相当とみなした。共有の\
                 価値は {full} ビットではなく {discounted} ビット。割引しなければ、異常なセッションのある口座がさらに {more} 件\
                 関連付けられていた。"
            ),
        );
        found.push((more, text));
    }
    found.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    let rest = found.len().saturating_sub(LISTED);
    let mut lines: Vec<Statement> = found.into_iter().take(LISTED).map(|(_, text)| text).collect();
    if rest > 0 {
        lines.push(Statement::new(
            format!("Discounted as well, none of them tying more accounts than those above: {rest} address(es) or device(s)."),
            format!("このほか {rest} 件の接続元・端末も割り引いた。いずれも関連付けられる口座数は上記以下。"),
        ));
    }
    lines
}

/// What several accounts shared of a kind and a member used in the ring.
fn used_by<'a>(context: &Context<'a>, ring: &Ring, kind: Kind) -> Vec<&'a crate::objects::Shared> {
    let logins = ring
        .members
        .iter()
        .flat_map(|m| &m.occasions)
        .flat_map(|o| context.occasions[*o as usize].logins())
        .map(|l| &context.case.logins[l as usize]);
    let used: BTreeSet<Object> =
        logins.flat_map(|l| of_login(context.case, l)).filter(|o| o.kind() == kind).collect();
    used.into_iter()
        .filter_map(|object| context.objects.binary_search_by_key(&object, |s| s.object).ok())
        .map(|at| &context.objects[at])
        .collect()
}

fn ring_objects(ring: &Ring, context: &Context, kind: Kind) -> BTreeSet<u32> {
    ring.pairs
        .iter()
        .map(|p| p.object)
        .filter(|i| context.objects[*i as usize].object.kind() == kind)
        .collect()
}
