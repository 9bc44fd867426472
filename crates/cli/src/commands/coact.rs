//! `coact`: co-action on any table of actions.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array},
    datatypes::{DataType, Field, Schema},
};
use itoguchi_coaction::{CoactOptions, CoactPair, Row, coact};
use itoguchi_ingest::{ActionColumns, Actions, read_actions};
use itoguchi_model::progress::Progress as _;
use itoguchi_report::escape;
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use crate::{
    args::Coact,
    failure::{Failure, at},
    memory,
    printer::Printer,
    progress::{self, Stages},
};

/// More unreadable rows than this share, and the file is not what it was taken for.
const MOST_REJECTS: f64 = 0.05;

pub fn run(args: &Coact, printer: Printer) -> Result<(), Failure> {
    let window = parse_window(&args.window)?;
    let parquet = is_parquet(&args.out)?;
    let columns = ActionColumns {
        actor: args.actor.clone(),
        object: args.object.clone(),
        time: args.time.clone(),
        content: args.content.clone(),
    };
    let stages = Stages::new(printer);
    stages.begin("read", 0);
    let actions = read_actions(&args.file, &columns)?;
    let read = actions.rows.len() + actions.rejects.len();
    stages.end(read as u64);
    refuse_if_mostly_rejected(args, &actions, read)?;
    printer.note(&format!(
        "{}: read {read} = used {} + rejected {}",
        args.file.display(),
        actions.rows.len(),
        actions.rejects.len()
    ));

    let rows: Vec<Row> = actions
        .rows
        .iter()
        .map(|(actor, object, time, content)| Row {
            actor: *actor,
            object: *object,
            time_micros: time.0,
            content: *content,
        })
        .collect();
    stages.begin("co-action", 0);
    let options = CoactOptions {
        window_micros: Some(window),
        min_participation: args.min_participation,
        significance: !args.no_significance,
    };
    let found = coact(&rows, &options)?;
    stages.end(rows.len() as u64);
    if stages.cancelled() {
        return Err(Failure::Interrupted);
    }
    let bytes = if parquet {
        as_parquet(&actions.actors, &found.pairs, options.significance)
            .map_err(|e| Failure::Internal(e.into()))?
    } else {
        as_csv(&actions.actors, &found.pairs, options.significance)?
    };
    super::write_whole(&args.out, &bytes)?;
    keep_rejects(&args.out, &actions, printer)?;
    printer.note(&progress::table(&stages.done(), memory::peak()));
    printer.note(&format!("wrote {} pairs to {}", found.pairs.len(), args.out.display()));
    Ok(())
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

fn is_parquet(path: &Path) -> Result<bool, Failure> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("parquet") => Ok(true),
        Some("csv") => Ok(false),
        _ => Err(Failure::input(format!(
            "{}: the form of the pairs is told by the ending\nhint: name it .csv or .parquet",
            path.display()
        ))),
    }
}

fn refuse_if_mostly_rejected(args: &Coact, actions: &Actions, read: usize) -> Result<(), Failure> {
    if actions.rejects.len() as f64 <= MOST_REJECTS * read as f64 {
        return Ok(());
    }
    let first: Vec<String> = actions
        .rejects
        .iter()
        .take(3)
        .map(|r| format!("  row {}, {}, {:?}: {}", r.row, escape::sentence(&r.column), r.value, r.reason))
        .collect();
    Err(Failure::input(format!(
        "{}: {} of {read} rows cannot be read\n{}\nhint: check the names of the columns (--actor, --object, --time, \
         --content)",
        args.file.display(),
        actions.rejects.len(),
        first.join("\n")
    )))
}

/// Unreadable rows are kept beside the pairs.
fn keep_rejects(out: &Path, actions: &Actions, printer: Printer) -> Result<(), Failure> {
    if actions.rejects.is_empty() {
        return Ok(());
    }
    let path = out.with_extension("rejects.csv");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |fields: [&str; 4]| writer.write_record(fields).map_err(|e| Failure::Internal(e.into()));
    write(["row", "column", "value", "reason"])?;
    for r in &actions.rejects {
        write([&r.row.to_string(), &r.column, &r.value, r.reason])?;
    }
    let bytes = writer.into_inner().map_err(|e| Failure::Internal(e.into_error().into()))?;
    at(std::fs::write(&path, bytes), &path)?;
    printer.note(&format!("kept {} rejected rows in {}", actions.rejects.len(), path.display()));
    Ok(())
}

fn as_csv(actors: &[String], pairs: &[CoactPair], significance: bool) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fault = |e: csv::Error| Failure::Internal(e.into());
    let mut header = vec!["a", "b", "weight", "avg_time_delta"];
    if significance {
        header.extend(["bits", "q_value"]);
    }
    writer.write_record(&header).map_err(fault)?;
    for pair in pairs {
        let mut record = vec![
            actors[pair.a as usize].clone(),
            actors[pair.b as usize].clone(),
            pair.weight.to_string(),
            pair.avg_time_delta().to_string(),
        ];
        if significance {
            record.extend([pair.bits.bits().to_string(), pair.q_value.to_string()]);
        }
        writer.write_record(&record).map_err(fault)?;
    }
    writer.into_inner().map_err(|e| Failure::Internal(e.into_error().into()))
}

fn as_parquet(
    actors: &[String],
    pairs: &[CoactPair],
    significance: bool,
) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let name = |of: fn(&CoactPair) -> u32| -> ArrayRef {
        Arc::new(pairs.iter().map(|p| Some(actors[of(p) as usize].as_str())).collect::<StringArray>())
    };
    let number =
        |of: fn(&CoactPair) -> f64| -> ArrayRef { Arc::new(pairs.iter().map(of).collect::<Float64Array>()) };
    let mut fields = vec![
        Field::new("a", DataType::Utf8, false),
        Field::new("b", DataType::Utf8, false),
        Field::new("weight", DataType::UInt64, false),
        Field::new("avg_time_delta", DataType::Float64, false),
    ];
    let weights: ArrayRef = Arc::new(pairs.iter().map(|p| p.weight).collect::<UInt64Array>());
    let mut arrays = vec![name(|p| p.a), name(|p| p.b), weights, number(CoactPair::avg_time_delta)];
    if significance {
        fields.push(Field::new("bits", DataType::Float64, false));
        fields.push(Field::new("q_value", DataType::Float64, false));
        arrays.extend([number(|p| p.bits.bits()), number(|p| p.q_value)]);
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
        .set_created_by("itoguchi".to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
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
}
