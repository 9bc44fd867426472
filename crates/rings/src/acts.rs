//! Rows of `ring_acts`: what each member did inside the ring, one row of input each.

use std::collections::BTreeSet;

use itoguchi_model::{
    Kind, Precision, Role,
    results::{Access, ActRow, Trade},
    tables::{Case, Detail, Execution, IpClass, Login, LoginEvent},
};

use crate::{
    Context, amounts,
    form::{Member, Ring},
    rows::{account_name, episode_logins, logins_with, seller_fills},
};

/// The acts of `ring` by time, account, content. Victims and linked members: their odd sessions, with the failures and
/// changes of credentials around them. Suspected sellers: the purchases and sales that make them so, and their logins
/// with the ring's devices and addresses.
pub(crate) fn rows(context: &Context, ring: &Ring, ring_id: &str) -> Vec<ActRow> {
    let mut rows: Vec<ActRow> =
        ring.members.iter().flat_map(|member| of_member(context, ring, member, ring_id)).collect();
    // Stable: acts of one moment stay in the order of their content, whatever row they stood in.
    rows.sort_by(|a, b| (a.time, &a.account).cmp(&(b.time, &b.account)));
    rows
}

fn of_member(context: &Context, ring: &Ring, member: &Member, ring_id: &str) -> Vec<ActRow> {
    let case = context.case;
    let (logins, fills): (BTreeSet<&Login>, BTreeSet<&Execution>) = if member.role == Role::Seller {
        let shared = member.pieces.iter().filter_map(|p| p.object);
        let entered = shared.filter(|o| matches!(o.kind(), Kind::Device | Kind::Ip));
        let logins = entered.flat_map(|object| logins_with(context, member, object)).collect();
        (logins, seller_fills(context, ring, member).into_iter().collect())
    } else {
        let logins = member.occasions.iter().flat_map(|o| episode_logins(context, *o)).collect();
        (logins, amounts::fills_of(context, member).collect())
    };
    let blank = |source: itoguchi_model::RowRef| ActRow {
        ring_id: ring_id.to_owned(),
        account: account_name(case, member.account),
        role: member.role,
        act: "",
        time: itoguchi_model::Instant::default(),
        precision: if case.detail == Detail::Full { Precision::Millis } else { Precision::Minute },
        access: None,
        trade: None,
        source: (case.sources[source.file as usize].path.clone(), u64::from(source.row)),
    };
    let entered = logins.into_iter().map(|login| ActRow {
        act: if !login.success && login.event == LoginEvent::Login {
            "login_failed"
        } else {
            login.event.name()
        },
        time: login.time,
        access: Some(access(case, login)),
        ..blank(login.source)
    });
    let traded = fills.into_iter().map(|fill| ActRow {
        act: fill.side.name(),
        time: fill.time,
        precision: fill.precision,
        trade: Some(trade(context, fill)),
        ..blank(fill.source)
    });
    entered.chain(traded).collect()
}

fn access(case: &Case, login: &Login) -> Access {
    let stated = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
    let country = String::from_utf8_lossy(&login.country).trim().to_owned();
    Access {
        ip: login.ip.get().map(|ip| case.names.ips[ip.index()].to_string()),
        src_port: login.src_port.map(u32::from),
        device: login.device.get().map(|d| case.names.devices[d.index()].clone()),
        user_agent: stated(case.names.text(login.user_agent)),
        asn: login.asn,
        country: (!country.is_empty()).then_some(country),
        ip_class: (login.ip_class != IpClass::Unknown).then(|| login.ip_class.name()),
    }
}

fn trade(context: &Context, fill: &Execution) -> Trade {
    Trade {
        instrument: context.case.names.instrument(fill.instrument).to_owned(),
        quantity: context.case.detail.known(fill.quantity.to_f64()),
        price: context.case.detail.known(fill.price.to_f64()),
        currency: context.case.detail.known(String::from_utf8_lossy(&fill.currency).into_owned()),
        jpy: context.market.yen(fill).map(itoguchi_model::Money::whole),
    }
}
