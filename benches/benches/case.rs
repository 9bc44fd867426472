//! One simulated case: read as CSV and as Parquet, then every stage of the analysis.

#![allow(clippy::print_stderr, reason = "says what was measured, beside the table of times")]

use std::{hint::black_box, path::PathBuf, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use itoguchi_engine::{Config, analyse};
use itoguchi_ingest::{Settings, read_cases};
use itoguchi_model::progress::Silent;
use itoguchi_worlds::{Format, Request, simulate};

fn case(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder for the case");
    let request = Request { world: "plain".into(), accounts: Some(10_000), days: Some(30), seed: 1 };
    let world = simulate(&request).expect("the world has that size");
    let folder = |name: &str, format| -> PathBuf {
        let path = dir.path().join(name);
        world.write(&path, format).expect("the case can be written");
        path
    };
    let forms = [("csv", folder("csv", Format::Csv)), ("parquet", folder("parquet", Format::Parquet))];
    let settings = Settings::default();

    let mut group = c.benchmark_group("case");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    for (name, path) in forms {
        let cases = [path];
        let read = read_cases(&cases, &settings, &Silent).expect("the case can be read");
        let rows: u64 = read.sources.iter().map(|source| source.rows).sum();
        let bytes: u64 = read.sources.iter().map(|source| source.bytes).sum();
        eprintln!("{name}: {rows} rows, {bytes} bytes");
        group.throughput(Throughput::Elements(rows));
        group.bench_function(format!("read_{name}"), |b| {
            b.iter(|| read_cases(black_box(&cases), &settings, &Silent));
        });
        if name == "parquet" {
            let events = (read.executions.len() + read.logins.len()) as u64;
            let config = Config::default();
            let found = analyse(&read, &config, &Silent).expect("the case can be analysed");
            eprintln!("{events} logins and executions, {} rings", found.results.rings.len());
            group.throughput(Throughput::Elements(events));
            group.bench_function("analyse", |b| b.iter(|| analyse(black_box(&read), &config, &Silent)));
        }
    }
    group.finish();
}

criterion_group!(benches, case);
criterion_main!(benches);
