//! `decide`: what was decided is recorded, heard by the next run, and never lost.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{Ran, Table, copy, folder, listing, result, run, shared_place};
use itoguchi_report::package::{custody::Log, sha256};
use tempfile::TempDir;

/// A folder with `case` and its result `out`, made once and copied for each test.
fn made(name: &str) -> TempDir {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = shared_place(&format!("decide-{}", std::process::id()));
        for dataset in ["golden-2025-03-17", "seed-cases"] {
            let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets").join(dataset);
            copy(&case, &place.join(dataset).join("case"));
            run(&place.join(dataset), &["correlate", "case", "--out", "out"]).ok();
        }
        place
    });
    let place = folder();
    copy(&made.join(name), place.path());
    place
}

fn golden() -> TempDir {
    made("golden-2025-03-17")
}

const WHO: [&str; 4] = ["--by", "analyst-07", "--at", "2025-04-01T10:00:00+09:00"];

fn decide(place: &Path, target: &str, decision: &str, why: &str) -> Ran {
    run(place, &[&["decide", "out", target, decision, "--why", why], &WHO[..]].concat())
}

fn again(place: &Path) {
    run(place, &["correlate", "case", "--reports", "out/decisions/reports.csv", "--out", "out"]).ok();
}

fn members(place: &Path) -> Vec<[String; 4]> {
    result(&place.join("out"), "ring_members").select(["ring_id", "broker", "account_id", "role"])
}

/// Accounts named anywhere: as a member, a candidate or the owner of an episode.
fn named(place: &Path) -> BTreeSet<String> {
    let of = |table| result(&place.join("out"), table).select(["broker", "account_id"]);
    ["ring_members", "candidates", "episodes"].into_iter().flat_map(of).map(|row| row.join("/")).collect()
}

fn log(place: &Path) -> Log {
    Log::read(&fs::read(place.join("out/decisions/custody.jsonl")).unwrap()).unwrap()
}

fn reports(place: &Path) -> Vec<[String; 4]> {
    Table::csv(&place.join("out/decisions/reports.csv")).select([
        "broker",
        "account_id",
        "reported_at",
        "kind",
    ])
}

#[test]
fn a_decision_is_recorded_and_the_next_command_told() {
    let place = golden();
    let [ring, broker, account, _] = members(place.path()).pop().unwrap();
    let ran = decide(place.path(), &format!("{broker}/{account}"), "clear", "the owner was called").ok();
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains(&format!("clear {broker}/{account}, by analyst-07")), "{}", ran.stdout);
    let next = "  itoguchi correlate case --reports out/decisions/reports.csv --out out\n";
    assert!(ran.stdout.ends_with(&format!("next:\n{next}")), "{}", ran.stdout);
    let log = log(place.path());
    let actions: Vec<&str> = log.entries().iter().map(|e| e.action.as_str()).collect();
    assert_eq!(actions, [&["ingest"; 7][..], &["correlate", "decide"]].concat());
    let entry = log.entries().last().unwrap();
    assert_eq!((entry.time.as_str(), entry.actor.as_str()), ("2025-04-01T01:00:00Z", "analyst-07"));
    assert_eq!(entry.details["why"], "the owner was called");
    assert!(ran.stdout.contains(&log.head().hash));
    let [[b, a, _, kind]] = &reports(place.path())[..] else { panic!() };
    assert_eq!([b, a, kind], [&broker, &account, "cleared"]);
    assert_eq!(
        listing(&place.path().join("out")),
        ["README.md", "decisions", "manifest.json", "tables"].map(str::to_owned).into()
    );
    run(place.path(), &["verify", "out"]).ok();
    assert!(!ring.is_empty());
}

#[test]
fn a_cleared_ring_and_each_of_its_members_are_not_named_again() {
    for dataset in ["golden-2025-03-17", "seed-cases"] {
        let place = made(dataset);
        let of_ring = members(place.path());
        let ring = of_ring[0][0].clone();
        decide(place.path(), &ring, "clear", "one family").ok();
        again(place.path());
        let cleared: BTreeSet<String> = of_ring.iter().map(|m| format!("{}/{}", m[1], m[2])).collect();
        assert!(named(place.path()).is_disjoint(&cleared), "{:?}", named(place.path()));
        let accounts =
            result(&place.path().join("out"), "accounts").select(["broker", "account_id", "reported"]);
        let told = accounts.iter().filter(|row| row[2] == "[cleared]").map(|row| row[..2].join("/"));
        assert_eq!(told.collect::<BTreeSet<_>>(), cleared);
        run(place.path(), &["verify", "out", "--recompute"]).ok();
        for [_, broker, account, role] in of_ring {
            let place = made(dataset);
            let name = format!("{broker}/{account}");
            assert!(named(place.path()).contains(&name));
            decide(place.path(), &name, "clear", "w").ok();
            again(place.path());
            assert!(!named(place.path()).contains(&name), "{name}, {role}");
        }
    }
}

/// Without the logins of a broker its accounts are linked at most.
#[test]
fn a_linked_account_is_cleared_and_to_confirm_it_a_role_must_be_named() {
    let place = made("seed-cases");
    let logins = place.path().join("case/logins.csv");
    let mut table = Table::csv(&logins);
    let broker = table.at("broker");
    table.rows.retain(|row| row[broker] != "RAKUTEN");
    table.write_csv(&logins);
    let settings = ["--set", "rings.member_bits_one_source=4"];
    run(place.path(), &[&["correlate", "case", "--out", "out"], &settings[..]].concat()).ok();
    let Some([_, broker, account, _]) = members(place.path()).into_iter().find(|m| m[3] == "linked") else {
        panic!("no linked member: this would show nothing")
    };
    let name = format!("{broker}/{account}");
    let ran = decide(place.path(), &name, "confirm", "w").refused().says("is not shown by the data");
    assert!(ran.stderr.contains("--as victim or --as suspect"), "{}", ran.stderr);
    assert!(!place.path().join("out/decisions").exists());
    let role = ["decide", "out", &name, "confirm", "--as", "victim", "--why", "w"];
    run(place.path(), &[&role[..], &WHO].concat()).ok();
    assert_eq!(reports(place.path())[0][3], "victim");
    decide(place.path(), &name, "clear", "w").ok();
    let with = ["correlate", "case", "--reports", "out/decisions", "--out", "out"];
    run(place.path(), &[&with[..], &settings].concat()).ok();
    assert!(members(place.path()).iter().any(|m| m[3] == "linked"), "the others still are");
    assert!(!named(place.path()).contains(&name));
}

#[test]
fn a_confirmed_ring_tells_victims_from_suspects() {
    let place = golden();
    decide(place.path(), &members(place.path())[0][0], "confirm", "the brokers called them").ok();
    let kinds: BTreeSet<[String; 2]> = reports(place.path())
        .into_iter()
        .map(|[broker, account, _, kind]| [format!("{broker}/{account}"), kind])
        .collect();
    let expected = members(place.path()).into_iter().map(|[_, broker, account, role]| {
        [format!("{broker}/{account}"), if role == "seller" { "suspect" } else { "victim" }.to_owned()]
    });
    assert_eq!(kinds, expected.collect());
    let before = named(place.path());
    again(place.path());
    assert_eq!(named(place.path()), before, "what was confirmed stays named");
}

#[test]
fn new_evidence_after_a_clearance_still_counts() {
    let place = golden();
    let [_, broker, account, _] = members(place.path()).remove(0);
    let name = format!("{broker}/{account}");
    decide(place.path(), &name, "clear", "w").ok();
    // The same evidence a second after the clearance ends: as if all had happened later.
    let path = place.path().join("out/decisions/reports.csv");
    let earlier = "broker,account_id,reported_at,kind\n".to_owned()
        + &format!("{broker},{account},2025-03-16T00:00:00Z,cleared\n");
    fs::write(place.path().join("earlier.csv"), earlier).unwrap();
    run(place.path(), &["correlate", "case", "--reports", "earlier.csv", "--out", "later"]).ok();
    let later = result(&place.path().join("later"), "ring_members").select(["broker", "account_id"]);
    assert!(later.contains(&[broker, account]));
    assert!(path.exists());
}

#[test]
fn the_last_decision_counts_and_every_one_stays() {
    let place = golden();
    let [_, broker, account, _] = members(place.path()).remove(0);
    let name = format!("{broker}/{account}");
    decide(place.path(), &name, "clear", "first").ok();
    again(place.path());
    assert!(!named(place.path()).contains(&name));
    let role = ["decide", "out", &name, "confirm", "--as", "victim", "--why", "second"];
    run(place.path(), &[&role[..], &WHO].concat()).ok();
    assert_eq!(reports(place.path()).len(), 1);
    // What went in was decided upon since; the log still says what it was.
    run(place.path(), &["verify", "out", "--recompute"]).ok();
    again(place.path());
    assert!(named(place.path()).contains(&name));
    let log = log(place.path());
    let decided: Vec<_> =
        log.entries().iter().filter(|e| e.action == "decide").map(|e| &e.details["why"]).collect();
    assert_eq!(decided, ["first", "second"]);
    assert_eq!(log.entries().iter().filter(|e| e.action == "correlate").count(), 3);
    run(place.path(), &["verify", "out", "--recompute"]).ok();
}

#[test]
fn another_result_made_with_decisions_is_verified_after_further_decisions() {
    let place = golden();
    let all = members(place.path());
    decide(place.path(), &format!("{}/{}", all[0][1], all[0][2]), "clear", "w").ok();
    run(place.path(), &["correlate", "case", "--reports", "out/decisions", "--out", "other"]).ok();
    decide(place.path(), &format!("{}/{}", all[1][1], all[1][2]), "clear", "w").ok();
    run(place.path(), &["verify", "other", "--recompute"]).ok();
    let path = place.path().join("out/decisions/custody.jsonl");
    fs::write(&path, "").unwrap();
    let ran = run(place.path(), &["verify", "other"]);
    assert!(ran.code == 1 && ran.stderr.contains("out/decisions/reports.csv"), "{}", ran.stderr);
}

#[test]
fn a_run_that_replaces_a_result_keeps_its_decisions() {
    let place = golden();
    decide(place.path(), &members(place.path())[0][0], "clear", "w").ok();
    let before = (log(place.path()), fs::read(place.path().join("out/decisions/reports.csv")).unwrap());
    run(place.path(), &["correlate", "case", "--out", "out"]).ok();
    let after = log(place.path());
    assert!(after.bytes().starts_with(before.0.bytes()), "what was recorded is not touched");
    assert_eq!(after.entries().last().unwrap().action, "correlate");
    let hash = sha256(&fs::read(place.path().join("out/manifest.json")).unwrap());
    assert_eq!(after.entries().last().unwrap().details["manifest_sha256"], hash.as_str());
    assert_eq!(fs::read(place.path().join("out/decisions/reports.csv")).unwrap(), before.1);
    // A run that fails leaves them as they are.
    fs::write(place.path().join("case/executions.csv"), "x").unwrap();
    run(place.path(), &["correlate", "case", "--out", "out"]).refused();
    assert_eq!(log(place.path()), after);
}

#[test]
fn what_stands_among_the_decisions_is_never_lost() {
    let place = golden();
    let ring = members(place.path())[0][0].clone();
    decide(place.path(), &ring, "clear", "w").ok();
    let note = place.path().join("out/decisions/note.txt");
    fs::write(&note, "mine").unwrap();
    decide(place.path(), &ring, "clear", "w").refused().says("note.txt is no part of the decisions");
    run(place.path(), &["correlate", "case", "--out", "out"]).refused().says("note.txt");
    assert_eq!(fs::read_to_string(&note).unwrap(), "mine");
    assert_eq!(run(place.path(), &["verify", "out"]).code, 1);
}

#[test]
fn a_log_that_does_not_hold_is_carried_over_and_not_added_to() {
    let place = golden();
    let ring = members(place.path())[0][0].clone();
    decide(place.path(), &ring, "clear", "a certain reason").ok();
    let path = place.path().join("out/decisions/custody.jsonl");
    let forged = fs::read_to_string(&path).unwrap().replace("a certain reason", "no reason");
    fs::write(&path, &forged).unwrap();
    let ran = run(place.path(), &["verify", "out"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("decisions/custody.jsonl: line 9 was edited"), "{}", ran.stderr);
    decide(place.path(), &ring, "clear", "w").refused().says("line 9 was edited");
    let ran = run(place.path(), &["correlate", "case", "--out", "out"]).ok();
    assert!(ran.stderr.contains("carried over as they are"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), forged);
}

#[test]
fn every_change_of_the_decisions_is_found() {
    type Change = fn(&Path);
    let changes: [(Change, &str); 5] = [
        (
            |d| cut_last_line(&d.join("custody.jsonl")),
            "entries are missing at the end: 9 stand here, the head says 10",
        ),
        (|d| fs::remove_file(d.join("head.json")).unwrap(), "decisions/head.json"),
        (|d| fs::remove_file(d.join("reports.csv")).unwrap(), "decisions/reports.csv"),
        (
            |d| fs::write(d.join("reports.csv"), "broker,account_id,reported_at,kind\r\n").unwrap(),
            "decisions/reports.csv: it is not what custody.jsonl decided",
        ),
        (|d| fs::write(d.join("more.txt"), "x").unwrap(), "decisions/more.txt: not in the manifest"),
    ];
    for (change, words) in changes {
        let place = golden();
        let ring = members(place.path())[0][0].clone();
        decide(place.path(), &ring, "clear", "w").ok();
        decide(place.path(), &ring, "confirm", "w").ok();
        run(place.path(), &["verify", "out"]).ok();
        change(&place.path().join("out/decisions"));
        let ran = run(place.path(), &["verify", "out"]);
        assert!(ran.code == 1 && ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
}

fn cut_last_line(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(path, lines[..lines.len() - 1].concat()).unwrap();
}

#[test]
fn hostile_words_stay_in_one_entry_and_hostile_accounts_come_back_exactly() {
    let place = folder();
    let case = place.path().join("case");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/seed-cases"), &case);
    let plain = golden_account(&case);
    let hostile = "A,\"1\"\n\u{202e}\u{1b}[2J;=cmd\u{301} 口座".to_owned() + &"x".repeat(10_000);
    for name in listing(&case).into_iter().filter(|n| n.ends_with(".csv")) {
        let mut table = Table::csv(&case.join(&name));
        let cells = table.rows.iter_mut().flatten().filter(|cell| **cell == plain);
        cells.for_each(|cell| cell.clone_from(&hostile));
        table.write_csv(&case.join(&name));
    }
    run(place.path(), &["correlate", "case", "--out", "out"]).ok();
    let [_, broker, account, _] = members(place.path()).into_iter().find(|m| m[2] == hostile).unwrap();
    let why = "because\r\n{\"seq\":1}\u{2028}\u{85}\u{7}".to_owned() + &"長".repeat(10_000);
    let who = "analyst\n07\u{202e}";
    let name = format!("{broker}/{account}");
    let ran = run(place.path(), &["decide", "out", &name, "clear", "--by", who, "--why", &why]).ok();
    assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{:?}", ran.stdout);
    let log = log(place.path());
    let entry = log.entries().last().unwrap();
    assert_eq!((entry.actor.as_str(), entry.details["why"].as_str().unwrap()), (who, why.as_str()));
    let bytes = fs::read(place.path().join("out/decisions/custody.jsonl")).unwrap();
    assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), log.entries().len());
    assert_eq!(reports(place.path())[0][..2], [broker, hostile]);
    again(place.path());
    assert!(!named(place.path()).contains(&name));
    run(place.path(), &["verify", "out", "--recompute"]).ok();
}

/// A member of the ring of the seed cases, as its files write it.
fn golden_account(case: &Path) -> String {
    let place = folder();
    run(place.path(), &["correlate", case.to_str().unwrap(), "--out", "out"]).ok();
    members(place.path())[0][2].clone()
}

#[test]
fn what_cannot_be_decided_is_refused_and_writes_nothing() {
    let place = golden();
    let ring = members(place.path())[0][0].clone();
    let quiet = {
        let named = named(place.path());
        let accounts = result(&place.path().join("out"), "accounts").select(["broker", "account_id"]);
        accounts.iter().map(|a| a.join("/")).find(|a| !named.contains(a)).unwrap()
    };
    decide(place.path(), "R-none", "clear", "w").refused().says("there is no ring R-none");
    decide(place.path(), "SBI/none", "clear", "w").refused().says("there is no account SBI/none");
    decide(place.path(), &quiet, "clear", "w").refused().says("holds no evidence on");
    decide(place.path(), &ring, "clear", " \n").refused().says("--why is blank");
    let base = ["decide", "out", &ring, "clear", "--why", "w"];
    run(place.path(), &[&base[..], &["--by", ""]].concat()).refused().says("--by is blank");
    run(place.path(), &[&base[..], &["--by", "a", "--as", "victim"]].concat())
        .refused()
        .says("--as goes with");
    run(place.path(), &[&base[..], &["--by", "a", "--at", "2025-04-01"]].concat())
        .refused()
        .says("no time with");
    run(place.path(), &["decide", "case", &ring, "clear", "--by", "a", "--why", "w"])
        .refused()
        .says("not a result");
    assert!(!place.path().join("out/decisions").exists());
}

#[test]
fn two_at_once_do_not_interleave() {
    let place = golden();
    let ring = members(place.path())[0][0].clone();
    // Somebody else is at it.
    let lock = File::open(place.path().join("out/manifest.json")).unwrap();
    lock.lock().unwrap();
    decide(place.path(), &ring, "clear", "w").refused().says("another itoguchi is writing to this result");
    drop(lock);
    let racing: Vec<_> = (0..6)
        .map(|i| {
            let (path, ring) = (place.path().to_owned(), ring.clone());
            std::thread::spawn(move || decide(&path, &ring, "clear", &format!("{i}")).ok())
        })
        .collect();
    racing.into_iter().for_each(|r| drop(r.join().unwrap()));
    let log = log(place.path());
    let why: BTreeSet<_> =
        log.entries().iter().filter(|e| e.action == "decide").map(|e| e.details["why"].to_string()).collect();
    assert_eq!(why.len(), 6);
    run(place.path(), &["verify", "out"]).ok();
}

#[test]
fn settings_and_other_reports_are_in_the_next_command() {
    let place = golden();
    fs::create_dir(place.path().join("known to us")).unwrap();
    let known = "broker,account_id,reported_at,kind\nSBI,nobody,2025-03-20T09:00:00+09:00,victim\n";
    fs::write(place.path().join("known to us/reports.csv"), known).unwrap();
    let flags = ["--reports", "known to us", "--set", "rings.members=4", "--as-of", "2025-12-31T00:00:00Z"];
    run(place.path(), &[&["correlate", "case", "--out", "out"], &flags[..]].concat()).ok();
    let ran = decide(place.path(), &members(place.path())[0][0], "confirm", "w").ok();
    let next = "itoguchi correlate case --reports 'known to us' --reports out/decisions/reports.csv \
                --set 'ingest.as_of=\"2025-12-31T00:00:00Z\"' --set rings.members=4 --out out\n";
    assert!(ran.stdout.ends_with(next), "{}", ran.stdout);
    let mut words = std::process::Command::new("sh");
    let itoguchi = env!("CARGO_BIN_EXE_itoguchi");
    let script = next.replacen("itoguchi", &format!("'{itoguchi}' -q"), 1);
    assert!(words.current_dir(place.path()).args(["-c", &script]).status().unwrap().success());
    run(place.path(), &["verify", "out", "--recompute"]).ok();
}

#[test]
fn the_daily_list_sets_apart_what_was_decided() {
    let place = golden();
    let daily = |flags: &[&str]| run(place.path(), &[&["report", "out", "--daily"], flags].concat());
    let [_, broker, account, _] = members(place.path()).remove(0);
    let name = format!("{broker}/{account}");
    let text = daily(&[]).ok().stdout;
    assert!(text.contains(&format!("{name}: victim, account believed taken over")), "{text}");
    assert!(text.contains("order:") && text.contains("A8 everything sold"), "{text}");
    assert!(!text.contains("decided or reported already"));
    decide(place.path(), &name, "clear", "the owner was called").ok();
    let text = daily(&[]).ok().stdout;
    assert!(text.contains(&format!("- {name}: cleared, not held")), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&daily(&["--format", "json", "--broker", &broker]).ok().stdout).unwrap();
    assert_eq!(json["brokers"].as_array().unwrap().len(), 1);
    assert_eq!(json["brokers"][0]["decided"][0]["why"], "the owner was called");
    let early = daily(&["--as-of", "2025-03-01T00:00:00+09:00"]).ok().stdout;
    assert!(!early.contains("believed taken over"), "{early}");
    daily(&["--as-of", "yesterday"]).refused().says("no time with an offset");
    daily(&["--broker", "XX"]).refused().says("no account of broker XX");
    daily(&["--out", "list.txt"]).ok();
    assert_eq!(fs::read_to_string(place.path().join("list.txt")).unwrap(), text);
}
