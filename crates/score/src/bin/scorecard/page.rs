//! Records to docs/SCORECARD.md.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_score::{CONFIDENCE_BINS, Counts, MAX_Q, Share};

use crate::{
    options::FIRST_REPORTING_SEED,
    record::{ALONE, ALONE_TOGETHER, INFORMED, POOLED, POOLED_OF, RULE, Record, THINNED},
    summary::{Summary, is_small, median, sum},
    targets::{Better, TARGETS, Target, WorldTargets, better},
};

/// How the page was made.
pub struct Made {
    /// The command.
    pub command: String,
    /// Hash of the code.
    pub code: String,
    /// Hash of the configuration.
    pub config: String,
    /// Settings that are not the default.
    pub settings: Vec<String>,
}

/// The records of one size, by world in the order of the targets.
struct Size<'a> {
    accounts: u32,
    worlds: Vec<(&'a str, Vec<&'a Record>)>,
}

impl<'a> Size<'a> {
    /// The counts of `claim` in one world, one for each seed that has them.
    fn counts(records: &[&'a Record], claim: &str) -> Vec<&'a Counts> {
        records.iter().filter_map(|r| r.claims.get(claim)).collect()
    }

    /// Every claim of any record whose name starts with `prefix`, without it.
    fn claims(&self, prefix: &str) -> Vec<String> {
        let names: BTreeSet<&String> =
            self.worlds.iter().flat_map(|w| &w.1).flat_map(|r| r.claims.keys()).collect();
        names.iter().filter_map(|n| n.strip_prefix(prefix)).map(str::to_owned).collect()
    }
}

/// The page. Equal records give equal bytes.
pub fn render(records: &[&Record], made: &Made) -> String {
    let mut page = head(records, made);
    for size in sizes(records) {
        page.push_str(&format!("\n## {} accounts\n", grouped(u64::from(size.accounts))));
        page.push_str(&against_targets(&size));
        page.push_str(&beside_rules(&size));
        page.push_str(&more_metrics(&size));
        page.push_str(&alone(&size));
        page.push_str(&stability(&size));
        page.push_str(&decoys(&size));
        page.push_str(&calibration(&size));
    }
    page
}

fn sizes<'a>(records: &[&'a Record]) -> Vec<Size<'a>> {
    let mut by_size: BTreeMap<u32, BTreeMap<(usize, &str), Vec<&Record>>> = BTreeMap::new();
    for record in records {
        let world = record.key.world.as_str();
        let place = TARGETS.iter().position(|t| t.world == world).unwrap_or(TARGETS.len());
        by_size.entry(record.key.accounts).or_default().entry((place, world)).or_default().push(record);
    }
    let size = |(accounts, worlds): (u32, BTreeMap<(usize, &'a str), Vec<&'a Record>>)| Size {
        accounts,
        worlds: worlds.into_iter().map(|((_, world), records)| (world, records)).collect(),
    };
    by_size.into_iter().map(size).collect()
}

fn head(records: &[&Record], made: &Made) -> String {
    let seeds: BTreeSet<u64> = records.iter().map(|r| r.key.seed).collect();
    let which = if seeds.first().is_some_and(|s| *s < FIRST_REPORTING_SEED) {
        "**These include seeds below 101, on which the engine was tuned: this is no report.**".to_owned()
    } else {
        "Seeds 1 to 20 were used to tune, those here were not looked at before the configuration was fixed."
            .to_owned()
    };
    let settings = if made.settings.is_empty() {
        "every setting at its default".to_owned()
    } else {
        format!("**not the default: {}**", made.settings.join(", "))
    };
    format!(
        "# Scorecard\n\n\
         How right the engine is on simulated worlds, beside rules that anybody could write down. What each figure means stands \
         in\n[SCORING.md](SCORING.md). Simulated worlds are no proof of anything about real data: they show what was thought of.\n\n\
         Made by\n\n    {}\n\n\
         One configuration for every world and seed ({settings}; configuration `{}`, code `{}`). {which}\n\n\
         *Median* and *worst* are over seeds; there is no best. *Pooled* adds up the counts of all seeds before the ratio is taken. \
         `-` is undefined:\nnothing to divide by.\n",
        made.command, made.config, made.code
    )
}

fn against_targets(size: &Size<'_>) -> String {
    let mut rows = Vec::new();
    for (world, records) in &size.worlds {
        let counts = Size::counts(records, POOLED);
        let targets = TARGETS.iter().find(|t| t.world == *world).map(WorldTargets::all).unwrap_or_default();
        for target in targets {
            let s = Summary::of(target.metric, &counts);
            let by = judged_by(&target, &counts);
            let value = if by == "pooled" { s.pooled } else { s.median };
            let met = value.is_some_and(|v| match better(target.metric) {
                Better::More => v >= target.value,
                Better::Less => v <= target.value,
            });
            let sign = if better(target.metric) == Better::More { "≥" } else { "≤" };
            rows.push(vec![
                (*world).to_owned(),
                target.metric.replace('_', " "),
                format!("{sign} {}", target.value),
                shown(s.median),
                shown(s.worst),
                shown(s.pooled),
                seeds(&s),
                format!("{} ({by})", if met { "met" } else { "**missed**" }),
            ]);
        }
    }
    section(
        "Against the targets",
        "Where one account is more than a point in the typical seed, the pooled figure is held against the target, else the \
         median. What should be\nsmall (innocents, rings in a world without any) is always judged pooled.",
        &["world", "metric", "target", "median", "worst", "pooled", "seeds", "target met"],
        rows,
    )
}

fn judged_by(target: &Target, counts: &[&Counts]) -> &'static str {
    match better(target.metric) {
        Better::Less => "pooled",
        Better::More if is_small(target.metric, counts) => "pooled",
        Better::More => "median",
    }
}

fn seeds(s: &Summary) -> String {
    if s.defined == s.seeds { s.seeds.to_string() } else { format!("{} of {}", s.defined, s.seeds) }
}

fn beside_rules(size: &Size<'_>) -> String {
    let rules = size.claims(RULE);
    let mut columns = vec![("engine".to_owned(), POOLED.to_owned())];
    columns.extend(rules.iter().map(|r| (r.clone(), format!("{RULE}{r}"))));
    columns.push(("told the event".to_owned(), INFORMED.to_owned()));
    let mut rows = Vec::new();
    for (world, records) in &size.worlds {
        let mut row = vec![(*world).to_owned()];
        for (_, claim) in &columns {
            let values: Vec<f64> =
                Size::counts(records, claim).iter().filter_map(|c| c.victims.f1()).collect();
            let most = values.iter().copied().max_by(f64::total_cmp);
            let least = values.iter().copied().min_by(f64::total_cmp);
            // Of a rule the best seed counts against it, of the engine the worst.
            let extreme = if claim == POOLED { least } else { most };
            row.push(format!("{} / {}", shown(median(values)), shown(extreme)));
        }
        rows.push(row);
    }
    let names: Vec<&str> = std::iter::once("world").chain(columns.iter().map(|c| c.0.as_str())).collect();
    section(
        "Beside simple rules",
        "Victim F1: median / worst seed of the engine, median / *highest* seed of everything else. The last column is a reader \
         who is told the\nnames, days, addresses and devices of every ring, and no account.",
        &names,
        rows,
    )
}

fn more_metrics(size: &Size<'_>) -> String {
    const NAMES: [&str; 15] = [
        "ring_f1",
        "bcubed_f1",
        "splits",
        "merges",
        "ring_precision_at_5",
        "member_recall",
        "victim_recall_at_2x",
        "seller_recall_at_2x",
        "infra_precision",
        "infra_recall",
        "forced_sales_error",
        "fraudulent_buys_error",
        "estimated_loss_error",
        "seller_proceeds_error",
        "seller_profit_error",
    ];
    let mut rows = Vec::new();
    for name in NAMES {
        let mut row = vec![name.replace('_', " ")];
        for (_, records) in &size.worlds {
            let s = Summary::of(name, &Size::counts(records, POOLED));
            row.push(format!("{} / {}", shown(s.median), shown(s.worst)));
        }
        rows.push(row);
    }
    let names: Vec<&str> = std::iter::once("metric").chain(size.worlds.iter().map(|w| w.0)).collect();
    section("More of the engine", "Median / worst seed.", &names, rows)
}

fn alone(size: &Size<'_>) -> String {
    const METRICS: [&str; 6] =
        ["victim_precision", "victim_recall", "seller_precision", "seller_recall", "pair_f1", "bcubed_f1"];
    let mut rows = Vec::new();
    for (world, records) in &size.worlds {
        let together = Size::counts(records, ALONE_TOGETHER);
        if together.is_empty() {
            continue;
        }
        let mut add = |who: String, all: Vec<&Counts>, lone: Vec<&Counts>| {
            let (all, lone) = (sum(&all), sum(&lone));
            let mut row = vec![(*world).to_owned(), who];
            row.extend(METRICS.iter().map(|m| {
                let figure = |c| shown(itoguchi_score::value(c, m));
                format!("{} → {}", figure(&lone), figure(&all))
            }));
            row.push(format!("{} → {}", lone.innocents, all.innocents));
            rows.push(row);
        };
        add("the three together".to_owned(), Size::counts(records, POOLED), together);
        for broker in size.claims(ALONE) {
            let of = |prefix: &str| Size::counts(records, &format!("{prefix}{broker}"));
            add(broker.clone(), of(POOLED_OF), of(ALONE));
        }
    }
    section(
        "Alone and pooled",
        "Each broker's data correlated alone → all brokers' data pooled, all seeds added up. *The three together* puts side by \
         side what the\nbrokers find alone, scored on all accounts; a broker's row is scored on its own accounts in both \
         cases.",
        &[
            "world",
            "whose data alone",
            "victims P",
            "victims R",
            "sellers P",
            "sellers R",
            "pair F1",
            "B-cubed F1",
            "innocents",
        ],
        rows,
    )
}

fn stability(size: &Size<'_>) -> String {
    let mut rows = Vec::new();
    for (world, records) in &size.worlds {
        let counts = Size::counts(records, THINNED);
        if counts.is_empty() {
            continue;
        }
        let mut row = vec![(*world).to_owned()];
        row.extend(["member_f1", "pair_f1", "bcubed_f1", "ring_f1"].map(|name| {
            let s = Summary::of(name, &counts);
            format!("{} / {}", shown(s.median), shown(s.worst))
        }));
        rows.push(row);
    }
    section(
        "Stability",
        "One row of twenty dropped (logins, executions, holdings, bars; chosen by content), the engine run again, and what it \
         says held against\nwhat it said of all rows: median / worst seed.",
        &["world", "members F1", "pairs F1", "B-cubed F1", "rings F1"],
        rows,
    )
}

fn decoys(size: &Size<'_>) -> String {
    let sums: Vec<Counts> = size.worlds.iter().map(|w| sum(&Size::counts(&w.1, POOLED))).collect();
    let labels: BTreeSet<&String> = sums.iter().flat_map(|c| c.decoys.keys()).collect();
    let mut rows = Vec::new();
    let mut row = |name: &str, cell: &dyn Fn(&Counts) -> String| {
        rows.push(std::iter::once(name.to_owned()).chain(sums.iter().map(cell)).collect());
    };
    row("rings listed", &|c| c.rings.found.to_string());
    row("innocents in them", &|c| c.innocents.to_string());
    row("by an address", &|c| c.framed.to_string());
    for label in labels {
        row(&label.replace('_', " "), &|c| match c.decoys.get(label) {
            None => "-".to_owned(),
            Some(Share { right, of: 0 }) => right.to_string(),
            Some(share) => format!("{} of {}", share.right, grouped(share.of)),
        });
    }
    let names: Vec<&str> = std::iter::once("innocents").chain(size.worlds.iter().map(|w| w.0)).collect();
    section(
        "Harm",
        "Innocent accounts in rings, all seeds added up: by what they look like, of all that look so. *None*: without a label.",
        &names,
        rows,
    )
}

fn calibration(size: &Size<'_>) -> String {
    let every: Vec<&Counts> = size.worlds.iter().flat_map(|w| Size::counts(&w.1, POOLED)).collect();
    let all = sum(&every);
    let mut rows = Vec::new();
    for (bin, share) in all.confidence.iter().enumerate() {
        let high = CONFIDENCE_BINS.get(bin + 1).copied().unwrap_or(1.0);
        let name = format!("members with confidence {:.2} to {high:.2}", CONFIDENCE_BINS[bin]);
        rows.push(vec![name, share.right.to_string(), share.of.to_string(), shown(share.ratio())]);
    }
    for (kind, share) in &all.links {
        let name = format!("links `{kind}` with q ≤ {MAX_Q}");
        rows.push(vec![name, share.right.to_string(), share.of.to_string(), shown(share.ratio())]);
    }
    section(
        "Calibration",
        "All worlds and seeds added up. A member is right in that role, or linked in a planted ring; a link is right inside one \
         planted ring.\nInnocents who do act together (couples, copy traders, robots) are linked for good reason and count as wrong \
         here.",
        &["what is claimed", "right", "of", "share"],
        rows,
    )
}

fn section(title: &str, what: &str, columns: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    let mut text = format!("\n### {title}\n\n{what}\n\n{}", line(&head));
    text.push_str(&format!("|{}\n", "---|".repeat(columns.len())));
    rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

fn shown(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| {
        if v.fract() == 0.0 && v.abs() > 1.0 { format!("{v:.0}") } else { format!("{v:.3}") }
    })
}

/// 30,000.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|g| std::str::from_utf8(g).expect("digits are ASCII"))
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use itoguchi_score::Overlap;

    use super::*;
    use crate::record::Key;

    fn record(world: &str, seed: u64, victims: Overlap) -> Record {
        let key = Key { world: world.into(), accounts: 30_000, seed, code: "c".into(), config: "d".into() };
        let counts = Counts { victims, innocents: victims.found - victims.right, ..Counts::default() };
        let rule =
            Counts { victims: Overlap { right: 1, found: 9, truth: victims.truth }, ..Counts::default() };
        let claims = BTreeMap::from([(POOLED.to_owned(), counts), (format!("{RULE}guess"), rule)]);
        Record { key, days: 30, rows: 1, claims }
    }

    fn page(records: &[Record]) -> String {
        let made = Made { command: "run".into(), code: "c".into(), config: "d".into(), settings: Vec::new() };
        render(&records.iter().collect::<Vec<_>>(), &made)
    }

    #[test]
    fn small_worlds_are_judged_pooled_and_large_ones_by_their_median() {
        let of = |right, found, truth| Overlap { right, found, truth };
        let small = [of(10, 10, 10), of(10, 10, 10), of(8, 10, 10)];
        let records: Vec<Record> = (101..).zip(small).map(|(seed, v)| record("plain", seed, v)).collect();
        let text = page(&records);
        let row = "| plain | victim precision | ≥ 0.99 | 1.000 | 0.800 | 0.933 | 3 | **missed** (pooled) |";
        assert!(text.contains(row), "{text}");
        let large = small.map(|v| of(10 * v.right, 10 * v.found, 10 * v.truth));
        let records: Vec<Record> = (101..).zip(large).map(|(seed, v)| record("plain", seed, v)).collect();
        let text = page(&records);
        let row = "| plain | victim precision | ≥ 0.99 | 1.000 | 0.800 | 0.933 | 3 | met (median) |";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn the_page_says_when_it_is_no_report() {
        let v = Overlap { right: 1, found: 1, truth: 1 };
        assert!(page(&[record("plain", 20, v)]).contains("this is no report"));
        let text = page(&[record("quiet", 101, v), record("plain", 101, v)]);
        assert!(!text.contains("this is no report"));
        assert!(text.find("| plain").is_some_and(|p| Some(p) < text.find("| quiet")), "{text}");
        assert!(text.contains("| world | engine | guess | told the event |"), "{text}");
        // Records in another order give the same page.
        assert_eq!(text, page(&[record("plain", 101, v), record("quiet", 101, v)]));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            [0, 999, 1_000, 30_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "30,000", "1,234,567"]
        );
    }
}
