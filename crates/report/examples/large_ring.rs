//! Writes a result folder with one ring of so many members, to see how the dossier fares at that size:
//! `cargo run -p itoguchi-report --example large_ring -- OUT [MEMBERS]`.

#[path = "../tests/common/large.rs"]
mod large;

use std::{error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out: PathBuf = arguments.next().ok_or("give a folder to write")?.into();
    let members = arguments.next().map_or(Ok(10_000), |n| n.parse())?;
    let mut loaded = large::loaded(members);
    fs::create_dir_all(&out)?;
    loaded.manifest.outputs = itoguchi_report::write_tables(&loaded.results, &out)?;
    fs::write(out.join("manifest.json"), serde_json::to_string_pretty(&loaded.manifest)?)?;
    Ok(())
}
