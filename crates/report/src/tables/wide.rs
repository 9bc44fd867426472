//! The rows of the tables on request. They are written for others to read; nothing of ours reads them back.

use arrow::array::ArrayRef;
use itoguchi_model::{
    Millibits,
    results::{ActionRow, Community, FeatureRow, OccasionRow},
};

use super::{Written, columns as c};
use crate::schema::{self, Table};

impl Written for ActionRow {
    const TABLE: &'static Table = &schema::ACTIONS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        vec![
            c::text(rows.iter().map(|r| &*r.broker)),
            c::text(rows.iter().map(|r| &*r.account_id)),
            c::time(rows.iter().map(|r| r.time)),
            c::text(rows.iter().map(|r| r.kind)),
            c::text(rows.iter().map(|r| &*r.object)),
            c::time_or_null(rows.iter().map(|r| r.occasion)),
            c::text(rows.iter().map(|r| &*r.source_file)),
            c::row_number(rows.iter().map(|r| r.source_row)),
        ]
    }
}

impl Written for OccasionRow {
    const TABLE: &'static Table = &schema::OCCASIONS;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let sessions = || rows.iter().map(|r| &r.session);
        vec![
            c::text(sessions().map(|s| s.account.broker.as_str())),
            c::text(sessions().map(|s| s.account.account_id.as_str())),
            c::time(sessions().map(|s| s.start)),
            c::time(sessions().map(|s| s.end)),
            c::bits(sessions().map(|s| s.bits)),
            c::bits(rows.iter().map(|r| r.access)),
            c::bits(rows.iter().map(|r| r.trading)),
            c::texts(sessions().map(|s| s.signals.as_slice())),
            c::count(rows.iter().map(|r| r.logins)),
            c::count(rows.iter().map(|r| r.fills)),
            c::count(rows.iter().map(|r| r.history)),
            c::flag(rows.iter().map(|r| r.day_only)),
            c::flag(rows.iter().map(|r| r.marked)),
            c::yen(sessions().map(|s| s.sold_jpy)),
            c::yen(sessions().map(|s| s.bought_jpy)),
            c::texts(sessions().map(|s| s.instruments.as_slice())),
        ]
    }
}

impl Written for FeatureRow {
    const TABLE: &'static Table = &schema::ACCOUNT_FEATURES;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        let count = |of: fn(&Self) -> u32| c::count(rows.iter().map(of));
        let mut columns = vec![
            c::text(rows.iter().map(|r| r.account.broker.as_str())),
            c::text(rows.iter().map(|r| r.account.account_id.as_str())),
            c::time_or_null(rows.iter().map(|r| r.seen.map(|s| s.0))),
            c::time_or_null(rows.iter().map(|r| r.seen.map(|s| s.1))),
            count(|r| r.history_days),
            count(|r| r.active_days),
            count(|r| r.logins),
            count(|r| r.login_failures),
            count(|r| r.credential_changes),
            count(|r| r.devices),
            count(|r| r.addresses),
            count(|r| r.buys),
            count(|r| r.sells),
            count(|r| r.instruments),
            c::yen(rows.iter().map(|r| r.bought_jpy)),
            c::yen(rows.iter().map(|r| r.sold_jpy)),
            count(|r| r.occasions),
            count(|r| r.marked),
            count(|r| r.episodes),
            c::float_or_null(rows.iter().map(|r| r.oddest.map(Millibits::bits))),
            count(|r| r.degree),
        ];
        for kind in 0..Self::KINDS.len() {
            columns.push(c::count(rows.iter().map(|r| r.links[kind].0)));
            columns.push(c::bits(rows.iter().map(|r| r.links[kind].1)));
        }
        for resolution in 0..3 {
            let part =
                |of: fn(&Community) -> u32| c::count(rows.iter().map(|r| of(&r.communities[resolution])));
            columns.push(part(|c| c.number));
            columns.push(part(|c| c.accounts));
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_links_are_those_of_the_kinds() {
        let names = schema::ACCOUNT_FEATURES.columns.iter().filter_map(|c| c.name.strip_prefix("bits_"));
        assert!(names.eq(FeatureRow::KINDS.map(itoguchi_model::Kind::name)));
    }
}
