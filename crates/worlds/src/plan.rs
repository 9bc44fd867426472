//! What an account is to do, before it is known what it holds then.

/// Whose doing a visit is; never written, it only marks rows for the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The account's own holder.
    #[default]
    Holder,
    /// A hijack episode of that ring.
    Hijack(usize),
    /// A hijack that belongs to no ring.
    Lone,
}

/// What a login row records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    Login,
    Logout,
    MfaFail,
    MfaChange,
    PasswordChange,
    EmailChange,
    NotificationOff,
    DeviceRegister,
}

impl Event {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Logout => "logout",
            Self::MfaFail => "mfa_fail",
            Self::MfaChange => "mfa_change",
            Self::PasswordChange => "password_change",
            Self::EmailChange => "email_change",
            Self::NotificationOff => "notification_off",
            Self::DeviceRegister => "device_register",
        }
    }
}

/// One thing done in a visit. Times are moments in microseconds.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The holder's everyday orders, `orders` of them.
    Habit { orders: usize },
    /// Sells the share `part` of every position whose market is open, spread over the time.
    SellAll { from: i64, to: i64, part: f64 },
    /// Sells `quantity` shares, or what is held if that is less.
    Sell { instrument: usize, time: i64, quantity: i64 },
    /// Sells the share `part` of one position in `pieces`.
    SellPart { instrument: usize, from: i64, to: i64, part: f64, pieces: usize },
    /// Buys `quantity` shares.
    Buy { instrument: usize, time: i64, quantity: i64 },
    /// Buys for the yen raised in this visit times `part`, in `pieces`.
    BuyProceeds { instrument: usize, from: i64, to: i64, part: f64, pieces: usize },
    /// Sells the share `part` of the positions whose market is open, whichever they are.
    Liquidate { from: i64, to: i64, part: f64 },
    /// Buys for `cash` yen and the share `part` of what planned sales have raised, in about `pieces` unequal orders.
    Spend { instrument: usize, from: i64, to: i64, part: f64, cash: f64, pieces: usize },
    /// Sells short `quantity` shares that are not held.
    Short { instrument: usize, time: i64, quantity: i64 },
}

/// One login and what follows.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub login: i64,
    pub network: u32,
    /// `u32::MAX`: the source has none.
    pub device: u32,
    pub agent: u8,
    /// Other events, so many microseconds after the login (before, if negative).
    pub events: Vec<(i64, Event, bool)>,
    pub acts: Vec<Act>,
    pub logout: Option<i64>,
    pub origin: Origin,
    /// A robot's visit writes no session and no port.
    pub robot: bool,
    /// First port of the block it comes from, where the line is shared and not the holder's own.
    pub port: Option<u16>,
}

impl Visit {
    pub(crate) fn new(login: i64, network: u32, device: u32, agent: u8) -> Self {
        Self {
            login,
            network,
            device,
            agent,
            events: Vec::new(),
            acts: Vec::new(),
            logout: None,
            origin: Origin::Holder,
            robot: false,
            port: None,
        }
    }
}

/// No device recorded.
pub(crate) const NO_DEVICE: u32 = u32::MAX;
