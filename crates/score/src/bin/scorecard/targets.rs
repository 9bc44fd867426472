//! What each world asks for.

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// A larger value.
    More,
    /// A smaller value.
    Less,
}

/// What a metric must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Name of the metric.
    pub metric: &'static str,
    /// What it must reach.
    pub value: f64,
}

/// What a world asks for.
pub struct WorldTargets {
    /// Name of the world.
    pub world: &'static str,
    /// Precision and recall of victims, of sellers; F1 of pairs.
    figures: [Option<f64>; 5],
    /// What innocents there may be.
    harm: Target,
}

const METRICS: [&str; 5] =
    ["victim_precision", "victim_recall", "seller_precision", "seller_recall", "pair_f1"];

const ONE_IN_TEN_RINGS: Target = Target { metric: "innocents_per_ring", value: 0.1 };
const NOBODY_FRAMED: Target = Target { metric: "framed", value: 0.0 };
const NO_RING: Target = Target { metric: "rings", value: 0.0 };

const fn world(world: &'static str, [vp, vr, sp, sr, pairs]: [f64; 5], harm: Target) -> WorldTargets {
    WorldTargets { world, figures: [Some(vp), Some(vr), Some(sp), Some(sr), Some(pairs)], harm }
}

/// Every world with a target, in the order of the tables.
pub const TARGETS: [WorldTargets; 9] = [
    world("plain", [0.99, 0.97, 0.95, 0.90, 0.97], ONE_IN_TEN_RINGS),
    world("no-infrastructure", [0.98, 0.92, 0.95, 0.90, 0.93], ONE_IN_TEN_RINGS),
    WorldTargets {
        world: "scattered",
        figures: [Some(0.97), Some(0.85), None, None, Some(0.90)],
        harm: ONE_IN_TEN_RINGS,
    },
    world("relays", [0.98, 0.92, 0.95, 0.90, 0.93], NOBODY_FRAMED),
    world("crossing", [0.98, 0.92, 0.93, 0.85, 0.90], ONE_IN_TEN_RINGS),
    world("campaign", [0.98, 0.92, 0.93, 0.85, 0.90], ONE_IN_TEN_RINGS),
    world("partial", [0.97, 0.85, 0.93, 0.80, 0.88], ONE_IN_TEN_RINGS),
    world("rare", [0.97, 0.92, 0.90, 0.85, 0.93], ONE_IN_TEN_RINGS),
    WorldTargets { world: "quiet", figures: [None; 5], harm: NO_RING },
];

impl WorldTargets {
    /// Its targets, in the order of the tables.
    pub fn all(&self) -> Vec<Target> {
        let figures = METRICS.iter().zip(self.figures);
        let figures = figures.filter_map(|(metric, value)| value.map(|value| Target { metric, value }));
        figures.chain([self.harm]).collect()
    }
}

/// Which way metric `name` gets better.
pub fn better(name: &str) -> Better {
    let less = ["innocents", "innocents_per_ring", "framed", "splits", "merges"].contains(&name)
        || name.ends_with("_error")
        || name.ends_with("_error_jpy")
        || name == "rings";
    if less { Better::Less } else { Better::More }
}

#[cfg(test)]
mod tests {
    use itoguchi_score::find_metric;

    use super::*;

    #[test]
    fn every_target_is_a_metric_that_exists() {
        for target in TARGETS.iter().flat_map(WorldTargets::all) {
            assert!(find_metric(target.metric).is_some(), "{}", target.metric);
        }
        assert_eq!(TARGETS[8].all(), [NO_RING]);
        assert_eq!(TARGETS[2].all().len(), 4);
    }
}
