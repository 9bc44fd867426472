//! Evidence packages: what was changed after packing is found, and a signature finds what hashes cannot.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{Ran, TABLES, binary, copy, folder, listing, result, run, shared_place, tables};
use itoguchi_report::package::{
    custody::Log,
    manifest::{PackageManifest, packed},
    sha256,
};
use tempfile::TempDir;

/// A folder with `case`, its result `out` with a decision, keys `k` and `other`, and the signed package `pkg`; made once
/// and copied for each test.
fn made() -> TempDir {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = shared_place(&format!("package-{}", std::process::id()));
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/seed-cases");
        copy(&data, &place.join("case"));
        run(&place, &["correlate", "case", "--out", "out"]).ok();
        let ring = result(&place.join("out"), "rings").column("ring_id")[0].to_owned();
        run(&place, &["decide", "out", &ring, "confirm", "--by", "analyst-07", "--why", "電話で確認"]).ok();
        for key in ["k", "other"] {
            run(&place, &["keys", key, "--no-password"]).ok();
        }
        run(&place, &["report", "out", "--package", "pkg", "--sign", "k", "--by", "analyst-07"]).ok();
        place
    });
    let place = folder();
    copy(made, place.path());
    place
}

fn verify(place: &Path, flags: &[&str]) -> Ran {
    run(place, &[&["verify", "pkg"], flags].concat())
}

/// Asserts that the check fails and says all of `words`.
fn found(place: &Path, flags: &[&str], words: &[&str]) {
    let ran = verify(place, flags);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked") && ran.stderr.contains("hint: "), "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "{word:?} is not in: {}", ran.stderr);
    }
}

/// The manifest as somebody without the key could write it: every hash as the files are now, the log's head too.
fn rehash(place: &Path) {
    let dir = place.join("pkg");
    let (mut manifest, _) = PackageManifest::read(&dir).unwrap();
    manifest.files =
        manifest.files.iter().map(|f| packed(&f.path, &fs::read(dir.join(&f.path)).unwrap())).collect();
    manifest.custody = Log::read(&fs::read(dir.join("custody/custody.jsonl")).unwrap()).unwrap().head();
    fs::write(dir.join("package.json"), manifest.bytes()).unwrap();
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn an_untouched_package_passes_from_its_files_alone() {
    let place = made();
    fs::rename(place.path().join("case"), place.path().join("originals")).unwrap();
    let ran = verify(place.path(), &["--key", "k.pub"]).ok();
    assert!(
        ran.stdout.contains(&format!("verified: {} files are as package.json says", TABLES.len() + 16)),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("the custody log of 10 entries holds"), "{}", ran.stdout);
    assert!(ran.stdout.contains("signed with this key; trusted comment: itoguchi package"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the input files were not looked at"), "{}", ran.stdout);
    let line = fs::read_to_string(place.path().join("k.pub")).unwrap().lines().nth(1).unwrap().to_owned();
    verify(place.path(), &["--key", &line]).ok();
    let bare = verify(place.path(), &[]).ok();
    assert!(bare.stdout.contains("package.json.minisig was not checked"), "{}", bare.stdout);
}

#[test]
fn the_tables_follow_from_the_original_files() {
    let place = made();
    fs::create_dir(place.path().join("originals")).unwrap();
    fs::rename(place.path().join("case"), place.path().join("originals/case")).unwrap();
    for flags in [&["--inputs", "originals"][..], &["--recompute", "--inputs", "originals"]] {
        let ran = verify(place.path(), flags).ok();
        assert!(
            ran.stdout.contains("8 input files are those it was made from") || ran.stdout.contains("7 input"),
            "{}",
            ran.stdout
        );
        assert_eq!(ran.stdout.contains("recomputed byte for byte"), flags.contains(&"--recompute"));
    }
    found(place.path(), &["--recompute"], &["case/executions.csv"]);
    edit(&place.path().join("originals/case/logins.csv"), "SBI", "SB1");
    found(place.path(), &["--recompute", "--inputs", "originals"], &["case/logins.csv: SHA-256"]);
    assert_eq!(
        listing(&place.path().join("pkg/result")),
        ["README.md", "manifest.json", "tables"].map(str::to_owned).into()
    );
}

#[test]
fn a_package_with_decisions_that_went_in_is_recomputed_without_the_result_it_came_from() {
    let place = made();
    let ring = result(&place.path().join("out"), "rings").column("ring_id")[0].to_owned();
    run(place.path(), &["correlate", "case", "--reports", "out/decisions/reports.csv", "--out", "out"]).ok();
    run(place.path(), &["decide", "out", &ring, "clear", "--by", "analyst-07", "--why", "w"]).ok();
    run(place.path(), &["report", "out", "--package", "second"]).ok();
    fs::remove_dir_all(place.path().join("out")).unwrap();
    let ran = run(place.path(), &["verify", "second", "--recompute"]).ok();
    assert!(ran.stdout.contains("recomputed byte for byte"), "{}", ran.stdout);
}

#[test]
fn the_package_holds_what_it_says() {
    let place = made();
    let dir = place.path().join("pkg");
    let log = Log::read(&fs::read(dir.join("custody/custody.jsonl")).unwrap()).unwrap();
    let actions: Vec<&str> = log.entries().iter().map(|e| e.action.as_str()).collect();
    assert_eq!(actions, [&["ingest"; 7][..], &["correlate", "decide", "package"]].concat());
    let last = log.entries().last().unwrap();
    assert_eq!(last.actor, "analyst-07");
    assert_eq!(
        last.details["files"]["dossier/report.txt"],
        sha256(&fs::read(dir.join("dossier/report.txt")).unwrap()).as_str()
    );
    let out = place.path().join("out");
    assert_eq!(tables(&dir.join("result")), tables(&out));
    assert_eq!(
        fs::read(dir.join("result/manifest.json")).unwrap(),
        fs::read(out.join("manifest.json")).unwrap()
    );
    assert_eq!(
        fs::read(out.join("decisions/custody.jsonl")).unwrap(),
        log.bytes(),
        "the result remembers it too"
    );
    assert!(fs::read_to_string(dir.join("custody/custody.txt")).unwrap().contains("電話で確認"));
    let forms: [(&str, &[&str]); 4] = [
        ("report.txt", &[]),
        ("report.json", &["--format", "json"]),
        ("report.ja.md", &["--format", "md", "--lang", "ja"]),
        ("report.html", &["--format", "html"]),
    ];
    for (name, flags) in forms {
        let alone = run(place.path(), &[&["report", "out"], flags].concat()).ok().stdout;
        assert_eq!(fs::read_to_string(dir.join("dossier").join(name)).unwrap().trim_end(), alone.trim_end());
    }
    let sources: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("sources.json")).unwrap()).unwrap();
    assert_eq!(sources["inputs"].as_array().unwrap().len(), 7);
    run(place.path(), &["verify", "out"]).ok();
}

#[test]
fn edited_truncated_removed_and_added_files_are_found() {
    for file in
        ["dossier/report.txt", "sources.json", "result/tables/evidence.parquet", "custody/reports.csv"]
    {
        let place = made();
        let path = place.path().join("pkg").join(file);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, &bytes).unwrap();
        found(place.path(), &[], &[file, "SHA-256"]);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes.len() as u64 - 1).unwrap();
        found(place.path(), &[], &[file, &format!("{} bytes, the manifest says", bytes.len() - 1)]);
        fs::remove_file(&path).unwrap();
        found(place.path(), &[], &[&format!("{file}: it is missing")]);
    }
    let place = made();
    for extra in ["note.txt", "dossier/more.html", "a/b/.hidden"] {
        let path = place.path().join("pkg").join(extra);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    found(place.path(), &[], &["note.txt: not in the manifest", "more.html: not in", "a/b/.hidden: not in"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_no_file_of_a_package() {
    let place = made();
    let path = place.path().join("pkg/dossier/report.txt");
    fs::rename(&path, place.path().join("report.txt")).unwrap();
    std::os::unix::fs::symlink(place.path().join("report.txt"), &path).unwrap();
    found(place.path(), &[], &["dossier/report.txt: it is no regular file"]);
}

#[test]
fn a_broken_chain_is_found_even_where_the_hashes_were_made_to_agree() {
    let place = made();
    let path = place.path().join("pkg/custody/custody.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let restate = |text: String| {
        fs::write(&path, &text).unwrap();
        let dir = place.path().join("pkg");
        let (mut manifest, _) = PackageManifest::read(&dir).unwrap();
        let line = manifest.files.iter_mut().find(|f| f.path == "custody/custody.jsonl").unwrap();
        *line = packed("custody/custody.jsonl", text.as_bytes());
        fs::write(dir.join("package.json"), manifest.bytes()).unwrap();
    };
    restate(whole.replace("analyst-07", "analyst-08"));
    found(place.path(), &[], &["custody/custody.jsonl: line 9 was edited"]);
    restate([&lines[..4], &lines[5..]].concat().concat());
    found(place.path(), &[], &["custody/custody.jsonl: line 5 does not follow"]);
    restate(lines[..9].concat());
    found(place.path(), &[], &["entries are missing at the end: 9 stand here, the head says 10"]);
    restate(whole);
    verify(place.path(), &[]).ok();
}

#[test]
fn a_log_of_other_decisions_or_of_another_run_does_not_go_with_the_package() {
    let place = made();
    let path = place.path().join("pkg/custody/custody.jsonl");
    let old = Log::read(&fs::read(&path).unwrap()).unwrap();
    let rewritten = |change: fn(&mut serde_json::Value)| {
        let mut log = Log::default();
        for entry in old.entries() {
            let mut details = entry.details.clone();
            change(&mut details);
            log.append(&entry.time, &entry.actor, &entry.action, details);
        }
        fs::write(&path, log.bytes()).unwrap();
        rehash(place.path());
    };
    rewritten(|details| {
        if details["accounts"].is_array() {
            details["accounts"][0]["kind"] = "cleared".into();
        }
    });
    found(place.path(), &[], &["custody/reports.csv: it is not what the log decided"]);
    rewritten(|details| {
        if details["tables"].is_number() {
            details["manifest_sha256"] = "0".into();
        }
    });
    found(place.path(), &[], &["its last run made another result"]);
}

/// Hashes alone say nothing of who wrote them: this is what a signature is for.
#[test]
fn a_file_and_its_hash_forged_together_are_caught_by_the_signature_only() {
    let place = made();
    edit(&place.path().join("pkg/dossier/report.txt"), "lead", "fact");
    rehash(place.path());
    let ran = verify(place.path(), &[]).ok();
    assert!(ran.stdout.contains("package.json.minisig was not checked"), "{}", ran.stdout);
    found(place.path(), &["--key", "k.pub"], &["package.json.minisig: it is of other bytes"]);
    fs::remove_file(place.path().join("pkg/package.json.minisig")).unwrap();
    found(place.path(), &["--key", "k.pub"], &["package.json.minisig is missing"]);
}

#[test]
fn each_fault_of_a_signature_has_its_own_words() {
    let place = made();
    found(place.path(), &["--key", "other.pub"], &["made with another key than the one given"]);
    let signature = place.path().join("pkg/package.json.minisig");
    let whole = fs::read_to_string(&signature).unwrap();
    edit(&signature, "by analyst-07", "by analyst-08");
    found(place.path(), &["--key", "k.pub"], &["its trusted comment was changed"]);
    fs::write(&signature, &whole[..60]).unwrap();
    found(place.path(), &["--key", "k.pub"], &["it is no signature of minisign"]);
    fs::write(&signature, &whole).unwrap();
    edit(&place.path().join("pkg/package.json"), "analyst-07", "analyst-08");
    found(place.path(), &["--key", "k.pub"], &["it is of other bytes"]);
    for key in ["k", "nowhere.pub", "case/executions.csv"] {
        verify(place.path(), &["--key", key]).refused().says("this is no public key");
    }
    run(place.path(), &["verify", "out", "--key", "k.pub"]).refused().says("only packages are signed");
}

#[test]
fn hostile_manifests_are_refused_or_found_and_shown_harmless() {
    for text in ["", "{", "[]", "{\"format\": \"itoguchi-package\"}", "\u{1b}[2J"] {
        let place = made();
        fs::write(place.path().join("pkg/package.json"), text).unwrap();
        let ran = verify(place.path(), &[]).refused();
        assert!(!ran.stderr.contains('\u{1b}'));
    }
    let place = made();
    let dir = place.path().join("pkg");
    let (mut manifest, _) = PackageManifest::read(&dir).unwrap();
    manifest.files[0].path = "../out/manifest.json".to_owned();
    manifest.files[1].path = "\u{1b}[31m\u{202e}x".to_owned();
    manifest.files[2].path = manifest.files[3].path.clone();
    fs::write(dir.join("package.json"), manifest.bytes()).unwrap();
    let ran = verify(place.path(), &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("../out/manifest.json: the manifest names a path outside"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the manifest names it twice"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", ran.stderr);
}

#[test]
fn a_package_is_there_whole_or_not_at_all() {
    let place = made();
    let before = listing(place.path());
    let pack = |flags: &[&str]| run(place.path(), &[&["report", "out", "--package"], flags].concat());
    pack(&["pkg"]).refused().says("pkg exists, and nothing is overwritten");
    pack(&["new", "--sign", "nowhere"]).refused().says("nowhere");
    pack(&["new", "--sign", "k.pub"]).refused().says("this is no secret key");
    let table = place.path().join("out/tables/links.parquet");
    let bytes = fs::read(&table).unwrap();
    fs::copy(place.path().join("pkg/result/tables/links.parquet"), &table).unwrap();
    OpenOptions::new().append(true).open(&table).unwrap().set_len(bytes.len() as u64 - 1).unwrap();
    pack(&["new"]).refused().says("links.parquet");
    fs::write(&table, &bytes).unwrap();
    edit(&place.path().join("out/decisions/custody.jsonl"), "analyst-07", "analyst-08");
    pack(&["new"]).refused().says("line 9 was edited");
    assert_eq!(listing(place.path()), before);
    run(place.path(), &["report", "case", "--package", "new"]).refused().says("not a result");
    assert_eq!(run(place.path(), &["report", "out", "--sign", "k"]).code, 2, "there is nothing to sign");
    assert_eq!(listing(place.path()), before);
}

#[test]
fn keys_are_secret_and_never_overwritten() {
    let place = folder();
    let keys = |password: &str, flags: &[&str]| {
        let mut command = binary();
        command.current_dir(place.path()).arg("keys").args(flags);
        if !password.is_empty() {
            command.env("ITOGUCHI_KEY_PASSWORD", password);
        }
        let output = assert_cmd::Command::from_std(command).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    let ran = keys("hunter2", &["mine"]).ok();
    let public = fs::read_to_string(place.path().join("mine.pub")).unwrap();
    assert!(ran.stdout.contains(public.lines().nth(1).unwrap()));
    assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(place.path().join("mine")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let secret = fs::read(place.path().join("mine")).unwrap();
    keys("hunter2", &["mine"]).refused().says("mine exists and is not overwritten");
    fs::remove_file(place.path().join("mine")).unwrap();
    keys("hunter2", &["mine"]).refused().says("mine.pub exists");
    assert!(!place.path().join("mine").exists() && !secret.is_empty());
    keys("", &["another"]).refused().says("ITOGUCHI_KEY_PASSWORD");
    assert_eq!(listing(place.path()), BTreeSet::from(["mine.pub".to_owned()]));
}

#[test]
fn an_encrypted_key_signs_with_its_password_from_the_environment() {
    let place = made();
    let with = |password: &str, arguments: &[&str]| {
        let mut command = binary();
        command.current_dir(place.path()).args(arguments).env("ITOGUCHI_KEY_PASSWORD", password);
        let output = assert_cmd::Command::from_std(command).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(with("合言葉", &["keys", "locked"]).0, Some(0));
    let (code, said) = with("wrong", &["report", "out", "--package", "new", "--sign", "locked"]);
    assert!(code == Some(2) && said.contains("the password does not open this key"), "{said}");
    assert!(!place.path().join("new").exists());
    run(place.path(), &["report", "out", "--package", "new", "--sign", "locked"])
        .refused()
        .says("no terminal");
    assert_eq!(with("合言葉", &["report", "out", "--package", "new", "--sign", "locked"]).0, Some(0));
    run(place.path(), &["verify", "new", "--key", "locked.pub"]).ok();
}

/// What the package tells its reader to run, without the program.
#[test]
fn the_instructions_in_the_package_work() {
    let place = made();
    let readme = fs::read_to_string(place.path().join("pkg/README.txt")).unwrap();
    let script: Vec<&str> = readme
        .lines()
        .skip_while(|l| !l.contains("import hashlib"))
        .take_while(|l| !l.is_empty())
        .map(|l| l.strip_prefix("  ").unwrap())
        .collect();
    let python = |dir: &Path| {
        let command =
            std::process::Command::new("python3").args(["-c", &script.join("\n")]).current_dir(dir).output();
        command.ok().map(|out| out.status.success())
    };
    let dir = place.path().join("pkg");
    let Some(sound) = python(&dir) else {
        eprintln!("skipped 3 cases: no python3 here");
        return;
    };
    assert!(sound);
    edit(&dir.join("custody/custody.jsonl"), "analyst-07", "analyst-08");
    assert_eq!(python(&dir), Some(false));
    rehash_files_only(&dir);
    assert_eq!(python(&dir), Some(false), "the chain is checked, not the hash of the file alone");
}

fn rehash_files_only(dir: &Path) {
    let (mut manifest, _) = PackageManifest::read(dir).unwrap();
    manifest.files =
        manifest.files.iter().map(|f| packed(&f.path, &fs::read(dir.join(&f.path)).unwrap())).collect();
    fs::write(dir.join("package.json"), manifest.bytes()).unwrap();
}
