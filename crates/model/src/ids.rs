//! Ids of interned values: ranks in the sorted list of distinct values, so that an id depends on the set of
//! values alone, never on the order in which rows were read.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// Stands for "no value" in packed rows; sorts after every real id.
            pub const NONE: Self = Self(u32::MAX);

            /// The id as an index into the pool it ranks.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id, or `None` where the row had no value.
            #[must_use]
            pub fn get(self) -> Option<Self> {
                (self != Self::NONE).then_some(self)
            }

            /// Whether the row had a value.
            #[must_use]
            pub fn is_some(self) -> bool {
                self != Self::NONE
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::NONE
            }
        }
    };
}

id!(
    /// An account: the pair (broker, account id). Ranks in [`crate::tables::Names::accounts`].
    AccountId
);
id!(
    /// A broker. Ranks in [`crate::tables::Names::brokers`].
    BrokerId
);
id!(
    /// An instrument `MIC:LOCALCODE`. Ranks in [`crate::tables::Names::instruments`].
    InstrumentId
);
id!(
    /// A broker's device token. Ranks in [`crate::tables::Names::devices`].
    DeviceId
);
id!(
    /// An IP address in canonical form. Ranks in [`crate::tables::Names::ips`].
    IpId
);
id!(
    /// Any other text (session, order, region, user agent). Ranks in [`crate::tables::Names::texts`].
    TextId
);
