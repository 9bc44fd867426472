//! Truth folders as they are written, and as nobody should write them.

mod common;

use std::{fs, path::Path};

use common::{account, accounts};
use itoguchi_score::{ThingKind, Truth, thing};
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let place = tempfile::tempdir().expect("there is room");
    for (name, text) in files {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().expect("it is inside the folder")).expect("there is room");
        fs::write(path, text).expect("there is room");
    }
    place
}

fn dataset(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets").join(name)
}

const MEMBERS: &str = "broker,account_id,ring,role\nB,a,R,victim\nB,b,R,victim\nB,s,R,seller\n";

fn refused(files: &[(&str, &str)], words: &[&str]) {
    let place = folder(files);
    let Err(error) = Truth::read(place.path()) else { panic!("{files:?} was read") };
    let said = error.to_string();
    assert!(said.contains("\nhint: "), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

#[test]
fn a_whole_truth_in_csv() {
    let place = folder(&[
        ("truth.csv", MEMBERS),
        ("truth_infrastructure.csv", "ring,kind,value,accounts\nR,ip,192.0.2.7,3\nR,device,d1,1\n"),
        ("truth_decoys.csv", "broker,account_id,decoy\nB,x,dormant\nB,x,household\n"),
        (
            "truth_amounts.csv",
            "ring,forced_sales_jpy,fraudulent_buys_jpy,estimated_loss_jpy,seller_proceeds_jpy,seller_profit_jpy\nR,10,20.0,-5,,1e3\n",
        ),
        ("truth_accessed.csv", "broker,account_id\nB,y\nB,a\n"),
        ("truth_lone.csv", "broker,account_id\nB,z\n"),
        ("world.json", "{}"),
    ]);
    let truth = Truth::read(place.path()).expect("it is a truth");
    let ring = &truth.rings["R"];
    assert_eq!((&ring.victims, &ring.sellers), (&accounts(&["a", "b"]), &accounts(&["s"])));
    assert_eq!(ring.amounts, Some([Some(10), Some(20), Some(-5), None, Some(1_000)]));
    // `a` is a member; that it was also only looked into does not take it out.
    assert_eq!(truth.neither, accounts(&["y", "z"]));
    assert_eq!(truth.decoys[&account("x")].len(), 2);
    let infrastructure = truth.infrastructure.expect("it is there");
    assert_eq!(infrastructure[&("R".to_owned(), thing(ThingKind::Ip, "192.0.2.7"))], Some(3));
}

#[test]
fn a_truth_of_members_alone_is_enough_and_may_lie_in_its_case() {
    let place = folder(&[("truth/truth.csv", &format!("\u{feff}{MEMBERS}"))]);
    let truth = Truth::read(place.path()).expect("it is a truth");
    assert_eq!(truth.rings["R"].victims.len(), 2);
    assert_eq!((truth.infrastructure, truth.decoys.len(), truth.neither.len()), (None, 0, 0));
}

#[test]
fn the_truths_of_the_data_sets_are_read_in_both_forms() {
    for (name, rings, victims, sellers) in
        [("seed-cases", 1, 7, 0), ("golden-2025-03-17", 1, 10, 1), ("spring-2025", 3, 29, 3)]
    {
        let truth = Truth::read(&dataset(name)).expect("it ships with the project");
        let count = |of: fn(&itoguchi_score::TrueRing) -> usize| truth.rings.values().map(of).sum::<usize>();
        assert_eq!(truth.rings.len(), rings, "{name}");
        assert_eq!((count(|r| r.victims.len()), count(|r| r.sellers.len())), (victims, sellers), "{name}");
        assert!(truth.rings.values().all(|r| r.amounts.is_some()), "{name}");
        assert!(truth.decoys.len() > 50 && truth.infrastructure.is_some_and(|i| i.len() > 5), "{name}");
    }
}

#[test]
fn what_is_no_truth_is_refused_with_its_place() {
    refused(&[], &["holds no truth"]);
    refused(&[("truth.csv", MEMBERS), ("truth.parquet", "")], &["are one table"]);
    refused(&[("truth.csv", "")], &["truth.csv"]);
    refused(
        &[("truth.csv", "broker,account_id,ring\nB,a,R\n")],
        &["no column role", "broker, account_id, ring"],
    );
    refused(&[("truth.csv", "broker,account_id,ring,role\nB,a,R\n")], &["truth.csv", "record"]);
    refused(
        &[("truth.csv", "broker,account_id,ring,role\nB,,R,victim\n")],
        &["row 1", "account_id", "empty"],
    );
    refused(&[("truth.csv", "broker,account_id,ring,role\nB,a,R,thief\n")], &["row 1", "role", "thief"]);
    let both = "broker,account_id,ring,role\nB,a,R,victim\nB,a,R,seller\n";
    refused(&[("truth.csv", both)], &["row 2", "other role"]);
    refused(&[("truth.csv", "broker,account_id,ring,role\nB,\"a,R,victim\n")], &["truth.csv"]);
    refused(&[("truth.csv", "broker,account_id,ring,role\nB,\u{1b}[31m,R,\u{1b}[31m\n")], &["\\u{1b}[31m"]);
}

#[test]
fn garbled_tables_beside_the_members_are_refused_too() {
    let with = |name: &'static str, text: &'static str, words: &[&str]| {
        refused(&[("truth.csv", MEMBERS), (name, text)], words);
    };
    with("truth_infrastructure.csv", "ring,kind,value\nR,port,7\n", &["row 1", "kind", "port"]);
    with("truth_infrastructure.csv", "ring,kind,value,accounts\nR,ip,192.0.2.7,-1\n", &["accounts"]);
    with("truth_decoys.csv", "broker,account_id\nB,a\n", &["no column decoy"]);
    with("truth_amounts.csv", "ring,forced_sales_jpy\nR,1\n", &["no column fraudulent_buys_jpy"]);
    let head = "ring,forced_sales_jpy,fraudulent_buys_jpy,estimated_loss_jpy,seller_proceeds_jpy,seller_profit_jpy\n";
    refused(&[("truth.csv", MEMBERS), ("truth_amounts.csv", &format!("{head}R,much,,,,\n"))], &["no amount"]);
    refused(
        &[("truth.csv", MEMBERS), ("truth_amounts.csv", &format!("{head}Q,1,,,,\n"))],
        &["Q has no member"],
    );
    with("truth_accessed.csv", "broker\nB\n", &["no column account_id"]);
    with("truth_lone.parquet", "PAR1 but not really PAR1", &["truth_lone.parquet", "Parquet"]);
}

#[test]
fn damaged_parquet_never_panics() {
    let whole = fs::read(dataset("spring-2025/truth/truth.parquet")).expect("it ships with the project");
    for cut in (0..whole.len()).step_by(97) {
        let place = folder(&[]);
        fs::write(place.path().join("truth.parquet"), &whole[..cut]).expect("there is room");
        assert!(Truth::read(place.path()).is_err(), "{cut} of {} bytes", whole.len());
    }
    for at in (4..whole.len()).step_by(53) {
        let place = folder(&[]);
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        fs::write(place.path().join("truth.parquet"), bytes).expect("there is room");
        // Some bytes are not looked at; the others must be errors and no panics.
        let _ = Truth::read(place.path());
    }
}
