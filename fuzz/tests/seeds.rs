//! The seeds keep the laws, without a fuzzer: `cargo test --manifest-path fuzz/Cargo.toml`.

use std::{fs, path::Path};

/// Each target with what it runs, and the seeds of one of them never lost: a wrong path would pass over nothing.
#[test]
fn every_seed_keeps_the_laws_of_its_target() {
    let targets: [(&str, fn(&[u8])); 13] = [
        ("case_csv", itoguchi_fuzz::case_csv),
        ("case_parquet", itoguchi_fuzz::case_parquet),
        ("download_sbi", itoguchi_fuzz::download_sbi),
        ("download_rakuten", itoguchi_fuzz::download_rakuten),
        ("download_nomura", itoguchi_fuzz::download_nomura),
        ("actions_csv", itoguchi_fuzz::actions_csv),
        ("edges_csv", itoguchi_fuzz::edges_csv),
        ("result_folder", itoguchi_fuzz::result_folder),
        ("config", itoguchi_fuzz::config),
        ("time", itoguchi_fuzz::time),
        ("share_request", itoguchi_fuzz::share_request),
        ("share_response", itoguchi_fuzz::share_response),
        ("share_forms", itoguchi_fuzz::share_forms),
    ];
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (target, run) in targets {
        let folder = fs::read_dir(seeds.join(target)).expect("every target has seeds");
        let mut files: Vec<_> = folder.map(|entry| entry.expect("a seed").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{target} has no seeds");
        for file in files {
            println!("{}", file.display());
            run(&fs::read(&file).expect("a seed can be read"));
        }
    }
}
