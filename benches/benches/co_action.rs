//! The sweep over acts on objects of very different popularity, at three sizes, and the null it is judged against.

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use itoguchi_coaction::{Act, NO_CONTENT, Surprise, SweepOptions, sort_acts, sweep};
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
fn acts(n: usize, days: i64) -> Vec<Act> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut total = 0.0;
    let shares: Vec<f64> = (1..=OBJECTS)
        .map(|rank| {
            total += 1.0 / rank as f64;
            total
        })
        .collect();
    let mut acts: Vec<Act> = (0..n)
        .map(|_| {
            let at = rng.random_range(0.0..total);
            let object = shares.partition_point(|share| *share <= at) as u32;
            let time = rng.random_range(0..days) * DAY + rng.random_range(0..OPEN);
            Act { object, time, actor: rng.random_range(0..ACTORS), content: NO_CONTENT }
        })
        .collect();
    for _ in 0..PLANTED.1 {
        let object = rng.random_range(0..OBJECTS as u32);
        let start = rng.random_range(0..days) * DAY + rng.random_range(0..OPEN);
        acts.extend((0..PLANTED.0).map(|member| {
            let time = start + rng.random_range(0..WINDOW);
            Act { object, time, actor: ACTORS + member, content: NO_CONTENT }
        }));
    }
    sort_acts(&mut acts);
    acts
}

fn co_action(c: &mut Criterion) {
    let mut group = c.benchmark_group("co_action");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    for (n, days) in SIZES {
        let acts = acts(n, days);
        let options = SweepOptions { min_occasions: 2, ..SweepOptions::within(Some(WINDOW)) };
        let pairs = sweep(&acts, &options).expect("the acts fit");
        let planted = pairs.iter().filter(|p| p.a >= ACTORS && p.occasions >= 10).count() as u32;
        assert_eq!(planted, PLANTED.0 * (PLANTED.0 - 1) / 2, "the planted pairs must be found");
        group.throughput(Throughput::Elements(acts.len() as u64));
        group.bench_with_input(BenchmarkId::new("sweep", n), &acts, |b, acts| {
            b.iter(|| sweep(black_box(acts), &options));
        });
        group.bench_with_input(BenchmarkId::new("null", n), &acts, |b, acts| {
            b.iter(|| Surprise::new(black_box(acts), Some(WINDOW)));
        });
        let null = Surprise::new(&acts, Some(WINDOW)).expect("the acts fit");
        let some = &pairs[..pairs.len().min(100_000)];
        group.throughput(Throughput::Elements(some.len() as u64));
        group.bench_with_input(BenchmarkId::new("significance_of_pairs", n), some, |b, some| {
            b.iter(|| null.of_pairs(black_box(some)));
        });
    }
    group.finish();
}

criterion_group!(benches, co_action);
criterion_main!(benches);
