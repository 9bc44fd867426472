//! Where walks start: weights made to shares.

use crate::error::CommunityError;

/// The weights divided by their sum, in the order given.
pub(crate) fn shares(weights: &[(u32, f64)]) -> Result<Vec<(u32, f64)>, CommunityError> {
    if let Some((node, weight)) = weights.iter().find(|(_, weight)| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(CommunityError::SeedWeight { node: *node, text: weight.to_string() });
    }
    let largest = weights.iter().fold(0.0_f64, |largest, (_, weight)| largest.max(*weight));
    if largest == 0.0 {
        return Err(CommunityError::NoSeeds);
    }
    // by the largest first, since the sum of finite weights may be infinite
    let sum: f64 = weights.iter().map(|(_, weight)| weight / largest).sum();
    Ok(weights.iter().map(|(node, weight)| (*node, weight / largest / sum)).collect())
}

/// Seeds ascending, each once, with shares that sum to one; those without a share are left out.
///
/// # Determinism
/// The order in which the seeds are given does not matter.
pub(crate) fn sorted(seeds: &[(u32, f64)], nodes: u32) -> Result<Vec<(u32, f64)>, CommunityError> {
    let mut seeds = seeds.to_vec();
    seeds.sort_unstable_by(|x, y| x.0.cmp(&y.0).then(x.1.total_cmp(&y.1)));
    if let Some((node, _)) = seeds.iter().find(|(node, _)| *node >= nodes) {
        return Err(CommunityError::SeedOutOfRange { node: *node, nodes });
    }
    let mut seeds = shares(&seeds)?;
    seeds.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    seeds.retain(|(_, share)| *share > 0.0);
    Ok(seeds)
}
