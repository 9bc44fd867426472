//! `report`: the whole result, or one ring, or one broker's part.

use itoguchi_report::{ReportOptions, escape, load, report_json, report_text};

use crate::{
    args::{Format, Report},
    failure::Failure,
    printer::Printer,
};

pub fn run(args: &Report, printer: Printer) -> Result<(), Failure> {
    let loaded = load(&args.result)?;
    let options = ReportOptions { ring: args.ring.clone(), broker: args.broker.clone() };
    let text = match args.format {
        Format::Text => report_text(&loaded, &options)?,
        Format::Json => {
            let value = report_json(&loaded, &options)?;
            let text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Internal(e.into()))?;
            harmless(&text) + "\n"
        }
    };
    super::write_or_print(&text, args.out.as_deref(), printer)
}

/// JSON with every character that shows nothing, or that a terminal may obey, as `\uXXXX`: the same values.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let plain = c == '\n' || (' '..='~').contains(&c);
        if plain || escape::sentence(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            out.push(c);
        } else {
            // Such characters stand inside strings only, where JSON has a spelling for them.
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_values_when_it_is_made_harmless() {
        let value = serde_json::json!({"a": "\u{9b}31m\u{202e}\u{7f}\u{e0041} 口座 \\u{1} \"q\" é\u{301}"});
        let text = harmless(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.contains(['\u{9b}', '\u{202e}', '\u{7f}', '\u{e0041}']), "{text}");
        assert!(text.contains("口座"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
