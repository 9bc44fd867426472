//! Result folders: complete or not there.
//!
//! A result is written beside its final place and takes it in one rename. A folder that holds an earlier result is
//! exchanged with the new one; anything else that stands there is left alone and the run refused.

use std::{
    fs,
    path::{Path, PathBuf},
};

use itoguchi_report::{EXPORT_FORMAT, EXPORT_MANIFEST, ExportManifest};

use crate::{
    decisions::Held,
    failure::{Failure, at},
};

/// Marks a folder as a result of ours.
pub const FORMAT: &str = "itoguchi-result";

/// A result being written. Dropped without [`Staging::publish`], it removes itself.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    place: PathBuf,
    published: bool,
    check: fn(&Path) -> Result<(), Failure>,
}

/// Refuses a target that is something else than an earlier result.
pub fn check_target(target: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(target).is_err() || is_result(target) {
        return Ok(());
    }
    Err(Failure::input(format!(
        "{} exists and holds no result of itoguchi\nhint: give --out another path, or move that one away",
        target.display()
    )))
}

/// Refuses a target that is something else than an earlier export.
pub fn check_export(target: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(target).is_err() || is_export(target) {
        return Ok(());
    }
    Err(Failure::input(format!(
        "{} exists and holds no export of itoguchi\nhint: give --out another path, or move that one away",
        target.display()
    )))
}

/// Refuses a target that exists.
fn check_free(target: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(target).is_err() {
        return Ok(());
    }
    Err(Failure::input(format!(
        "{} exists, and nothing is overwritten\nhint: give another path, or move that one away",
        target.display()
    )))
}

/// Refuses a target that is something else than an earlier bundle.
pub fn check_bundle(target: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(target).is_err() || itoguchi_share::bundle::is_bundle(target) {
        return Ok(());
    }
    Err(Failure::input(format!(
        "{} exists and holds no bundle of itoguchi\nhint: give --out another path, or move that one away",
        target.display()
    )))
}

fn is_export(path: &Path) -> bool {
    let text = fs::read_to_string(path.join(EXPORT_MANIFEST)).ok();
    let manifest: Option<ExportManifest> = text.and_then(|t| serde_json::from_str(&t).ok());
    manifest.is_some_and(|m| m.format == EXPORT_FORMAT)
}

/// By its mark alone: a result of another version is one too.
fn is_result(path: &Path) -> bool {
    let text = fs::read_to_string(path.join("manifest.json")).ok();
    let manifest: Option<serde_json::Value> = text.and_then(|t| serde_json::from_str(&t).ok());
    manifest.is_some_and(|m| m.get("format").and_then(serde_json::Value::as_str) == Some(FORMAT))
}

impl Staging {
    /// An empty folder beside `target`, for a result.
    pub fn beside(target: &Path) -> Result<Self, Failure> {
        Self::checked(target, check_target)
    }

    /// An empty folder beside `target`, for an export.
    pub fn for_export(target: &Path) -> Result<Self, Failure> {
        Self::checked(target, check_export)
    }

    /// An empty folder beside `target`, where nothing may stand.
    pub fn fresh(target: &Path) -> Result<Self, Failure> {
        Self::checked(target, check_free)
    }

    /// An empty folder beside `target`, for a bundle.
    pub fn for_bundle(target: &Path) -> Result<Self, Failure> {
        Self::checked(target, check_bundle)
    }

    fn checked(target: &Path, check: fn(&Path) -> Result<(), Failure>) -> Result<Self, Failure> {
        check(target)?;
        let name = target.file_name().ok_or_else(|| {
            Failure::input(format!("{} is no name for a folder\nhint: give --out a name", target.display()))
        })?;
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        at(fs::create_dir_all(parent), parent)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".tmp-itoguchi-{}", std::process::id()));
        let place = parent.join(hidden);
        if place.exists() {
            at(fs::remove_dir_all(&place), &place)?;
        }
        at(fs::create_dir(&place), &place)?;
        Ok(Self { target: target.to_owned(), place, published: false, check })
    }

    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.place
    }

    /// Puts the result in its place. What was decided of the result that stood there is carried over first, while
    /// nobody else can decide; returns a warning if its log does not hold.
    pub fn publish(mut self) -> Result<Option<String>, Failure> {
        (self.check)(&self.target)?;
        let (mut warning, mut held) = (None, None);
        if is_result(&self.target) {
            let lock = Held::wait(&self.target)?;
            warning = lock.carry_over(&self.place)?;
            held = Some(lock);
        }
        sync(&self.place)?;
        if self.target.exists() {
            exchange(&self.place, &self.target)?;
            // What stood there before now stands here.
            at(fs::remove_dir_all(&self.place), &self.place)?;
        } else {
            at(fs::rename(&self.place, &self.target), &self.target)?;
        }
        self.published = true;
        drop(held);
        Ok(warning)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_dir_all(&self.place);
        }
    }
}

/// Swaps two folders in one step, so that at no moment there is none.
pub fn exchange(new: &Path, old: &Path) -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    // Where the system cannot swap: move the old one aside first.
    let mut aside = old.as_os_str().to_owned();
    aside.push(format!(".old-{}", std::process::id()));
    let aside = PathBuf::from(aside);
    at(fs::rename(old, &aside), old)?;
    at(fs::rename(new, old), old)?;
    at(fs::rename(&aside, new), new)
}

/// Flushes every file to the disk before the folder gets its name.
pub fn sync(folder: &Path) -> Result<(), Failure> {
    for entry in at(fs::read_dir(folder), folder)? {
        let path = at(entry, folder)?.path();
        if path.is_dir() {
            sync(&path)?;
        } else {
            at(fs::File::open(&path).and_then(|f| f.sync_all()), &path)?;
        }
    }
    Ok(())
}
