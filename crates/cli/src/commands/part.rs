//! Files that are written whole or not at all.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use crate::failure::{Failure, at};

/// A file in the making, beside the place it is for. Unless it is finished it goes away again.
pub struct Part {
    target: PathBuf,
    path: PathBuf,
    file: Option<File>,
}

impl Part {
    /// An empty file under another name than `target`; what stands there stays until [`Part::finish`].
    pub fn create(target: &Path) -> Result<Self, Failure> {
        let mut path = target.as_os_str().to_owned();
        path.push(format!(".tmp-itoguchi-{}", std::process::id()));
        let path = PathBuf::from(path);
        let file = Some(at(File::create(&path), target)?);
        Ok(Self { target: target.to_owned(), path, file })
    }

    /// The file, to write to.
    pub fn file(&mut self) -> &mut File {
        self.file.as_mut().expect("it is closed by the methods that consume it")
    }

    /// Gives the file its name, in one step.
    pub fn finish(mut self) -> Result<(), Failure> {
        // Where an open file cannot be renamed, it has to be closed before.
        self.file = None;
        at(std::fs::rename(&self.path, &self.target), &self.target)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.file = None;
        // After the renaming there is nothing under this name.
        let _ = std::fs::remove_file(&self.path);
    }
}
