//! What must come out of worlds whose truth is known.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use common::{folder, result, run, truth, world};

type Account = (String, String);

/// The result of a world under default settings.
struct Found {
    world: PathBuf,
    out: PathBuf,
    _place: tempfile::TempDir,
}

fn correlate(name: &str) -> Found {
    let (world, place) = (world(name, "parquet"), folder());
    let out = place.path().join("out");
    run(place.path(), &["correlate", world.to_str().unwrap(), "--out", out.to_str().unwrap()]).ok();
    Found { world, out, _place: place }
}

fn accounts_of(rows: Vec<[String; 2]>) -> BTreeSet<Account> {
    rows.into_iter().map(|[broker, account]| (broker, account)).collect()
}

impl Found {
    /// Members by ring: account and role.
    fn members(&self) -> BTreeMap<String, BTreeSet<(Account, String)>> {
        let mut rings: BTreeMap<String, BTreeSet<(Account, String)>> = BTreeMap::new();
        for [ring, broker, account, role] in
            result(&self.out, "ring_members").select(["ring_id", "broker", "account_id", "role"])
        {
            rings.entry(ring).or_default().insert(((broker, account), role));
        }
        rings
    }

    /// Accounts of the truth: ring and role.
    fn truth(&self) -> BTreeMap<Account, (String, String)> {
        let rows = truth(&self.world, "truth").select(["broker", "account_id", "ring", "role"]);
        assert!(!rows.is_empty());
        rows.into_iter().map(|[broker, account, ring, role]| ((broker, account), (ring, role))).collect()
    }

    fn true_members(&self) -> BTreeSet<(Account, String)> {
        self.truth().into_iter().map(|(account, (_, role))| (account, role)).collect()
    }

    fn in_rings(&self) -> BTreeSet<Account> {
        self.members().into_values().flatten().map(|(account, _)| account).collect()
    }

    /// Asserts that there is one ring, with the truth's members in the truth's roles and nobody else.
    fn is_the_one_true_ring(&self) {
        let members = self.members();
        assert_eq!((result(&self.out, "rings").rows.len(), members.len()), (1, 1), "{members:#?}");
        assert_eq!(*members.values().next().unwrap(), self.true_members());
    }
}

/// The five amounts of the only row, whole yen; `None` where there is none.
fn amounts(table: &common::Table) -> [Option<f64>; 5] {
    assert_eq!(table.rows.len(), 1);
    [
        "forced_sales_jpy",
        "fraudulent_buys_jpy",
        "estimated_loss_jpy",
        "seller_proceeds_jpy",
        "seller_profit_jpy",
    ]
    .map(|name| table.number(0, name))
}

#[test]
fn golden_one_ring_of_ten_victims_and_one_seller_to_the_yen() {
    let found = correlate("golden-2025-03-17");
    found.is_the_one_true_ring();
    let roles: Vec<String> = found.true_members().into_iter().map(|(_, role)| role).collect();
    let count = |role: &str| roles.iter().filter(|r| *r == role).count();
    assert_eq!((roles.len(), count("victim"), count("seller")), (11, 10, 1));
    let rings = result(&found.out, "rings");
    for (column, members) in [("victims", 10.0), ("sellers", 1.0), ("linked", 0.0)] {
        assert_eq!(rings.number(0, column), Some(members));
    }

    let instruments = result(&found.out, "ring_instruments");
    assert_eq!(instruments.rows.len(), 1);
    assert_eq!(instruments.number(0, "price_before"), Some(84.0));
    assert_eq!(instruments.number(0, "price_peak"), Some(110.0));
    let name = instruments.column("instrument")[0];
    assert!(name.starts_with("XTKS:"));
    assert_eq!(rings.column("instruments"), [format!("[{name}]")]);

    let stated = amounts(&rings);
    assert_eq!(stated, amounts(&truth(&found.world, "truth_amounts")));
    let [_, _, loss, _, profit] = stated.map(|a| a.unwrap());
    assert!((8.5e6..=8.7e6).contains(&profit), "{profit}");
    assert!((10.9e6..=11.1e6).contains(&loss), "{loss}");
}

#[test]
fn seed_cases_seven_accounts_and_nobody_else() {
    let found = correlate("seed-cases");
    assert_eq!(found.truth().len(), 7);
    found.is_the_one_true_ring();
    assert_eq!(amounts(&result(&found.out, "rings")), amounts(&truth(&found.world, "truth_amounts")));
}

#[test]
fn seed_cases_an_account_hijacked_alone_is_an_episode_and_no_ring() {
    let found = correlate("seed-cases");
    let lone = accounts_of(truth(&found.world, "truth_lone").select(["broker", "account_id"]));
    assert!(!lone.is_empty());
    let episodes = accounts_of(result(&found.out, "episodes").select(["broker", "account_id"]));
    let in_rings = found.in_rings();
    assert!(!in_rings.is_empty());
    for account in lone {
        assert!(episodes.contains(&account), "{account:?} has no episode");
        assert!(!in_rings.contains(&account), "{account:?} is in a ring");
    }
}

#[test]
fn spring_three_rings_each_mostly_one_true_ring() {
    let found = correlate("spring-2025");
    let (members, truth) = (found.members(), found.truth());
    assert_eq!(truth.values().map(|(ring, _)| ring).collect::<BTreeSet<_>>().len(), 3);
    assert!(members.len() >= 3, "{} rings: {members:#?}", members.len());
    let mut seen = BTreeSet::new();
    for (ring, accounts) in &members {
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        for (account, _) in accounts {
            if let Some((planted, _)) = truth.get(account) {
                *of.entry(planted).or_default() += 1;
            }
        }
        let most = of.iter().max_by_key(|(_, n)| **n);
        assert!(most.is_some_and(|(_, n)| 2 * n > accounts.len()), "{ring}: {of:?} of {}", accounts.len());
        seen.insert(most.unwrap().0.to_string());
    }
    assert_eq!(seen.len(), 3, "rings found: {seen:?}");
}

/// Accounts of ordinary life that look alike, and were not hijacked.
fn framed(found: &Found) -> Vec<(Account, String)> {
    let (truth, in_rings) = (found.truth_or_none(), found.in_rings());
    let decoys = truth_decoys(&found.world);
    decoys.into_iter().filter(|(a, _)| in_rings.contains(a) && !truth.contains_key(a)).collect()
}

fn truth_decoys(world: &Path) -> Vec<(Account, String)> {
    let rows = truth(world, "truth_decoys").select(["broker", "account_id", "decoy"]);
    let decoys: Vec<_> =
        rows.into_iter().map(|[broker, account, decoy]| ((broker, account), decoy)).collect();
    for kind in ["household", "office_nat", "aggregator", "news_burst"] {
        assert!(decoys.iter().any(|(_, d)| d == kind), "the world has no {kind}");
    }
    decoys
}

impl Found {
    fn truth_or_none(&self) -> BTreeMap<Account, (String, String)> {
        let rows = truth(&self.world, "truth").select(["broker", "account_id", "ring", "role"]);
        rows.into_iter().map(|[broker, account, ring, role]| ((broker, account), (ring, role))).collect()
    }
}

#[test]
fn spring_no_account_of_ordinary_life_is_in_a_ring() {
    let found = correlate("spring-2025");
    assert!(!found.in_rings().is_empty());
    assert_eq!(framed(&found), []);
}

#[test]
fn spring_nobody_but_the_planted_is_named() {
    let found = correlate("spring-2025");
    assert!(!found.in_rings().is_empty());
    let truth = found.truth();
    let others: Vec<Account> = found.in_rings().into_iter().filter(|a| !truth.contains_key(a)).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn quiet_life_has_no_ring() {
    let found = correlate("quiet");
    assert!(!truth_decoys(&found.world).is_empty());
    assert!(found.truth_or_none().is_empty());
    let table = result(&found.out, "accounts");
    assert!(table.rows.len() > 500);
    assert!(found.members().is_empty(), "{:#?}", found.members());
    assert!(table.column("ring_id").iter().all(|r| *r == "∅"));
}
