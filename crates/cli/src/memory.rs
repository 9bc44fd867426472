//! What this process has used so far, where the system tells.

/// Highest resident memory so far, in bytes.
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Seconds that all threads together have computed so far.
pub fn cpu() -> Option<f64> {
    /// The unit of these fields is fixed at a hundredth of a second.
    const PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, and may hold anything.
    let fields = stat.rsplit_once(')')?.1;
    let ticks = |at: usize| fields.split_whitespace().nth(at)?.parse::<u64>().ok();
    Some((ticks(11)? + ticks(12)?) as f64 / PER_SECOND)
}
