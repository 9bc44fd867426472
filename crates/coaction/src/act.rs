//! One act of an account on an object at an instant.

/// The content of an act that has none: it differs from every other content, itself included.
pub const NO_CONTENT: u32 = u32::MAX;

/// An account acts on an object: a login from an address, a purchase of a name, a post of a link.
///
/// All ids are the caller's interned ranks. The order of acts is that of the fields: object, time, actor,
/// content; [`crate::Acts`] holds them in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Act {
    /// What was acted on.
    pub object: u32,
    /// When, in microseconds since 1970-01-01 UTC.
    pub time: i64,
    /// Who acted.
    pub actor: u32,
    /// Which act it was, where one act touches several objects; two acts of one content never pair.
    /// [`NO_CONTENT`] where that cannot happen.
    pub content: u32,
}

impl Act {
    /// Whether these two acts may count as a coincidence of two accounts: different actors, and not the same
    /// content seen twice. Object and time are the caller's business.
    #[must_use]
    #[inline]
    pub fn may_pair(&self, other: &Self) -> bool {
        self.actor != other.actor && (self.content != other.content || self.content == NO_CONTENT)
    }
}
