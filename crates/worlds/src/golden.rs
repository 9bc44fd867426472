//! One ring as the press described it in 2025: ten hijacked accounts at one broker, one company's account at another,
//! one thin name, one day. Names, codes and brokers are invented or arbitrary; the figures are the reported ones.

use itoguchi_model::time::{MINUTE, SECOND};

use crate::{
    attacks::{Gear, Steps, apportion, hijack, reconnoitre, tilt, victims},
    clock::{Exchange, Span, at, date},
    draft::{Draft, RingDraft},
    market::{Instrument, Pin},
    params::{NOMURA, SBI},
    plan::{Act, Origin},
    rng::Stream,
};

/// Yen paid for the name in the hijacked accounts. press: about 100 million
const BUYS: f64 = 100_000_000.0;
/// What their holders lost. press: about 11 million
const LOSS: f64 = 11_000_000.0;
/// What the seller's account made. press: about 8.6 million
const PROFIT: f64 = 8_600_000.0;
/// Shares bought beforehand. press: about 700,000
const PREPARED: i64 = 700_000;
/// Shares traded on the day. press: about 2.6 million
const VOLUME: f64 = 2_612_400.0;
/// The last close of the data, in yen: what the formula values the left-over shares at. assumed
const LAST_CLOSE: f64 = 86.0;

pub(crate) fn day() -> i32 {
    date(3, 17)
}

/// Makes `target` the name of the case and fixes its prices on every day.
pub(crate) fn stage(instruments: &mut [Instrument], target: usize, span: Span, seed: u64) -> Vec<Pin> {
    let listed = &mut instruments[target];
    listed.base = 84_000;
    listed.shares = 21_400_000.0;
    let rng = &mut Stream::new(seed, "golden prices", 0);
    let pin = |day: i32, points: Vec<(f64, f64)>, volume: f64| Pin {
        instrument: target,
        day,
        points,
        absolute: true,
        volume: Some(volume),
    };
    let after = [
        (99_000.0, 92_000.0, 874_300.0),
        (92_000.0, 88_000.0, 431_900.0),
        (88_000.0, LAST_CLOSE * 1e3, 268_100.0),
    ];
    let mut after = after.into_iter();
    span.trading_days(Exchange::Tokyo)
        .into_iter()
        .map(|d| {
            if d < day() {
                let mid = if rng.chance(0.5) { 83_000.0 } else { 84_000.0 };
                let volume = libm::round(rng.range(1_800.0, 2_700.0)) * 100.0;
                pin(d, vec![(0.0, 84_000.0), (0.3, mid), (0.7, mid), (1.0, 84_000.0)], volume)
            } else if d == day() {
                pin(d, course_of_the_day(), VOLUME)
            } else {
                let (open, close, volume) = after.next().unwrap_or((86_000.0, 86_000.0, 150_000.0));
                pin(d, vec![(0.0, open), (0.4, close + 1_000.0), (1.0, close)], volume)
            }
        })
        .collect()
}

/// ¥84 until ten past nine, ¥110 in the early afternoon, ¥99 at the close.
fn course_of_the_day() -> Vec<(f64, f64)> {
    let p = |h, m| Exchange::Tokyo.progress(at(day(), h, m)).unwrap_or(0.5);
    vec![
        (0.0, 84_000.0),
        (p(9, 10), 84_000.0),
        (p(10, 20), 94_000.0),
        (p(11, 25), 101_000.0),
        (p(12, 35), 100_000.0),
        (p(14, 0), 110_000.0),
        (p(14, 40), 108_000.0),
        (1.0, 99_000.0),
    ]
}

struct Order {
    victim: usize,
    time: i64,
    price: f64,
    weight: f64,
}

/// Plans the ring on `target`.
pub(crate) fn plan(draft: &mut Draft, target: usize) {
    let rng = &mut draft.stream("golden", 0);
    let origin = Origin::Hijack(0);
    let chosen = ten_of_ten_prefectures(draft, rng);
    draft.rings.push(RingDraft { name: "golden".to_owned(), victims: chosen.clone(), sellers: Vec::new() });
    let steps: Vec<Steps> = (0..chosen.len()).map(|k| steps_of(k, rng)).collect();
    let lots = share_out(draft, rng, target, &steps);
    let mut gear = Gear::new((0.4, 0.45), 0.12);
    for (k, &account) in chosen.iter().enumerate() {
        let purchases = lots
            .iter()
            .filter(|(o, _)| o.victim == k)
            .map(|(o, lots)| Act::Buy { instrument: target, time: o.time, quantity: lots * 100 })
            .collect();
        crate::attacks::history(draft, rng, account, steps[k].login);
        let drawn = gear.draw(draft, rng);
        let visit = hijack(rng, drawn, steps[k], 1.0, purchases, origin);
        draft.people.accounts[account as usize].locked_from = visit.login - 30 * MINUTE;
        draft.plan(account, visit);
        if k % 3 == 1 {
            reconnoitre(draft, rng, &mut gear, account, steps[k].login, origin);
        }
    }
    seller(draft, rng, target);
    let looked_at =
        draft.cast(rng, 3, |d, a| d.plain_person(a) && d.people.accounts[a as usize].logins > 0.1);
    for account in looked_at {
        let (network, device, agent) = gear.draw(draft, rng);
        let time = at(day() - 4, 12, 0) - rng.between(0, 90_000) * SECOND;
        let mut visit = crate::plan::Visit::new(time, network, device, agent);
        visit.origin = origin;
        draft.plan(account, visit);
        draft.accessed.insert(account);
    }
}

fn ten_of_ten_prefectures(draft: &mut Draft, rng: &mut Stream) -> Vec<u32> {
    let mut all = victims(draft, rng, SBI, usize::MAX, (3.0e6, 1.3e7));
    for a in &all {
        draft.cast.remove(a);
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|&a| seen.insert(draft.people.accounts[a as usize].region));
    all.truncate(10);
    draft.cast.extend(&all);
    all
}

/// Five in the morning, five after lunch: the first buys at ten past nine, the last before 14:40.
fn steps_of(k: usize, rng: &mut Stream) -> Steps {
    let (start, minutes) = if k == 0 {
        (at(day(), 9, 10), 22)
    } else if k < 5 {
        (at(day(), 9, 34) + (k as i64 - 1) * 22 * MINUTE, 24)
    } else {
        (at(day(), 12, 52) + (k as i64 - 5) * 19 * MINUTE, 28)
    };
    let sold = start - rng.between(1, 4) * MINUTE;
    // Nothing can be sold before nine or during lunch.
    let selling =
        (sold - rng.between(6, 14) * MINUTE).max(if k < 5 { at(day(), 9, 0) } else { at(day(), 12, 30) });
    let login = selling - rng.between(2, 12) * MINUTE - rng.between(0, 59_999) * 1_000;
    Steps { login, sell: (selling, sold), buy: (start, start + minutes * MINUTE) }
}

/// Orders of all accounts, in lots, so that they cost [`BUYS`] and lose [`LOSS`] by the last close.
fn share_out(draft: &Draft, rng: &mut Stream, target: usize, steps: &[Steps]) -> Vec<(Order, i64)> {
    let mut orders = Vec::new();
    for (victim, s) in steps.iter().enumerate() {
        let size = rng.range(0.7, 1.3);
        for _ in 0..rng.between(8, 13) {
            let time = crate::clock::whole_millis(rng.between(s.buy.0, s.buy.1 - 20 * SECOND));
            let price = draft.market.price(target, time).map_or(84.0, |p| p as f64 / 1_000.0);
            orders.push(Order { victim, time, price, weight: size * rng.range(0.5, 1.5) });
        }
    }
    let mean = LAST_CLOSE / (1.0 - LOSS / BUYS);
    let prices: Vec<f64> = orders.iter().map(|o| o.price).collect();
    let base: Vec<f64> = orders.iter().map(|o| o.weight).collect();
    let lots = apportion((BUYS / mean / 100.0) as i64, &tilt(&prices, &base, mean));
    orders.into_iter().zip(lots).collect()
}

/// The company's account: buys at 83 and 84 yen for weeks, sells everything on the day.
fn seller(draft: &mut Draft, rng: &mut Stream, target: usize) {
    let chosen = draft.cast(rng, 1, |d, a| {
        let account = &d.people.accounts[a as usize];
        account.broker == NOMURA && d.plain_person(a) && account.logins > 0.1
    });
    let Some(&account) = chosen.first() else { return };
    let holder = &mut draft.people.accounts[account as usize];
    holder.corporate = true;
    holder.opened = date(1, 15);
    holder.trades = 0.0;
    holder.away = Some((at(day(), 0, 0), at(day() + 1, 0, 0)));
    draft.rings[0].sellers.push(account);
    crate::attacks::accumulate(draft, rng, account, target, day(), PREPARED);
    let cost: f64 = draft.plans[account as usize]
        .iter()
        .flat_map(|v| &v.acts)
        .filter_map(|a| match *a {
            Act::Buy { instrument, time, quantity } => {
                draft.market.price(instrument, time).map(|p| p as f64 / 1_000.0 * quantity as f64)
            }
            _ => None,
        })
        .sum();
    let mut times: Vec<i64> = (0..44)
        .map(|_| {
            let morning = rng.chance(0.42);
            let (a, b) = if morning { ((9, 24), (11, 28)) } else { ((12, 58), (14, 56)) };
            crate::clock::whole_millis(rng.between(at(day(), a.0, a.1), at(day(), b.0, b.1)))
        })
        .collect();
    times.sort_unstable();
    let prices: Vec<f64> =
        times.iter().map(|&t| draft.market.price(target, t).map_or(84.0, |p| p as f64 / 1_000.0)).collect();
    let base: Vec<f64> = times.iter().map(|_| rng.range(0.6, 1.4)).collect();
    let lots = apportion(PREPARED / 100, &tilt(&prices, &base, (PROFIT + cost) / PREPARED as f64));
    let mut visit = draft.holder_visit(account, at(day(), 9, 8) + rng.between(0, 200) * SECOND, rng);
    visit.acts.extend(times.iter().zip(lots).map(|(&time, l)| Act::Sell {
        instrument: target,
        time,
        quantity: l * 100,
    }));
    visit.logout = Some(at(day(), 15, 4) + rng.between(0, 50_000) * 1_000);
    draft.plan(account, visit);
}
