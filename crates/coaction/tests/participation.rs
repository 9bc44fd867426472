//! Loops and participation on cases small enough to follow by hand.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use itoguchi_coaction::{Act, Acts, CoactOptions, NO_CONTENT, coact};

/// Pairs and weights of rows `(actor, object, seconds, content)` within ten seconds.
fn check(rows: &[(u32, u32, i64, u32)], min_participation: u32, wanted: &[(u32, u32, u64)]) {
    let acts: Acts = rows
        .iter()
        .map(|(actor, object, seconds, content)| Act {
            actor: *actor,
            object: *object,
            time: seconds * 1_000_000,
            content: *content,
        })
        .collect();
    let window_micros = Some(10_000_000);
    let options = CoactOptions {
        window_micros,
        min_participation,
        min_occasions: 1,
        min_objects: 1,
        significance: false,
    };
    let found = coact(&acts, &options).unwrap();
    let found: Vec<_> = found.iter().map(|p| (p.count.a, p.count.b, p.count.acts)).collect();
    assert_eq!(found, wanted, "{rows:?}");
}

const N: u32 = NO_CONTENT;

#[test]
fn loops_do_not_pair() {
    check(&[(1, 50, 0, N), (1, 50, 1, N), (2, 50, 2, N)], 1, &[(1, 2, 2)]);
    // the same content seen under two accounts
    check(&[(1, 50, 0, 7), (2, 50, 1, 7)], 1, &[]);
    // the object is itself the content of the first row: the original, not a repost of it
    check(&[(1, 50, 0, 50), (2, 50, 1, 8), (3, 50, 2, 9)], 1, &[(2, 3, 1)]);
}

#[test]
fn a_pair_stays_when_one_of_its_ends_takes_part_often_enough() {
    // account 1 takes part twice, 2 and 3 once each, though both have two rows
    let rows = [(1, 50, 0, N), (2, 50, 1, N), (1, 60, 0, N), (3, 60, 1, N), (2, 70, 0, N), (3, 80, 0, N)];
    check(&rows, 2, &[(1, 2, 1), (1, 3, 1)]);
    check(&rows, 3, &[]);
    // nobody takes part twice
    check(&[(1, 50, 0, N), (2, 50, 1, N), (1, 70, 0, N), (2, 80, 0, N)], 2, &[]);
}

#[test]
fn accounts_with_too_few_rows_are_not_partners() {
    // without account 3 and its single row, account 1 takes part once
    let rows = [(1, 50, 0, N), (2, 50, 1, N), (1, 60, 0, N), (3, 60, 1, N), (2, 70, 0, N)];
    check(&rows, 2, &[]);
    check(&rows, 1, &[(1, 2, 1), (1, 3, 1)]);
}

#[test]
fn a_content_of_several_rows_counts_every_row() {
    // content 7 touches two objects; it pairs on one of them, and both of its rows count for account 1
    let rows = [(1, 50, 0, 7), (1, 60, 0, 7), (2, 50, 1, 8), (2, 70, 0, 9)];
    check(&rows, 2, &[(1, 2, 1)]);
}
