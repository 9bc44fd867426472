//! What a broker's records do not have.

use crate::rng::Stream;

/// Which broker leaves out what, by number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gaps {
    /// Logins without a device.
    pub no_device: Option<u8>,
    /// Logins without autonomous system and region, and no holdings.
    pub sparse: Option<u8>,
    /// Executions whose day alone is known, without order, session and number.
    pub by_day: Option<u8>,
}

impl Gaps {
    /// A gap for each of the three brokers.
    pub(crate) fn draw(rng: &mut Stream) -> Self {
        let mut brokers = [0, 1, 2];
        rng.shuffle(&mut brokers);
        Self { no_device: Some(brokers[0]), sparse: Some(brokers[1]), by_day: Some(brokers[2]) }
    }
}
