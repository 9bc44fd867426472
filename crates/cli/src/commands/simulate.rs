//! `simulate`: a world with its truth beside it.

use itoguchi_model::progress::Progress as _;
use itoguchi_worlds::{Format, Request, simulate, world_names};

use crate::{args::Simulate, failure::Failure, memory, printer::Printer, progress, progress::Stages};

pub fn run(args: &Simulate, printer: Printer) -> Result<(), Failure> {
    let world = args.world.as_deref().unwrap_or("list");
    if args.list || world == "list" {
        let lines: Vec<String> =
            world_names().iter().map(|(name, what)| format!("{name:<20} {what}")).collect();
        printer.result(&lines.join("\n"));
        return Ok(());
    }
    let out = args.out.as_deref().ok_or_else(|| Failure::input("no place to write\nhint: add --out CASE"))?;
    let stages = Stages::new(printer);
    let request =
        Request { world: world.to_owned(), accounts: args.accounts, days: args.days, seed: args.seed };
    stages.begin("simulate", 0);
    let world = simulate(&request)?;
    let rows: u64 = world.tables.iter().map(|t| t.rows.num_rows() as u64).sum();
    stages.end(rows);
    if stages.cancelled() {
        return Err(Failure::Interrupted);
    }
    let format = match args.format.as_deref() {
        Some("csv") => Format::Csv,
        Some(_) => Format::Parquet,
        None => world.format(),
    };
    stages.begin("write", 0);
    world.write(out, format)?;
    stages.end(rows);
    printer.note(&progress::table(&stages.done(), memory::peak()));
    printer.note(&format!("wrote {}; its truth is in {}", out.display(), out.join("truth").display()));
    Ok(())
}
