//! How a long stage tells how far it is, without knowing who listens.

/// Listens to the stages of a run. Calls may come from any thread.
pub trait Progress: Sync {
    /// A stage begins; `total` units are expected, 0 if unknown.
    fn begin(&self, stage: &'static str, total: u64);
    /// `units` more are done in the current stage.
    fn advance(&self, units: u64);
    /// The stage is over: `rows` went through it.
    fn end(&self, rows: u64);
    /// Whether the user asked to stop. Stages look at it between units of work.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: &'static str, _total: u64) {}
    fn advance(&self, _units: u64) {}
    fn end(&self, _rows: u64) {}
}
