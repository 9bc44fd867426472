//! What a setting that cannot be used is told.

use itoguchi_engine::{Config, ConfigError};

fn refused(text: &str, pair: &str) -> (ConfigError, String) {
    let pairs: Vec<String> = (!pair.is_empty()).then(|| pair.to_owned()).into_iter().collect();
    let error = Config::read(text, &pairs).expect_err("the test says so");
    let told = error.to_string();
    (error, told)
}

#[test]
fn unknown_keys_and_wrong_types_name_themselves_and_the_way_out() {
    for (text, pair, word) in [
        ("", "rings.memberz=4", "memberz"),
        ("", "ring.members=4", "ring"),
        ("[coaction]\ntrade_windows = 3", "", "trade_windows"),
        ("[rings]\nmembers = \"four\"", "", "members"),
        ("", "rings.members=-1", "-1"),
        ("rings = [", "", "rings"),
    ] {
        let (error, told) = refused(text, pair);
        assert!(matches!(error, ConfigError::Toml(_)), "{told}");
        assert!(told.contains(word) && told.contains("hint: "), "{told}");
    }
}

#[test]
fn pairs_that_are_none_are_quoted_back() {
    for pair in ["rings.members", "=4", ""] {
        let error = Config::read("", &[pair.to_owned()]).unwrap_err();
        assert!(matches!(error, ConfigError::Pair(_)), "{error}");
        assert!(error.to_string().starts_with(&format!("--set {pair}")), "{error}");
    }
}

#[test]
fn values_out_of_range_are_told_with_their_key() {
    for (pair, key) in [
        ("ingest.max_reject_share=1.5", "ingest.max_reject_share"),
        ("ingest.max_reject_share=nan", "ingest.max_reject_share"),
        ("ingest.as_of=2025-04-30", "ingest.as_of"),
        ("ingest.naive_offset=JST", "ingest.naive_offset"),
        ("coaction.max_q_value=-0.1", "coaction.max_q_value"),
        ("coaction.popularity_weight=0.0", "coaction.popularity_weight"),
        ("rings.members=1", "rings.members"),
        ("rings.resolution_bits=-1.0", "rings.resolution_bits"),
        ("rings.mark_bits=inf", "rings.mark_bits"),
        ("rings.report_bits=nan", "rings.report_bits"),
    ] {
        let (error, told) = refused("", pair);
        assert!(matches!(error, ConfigError::Value { .. }), "{pair}: {told}");
        assert!(told.starts_with(&format!("configuration: {key} = ")), "{told}");
    }
}

#[test]
fn whole_numbers_are_bits_too() {
    let config = Config::read("[rings]\nring_bits = 12", &["rings.mark_bits=4".to_owned()]).unwrap();
    assert_eq!((config.rings.ring_bits, config.rings.mark_bits), (12.0, 4.0));
}

#[test]
fn a_pair_overrides_the_file_and_the_last_pair_the_first() {
    let pairs = ["rings.members=4".to_owned(), "rings.members=5".to_owned()];
    let config = Config::read("[rings]\nmembers = 3\nring_bits = 9.0", &pairs).unwrap();
    assert_eq!((config.rings.members, config.rings.ring_bits), (5, 9.0));
}
