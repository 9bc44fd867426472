//! How often access and trading are odd together in ordinary life: a new phone, then a rearranged portfolio.

use itoguchi_model::Millibits;

/// Odd by so many bits, an occasion may well be a hijack; below, it is ordinary life.
const VERY_ODD: Millibits = Millibits(4_000);

/// How often two scores are high together.
#[derive(Default)]
pub(crate) struct Together {
    /// Which occasions are counted.
    pub counts: Vec<bool>,
    pub counted: u32,
    /// Per occasion: others counted that are at least as high in both.
    pub above: Vec<u32>,
}

impl Together {
    /// `counts` says which of `points` are counted against; others count nowhere.
    pub(crate) fn new(points: &[u32], x: &[Millibits], y: &[Millibits], counts: Vec<bool>) -> Self {
        let mut of_points = vec![false; counts.len()];
        points.iter().for_each(|p| of_points[*p as usize] = counts[*p as usize]);
        let counted = points.iter().filter(|p| counts[**p as usize]).count() as u32;
        let left_out: Vec<bool> = counts.iter().map(|c| !c).collect();
        Self { counted, above: dominated(points, x, y, &left_out), counts: of_points }
    }
}

/// How much more often than by chance those of `class` that are mildly odd in `x` are mildly odd in `y` too, in bits.
///
/// Of those that are very odd in both many may be hijacks, so ordinary life is read off the middle, as an empirical
/// null is (Efron, Large-scale simultaneous hypothesis testing, Journal of the American Statistical Association 2004).
pub(crate) fn mild_dependence(class: &[usize], x: &[Millibits], y: &[Millibits]) -> Millibits {
    let mild = |bits: Millibits| bits.0 > 0 && bits < VERY_ODD;
    let count = |of: &dyn Fn(usize) -> bool| class.iter().filter(|i| of(**i)).count() as f64;
    let both = count(&|i| mild(x[i]) && mild(y[i]));
    let expected = count(&|i| mild(x[i])) * count(&|i| mild(y[i])) / class.len().max(1) as f64;
    Millibits::log2((both + 1.0) / (expected + 1.0)).positive()
}

/// Which occasions are part of ordinary life as far as the `odd` are concerned: those not odd in a crowd that has more
/// odd ones than the rate elsewhere in `class` explains.
///
/// Rings are a large part of the odd, so a rate over all of them would hide each ring behind the others. The rate is
/// first that of crowds with one odd occasion at most, and crowds that it explains are taken in until no more are
/// (a forward search). Explained: the Chernoff bound of the Poisson tail is at least one in twenty times the crowds.
pub(crate) fn outside_crowds(class: &[u32], odd: &[bool], crowds: &[&[u32]]) -> Vec<bool> {
    let mut of_class = vec![false; odd.len()];
    class.iter().for_each(|i| of_class[*i as usize] = true);
    let odd_in = |crowd: &[u32]| crowd.iter().filter(|i| odd[**i as usize]).count() as f64;
    let needed = libm::log(20.0 * (crowds.len() as f64 + 1.0));
    let mut outside: Vec<(&[u32], f64, f64)> = crowds
        .iter()
        .map(|crowd| (*crowd, odd_in(crowd)))
        .filter(|(_, odd)| *odd >= 2.0)
        .map(|(crowd, odd)| (crowd, crowd.iter().filter(|i| of_class[**i as usize]).count() as f64, odd))
        .collect();
    loop {
        let mut taken_in = of_class.clone();
        outside.iter().flat_map(|(crowd, ..)| crowd.iter()).for_each(|i| taken_in[*i as usize] = false);
        let members = taken_in.iter().filter(|t| **t).count() as f64;
        let many = taken_in.iter().zip(odd).filter(|(taken, odd)| **taken && **odd).count() as f64;
        let rate = (many + 0.5) / (members + 1.0);
        let before = outside.len();
        outside.retain(|(_, members, odd)| {
            let mean = members * rate;
            *odd > mean && odd * libm::log(odd / mean) - odd + mean > needed
        });
        if outside.len() == before {
            break;
        }
    }
    let mut counts = vec![true; odd.len()];
    for i in outside.iter().flat_map(|(crowd, ..)| crowd.iter()) {
        counts[*i as usize] &= !odd[*i as usize];
    }
    counts
}

/// For each point, how many other points are at least as high in both scores; points left out are counted for but
/// not against. O(n log n), by a Fenwick tree.
fn dominated(points: &[u32], x: &[Millibits], y: &[Millibits], left_out: &[bool]) -> Vec<u32> {
    let mut ranks: Vec<Millibits> = points.iter().map(|p| y[*p as usize]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let mut tree = vec![0_u32; ranks.len() + 1];
    let mut order = points.to_vec();
    order.sort_unstable_by_key(|p| (std::cmp::Reverse(x[*p as usize]), *p));
    let mut above = vec![0; left_out.len()];
    // Counted from the top: position 1 is the highest y.
    let position = |p: u32| ranks.len() - ranks.partition_point(|r| *r < y[p as usize]);
    for group in order.chunk_by(|a, b| x[*a as usize] == x[*b as usize]) {
        for p in group.iter().filter(|p| !left_out[**p as usize]) {
            let mut at = position(*p);
            while at < tree.len() {
                tree[at] += 1;
                at += at & at.wrapping_neg();
            }
        }
        for p in group {
            let mut at = position(*p);
            let mut sum = 0;
            while at > 0 {
                sum += tree[at];
                at &= at - 1;
            }
            above[*p as usize] = sum - u32::from(!left_out[*p as usize]);
        }
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dominance_counts_equal_the_obvious_ones() {
        let x = [5, 3, 3, 9, 1, 5, 5].map(Millibits);
        let y = [2, 2, 7, 1, 9, 2, 8].map(Millibits);
        let points: Vec<u32> = (0..7).collect();
        for left_out in [[false; 7], [false, true, false, false, true, false, true]] {
            let fast = dominated(&points, &x, &y, &left_out);
            for i in 0..7 {
                let above = |j: &usize| *j != i && !left_out[*j] && x[*j] >= x[i] && y[*j] >= y[i];
                assert_eq!(fast[i] as usize, (0..7).filter(above).count(), "{i}");
            }
        }
    }
}
