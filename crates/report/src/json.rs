//! The report for programs.

use crate::{
    dossier::{self, ReportOptions},
    error::ReportError,
    load::Loaded,
};

/// The report as JSON: the content of [`crate::text::report_text`], with `schema_version`. Keys are sorted; bits,
/// amounts and counts are numbers; every time is `{"utc": RFC 3339, "jst": Japanese time}`; what is unknown is
/// null. Equal results give equal values.
///
/// # Errors
/// When the ring or broker asked for is not in the result.
pub fn report_json(loaded: &Loaded, options: &ReportOptions) -> Result<serde_json::Value, ReportError> {
    let dossier = dossier::dossier(loaded, options)?;
    let mut value =
        serde_json::to_value(&dossier).expect("the dossier's maps have text keys and its values are plain");
    // Another crate of the program may have switched serde_json to insertion order.
    value.sort_all_objects();
    Ok(value)
}
