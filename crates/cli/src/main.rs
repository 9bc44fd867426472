//! The `itoguchi` command.
fn main() {}
