//! `share`: what may cross a broker's border.

mod disclose;

use std::path::{Path, PathBuf};

use itoguchi_engine::Config;
use itoguchi_keyholder::{
    brokers::Brokers,
    client::{self, Client},
    serve,
};
use itoguchi_model::{Case, Instant, progress::Progress as _};
use itoguchi_report::escape;
use itoguchi_share::{
    bundle::{self, Bundle, Head},
    epoch, exchange,
    identifiers::{Identifiers, broker_of},
    policy::Policy,
    purge,
    steps::{self, Private},
};

use crate::{
    args::Command,
    args::share::{
        AsOf, Ask, Compare, Evaluate, Inspect, Keys, Own, Prepare, Purge, Request, ServeKeys, Share,
        ShareCommand,
    },
    failure::{Failure, at},
    folder::Staging,
    memory,
    printer::Printer,
    progress::{self, Stages},
};

/// Values of each field that `inspect` shows.
const EXAMPLES: usize = 2;

pub fn run(args: &Share, printer: Printer) -> Result<(), Failure> {
    match &args.command {
        ShareCommand::Keys(args) => keys(args, printer),
        ShareCommand::Request(args) => request(args, printer),
        ShareCommand::Evaluate(args) => evaluate(args, printer),
        ShareCommand::ServeKeys(args) => serve_keys(args, printer),
        ShareCommand::Ask(args) => ask(args, printer),
        ShareCommand::Prepare(args) => prepare(args, printer),
        ShareCommand::Inspect(args) => inspect(args, printer),
        ShareCommand::Compare(args) => compare(args, printer),
        ShareCommand::Disclose(args) => disclose::disclose(args, printer),
        ShareCommand::Reveal(args) => disclose::reveal(args, printer),
        ShareCommand::Inquire(args) => disclose::inquire(args, printer),
        ShareCommand::Answer(args) => disclose::answer(args, printer),
        ShareCommand::Purge(args) => purge(args, printer),
    }
}

/// Whether the command is a service.
pub fn serves(command: &Command) -> bool {
    matches!(command, Command::Share(Share { command: ShareCommand::ServeKeys(_) }))
}

fn moment(text: &str) -> Result<Instant, Failure> {
    Instant::parse_rfc3339(text).ok_or_else(|| {
        Failure::input(format!(
            "{} is no time\nhint: write it as 2025-04-01T00:00:00+09:00",
            escape::sentence(text)
        ))
    })
}

/// The time that was given, or the clock's; the clock's is said.
fn now(time: &AsOf, printer: Printer) -> Result<Instant, Failure> {
    if let Some(text) = &time.as_of {
        return moment(text);
    }
    let now = Instant(jiff::Timestamp::now().as_microsecond());
    printer.note(&format!("as of {now}, by the clock"));
    Ok(now)
}

fn policy(path: &Path) -> Result<Policy, Failure> {
    Ok(Policy::read(&at(std::fs::read_to_string(path), path)?)?)
}

/// What a broker begins with.
struct Ours {
    case: Case,
    policy: Policy,
    identifiers: Identifiers,
    private: Private,
    now: Instant,
}

fn ours(own: &Own, stages: &Stages, printer: Printer) -> Result<Ours, Failure> {
    let (policy, now) = (policy(&own.policy)?, now(&own.time, printer)?);
    let config = Config::read("", &[])?;
    let case = super::correlate::read(std::slice::from_ref(&own.case), &[], &config, stages)?;
    let broker = broker_of(&case, own.broker.as_deref())?;
    let identifiers = Identifiers::of(&case, &broker, &policy);
    let folder = own.private.clone().unwrap_or_else(|| own.case.join(".share"));
    Ok(Ours { case, policy, identifiers, private: Private::at(&folder), now })
}

fn keys(args: &Keys, printer: Printer) -> Result<(), Failure> {
    let keys = epoch::Keys::at(&args.keys);
    let epoch = keys.make(&args.epoch, moment(&args.from)?, moment(&args.until)?)?;
    printer.note(&format!(
        "epoch {} from {} until {}\npublic key {}\nhand out {}; keep the secret beside it to yourself",
        epoch.id,
        epoch.valid_from,
        epoch.valid_until,
        epoch.public_key,
        keys.epoch_file(&epoch.id).display()
    ));
    Ok(())
}

fn request(args: &Request, printer: Printer) -> Result<(), Failure> {
    let stages = Stages::new(printer);
    let epoch = epoch::Epoch::read(&args.epoch)?;
    let ours = ours(&args.own, &stages, printer)?;
    let request = steps::request(&ours.identifiers, &ours.policy, &epoch, &ours.private, ours.now, &stages)?;
    super::write_whole(&args.out, &request.bytes())?;
    let (broker, elements) = (&request.header.broker, request.header.elements);
    printer.note(&format!(
        "{}wrote {}: {elements} blinded elements of {broker} for epoch {}",
        asked(&ours.identifiers, &stages),
        args.out.display(),
        epoch.id
    ));
    Ok(())
}

/// The stages, and what became of each kind.
fn asked(identifiers: &Identifiers, stages: &Stages) -> String {
    let mut text = progress::table(&stages.done(), memory::peak());
    for (kind, counts) in identifiers.counts() {
        text.push_str(&format!(
            "{}: {} distinct, {} hubs left out, {} without canonical form left out, {} asked for\n",
            kind.name(),
            counts.distinct,
            counts.hubs,
            counts.unfit,
            counts.tokens
        ));
    }
    text
}

fn evaluate(args: &Evaluate, printer: Printer) -> Result<(), Failure> {
    let stages = Stages::new(printer);
    let (policy, now) = (policy(&args.policy)?, now(&args.time, printer)?);
    let request = exchange::Request::read(&args.request)?;
    let keys = epoch::Keys::at(&args.keys);
    let from = args.from.as_deref();
    let response = steps::evaluate(&request, &args.request, &keys, &policy, from, &args.out, now, &stages)?;
    let header = &response.header;
    printer.note(&format!(
        "{}wrote {}: {} elements for {} in epoch {}, with {} proofs; logged in {}",
        progress::table(&stages.done(), memory::peak()),
        args.out.display(),
        header.elements,
        header.broker,
        header.epoch.id,
        response.batches.len(),
        keys.log_file().display()
    ));
    Ok(())
}

fn serve_keys(args: &ServeKeys, printer: Printer) -> Result<(), Failure> {
    let settings = serve::Settings {
        keys: epoch::Keys::at(&args.keys),
        policy: policy(&args.policy)?,
        brokers: Brokers::read(&args.brokers)?,
        epochs: args.epoch.clone(),
        limits: serve::Limits::default(),
    };
    for id in &args.epoch {
        settings.keys.open(id)?;
    }
    let tls = serve::identity(&args.cert, &args.key, &args.client_ca)?;
    let listener = serve::listen(&args.listen)?;
    let address = listener.local_addr().map_or_else(|_| args.listen.clone(), |a| a.to_string());
    printer.note(&format!("serving {} brokers on https://{address}", settings.brokers.brokers.len()));
    let stages = Stages::new(printer);
    serve::serve(&settings, tls, listener, &|| stages.cancelled())?;
    printer.note("stopped; what was begun is finished");
    Ok(())
}

fn ask(args: &Ask, printer: Printer) -> Result<(), Failure> {
    let stages = Stages::new(printer);
    let epoch = epoch::Epoch::read(&args.epoch)?;
    let service = Client::new(&client::Settings {
        service: args.service.clone(),
        certificate: args.cert.clone(),
        key: args.key.clone(),
        ca: args.ca.clone(),
    })?;
    let ours = ours(&args.own, &stages, printer)?;
    epoch.must_hold(ours.now)?;
    service.offers(&epoch, &ours.policy)?;
    let (identifiers, private) = (&ours.identifiers, &ours.private);
    let response =
        steps::ask(identifiers, &ours.policy, &epoch, private, &service, &args.out, ours.now, &stages)?;
    let header = &response.header;
    printer.note(&format!(
        "{}wrote {}: {} elements for {} in epoch {}, with {} proofs that hold",
        asked(identifiers, &stages),
        args.out.display(),
        header.elements,
        header.broker,
        header.epoch.id,
        response.batches.len()
    ));
    Ok(())
}

fn prepare(args: &Prepare, printer: Printer) -> Result<(), Failure> {
    let stages = Stages::new(printer);
    let staging = Staging::for_bundle(&args.out)?;
    let ours = ours(&args.own, &stages, printer)?;
    let response = exchange::Response::read(&args.response)?;
    let head = bundle::prepare(
        &ours.case,
        &ours.identifiers,
        &ours.policy,
        &response,
        &args.response,
        &ours.private,
        staging.path(),
        ours.now,
        &stages,
    )?;
    staging.publish()?;
    printer.note(&format!(
        "{}{}wrote {}\nlook at what leaves with `itoguchi share inspect` before it does",
        progress::table(&stages.done(), memory::peak()),
        left_out(&head),
        args.out.display()
    ));
    Ok(())
}

fn left_out(head: &Head) -> String {
    let counts = &head.counts;
    let mut text = String::new();
    for (kind, of) in &counts.identifiers {
        text.push_str(&format!(
            "{}: {} tokens; {} hubs and {} without canonical form left out\n",
            kind.name(),
            of.tokens,
            of.hubs,
            of.unfit
        ));
    }
    text.push_str(&format!(
        "left out: {} failed logins and logouts, {} fills without an instrument's code\n",
        counts.logins_left_out, counts.fills_without_code
    ));
    text
}

fn inspect(args: &Inspect, printer: Printer) -> Result<(), Failure> {
    let bundle = Bundle::read(&args.bundle)?;
    let head = bundle.head();
    let mut text = format!(
        "BUNDLE\n  broker {}, epoch {}, {} accounts\n  made {}, expires {}\n  policy {}\n",
        head.broker,
        head.epoch.id,
        head.counts.accounts,
        escape::sentence(&head.made),
        escape::sentence(&head.expires),
        escape::sentence(&head.policy_sha256)
    );
    let mut table = "";
    for field in bundle.fields(EXAMPLES) {
        if field.table != table {
            table = field.table;
            let rows = head.files.iter().find(|f| f.path == table).map_or(0, |f| f.rows);
            text.push_str(&format!("\n{table}, {rows} rows\n"));
        }
        let examples: Vec<String> = field.examples.iter().map(|e| escape::visible(e, 40)).collect();
        text.push_str(&format!(
            "  {:<14}{:>9} filled{:>9} distinct  {}\n{:16}{}\n",
            field.column,
            field.filled,
            field.distinct,
            examples.join(", "),
            "",
            field.meaning
        ));
    }
    text.push_str(&format!("\nLEFT OUT\n{}", left_out(head)));
    printer.result(&text);
    Ok(())
}

fn compare(args: &Compare, printer: Printer) -> Result<(), Failure> {
    let now = now(&args.time, printer)?;
    let (a, b) = (Bundle::read(&args.a)?, Bundle::read(&args.b)?);
    let common = bundle::compare(&a, &b, now)?;
    let (name_a, name_b) = (&a.head().broker, &b.head().broker);
    let mut text = format!("{:<12}{name_a:>16}{name_b:>16}{:>16}\n", "kind", "both");
    for c in common {
        text.push_str(&format!("{:<12}{:>16}{:>16}{:>16}\n", c.kind.name(), c.a, c.b, c.both));
    }
    printer.result(&text);
    Ok(())
}

fn purge(args: &Purge, printer: Printer) -> Result<(), Failure> {
    let now = now(&args.time, printer)?;
    let mut text = String::new();
    let (mut removed, mut kept) = (0, 0);
    for folder in &args.folders {
        let done = purge::purge(folder, now)?;
        for line in &done.removed {
            let path: PathBuf = line.bundle.clone().into();
            text.push_str(&format!(
                "removed {} of {}, epoch {}, expired {}\n",
                escape::sentence(&path.display().to_string()),
                line.broker,
                line.epoch,
                escape::sentence(&line.expires)
            ));
        }
        removed += done.removed.len();
        kept += done.kept;
    }
    printer.result(&format!("{text}{removed} removed, {kept} kept, as of {now}"));
    Ok(())
}
