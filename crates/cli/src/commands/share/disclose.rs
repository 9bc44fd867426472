//! Rings to the brokers they touch, and what the brokers ask each other about them.

use std::fs;

use itoguchi_engine::Config;
use itoguchi_report::{ExportFormat, ExportOptions, Exported, escape, export, load};
use itoguchi_share::disclose::{self, Disclosure, OwnNames, messages, misp};
use itoguchi_signals::market::{Market, MarketIndex};
use serde_json::{Value, json};

use crate::{
    args::share::{Answer, Disclose, Inquire, Reveal},
    commands::{correlate, export::tlp, harmless, write_whole},
    failure::{Failure, at},
    folder::Staging,
    printer::Printer,
    progress::Stages,
};

pub fn disclose(args: &Disclose, printer: Printer) -> Result<(), Failure> {
    let policy = super::policy(&args.policy)?;
    let staging = Staging::fresh(&args.out)?;
    let mut loaded = load(&args.result)?;
    let disclosure = disclose::disclose(&loaded.results, &loaded.manifest.outputs, &policy, &args.to)?;
    // Every other form is made of the rows that the receiver may see, and of nothing else.
    loaded.results = disclose::rows_for(&disclosure, &loaded.results);
    loaded.manifest.notes.clear();
    let tlp = tlp(args.tlp);
    let Exported::File(stix) = export(&loaded, ExportFormat::Stix(tlp), &ExportOptions::default())? else {
        return Err(Failure::Internal(anyhow::anyhow!("STIX is one file")));
    };
    let stix = String::from_utf8(stix).map_err(|e| Failure::Internal(e.into()))?;
    let misp = text(&misp::event(&disclosure, tlp.label()))?;
    let own = disclosure.json().map_err(|e| Failure::Internal(e.into()))?;
    for (name, content) in [(disclose::FILE, own), ("stix.json", stix), ("misp.json", misp)] {
        let path = staging.path().join(name);
        at(fs::write(&path, harmless(&content)), &path)?;
    }
    staging.publish()?;
    printer.note(&format!(
        "wrote {}: {} rings with {} accounts of {}; {} withheld below the thresholds of the policy",
        args.out.display(),
        disclosure.rings.len(),
        disclosure.rings.iter().map(|r| r.own.len()).sum::<usize>(),
        escape::id(&disclosure.to),
        disclosure.withheld
    ));
    Ok(())
}

fn text(value: &Value) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::Internal(e.into()))?;
    Ok(text + "\n")
}

pub fn reveal(args: &Reveal, printer: Printer) -> Result<(), Failure> {
    let disclosure = Disclosure::read(&args.disclosure)?;
    let names = OwnNames::read(&args.private, &disclosure.to)?;
    let (mut lines, mut rows) = (String::new(), Vec::new());
    for ring in &disclosure.rings {
        let others: Vec<String> = ring
            .others
            .iter()
            .map(|o| format!("{} {} of {}", o.accounts, escape::id(&o.role), escape::id(&o.broker)))
            .collect();
        lines.push_str(&format!(
            "{}  {:.1} bits  {} to {}  {}\n  others: {}\n",
            escape::id(&ring.ring_id),
            ring.score_bits,
            escape::id(&ring.from),
            escape::id(&ring.to),
            escape::sentence(&ring.instruments.join(" ")),
            others.join(", ")
        ));
        for own in &ring.own {
            let account = names.account(&own.pseudonym);
            lines.push_str(&format!(
                "  {:<16} {:<8} {:>6.1} bits  {}\n",
                account.map_or_else(|| "not in the table".to_owned(), escape::id),
                escape::id(&own.role),
                own.bits,
                escape::sentence(&own.reasons.join(" "))
            ));
            rows.push(json!({"ring_id": ring.ring_id, "pseudonym": own.pseudonym, "account_id": account,
                "role": own.role, "bits": own.bits, "reasons": own.reasons, "signals": own.signals}));
        }
    }
    if let Some(out) = &args.out {
        write_whole(out, harmless(&text(&Value::Array(rows))?).as_bytes())?;
    }
    printer.result(&format!(
        "{lines}{} rings disclosed, {} withheld",
        disclosure.rings.len(),
        disclosure.withheld
    ));
    Ok(())
}

pub fn inquire(args: &Inquire, printer: Printer) -> Result<(), Failure> {
    let disclosure = Disclosure::read(&args.disclosure)?;
    let inquiry = messages::inquire(&disclosure, &args.ring, &args.to)?;
    let value = serde_json::to_value(&inquiry).map_err(|e| Failure::Internal(e.into()))?;
    write_whole(&args.out, harmless(&text(&value)?).as_bytes())?;
    printer.note(&format!("wrote {}: send it to {}", args.out.display(), escape::id(&args.to)));
    Ok(())
}

pub fn answer(args: &Answer, printer: Printer) -> Result<(), Failure> {
    let stages = Stages::new(printer);
    let policy = super::policy(&args.own.policy)?;
    let (inquiry, disclosure) =
        (messages::Inquiry::read(&args.inquiry)?, Disclosure::read(&args.disclosure)?);
    let ring = messages::may_answer(&disclosure, &inquiry, &policy)?;
    let private = args.own.private.clone().unwrap_or_else(|| args.own.case.join(".share"));
    let names = OwnNames::read(&private, &disclosure.to)?;
    let case = correlate::read(std::slice::from_ref(&args.own.case), &[], &Config::read("", &[])?, &stages)?;
    let index = MarketIndex::new(&case);
    let market = Market::new(&case, &index);
    let found = messages::find(&case, &disclosure.to, ring, &names, &|fill| market.yen(fill))?;
    let answer = messages::answer(&inquiry, found, &policy);
    let value = serde_json::to_value(&answer).map_err(|e| Failure::Internal(e.into()))?;
    write_whole(&args.out, harmless(&text(&value)?).as_bytes())?;
    printer.note(&format!(
        "wrote {}: {} accounts, {} reported, {} cleared; {}",
        args.out.display(),
        answer.accounts,
        answer.reported,
        answer.cleared,
        match (&answer.sums, &answer.withheld) {
            (Some(sums), _) => format!("bought {} yen, sold {} yen", sums.bought_jpy, sums.sold_jpy),
            (None, why) => format!("no sums: {}", why.as_deref().unwrap_or_default()),
        }
    ));
    Ok(())
}
