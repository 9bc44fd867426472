//! How fast identifiers become tokens, with proofs: `cargo run --release -p itoguchi-share --example speed -- 100000`.
//!
//! One process plays broker and key-holder, on all threads, without files.

#![allow(clippy::print_stdout, reason = "the measurement is its output")]

use std::time::Instant;

use itoguchi_share::{
    canonical::Kind,
    tokens::{self, BATCH, Element, EpochKey, Evaluated, Secret, TokenError},
};
use rayon::prelude::*;

fn main() -> Result<(), TokenError> {
    let count: u32 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let inputs: Vec<Vec<u8>> =
        (0..count).map(|i| Kind::Device.input("2025-04", &format!("device-{i}"))).collect();
    let (key, seed) = (EpochKey::new()?, Secret::new()?);
    let start = Instant::now();
    let blinded: Vec<Element> =
        inputs.par_iter().map(|i| tokens::blind(&seed, i)).collect::<Result<_, _>>()?;
    let blinding = start.elapsed().as_secs_f64();
    let evaluated: Vec<Evaluated> =
        blinded.par_chunks(BATCH).map(|b| key.evaluate(b)).collect::<Result<_, _>>()?;
    let evaluating = start.elapsed().as_secs_f64() - blinding;
    let public = key.public();
    let tokens: Vec<_> = inputs
        .par_chunks(BATCH)
        .zip(blinded.par_chunks(BATCH))
        .zip(&evaluated)
        .map(|((i, b), e)| tokens::finalize(&seed, i, b, e, &public))
        .collect::<Result<_, _>>()?;
    let all = start.elapsed().as_secs_f64();
    println!(
        "{} tokens in {all:.1} s on {} threads: {:.0}/s (blinding {blinding:.1} s, evaluating {evaluating:.1} s, \
         checking and unblinding {:.1} s); a million: {:.0} s",
        tokens.iter().map(Vec::len).sum::<usize>(),
        rayon::current_num_threads(),
        f64::from(count) / all,
        all - blinding - evaluating,
        1e6 * all / f64::from(count)
    );
    Ok(())
}
