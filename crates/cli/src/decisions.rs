//! The decisions inside a result folder: read and written whole, by one process at a time.
//!
//! Who writes holds a lock on the result's manifest. The system gives it back when the process ends, however it ends, and
//! it leaves no file behind. A result that is replaced has another manifest, so who waited for the lock of the old one
//! looks again.

use std::{
    fs::{self, File, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use itoguchi_report::{
    escape,
    package::{
        self,
        custody::Log,
        decisions::{FOLDER, HEAD, LOG, REPORTS, files, read},
    },
    read_manifest,
};

use crate::{
    failure::{Failure, at},
    folder::{exchange, sync},
};

/// How long a decision waits for another.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a finished run waits for a decision.
const LONG_PATIENCE: Duration = Duration::from_secs(120);
/// Where a folder of decisions is written before it takes its place.
const STAGED: &str = ".decisions.tmp-itoguchi";

/// The right to write the decisions of a result.
#[derive(Debug)]
pub struct Held {
    out: PathBuf,
    _lock: File,
}

impl Held {
    /// Takes the right, or says who has it.
    pub fn take(out: &Path) -> Result<Self, Failure> {
        Self::within(out, PATIENCE)
    }

    /// The same for who has worked long for it.
    pub fn wait(out: &Path) -> Result<Self, Failure> {
        Self::within(out, LONG_PATIENCE)
    }

    fn within(out: &Path, patience: Duration) -> Result<Self, Failure> {
        let path = out.join("manifest.json");
        let until = Instant::now() + patience;
        loop {
            let file = at(File::open(&path), &path)?;
            match file.try_lock() {
                Ok(()) if same_file(&file, &path) => return Ok(Self { out: out.to_owned(), _lock: file }),
                Err(TryLockError::Error(error)) => return at(Err(error), &path),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
            }
            if Instant::now() >= until {
                return Err(Failure::input(format!(
                    "{}: another itoguchi is writing to this result; nothing was recorded\nhint: try again when it has \
                     finished",
                    out.display()
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The log, checked; an empty one where nothing was decided.
    pub fn log(&self) -> Result<Log, Failure> {
        let dir = self.out.join(FOLDER);
        if !dir.exists() {
            return Ok(Log::default());
        }
        read(&dir).map_err(|fault| {
            Failure::input(format!(
                "{}: {fault}\nhint: nothing is added to a log that does not hold; `itoguchi verify` says all that is \
                 wrong; put back a copy of {FOLDER}/ from before",
                self.out.display()
            ))
        })
    }

    /// Puts `log` and what follows from it in place of what stands there, in one step.
    pub fn store(&self, log: &Log) -> Result<(), Failure> {
        let (staged, dir) = (self.out.join(STAGED), self.out.join(FOLDER));
        check(&self.out)?;
        if staged.exists() {
            // Left by a process that was killed: whoever holds the lock is the only writer.
            at(fs::remove_dir_all(&staged), &staged)?;
        }
        let written = write(&staged, log).and_then(|()| {
            sync(&staged)?;
            if dir.exists() { exchange(&staged, &dir) } else { at(fs::rename(&staged, &dir), &dir) }
        });
        if staged.exists() {
            let _ = fs::remove_dir_all(&staged);
        }
        written
    }

    /// Copies the decisions into the result that stands in `new` and will replace this one, and adds the new run to their
    /// log. A log that does not hold is copied as it is, and the warning says so: to lose it would be worse.
    pub fn carry_over(&self, new: &Path) -> Result<Option<String>, Failure> {
        let (old, dir) = (self.out.join(FOLDER), new.join(FOLDER));
        if !old.exists() {
            return Ok(None);
        }
        check(&self.out)?;
        at(fs::create_dir(&dir), &dir)?;
        for name in [LOG, REPORTS, HEAD] {
            let from = old.join(name);
            if from.exists() {
                at(fs::copy(&from, dir.join(name)), &from)?;
            }
        }
        let mut log = match read(&dir) {
            Ok(log) => log,
            Err(fault) => {
                return Ok(Some(format!(
                    "warning: {fault}; the decisions were carried over as they are\nhint: `itoguchi verify` says all \
                     that is wrong"
                )));
            }
        };
        let path = new.join("manifest.json");
        let bytes = at(fs::read(&path), &path)?;
        package::catch_up(&mut log, &read_manifest(new)?, &bytes);
        write(&dir, &log)?;
        Ok(None)
    }
}

/// Refuses a folder of decisions that holds what is none: to replace it would lose that.
pub fn check(out: &Path) -> Result<(), Failure> {
    let dir = out.join(FOLDER);
    if fs::symlink_metadata(&dir).is_err() {
        return Ok(());
    }
    for entry in at(fs::read_dir(&dir), &dir)? {
        let entry = at(entry, &dir)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let plain = at(entry.file_type(), &dir)?.is_file();
        if !plain || ![LOG, REPORTS, HEAD].contains(&name.as_str()) {
            return Err(Failure::input(format!(
                "{}: {} is no part of the decisions\nhint: move it elsewhere",
                dir.display(),
                escape::sentence(&name)
            )));
        }
    }
    Ok(())
}

fn write(dir: &Path, log: &Log) -> Result<(), Failure> {
    at(fs::create_dir_all(dir), dir)?;
    for (name, bytes) in files(log) {
        let path = dir.join(name);
        at(File::create(&path).and_then(|mut file| file.write_all(&bytes)), &path)?;
    }
    Ok(())
}

/// Whether `path` still names the open file.
fn same_file(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |meta: fs::Metadata| (meta.dev(), meta.ino());
        let (open, named) = (file.metadata().map(id), fs::metadata(path).map(id));
        matches!((open, named), (Ok(a), Ok(b)) if a == b)
    }
    #[cfg(not(unix))]
    {
        // Here a folder with an open file cannot be replaced at all.
        let _ = file;
        path.exists()
    }
}
