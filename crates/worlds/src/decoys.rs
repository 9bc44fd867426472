//! Innocent accounts that look odd in one way or another, each labelled.

use itoguchi_model::time::{HOUR, MINUTE, SECOND};

use crate::{
    clock::{Exchange, at, date_of, whole_millis},
    draft::Draft,
    market::{Instrument, Kind, Pin},
    plan::{Act, Event, Visit},
    rng::Stream,
};

/// How many of each, and on which names and days.
#[derive(Clone, Debug, Default)]
pub(crate) struct DecoySizes {
    pub news: usize,
    pub newsletter: usize,
    pub ipo: usize,
    pub cross: usize,
    pub nisa: usize,
    pub new_phone: usize,
    pub dormant: usize,
    pub day_traders: usize,
    pub long_holders: usize,
    pub makers: usize,
    pub travellers: usize,
    pub chasers: usize,
    /// Chance that a day trader takes part in a planted rise.
    pub joins: f64,
    /// Sigma of the yen that a buyer in the news pays, a lognormal.
    pub spread: f64,
}

/// The names and days of decoys, fixed before prices are drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stage {
    /// The name in the news, and when the news comes.
    pub news: Option<(usize, i64)>,
    /// The names a newsletter recommends, each at its moment.
    pub letters: Vec<(usize, i64)>,
    /// The newly listed name and its first day.
    pub ipo: Option<(usize, i32)>,
}

impl DecoySizes {
    /// Sizes for a world of `accounts`, times `share`.
    pub(crate) fn of(accounts: usize, share: f64) -> Self {
        let n = |per_mille: f64, least: usize| {
            ((accounts as f64 * per_mille / 1_000.0 * share) as usize).max(if share > 0.0 {
                least
            } else {
                0
            })
        };
        Self {
            news: n(18.0, 16).min(600),
            newsletter: n(4.0, 6).min(120),
            ipo: n(8.0, 8).min(500),
            cross: n(5.0, 6),
            nisa: n(12.0, 10),
            new_phone: n(1.0, 3),
            dormant: n(1.0, 3),
            day_traders: n(2.5, 3),
            long_holders: n(1.5, 3),
            makers: 2,
            travellers: n(3.0, 3),
            chasers: n(2.0, 4),
            joins: 1.0,
            spread: 0.8,
        }
    }
}

impl Stage {
    /// Chooses the stage's names and days. `taken` are spoken for and grows by those chosen.
    pub(crate) fn set(
        instruments: &[Instrument],
        days: &[i32],
        taken: &mut Vec<usize>,
        busy: &[i32],
        rng: &mut Stream,
    ) -> Self {
        let mut thin = crate::attacks::choose_targets(instruments, taken, 5, rng);
        let free: Vec<i32> = days.iter().skip(4).filter(|d| !busy.contains(d)).copied().collect();
        let day = |rng: &mut Stream| if free.is_empty() { days[days.len() / 2] } else { rng.pick(&free) };
        let news_day = day(rng);
        let news = thin.pop().map(|i| (i, at(news_day, 13, 0) + rng.between(0, 80) * MINUTE));
        let ipo_day = day(rng);
        let ipo = thin.pop().map(|i| (i, ipo_day));
        let letters = (0..4)
            .filter_map(|k| {
                let d = *days.get(2 + k * days.len() / 5)?;
                let name = *thin.get(k % thin.len().max(1))?;
                Some((name, at(d, 9, 40) + rng.between(0, 90) * MINUTE))
            })
            .collect();
        Self { news, letters, ipo }
    }

    /// What all this does to prices.
    pub(crate) fn pins(&self) -> Vec<Pin> {
        let mut out = Vec::new();
        if let Some((instrument, time)) = self.news {
            let day = date_of(time);
            let from = Exchange::Tokyo.progress(time).unwrap_or(0.6);
            let points = vec![(0.0, 1.0), (from, 1.0), (from + 0.05, 1.14), (1.0, 1.12)];
            out.push(Pin { instrument, day, points, absolute: false, volume: None });
        }
        for &(instrument, time) in &self.letters {
            let day = date_of(time);
            let from = Exchange::Tokyo.progress(time).unwrap_or(0.2);
            let points = vec![(0.0, 1.0), (from, 1.0), (from + 0.08, 1.06), (1.0, 1.02)];
            out.push(Pin { instrument, day, points, absolute: false, volume: None });
        }
        if let Some((instrument, day)) = self.ipo {
            let points = vec![(0.0, 1.0), (0.3, 1.18), (0.6, 1.08), (1.0, 1.12)];
            out.push(Pin { instrument, day, points, absolute: false, volume: None });
        }
        out
    }
}

/// Plans every decoy; those that come from the population itself are labelled too.
pub(crate) fn plan_all(draft: &mut Draft, stage: &Stage, sizes: &DecoySizes, pumped: &[(usize, i64, i64)]) {
    let rng = &mut draft.stream("decoys", 0);
    news_burst(draft, rng, stage, sizes);
    newsletter(draft, rng, stage, sizes);
    ipo_day(draft, rng, stage, sizes);
    cross_trades(draft, rng, sizes);
    nisa_auto(draft, rng, sizes);
    new_phone(draft, rng, sizes);
    dormant(draft, rng, sizes);
    day_traders(draft, rng, sizes, pumped);
    long_holders(draft, rng, stage, sizes, pumped);
    market_makers(draft, rng, sizes, pumped);
    travellers(draft, rng, sizes);
    chasers(draft, rng, sizes, pumped);
}

/// Labels households, offices and aggregator customers once all parts are cast.
pub(crate) fn label_population(draft: &mut Draft) {
    let mut labels = Vec::new();
    for (i, a) in draft.people.accounts.iter().enumerate() {
        let i = i as u32;
        if let Some(h) = a.household {
            labels.extend([(i, "household"), (h, "household")]);
        }
        if a.office.is_some() {
            labels.push((i, "office_nat"));
        }
        if a.aggregator.is_some() {
            labels.push((i, "aggregator"));
        }
    }
    let involved: std::collections::BTreeSet<u32> = draft
        .rings
        .iter()
        .flat_map(|r| r.victims.iter().chain(&r.sellers))
        .chain(&draft.lone)
        .copied()
        .collect();
    draft.decoys.extend(labels.into_iter().filter(|l| !involved.contains(&l.0)));
}

pub(crate) fn individual(d: &Draft, a: u32) -> bool {
    let account = &d.people.accounts[a as usize];
    !account.corporate && !account.devices.is_empty()
}

/// A visit with one purchase at about `time`; now and then on a phone that is new that week.
fn purchase(
    draft: &mut Draft,
    rng: &mut Stream,
    account: u32,
    instrument: usize,
    time: i64,
    yen: f64,
    new: f64,
) {
    let mut visit = draft.holder_visit(account, time - rng.between(15, 240) * SECOND, rng);
    if rng.chance(new) {
        visit.device = draft.people.new_device();
        visit.events.push((4 * SECOND, Event::DeviceRegister, true));
    }
    let quantity = draft.shares_for(instrument, time, yen);
    visit.acts.push(Act::Buy { instrument, time: whole_millis(time), quantity });
    draft.plan(account, visit);
}

pub(crate) fn news_burst(draft: &mut Draft, rng: &mut Stream, stage: &Stage, sizes: &DecoySizes) {
    let Some((instrument, start)) = stage.news else { return };
    for account in draft.cast(rng, sizes.news, individual) {
        let late = rng.lognormal(4.0, 0.8).min(40.0);
        let time = start + (late * MINUTE as f64) as i64;
        if Exchange::Tokyo.is_open(time + 10 * SECOND) {
            let yen = rng.lognormal(180_000.0, sizes.spread);
            purchase(draft, rng, account, instrument, time, yen, 0.08);
            draft.decoys.insert((account, "news_burst"));
        }
    }
}

pub(crate) fn newsletter(draft: &mut Draft, rng: &mut Stream, stage: &Stage, sizes: &DecoySizes) {
    for account in draft.cast(rng, sizes.newsletter, individual) {
        for &(instrument, start) in &stage.letters {
            if rng.chance(0.85) {
                let time = start + (rng.lognormal(2.5, 0.7) * MINUTE as f64) as i64;
                if Exchange::Tokyo.is_open(time + 10 * SECOND) {
                    let yen = rng.lognormal(160_000.0, 0.6);
                    purchase(draft, rng, account, instrument, time, yen, 0.02);
                }
            }
        }
        draft.decoys.insert((account, "newsletter"));
    }
}

pub(crate) fn ipo_day(draft: &mut Draft, rng: &mut Stream, stage: &Stage, sizes: &DecoySizes) {
    let Some((instrument, day)) = stage.ipo else { return };
    for account in draft.cast(rng, sizes.ipo, individual) {
        let u = rng.unit();
        let time = Exchange::Tokyo.moment(day, u * u * 0.9);
        let yen = rng.lognormal(220_000.0, 0.7);
        purchase(draft, rng, account, instrument, time, yen, 0.03);
        draft.decoys.insert((account, "ipo_day"));
    }
}

/// Buys and sells short the same shares on the last day with shareholders' gifts.
pub(crate) fn cross_trades(draft: &mut Draft, rng: &mut Stream, sizes: &DecoySizes) {
    let days = draft.span.trading_days(Exchange::Tokyo);
    let wanted = crate::clock::date(3, 27);
    let day = if days.contains(&wanted) { wanted } else { days[days.len() / 2] };
    let names = draft.market.of_kind(Kind::Mid);
    let gifts: Vec<usize> = names.into_iter().take(4).collect();
    for account in draft.cast(rng, sizes.cross, individual) {
        let count = 1 + rng.below(3);
        let mine = rng.sample(&gifts, count);
        let open = at(day, 9, 0) + rng.between(0, 1_500) * 1_000;
        let mut visit = draft.holder_visit(account, open - rng.between(10, 50) * MINUTE, rng);
        for instrument in mine {
            let quantity = 100 * rng.between(1, 5);
            visit.acts.push(Act::Buy { instrument, time: open, quantity });
            visit.acts.push(Act::Short { instrument, time: open, quantity });
        }
        draft.plan(account, visit);
        draft.decoys.insert((account, "kabunushi_yutai"));
    }
}

/// Monthly purchases that the broker carries out for everybody in the same minute; nobody logs in for them.
pub(crate) fn nisa_auto(draft: &mut Draft, rng: &mut Stream, sizes: &DecoySizes) {
    let days = draft.span.trading_days(Exchange::Tokyo);
    let etfs = draft.market.of_kind(Kind::Etf);
    let monthly: Vec<i32> = days.iter().step_by(15).copied().collect();
    for account in draft.cast(rng, sizes.nisa, individual) {
        let instrument = rng.pick(&etfs);
        for &day in monthly.iter().skip(1).take(2) {
            let time = at(day, 9, 0) + rng.between(1_000, 52_000) * 1_000;
            let mut visit = draft.holder_visit(account, time - rng.between(6, 15) * HOUR, rng);
            visit.logout = Some(visit.login + 3 * MINUTE);
            visit.acts.push(Act::Buy { instrument, time, quantity: 10 });
            draft.plan(account, visit);
        }
        draft.decoys.insert((account, "nisa_auto"));
    }
}

pub(crate) fn new_phone(draft: &mut Draft, rng: &mut Stream, sizes: &DecoySizes) {
    let days = draft.span.trading_days(Exchange::Tokyo);
    let etfs = draft.market.of_kind(Kind::Etf);
    let fits = |d: &Draft, a: u32| {
        let account = &d.people.accounts[a as usize];
        individual(d, a) && account.opening.len() >= 2 && account.logins > 0.1 && d.opening_yen(a) > 1.0e6
    };
    for account in draft.cast(rng, sizes.new_phone, fits) {
        let day = days[days.len() / 3 + rng.below(days.len() / 2)];
        let login = at(day, 12, 40) + rng.between(0, 90) * MINUTE;
        let mut visit = draft.holder_visit(account, login, rng);
        visit.device = draft.people.new_device();
        visit.events.push((6 * SECOND, Event::DeviceRegister, true));
        if rng.chance(0.4) {
            visit.events.push((90 * SECOND, Event::PasswordChange, true));
        }
        let sold = visit.login + rng.between(12, 30) * MINUTE;
        visit.acts.push(Act::SellAll { from: visit.login + 4 * MINUTE, to: sold, part: 1.0 });
        let instrument = rng.pick(&etfs);
        let (from, to) = (sold + MINUTE, sold + 9 * MINUTE);
        visit.acts.push(Act::BuyProceeds { instrument, from, to, part: 0.97, pieces: 2 });
        draft.plan(account, visit);
        draft.decoys.insert((account, "new_phone_then_sells_all_to_buy_etf"));
    }
}

/// Silent all the time, then back on a new device, selling most of what is there.
pub(crate) fn dormant(draft: &mut Draft, rng: &mut Stream, sizes: &DecoySizes) {
    let days = draft.span.trading_days(Exchange::Tokyo);
    let fits = |d: &Draft, a: u32| individual(d, a) && !d.people.accounts[a as usize].opening.is_empty();
    for account in draft.cast(rng, sizes.dormant, fits) {
        let day = days[days.len() / 3 + rng.below(days.len() / 2)];
        let login = at(day, 13, 0) + rng.between(0, 80) * MINUTE;
        draft.people.accounts[account as usize].away = Some((i64::MIN, login));
        let mut visit = draft.holder_visit(account, login, rng);
        visit.device = draft.people.new_device();
        visit.events.push((-50 * SECOND, Event::Login, false));
        visit.events.push((40 * SECOND, Event::PasswordChange, true));
        let part = rng.range(0.6, 1.0);
        visit.acts.push(Act::SellAll { from: login + 3 * MINUTE, to: login + 25 * MINUTE, part });
        draft.plan(account, visit);
        draft.decoys.insert((account, "dormant_wakes"));
    }
}

pub(crate) fn day_traders(
    draft: &mut Draft,
    rng: &mut Stream,
    sizes: &DecoySizes,
    pumped: &[(usize, i64, i64)],
) {
    let thin = draft.market.of_kind(Kind::Thin);
    let mid = draft.market.of_kind(Kind::Mid);
    let fits = |d: &Draft, a: u32| individual(d, a) && d.people.accounts[a as usize].wealth > 1.0e6;
    let listed: Vec<bool> = draft.market.instruments.iter().map(|i| i.exchange == Exchange::Tokyo).collect();
    let tokyo = |instrument: usize| listed[instrument];
    for account in draft.cast(rng, sizes.day_traders, fits) {
        draft.people.accounts[account as usize].trades = 0.0;
        for day in draft.span.trading_days(Exchange::Tokyo) {
            if !rng.chance(0.7) {
                continue;
            }
            let start = Exchange::Tokyo.moment(day, rng.range(0.0, 0.15));
            let mut visit = draft.holder_visit(account, start - 5 * MINUTE, rng);
            for k in 0..rng.between(2, 5) {
                let instrument = if rng.chance(0.4) { rng.pick(&thin) } else { rng.pick(&mid) };
                let progress = 0.17 + 0.15 * k as f64 + rng.range(0.0, 0.05);
                round_trip(draft, rng, &mut visit, instrument, day, progress);
            }
            for &(instrument, from, to) in pumped.iter().filter(|p| date_of(p.1) == day && tokyo(p.0)) {
                if sizes.joins < 1.0 && !rng.chance(sizes.joins) {
                    continue;
                }
                let time = rng.between(from + 8 * MINUTE, to.max(from + 9 * MINUTE));
                let progress = Exchange::Tokyo.progress(time).unwrap_or(0.5);
                round_trip(draft, rng, &mut visit, instrument, day, progress);
            }
            visit.logout = Some(at(day, 15, 26));
            draft.plan(account, visit);
        }
        draft.decoys.insert((account, "day_trader"));
    }
}

pub(crate) fn round_trip(
    draft: &Draft,
    rng: &mut Stream,
    visit: &mut Visit,
    instrument: usize,
    day: i32,
    progress: f64,
) {
    let time = Exchange::Tokyo.moment(day, progress);
    let cap = draft.market.instruments[instrument].volume * 0.02;
    let quantity = draft
        .shares_for(instrument, time, rng.lognormal(300_000.0, 0.6))
        .min((cap as i64 / 100).max(1) * 100);
    let back = Exchange::Tokyo.moment(day, progress + rng.range(0.02, 0.09));
    visit.acts.push(Act::Buy { instrument, time, quantity });
    visit.acts.push(Act::Sell { instrument, time: back, quantity });
}

/// Held the name for long and sells into whatever lifts it.
pub(crate) fn long_holders(
    draft: &mut Draft,
    rng: &mut Stream,
    stage: &Stage,
    sizes: &DecoySizes,
    pumped: &[(usize, i64, i64)],
) {
    let news = stage.news.map(|(i, t)| (i, t, t + 70 * MINUTE));
    for (instrument, from, to) in pumped.iter().copied().chain(news) {
        for account in draft.cast(rng, sizes.long_holders, individual) {
            let price = draft.market.instruments[instrument].base;
            let lot = draft.market.yen(
                instrument,
                price,
                draft.market.instruments[instrument].lot,
                draft.span.first,
            );
            let lots = (rng.lognormal(700_000.0, 0.8) / lot) as i64 + 1;
            let quantity = lots * draft.market.instruments[instrument].lot;
            let holder = &mut draft.people.accounts[account as usize];
            holder.opening.retain(|o| o.0 != instrument);
            holder.opening.push((instrument, quantity));
            let start = rng.between(from + 5 * MINUTE, to);
            let mut visit = draft.holder_visit(account, start - rng.between(1, 6) * MINUTE, rng);
            let part = rng.range(0.4, 1.0);
            visit.acts.push(Act::SellPart {
                instrument,
                from: start,
                to: start + 5 * MINUTE,
                part,
                pieces: 2,
            });
            draft.plan(account, visit);
            draft.decoys.insert((account, "long_holder_sells_into_rise"));
        }
    }
}

/// Companies that buy and sell the thin names all day, on every day.
pub(crate) fn market_makers(
    draft: &mut Draft,
    rng: &mut Stream,
    sizes: &DecoySizes,
    pumped: &[(usize, i64, i64)],
) {
    let thin = draft.market.of_kind(Kind::Thin);
    for account in draft.cast(rng, sizes.makers, |d, a| d.people.accounts[a as usize].corporate) {
        let mut quoted = rng.sample(&thin, 4);
        quoted.extend(
            pumped.iter().map(|p| p.0).filter(|&i| draft.market.instruments[i].exchange == Exchange::Tokyo),
        );
        quoted.sort_unstable();
        quoted.dedup();
        let holder = &mut draft.people.accounts[account as usize];
        holder.trades = 0.0;
        holder.opening.retain(|o| !quoted.contains(&o.0));
        holder.opening.extend(quoted.iter().map(|&i| (i, 20_000)));
        for day in draft.span.trading_days(Exchange::Tokyo) {
            let mut visit = draft.holder_visit(account, at(day, 8, 50) + rng.between(0, 500) * SECOND, rng);
            for &instrument in &quoted {
                for k in 0..2 {
                    let progress = 0.05 + 0.45 * f64::from(k) + rng.range(0.0, 0.35);
                    let time = Exchange::Tokyo.moment(day, progress);
                    let back = Exchange::Tokyo.moment(day, progress + rng.range(0.01, 0.08));
                    let quantity = 100 * rng.between(2, 12);
                    visit.acts.push(Act::Buy { instrument, time, quantity });
                    visit.acts.push(Act::Sell { instrument, time: back, quantity });
                }
            }
            visit.logout = Some(at(day, 15, 27));
            draft.plan(account, visit);
        }
        draft.decoys.insert((account, "market_maker"));
    }
}

pub(crate) fn travellers(draft: &mut Draft, rng: &mut Stream, sizes: &DecoySizes) {
    let fits = |d: &Draft, a: u32| individual(d, a) && d.people.accounts[a as usize].logins > 0.1;
    for account in draft.cast(rng, sizes.travellers, fits) {
        let start = draft.span.start() + rng.between(4, i64::from(draft.span.days) - 5) * 24 * HOUR;
        let length = rng.between(2, 5);
        draft.people.accounts[account as usize].away = Some((start, start + length * 24 * HOUR));
        let network = rng.pick(&draft.people.abroad.clone());
        for day in 0..length {
            let time = start + day * 24 * HOUR + rng.between(7, 22) * HOUR + rng.between(0, 3_000) * SECOND;
            let mut visit = draft.holder_visit(account, time, rng);
            visit.network = network;
            if rng.chance(0.25) {
                visit.acts.push(Act::Habit { orders: 1 });
            }
            draft.plan(account, visit);
        }
        draft.decoys.insert((account, "traveller"));
    }
}

/// People who see a price rise and run after it, some on a phone they have just bought.
pub(crate) fn chasers(draft: &mut Draft, rng: &mut Stream, sizes: &DecoySizes, pumped: &[(usize, i64, i64)]) {
    for &(instrument, from, to) in pumped {
        for account in draft.cast(rng, sizes.chasers, individual) {
            let time = rng.between(from + (to - from) / 3, to);
            if draft.market.instruments[instrument].exchange.is_open(time + 10 * SECOND) {
                let yen = rng.lognormal(200_000.0, 0.7);
                purchase(draft, rng, account, instrument, time, yen, 0.2);
                draft.decoys.insert((account, "chaser"));
            }
        }
    }
}
