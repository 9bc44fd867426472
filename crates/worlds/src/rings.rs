//! What each ring of a scored world is like: how many accounts, which names on which days, what it shares.

use crate::{
    clock::{Exchange, Span},
    market::Instrument,
    params::{
        ACCESSED, BROKERS, BROKERS_OF_A_RING, CAMOUFLAGE, CAMPAIGN_DAYS, CAMPAIGN_SIZE, CHURN, HEIGHT,
        HONG_KONG, HOSTING_MISTAKES, LEAST_RING, NAMES_A_DAY, OUTINGS, REUSE, REUSE_MUCH, REUSE_SCATTERED,
        RING_SIZE, SCATTERED_HEIGHT, SELLER_COMPANY, SELLER_ELSEWHERE, SELLER_INSIDE, SELLER_SHARES, SELLERS,
    },
    rises::{Rise, Shelf, window},
    rng::Stream,
};

/// The kinds of scored worlds. All have the same background and the same decoys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    NoInfrastructure,
    Scattered,
    Relays,
    Crossing,
    Campaign,
    Partial,
    Rare,
    Quiet,
}

/// What a ring's devices and addresses are like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reuse {
    /// Chance that an account is used from a device, or an address, that the ring has used before.
    pub device: f64,
    pub address: f64,
    /// Share of new addresses that are a data centre's.
    pub hosting: f64,
    /// Lines of households with accounts of their own.
    pub households: usize,
    /// Chance that a visit comes through one of them.
    pub through: f64,
    /// Only what was new on the outing before is used again.
    pub neighbours: bool,
}

/// A seller account in the data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seller {
    pub broker: u8,
    pub company: bool,
    pub shares_device: bool,
}

/// One day's work: so many accounts made to buy these names.
#[derive(Clone, Debug)]
pub(crate) struct Outing {
    pub day: i32,
    pub exchange: Exchange,
    pub names: Vec<usize>,
    pub from: f64,
    pub to: f64,
    pub victims: usize,
}

/// A ring.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    pub name: String,
    pub outings: Vec<Outing>,
    /// Share of the accounts at each broker.
    pub split: [f64; 3],
    pub sellers: Vec<Seller>,
    pub reuse: Reuse,
    /// Chance that an account also buys a large name, and that it sells what it bought and buys again.
    pub camouflage: f64,
    pub churn: f64,
    /// Accounts logged into and left alone, per account that is made to trade.
    pub accessed: f64,
}

/// The rings of a world, and the rises they make.
pub(crate) fn draw(
    kind: Kind,
    hijacked: usize,
    span: Span,
    instruments: &mut [Instrument],
    shelf: &mut Shelf,
    rng: &mut Stream,
) -> (Vec<Ring>, Vec<Rise>) {
    let days = span.trading_days(Exchange::Tokyo);
    let mut rings: Vec<Ring> = Vec::new();
    let mut rises = Vec::new();
    for sizes in shares(kind, hijacked, rng) {
        let crossed =
            (kind == Kind::Crossing && rings.len() % 4 == 1).then(|| rings[rings.len() - 1].clone());
        let mut ring = character(kind, rings.len() + 1, sizes.iter().sum(), rng);
        let on = match kind {
            Kind::Campaign => spaced(&days, sizes.len(), rng),
            Kind::Scattered => own_days(&days, sizes.len(), rng),
            _ => close_days(&days, sizes.len(), rng),
        };
        for (day, victims) in on.into_iter().zip(sizes) {
            let mut outing = outing(kind, day, victims, instruments, shelf, rng);
            if let Some(other) = crossed.as_ref().filter(|_| ring.outings.is_empty()) {
                cross(&mut outing, &other.outings[0], rng);
            }
            let height = if kind == Kind::Scattered { SCATTERED_HEIGHT } else { HEIGHT };
            rises.extend(outing.names.iter().map(|&instrument| Rise {
                instrument,
                day: outing.day,
                from: outing.from,
                to: outing.to,
                height: rng.range(height.0, height.1),
            }));
            ring.outings.push(outing);
        }
        rings.push(ring);
    }
    (rings, rises)
}

/// Hijacked accounts of every outing of every ring.
fn shares(kind: Kind, hijacked: usize, rng: &mut Stream) -> Vec<Vec<usize>> {
    if kind == Kind::Quiet {
        return Vec::new();
    }
    let mut left = hijacked.max(if kind == Kind::Crossing { 2 * LEAST_RING } else { LEAST_RING });
    let mut out: Vec<Vec<usize>> = Vec::new();
    while left > 0 {
        let outings = match kind {
            Kind::Campaign => rng.between(CAMPAIGN_DAYS.0, CAMPAIGN_DAYS.1) as usize,
            _ => 1 + rng.weighted(&OUTINGS),
        };
        let (median, spread, least, most) = if kind == Kind::Campaign { CAMPAIGN_SIZE } else { RING_SIZE };
        // Two that cross need enough accounts each.
        let most = if kind == Kind::Crossing && out.is_empty() { most.min(left as f64 / 2.0) } else { most };
        let mut ring = Vec::new();
        for _ in 0..if kind == Kind::Crossing { 1 } else { outings } {
            let size = (rng.lognormal(median, spread).clamp(least, most) as usize).min(left);
            if size < least as usize && !ring.is_empty() {
                break;
            }
            left -= size;
            ring.push(size);
        }
        // What is too little for a ring of its own joins this one.
        let enough = if kind == Kind::Campaign { 4 * LEAST_RING } else { LEAST_RING };
        if left < enough {
            let (count, extra) = (ring.len(), left);
            for k in 0..extra {
                ring[k % count] += 1;
            }
            left = 0;
        }
        if kind == Kind::Scattered {
            ring = vec![1; ring.iter().sum()];
        }
        out.push(ring);
    }
    out
}

/// What a ring has in common over its days.
fn character(kind: Kind, number: usize, victims: usize, rng: &mut Stream) -> Ring {
    let split = brokers(rng);
    let inside = kind != Kind::Scattered && rng.chance(SELLER_INSIDE);
    let count = if inside { 1 + rng.weighted(&SELLERS) } else { 0 };
    let least = (0..3).min_by(|&a, &b| split[a].total_cmp(&split[b])).unwrap_or(0);
    let sellers = (0..count)
        .map(|_| Seller {
            broker: if rng.chance(SELLER_ELSEWHERE) { least as u8 } else { rng.below(3) as u8 },
            company: rng.chance(SELLER_COMPANY),
            shares_device: kind != Kind::NoInfrastructure && rng.chance(SELLER_SHARES),
        })
        .collect();
    Ring {
        name: format!("R{number:03}"),
        outings: Vec::new(),
        split,
        sellers,
        reuse: reuse(kind, victims, rng),
        camouflage: if rng.chance(0.4) { CAMOUFLAGE } else { 0.0 },
        churn: if rng.chance(0.4) { CHURN } else { 0.0 },
        accessed: rng.range(ACCESSED.0, ACCESSED.1),
    }
}

fn reuse(kind: Kind, victims: usize, rng: &mut Stream) -> Reuse {
    let none =
        Reuse { device: 0.0, address: 0.0, hosting: 0.0, households: 0, through: 0.0, neighbours: false };
    let hosting = rng.range(HOSTING_MISTAKES.0, HOSTING_MISTAKES.1);
    match kind {
        Kind::Quiet | Kind::NoInfrastructure => none,
        Kind::Scattered => Reuse {
            device: rng.range(REUSE_SCATTERED.0, REUSE_SCATTERED.1),
            address: rng.range(REUSE_SCATTERED.0, REUSE_SCATTERED.1),
            hosting,
            ..none
        },
        Kind::Relays => Reuse {
            device: rng.range(0.0, 0.08),
            address: 0.1,
            hosting,
            households: (victims / 3).clamp(3, 9),
            through: rng.range(0.6, 0.85),
            ..none
        },
        _ => {
            let range = if rng.chance(0.15) { REUSE_MUCH } else { REUSE };
            Reuse {
                device: rng.range(range.0, range.1),
                address: rng.range(range.0, range.1),
                hosting,
                households: usize::from(rng.chance(0.15)),
                through: 0.15,
                neighbours: kind == Kind::Campaign,
            }
        }
    }
}

/// One, two or three brokers, the larger ones more often.
fn brokers(rng: &mut Stream) -> [f64; 3] {
    let count = 1 + rng.weighted(&BROKERS_OF_A_RING);
    let mut weights = [BROKERS[0].1, BROKERS[1].1, BROKERS[2].1];
    let mut split = [0.0; 3];
    for _ in 0..count {
        let broker = rng.weighted(&weights);
        weights[broker] = 0.0;
        split[broker] = rng.range(0.35, 1.0);
    }
    split
}

fn outing(
    kind: Kind,
    day: i32,
    victims: usize,
    instruments: &mut [Instrument],
    shelf: &mut Shelf,
    rng: &mut Stream,
) -> Outing {
    let abroad = !matches!(kind, Kind::Scattered | Kind::Crossing)
        && Exchange::HongKong.is_trading_day(day)
        && rng.chance(HONG_KONG);
    let exchange = if abroad { Exchange::HongKong } else { Exchange::Tokyo };
    let count = match kind {
        Kind::Scattered => 1 + rng.below(2),
        Kind::Crossing => 1,
        _ => (1 + rng.weighted(&NAMES_A_DAY)).min((victims / 4).max(1)),
    };
    let names = (0..count).map(|_| shelf.take(instruments, exchange, day, rng)).collect();
    let (from, to) = if abroad {
        // Tokyo is sold before its close, then Hong Kong is bought until its own.
        let from = rng.range(0.62, 0.85);
        (from, (from + rng.range(0.03, 0.25)).min(0.985))
    } else {
        window(exchange, day, rng)
    };
    Outing { day, exchange, names, from, to, victims }
}

/// The same name on the same day as another ring's first outing, at hours that overlap with its own.
fn cross(outing: &mut Outing, other: &Outing, rng: &mut Stream) {
    let length = (other.to - other.from).max(0.06);
    let middle = f64::midpoint(other.from, other.to);
    outing.day = other.day;
    outing.exchange = other.exchange;
    outing.names.clone_from(&other.names);
    outing.from = (middle - length * rng.range(0.0, 0.4)).max(0.05);
    outing.to = (outing.from + length * rng.range(0.7, 1.3)).clamp(outing.from + 0.02, 0.985);
}

/// Days at a distance of one to three trading days, after enough of the data has passed to sell from.
fn close_days(days: &[i32], count: usize, rng: &mut Stream) -> Vec<i32> {
    let (low, high) = (days.len() * 3 / 10, days.len() - 1);
    let mut place = rng.between(low as i64, (high - count.min(high - low)) as i64) as usize;
    let mut out = Vec::new();
    for _ in 0..count {
        out.push(days[place.min(days.len() - 1)]);
        place += 1 + rng.weighted(&[0.6, 0.25, 0.15]);
    }
    out
}

/// Days over the whole world but its first week.
fn spaced(days: &[i32], count: usize, rng: &mut Stream) -> Vec<i32> {
    let late = &days[days.len().min(5).min(days.len() / 3)..];
    let width = late.len() as f64 / count as f64;
    (0..count).map(|k| late[((k as f64 + rng.unit() * 0.8) * width) as usize % late.len()]).collect()
}

/// A day for each, over one to three weeks.
fn own_days(days: &[i32], count: usize, rng: &mut Stream) -> Vec<i32> {
    let low = days.len() * 3 / 10;
    let length = (rng.between(5, 12) as usize).min(days.len() - low);
    let start = rng.between(low as i64, (days.len() - length) as i64) as usize;
    let mut out: Vec<i32> = (0..count).map(|_| days[start + rng.below(length)]).collect();
    out.sort_unstable();
    out
}
