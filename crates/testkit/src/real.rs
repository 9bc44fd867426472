//! Where real data with reference outputs lie, if they are at hand.

use std::path::{Path, PathBuf};

/// The folder `real/NAME`: of what `ITOGUCHI_SHARED` names, or of a folder `shared` above this repository.
#[must_use]
pub fn folder(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("ITOGUCHI_SHARED").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared"));
    named.into_iter().chain(above).map(|dir| dir.join("real").join(name)).find(|dir| dir.is_dir())
}
