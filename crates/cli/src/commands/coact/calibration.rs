//! How p-values turn out where nothing is to be found, as a table to read.

use std::fmt::Write as _;

use itoguchi_coaction::Calibration;

/// One line for each power of ten, from all pairs down to a tenth of the smallest expected number.
pub fn table(trials: &[Calibration], max_q: f64) -> String {
    let number = trials.len().max(1) as f64;
    let tests = trials.first().map_or(0, |t| t.tests);
    let mut text = format!(
        "{} trials, the actors of every object dealt anew; {tests} pairs of accounts each\n\n{:>10} {:>18} {:>18} {:>8}\n",
        trials.len(),
        "p at most",
        "pairs expected",
        "pairs found",
        "ratio"
    );
    for power in 1_i32.. {
        let p = 10_f64.powi(-power);
        let expected = tests as f64 * p;
        if expected * number < 0.1 {
            break;
        }
        let found = trials.iter().map(|t| t.at_most(p)).sum::<usize>() as f64 / number;
        let ratio = found / expected;
        let _ = writeln!(text, "{:>10} {expected:>18.2} {found:>18.2} {ratio:>8.4}", format!("1e-{power}"));
    }
    let any = trials.iter().filter(|t| t.accepted > 0).count();
    let _ = writeln!(
        text,
        "\ntrials with any pair at a false discovery rate of {max_q}: {any} of {}",
        trials.len()
    );
    text
}
