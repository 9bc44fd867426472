//! What a call takes: CPU time of all threads, wall time, and memory.

use std::time::{Duration, Instant};

use anyhow::Result;
use nix::{
    sys::resource::{UsageWho, getrusage},
    time::{ClockId, clock_gettime},
};

/// On Linux the kernel tells the peak in KiB.
const BYTES_PER_UNIT: i64 = 1024;

/// What one call took.
pub struct Measured {
    cpu: Duration,
    wall: Duration,
    peak_bytes_before: i64,
    peak_bytes: i64,
}

impl Measured {
    /// Runs `call` between the clocks.
    pub fn time<T>(call: impl FnOnce() -> T) -> Result<(T, Self)> {
        let peak_bytes_before = peak_bytes()?;
        let (cpu, wall) = (cpu_time()?, Instant::now());
        let answer = call();
        let (cpu, wall) = (cpu_time()? - cpu, wall.elapsed());
        Ok((answer, Self { cpu, wall, peak_bytes_before, peak_bytes: peak_bytes()? }))
    }

    /// One JSON object.
    pub fn json(&self, version: &str) -> String {
        format!(
            "{{\"version\": \"{version}\", \"cpu_seconds\": {:.6}, \"wall_seconds\": {:.6}, \
             \"peak_bytes_before\": {}, \"peak_bytes\": {}}}",
            self.cpu.as_secs_f64(),
            self.wall.as_secs_f64(),
            self.peak_bytes_before,
            self.peak_bytes
        )
    }
}

/// CPU time of all threads of this process until now.
fn cpu_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// The most memory this process has held until now.
fn peak_bytes() -> Result<i64> {
    Ok(getrusage(UsageWho::RUSAGE_SELF)?.max_rss() * BYTES_PER_UNIT)
}
