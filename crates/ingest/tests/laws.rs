//! What must hold for any input at all.

mod common;

use common::{Folder, HEADER, balanced, content};
use proptest::prelude::*;

/// Pieces of which bad files are made: half sense, half nonsense.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"ALPHA,a1,2025-03-19T09:00:00+09:00,XTKS:9991,buy,100,250.5\n".to_vec()),
        Just(b"ALPHA,a2,2025-03-19T09:00:00+09:00,XTKS:9991,sell,1,2,\n".to_vec()),
        Just(b",".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just("糸口".as_bytes().to_vec()),
        Just(b"\x8e\x85\x8c\xfb".to_vec()),
        Just(b"\0".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
        "[ -~]{0,20}".prop_map(String::into_bytes),
    ]
}

fn fields() -> impl Strategy<Value = String> {
    let broker = prop_oneof![Just("ALPHA"), Just("BETA"), Just("")];
    let time = prop_oneof![Just("2025-03-19T09:00:00+09:00"), Just("2025-03-19T09:00:01Z"), Just("soon")];
    let instrument = prop_oneof![Just("XTKS:9991"), Just("9992"), Just("XHKG:7"), Just("name")];
    let side = prop_oneof![Just("buy"), Just("sell"), Just("hold")];
    let id = prop_oneof![Just(""), Just("x"), Just("y"), Just("z")];
    let status = prop_oneof![3 => Just(""), 1 => Just("corrected"), 1 => Just("cancelled")];
    (broker, 0..5_u8, time, instrument, side, 0..4_u8, id, status)
        .prop_map(|(b, a, t, i, s, p, id, st)| format!("{b},a{a},{t},{i},{s},100,{p},{id},{st}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_accounted_for_or_refused(pieces in proptest::collection::vec(piece(), 0..60), header: bool) {
        let head = if header { format!("{HEADER}\n").into_bytes() } else { Vec::new() };
        let bytes: Vec<u8> = head.into_iter().chain(pieces.concat()).collect();
        match Folder::empty().file("executions.csv", bytes).read() {
            Ok(case) => balanced(&case),
            Err(error) => prop_assert!(error.to_string().contains("\nhint: "), "{}", error),
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        (rows, shuffled) in proptest::collection::vec(fields(), 1..40)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let header = format!("{HEADER},execution_id,status");
        let read = |rows: &[String]| {
            let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
            Folder::empty()
                .csv("executions", &header, &lines)
                .csv("instruments", "alias,instrument", &["9992,XTKS:9992"])
                .case()
        };
        prop_assert_eq!(content(&read(&rows)), content(&read(&shuffled)));
    }

    #[test]
    fn the_split_into_files_does_not_matter(rows in proptest::collection::vec(fields(), 2..40), cut in 0.0..1.0) {
        let header = format!("{HEADER},execution_id,status");
        let lines: Vec<&str> = rows.iter().map(String::as_str).collect();
        let cut = (cut * lines.len() as f64) as usize;
        let whole = Folder::empty().csv("executions", &header, &lines).case();
        let parts = Folder::empty()
            .csv("executions/a", &header, &lines[..cut])
            .csv("executions/b", &header, &lines[cut..])
            .case();
        prop_assert_eq!(content(&whole), content(&parts));
    }
}

/// Large enough for several batches of CSV, whatever the number of threads.
#[test]
fn the_number_of_threads_does_not_matter() {
    let lines: Vec<String> = (0..100_000_u32)
        .map(|i| {
            let account = i.wrapping_mul(2_654_435_761) >> 20;
            let side = if i % 997 == 0 { "hold" } else { "buy" };
            format!(
                "ALPHA,a{account},2025-03-19T09:00:{:02}Z,糸口{},{side},{},7,e{}",
                i % 60,
                i % 7,
                i % 9 + 1,
                i / 2
            )
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let folder = Folder::empty().csv("executions", &format!("{HEADER},execution_id"), &lines);
    let cases = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| folder.case())
    });
    assert_eq!((cases[0].sources[0].rows, cases[0].rejects.len()), (100_000, 101));
    assert_eq!(cases[0].rejects[1].source.row, 998);
    assert_eq!(format!("{:?}", cases[0]), format!("{:?}", cases[1]));
}
