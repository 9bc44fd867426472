//! Claims and truths small enough to score by hand.

mod common;

use common::{account, accounts, found, member, ring, truth};
use itoguchi_model::{Millibits, Role};
use itoguchi_score::{
    Bound, Found, FoundLink, FoundRing, METRICS, Overlap, Share, Side, ThingKind, Truth, score, thing, value,
};

fn values(found: &Found, truth: &Truth, names: &[&str]) -> Vec<Option<f64>> {
    let counts = score(found, truth);
    names.iter().map(|n| value(&counts, n)).collect()
}

const RATIOS: [&str; 12] = [
    "victim_precision",
    "victim_recall",
    "victim_f1",
    "seller_precision",
    "seller_recall",
    "seller_f1",
    "member_f1",
    "ring_f1",
    "pair_f1",
    "bcubed_f1",
    "victim_recall_at_2x",
    "confident_precision",
];

#[test]
fn a_perfect_claim_scores_one_everywhere() {
    let truth = truth(&[(&["a", "b", "c"], &["s"]), (&["d", "e"], &["t"])]);
    let found = found(&[ring(&["e", "d"], &["t"]), ring(&["c", "a", "b"], &["s"])]);
    assert_eq!(values(&found, &truth, &RATIOS), [Some(1.0); 12]);
    let names = ["rings", "splits", "merges", "innocents", "innocents_per_ring", "framed"];
    assert_eq!(values(&found, &truth, &names), [2.0, 0.0, 0.0, 0.0, 0.0, 0.0].map(Some));
}

#[test]
fn an_empty_claim_finds_nothing_and_harms_nobody() {
    let truth = truth(&[(&["a", "b", "c"], &["s"])]);
    let none = found(&[]);
    for name in
        ["victim_precision", "seller_precision", "ring_precision", "pair_precision", "bcubed_precision"]
    {
        assert_eq!(values(&none, &truth, &[name]), [None], "{name}");
    }
    for name in ["victim_recall", "victim_f1", "seller_f1", "ring_f1", "pair_f1", "bcubed_f1", "rings"] {
        assert_eq!(values(&none, &truth, &[name]), [Some(0.0)], "{name}");
    }
    assert_eq!(values(&none, &truth, &["innocents_per_ring", "framed"]), [Some(0.0); 2]);
}

#[test]
fn a_world_without_rings_has_no_recall() {
    let names = ["victim_recall", "victim_f1", "ring_f1", "pair_f1", "bcubed_f1", "victim_recall_at_2x"];
    assert_eq!(values(&found(&[]), &Truth::default(), &names), [None; 6]);
    let claim = found(&[ring(&["x", "y"], &[])]);
    let names = ["victim_precision", "victim_f1", "ring_f1", "pair_f1", "bcubed_f1", "innocents_per_ring"];
    assert_eq!(values(&claim, &Truth::default(), &names), [0.0, 0.0, 0.0, 0.0, 0.0, 2.0].map(Some));
}

#[test]
fn one_ring_split_in_two() {
    let truth = truth(&[(&["a", "b", "c", "d", "e"], &["s"])]);
    let counts = score(&found(&[ring(&["a", "b", "c"], &["s"]), ring(&["d", "e"], &[])]), &truth);
    assert_eq!((counts.splits, counts.merges), (1, 0));
    // The first piece holds 4 of 6; the second 2 of 6.
    assert_eq!(counts.rings, Overlap { right: 1, found: 2, truth: 1 });
    assert_eq!(counts.pairs, Overlap { right: 7, found: 7, truth: 15 });
    assert_eq!(value(&counts, "bcubed_precision"), Some(1.0));
    // Four members with 3 of 5 companions, two with 1 of 5.
    let recall = value(&counts, "bcubed_recall").expect("there are companions");
    assert!((recall - (4.0 * 0.6 + 2.0 * 0.2) / 6.0).abs() < 1e-9, "{recall}");
}

#[test]
fn two_rings_merged_into_one() {
    let truth = truth(&[(&["a", "b", "c"], &[]), (&["d", "e"], &["s"])]);
    let counts = score(&found(&[ring(&["a", "b", "c", "d", "e"], &["s"])]), &truth);
    assert_eq!((counts.splits, counts.merges), (0, 1));
    // Three of six is exactly one half: a match, with one of them.
    assert_eq!(counts.rings, Overlap { right: 1, found: 1, truth: 2 });
    assert_eq!(counts.pairs, Overlap { right: 6, found: 15, truth: 6 });
    assert_eq!(value(&counts, "bcubed_precision"), Some(0.4));
    assert_eq!(value(&counts, "bcubed_recall"), Some(1.0));
}

#[test]
fn one_strange_account_neither_splits_nor_merges() {
    let truth = truth(&[(&["a", "b", "c", "d"], &[]), (&["e", "f", "g"], &[])]);
    let counts = score(&found(&[ring(&["a", "b", "c"], &[]), ring(&["d", "e", "f", "g"], &[])]), &truth);
    assert_eq!((counts.splits, counts.merges, counts.rings.right), (0, 0, 2));
}

#[test]
fn two_claims_that_fit_two_rings_alike_are_both_matched() {
    // Each claim is exactly half of what it could be matched with; only one way serves both.
    let truth = truth(&[(&["a", "b"], &[]), (&["c", "d"], &[])]);
    let counts = score(&found(&[ring(&["a", "b", "c", "d"], &[]), ring(&["a", "b"], &[])]), &truth);
    assert_eq!(counts.rings.right, 2);
}

#[test]
fn roles_are_scored_apart_and_linked_is_a_membership_only() {
    let truth = truth(&[(&["a", "b", "c", "d"], &["s", "t"])]);
    let mut claim = ring(&["a", "b", "s"], &["t"]);
    claim.members.push(member("c", Role::Linked));
    claim.members.push(member("x", Role::Linked));
    let counts = score(&found(&[claim]), &truth);
    assert_eq!(counts.victims, Overlap { right: 2, found: 3, truth: 4 });
    assert_eq!(counts.sellers, Overlap { right: 1, found: 1, truth: 2 });
    assert_eq!(counts.members, Overlap { right: 5, found: 6, truth: 6 });
    assert_eq!(counts.linked, Share { right: 1, of: 2 });
    assert_eq!(counts.innocents, 1);
}

#[test]
fn accounts_that_are_neither_right_nor_wrong_leave_no_trace() {
    let clean = truth(&[(&["a", "b"], &["s"])]);
    let expected = score(&found(&[ring(&["a", "b"], &["s"])]), &clean);
    let mut truth = clean.clone();
    truth.neither = accounts(&["x", "y"]);
    truth.decoys.insert(account("x"), ["dormant".to_owned()].into());
    let mut claim = found(&[ring(&["a", "b", "x"], &["s", "y"])]);
    let link = |a, b| FoundLink { a: account(a), b: account(b), kind: "device", q_value: Some(0.01) };
    claim.links = vec![link("a", "x")];
    assert_eq!(score(&claim, &truth), expected);
}

#[test]
fn harm_is_told_by_what_the_innocent_look_like() {
    let mut truth = truth(&[(&["a", "b", "c"], &[])]);
    let label = |labels: &[&str]| labels.iter().map(|l| (*l).to_owned()).collect();
    truth.decoys.insert(account("x"), label(&["household", "relay_household"]));
    truth.decoys.insert(account("y"), label(&["household"]));
    // A member of a planted ring is no innocent, whatever it looks like.
    truth.decoys.insert(account("a"), label(&["household"]));
    let mut claim = ring(&["a", "b", "c", "x", "w"], &[]);
    let mut by_address = member("z", Role::Victim);
    by_address.by_address = true;
    claim.members.push(by_address);
    let counts = score(&found(&[claim, ring(&["x", "w"], &[])]), &truth);
    assert_eq!((counts.innocents, counts.framed), (3, 2));
    let by_label: Vec<_> = counts.decoys.iter().map(|(l, s)| (l.as_str(), s.right, s.of)).collect();
    assert_eq!(by_label, [("household", 1, 2), ("none", 2, 0), ("relay_household", 1, 1)]);
    assert_eq!(value(&counts, "innocents_per_ring"), Some(1.5));
}

#[test]
fn only_what_two_accounts_used_can_be_found() {
    let mut truth = truth(&[(&["a", "b"], &[])]);
    let row = |value: &str, n| (("R0".to_owned(), thing(ThingKind::Device, value)), Some(n));
    let address = (("R0".to_owned(), thing(ThingKind::Ip, "2001:db8:1:2::77")), None);
    truth.infrastructure = Some([row("d1", 2), row("d2", 1), row("d3", 3), address].into());
    let mut claim = ring(&["a", "b"], &[]);
    claim.infrastructure = [
        thing(ThingKind::Device, "d1"),
        thing(ThingKind::Device, "d2"),
        thing(ThingKind::Device, "d9"),
        thing(ThingKind::Ip, "2001:db8:1:2::/64"),
    ]
    .into();
    let counts = score(&found(&[claim]), &truth);
    let infrastructure = counts.infrastructure.expect("the truth speaks of it");
    assert_eq!(infrastructure.found, Share { right: 3, of: 4 });
    assert_eq!(infrastructure.findable, Share { right: 2, of: 3 });
    // An address written as IPv6 is the same address.
    assert_eq!(thing(ThingKind::Ip, "::ffff:192.0.2.7"), thing(ThingKind::Ip, "192.0.2.7"));
}

#[test]
fn amounts_are_compared_where_rings_match() {
    let mut truth = truth(&[(&["a", "b", "c"], &[]), (&["d", "e", "f"], &[]), (&["g", "h"], &[])]);
    for ring in truth.rings.values_mut() {
        ring.amounts = Some([Some(1_000), Some(-200), None, Some(0), Some(7)]);
    }
    let mut first = ring(&["a", "b", "c"], &[]);
    first.amounts = [Some(1_100), Some(-150), Some(5), Some(3), None];
    let mut second = ring(&["d", "e"], &[]);
    second.amounts = [Some(700), Some(-200), None, Some(0), Some(7)];
    let mut strange = ring(&["x", "y", "z"], &[]);
    strange.amounts = [Some(9), Some(9), Some(9), Some(9), Some(9)];
    let counts = score(&found(&[first, second, strange]), &truth);
    assert_eq!(counts.amounts[0].errors, [(100, 1_000), (300, 1_000)]);
    assert_eq!(value(&counts, "forced_sales_error_jpy"), Some(200.0));
    assert_eq!(value(&counts, "forced_sales_error"), Some(0.2));
    assert_eq!(counts.amounts[1].errors, [(0, 200), (50, 200)]);
    assert!(counts.amounts[2].errors.is_empty());
    // An error has no share of an amount that is 0.
    assert_eq!(value(&counts, "seller_proceeds_error_jpy"), Some(1.5));
    assert_eq!(value(&counts, "seller_proceeds_error"), None);
    assert_eq!((counts.amounts[4].errors.as_slice(), counts.amounts[4].missing), (&[(0, 7)][..], 1));
}

#[test]
fn links_count_up_to_their_rate_and_by_kind() {
    let truth = truth(&[(&["a", "b", "c"], &[]), (&["d"], &["s"])]);
    let link = |a, b, kind, q_value| FoundLink { a: account(a), b: account(b), kind, q_value };
    let mut claim = found(&[]);
    claim.links = vec![
        link("a", "b", "co_buy", Some(0.05)),
        link("a", "d", "co_buy", Some(0.0)),
        link("a", "c", "co_buy", Some(0.051)),
        link("b", "c", "device", None),
        link("d", "s", "opposite", Some(0.01)),
    ];
    let counts = score(&claim, &truth);
    let links: Vec<_> = counts.links.iter().map(|(k, s)| (k.as_str(), s.right, s.of)).collect();
    assert_eq!(links, [("co_buy", 1, 2), ("opposite", 1, 1)]);
}

#[test]
fn confidence_is_held_against_role_and_membership() {
    let truth = truth(&[(&["a", "b"], &["s"])]);
    let claim = |name, role, confidence| {
        let mut m = member(name, role);
        m.confidence = Some(confidence);
        m
    };
    let members = vec![
        claim("a", Role::Victim, 0.9),
        claim("b", Role::Linked, 0.899),
        claim("s", Role::Victim, 0.99),
        claim("x", Role::Victim, 0.0),
    ];
    let counts = score(&found(&[FoundRing { members, ..FoundRing::default() }]), &truth);
    let bins: Vec<_> = counts.confidence.iter().map(|s| (s.right, s.of)).collect();
    assert_eq!(bins, [(0, 1), (0, 0), (1, 1), (1, 1), (0, 0), (0, 1)]);
    assert_eq!(value(&counts, "confident_precision"), Some(0.5));
}

#[test]
fn the_review_list_goes_by_bits_members_first() {
    let truth = truth(&[(&["a", "b"], &["s"])]);
    let mut claim = ring(&["x", "a"], &["s"]);
    for (member, bits) in claim.members.iter_mut().zip([3, 2, 1]) {
        member.bits = Millibits(bits);
    }
    let mut claim = found(&[claim]);
    claim.others =
        vec![(account("y"), Millibits(5)), (account("b"), Millibits(9)), (account("z"), Millibits(4))];
    let names: Vec<_> = claim.review_list().iter().map(|a| a.account_id.clone()).collect();
    assert_eq!(names, ["x", "a", "s", "b", "y", "z"]);
    let counts = score(&claim, &truth);
    // Six to look at (twice three members), or one (one for each thousand).
    assert_eq!(counts.victim_budget.twice, Share { right: 2, of: 2 });
    assert_eq!(counts.victim_budget.per_1000, Share { right: 0, of: 2 });
    claim.accounts = 1_001;
    assert_eq!(score(&claim, &truth).victim_budget.per_1000, Share { right: 1, of: 2 });
}

#[test]
fn counts_of_two_worlds_add_up() {
    let left = truth(&[(&["a", "b", "c"], &["s"])]);
    let right = truth(&[(&["d", "e"], &["t"])]);
    let both = truth(&[(&["a", "b", "c"], &["s"]), (&["d", "e"], &["t"])]);
    let (first, second) = (ring(&["a", "b", "x"], &[]), ring(&["d", "e"], &["t"]));
    let mut sum = score(&found(std::slice::from_ref(&first)), &left);
    sum.add(&score(&found(std::slice::from_ref(&second)), &right));
    let mut pooled = score(&found(&[first, second]), &both);
    // Lists are cut per world.
    pooled.first_rings = sum.first_rings;
    pooled.victim_budget = sum.victim_budget;
    pooled.seller_budget = sum.seller_budget;
    assert_eq!(sum, pooled);
}

#[test]
fn bounds_hold_at_their_value_and_never_on_nothing() {
    let truth = truth(&[(&["a", "b", "c", "d"], &[])]);
    let counts = score(&found(&[ring(&["a", "b", "c", "x"], &[])]), &truth);
    let broken = |side, text| Bound::parse(side, text).expect("it is a bound").broken(&counts);
    assert_eq!(broken(Side::Min, "victim_precision=0.75"), None);
    assert_eq!(broken(Side::Max, "victim_precision=0.75"), None);
    let said = broken(Side::Min, "victim_precision=0.76").expect("it is broken");
    assert_eq!(said, "victim_precision is 0.75, asked for was --min 0.76");
    assert!(broken(Side::Max, "innocents=0.5").is_some());
    for side in [Side::Min, Side::Max] {
        let said = broken(side, "seller_f1=0").expect("no seller anywhere");
        assert!(said.contains("undefined"), "{said}");
    }
    for text in
        ["victim_precision", "=1", "victim_precision=", "victim_precision=NaN", "rings=inf", "recall=1"]
    {
        let Err(error) = Bound::parse(Side::Min, text) else { panic!("{text} is no bound") };
        let said = error.to_string();
        assert!(said.contains("hint: ") && said.contains("bcubed_f1"), "{said}");
    }
}

#[test]
fn every_metric_has_its_own_name_and_the_contracts_are_there() {
    let names: Vec<&str> = METRICS.iter().map(|m| m.name).collect();
    let mut distinct = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len());
    for name in [
        "victim_precision",
        "victim_recall",
        "victim_f1",
        "seller_precision",
        "seller_recall",
        "seller_f1",
        "ring_f1",
        "pair_f1",
        "bcubed_f1",
        "infra_precision",
        "infra_recall",
        "innocents_per_ring",
        "framed",
        "rings",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn one_brokers_part_is_scored_on_its_own_accounts() {
    let at = |broker: &str, name: &str| itoguchi_model::results::AccountName {
        broker: broker.to_owned(),
        account_id: name.to_owned(),
    };
    let mut truth = truth(&[(&["a", "b"], &[]), (&["c"], &[])]);
    truth.rings.get_mut("R0").expect("it is there").victims.insert(at("C", "d"));
    let mut claim = ring(&["a", "x"], &[]);
    claim.members.push(itoguchi_score::FoundMember { account: at("C", "d"), ..member("d", Role::Victim) });
    let claim = found(&[claim, ring(&["c"], &[])]);
    let counts = score(&claim.of_broker("C"), &truth.of_broker("C"));
    assert_eq!(counts.victims, Overlap { right: 1, found: 1, truth: 1 });
    assert_eq!((counts.rings.found, counts.rings.truth, counts.innocents), (1, 1, 0));
    // Both parts together name everybody that the whole does, and lose the pairs between brokers.
    let parts = Found::together(&[claim.of_broker("B"), claim.of_broker("C")]);
    let (whole, parts) = (score(&claim, &truth), score(&parts, &truth));
    assert_eq!(whole.victims, parts.victims);
    assert_eq!((whole.pairs.right, parts.pairs.right), (1, 0));
}

#[test]
fn a_claim_agrees_with_itself() {
    let claim = found(&[ring(&["a", "b"], &["s"]), ring(&["c", "d"], &[])]);
    let counts = score(&claim, &Truth::claimed(&claim));
    for name in ["member_f1", "pair_f1", "bcubed_f1", "ring_f1", "seller_f1"] {
        assert_eq!(value(&counts, name), Some(1.0), "{name}");
    }
}
