//! The table `actions`: every login from an address or with a device, every purchase and sale.

use std::sync::Arc;

use itoguchi_model::{
    AccountId, Instant, RowRef,
    results::ActionRow,
    tables::{Case, Execution, Login, LoginEvent},
};
use itoguchi_rings::objects::{Object, of_login};
use itoguchi_signals::occasions::{Occasion, equal_range};
use rayon::prelude::*;

/// One text for all rows that say the same.
struct Texts {
    brokers: Vec<Arc<str>>,
    instruments: Vec<Arc<str>>,
    files: Vec<Arc<str>>,
}

impl Texts {
    fn of(case: &Case) -> Self {
        let shared = |text: &String| Arc::from(text.as_str());
        Self {
            brokers: case.names.brokers.iter().map(shared).collect(),
            instruments: case.names.instruments.iter().map(shared).collect(),
            files: case.sources.iter().map(|s| Arc::from(s.path.as_str())).collect(),
        }
    }
}

/// The rows, by account, time, kind, object, source. Successful logins, and those that an occasion counts.
pub fn rows(case: &Case, occasions: &[Occasion]) -> Vec<ActionRow> {
    let texts = Texts::of(case);
    let starts = Starts::of(case, occasions);
    (0..case.names.accounts.len() as u32)
        .into_par_iter()
        .flat_map_iter(|account| of_account(case, &texts, &starts, AccountId(account)))
        .collect()
}

/// When the occasion of each login and fill began.
struct Starts {
    logins: Vec<Option<Instant>>,
    fills: Vec<Option<Instant>>,
}

impl Starts {
    fn of(case: &Case, occasions: &[Occasion]) -> Self {
        let mut starts =
            Self { logins: vec![None; case.logins.len()], fills: vec![None; case.executions.len()] };
        for occasion in occasions {
            for login in occasion.logins() {
                starts.logins[login as usize] = Some(occasion.start);
            }
            for fill in &occasion.fills {
                starts.fills[*fill as usize] = Some(occasion.start);
            }
        }
        starts
    }
}

fn of_account(case: &Case, texts: &Texts, starts: &Starts, account: AccountId) -> Vec<ActionRow> {
    let broker = &texts.brokers[case.names.accounts[account.index()].0.index()];
    let account_id: Arc<str> = Arc::from(case.names.token(account));
    let row = |time, kind, object, occasion, source: RowRef| ActionRow {
        broker: broker.clone(),
        account_id: account_id.clone(),
        time,
        kind,
        object,
        occasion,
        source_file: texts.files[source.file as usize].clone(),
        source_row: u64::from(source.row),
    };
    let mut rows = Vec::new();
    let (from, to) = equal_range(&case.logins, |l| l.account, account);
    for (login, start) in case.logins[from..to].iter().zip(&starts.logins[from..to]) {
        if start.is_none() && !enters(login) {
            continue;
        }
        for object in of_login(case, login) {
            let kind = if matches!(object, Object::Device(_)) { "device" } else { "ip" };
            rows.push(row(login.time, kind, Arc::from(object.name(case)), *start, login.source));
        }
    }
    let (from, to) = equal_range(&case.executions, |x| x.account, account);
    for (fill, start) in case.executions[from..to].iter().zip(&starts.fills[from..to]) {
        let name = texts.instruments[fill.instrument.index()].clone();
        rows.push(row(fill.time, side(fill), name, *start, fill.source));
    }
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows
}

fn enters(login: &Login) -> bool {
    login.event == LoginEvent::Login && login.success
}

fn side(fill: &Execution) -> &'static str {
    if fill.side.is_sale() { "sell" } else { "buy" }
}

fn key(row: &ActionRow) -> (Instant, &str, &str, &str, u64) {
    (row.time, row.kind, &row.object, &row.source_file, row.source_row)
}
