//! `coact`: the pairs that CooRTweet 2.1.3 gives for its own data, and tables that cannot be used.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use common::{Ran, Table, folder, listing, run};

/// (input, reference, window, edges)
const CASES: [(&str, &str, &str, usize); 3] = [
    ("russian_coord_tweets.csv.gz", "russian_60s_min2.edges.csv.gz", "60s", 3_721),
    ("russian_coord_tweets.csv.gz", "russian_10s_min2.edges.csv.gz", "10s", 442),
    ("german_url.csv.gz", "german_url_30s_min2.edges.csv.gz", "30s", 1_453),
];
const NAMES: [&str; 8] = [
    "--actor",
    "account_id",
    "--object",
    "object_id",
    "--time",
    "timestamp_share",
    "--content",
    "content_id",
];

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// Pairs with weight and mean distance in seconds.
fn pairs(table: &Table) -> BTreeMap<(String, String), (u64, f64)> {
    let rows = table.select(["a", "b", "weight", "avg_time_delta"]);
    let count = rows.len();
    let pairs: BTreeMap<_, _> = rows
        .into_iter()
        .map(|[a, b, weight, delta]| ((a, b), (weight.parse().unwrap(), delta.parse().unwrap())))
        .collect();
    assert_eq!(pairs.len(), count, "a pair stands twice");
    pairs
}

fn same(found: &Table, expected: &BTreeMap<(String, String), (u64, f64)>, edges: usize) {
    let found = pairs(found);
    assert_eq!((found.len(), expected.len()), (edges, edges));
    for ((pair, f), (of, e)) in found.iter().zip(expected) {
        assert_eq!((pair, f.0), (of, e.0));
        assert!(pair.0 < pair.1);
        assert!((f.1 - e.1).abs() < 1e-9, "{pair:?}: {} seconds, not {}", f.1, e.1);
    }
}

#[test]
fn the_reference_pairs_in_csv_and_parquet() {
    let Some(data) = itoguchi_testkit::real::folder("coaction") else {
        println!("skipped {} cases: no reference data", CASES.len());
        return;
    };
    for (input, edges, window, count) in CASES {
        let expected_in = folder();
        fs::write(expected_in.path().join("e.csv"), unpacked(&data.join(edges))).unwrap();
        let expected = pairs(&Table::csv(&expected_in.path().join("e.csv")));
        let place = folder();
        let input = data.join(input);
        let run_with = |out: &str, more: &[&str]| {
            let fixed = ["--window", window, "--min-participation", "2", "--out", out];
            let ran =
                run(place.path(), &[&["coact", input.to_str().unwrap()], &NAMES[..], &fixed, more].concat())
                    .ok();
            assert_eq!(ran.stdout, "");
            ran
        };
        let said = run_with("p.csv", &[]).stderr;
        assert!(said.contains("rejected 0") && said.contains(&format!("wrote {count} pairs")), "{said}");
        run_with("p.parquet", &["--threads", "1"]);
        run_with("bare.csv", &["--no-significance", "--threads", "2"]);
        run_with("bare.parquet", &["--no-significance"]);
        let at = |name: &str| place.path().join(name);
        let (csv, parquet) = (Table::csv(&at("p.csv")), Table::parquet(&at("p.parquet")));
        same(&csv, &expected, count);
        same(&parquet, &expected, count);
        assert_eq!(csv.columns, ["a", "b", "weight", "avg_time_delta", "bits", "q_value"]);
        assert_eq!(csv.columns, parquet.columns);
        for row in 0..csv.rows.len() {
            for column in ["bits", "q_value"] {
                assert_eq!(csv.number(row, column), parquet.number(row, column), "{column} of row {row}");
            }
            let q = csv.number(row, "q_value").unwrap();
            assert!((0.0..=1.0).contains(&q), "q_value {q}");
        }
        for bare in [Table::csv(&at("bare.csv")), Table::parquet(&at("bare.parquet"))] {
            assert_eq!(bare.columns, ["a", "b", "weight", "avg_time_delta"]);
            same(&bare, &expected, count);
        }
        assert_eq!(listing(place.path()).len(), 4, "no rejects, no parts left");
    }
}

fn small(text: &str, flags: &[&str]) -> (Ran, tempfile::TempDir) {
    let place = folder();
    fs::write(place.path().join("acts.csv"), text).unwrap();
    let ran = run(place.path(), &[&["coact", "acts.csv", "--out", "pairs.csv"], flags].concat());
    (ran, place)
}

const ACTS: &str = "actor,object,time\nann,x,0\nbob,x,60\ncat,x,121\nann,y,1000\nbob,y,1010\nbob,y,1020\n";

#[test]
fn windows_are_inclusive_and_every_pair_of_acts_counts() {
    let (ran, place) = small(ACTS, &["--window", "60s", "--no-significance"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    // ann and bob: 60 s on x, 10 s and 20 s on y; cat is 61 s away.
    assert_eq!(text, "a,b,weight,avg_time_delta\nann,bob,3,30\n");
    let (ran, place) = small(ACTS, &["--window", "61s", "--no-significance"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    assert_eq!(text, "a,b,weight,avg_time_delta\nann,bob,3,30\nbob,cat,1,61\n");
}

#[test]
fn rfc_3339_times_are_times_too() {
    let text = "actor,object,time\nann,x,2025-03-17T09:00:00+09:00\nbob,x,2025-03-17T00:00:30Z\n";
    let (ran, place) = small(text, &["--window", "1m", "--no-significance"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    assert_eq!(text, "a,b,weight,avg_time_delta\nann,bob,1,30\n");
}

#[test]
fn no_pairs_is_an_answer() {
    let (ran, place) = small("actor,object,time\nann,x,0\nbob,y,0\n", &["--window", "60s"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    assert_eq!(text, "a,b,weight,avg_time_delta,bits,q_value\n");
}

#[test]
fn rows_that_cannot_be_read_are_kept_beside_the_pairs() {
    let good: String = (0..50).map(|i| format!("a{},x{i},{}\n", i % 5, i * 1000)).collect();
    let text = format!("actor,object,time\n{good}ann,x,soon\n,x,7\n");
    let (ran, place) = small(&text, &["--window", "60s"]);
    let ran = ran.ok();
    assert!(ran.stderr.contains("read 52 = used 50 + rejected 2"), "{}", ran.stderr);
    let rejects = Table::csv(&place.path().join("pairs.rejects.csv"));
    let found = rejects.select(["row", "column", "value"]);
    assert_eq!(found, [["51", "time", "soon"], ["52", "actor", ""]].map(|r| r.map(str::to_owned)));
    assert!(rejects.column("reason").iter().all(|r| !r.is_empty()));
}

#[test]
fn what_cannot_be_used_is_refused() {
    for (text, flags, words) in [
        (ACTS, &["--window", "60s", "--actor", "who"][..], &["who", "actor", "object", "time"][..]),
        (ACTS, &["--window", "60s", "--content", "post"], &["post"]),
        (ACTS, &["--window", "soon"], &["soon", "60s"]),
        (ACTS, &["--window=-5s"], &["-5s"]),
        (ACTS, &["--window", "60s", "--out", "pairs.txt"], &["pairs.txt", ".parquet"]),
        (
            "actor,object,time\nann,x,soon\nbob,x,later\n",
            &["--window", "60s"],
            &["2 of 2 rows", "row 1", "soon"],
        ),
        ("", &["--window", "60s"], &["acts.csv"]),
    ] {
        let place = folder();
        fs::write(place.path().join("acts.csv"), text).unwrap();
        let out: &[&str] = if flags.contains(&"--out") { &[] } else { &["--out", "pairs.csv"] };
        let ran = run(place.path(), &[&["coact", "acts.csv"], out, flags].concat());
        assert_eq!(ran.code, 2, "{flags:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert!(words.iter().all(|w| ran.stderr.contains(w)), "{words:?}: {}", ran.stderr);
        assert_eq!(listing(place.path()), ["acts.csv".to_owned()].into(), "{flags:?}");
    }
    let (ran, _place) = small(ACTS, &["--window", "60s", "--min-participation", "many"]);
    assert_eq!(ran.code, 2);
    let place = folder();
    run(place.path(), &["coact", "none.csv", "--window", "60s", "--out", "p.csv"]).refused().says("none.csv");
    assert!(listing(place.path()).is_empty());
}

#[test]
fn an_unclosed_quote_swallows_no_rows_in_silence() {
    let mut rows: Vec<String> = (0..40).map(|i| format!("a{},x{i},{}", i % 5, i * 1000)).collect();
    rows[30].insert(0, '"');
    let (ran, place) = small(&format!("actor,object,time\n{}\n", rows.join("\n")), &["--window", "60s"]);
    ran.refused().says("line 32");
    assert_eq!(listing(place.path()).len(), 1);
}

#[test]
fn no_place_to_write_is_told() {
    let (ran, _place) = small(ACTS, &["--window", "60s"]);
    ran.ok();
    let place = folder();
    fs::write(place.path().join("acts.csv"), ACTS).unwrap();
    run(place.path(), &["coact", "acts.csv", "--window", "60s", "--out", "no/such/p.csv"])
        .refused()
        .says("no/such");
}

/// The pairs that `flags` give for a table, as text.
fn pairs_of(text: &str, flags: &[&str]) -> (String, String) {
    let (ran, place) = small(text, &[&["--window", "60s"], flags].concat());
    let said = ran.ok().stderr;
    (fs::read_to_string(place.path().join("pairs.csv")).unwrap(), said)
}

const VENUES: &str = "actor,object,venue,side,time
ann,x,T,buy,0
bob,x,T,buy,10
cat,x,N,buy,20
ann,y,T,buy,1000
eve,y,T,buy,1000
bob,y,T,buy,1030
ann,x,T,buy,5000
cat,x,T,sell,5010
bob,x,T,buy,5020
cat,x,T,buy,5030
cat,x,T,buy,9000
bob,x,T,buy,9001
";

#[test]
fn filters_and_objects_of_several_columns() {
    let flags = ["--object", "object,venue", "--no-significance", "--occasions", "--lead"];
    let with = |more: &[&str]| pairs_of(VENUES, &[&flags[..], more].concat());
    let (found, said) = with(&["--keep", "side=buy"]);
    assert_eq!(
        found,
        "a,b,weight,avg_time_delta,occasions,objects,a_led,b_led
ann,bob,3,20,3,2,3,0
ann,cat,1,30,1,1,1,0
ann,eve,1,0,1,1,0,0
bob,cat,2,5.5,2,1,1,1
bob,eve,1,30,1,1,0,1
"
    );
    assert!(said.contains("read 12 = used 11 + rejected 0 + left out by --keep 1"), "{said}");
    // The one sale has no other sale near it.
    assert_eq!(with(&["--side", "side"]).0, found);
    let lines = |numbers: &[usize]| -> String {
        numbers.iter().map(|n| format!("{}\n", found.lines().nth(*n).unwrap())).collect()
    };
    assert_eq!(with(&["--keep", "side=buy", "--min-occasions", "2"]).0, lines(&[0, 1, 4]));
    assert_eq!(with(&["--keep", "side=buy", "--min-objects", "2"]).0, lines(&[0, 1]));
    assert_eq!(with(&["--keep", "side=buy", "--keep", "venue=N"]).0, lines(&[0]));
    // Bare, each flag adds its own columns.
    let bare = ["--keep", "object=y", "--no-significance"];
    assert_eq!(
        pairs_of(VENUES, &bare).0,
        "a,b,weight,avg_time_delta\nann,bob,1,30\nann,eve,1,0\nbob,eve,1,30\n"
    );
    for (flag, columns) in [("--occasions", ",occasions,objects"), ("--lead", ",a_led,b_led")] {
        let (found, _) = pairs_of(VENUES, &[&bare[..], &[flag]].concat());
        assert!(found.starts_with(&format!("a,b,weight,avg_time_delta{columns}\n")), "{found}");
    }
}

const TRADES: &str = "actor,object,time,side,price,quantity
ann,x,0,buy,100,5
bob,x,10,sell,100,5
cat,x,20,sell,101,5
dan,x,30,buy,100,5
ann,x,40,sell,100,5
bob,y,1000,sell,7,1
ann,y,1002,buy,7,2
";

#[test]
fn buyers_against_sellers() {
    let flags = ["--side", "side", "--no-significance", "--occasions", "--lead", "--kind"];
    let with = |more: &[&str]| {
        let (found, _) = pairs_of(TRADES, &[&flags[..], more].concat());
        let header = "a,b,weight,avg_time_delta,occasions,objects,a_led,b_led\n";
        found.strip_prefix(header).unwrap().to_owned()
    };
    // a bought and b sold, in whatever order of their names; nobody trades with themselves.
    let opposite = "ann,bob,2,6,2,2,1,1\nann,cat,1,20,1,1,1,0\ndan,ann,1,10,1,1,1,0\ndan,bob,1,20,1,1,0,1\n\
                    dan,cat,1,10,1,1,0,1\n";
    assert_eq!(with(&["opposite"]), opposite);
    assert_eq!(with(&["opposite", "--min-objects", "2"]), "ann,bob,2,6,2,2,1,1\n");
    // The two on y differ in quantity, cat's price is another one.
    let matched = "ann,bob,1,10,1,1,1,0\ndan,ann,1,10,1,1,1,0\ndan,bob,1,20,1,1,0,1\n";
    assert_eq!(with(&["match"]), matched);
    assert_eq!(with(&["match", "--match-on", "price,quantity"]), matched);
    assert_eq!(with(&["match", "--match-on", "price"]), matched.replacen("1,10,1,1,1,0", "2,6,2,2,1,1", 1));
    // Of one side only dan and ann are near each other.
    assert_eq!(
        with(&["same"]),
        "ann,bob,1,30,1,1,0,1\nann,cat,1,20,1,1,0,1\nann,dan,1,30,1,1,1,0\nbob,cat,1,10,1,1,1,0\n"
    );
}

/// A crowd on sixty objects of different popularity, and six accounts that act on eight of them together.
fn planted() -> String {
    let mut state = 7_u64;
    let mut below = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let mut text = String::from("actor,object,time,side\n");
    let mut act = |actor: String, object: u64, time: u64, side: &str| {
        text.push_str(&format!("{actor},o{object},{time},{side}\n"));
    };
    for _ in 0..12_000 {
        let object = below(60).min(below(60));
        let side = if below(2) == 0 { "buy" } else { "sell" };
        act(format!("u{:03}", below(300)), object, below(2 * 86_400), side);
    }
    // Some of the group stay away now and then, so that not all of its pairs are equally sure.
    for round in 0..8 {
        let start = below(2 * 86_400);
        for member in (0..6).filter(|member| round < 9 - member) {
            let side = if member % 2 == 0 { "buy" } else { "sell" };
            act(format!("ring{member}"), 20 + 5 * round, start + below(20), side);
        }
    }
    text
}

#[test]
fn pairs_at_a_rate_are_the_rows_of_all_pairs_within_it() {
    let table = planted();
    // Pairs within each rate, and those of at least five occasions within the second one. No rate is below that of the
    // one hit that is added to those among dealt acts.
    for (kind, within, five) in [
        (&[][..], [0, 15, 16, 17], 10),
        (&["--side", "side"], [0, 6, 6, 6], 4),
        (&["--side", "side", "--kind", "opposite"], [0, 9, 9, 9], 6),
    ] {
        let with = |more: &[&str]| pairs_of(&table, &[kind, &["--occasions", "--lead"], more].concat()).0;
        let all = with(&["--threads", "2"]);
        assert!(all.lines().count() > 500);
        for (max_q, number) in ["0.001", "0.05", "0.3", "0.5"].into_iter().zip(within) {
            let limit: f64 = max_q.parse().unwrap();
            let q = |line: &str| line.rsplit(',').next().unwrap().parse::<f64>();
            // The header has no number.
            let expected: Vec<&str> = all.lines().filter(|line| q(line).is_ok_and(|q| q <= limit)).collect();
            assert_eq!(expected.len(), number, "{kind:?} {max_q}: {expected:?}");
            for threads in ["1", "2"] {
                let found = with(&["--max-q", max_q, "--threads", threads]);
                let mut lines = found.lines();
                assert_eq!(lines.next(), all.lines().next());
                assert!(lines.eq(expected.iter().copied()), "{kind:?} {max_q} {threads}: {found}");
            }
            let planted = |line: &&&str| line.starts_with("ring") && line.contains(",ring");
            let planted = expected.iter().filter(planted).count();
            assert_eq!(planted, number.min(within[1]), "{kind:?} {max_q}: {expected:?}");
        }
        let few = with(&["--max-q", "0.05", "--min-occasions", "5"]);
        assert_eq!(few.lines().count(), five + 1, "{few}");
        assert_eq!(with(&["--max-q", "0.05", "--min-objects", "99"]).lines().count(), 1);
    }
}

/// Six hundred accounts that all act together.
fn crowd() -> String {
    let mut table = String::from("actor,object,time\n");
    for actor in 0..600 {
        table.push_str(&format!("\"user, {actor:03}\",x,{}\n", actor % 7));
    }
    table
}

#[test]
fn many_batches_make_one_table() {
    let place = folder();
    fs::write(place.path().join("acts.csv"), crowd()).unwrap();
    let at = |name: &str| place.path().join(name);
    fs::write(at("one.csv"), "an earlier answer").unwrap();
    for (out, threads) in [("one.csv", "1"), ("two.csv", "2"), ("one.parquet", "1"), ("two.parquet", "2")] {
        let flags = ["--window", "60s", "--no-significance", "--threads", threads, "--out", out];
        run(place.path(), &[&["coact", "acts.csv"], &flags[..]].concat()).ok().says("wrote 179700 pairs");
    }
    assert_eq!(listing(place.path()).len(), 5);
    for form in ["csv", "parquet"] {
        assert_eq!(
            fs::read(at(&format!("one.{form}"))).unwrap(),
            fs::read(at(&format!("two.{form}"))).unwrap()
        );
    }
    let names = ["a", "b", "weight"];
    let rows = Table::csv(&at("one.csv")).select(names);
    assert_eq!(rows, Table::parquet(&at("one.parquet")).select(names));
    let pairs = (0..600).flat_map(|a| (a + 1..600).map(move |b| (a, b)));
    let expected = pairs.map(|(a, b)| [format!("user, {a:03}"), format!("user, {b:03}"), "1".to_owned()]);
    assert!(rows.into_iter().eq(expected));
}

#[cfg(unix)]
#[test]
fn no_room_leaves_nothing_half_written() {
    for out in ["pairs.csv", "pairs.parquet"] {
        let place = folder();
        fs::write(place.path().join("acts.csv"), crowd()).unwrap();
        fs::write(place.path().join(out), "an earlier answer").unwrap();
        // No file may grow beyond 8 KiB.
        let line = format!(
            "trap '' XFSZ; ulimit -f 8; exec {} coact acts.csv --window 60s --out {out}",
            env!("CARGO_BIN_EXE_itoguchi")
        );
        let ran = std::process::Command::new("bash").args(["-c", &line]).current_dir(place.path()).output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(out) && said.contains("has room"), "{said}");
        assert_eq!(listing(place.path()).len(), 2, "{said}");
        assert_eq!(fs::read_to_string(place.path().join(out)).unwrap(), "an earlier answer");
    }
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    for (flags, words) in [
        (&["--kind", "opposite"][..], &["--kind opposite", "--side"][..]),
        (&["--kind", "match"], &["--kind match", "--side"]),
        (&["--kind", "opposite", "--side", "quantity"], &["quantity", "holds 3", "1, 2, 5"]),
        (&["--kind", "opposite", "--side", "side", "--keep", "side=buy"], &["side", "holds 1", "buy"]),
        (&["--kind", "opposite", "--side", "nothing"], &["nothing", "price, quantity"]),
        (&["--kind", "match", "--side", "side", "--match-on", "nothing"], &["nothing", "--match-on"]),
        (&["--kind", "opposite", "--side", "side", "--match-on", "price"], &["--match-on", "--kind match"]),
        (
            &["--kind", "opposite", "--side", "side", "--min-participation", "2"],
            &["opposite", "--min-participation"],
        ),
        (&["--kind", "match", "--side", "side", "--content", "price"], &["--kind match", "--content"]),
        (&["--max-q", "0.05", "--no-significance"], &["--max-q", "--no-significance"]),
        (&["--max-q", "0.05", "--min-participation", "2"], &["--max-q", "--min-participation"]),
        (&["--max-q", "0.05", "--content", "price"], &["--max-q", "--content"]),
        (&["--max-q", "1"], &["--max-q 1", "0.05"]),
        (&["--max-q=-0.1"], &["-0.1", "0.05"]),
        (&["--max-q", "nan"], &["NaN"]),
        (&["--keep", "side"], &["side", "COL=VALUE"]),
        (&["--keep", "nothing=1"], &["nothing", "--keep"]),
        (&["--keep", "side=Buy"], &["--keep side=Buy", "none of 7"]),
        (&["--keep", "side=buy", "--keep", "object=z"], &["side=buy", "object=z"]),
        (&["--object", "object,nothing"], &["nothing"]),
        (&["--object", "object,"], &["no column \"\""]),
        (&["--out", "acts.csv"], &["acts.csv", "itself"]),
        (&["--out", "folder.csv"], &["folder.csv", "folder"]),
    ] {
        let place = folder();
        fs::write(place.path().join("acts.csv"), TRADES).unwrap();
        fs::create_dir(place.path().join("folder.csv")).unwrap();
        let out: &[&str] = if flags.contains(&"--out") { &[] } else { &["--out", "pairs.csv"] };
        let command = ["coact", "acts.csv", "--window", "60s"];
        let ran = run(place.path(), &[&command[..], out, flags].concat()).refused();
        assert!(words.iter().all(|w| ran.stderr.contains(w)), "{flags:?}: {}", ran.stderr);
        assert_eq!(listing(place.path()).len(), 2, "{flags:?}");
        assert_eq!(fs::read_to_string(place.path().join("acts.csv")).unwrap(), TRADES);
    }
}

/// A table with a group of eight that acts together ten times among 400 that do not.
fn planted_group() -> String {
    let mut state = 11_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut table = "actor,object,time\n".to_owned();
    for _ in 0..6_000 {
        table.push_str(&format!("x{},o{},{}\n", next(400), next(60), next(5_000_000)));
    }
    for meeting in 0..10 {
        let start = next(5_000_000);
        for member in 0..8 {
            table.push_str(&format!("y{member},o{},{}\n", 60 + meeting % 5, start + next(50)));
        }
    }
    table
}

#[test]
fn the_pairs_are_the_same_whatever_memory_there_is() {
    let place = folder();
    fs::write(place.path().join("t.csv"), planted_group()).unwrap();
    let pairs = |out: &str, more: &[&str]| {
        run(place.path(), &[&["coact", "t.csv", "--window", "60s", "--out", out], more].concat()).ok();
        fs::read_to_string(place.path().join(out)).unwrap()
    };
    for flags in
        [&["--max-q", "0.05"][..], &["--lead", "--chance"], &["--min-occasions", "2"], &["--no-significance"]]
    {
        let whole = pairs("whole.csv", flags);
        assert!(whole.lines().count() > 20, "{flags:?}");
        for memory in ["1G", "128K", "64K"] {
            assert_eq!(
                pairs("part.csv", &[flags, &["--memory", memory]].concat()),
                whole,
                "{flags:?} {memory}"
            );
        }
    }
}

#[test]
fn floors_leave_q_values_as_they_are() {
    let place = folder();
    fs::write(place.path().join("t.csv"), planted_group()).unwrap();
    let rows = |more: &[&str]| -> Vec<[String; 3]> {
        let flags = ["coact", "t.csv", "--window", "60s", "--out", "p.csv"];
        run(place.path(), &[&flags[..], more].concat()).ok();
        Table::csv(&place.path().join("p.csv")).select(["a", "b", "q_value"])
    };
    let all = rows(&[]);
    let few = rows(&["--min-occasions", "6"]);
    assert!(few.len() >= 28 && few.len() < all.len(), "{} of {}", few.len(), all.len());
    assert!(few.iter().all(|row| all.contains(row)));
}

#[test]
fn a_calibration_finds_next_to_nothing() {
    let place = folder();
    fs::write(place.path().join("t.csv"), planted_group()).unwrap();
    let said = run(
        place.path(),
        &["coact", "t.csv", "--window", "60s", "--max-q", "0.05", "--out", "p.csv", "--calibrate", "5"],
    )
    .ok()
    .stdout;
    assert!(
        said.contains("5 trials, the actors of every object dealt anew; 83028 pairs of accounts each"),
        "{said}"
    );
    assert!(said.contains("trials with any pair at a false discovery rate of 0.05: 0 of 5"), "{said}");
    let small = run(place.path(), &["coact", "t.csv", "--window", "60s", "--out", "p.csv", "--memory", "9"]);
    assert!(small.stderr.contains("--memory \"9\" is no size to work with"), "{}", small.stderr);
    for refused in [&["--memory", "1G"][..], &["--kind", "opposite", "--side", "object"]] {
        let flags = ["coact", "t.csv", "--window", "60s", "--out", "p.csv", "--calibrate", "5"];
        let ran = run(place.path(), &[&flags[..], refused].concat());
        assert!(ran.stderr.contains("--calibrate does not go with"), "{}", ran.stderr);
    }
}
