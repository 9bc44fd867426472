//! Co-action over acts on objects of very different popularity, at three sizes: sorting, every repeated pair, and the
//! linked pairs.

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use itoguchi_coaction::{Acts, Columns, SweepOptions, linked, sweep};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const WINDOW: i64 = 60_000_000;
/// Acts and the days they fall on: four times the acts in four times the days keeps the crowd of a window as it is,
/// so that the time per act shows how the sweep grows with the length of the data.
const SIZES: [(usize, i64); 3] = [(250_000, 5), (1_000_000, 20), (4_000_000, 80)];
const OBJECTS: usize = 4_000;
const ACTORS: u32 = 100_000;
/// A trading day of five hours.
const DAY: i64 = 86_400_000_000;
const OPEN: i64 = 18_000_000_000;
/// Members and joint acts of the planted group.
const PLANTED: (u32, usize) = (8, 30);

/// Objects drawn after Zipf's law with exponent 1, times even over the trading days, and a group of eight that acts
/// together thirty times.
fn columns(n: usize, days: i64) -> Columns {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut total = 0.0;
    let shares: Vec<f64> = (1..=OBJECTS)
        .map(|rank| {
            total += 1.0 / rank as f64;
            total
        })
        .collect();
    let mut columns = Columns::default();
    let mut add = |object, time, actor| {
        columns.object.push(object);
        columns.time.push(time);
        columns.actor.push(actor);
    };
    for _ in 0..n {
        let at = rng.random_range(0.0..total);
        let object = shares.partition_point(|share| *share <= at) as u32;
        let time = rng.random_range(0..days) * DAY + rng.random_range(0..OPEN);
        add(object, time, rng.random_range(0..ACTORS));
    }
    for _ in 0..PLANTED.1 {
        let object = rng.random_range(0..OBJECTS as u32);
        let start = rng.random_range(0..days) * DAY + rng.random_range(0..OPEN);
        for member in 0..PLANTED.0 {
            add(object, start + rng.random_range(0..WINDOW), ACTORS + member);
        }
    }
    columns
}

fn co_action(c: &mut Criterion) {
    let mut group = c.benchmark_group("co_action");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    for (n, days) in SIZES {
        let columns = columns(n, days);
        let acts = Acts::new(columns.clone()).expect("the acts fit");
        let options = SweepOptions { min_occasions: 2, ..SweepOptions::within(Some(WINDOW)) };
        let found = linked(&acts, Some(WINDOW), 0.05).expect("the options are sound");
        let planted = found.iter().filter(|p| p.count.a >= ACTORS).count() as u32;
        assert_eq!(planted, PLANTED.0 * (PLANTED.0 - 1) / 2, "the planted pairs must be found");
        group.throughput(Throughput::Elements(acts.len() as u64));
        group.bench_with_input(BenchmarkId::new("sort", n), &columns, |b, columns| {
            b.iter_batched(|| columns.clone(), Acts::new, BatchSize::LargeInput);
        });
        group.bench_with_input(BenchmarkId::new("repeated_pairs", n), &acts, |b, acts| {
            b.iter(|| sweep(black_box(acts), &options));
        });
        group.bench_with_input(BenchmarkId::new("linked_pairs", n), &acts, |b, acts| {
            b.iter(|| linked(black_box(acts), Some(WINDOW), 0.05));
        });
    }
    group.finish();
}

criterion_group!(benches, co_action);
criterion_main!(benches);
