//! Simulated worlds with planted rings and decoys, and their truth.
