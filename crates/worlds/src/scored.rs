//! The worlds on which detection is scored: one background, the same decoys, rings of one kind in each.

use std::collections::BTreeSet;

use crate::{
    Format, Request, World, WorldError,
    clock::{Exchange, Span, date},
    crowd,
    decoys::label_population,
    draft::Draft,
    gaps::Gaps,
    market::{Listing, Market, list},
    params::{PREVALENCE, PREVALENCE_REAL},
    population::{Pace, Popular, populate},
    raid,
    rings::{self, Kind},
    rises::{self, Shelf},
    rng::{Stream, mix, tag_bits},
    tables::finish,
};

/// Accounts: usual, fewest, most.
pub(crate) const ACCOUNTS: (u32, u32, u32) = (10_000, 1_000, 3_000_000);

/// The kind of world that has this name, if it is one of those scored.
pub(crate) fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "plain" => Kind::Plain,
        "no-infrastructure" => Kind::NoInfrastructure,
        "scattered" => Kind::Scattered,
        "relays" => Kind::Relays,
        "crossing" => Kind::Crossing,
        "campaign" => Kind::Campaign,
        "partial" => Kind::Partial,
        "rare" => Kind::Rare,
        "quiet" => Kind::Quiet,
        _ => return None,
    })
}

/// Calendar days: usual, fewest, most.
pub(crate) fn days(kind: Kind) -> (u32, u32, u32) {
    if kind == Kind::Campaign { (45, 28, 280) } else { (30, 10, 280) }
}

/// Larger worlds list more names, as a market with more customers would.
fn listing(accounts: u32) -> Listing {
    let n = f64::from(accounts) / 10_000.0;
    let grow = |k: f64, power: f64| (k * libm::pow(n.max(0.3), power)) as usize;
    Listing {
        large: grow(40.0, 0.25),
        mid: grow(60.0, 0.25),
        thin: grow(150.0, 0.35),
        etf: 6,
        hong_kong: 16,
        hong_kong_thin: 24,
        new_york: 12,
    }
}

pub(crate) fn simulate(kind: Kind, request: &Request, accounts: u32, days: u32) -> Result<World, WorldError> {
    let pace = Pace { logins: 1.0, trades: 1.0, holdings: 1.0, robots: 0.8 };
    // The same seed gives other people in another world: cases are pooled, and tokens must not meet there.
    let seed = mix(request.seed ^ tag_bits(&request.world));
    let span = Span { first: date(3, 17), days };
    let rng = &mut Stream::new(seed, "scene", 0);
    let mut instruments = list(seed, &listing(accounts));
    let mut shelf = Shelf::new();
    let prevalence = if kind == Kind::Rare { PREVALENCE_REAL } else { PREVALENCE };
    let hijacked = libm::round(f64::from(accounts) * prevalence) as usize;
    let (rings, mut rises) = rings::draw(kind, hijacked, span, &mut instruments, &mut shelf, rng);
    let trading = span.trading_days(Exchange::Tokyo);
    let stage = crowd::Stage::set(accounts as usize, &mut instruments, &trading, &mut shelf, rng);
    rises.extend(stage.rises());
    let mut pins = rises::pins(&rises, &instruments, rng);
    pins.extend(stage.pins());
    let mut market = Market::build(seed, span, instruments, &pins);
    market.slips = true;
    let mut people = populate(seed, accounts as usize, span, &market, pace);
    people.stir(seed, span);
    let mut draft = Draft {
        seed,
        span,
        popular: Popular::new(&market),
        market,
        plans: vec![Vec::new(); people.accounts.len()],
        people,
        decoys: BTreeSet::new(),
        rings: Vec::new(),
        accessed: BTreeSet::new(),
        lone: BTreeSet::new(),
        cast: BTreeSet::new(),
        targets: Vec::new(),
        at_random: true,
        gaps: if kind == Kind::Partial { Gaps::draw(rng) } else { Gaps::default() },
    };
    raid::plan(&mut draft, &rings);
    crowd::plan_all(&mut draft, &stage, &rises);
    label_population(&mut draft);
    let finished = finish(&draft, pace.robots)?;
    Ok(World {
        request: Request { accounts: Some(accounts), days: Some(days), ..request.clone() },
        tables: finished.tables,
        amounts: finished.amounts,
        format: Format::Parquet,
    })
}
