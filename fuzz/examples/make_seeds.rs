//! Writes the seeds that are not written by hand: `cargo run --manifest-path fuzz/Cargo.toml --example make_seeds`.
//!
//! Equal bytes on every run. What is written by hand stays as it is.

use std::{error::Error, fs, io::Write as _, path::Path, sync::Arc};

use arrow::{
    array::{
        ArrayRef, Date32Array, Date64Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
        LargeStringArray, NullArray, RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
        TimestampMillisecondArray, TimestampNanosecondArray, UInt32Array,
    },
    datatypes::{Field, Int32Type, Schema},
};
use itoguchi_engine::{Config, analyse};
use itoguchi_fuzz::{RESULT_FILES, TABLE_FILES};
use itoguchi_ingest::{Settings, importers::Broker, read_cases};
use itoguchi_model::{progress::Silent, results::Results};
use itoguchi_share::{
    canonical::Kind,
    epoch::Epoch,
    exchange::{self, RequestHeader, ResponseHeader},
    tokens::{self, EpochKey, Secret},
};
use itoguchi_worlds::{Format, Request, simulate};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    downloads(&seeds)?;
    cases(&seeds)?;
    actions(&seeds)?;
    edges(&seeds)?;
    shared(&seeds)?;
    results(&seeds)
}

fn put(seeds: &Path, target: &str, name: &str, bytes: &[u8]) -> Result<(), Failed> {
    let folder = seeds.join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), bytes)?)
}

/// The downloads of the datasets, each to the target of its broker.
fn downloads(seeds: &Path) -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/broker-downloads");
    for broker in Broker::ALL {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(broker.flag()) {
                put(seeds, &format!("download_{}", broker.flag()), &name, &fs::read(entry.path())?)?;
            }
        }
    }
    Ok(())
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn parquet(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Result<Vec<u8>, Failed> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().map(|c| c.1).collect())?;
    let properties = WriterProperties::builder()
        .set_created_by("itoguchi".to_owned())
        .set_compression(compression)
        .set_max_row_group_row_count(Some(2))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(bytes)
}

fn case(seeds: &Path, table: &str, name: &str, bytes: &[u8]) -> Result<(), Failed> {
    let choice = TABLE_FILES.iter().position(|f| f.strip_suffix(".parquet") == Some(table));
    let mut seed = vec![u8::try_from(choice.ok_or("no such table")?)?];
    seed.extend_from_slice(bytes);
    put(seeds, "case_parquet", name, &seed)
}

const NOON: i64 = 1_742_353_200_000_000;

fn cases(seeds: &Path) -> Result<(), Failed> {
    let base = || {
        vec![
            ("broker", texts(&["ALPHA", "ALPHA", "BETA"])),
            ("account_id", texts(&["a1", "a2", "a1"])),
            ("instrument", texts(&["XTKS:9991", "9991", "XHKG:09990"])),
            ("side", texts(&["buy", "sell", "short"])),
            ("quantity", Arc::new(Float64Array::from(vec![100.0, 200.5, 1.0])) as ArrayRef),
            ("price", Arc::new(Float64Array::from(vec![250.5, 1.0, 99.0])) as ArrayRef),
        ]
    };
    let with = |more: Vec<(&'static str, ArrayRef)>| base().into_iter().chain(more).collect::<Vec<_>>();
    let micros: ArrayRef =
        Arc::new(TimestampMicrosecondArray::from(vec![NOON, NOON + 1, NOON - 1]).with_timezone("UTC"));
    let plain = || with(vec![("time", micros.clone())]);
    case(seeds, "executions", "plain", &parquet(plain(), Compression::UNCOMPRESSED)?)?;
    case(seeds, "executions", "snappy", &parquet(plain(), Compression::SNAPPY)?)?;
    case(seeds, "executions", "zstd", &parquet(plain(), Compression::ZSTD(ZstdLevel::default()))?)?;
    case(seeds, "executions", "gzip", &parquet(plain(), Compression::GZIP(Default::default()))?)?;
    let forms: [(&str, ArrayRef); 4] = [
        ("nanos", Arc::new(TimestampNanosecondArray::from(vec![NOON * 1000; 3]).with_timezone("+09:00"))),
        ("naive", Arc::new(TimestampMillisecondArray::from(vec![NOON / 1000; 3]))),
        ("text_times", texts(&["2025-03-19T14:52:07.318+09:00", "2025-03-19", "soon"])),
        ("number_times", Arc::new(Int64Array::from(vec![NOON; 3]))),
    ];
    for (name, times) in forms {
        case(seeds, "executions", name, &parquet(with(vec![("time", times)]), Compression::UNCOMPRESSED)?)?;
    }
    let dictionary: DictionaryArray<Int32Type> = vec!["x1", "x1", "x2"].into_iter().collect();
    let status = texts(&["new", "corrected", "cancelled"]);
    let odd = with(vec![
        ("time", micros.clone()),
        ("execution_id", Arc::new(dictionary)),
        ("status", status),
        ("venue", Arc::new(LargeStringArray::from(vec!["XTKS", "PTS", ""]))),
        ("order_id", Arc::new(StringViewArray::from(vec!["o1", "o2", "an order with a long name"]))),
        ("session_id", Arc::new(NullArray::new(3))),
    ]);
    case(seeds, "executions", "odd_types", &parquet(odd, Compression::UNCOMPRESSED)?)?;
    let logins = vec![
        ("broker", texts(&["ALPHA", "ALPHA", "BETA"])),
        ("account_id", texts(&["a1", "a2", "a1"])),
        ("time", micros.clone()),
        ("ip", texts(&["192.0.2.1", "2001:db8::1", "::ffff:198.51.100.7"])),
        ("src_port", Arc::new(Int64Array::from(vec![443, 70_000, -1])) as ArrayRef),
        ("asn", Arc::new(UInt32Array::from(vec![64_496, 0, u32::MAX])) as ArrayRef),
    ];
    case(seeds, "logins", "logins", &parquet(logins, Compression::UNCOMPRESSED)?)?;
    let price = || {
        Arc::new(
            Decimal128Array::from(vec![25_050, 1, -1])
                .with_precision_and_scale(12, 2)
                .expect("twelve digits hold it"),
        )
    };
    let bars = vec![
        ("instrument", texts(&["XTKS:9991", "XTKS:9992", "XTKS:9991"])),
        ("time", micros),
        ("interval", texts(&["1d", "1m", "1h"])),
        ("open", price() as ArrayRef),
        ("high", price() as ArrayRef),
        ("low", price() as ArrayRef),
        ("close", price() as ArrayRef),
        ("volume", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
    ];
    case(seeds, "bars", "bars", &parquet(bars, Compression::UNCOMPRESSED)?)?;
    let fx = vec![
        ("currency", texts(&["USD", "HKD"])),
        ("date", Arc::new(Date64Array::from(vec![1_742_256_000_000, -1])) as ArrayRef),
        ("jpy", Arc::new(Float64Array::from(vec![149.5, f64::NAN])) as ArrayRef),
    ];
    case(seeds, "fx", "fx", &parquet(fx, Compression::UNCOMPRESSED)?)?;
    let accounts = vec![
        ("broker", texts(&["ALPHA", "BETA"])),
        ("account_id", texts(&["a1", "a1"])),
        ("opened_on", Arc::new(Date32Array::from(vec![20_000, i32::MAX])) as ArrayRef),
    ];
    case(seeds, "accounts", "accounts", &parquet(accounts, Compression::UNCOMPRESSED)?)
}

fn actions(seeds: &Path) -> Result<(), Failed> {
    let table =
        "actor,object,time,content\na,x,1623881091,p1\nb,x,1623881092.5,p2\nc,y,2025-03-19T14:52:07+09:00,\n";
    let mut gz = flate2::write::GzEncoder::new(b"#file gz\n".to_vec(), flate2::Compression::default());
    gz.write_all(table.as_bytes())?;
    put(seeds, "actions_csv", "gz", &gz.finish()?)?;
    let columns = || {
        vec![
            ("actor", texts(&["a", "b", ""])),
            ("object", texts(&["x", "x", "y"])),
            ("content", texts(&["p1", "p2", ""])),
        ]
    };
    let forms: [(&str, ArrayRef); 3] = [
        ("parquet_seconds", Arc::new(Int64Array::from(vec![1_623_881_091, i64::MAX, -1]))),
        ("parquet_fractions", Arc::new(Float64Array::from(vec![1_623_881_091.5, f64::NAN, 1e300]))),
        ("parquet_stamps", Arc::new(TimestampMillisecondArray::from(vec![NOON; 3]).with_timezone("UTC"))),
    ];
    for (name, times) in forms {
        let mut seed = b"#file parquet\n".to_vec();
        let columns = columns().into_iter().chain([("time", times)]).collect();
        seed.extend(parquet(columns, Compression::UNCOMPRESSED)?);
        put(seeds, "actions_csv", name, &seed)?;
    }
    Ok(())
}

fn edges(seeds: &Path) -> Result<(), Failed> {
    let columns = vec![
        ("u", Arc::new(Int64Array::from(vec![10, 2, 2])) as ArrayRef),
        ("v", texts(&["2", "10", ""])),
        ("weight", Arc::new(Float64Array::from(vec![0.25, 1e-10, 3.0])) as ArrayRef),
    ];
    let mut seed = b"#file parquet\n".to_vec();
    seed.extend(parquet(columns, Compression::UNCOMPRESSED)?);
    put(seeds, "edges_csv", "parquet", &seed)
}

/// A request of three elements and its response, under a key that everybody knows.
fn shared(seeds: &Path) -> Result<(), Failed> {
    let (key, seed) = (EpochKey::derive(&[7; 32], b"seeds")?, Secret::from_bytes([9; 32]));
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let epoch = Epoch {
        format: "itoguchi-share-epoch".into(),
        version: 1,
        id: "2025-04".into(),
        valid_from: "2025-04-01T00:00:00Z".into(),
        valid_until: "2025-05-01T00:00:00Z".into(),
        public_key: hex(&key.public()),
    };
    let inputs = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|ip| Kind::Ip.input(&epoch.id, ip));
    let elements = inputs.iter().map(|input| tokens::blind(&seed, input)).collect::<Result<Vec<_>, _>>()?;
    let (broker, batches) = ("ALPHA".to_owned(), vec![key.evaluate(&elements)?]);
    let header =
        RequestHeader { broker: broker.clone(), epoch: epoch.clone(), policy: "0".repeat(64), elements: 3 };
    let request = exchange::Request { header, elements };
    let header = ResponseHeader { broker, epoch, request: request.digest(), elements: 3 };
    let response = exchange::Response { header, batches };
    for (target, bytes) in [("share_request", request.bytes()), ("share_response", response.bytes())] {
        put(seeds, target, "whole", &bytes)?;
        put(seeds, target, "cut", &bytes[..bytes.len() - 40])?;
    }
    Ok(())
}

/// The first rows of every table of a small world's result.
fn results(seeds: &Path) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let case = dir.path().join("case");
    simulate(&Request { world: "seed-cases".into(), accounts: None, days: None, seed: 1 })?
        .write(&case, Format::Parquet)?;
    let case = read_cases(&[case], &Settings::default(), &Silent)?;
    let mut all = analyse(&case, &Config::default(), &Silent)?.results;
    shorten(&mut all);
    itoguchi_report::write_tables(&all, dir.path())?;
    for (choice, file) in (0_u8..).zip(RESULT_FILES).skip(1) {
        let mut seed = vec![choice];
        seed.extend(fs::read(dir.path().join(file))?);
        let name = file.trim_start_matches("tables/").trim_end_matches(".parquet");
        put(seeds, "result_folder", name, &seed)?;
    }
    Ok(())
}

fn shorten(all: &mut Results) {
    const ROWS: usize = 3;
    all.rings.truncate(ROWS);
    all.ring_members.truncate(ROWS);
    all.ring_infrastructure.truncate(ROWS);
    all.ring_instruments.truncate(ROWS);
    all.links.truncate(ROWS);
    all.evidence.truncate(ROWS);
    all.episodes.truncate(ROWS);
    all.bursts.truncate(ROWS);
    all.accounts.truncate(ROWS);
    all.rejects.truncate(ROWS);
}
