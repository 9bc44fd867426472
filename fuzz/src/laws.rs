//! Readers of bytes in memory: downloads, settings, times.

use itoguchi_engine::Config;
use itoguchi_ingest::importers::{Broker, Download, parse_download};
use itoguchi_model::{Instant, JstDate, Scaled};

/// A download of SBI.
pub fn download_sbi(data: &[u8]) {
    download(data, Broker::Sbi);
}

/// A download of Rakuten.
pub fn download_rakuten(data: &[u8]) {
    download(data, Broker::Rakuten);
}

/// A download of Nomura.
pub fn download_nomura(data: &[u8]) {
    download(data, Broker::Nomura);
}

fn download(data: &[u8], broker: Broker) {
    match parse_download(data, broker) {
        Ok(download) => accounted(&download),
        Err(error) => readable(&error.to_string()),
    }
}

/// read = used + skipped + rejected, every record at most once, and no execution of nothing.
fn accounted(download: &Download) {
    let skipped: u64 = download.skipped.values().sum();
    assert_eq!(download.used, download.rows.len() as u64);
    assert_eq!(download.read, download.used + skipped + download.rejects.len() as u64);
    let mut seen: Vec<u64> =
        download.rows.iter().map(|r| r.row).chain(download.rejects.iter().map(|r| r.row)).collect();
    seen.sort_unstable();
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "a record counts twice");
    assert!(seen.iter().all(|row| (1..=download.read).contains(row)));
    download.flags.iter().for_each(|flag| printable(flag));
    for row in &download.rows {
        assert!(row.quantity > Scaled(0) && row.price > Scaled(0), "{row:?}");
        let code = row.instrument.split_once(':');
        assert!(code.is_some_and(|(market, code)| !market.is_empty() && !code.is_empty()), "{row:?}");
        assert_eq!(row.currency.len(), 3, "{row:?}");
        if let Some((first, last)) = download.period {
            assert!((first..=last).contains(&row.date), "{row:?}");
        }
    }
}

/// A message is for a terminal: it says what to do, and nothing in it moves the cursor.
pub(crate) fn readable(message: &str) {
    assert!(message.lines().any(|line| line.contains("hint: ")), "no hint: {message:?}");
    printable(message);
}

pub(crate) fn printable(message: &str) {
    assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
}

/// Settings: the first lines that begin with `--set ` are pairs, the rest is the file.
pub fn config(data: &[u8]) {
    let Ok(mut text) = std::str::from_utf8(data) else { return };
    let mut pairs = Vec::new();
    while let Some(rest) = text.strip_prefix("--set ") {
        let (pair, after) = rest.split_once('\n').unwrap_or((rest, ""));
        pairs.push(pair.to_owned());
        text = after;
    }
    match Config::read(text, &pairs) {
        Ok(config) => {
            let again = Config::read(&config.to_toml(), &[]).expect("what is written can be read");
            assert_eq!(again, config);
            config.ingest_settings().expect("it was checked");
            let _ = config.ring_settings();
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Instants and dates: as text, and the first eight bytes as a number.
pub fn time(data: &[u8]) {
    if let Some((number, _)) = data.split_first_chunk() {
        instant(Instant(i64::from_le_bytes(*number)));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(found) = Instant::parse_rfc3339(text) {
        assert_eq!(Instant::parse_rfc3339(&found.to_string()), Some(found), "{text:?}");
        instant(found);
    }
    if let Some(day) = JstDate::parse(text) {
        assert_eq!(JstDate::parse(&day.to_string()), Some(day), "{text:?}");
        assert_eq!(day.midnight().jst_date(), day);
        assert_eq!(day.midnight().jst_time_of_day(), 0);
        assert!(day.year().is_some());
    }
}

fn instant(at: Instant) {
    assert!((0..itoguchi_model::time::DAY).contains(&at.jst_time_of_day()));
    let day = at.jst_date();
    let midnight = day.midnight();
    assert!(midnight <= at, "{at:?} {midnight:?}");
    assert!(at.since(midnight) < itoguchi_model::time::DAY);
    let _ = (at.jst(), at.to_string(), day.to_string(), day.year());
}
