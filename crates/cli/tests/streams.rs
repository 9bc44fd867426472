//! What goes to which stream, what ends a run, and what the help says.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
};

use common::{binary, copy, downloads, folder, listing, result, run, shared_place, small_case, world};

/// `case` and its result `out`, made once; not to be changed.
fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let place = shared_place(&format!("streams-{}", std::process::id()));
        copy(&world("golden-2025-03-17", "csv"), &place.join("case"));
        run(&place, &["correlate", "case", "--out", "out"]).ok();
        place
    })
}

fn ring() -> String {
    result(&made().join("out"), "rings").column("ring_id")[0].to_owned()
}

#[test]
fn results_go_to_stdout_and_nothing_else_does() {
    let ring = ring();
    for (arguments, words) in [
        (&["rings", "out"][..], &ring[..]),
        (&["explain", "out", &ring], "co_buy"),
        (&["report", "out"], &ring),
        (&["report", "out", "--format", "json"], &ring),
        (&["report", "out", "--format", "md"], "## Ring `"),
        (&["report", "out", "--format", "md", "--lang", "ja"], "## リング `"),
        (&["rings", "out", "--lang", "ja"], "構成口座"),
        (&["explain", "out", &ring, "--lang", "ja"], "■ 金額"),
        (&["inspect", "case"], "PERIOD"),
        (&["verify", "out"], "verified: "),
        (&["schema"], "ring_members"),
        (&["schema", "executions"], "quantity"),
        (&["schema", "config"], "trade_window"),
        (&["simulate", "list"], "golden-2025-03-17"),
        (&["simulate", "--list"], "golden-2025-03-17"),
        (&["--version"], "itoguchi "),
    ] {
        let ran = run(made(), arguments).ok();
        assert!(ran.stdout.contains(words), "{arguments:?}: {}", ran.stdout);
        assert_eq!(ran.stderr, "", "{arguments:?}");
        assert!(ran.stdout.ends_with('\n') && !ran.stdout.contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn remarks_go_to_stderr_and_quiet_silences_them() {
    let sbi = downloads().join("sbi-domestic.csv");
    let sbi = sbi.to_str().unwrap();
    for arguments in [
        &["correlate", "case", "--out", "out"][..],
        &["simulate", "golden-2025-03-17", "--out", "world"],
        &["import", sbi, "--broker", "sbi", "--account", "A", "--out", "imported"],
        &["coact", "acts.csv", "--window", "60s", "--out", "pairs.csv"],
    ] {
        let written: Vec<_> = ["loud", "silent"]
            .iter()
            .map(|how| {
                let place = folder();
                small_case(&place.path().join("case"));
                fs::write(place.path().join("acts.csv"), "actor,object,time\na,x,1\nb,x,2\n").unwrap();
                let quiet: &[&str] = if *how == "silent" { &["--quiet"] } else { &[] };
                let ran = run(place.path(), &[arguments, quiet].concat()).ok();
                assert_eq!(ran.stdout, "", "{arguments:?}");
                assert_eq!(ran.stderr.is_empty(), *how == "silent", "{arguments:?}: {}", ran.stderr);
                assert!(!ran.stderr.contains('\u{1b}'), "no terminal, no terminal commands");
                listing(place.path())
            })
            .collect();
        assert_eq!(written[0], written[1], "{arguments:?}");
        assert_eq!(written[0].len(), 3, "{arguments:?}: {written:?}");
    }
    // Errors are said all the same.
    let place = folder();
    run(place.path(), &["rings", "nowhere", "--quiet"]).refused();
}

#[test]
fn no_color_changes_nothing_where_there_is_no_terminal() {
    for value in ["1", ""] {
        let output =
            binary().env("NO_COLOR", value).current_dir(made()).args(["rings", "out"]).output().unwrap();
        assert_eq!(output.stdout, run(made(), &["rings", "out"]).stdout.into_bytes());
        assert!(!output.stdout.contains(&0x1b));
    }
}

/// Runs `itoguchi arguments` under `script`, which gives it a terminal.
#[cfg(target_os = "linux")]
fn in_a_terminal(arguments: &str, no_color: Option<&str>) -> Option<String> {
    let mut command = std::process::Command::new("script");
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_itoguchi"));
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(made())
        .env_remove("NO_COLOR")
        .env("TERM", "xterm");
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn no_color_is_honoured_in_a_terminal() {
    let ring = ring();
    for arguments in ["rings out".to_owned(), format!("explain out {ring}")] {
        let (Some(plain), Some(shown)) =
            (in_a_terminal(&arguments, Some("1")), in_a_terminal(&arguments, None))
        else {
            println!("skipped 1 case: no `script` here");
            return;
        };
        assert!(plain.contains(&ring) && shown.contains(&ring), "{plain}{shown}");
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in
        [&["report", "out"][..], &["schema"], &["rings", "out"], &["inspect", "case"], &["--help"]]
    {
        let mut child = binary()
            .current_dir(made())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Gone before the first byte: every write fails.
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn head_takes_one_line() {
    let line = format!("{} schema | head -1", env!("CARGO_BIN_EXE_itoguchi"));
    let output = std::process::Command::new("bash").args(["-o", "pipefail", "-c", &line]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{:?} {said}", output.status);
    assert_eq!((said.as_str(), output.stdout.iter().filter(|b| **b == b'\n').count()), ("", 1));
}

#[test]
fn the_report_goes_to_a_file_whole() {
    let place = folder();
    let path = place.path().join("r.json");
    let arguments = ["report", "out", "--format", "json", "--out", path.to_str().unwrap()];
    let ran = run(made(), &arguments).ok();
    assert_eq!(ran.stdout, "");
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(written, run(made(), &arguments[..4]).stdout);
    let value: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert!(value.to_string().contains(&ring()));
    assert_eq!(listing(place.path()).len(), 1);
    let nowhere = place.path().join("no/such/r.json");
    run(made(), &["report", "out", "--out", nowhere.to_str().unwrap()]).refused().says("no/such");
}

#[test]
fn the_help_of_every_command() {
    let commands = [
        "import",
        "inspect",
        "correlate",
        "rings",
        "explain",
        "report",
        "export",
        "verify",
        "coact",
        "simulate",
    ];
    let whole = run(made(), &["--help"]).ok();
    assert_eq!(whole.stderr, "");
    assert!(whole.stdout.contains("Exit codes"));
    let mut all = whole.stdout;
    for command in commands.into_iter().chain(["schema"]) {
        assert!(all.contains(&format!("\n  {command} ")), "{command} is not listed");
        let ran = run(made(), &[command, "--help"]).ok();
        assert_eq!(ran.stderr, "");
        assert!(ran.stdout.contains(&format!("Usage: itoguchi {command}")), "{}", ran.stdout);
        all.push_str(&format!("\n=== {command}\n{}", ran.stdout));
    }
    assert!(all.lines().all(|l| l.chars().count() <= 100));
    insta::assert_snapshot!("help", all);
}

#[test]
fn the_contract_is_what_it_was() {
    // Investigators read these tables with scripts: a column may be added, none may go.
    insta::assert_snapshot!("schema", run(made(), &["schema"]).ok().stdout);
}

#[test]
fn settings_shown_are_settings_taken() {
    let place = folder();
    small_case(&place.path().join("case"));
    let shown = run(place.path(), &["schema", "config"]).ok().stdout;
    fs::write(place.path().join("config.toml"), &shown).unwrap();
    run(place.path(), &["correlate", "case", "--out", "a", "--config", "config.toml"]).ok();
    run(place.path(), &["correlate", "case", "--out", "b"]).ok();
    let configuration = |out: &str| common::manifest(&place.path().join(out)).configuration;
    assert_eq!(configuration("a"), configuration("b"));
    assert!(configuration("a")["rings"]["members"].is_u64());
}

/// Starts a command in `place`, interrupts it after its first line on stderr that holds `after`, and returns its
/// exit code and the rest it said.
#[cfg(unix)]
fn interrupted(place: &Path, arguments: &[&str], after: &str, signal: &str) -> (Option<i32>, String) {
    let mut child = binary().current_dir(place).args(arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(after) {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before it said {after:?}");
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    (child.wait().unwrap().code(), rest)
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_3_and_leaves_nothing() {
    let place = folder();
    run(place.path(), &["simulate", "plain", "--accounts", "12000", "--days", "30", "--out", "case"]).ok();
    let before = listing(place.path());
    let correlate = ["correlate", "case", "--out", "out", "--threads", "1", "-v"];
    // Once the logins are read there are seconds of work left.
    let (code, said) = interrupted(place.path(), &correlate, "logins", "-INT");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("interrupted; nothing was written"), "{said}");
    assert_eq!(listing(place.path()), before);

    // An earlier result stays as it was.
    small_case(&place.path().join("small"));
    run(place.path(), &["correlate", "small", "--out", "out"]).ok();
    let earlier = fs::read(place.path().join("out/manifest.json")).unwrap();
    let (code, said) = interrupted(place.path(), &correlate, "logins", "-TERM");
    assert_eq!(code, Some(3), "{said}");
    assert_eq!(fs::read(place.path().join("out/manifest.json")).unwrap(), earlier);
    assert_eq!(listing(place.path()).len(), before.len() + 2);
}

#[cfg(unix)]
#[test]
fn an_interrupted_simulation_leaves_nothing() {
    let place = folder();
    let arguments = ["simulate", "plain", "--accounts", "20000", "--days", "30", "--out", "case"];
    let child = binary().current_dir(place.path()).args(arguments).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(3), "{said}");
    assert!(listing(place.path()).is_empty(), "{:?}", listing(place.path()));
}

#[cfg(unix)]
#[test]
fn a_broken_link_at_out_is_something_else_too() {
    let place = folder();
    small_case(&place.path().join("case"));
    std::os::unix::fs::symlink("nowhere", place.path().join("out")).unwrap();
    run(place.path(), &["correlate", "case", "--out", "out"]).refused();
    assert_eq!(listing(place.path()).len(), 2);
}
