//! Slow obvious reference answers and comparisons, for tests only.
