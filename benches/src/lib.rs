//! Nothing but its `benches/`: how fast the wide steps are. See README.md.
