//! The crowd of the scored worlds: innocent accounts that do what hijacked accounts do, for reasons of their own.

use std::collections::BTreeMap;

use itoguchi_model::time::{MINUTE, SECOND};

use crate::{
    clock::{Exchange, whole_millis},
    decoys::{self, DecoySizes},
    draft::Draft,
    market::{Instrument, Kind, Pin},
    params::{
        CHASER_FUNDS, CHASER_NEW_PHONE, CHASERS_MOST, CROWD_FUNDS, CROWD_NEW_PHONE, CROWD_SPREAD,
        DAY_TRADERS_MOST, FAINT, FAINT_CROWD, FAMILIES, HOLDERS_MOST, MEME_BUYERS, PER_MEME, PER_NEWS,
        PER_RUMOUR,
    },
    plan::{Act, Event, Visit},
    raid::sale_before,
    rises::{Rise, Shelf, window},
    rng::Stream,
};

/// The names and days of the crowd, fixed before prices are drawn.
pub(crate) struct Stage {
    /// News, a newsletter's readers and a first day of trading, as often as there are accounts for it.
    acts: Vec<decoys::Stage>,
    /// Names pushed by word of mouth.
    memes: Vec<Rise>,
    /// Rises that nobody in the data makes.
    rumours: Vec<Rise>,
}

impl Stage {
    pub(crate) fn set(
        accounts: usize,
        instruments: &mut [Instrument],
        days: &[i32],
        shelf: &mut Shelf,
        rng: &mut Stream,
    ) -> Self {
        let free = &days[(days.len() / 6).max(1)..];
        let mut rise = |low: f64, high: f64, instruments: &mut [Instrument], rng: &mut Stream| {
            let day = rng.pick(free);
            let instrument = shelf.take(instruments, Exchange::Tokyo, day, rng);
            let (from, to) = window(Exchange::Tokyo, day, rng);
            Rise { instrument, day, from, to, height: rng.range(low, high) }
        };
        let count = |per: usize, least: usize| (accounts / per).max(least);
        let memes = (0..count(PER_MEME, 1)).map(|_| rise(0.25, 0.6, instruments, rng)).collect();
        let rumours = (0..count(PER_RUMOUR, 2)).map(|_| rise(0.15, 0.38, instruments, rng)).collect();
        let mut acts: Vec<decoys::Stage> = Vec::new();
        for _ in 0..count(PER_NEWS, 1) {
            let news = rise(0.0, 0.0, instruments, rng);
            let moment = Exchange::Tokyo.moment(news.day, rng.range(0.04, 0.8));
            acts.push(decoys::Stage { news: Some((news.instrument, moment)), ..decoys::Stage::default() });
        }
        for _ in 0..count(2 * PER_NEWS, 1) {
            let letters = (0..4).map(|k| {
                let name = rise(0.0, 0.0, instruments, rng);
                let day = free[(k * free.len() / 4 + rng.below(3)).min(free.len() - 1)];
                (name.instrument, Exchange::Tokyo.moment(day, rng.range(0.03, 0.8)))
            });
            acts.push(decoys::Stage { letters: letters.collect(), ..decoys::Stage::default() });
        }
        for _ in 0..count(5 * PER_NEWS, 1).min(6) {
            let first = rise(0.0, 0.0, instruments, rng);
            acts.push(decoys::Stage { ipo: Some((first.instrument, first.day)), ..decoys::Stage::default() });
        }
        Self { acts, memes, rumours }
    }

    /// Rises to be added to the rings' own.
    pub(crate) fn rises(&self) -> Vec<Rise> {
        self.memes.iter().chain(&self.rumours).copied().collect()
    }

    /// What news, letters and first days do to prices.
    pub(crate) fn pins(&self) -> Vec<Pin> {
        self.acts.iter().flat_map(decoys::Stage::pins).collect()
    }
}

/// Sizes for a world of `accounts`: those of the shipped worlds, with more people on each occasion in larger ones.
fn sizes(accounts: usize) -> DecoySizes {
    let of = DecoySizes::of(accounts, 1.0);
    let per_mille = |k: f64| (accounts as f64 * k / 1_000.0) as usize;
    let mut out = DecoySizes {
        news: per_mille(18.0).clamp(16, 1_500),
        newsletter: per_mille(4.0).clamp(6, 400),
        ipo: per_mille(8.0).clamp(8, 1_500),
        long_holders: of.long_holders.min(HOLDERS_MOST),
        chasers: of.chasers.min(CHASERS_MOST),
        spread: CROWD_SPREAD,
        ..of
    };
    out.joins = (DAY_TRADERS_MOST / out.day_traders as f64).min(1.0);
    out
}

/// Plans all of them. `rises` are the rings' and the stage's own.
pub(crate) fn plan_all(draft: &mut Draft, stage: &Stage, rises: &[Rise]) {
    let rng = &mut draft.stream("crowd", 0);
    let accounts = draft.people.accounts.len();
    let sizes = sizes(accounts);
    for act in &stage.acts {
        decoys::news_burst(draft, rng, act, &sizes);
        if !act.letters.is_empty() {
            decoys::newsletter(draft, rng, act, &sizes);
        }
        decoys::ipo_day(draft, rng, act, &sizes);
    }
    decoys::cross_trades(draft, rng, &sizes);
    decoys::nisa_auto(draft, rng, &sizes);
    decoys::new_phone(draft, rng, &sizes);
    decoys::dormant(draft, rng, &sizes);
    let moments: Vec<(usize, i64, i64)> =
        rises.iter().map(|r| r.moments(draft.market.instruments[r.instrument].exchange)).collect();
    let (seen, faint): (Vec<_>, Vec<_>) = moments.iter().zip(rises).partition(|(_, r)| r.height > FAINT);
    let only =
        |those: Vec<(&(usize, i64, i64), &Rise)>| those.into_iter().map(|(m, _)| *m).collect::<Vec<_>>();
    let (seen, faint) = (only(seen), only(faint));
    let few = DecoySizes {
        long_holders: sizes.long_holders.min(FAINT_CROWD),
        chasers: sizes.chasers.min(FAINT_CROWD),
        ..sizes.clone()
    };
    decoys::day_traders(draft, rng, &sizes, &seen);
    decoys::long_holders(draft, rng, &decoys::Stage::default(), &sizes, &seen);
    decoys::long_holders(draft, rng, &decoys::Stage::default(), &few, &faint);
    let mut quoted = moments.clone();
    quoted.sort_unstable();
    quoted.dedup_by_key(|q| q.0);
    for some in quoted.chunks(10) {
        decoys::market_makers(draft, rng, &sizes, some);
    }
    decoys::travellers(draft, rng, &sizes);
    for meme in &stage.memes {
        meme_buyers(draft, rng, meme);
    }
    chasers(draft, rng, &sizes, &seen);
    chasers(draft, rng, &few, &faint);
    families(draft, rng);
}

/// How odd the buyers in a crowd look.
#[derive(Clone, Copy)]
struct Look {
    new_phone: f64,
    funds: f64,
}

/// A visit that buys for about `yen` from `time` on, perhaps on a phone of that week, perhaps after selling what there
/// was.
fn buys(
    draft: &mut Draft,
    rng: &mut Stream,
    account: u32,
    instrument: usize,
    time: i64,
    yen: f64,
    look: Look,
) {
    let exchange = draft.market.instruments[instrument].exchange;
    let day = exchange.trade_date(time);
    let funds = rng.chance(look.funds) && !draft.people.accounts[account as usize].opening.is_empty();
    let (login, sale) = if funds {
        let (login, from, to) = sale_before(day, time, rng);
        (login, Some((from, to)))
    } else {
        (time - rng.between(15, 600) * SECOND, None)
    };
    let mut visit = draft.holder_visit(account, login + rng.between(0, 999) * 1_000, rng);
    if rng.chance(look.new_phone) {
        on_a_new_phone(draft, rng, account, &mut visit);
    }
    let end = time + rng.between(10, 600) * SECOND;
    let mut part = 0.0;
    if let Some((from, to)) = sale {
        let sold = if rng.chance(0.6) { 1.0 } else { rng.range(0.4, 1.0) };
        visit.acts.push(Act::Liquidate { from, to, part: sold });
        part = rng.range(0.6, 0.98);
    }
    let pieces = 1 + rng.weighted(&[0.6, 0.2, 0.1, 0.06, 0.04]);
    visit.acts.push(Act::Spend { instrument, from: whole_millis(time), to: end, part, cash: yen, pieces });
    draft.plan(account, visit);
}

/// From a phone that is new, at home or on the way.
fn on_a_new_phone(draft: &mut Draft, rng: &mut Stream, account: u32, visit: &mut Visit) {
    visit.device = draft.people.new_device();
    visit.agent = rng.below(5) as u8;
    if rng.chance(0.85) {
        visit.network = draft.people.home_at(account as usize, visit.login);
    }
    if rng.chance(0.6) {
        visit.events.push((rng.between(3_000, 20_000) * 1_000, Event::DeviceRegister, true));
    }
}

fn meme_buyers(draft: &mut Draft, rng: &mut Stream, meme: &Rise) {
    let (instrument, from, to) = meme.moments(Exchange::Tokyo);
    let (per_mille, least, most) = MEME_BUYERS;
    let count = (draft.people.accounts.len() as f64 * per_mille / 1_000.0) as usize;
    let look = Look { new_phone: CROWD_NEW_PHONE, funds: CROWD_FUNDS };
    for account in draft.cast(rng, count.clamp(least, most), decoys::individual) {
        // Word spreads: ever more buyers, until the top.
        let time =
            from + ((to - from) as f64 * libm::sqrt(rng.unit())) as i64 + rng.between(0, 8 * 60) * SECOND;
        if Exchange::Tokyo.is_open(time + MINUTE) && Exchange::Tokyo.is_open(time) {
            let yen = rng.lognormal(200_000.0, CROWD_SPREAD);
            buys(draft, rng, account, instrument, time, yen, look);
            draft.decoys.insert((account, "meme"));
        }
    }
}

/// People who see a price rise and run after it, some on a phone they have just bought, some with all they have.
fn chasers(draft: &mut Draft, rng: &mut Stream, sizes: &DecoySizes, rises: &[(usize, i64, i64)]) {
    let look = Look { new_phone: CHASER_NEW_PHONE, funds: CHASER_FUNDS };
    for &(instrument, from, to) in rises {
        let exchange = draft.market.instruments[instrument].exchange;
        for account in draft.cast(rng, sizes.chasers, decoys::individual) {
            let time = rng.between(from + (to - from) / 8, to + ((to - from) / 5).max(6 * MINUTE));
            if exchange.is_open(time) && exchange.is_open(time + MINUTE) {
                let yen = rng.lognormal(250_000.0, CROWD_SPREAD);
                buys(draft, rng, account, instrument, time, yen, look);
                draft.decoys.insert((account, "chaser"));
            }
        }
    }
}

/// Two or three of one household, on one device, who like the same name.
fn families(draft: &mut Draft, rng: &mut Stream) {
    let mut by_device: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (i, a) in draft.people.accounts.iter().enumerate() {
        if let Some(d) = a.devices.first() {
            by_device.entry(d.id).or_default().push(i as u32);
        }
    }
    let homes: Vec<Vec<u32>> = by_device.into_values().filter(|w| w.len() > 1).collect();
    let wanted = (draft.people.accounts.len() as f64 * FAMILIES / 1_000.0) as usize + 3;
    let days = draft.span.trading_days(Exchange::Tokyo);
    let thin: Vec<usize> =
        draft.market.of_kind(Kind::Thin).into_iter().chain(draft.market.of_kind(Kind::Mid)).collect();
    let places: Vec<usize> = (0..homes.len()).collect();
    for place in rng.sample(&places, wanted) {
        let who = &homes[place];
        if who.iter().any(|a| draft.cast.contains(a)) {
            continue;
        }
        draft.cast.extend(who);
        for _ in 0..rng.between(1, 3) {
            let (instrument, day) = (rng.pick(&thin), rng.pick(&days));
            let start = Exchange::Tokyo.moment(day, rng.range(0.02, 0.93));
            for &account in who {
                let time = start + rng.between(0, 9 * 60) * SECOND;
                if Exchange::Tokyo.is_open(time) {
                    let device = draft.people.accounts[account as usize].devices[0];
                    let mut visit = draft.holder_visit(account, time - rng.between(20, 200) * SECOND, rng);
                    (visit.device, visit.agent) = (device.id, device.agent);
                    visit.network = draft.people.home_at(account as usize, visit.login);
                    let quantity = draft.shares_for(instrument, time, rng.lognormal(180_000.0, 0.6));
                    visit.acts.push(Act::Buy { instrument, time, quantity });
                    draft.plan(account, visit);
                }
            }
        }
        draft.decoys.extend(who.iter().map(|&a| (a, "family")));
    }
}
