//! Files: secret ones, whole ones, and ones that grow by complete pieces.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::error::ShareError;

/// Bytes of a SHA-256.
pub(crate) const HASH: usize = 32;

/// SHA-256 of the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; HASH] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().into()
}

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner alone (mode 0600).
    Owner,
    /// Whomever the system lets.
    Anybody,
}

fn options(readers: Readers) -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    if readers == Readers::Owner {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = readers;
    options
}

/// A folder that only its owner may enter (0700), made if it is not there.
pub(crate) fn private_folder(path: &Path) -> Result<(), ShareError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(ShareError::io(path))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".tmp-itoguchi-{}", std::process::id()));
    PathBuf::from(name)
}

/// Writes a file whole or not at all; what stood there is replaced.
pub(crate) fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), ShareError> {
    let part = write_part(path, bytes, readers)?;
    fs::rename(&part, path).map_err(ShareError::io(path))
}

/// As [`write`], and refuses to replace anything: the name is taken in one step.
pub(crate) fn write_new(
    path: &Path,
    bytes: &[u8],
    readers: Readers,
    hint: &'static str,
) -> Result<(), ShareError> {
    let part = write_part(path, bytes, readers)?;
    let linked = fs::hard_link(&part, path);
    let _ = fs::remove_file(&part);
    linked.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => ShareError::Exists { path: path.to_owned(), hint },
        _ => ShareError::io(path)(source),
    })
}

fn write_part(path: &Path, bytes: &[u8], readers: Readers) -> Result<PathBuf, ShareError> {
    let part = beside(path);
    let _ = fs::remove_file(&part);
    let attempt = || {
        let mut file = options(readers).write(true).create_new(true).open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    attempt().map_err(|source| {
        let _ = fs::remove_file(&part);
        ShareError::io(path)(source)
    })?;
    Ok(part)
}

/// Reads a file of at most `most` bytes; devices and pipes are refused.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>, ShareError> {
    let meta = fs::metadata(path).map_err(ShareError::io(path))?;
    let foreign = |what: String| ShareError::Foreign {
        path: path.to_owned(),
        what,
        hint: "check that it is the file you meant",
    };
    if !meta.is_file() {
        return Err(foreign("is no file".to_owned()));
    }
    if meta.len() > most {
        return Err(foreign(format!("is larger ({} bytes) than it can be ({most})", meta.len())));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0));
    let file = File::open(path).map_err(ShareError::io(path))?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(ShareError::io(path))?;
    if bytes.len() as u64 > most {
        return Err(foreign(format!("is larger than it can be ({most} bytes)")));
    }
    Ok(bytes)
}

/// Reads a file of at most `most` bytes that is a secret: refused where others may read it.
///
/// # Errors
/// [`ShareError::Exposed`], and those of the file system.
pub fn read_secret(path: &Path, most: u64) -> Result<Vec<u8>, ShareError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_err(ShareError::io(path))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(ShareError::Exposed { path: path.to_owned(), mode });
        }
    }
    read(path, most)
}

/// A file that grows by pieces, each with its length before and its SHA-256 behind it.
///
/// Whatever moment a process is killed at, the pieces that are complete are there again, and half a piece is cut off. The
/// first piece is a tag: pieces of other work are thrown away.
pub(crate) struct Pieces {
    path: PathBuf,
    file: File,
}

impl Pieces {
    /// Opens or makes the file, and returns the complete pieces of the work `tag`.
    ///
    /// `most` is the largest file that is looked at. A second process at the same file is refused.
    pub(crate) fn open(path: &Path, tag: &[u8; HASH], most: u64) -> Result<(Self, Vec<Vec<u8>>), ShareError> {
        let io = || ShareError::io(path);
        let mut open = options(Readers::Owner);
        let mut file = open.read(true).write(true).create(true).truncate(false).open(path).map_err(io())?;
        file.try_lock().map_err(|locked| match locked {
            TryLockError::WouldBlock => ShareError::Asked {
                what: format!("{}: another process is at this very work", path.display()),
                hint: "let it finish, or stop it and run the command again",
            },
            TryLockError::Error(cause) => io()(cause),
        })?;
        let mut bytes = Vec::new();
        (&mut file).take(most).read_to_end(&mut bytes).map_err(io())?;
        let (mut pieces, mut whole) = complete(&bytes);
        if pieces.first().is_none_or(|first| first != tag) {
            (pieces, whole) = (vec![], 0);
        }
        file.set_len(whole as u64).map_err(io())?;
        file.seek(SeekFrom::End(0)).map_err(io())?;
        let mut this = Self { path: path.to_owned(), file };
        if pieces.is_empty() {
            this.append(tag)?;
        } else {
            pieces.remove(0);
        }
        Ok((this, pieces))
    }

    /// Adds a piece, and returns when it is on the disk.
    pub(crate) fn append(&mut self, piece: &[u8]) -> Result<(), ShareError> {
        let length = (piece.len() as u64).to_le_bytes();
        let framed = [&length[..], piece, &sha256(&[&length, piece])].concat();
        let written = self.file.write_all(&framed).and_then(|()| self.file.sync_data());
        written.map_err(ShareError::io(&self.path))
    }
}

/// The complete pieces at the beginning of `bytes`, and where the last of them ends.
fn complete(bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while let Some((head, rest)) = bytes[at..].split_first_chunk::<8>() {
        let Ok(length) = usize::try_from(u64::from_le_bytes(*head)) else { break };
        let Some((piece, rest)) = rest.split_at_checked(length) else { break };
        let Some(hash) = rest.first_chunk::<HASH>() else { break };
        if sha256(&[head, piece]) != *hash {
            break;
        }
        pieces.push(piece.to_vec());
        at += 8 + length + HASH;
    }
    (pieces, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_survive_a_cut_at_every_byte() {
        let folder = tempfile::tempdir().unwrap();
        let (path, tag) = (folder.path().join("p"), [7; HASH]);
        let (mut pieces, none) = Pieces::open(&path, &tag, 1 << 20).unwrap();
        assert!(none.is_empty());
        let parts = [vec![1; 10], vec![], vec![2; 33]];
        for part in &parts {
            pieces.append(part).unwrap();
        }
        assert!(
            matches!(Pieces::open(&path, &tag, 1 << 20), Err(ShareError::Asked { .. })),
            "two at one work"
        );
        drop(pieces);
        let whole = fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut again, kept) = Pieces::open(&path, &tag, 1 << 20).unwrap();
            assert_eq!(kept, parts[..kept.len()]);
            for part in &parts[kept.len()..] {
                again.append(part).unwrap();
            }
            assert_eq!(fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
        let (_, other) = Pieces::open(&path, &[8; HASH], 1 << 20).unwrap();
        assert!(other.is_empty(), "pieces of other work");
    }

    #[cfg(unix)]
    #[test]
    fn secrets_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        write_new(&path, b"x", Readers::Owner, "h").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(write_new(&path, b"y", Readers::Owner, "h"), Err(ShareError::Exists { .. })));
        assert_eq!(read_secret(&path, 9).unwrap(), b"x");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read_secret(&path, 9), Err(ShareError::Exposed { mode: 0o640, .. })));
        assert!(matches!(read(&path, 0), Err(ShareError::Foreign { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written stays");
    }
}
