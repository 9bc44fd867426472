//! The order of the stages, configuration and manifest.
