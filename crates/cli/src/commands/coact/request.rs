//! What the flags of `coact` ask for, checked before a row is read.

use itoguchi_ingest::ActionColumns;

use super::spill::{acts_in, parse_bytes};
use crate::{
    args::{Coact, Kind},
    commands::table::{Form, check_place},
    failure::Failure,
};

/// What --match-on stands for where it is not given.
const MATCH_ON: [&str; 2] = ["price", "quantity"];

/// Flags that make sense together.
#[derive(Debug)]
pub struct Request {
    pub window_micros: i64,
    /// Acts that may be in memory.
    pub acts_in_memory: Option<usize>,
    pub form: Form,
    pub columns: ActionColumns,
    /// Where the pairs are counted, if not here.
    #[cfg(feature = "cluster")]
    pub engine: Option<itoguchi_cluster::Engine>,
}

impl Request {
    pub fn of(args: &Coact) -> Result<Self, Failure> {
        let window_micros = parse_window(&args.window)?;
        let form = Form::of(&args.out)?;
        check_flags(args)?;
        check_place(&args.out, &args.file)?;
        let acts_in_memory = args.memory.as_deref().map(parse_memory).transpose()?;
        Ok(Self {
            window_micros,
            acts_in_memory,
            form,
            columns: columns(args)?,
            #[cfg(feature = "cluster")]
            engine: super::engine::asked(args)?,
        })
    }
}

/// The columns to read. Where only acts of one side coincide, the side is part of the object.
fn columns(args: &Coact) -> Result<ActionColumns, Failure> {
    let mut object = args.object.clone();
    let side = match args.kind {
        Kind::Same => {
            object.extend(args.side.clone());
            None
        }
        Kind::Opposite => args.side.clone(),
        Kind::Match => {
            if args.match_on.is_empty() {
                object.extend(MATCH_ON.map(str::to_owned));
            } else {
                object.extend_from_slice(&args.match_on);
            }
            args.side.clone()
        }
    };
    Ok(ActionColumns {
        actor: args.actor.clone(),
        object,
        time: args.time.clone(),
        content: args.content.clone(),
        side,
        keep: args.keep.iter().map(|text| parse_keep(text)).collect::<Result<_, _>>()?,
    })
}

fn check_flags(args: &Coact) -> Result<(), Failure> {
    let two_sides = args.kind != Kind::Same;
    let kind = if args.kind == Kind::Match { "--kind match" } else { "--kind opposite" };
    if two_sides && args.side.is_none() {
        return Err(Failure::input(format!(
            "{kind} needs to know the sides\nhint: name their column, as --side side"
        )));
    }
    if args.kind != Kind::Match && !args.match_on.is_empty() {
        return Err(Failure::input(
            "--match-on goes with --kind match alone\nhint: add --kind match, or name the columns in --object",
        ));
    }
    let not_with = |flag: &str, other: &str, why: &str| {
        Err(Failure::input(format!("{flag} does not go with {other}: {why}\nhint: leave one of the two out")))
    };
    let narrowed = [
        (args.content.is_some(), "--content", "it looks at actors, objects and times alone"),
        (args.min_participation > 1, "--min-participation", "it looks at the acts of all actors"),
    ];
    for (given, flag, why) in narrowed {
        match args.max_q {
            Some(_) if given => return not_with("--max-q", flag, why),
            None if given && two_sides => return not_with(kind, flag, why),
            _ => {}
        }
    }
    if args.calibrate.is_some() && (two_sides || args.memory.is_some()) {
        let other = if two_sides { kind } else { "--memory" };
        return not_with("--calibrate", other, "it deals the actors of one population in memory");
    }
    if args.memory.is_some() {
        let whole = "what it needs is not set aside on disk";
        for (given, flag) in [
            (two_sides, kind),
            (args.content.is_some(), "--content"),
            (args.min_participation > 1, "--min-participation"),
        ] {
            if given {
                return not_with("--memory", flag, whole);
            }
        }
    }
    match args.max_q {
        Some(_) if args.no_significance => {
            not_with("--max-q", "--no-significance", "it is a limit to the q-values")
        }
        Some(q) if !(0.0..1.0).contains(&q) => Err(Failure::input(format!(
            "--max-q {q} is no false discovery rate to ask for\nhint: give a share below 1, as 0.05; leave the flag \
             out for all pairs"
        ))),
        _ => Ok(()),
    }
}

/// A place that cannot be written is told before the work, and the table is never replaced by its pairs.
fn parse_keep(text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((column, value)) if !column.is_empty() => Ok((column.to_owned(), value.to_owned())),
        _ => Err(Failure::input(format!(
            "--keep {text:?} names no column and value\nhint: write COL=VALUE, as side=buy"
        ))),
    }
}

/// A number with a unit to microseconds; a bare number is seconds.
fn parse_window(text: &str) -> Result<i64, Failure> {
    let bad = || {
        Failure::input(format!(
            "--window {text:?} is no length of time\nhint: a number with a unit: 500ms, 60s, 5m, 2h, 1d"
        ))
    };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: i64 = text[..digits].parse().map_err(|_| bad())?;
    let unit = match &text[digits..] {
        "us" => 1,
        "ms" => 1_000,
        "" | "s" => 1_000_000,
        "m" | "min" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        _ => return Err(bad()),
    };
    number.checked_mul(unit).ok_or_else(bad)
}

/// Less than this, and the parts would be too many to work on.
const LEAST_MEMORY: u64 = 64 << 10;

fn parse_memory(text: &str) -> Result<usize, Failure> {
    parse_bytes(text).filter(|bytes| *bytes >= LEAST_MEMORY).map(acts_in).ok_or_else(|| {
        Failure::input(format!(
            "--memory {text:?} is no size to work with\nhint: a whole number with a unit, 64K or more: 512M, 4G"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_have_units() {
        for (text, micros) in
            [("60", 60_000_000), ("60s", 60_000_000), ("5m", 300_000_000), ("500ms", 500_000)]
        {
            assert_eq!(parse_window(text).ok(), Some(micros), "{text}");
        }
        for bad in ["", "s", "-1s", "1w", "1.5s", "99999999999999999999s", "9999999999999d"] {
            assert!(parse_window(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn filters_are_cut_at_the_first_sign() {
        let keep = |text: &str| parse_keep(text).ok();
        assert_eq!(keep("side=buy"), Some(("side".to_owned(), "buy".to_owned())));
        assert_eq!(keep("note=a=b"), Some(("note".to_owned(), "a=b".to_owned())));
        assert_eq!(keep("note="), Some(("note".to_owned(), String::new())));
        assert_eq!((keep("note"), keep("=buy"), keep("")), (None, None, None));
    }
}
