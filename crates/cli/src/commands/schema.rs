//! `schema`: the contract, from the code.

use itoguchi_engine::Config;
use itoguchi_ingest::contract::{self, ColumnType};
use itoguchi_report::{
    render_table,
    schema::{Described, DescribedColumn},
    schema_text, tables_markdown,
};

use crate::{args::Schema, failure::Failure, printer::Printer};

pub fn run(args: &Schema, printer: Printer) -> Result<(), Failure> {
    let text = match args.table.as_deref() {
        None if args.markdown => {
            let inputs: Vec<Described> = contract::TABLES.iter().map(|t| described(t)).collect();
            tables_markdown(&inputs)
        }
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
    render_table(&described(table), 100)
}

fn described(table: &contract::Table) -> Described {
    let columns = table.columns.iter().map(|c| DescribedColumn {
        name: c.name.to_owned(),
        kind: kind(c.kind).to_owned(),
        nullable: !c.required,
        meaning: c.meaning.to_owned(),
    });
    Described { name: table.name.to_owned(), meaning: table.meaning.to_owned(), columns: columns.collect() }
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
