//! `coact`: co-action on any table of actions.

mod request;
mod write;

use std::path::Path;

use itoguchi_coaction::{
    Acts, CoactOptions, CoactPair, CoactionError, Columns, LinkedPair, coact, coact_between, linked,
    linked_between,
};
use itoguchi_ingest::{ActionReject, ActionTable, Actions, Names, read_actions};
use itoguchi_model::progress::Progress as _;
use itoguchi_report::escape;

use crate::{
    args::{Coact, Kind},
    failure::Failure,
    memory,
    printer::Printer,
    progress::{self, Stages},
};
use request::Request;
use write::{Pairs, Told};

/// More unreadable rows than this share, and the file is not what it was taken for.
const MOST_REJECTS: f64 = 0.05;

pub fn run(args: &Coact, printer: Printer) -> Result<(), Failure> {
    let request = Request::of(args)?;
    let stages = Stages::new(printer);
    stages.begin("read", 0);
    let actions = read_actions(&args.file, &request.columns)?;
    stages.end(actions.read);
    refuse_what_is_no_table(args, &actions)?;
    printer.note(&account_for_rows(args, &actions));

    // The names of objects are not needed any more, and the columns go into the acts.
    let Actions { actors, sides, columns, rejects, .. } = actions;
    let rows = columns.len() as u64;
    stages.begin("sort", rows);
    let acts = Population::of(args, columns, &sides)?;
    stages.end(rows);
    stop_if_asked(&stages)?;
    stages.begin("co-action", 0);
    let pairs = acts.pairs(args, request.window_micros)?;
    drop(acts);
    stages.end(pairs.len() as u64);
    stop_if_asked(&stages)?;

    stages.begin("write", pairs.len() as u64);
    let told = Told { occasions: args.occasions, lead: args.lead, significance: !args.no_significance };
    Pairs { names: &actors, pairs: &pairs, told }.write(&args.out, request.form, &stages)?;
    stages.end(pairs.len() as u64);
    keep_rejects(&args.out, &rejects, printer)?;
    printer.note(&progress::table(&stages.done(), memory::peak()));
    printer.note(&format!("wrote {} pairs to {}", pairs.len(), args.out.display()));
    Ok(())
}

fn stop_if_asked(stages: &Stages) -> Result<(), Failure> {
    if stages.cancelled() { Err(Failure::Interrupted) } else { Ok(()) }
}

/// Acts that may coincide: among each other, or those of the left side with those of the right one.
enum Population {
    One(Acts),
    Two(Acts, Acts),
}

impl Population {
    fn of(args: &Coact, columns: ActionTable, sides: &Names) -> Result<Self, Failure> {
        let ActionTable { actor, object, time, content, side } = columns;
        if args.kind == Kind::Same {
            return Ok(Self::One(Acts::new(Columns { object, time, actor, content })?));
        }
        if sides.len() != 2 {
            return Err(not_two_sides(args, sides));
        }
        let (left_object, right_object) = split(object, &side);
        let (left_time, right_time) = split(time, &side);
        let (left_actor, right_actor) = split(actor, &side);
        drop(side);
        let acts = |object, time, actor| Acts::new(Columns { object, time, actor, content: Vec::new() });
        Ok(Self::Two(acts(left_object, left_time, left_actor)?, acts(right_object, right_time, right_actor)?))
    }

    fn pairs(&self, args: &Coact, window: i64) -> Result<Vec<CoactPair>, CoactionError> {
        let window = Some(window);
        if let Some(max_q) = args.max_q {
            let linked = match self {
                Self::One(acts) => linked(acts, window, max_q),
                Self::Two(left, right) => linked_between(left, right, window, max_q),
            }?;
            let enough = |pair: &LinkedPair| {
                pair.count.occasions >= args.min_occasions && pair.count.objects >= args.min_objects
            };
            return Ok(linked.into_iter().filter(enough).map(as_coact_pair).collect());
        }
        let options = CoactOptions {
            window_micros: window,
            min_participation: args.min_participation,
            min_occasions: args.min_occasions,
            min_objects: args.min_objects,
            significance: !args.no_significance,
        };
        match self {
            Self::One(acts) => coact(acts, &options),
            Self::Two(left, right) => coact_between(left, right, &options),
        }
    }
}

fn as_coact_pair(pair: LinkedPair) -> CoactPair {
    CoactPair { count: pair.count, bits: pair.surprise.bits, q_value: pair.q_value }
}

/// The values of the first side and those of the second.
fn split<T>(column: Vec<T>, side: &[u32]) -> (Vec<T>, Vec<T>) {
    let left_rows = side.iter().filter(|side| **side == 0).count();
    let mut left = Vec::with_capacity(left_rows);
    let mut right = Vec::with_capacity(side.len() - left_rows);
    for (value, side) in column.into_iter().zip(side) {
        if *side == 0 { left.push(value) } else { right.push(value) }
    }
    (left, right)
}

fn not_two_sides(args: &Coact, sides: &Names) -> Failure {
    let column = args.side.as_deref().unwrap_or_default();
    let shown: Vec<String> = sides.iter().take(5).map(escape::id).collect();
    let more = if sides.len() > shown.len() { ", …" } else { "" };
    let which = if sides.is_empty() { String::new() } else { format!(": {}{more}", shown.join(", ")) };
    Failure::input(format!(
        "{}: opposite sides are two, and --side {column:?} holds {} of them in the rows used{which}\nhint: name the \
         column that tells buys from sells",
        args.file.display(),
        sides.len()
    ))
}

fn account_for_rows(args: &Coact, actions: &Actions) -> String {
    let left_out = if args.keep.is_empty() {
        String::new()
    } else {
        format!(" + left out by --keep {}", actions.left_out)
    };
    format!(
        "{}: read {} = used {} + rejected {}{left_out}",
        args.file.display(),
        actions.read,
        actions.columns.len(),
        actions.rejects.len()
    )
}

fn refuse_what_is_no_table(args: &Coact, actions: &Actions) -> Result<(), Failure> {
    if actions.left_out > 0 && actions.left_out == actions.read {
        return Err(Failure::input(format!(
            "{}: --keep {} leaves none of {} rows\nhint: the text must be exactly that of the column, to the letter",
            args.file.display(),
            args.keep.join(" --keep "),
            actions.read
        )));
    }
    let looked_at = actions.read - actions.left_out;
    let rejects = &actions.rejects;
    if rejects.len() as f64 <= MOST_REJECTS * looked_at as f64 {
        return Ok(());
    }
    let first: Vec<String> = rejects
        .iter()
        .take(3)
        .map(|r| format!("  row {}, {}, {:?}: {}", r.row, escape::sentence(&r.column), r.value, r.reason))
        .collect();
    Err(Failure::input(format!(
        "{}: {} of {looked_at} rows cannot be read\n{}\nhint: check the names of the columns (--actor, --object, \
         --time, --content, --side)",
        args.file.display(),
        rejects.len(),
        first.join("\n")
    )))
}

/// Unreadable rows are kept beside the pairs.
fn keep_rejects(out: &Path, rejects: &[ActionReject], printer: Printer) -> Result<(), Failure> {
    if rejects.is_empty() {
        return Ok(());
    }
    let path = out.with_extension("rejects.csv");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |fields: [&str; 4]| writer.write_record(fields).map_err(|e| Failure::Internal(e.into()));
    write(["row", "column", "value", "reason"])?;
    for r in rejects {
        write([&r.row.to_string(), &r.column, &r.value, r.reason])?;
    }
    let bytes = writer.into_inner().map_err(|e| Failure::Internal(e.into_error().into()))?;
    super::write_whole(&path, &bytes)?;
    printer.note(&format!("kept {} rejected rows in {}", rejects.len(), path.display()));
    Ok(())
}
