//! An answer that does not add up is refused, whatever was lost or repeated.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be, and says what it saw"
)]

mod common;

use arrow::datatypes::DataType;
use common::{WINDOW, embedded, world};
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use itoguchi_cluster::{
    functions::{self, Names},
    ledger::{Violation, expected},
    plan::Stretches,
    run::{gather, write_acts},
};
use itoguchi_coaction::{Acts, PairCount};

/// The world of these tests.
fn acts() -> Acts {
    world(7, 20_000, 1, false)
}

/// A pair that meets there, as a condition.
fn one_pair() -> String {
    let pair = embedded(&acts(), WINDOW)[17];
    format!("part['a'] = {} AND part['b'] = {}", pair.a, pair.b)
}

/// Runs the plan after `spoil` was at its text.
fn spoilt(spoil: impl Fn(String) -> String) -> Result<Vec<PairCount>, Violation> {
    let acts = acts();
    let folder = tempfile::tempdir().unwrap();
    write_acts(&acts, folder.path()).unwrap();
    let stretches = Stretches::of(&acts, WINDOW).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let batches = runtime.block_on(async {
        let context = SessionContext::new();
        functions::all("test").into_iter().for_each(|f| context.register_udaf((*f).clone()));
        let path = format!("{}/", folder.path().display());
        context.register_parquet("acts", path, ParquetReadOptions::default()).await.unwrap();
        let query = stretches.query("acts", &Names::of("test"));
        context.sql(&spoil(query)).await.unwrap().collect().await.unwrap()
    });
    assert_eq!(batches[0].column(0).data_type(), &DataType::Binary);
    let (books, pairs) = gather(&batches).unwrap();
    books.balance(&expected(&acts, &stretches))?;
    assert!(pairs == embedded(&acts, WINDOW), "an answer that adds up is right");
    Ok(pairs)
}

fn replaced(query: &str, what: &str, with: &str) -> String {
    assert!(query.contains(what), "{what} is no part of {query}");
    query.replace(what, with)
}

#[test]
fn nothing_spoilt_adds_up() {
    spoilt(|query| query).unwrap();
}

#[test]
fn an_act_twice_is_seen() {
    let twice = "(SELECT * FROM acts UNION ALL (SELECT * FROM acts ORDER BY object, time LIMIT 1))";
    let violation = spoilt(|query| replaced(&query, "FROM acts", &format!("FROM {twice}"))).unwrap_err();
    assert!(matches!(violation, Violation::Acts { sent, came, .. } if came == sent + 1), "{violation}");
}

#[test]
fn a_lost_act_is_seen() {
    let less = "(SELECT * FROM acts ORDER BY object, time OFFSET 1)";
    let violation = spoilt(|query| replaced(&query, "FROM acts", &format!("FROM {less}"))).unwrap_err();
    assert!(matches!(violation, Violation::Acts { sent, came, .. } if came + 1 == sent), "{violation}");
}

#[test]
fn an_act_in_place_of_another_is_seen() {
    let other = "(SELECT object, time, CASE WHEN actor = 7 THEN CAST(8 AS INT UNSIGNED) ELSE actor END AS actor, content FROM acts)";
    let violation = spoilt(|query| replaced(&query, "FROM acts", &format!("FROM {other}"))).unwrap_err();
    assert!(matches!(violation, Violation::Acts { sent, came, .. } if came == sent), "{violation}");
}

#[test]
fn what_is_looked_ahead_at_is_counted_too() {
    let violation = spoilt(|query| {
        let (head, tail) = query.split_once("UNION ALL").unwrap();
        format!("{head}UNION ALL{}", replaced(tail, "WHERE", "WHERE actor <> 7 AND"))
    });
    let violation = violation.unwrap_err();
    assert!(matches!(violation, Violation::Ahead { sent, came, .. } if came < sent), "{violation}");
}

#[test]
fn parts_delivered_twice_are_seen() {
    let violation = spoilt(|query| {
        let parts = query.split_once("unnest(parts) AS part FROM ").unwrap().1;
        let inner = parts.split_once(") GROUP BY part['a']").unwrap().0.to_owned();
        let twice = format!("(SELECT * FROM {inner} UNION ALL SELECT * FROM {inner})");
        replaced(&query, &inner, &twice)
    });
    assert!(matches!(violation, Err(Violation::Acts { .. })), "every object's own count is doubled too");
}

#[test]
fn a_lost_part_is_seen() {
    let rest = format!(") WHERE NOT ({}) GROUP BY part['a']", one_pair());
    let violation = spoilt(|query| replaced(&query, ") GROUP BY part['a']", &rest));
    let violation = violation.unwrap_err();
    assert!(matches!(violation, Violation::Parts { sent, came } if came < sent), "{violation}");
}

#[test]
fn a_part_twice_is_seen() {
    let violation = spoilt(|query| {
        let (head, tail) = query.split_once("SELECT unnest(parts) AS part FROM ").unwrap();
        let (inner, end) = tail.split_once(") GROUP BY part['a']").unwrap();
        let parts = format!("SELECT unnest(parts) AS part FROM {inner}");
        let again = format!("SELECT part FROM ({parts}) WHERE {}", one_pair());
        format!("{head}{parts} UNION ALL {again}) GROUP BY part['a']{end}")
    });
    let violation = violation.unwrap_err();
    assert!(matches!(violation, Violation::Parts { sent, came } if came > sent), "{violation}");
}

#[test]
fn an_answer_twice_is_seen() {
    let violation = spoilt(|query| format!("{query} UNION ALL ({query} LIMIT 1)")).unwrap_err();
    assert!(matches!(violation, Violation::Repeated { .. }), "{violation}");
}

#[test]
fn a_lost_answer_is_seen() {
    spoilt(|query| format!("SELECT answer FROM ({query}) OFFSET 1")).unwrap_err();
}
