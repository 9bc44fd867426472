//! `coact`: co-action on any table of actions.

mod calibration;
#[cfg(feature = "cluster")]
mod engine;
mod request;
mod spill;
mod write;

use itoguchi_coaction::{
    Acts, CoactOptions, CoactionError, Columns, JudgedPair, Spilled, calibrate, coact, coact_between, linked,
    linked_between,
};
use itoguchi_ingest::{ActionScan, ActionTable, Actions, Names, RowReject, read_actions, scan_actions};
use itoguchi_model::progress::Progress as _;
use itoguchi_report::escape;

use super::{check_rejects, keep_rejects, stop_if_asked};
use crate::{
    args::{Coact, Kind},
    failure::{Failure, at},
    memory,
    printer::Printer,
    progress::{self, Stages},
};
use request::Request;
use write::Told;

pub fn run(args: &Coact, printer: Printer) -> Result<(), Failure> {
    let request = Request::of(args)?;
    let stages = Stages::new(printer);
    let Found { actors, pairs, rejects, calibration } = match request.acts_in_memory {
        None => in_memory(args, &request, &stages, printer)?,
        Some(acts) => in_parts(args, &request, acts, &stages, printer)?,
    };
    stop_if_asked(&stages)?;
    stages.begin("write", pairs.len() as u64);
    let told = Told {
        occasions: args.occasions,
        lead: args.lead,
        chance: args.chance,
        significance: !args.no_significance,
    };
    told.table(&actors, &pairs).write(&args.out, request.form, &stages)?;
    stages.end(pairs.len() as u64);
    keep_rejects(&args.out, &rejects, printer)?;
    printer.note(&progress::table(&stages.done(), memory::peak()));
    printer.note(&format!("wrote {} pairs to {}", pairs.len(), args.out.display()));
    if let Some(calibration) = calibration {
        printer.result(&calibration);
    }
    Ok(())
}

/// What came out of a table.
struct Found {
    actors: Names,
    pairs: Vec<JudgedPair>,
    rejects: Vec<RowReject>,
    /// The table of --calibrate.
    calibration: Option<String>,
}

fn in_memory(args: &Coact, request: &Request, stages: &Stages, printer: Printer) -> Result<Found, Failure> {
    stages.begin("read", 0);
    let actions = read_actions(&args.file, &request.columns)?;
    stages.end(actions.read);
    let Actions { actors, sides, columns, rejects, read, left_out, .. } = actions;
    let rows = Rows { read, left_out, used: columns.len() as u64, rejects: &rejects };
    rows.check(args)?;
    printer.note(&rows.account(args));

    // The names of objects are gone, and the columns go into the acts.
    let number = columns.len() as u64;
    stages.begin("sort", number);
    let acts = Population::of(args, columns, &sides)?;
    stages.end(number);
    stop_if_asked(stages)?;
    stages.begin("co-action", 0);
    #[cfg(feature = "cluster")]
    let pairs = match (&request.engine, &acts) {
        (Some(engine), Population::One(acts)) => {
            engine::pairs(engine, args, acts, request.window_micros, stages, printer)?
        }
        _ => acts.pairs(args, request.window_micros)?,
    };
    #[cfg(not(feature = "cluster"))]
    let pairs = acts.pairs(args, request.window_micros)?;
    stages.end(pairs.len() as u64);
    let calibration =
        args.calibrate.map(|trials| acts.calibration(args, request.window_micros, trials, stages));
    Ok(Found { actors, pairs, rejects, calibration: calibration.transpose()? })
}

/// Reads the table twice more than it would have to, and holds no more of its acts than it may.
fn in_parts(
    args: &Coact,
    request: &Request,
    acts_in_memory: usize,
    stages: &Stages,
    printer: Printer,
) -> Result<Found, Failure> {
    stages.begin("read", 0);
    let scan = scan_actions(&args.file, &request.columns)?;
    stages.end(scan.read);
    let rows = Rows { read: scan.read, left_out: scan.left_out, used: scan.rows(), rejects: &scan.rejects };
    rows.check(args)?;
    printer.note(&rows.account(args));
    if scan.rows() <= acts_in_memory as u64 {
        return in_memory(args, request, stages, Printer::silent());
    }
    stages.begin("set aside", scan.rows());
    let folder = at(spill::Folder::new(), &std::env::temp_dir())?;
    let window = Some(request.window_micros);
    let spilled = Spilled::new(&spill::Table(&scan), &folder, window, acts_in_memory)?;
    stages.end(scan.rows());
    stop_if_asked(stages)?;
    stages.begin("co-action", 0);
    let pairs = match args.max_q {
        Some(max_q) => enough_of(args, spilled.linked(max_q)?),
        None => spilled.coact(&coact_options(args, window))?,
    };
    stages.end(pairs.len() as u64);
    drop(spilled);
    let ActionScan { actors, rejects, .. } = scan;
    Ok(Found { actors, pairs, rejects, calibration: None })
}

fn coact_options(args: &Coact, window_micros: Option<i64>) -> CoactOptions {
    CoactOptions {
        window_micros,
        min_participation: args.min_participation,
        min_occasions: args.min_occasions,
        min_objects: args.min_objects,
        significance: !args.no_significance,
    }
}

/// Linked pairs that reach the floors.
fn enough_of(args: &Coact, linked: Vec<JudgedPair>) -> Vec<JudgedPair> {
    let enough = |pair: &JudgedPair| {
        pair.count.occasions >= args.min_occasions && pair.count.objects >= args.min_objects
    };
    linked.into_iter().filter(enough).collect()
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

    fn pairs(&self, args: &Coact, window: i64) -> Result<Vec<JudgedPair>, CoactionError> {
        let window = Some(window);
        if let Some(max_q) = args.max_q {
            let linked = match self {
                Self::One(acts) => linked(acts, window, max_q),
                Self::Two(left, right) => linked_between(left, right, window, max_q),
            }?;
            return Ok(enough_of(args, linked));
        }
        let options = coact_options(args, window);
        match self {
            Self::One(acts) => coact(acts, &options),
            Self::Two(left, right) => coact_between(left, right, &options),
        }
    }

    /// How p-values turn out where who was there is left to chance.
    fn calibration(
        &self,
        args: &Coact,
        window: i64,
        trials: u32,
        stages: &Stages,
    ) -> Result<String, Failure> {
        let Self::One(acts) = self else { return Ok(String::new()) };
        let max_q = args.max_q.unwrap_or(0.05);
        stages.begin("calibrate", trials.into());
        let mut found = Vec::new();
        for number in 1..=trials {
            stop_if_asked(stages)?;
            found.push(calibrate(acts, Some(window), max_q, number)?);
        }
        stages.end(trials.into());
        Ok(calibration::table(&found, max_q))
    }
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

/// What became of the rows of a table.
struct Rows<'a> {
    read: u64,
    left_out: u64,
    used: u64,
    rejects: &'a [RowReject],
}

impl Rows<'_> {
    fn account(&self, args: &Coact) -> String {
        let left_out = if args.keep.is_empty() {
            String::new()
        } else {
            format!(" + left out by --keep {}", self.left_out)
        };
        format!(
            "{}: read {} = used {} + rejected {}{left_out}",
            args.file.display(),
            self.read,
            self.used,
            self.rejects.len()
        )
    }

    /// Refuses what is no table of actions.
    fn check(&self, args: &Coact) -> Result<(), Failure> {
        if self.left_out > 0 && self.left_out == self.read {
            return Err(Failure::input(format!(
                "{}: --keep {} leaves none of {} rows\nhint: the text must be exactly that of the column, to the \
                 letter",
                args.file.display(),
                args.keep.join(" --keep "),
                self.read
            )));
        }
        let hint = "check the names of the columns (--actor, --object, --time, --content, --side)";
        check_rejects(&args.file, self.read - self.left_out, self.rejects, hint)
    }
}
