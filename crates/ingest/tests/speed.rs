//! How fast it is: `cargo test -p itoguchi-ingest --test speed -- --ignored --nocapture`.

mod common;

use std::{sync::Arc, time::Instant};

use arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMicrosecondArray};
use common::{Folder, parquet};

#[test]
#[ignore = "a measurement, not a check"]
fn two_million_executions_on_one_core() {
    let n = 2_000_000_u64;
    let mix = |i: u64, m: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) % m;
    let text =
        |f: &dyn Fn(u64) -> String| -> ArrayRef { Arc::new(StringArray::from_iter_values((0..n).map(f))) };
    let number =
        |f: &dyn Fn(u64) -> f64| -> ArrayRef { Arc::new(Float64Array::from_iter_values((0..n).map(f))) };
    let times = (0..n).map(|i| 1_742_342_400_000_000 + mix(i, 5_000_000_000) as i64);
    let columns = vec![
        ("broker", text(&|i| ["ALPHA", "BETA"][mix(i, 2) as usize].to_owned())),
        ("account_id", text(&|i| format!("acct-{:06}", mix(i, 100_000)))),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")) as ArrayRef,
        ),
        ("instrument", text(&|i| format!("XTKS:{}", 1000 + mix(i * 3, 4000)))),
        ("side", text(&|i| ["buy", "sell"][mix(i * 5, 2) as usize].to_owned())),
        ("quantity", number(&|i| 100.0 * (1 + mix(i, 50)) as f64)),
        ("price", number(&|i| 100.0 + mix(i * 7, 100_000) as f64 / 10.0)),
        ("currency", text(&|_| "JPY".to_owned())),
        ("execution_id", text(&|i| format!("X{i:010}"))),
    ];
    let bytes = parquet(columns, 250_000);
    println!("{} bytes", bytes.len());
    let folder = Folder::empty().file("executions.parquet", bytes);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let start = Instant::now();
        let case = pool.install(|| folder.read()).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!("{threads} threads: {seconds:.2} s, {:.2} M rows/s", n as f64 / seconds / 1e6);
        assert_eq!(case.executions.len(), n as usize);
    }
}
