//! The `itoguchi` command: finds fraud rings across brokers.
//!
//! Here: arguments, exit codes, what goes to which stream. Everything else is in the libraries.

mod args;
mod commands;
mod decisions;
mod failure;
mod folder;
mod memory;
mod printer;
mod progress;

use std::{panic::catch_unwind, process::ExitCode};

use clap::Parser as _;

use crate::{args::Arguments, failure::Failure, printer::Printer};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let printer = Printer::new(&arguments.global);
    // A panic is our fault, never the input's: it gets its own exit code, and its place is printed by the hook.
    let outcome = catch_unwind(|| commands::run(&arguments, &printer)).unwrap_or_else(|_| {
        Err(Failure::Internal(anyhow::anyhow!("the engine broke an assumption of its own")))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            printer.error(&failure);
            failure.code()
        }
    }
}
