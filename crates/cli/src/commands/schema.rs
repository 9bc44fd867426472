//! `schema`: the contract, from the code.

use itoguchi_engine::Config;
use itoguchi_ingest::contract::{self, ColumnType};
use itoguchi_report::{
    render_table,
    schema::{Described, DescribedColumn},
    schema_text,
};

use crate::{args::Schema, failure::Failure, printer::Printer};

pub fn run(args: &Schema, printer: Printer) -> Result<(), Failure> {
    let text = match args.table.as_deref() {
        None => {
            let inputs: Vec<String> = contract::TABLES.iter().map(|t| render(t)).collect();
            format!("IN\n\n{}\nOUT\n\n{}", inputs.join("\n"), schema_text(None).unwrap_or_default())
        }
        Some("config") => settings(),
        Some(name) => match (contract::table(name), schema_text(Some(name))) {
            // `accounts` goes in and comes out: both are meant.
            (Some(table), Some(out)) => format!("IN\n\n{}\nOUT\n\n{out}", render(table)),
            (Some(table), None) => render(table),
            (None, Some(out)) => out,
            (None, None) => {
                return Err(Failure::input(format!(
                    "there is no table {name:?}\nhint: `itoguchi schema` shows all of them; `itoguchi schema config` \
                     the settings"
                )));
            }
        },
    };
    printer.result(&text);
    Ok(())
}

fn render(table: &contract::Table) -> String {
    let columns = table.columns.iter().map(|c| DescribedColumn {
        name: c.name.to_owned(),
        kind: kind(c.kind).to_owned(),
        nullable: !c.required,
        meaning: c.meaning.to_owned(),
    });
    let described = Described {
        name: table.name.to_owned(),
        meaning: table.meaning.to_owned(),
        columns: columns.collect(),
    };
    render_table(&described, 100)
}

fn kind(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "string",
        ColumnType::Time => "timestamp(us, UTC)",
        ColumnType::Date => "date32",
        ColumnType::Float => "float64",
        ColumnType::UInt16 => "uint16",
        ColumnType::UInt32 => "uint32",
    }
}

/// Every setting with its default, as TOML that `--config` takes.
fn settings() -> String {
    Config::default().to_toml()
}
