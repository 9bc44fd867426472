//! The list of connection records to preserve, as a sheet that is annexed to a request.

use crate::{
    dossier::{self, ReportOptions, View, tape::PreserveLine},
    error::ReportError,
    escape,
    export::csv::{Cell, Sheet},
    language::{Lang, Term, terms},
    load::Loaded,
};

terms! {
    NUMBER = "number" / "番号";
    IP = "IP address" / "IPアドレス";
    PORT = "source port" / "送信元ポート番号";
    TIME_JST = "time JST" / "時刻(JST)";
    TIME_UTC = "time UTC" / "時刻(UTC)";
    PRECISION = "precision" / "時刻の精度";
    ACT = "act" / "行為";
    BROKER = "broker" / "証券会社";
    ACCOUNT = "account" / "口座";
    ASN = "autonomous system" / "AS番号";
    COUNTRY = "country" / "国";
    CLASS = "kind of network" / "回線の種別";
    RING = "ring" / "リング";
    FILE = "source file" / "資料";
    ROW = "source row" / "行番号";
    SHA256 = "SHA-256 of the file" / "資料のSHA-256ハッシュ値";
}

/// The lines of the preserve-now list, oldest first, as comma-separated values with a byte order mark: one line for
/// each login row of a member that states an address. No cell is taken for a formula.
///
/// # Errors
/// When the ring or broker asked for is not in the result.
pub fn preserve_csv(loaded: &Loaded, options: &ReportOptions) -> Result<Vec<u8>, ReportError> {
    let view = View::asked(loaded, options)?;
    let dossier = dossier::gather(&view, options)?;
    let titles: [Term; 16] = [
        NUMBER, IP, PORT, TIME_JST, TIME_UTC, PRECISION, ACT, BROKER, ACCOUNT, ASN, COUNTRY, CLASS, RING,
        FILE, ROW, SHA256,
    ];
    let mut sheet = Sheet::new(&titles.map(|t| t.text(options.lang)))?;
    for (number, line) in dossier.preserve.iter().enumerate() {
        let file = dossier.inputs.iter().find(|f| f.path == line.source.file);
        sheet.row(cells(number + 1, line, file.map_or("", |f| f.sha256.as_str()), options.lang))?;
    }
    sheet.finish()
}

fn cells(number: usize, line: &PreserveLine, sha256: &str, lang: Lang) -> [Cell; 16] {
    let plain = |n: Option<u32>| Cell::Plain(n.map(|n| n.to_string()).unwrap_or_default());
    let text = |t: &str| Cell::Text(escape::sentence(t));
    [
        Cell::Plain(number.to_string()),
        text(&line.ip),
        plain(line.src_port),
        Cell::Plain(line.time.0.jst()),
        Cell::Plain(line.time.0.to_string()),
        Cell::Plain(line.precision.to_owned()),
        Cell::Plain(crate::words::act(line.act, lang).to_owned()),
        text(&line.account.broker),
        text(&line.account.account_id),
        plain(line.asn),
        text(line.country.as_deref().unwrap_or_default()),
        Cell::Plain(line.ip_class.unwrap_or_default().to_owned()),
        text(&line.ring_id),
        text(&line.source.file),
        Cell::Plain(line.source.rows.first().map(u64::to_string).unwrap_or_default()),
        text(sha256),
    ]
}
