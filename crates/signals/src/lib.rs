//! What is odd on its own, before anything is compared between accounts.
//!
//! - [`occasions`]: an account's logins and fills cut into occasions (a session, or several by one new device);
//! - [`access`] and [`trading`]: which signals fire on an occasion, from the account's own history;
//! - [`surprise`]: how unusual that is among everybody's occasions, in bits;
//! - [`ways`]: how orders are placed: the minute, the program, the kind of network, the broker;
//! - [`market`]: prices and volumes of a name by day;
//! - [`bursts`]: days on which a name has more first-time buyers than its history explains;
//! - [`sellers`]: who sold into a burst what had been bought for it;
//! - [`judged`]: all that is said of accounts one by one, in one piece.

pub mod access;
pub mod bursts;
mod crowd;
pub mod judged;
mod likeness;
pub mod market;
pub mod occasions;
mod ratio;
mod score;
pub mod sellers;
pub mod signal;
pub mod surprise;
mod together;
pub mod trading;
pub mod ways;
