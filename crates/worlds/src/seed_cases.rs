//! The story customers told the press in March 2025: everything sold just before the close in Tokyo, a Hong Kong name
//! bought within the hour, noticed on a Japanese holiday. Seven hijacked accounts at two brokers are one ring; an
//! eighth, at a third broker, belongs to nobody in it. The company's name and code are invented.

use itoguchi_model::time::{MINUTE, SECOND};

use crate::{
    attacks::{Gear, Steps, hijack, history, reconnoitre, victims},
    clock::{Exchange, Span, at, date, whole_millis},
    draft::{Draft, RingDraft},
    market::{Instrument, Kind, Market, Pin},
    params::{NOMURA, RAKUTEN, SBI},
    plan::{Act, Origin},
    rng::Stream,
};

/// What the first account lost. press: 2.1 million yen
const LOSS: f64 = 2_100_000.0;
/// How many shares it was made to buy. press: 200,000
const SHARES: i64 = 200_000;
/// What the account of the week before was made to buy for. press: 9.6 million yen
const WEEK_BEFORE: f64 = 9_600_000.0;

fn day() -> i32 {
    date(3, 19)
}

/// The first account's purchases: minutes after 15:00 and shares.
const FIRST: [(i64, i64); 7] =
    [(31, 30_000), (33, 24_000), (35, 40_000), (37, 26_000), (40, 30_000), (42, 20_000), (44, 30_000)];

/// Makes `target` the name of the story and fixes its prices from the day on.
pub(crate) fn stage(instruments: &mut [Instrument], target: usize, last_close: f64) -> Vec<Pin> {
    let listed = &mut instruments[target];
    listed.base = 2_600;
    listed.name = "Mingyue AI Cloud".to_owned();
    listed.shares = 480_000_000.0;
    listed.volume = 160_000.0;
    let pin = |day: i32, points: Vec<(f64, f64)>, volume: f64| Pin {
        instrument: target,
        day,
        points,
        absolute: true,
        volume: Some(volume),
    };
    let p = |h, m| Exchange::HongKong.progress(at(day(), h, m)).unwrap_or(0.5);
    let peak = vec![
        (0.0, 2_610.0),
        (p(15, 18), 2_640.0),
        (p(15, 30), 2_960.0),
        (p(15, 46), 3_250.0),
        (p(16, 15), 3_560.0),
        (p(16, 30), 3_400.0),
        (1.0, 3_080.0),
    ];
    let mut pins = vec![
        pin(date(3, 18), vec![(0.0, 2_590.0), (0.5, 2_620.0), (1.0, 2_600.0)], 184_000.0),
        pin(day(), peak, 3_400_000.0),
        pin(date(3, 20), vec![(0.0, 2_950.0), (0.3, 2_720.0), (1.0, 2_660.0)], 1_218_000.0),
        pin(date(3, 21), vec![(0.0, 2_650.0), (1.0, 2_620.0)], 604_000.0),
    ];
    for d in 24..=28 {
        let share = f64::from(d - 23) / 5.0;
        let close = 2_620.0 + (last_close - 2_620.0) * share;
        pins.push(pin(date(3, d), vec![(0.0, close + 20.0), (0.6, close - 10.0), (1.0, close)], 240_000.0));
    }
    pins
}

/// The last close, in thousandths, at which the first account has lost [`LOSS`].
pub(crate) fn last_close(market: &Market, target: usize, span: Span) -> f64 {
    let hkd = |d: i32| market.rate("HKD", d) as f64 / 100.0;
    let paid: f64 = FIRST
        .iter()
        .filter_map(|&(minute, shares)| {
            let price = market.price(target, at(day(), 15, minute))? as f64 / 1_000.0;
            Some(price * shares as f64 * hkd(day()))
        })
        .sum();
    let last = span.first + span.days as i32 - 1;
    libm::round((paid - LOSS) / (SHARES as f64 * hkd(last)) * 100.0) * 10.0
}

/// Plans the ring and the account on its own.
pub(crate) fn plan(draft: &mut Draft, target: usize, other: usize) {
    let rng = &mut draft.stream("seed cases", 0);
    let first = victims(draft, rng, RAKUTEN, 1, (8.0e6, 3.0e7));
    give_holdings(draft, &first, 11_750_000.0, day());
    let rakuten = victims(draft, rng, RAKUTEN, 2, (3.0e6, 2.5e7));
    let sbi = victims(draft, rng, SBI, 3, (3.0e6, 2.5e7));
    let before = victims(draft, rng, SBI, 1, (5.0e6, 4.0e7));
    give_holdings(draft, &before, WEEK_BEFORE * 1.02, date(3, 17));
    let mut six: Vec<u32> = first;
    six.extend(rakuten.iter().chain(&sbi));
    let members = six.iter().chain(&before).copied().collect();
    draft.rings.push(RingDraft { name: "hong-kong".to_owned(), victims: members, sellers: Vec::new() });
    // Nothing is common to all six: (device, address) by number, each number one thing.
    let device: Vec<(u32, u8)> = (0..5).map(|k| (draft.people.new_device(), [5, 6, 7, 5, 6][k])).collect();
    let homes: Vec<u32> = (0..4).map(|_| draft.people.new_home(rng)).collect();
    let rented = draft.people.new_hosting(rng);
    let network = |n: usize| if n == 4 { rented } else { homes[n] };
    let gear = [(0, 0), (1, 1), (2, 1), (0, 2), (3, 4), (4, 3)];
    let starts = [(31, 14), (22, 20), (28, 16), (40, 18), (52, 20), (59, 19)];
    for (k, &account) in six.iter().enumerate() {
        let (d, n) = gear[k];
        let steps = steps_of(k, starts[k], rng);
        let purchases = if k == 0 { first_orders(target) } else { other_orders(target, steps, rng) };
        let visit =
            hijack(rng, (network(n), device[d].0, device[d].1), steps, 1.0, purchases, Origin::Hijack(0));
        history(draft, rng, account, visit.login);
        draft.people.accounts[account as usize].locked_from = visit.login - 30 * MINUTE;
        draft.plan(account, visit);
    }
    let mut shared = Gear::new((1.0, 1.0), 0.0);
    shared.keep(device[2], network(1));
    reconnoitre(draft, rng, &mut shared, six[2], at(day(), 15, 0), Origin::Hijack(0));
    week_before(draft, rng, &before, target, device[2]);
    on_its_own(draft, rng, other);
}

/// Scales the accounts' holdings to about `yen` before `day`, in whole lots.
fn give_holdings(draft: &mut Draft, accounts: &[u32], yen: f64, day: i32) {
    for &account in accounts {
        let mut opening = draft.people.accounts[account as usize].opening.clone();
        let worth: f64 =
            opening.iter().map(|&(i, q)| draft.market.yen(i, draft.market.close(i, day - 1), q, day)).sum();
        let factor = yen / worth;
        for (instrument, quantity) in &mut opening {
            let lot = draft.market.instruments[*instrument].lot;
            *quantity = (libm::round(*quantity as f64 * factor / lot as f64) as i64).max(1) * lot;
        }
        draft.people.accounts[account as usize].opening = opening;
    }
}

/// The first account sells from ten past three; of the others some have sold earlier in the afternoon.
fn steps_of(k: usize, (minute, length): (i64, i64), rng: &mut Stream) -> Steps {
    let start = at(day(), 15, 0) + minute * MINUTE;
    let sell = match k {
        0 => (at(day(), 15, 10), at(day(), 15, 24)),
        1 => (at(day(), 15, 6), at(day(), 15, 19)),
        _ => (at(day(), 15, 3) + k as i64 * MINUTE, at(day(), 15, 24)),
    };
    let login = sell.0 - rng.between(3, 11) * MINUTE - rng.between(0, 59_999) * 1_000;
    Steps { login, sell, buy: (start, start + length * MINUTE) }
}

fn first_orders(target: usize) -> Vec<Act> {
    FIRST
        .iter()
        .map(|&(minute, quantity)| Act::Buy { instrument: target, time: at(day(), 15, minute), quantity })
        .collect()
}

fn other_orders(target: usize, steps: Steps, rng: &mut Stream) -> Vec<Act> {
    let pieces = rng.between(3, 6) as usize;
    let part = rng.range(0.9, 0.98);
    vec![Act::BuyProceeds { instrument: target, from: steps.buy.0, to: steps.buy.1, part, pieces }]
}

/// An account two days before: another region, a device that comes back two days later, other Hong Kong names.
fn week_before(draft: &mut Draft, rng: &mut Stream, accounts: &[u32], target: usize, device: (u32, u8)) {
    let names: Vec<usize> =
        draft.market.of_kind(Kind::HongKongThin).into_iter().filter(|&i| i != target).take(3).collect();
    let start = at(date(3, 17), 14, 20);
    let home = draft.people.new_home(rng);
    for &account in accounts {
        if draft.people.networks[home as usize].region == draft.people.accounts[account as usize].region {
            draft.people.networks[home as usize].region = 40;
        }
        let steps = Steps {
            login: start - 38 * MINUTE,
            sell: (start - 33 * MINUTE, start - 14 * MINUTE),
            buy: (start, start + 21 * MINUTE),
        };
        let purchases =
            names.iter().flat_map(|&i| fixed_orders(draft, i, steps, WEEK_BEFORE / 3.0, rng)).collect();
        let visit = hijack(rng, (home, device.0, device.1), steps, 1.0, purchases, Origin::Hijack(0));
        history(draft, rng, account, visit.login);
        draft.people.accounts[account as usize].locked_from = visit.login - 30 * MINUTE;
        draft.plan(account, visit);
    }
}

/// Three orders in a name that come to about `yen`.
fn fixed_orders(draft: &Draft, instrument: usize, steps: Steps, yen: f64, rng: &mut Stream) -> Vec<Act> {
    let lot = draft.market.instruments[instrument].lot;
    let mut left = yen;
    (0..3)
        .filter_map(|k| {
            let time = whole_millis(steps.buy.0 + k * 6 * MINUTE + rng.between(0, 280) * SECOND);
            let price = draft.market.price(instrument, time)?;
            let each = draft.market.yen(instrument, price, lot, date(3, 17));
            let lots = libm::round(left / (3 - k) as f64 / each) as i64;
            left -= lots as f64 * each;
            (lots > 0).then_some(Act::Buy { instrument, time, quantity: lots * lot })
        })
        .collect()
}

/// One more hijacked account, at a third broker, with a device, an address and a name of its own.
fn on_its_own(draft: &mut Draft, rng: &mut Stream, instrument: usize) {
    let chosen = victims(draft, rng, NOMURA, 1, (2.0e6, 3.0e7));
    let Some(&account) = chosen.first() else { return };
    let start = at(date(3, 12), 10, 12);
    let steps = Steps {
        login: start - 24 * MINUTE - 17 * SECOND,
        sell: (start - 19 * MINUTE, start - 6 * MINUTE),
        buy: (start, start + 17 * MINUTE),
    };
    let (device, home) = (draft.people.new_device(), draft.people.new_home(rng));
    let purchases =
        vec![Act::BuyProceeds { instrument, from: steps.buy.0, to: steps.buy.1, part: 0.95, pieces: 4 }];
    let visit = hijack(rng, (home, device, 5), steps, 1.0, purchases, Origin::Lone);
    history(draft, rng, account, visit.login);
    draft.people.accounts[account as usize].locked_from = visit.login - 30 * MINUTE;
    draft.plan(account, visit);
    draft.lone.insert(account);
}
