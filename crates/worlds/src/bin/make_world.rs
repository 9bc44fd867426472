//! Makes a case folder: `make_world WORLD OUT [--accounts N] [--days D] [--seed S] [--csv|--parquet]`.

use std::{io::Write, path::Path, process::ExitCode};

use itoguchi_worlds::{Format, Request, simulate, world_names};

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing can be done if even this does not reach the terminal.
            let _ = writeln!(std::io::stderr(), "make_world: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<(), String> {
    let names = || world_names().iter().map(|w| w.0).collect::<Vec<_>>().join(" | ");
    let [world, out, rest @ ..] = args else {
        return Err(format!("WORLD and OUT are needed\nhint: make_world {} OUT", names()));
    };
    let mut request = Request { world: world.clone(), accounts: None, days: None, seed: 1 };
    let mut format = None;
    let mut rest = rest.iter();
    while let Some(flag) = rest.next() {
        match flag.as_str() {
            "--csv" => format = Some(Format::Csv),
            "--parquet" => format = Some(Format::Parquet),
            "--accounts" => request.accounts = Some(number(flag, rest.next())?),
            "--days" => request.days = Some(number(flag, rest.next())?),
            "--seed" => request.seed = number(flag, rest.next())?,
            _ => {
                return Err(format!(
                    "{flag} is no flag of this program\nhint: --accounts, --days, --seed, --csv, --parquet"
                ));
            }
        }
    }
    let world = simulate(&request).map_err(|e| e.to_string())?;
    world.write(Path::new(out), format.unwrap_or(world.format())).map_err(|e| e.to_string())
}

fn number<T: std::str::FromStr>(flag: &str, value: Option<&String>) -> Result<T, String> {
    let text = value.ok_or_else(|| format!("{flag} needs a number"))?;
    text.parse().map_err(|_| format!("{flag} needs a whole number, not \"{text}\""))
}
