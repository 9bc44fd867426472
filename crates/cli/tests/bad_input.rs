//! Input that cannot be used: a clear sentence, exit code 2, and nothing left behind.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{fs, path::Path};

use common::{Ran, Table, copy, folder, listing, manifest, result, run, small_case, world};
use tempfile::TempDir;

/// A folder with the readable case `case`, changed by `spoil`.
fn spoiled(spoil: impl FnOnce(&Path)) -> TempDir {
    let place = folder();
    small_case(&place.path().join("case"));
    spoil(&place.path().join("case"));
    place
}

fn correlate(place: &TempDir, flags: &[&str]) -> Ran {
    run(place.path(), &[&["correlate", "case", "--out", "out"], flags].concat())
}

/// Asserts that `correlate` and `inspect` refuse the case and leave nothing.
fn refused(place: &TempDir, flags: &[&str]) -> Ran {
    let before = listing(place.path());
    run(place.path(), &[&["inspect", "case"], flags].concat()).refused();
    let ran = correlate(place, flags).refused();
    assert_eq!(listing(place.path()), before, "something was left behind");
    ran
}

/// Replaces the executions by the header and one row.
fn only_row(case: &Path, row: &str) {
    let text = format!("broker,account_id,time,instrument,side,quantity,price\n{row}\n");
    fs::write(case.join("executions.csv"), text).unwrap();
}

/// Appends a row to the forty good ones.
fn append(case: &Path, table: &str, row: &str) {
    let path = case.join(table);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}{row}\n")).unwrap();
}

/// The rejects of a run that went through: row, column, value.
fn rejects(place: &TempDir, flags: &[&str]) -> Vec<[String; 3]> {
    correlate(place, flags).ok();
    let table = result(&place.path().join("out"), "rejects");
    assert!(table.rows.iter().all(|r| !r[table.at("reason")].is_empty()));
    table.select(["row", "column", "value"])
}

fn one_reject(row: &str, column: &str, value: &str) {
    let place = spoiled(|case| append(case, "executions.csv", row));
    assert_eq!(rejects(&place, &[]), [["41", column, value].map(str::to_owned)], "{row}");
    let only = spoiled(|case| only_row(case, row));
    refused(&only, &[]).says("1 of 1 rows cannot be read").says(column);
}

#[test]
fn the_case_that_others_spoil_is_readable() {
    let place = spoiled(|_| ());
    assert_eq!(rejects(&place, &[]), Vec::<[String; 3]>::new());
    assert_eq!(result(&place.path().join("out"), "accounts").rows.len(), 8);
}

#[test]
fn a_truncated_parquet_file() {
    let parquet = world("golden-2025-03-17", "parquet").join("executions.parquet");
    let bytes = fs::read(parquet).unwrap();
    for kept in [0, 3, 4, 100, bytes.len() / 2, bytes.len() - 1] {
        let place = spoiled(|case| {
            fs::remove_file(case.join("executions.csv")).unwrap();
            fs::write(case.join("executions.parquet"), &bytes[..kept]).unwrap();
        });
        refused(&place, &[]).says("executions.parquet");
    }
    // Whole at both ends, damaged between.
    let place = spoiled(|case| {
        fs::remove_file(case.join("executions.csv")).unwrap();
        let mut damaged = bytes.clone();
        damaged[1_000..5_000].fill(0xa5);
        fs::write(case.join("executions.parquet"), damaged).unwrap();
    });
    refused(&place, &[]).says("executions.parquet");
}

#[test]
fn a_truncated_or_false_compression() {
    let place = folder();
    small_case(place.path());
    let text = fs::read(place.path().join("executions.csv")).unwrap();
    let zst = zstd::encode_all(text.as_slice(), 3).unwrap();
    for (name, bytes) in [
        ("executions.csv.zst", &zst[..zst.len() / 2]),
        ("executions.csv.gz", &zst[..]),
        ("executions.csv.zst", &text[..]),
    ] {
        let place = spoiled(|case| {
            fs::remove_file(case.join("executions.csv")).unwrap();
            fs::write(case.join(name), bytes).unwrap();
        });
        refused(&place, &[]).says(name);
    }
}

#[test]
fn zero_bytes_in_csv() {
    let place = spoiled(|case| {
        append(case, "executions.csv", "SBI,A\0B,2025-03-10T10:00:00+09:00,XTKS:1Z01,buy,1\0,5");
    });
    let found = rejects(&place, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0][0], "41");
    let zeros = spoiled(|case| fs::write(case.join("executions.csv"), vec![0; 4096]).unwrap());
    refused(&zeros, &[]);
}

#[test]
fn a_single_line_of_100_megabytes() {
    // As header, as row, and within quotes.
    let header = "broker,account_id,time,instrument,side,quantity,price\n";
    for (before, after) in [("", ""), (header, "\n"), (&format!("{header}\""), "\"\n")] {
        let place = spoiled(|case| {
            let mut text = before.as_bytes().to_vec();
            text.resize(text.len() + 100_000_000, b'x');
            text.extend(after.as_bytes());
            fs::write(case.join("executions.csv"), text).unwrap();
        });
        let since = std::time::Instant::now();
        let ran = correlate(&place, &[]).refused();
        assert!(ran.stderr.len() < 5_000, "a message of {} bytes", ran.stderr.len());
        assert!(since.elapsed().as_secs() < 20, "{:?}", since.elapsed());
        assert_eq!(listing(place.path()).len(), 1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_long_line_does_not_fill_the_memory() {
    let place = spoiled(|case| {
        let mut text = fs::read(case.join("executions.csv")).unwrap();
        text.resize(text.len() + 100_000_000, b'x');
        text.push(b'\n');
        fs::write(case.join("executions.csv"), text).unwrap();
    });
    let found = rejects(&place, &[]);
    assert_eq!(found.len(), 1);
    assert!(found[0][2].len() < 5_000, "the reject holds {} bytes", found[0][2].len());
    let peak = manifest(&place.path().join("out")).run.peak_memory.unwrap();
    assert!(peak < 700_000_000, "{peak} bytes for a file of 100 MB");
}

#[test]
fn utf_16_is_named_and_refused() {
    for (little, name) in [(true, "UTF-16"), (false, "UTF-16")] {
        let place = spoiled(|case| {
            let text = fs::read_to_string(case.join("executions.csv")).unwrap();
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            let bytes = |u: u16| if little { u.to_le_bytes() } else { u.to_be_bytes() };
            fs::write(case.join("executions.csv"), units.flat_map(bytes).collect::<Vec<u8>>()).unwrap();
        });
        refused(&place, &[]).says(name).says("UTF-8");
    }
}

#[test]
fn names_in_cp932_are_read_and_the_encoding_is_told() {
    // 架空 in CP932.
    let place = spoiled(|case| {
        let mut bytes = b"alias,name,instrument,currency,shares_outstanding\n1Z01,".to_vec();
        bytes.extend([0x89, 0xcb, 0x8b, 0xf3]);
        bytes.extend(b",XTKS:1Z01,JPY,1000000\n");
        fs::write(case.join("instruments.csv"), bytes).unwrap();
    });
    let ran = run(place.path(), &["inspect", "case"]).ok();
    let line = ran.stdout.lines().find(|l| l.contains("instruments.csv")).unwrap();
    assert!(line.contains("used 1 + rejected 0") && line.contains("CP932"), "{line}");
    assert_eq!(rejects(&place, &[]).len(), 0);
}

#[test]
fn a_date_after_the_given_one_is_a_reject_and_no_clock_is_asked() {
    let row = "SBI,A1,2031-03-10T10:00:00+09:00,XTKS:1Z01,buy,100,250";
    let place = spoiled(|case| append(case, "executions.csv", row));
    assert_eq!(rejects(&place, &[]).len(), 0);
    let found = rejects(&place, &["--as-of", "2025-12-31T00:00:00+09:00"]);
    assert_eq!(found, [["41", "time", "2031-03-10T10:00:00+09:00"].map(str::to_owned)]);
    run(place.path(), &["correlate", "case", "--out", "b", "--as-of", "yesterday"]).refused();
    assert!(!place.path().join("b").exists());
}

#[test]
fn single_bad_values_are_rejects_and_nothing_but_bad_values_is_refused() {
    let row = |time: &str, side: &str, quantity: &str, price: &str| {
        format!("SBI,A1,{time},XTKS:1Z01,{side},{quantity},{price}")
    };
    let time = "2025-03-10T10:00:00+09:00";
    for (row, column, value) in [
        (row("2200-03-10T10:00:00+09:00", "buy", "1", "250"), "time", "2200-03-10T10:00:00+09:00"),
        (row("1980-03-10T10:00:00+09:00", "buy", "1", "250"), "time", "1980-03-10T10:00:00+09:00"),
        (row("2025-02-30T10:00:00+09:00", "buy", "1", "250"), "time", "2025-02-30T10:00:00+09:00"),
        (row("2025-03-10T10:00:00", "buy", "1", "250"), "time", "2025-03-10T10:00:00"),
        (row("2025-03-10", "buy", "1", "250"), "time", "2025-03-10"),
        (row(time, "buy", "1", "-250"), "price", "-250"),
        (row(time, "buy", "1", "0"), "price", "0"),
        (row(time, "buy", "1", "NaN"), "price", "NaN"),
        (row(time, "buy", "inf", "250"), "quantity", "inf"),
        (row(time, "buy", "-1", "250"), "quantity", "-1"),
        (row(time, "hold", "1", "250"), "side", "hold"),
        (row(time, "", "1", "250"), "side", ""),
    ] {
        one_reject(&row, column, value);
    }
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    let place = spoiled(|case| {
        let path = case.join("executions.csv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen(",side,", ",sid,", 1)).unwrap();
    });
    let ran = refused(&place, &[]).says("executions.csv").says("side").says("itoguchi schema executions");
    for there in ["broker", "account_id", "time", "instrument", "sid", "quantity", "price"] {
        assert!(ran.stderr.contains(there), "{there}");
    }
    // The same for a table that need not be there.
    let place = spoiled(|case| fs::write(case.join("logins.csv"), "broker,time\nSBI,x\n").unwrap());
    refused(&place, &[]).says("logins.csv").says("account_id");
}

#[test]
fn no_executions_and_empty_folders() {
    let place = spoiled(|case| fs::remove_file(case.join("executions.csv")).unwrap());
    refused(&place, &[]).says("no executions table").says("logins.csv");
    let place = spoiled(|case| {
        fs::remove_dir_all(case).unwrap();
        fs::create_dir(case).unwrap();
    });
    refused(&place, &[]).says("no executions table");
    let place = spoiled(|case| fs::remove_dir_all(case).unwrap());
    refused(&place, &[]).says("case");
    let place = spoiled(|case| fs::write(case.join("executions.csv"), "").unwrap());
    refused(&place, &[]).says("executions.csv").says("empty");
    let place = spoiled(|case| {
        fs::remove_file(case.join("executions.csv")).unwrap();
        fs::create_dir(case.join("executions")).unwrap();
    });
    refused(&place, &[]).says("executions");
}

#[test]
fn an_unclosed_quote_tells_its_line() {
    let place = spoiled(|case| {
        append(case, "executions.csv", "SBI,\"A1,2025-03-10T10:00:00+09:00,XTKS:1Z01,buy,1,2");
    });
    refused(&place, &[]).says("line 42").says("never closes");
}

#[test]
fn two_forms_of_a_table() {
    let place = spoiled(|case| {
        fs::copy(case.join("executions.csv"), case.join("executions.csv.gz")).unwrap();
    });
    refused(&place, &[]).says("executions.csv.gz").says("both");
    let place = spoiled(|case| {
        fs::create_dir(case.join("executions")).unwrap();
        fs::copy(case.join("executions.csv"), case.join("executions/a.csv")).unwrap();
    });
    refused(&place, &[]).says("both");
}

#[test]
fn the_same_case_twice() {
    let place = spoiled(|_| ());
    run(place.path(), &["correlate", "case", "./case/", "--out", "out"]).refused().says("same folder");
    assert_eq!(listing(place.path()).len(), 1);
}

#[test]
fn what_stands_at_out_is_left_alone_unless_it_is_a_result() {
    let place = spoiled(|_| ());
    let out = place.path().join("out");
    fs::write(&out, "mine").unwrap();
    correlate(&place, &[]).refused().says("out").says("no result");
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    fs::remove_file(&out).unwrap();

    // Neither an empty folder, nor one with a manifest of something else, is ours to replace.
    for files in [&[][..], &[("notes.txt", "mine")], &[("manifest.json", "{\"format\": \"other\"}")]] {
        fs::create_dir(&out).unwrap();
        for (name, text) in files {
            fs::write(out.join(name), text).unwrap();
        }
        correlate(&place, &[]).refused().says("no result");
        assert_eq!(listing(&out).len(), files.len());
        for (name, text) in files {
            assert_eq!(fs::read_to_string(out.join(name)).unwrap(), *text);
        }
        fs::remove_dir_all(&out).unwrap();
    }

    // The case itself is no place for a result either.
    run(place.path(), &["correlate", "case", "--out", "case"]).refused();
    assert_eq!(listing(&place.path().join("case")).len(), 2);

    correlate(&place, &[]).ok();
    fs::write(out.join("tables/old.parquet"), "").unwrap();
    correlate(&place, &["--set", "coaction.trade_window=30"]).ok();
    assert_eq!(manifest(&out).configuration["coaction"]["trade_window"], 30);
    assert!(!out.join("tables/old.parquet").exists());
    assert_eq!(listing(place.path()), ["case", "out"].map(str::to_owned).into());
}

#[test]
fn a_failing_run_leaves_the_earlier_result() {
    let place = spoiled(|_| ());
    correlate(&place, &[]).ok();
    let before = fs::read(place.path().join("out/manifest.json")).unwrap();
    only_row(&place.path().join("case"), "SBI,A1,never,XTKS:1Z01,buy,1,1");
    correlate(&place, &[]).refused();
    assert_eq!(fs::read(place.path().join("out/manifest.json")).unwrap(), before);
    assert_eq!(listing(place.path()).len(), 2);
}

#[test]
fn more_than_a_twentieth_of_bad_rows_stops_the_run_unless_allowed() {
    let bad = |n: usize| {
        spoiled(|case| {
            let path = case.join("executions.csv");
            let mut table = Table::csv(&path);
            for row in table.rows.iter_mut().take(n) {
                row[6] = "-5".to_owned();
            }
            table.write_csv(&path);
        })
    };
    // 2 of 40 are 5 %, which is allowed.
    assert_eq!(rejects(&bad(2), &[]).len(), 2);
    let place = bad(3);
    refused(&place, &[]).says("3 of 40 rows").says("ingest.max_reject_share").says("row 1, price, \"-5\"");
    let found = rejects(&place, &["--set", "ingest.max_reject_share=0.5"]);
    let expected: Vec<[String; 3]> =
        (1..=3).map(|row| [row.to_string(), "price".to_owned(), "-5".to_owned()]).collect();
    assert_eq!(found, expected);
    let input = &manifest(&place.path().join("out")).inputs[0];
    assert_eq!((input.rows, input.used, input.rejected), (40, 37, 3));
}

#[test]
fn settings_that_do_not_exist_or_make_no_sense() {
    let place = spoiled(|_| ());
    for (set, word) in [
        ("rings.memberz=4", "memberz"),
        ("nothing=1", "nothing"),
        ("rings.members", "KEY=VALUE"),
        ("rings.members=many", "members"),
        ("ingest.max_reject_share=2", "max_reject_share"),
        ("ingest.max_reject_share=nan", "max_reject_share"),
        ("coaction.max_q_value=-1", "max_q_value"),
    ] {
        refused(&place, &["--set", set]).says(word);
    }
    fs::write(place.path().join("bad.toml"), "[rings\nmembers = 4").unwrap();
    refused(&place, &["--config", "bad.toml"]);
    fs::write(place.path().join("unknown.toml"), "[rings]\nmembrs = 4").unwrap();
    refused(&place, &["--config", "unknown.toml"]).says("membrs");
    refused(&place, &["--config", "none.toml"]).says("none.toml");
    // The line of the command wins over the file.
    fs::write(place.path().join("good.toml"), "[rings]\nmembers = 4\nmember_bits = 2.5").unwrap();
    correlate(&place, &["--config", "good.toml", "--set", "rings.members=5"]).ok();
    let rings = &manifest(&place.path().join("out")).configuration["rings"];
    assert_eq!((&rings["members"], &rings["member_bits"]), (&5.into(), &2.5.into()));
}

#[test]
fn usage_errors_are_2_too() {
    let place = spoiled(|_| ());
    for arguments in [
        &[][..],
        &["nonsense"],
        &["correlate"],
        &["correlate", "case"],
        &["correlate", "case", "--out", "out", "--threads", "0"],
        &["correlate", "case", "--out", "out", "--threads", "many"],
        &["correlate", "case", "--out", "out", "--engine", "other"],
        &["simulate", "golden-2025-03-17"],
        &["simulate", "atlantis", "--out", "w"],
        &["simulate", "plain", "--accounts", "0", "--out", "w"],
        &["simulate", "plain", "--out", "case"],
        &["schema", "nonsense"],
        &["rings", "case"],
        &["rings", "nowhere"],
        &["explain", "case", "R-1"],
        &["report", "case"],
        &["verify", "case"],
        &["verify", "nowhere"],
        &["import", "none.csv", "--broker", "sbi", "--account", "A", "--out", "new"],
        &["import", "case/logins.csv", "--broker", "sbi", "--account", "A", "--out", "new"],
        &["import", "case/logins.csv", "--broker", "other", "--account", "A", "--out", "new"],
    ] {
        let ran = run(place.path(), arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        let ways_on = ["hint: ", "Usage: ", "try '--help'"];
        assert!(ways_on.iter().any(|w| ran.stderr.contains(w)), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
        assert_eq!(listing(place.path()), ["case"].map(str::to_owned).into(), "{arguments:?}");
    }
}

/// Characters that a terminal would obey, or that would turn the text around.
fn obeyed(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn hostile_account_ids_reach_no_terminal() {
    let place = folder();
    let case = place.path().join("case");
    copy(&world("golden-2025-03-17", "csv"), &case);
    let truth = Table::csv(&case.join("truth/truth.csv"));
    let victims: Vec<String> = truth
        .select(["account_id", "role"])
        .into_iter()
        .filter(|[_, role]| role == "victim")
        .map(|[account, _]| account)
        .collect();
    let long = "x".repeat(10_000);
    let hostile =
        ["\u{1b}[2J\u{1b}]0;owned\u{7}", "a\r\nerror: b", "\u{202e}evil\u{2066}", &long, "\u{9b}31m\u{200b}"];
    for table in ["logins", "executions", "accounts", "holdings"] {
        let path = case.join(format!("{table}.csv"));
        let mut rows = Table::csv(&path);
        let at = rows.at("account_id");
        for row in &mut rows.rows {
            if let Some(i) = victims.iter().position(|v| *v == row[at]).filter(|i| *i < hostile.len()) {
                row[at] = hostile[i].to_owned();
            }
        }
        rows.write_csv(&path);
    }
    let ran = correlate(&place, &[]).ok();
    let out = place.path().join("out");
    let members = result(&out, "ring_members");
    let named = members.column("account_id");
    assert_eq!(named.len(), 11);
    // What the tables hold is what the files held: nothing is lost or changed.
    for id in hostile {
        assert!(named.contains(&id), "{:?} is no member", id.chars().take(20).collect::<String>());
    }
    let ring = result(&out, "rings").column("ring_id")[0].to_owned();
    let mut texts = vec![("correlate", ran.stderr)];
    texts.push(("inspect", run(place.path(), &["inspect", "case"]).ok().stdout));
    texts.push(("rings", run(place.path(), &["rings", "out"]).ok().stdout));
    texts.push(("explain", run(place.path(), &["explain", "out", &ring]).ok().stdout));
    texts.push(("report", run(place.path(), &["report", "out"]).ok().stdout));
    texts.push(("report --ring", run(place.path(), &["report", "out", "--ring", &ring]).ok().stdout));
    texts.push(("report --broker", run(place.path(), &["report", "out", "--broker", "SBI"]).ok().stdout));
    texts.push(("json", run(place.path(), &["report", "out", "--format", "json"]).ok().stdout));
    for id in hostile {
        let ran = run(place.path(), &["explain", "out", &format!("SBI/{id}")]).ok();
        texts.push(("explain account", ran.stdout));
    }
    let unknown = run(place.path(), &["explain", "out", "SBI/\u{1b}[31mnobody"]).refused();
    texts.push(("explain nobody", unknown.stderr));
    for (what, text) in &texts {
        assert!(text.len() > 50, "{what} says nothing");
        let bad = text.chars().position(obeyed);
        assert_eq!(
            bad,
            None,
            "{what}: {:?}",
            text.chars().skip(bad.unwrap_or(0)).take(60).collect::<String>()
        );
        assert!(!text.contains("\nerror: b"), "{what}");
    }
    for (what, text) in texts.iter().filter(|(what, _)| *what != "json") {
        let longest = text.lines().map(|l| l.chars().count()).max().unwrap();
        assert!(longest < 2_000, "{what}: a line of {longest}");
    }
    let verified = run(place.path(), &["verify", "out", "--recompute"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
}

#[test]
fn values_of_rejects_reach_no_terminal() {
    let place = spoiled(|case| {
        for row in [
            "SBI,A1,\u{1b}[2J,XTKS:1Z01,buy,1,1",
            "SBI,A1,\u{202e},XTKS:1Z01,buy,1,1",
            "SBI,A1,x,X,\u{7},1,1",
        ] {
            append(case, "executions.csv", row);
        }
    });
    let refusal = refused(&place, &[]).stderr;
    let inspected = run(place.path(), &["inspect", "case", "--set", "ingest.max_reject_share=1"]).ok().stdout;
    assert!(inspected.contains("first: "), "{inspected}");
    for text in [refusal, inspected] {
        assert_eq!(text.chars().find(|c| obeyed(*c)), None, "{text:?}");
    }
}
