//! The worlds by name, and those that are shipped: what each lists, plans and is kept in.

use std::collections::BTreeSet;

use crate::{
    Format, Request, World, WorldError,
    attacks::{Knobs, choose_targets, plan_ring, pump},
    clock::{Exchange, Span, at, date},
    decoys::{DecoySizes, Stage, label_population, plan_all},
    draft::Draft,
    gaps::Gaps,
    golden,
    market::{Instrument, Kind, Listing, Market, Pin, list},
    params::{NOMURA, SBI},
    population::{Pace, Popular, populate},
    rng::{Stream, mix, tag_bits},
    scored, seed_cases,
    tables::finish,
};

pub(crate) const NAMES: [(&str, &str); 12] = [
    (
        "golden-2025-03-17",
        "one ring on one day: ten hijacked accounts at one broker, a company that sells at another",
    ),
    (
        "seed-cases",
        "seven hijacked accounts at two brokers and a Hong Kong name, and one hijacked on its own; CSV",
    ),
    ("spring-2025", "three rings of different kinds at three brokers, with every decoy"),
    ("plain", "rings that share devices and addresses and buy together; 12.5 accounts hijacked in 10,000"),
    ("no-infrastructure", "rings that buy together, each account from a device and a line of its own"),
    (
        "scattered",
        "rings that share devices and addresses, each account buying names of its own on its own day",
    ),
    ("relays", "rings that come through the lines of innocent households with accounts of their own"),
    ("crossing", "pairs of rings that buy one name on one day, besides ordinary ones"),
    ("campaign", "rings over six weeks with changing names, devices and addresses"),
    ("partial", "like plain, but every broker leaves out something: devices, times of executions, places"),
    ("rare", "like plain, but 1.6 accounts hijacked in 10,000, as in the worst month"),
    ("quiet", "everyday life and every decoy, but no ring"),
];

/// What a named world is made of.
struct Recipe {
    first: i32,
    days: (u32, u32, u32),
    accounts: (u32, u32, u32),
    listing: Listing,
    pace: Pace,
    decoys: f64,
    format: Format,
}

fn recipe(name: &str) -> Option<Recipe> {
    let small =
        Listing { large: 16, mid: 14, thin: 16, etf: 4, hong_kong: 6, hong_kong_thin: 5, new_york: 5 };
    let middle =
        Listing { large: 24, mid: 26, thin: 36, etf: 5, hong_kong: 10, hong_kong_thin: 8, new_york: 8 };
    let ordinary = Pace { logins: 1.0, trades: 1.0, holdings: 1.0, robots: 0.8 };
    Some(match name {
        "golden-2025-03-17" => Recipe {
            first: date(2, 24),
            days: (26, 26, 26),
            accounts: (2_000, 1_200, 100_000),
            listing: small,
            pace: ordinary,
            decoys: 0.6,
            format: Format::Parquet,
        },
        "seed-cases" => Recipe {
            first: date(2, 24),
            days: (33, 33, 33),
            accounts: (1_500, 1_200, 20_000),
            listing: small,
            pace: Pace { logins: 0.6, trades: 0.6, holdings: 0.7, robots: 0.2 },
            decoys: 0.5,
            format: Format::Csv,
        },
        "spring-2025" => Recipe {
            first: date(3, 17),
            days: (30, 30, 30),
            accounts: (6_000, 4_000, 100_000),
            pace: Pace { logins: 0.95, trades: 0.9, holdings: 0.9, robots: 0.5 },
            listing: middle,
            decoys: 0.7,
            format: Format::Parquet,
        },
        _ => return None,
    })
}

fn sized(
    world: &str,
    what: &'static str,
    asked: Option<u32>,
    (usual, least, most): (u32, u32, u32),
) -> Result<u32, WorldError> {
    let value = asked.unwrap_or(usual);
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(WorldError::Size { world: world.to_owned(), what, value, least, most })
    }
}

/// A ring with its names, each with the day it is bought on, and its days.
struct RingScene {
    knobs: Knobs,
    names: Vec<(usize, i32)>,
    days: Vec<i32>,
}

/// A world's instruments, prices and parts before anybody acts.
struct Scene {
    instruments: Vec<Instrument>,
    taken: Vec<usize>,
    pins: Vec<Pin>,
    rings: Vec<RingScene>,
    /// (name, from, to) of every planted rise.
    pumped: Vec<(usize, i64, i64)>,
}

pub(crate) fn simulate(request: &Request) -> Result<World, WorldError> {
    let known = || NAMES.iter().map(|n| n.0).collect::<Vec<_>>().join(", ");
    let name = request.world.as_str();
    if let Some(kind) = scored::kind(name) {
        let accounts = sized(name, "accounts", request.accounts, scored::ACCOUNTS)?;
        let days = sized(name, "days", request.days, scored::days(kind))?;
        return scored::simulate(kind, request, accounts, days);
    }
    let recipe =
        recipe(name).ok_or_else(|| WorldError::UnknownWorld { name: name.to_owned(), known: known() })?;
    let accounts = sized(name, "accounts", request.accounts, recipe.accounts)?;
    let days = sized(name, "days", request.days, recipe.days)?;
    // The same seed gives other people in another world: cases are pooled, and tokens must not meet there.
    let seed = mix(request.seed ^ tag_bits(name));
    let span = Span { first: recipe.first, days };
    let mut scene = Scene {
        instruments: list(seed, &recipe.listing),
        taken: Vec::new(),
        pins: Vec::new(),
        rings: Vec::new(),
        pumped: Vec::new(),
    };
    let rng = &mut Stream::new(seed, "scene", 0);
    set_rings(name, &mut scene, span, seed, rng);
    let targets = scene.taken.clone();
    let trading = span.trading_days(Exchange::Tokyo);
    let busy: BTreeSet<i32> = scene.pumped.iter().map(|p| crate::clock::date_of(p.1)).collect();
    let busy: Vec<i32> = busy.into_iter().collect();
    let stage = Stage::set(&scene.instruments, &trading, &mut scene.taken, &busy, rng);
    scene.pins.extend(stage.pins());
    let market = Market::build(seed, span, scene.instruments, &scene.pins);
    let people = populate(seed, accounts as usize, span, &market, recipe.pace);
    let popular = Popular::new(&market);
    let mut draft = Draft {
        seed,
        span,
        market,
        popular,
        plans: vec![Vec::new(); people.accounts.len()],
        people,
        decoys: BTreeSet::new(),
        rings: Vec::new(),
        accessed: BTreeSet::new(),
        lone: BTreeSet::new(),
        cast: BTreeSet::new(),
        targets: targets.clone(),
        at_random: false,
        gaps: Gaps::default(),
    };
    match name {
        "golden-2025-03-17" => golden::plan(&mut draft, targets[0]),
        "seed-cases" => seed_cases::plan(&mut draft, targets[0], targets[1]),
        _ => {
            for ring in &scene.rings {
                plan_ring(&mut draft, &ring.knobs, &ring.names, &ring.days);
            }
        }
    }
    let sizes = DecoySizes::of(accounts as usize, recipe.decoys);
    plan_all(&mut draft, &stage, &sizes, &scene.pumped);
    label_population(&mut draft);
    let finished = finish(&draft, recipe.pace.robots)?;
    Ok(World {
        request: Request { accounts: Some(accounts), days: Some(days), ..request.clone() },
        tables: finished.tables,
        amounts: finished.amounts,
        format: recipe.format,
    })
}

fn set_rings(name: &str, scene: &mut Scene, span: Span, seed: u64, rng: &mut Stream) {
    match name {
        "golden-2025-03-17" => {
            let target = choose_targets(&scene.instruments, &mut scene.taken, 1, rng);
            scene.pins.extend(golden::stage(&mut scene.instruments, target[0], span, seed));
            scene.pumped.push((target[0], at(golden::day(), 9, 20), at(golden::day(), 14, 40)));
        }
        "seed-cases" => {
            let target = (0..scene.instruments.len())
                .find(|&i| scene.instruments[i].kind == Kind::HongKongThin)
                .expect("every listing has thin Hong Kong names");
            scene.taken.push(target);
            // The last close follows from what the first account paid: prices are drawn once to know it.
            let pins = seed_cases::stage(&mut scene.instruments, target, 2_600.0);
            let trial = Market::build(seed, span, scene.instruments.clone(), &pins);
            let close = seed_cases::last_close(&trial, target, span);
            scene.pins.extend(seed_cases::stage(&mut scene.instruments, target, close));
            scene.pumped.push((target, at(date(3, 19), 15, 25), at(date(3, 19), 16, 30)));
            for other in choose_targets(&scene.instruments, &mut scene.taken, 1, rng) {
                scene.pins.extend(pump(other, date(3, 12), ((10, 12), (10, 29)), 0.17));
            }
        }
        "spring-2025" => spring(scene, span, rng),
        _ => {}
    }
}

/// A ring that shares what it uses, one that shares nothing but its name, and one that shares nothing but its gear.
fn spring(scene: &mut Scene, span: Span, rng: &mut Stream) {
    let rings = [
        Knobs {
            name: "A".to_owned(),
            victims: [6, 6, 2],
            sellers: vec![(NOMURA, true), (SBI, false)],
            seller_shares_device: true,
            names: 2,
            days: vec![12, 13],
            window: ((13, 6), (14, 50)),
            reuse: (0.6, 0.55),
            hosting: 0.15,
            household_relay: false,
            partial: 0.15,
            churn: 0.2,
            accessed: 4,
        },
        Knobs {
            name: "B".to_owned(),
            victims: [4, 5, 0],
            sellers: vec![(NOMURA, false)],
            seller_shares_device: false,
            names: 1,
            days: vec![16],
            window: ((9, 50), (11, 20)),
            reuse: (0.0, 0.08),
            hosting: 0.0,
            household_relay: false,
            partial: 0.15,
            churn: 0.1,
            accessed: 3,
        },
        Knobs {
            name: "C".to_owned(),
            victims: [3, 2, 1],
            sellers: Vec::new(),
            seller_shares_device: false,
            names: 0,
            days: vec![8, 10, 11, 14, 15, 18],
            window: ((13, 20), (15, 10)),
            reuse: (0.75, 0.7),
            hosting: 0.2,
            household_relay: true,
            partial: 0.15,
            churn: 0.0,
            accessed: 3,
        },
    ];
    for knobs in rings {
        set_ring(scene, knobs, span, rng);
    }
}

fn set_ring(scene: &mut Scene, knobs: Knobs, span: Span, rng: &mut Stream) {
    let trading = span.trading_days(Exchange::Tokyo);
    let days: Vec<i32> = knobs.days.iter().filter_map(|&d| trading.get(d).copied()).collect();
    let days = if days.is_empty() { vec![trading[trading.len() - 2]] } else { days };
    let scattered = knobs.names == 0;
    let size: usize = knobs.victims.iter().sum();
    // Scattered: two names for every account, bought on the account's own day and moved less.
    let wanted = if scattered { size * 2 } else { knobs.names };
    let chosen = choose_targets(&scene.instruments, &mut scene.taken, wanted, rng);
    let mut names = Vec::new();
    for (k, &instrument) in chosen.iter().enumerate() {
        let day = if scattered { days[k / 2 * days.len() / size] } else { days[k % days.len()] };
        // A name somebody can buy into unseen for weeks is not the thinnest of all.
        scene.instruments[instrument].volume = scene.instruments[instrument].volume.max(60_000.0);
        let height = if scattered { rng.range(0.06, 0.14) } else { rng.range(0.2, 0.32) };
        scene.pins.extend(pump(instrument, day, knobs.window, height));
        let ((h0, m0), (h1, m1)) = knobs.window;
        if !scattered {
            scene.pumped.push((instrument, at(day, h0, m0), at(day, h1, m1)));
        }
        names.push((instrument, day));
    }
    let mut busy: Vec<i32> = names.iter().map(|n| n.1).collect();
    busy.dedup();
    let days = if scattered || names.is_empty() { days } else { busy };
    scene.rings.push(RingScene { knobs, names, days });
}
