//! Epochs: for how long which key makes the tokens, and where the key-holder keeps it.
//!
//! A folder of keys holds for each epoch `ID.secret.json` (mode 0600, never leaves the key-holder) and `ID.epoch.json`, which
//! every broker gets. A key is never replaced: rotation is a new epoch. Deleting a secret ends its epoch for good, and
//! nobody can ever again link a token of it to an identifier.

use std::{
    fs,
    path::{Path, PathBuf},
};

use itoguchi_model::Instant;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    error::ShareError,
    files::{self, Readers},
    hex,
    tokens::{self, Element, EpochKey},
};

const FORMAT: &str = "itoguchi-share-epoch";
const SECRET_FORMAT: &str = "itoguchi-share-secret-key";
/// Bytes of the largest file of an epoch.
const LARGEST: u64 = 4096;

/// What is published of an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// `itoguchi-share-epoch`.
    pub format: String,
    /// Of this form; 1.
    pub version: u32,
    /// Its name: small letters, digits and hyphens.
    pub id: String,
    /// Its first moment, RFC 3339.
    pub valid_from: String,
    /// The first moment after it.
    pub valid_until: String,
    /// The key its proofs are checked with.
    pub public_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    format: String,
    version: u32,
    id: String,
    secret_key: String,
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        self.secret_key.zeroize();
    }
}

/// Whether the text can name an epoch: it stands in tokens' inputs and in names of files.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

/// Whether the text can name a broker: letters, digits, hyphens and underscores.
#[must_use]
pub fn is_broker(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

impl Epoch {
    /// Reads the published file of an epoch.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn read(path: &Path) -> Result<Self, ShareError> {
        let bytes = files::read(path, LARGEST)?;
        let epoch: Self =
            serde_json::from_slice(&bytes).map_err(|_| foreign(path, "is no file of an epoch"))?;
        epoch.check(&path.display().to_string())?;
        Ok(epoch)
    }

    /// Whether everything in it can be what it says; `what` names it in errors.
    pub(crate) fn check(&self, what: &str) -> Result<(), ShareError> {
        let path = Path::new(what);
        if self.format != FORMAT || self.version != 1 {
            return Err(foreign(path, "is no file of an epoch, or of another version"));
        }
        if !is_id(&self.id) || self.span().is_none_or(|(from, until)| from >= until) {
            return Err(foreign(path, "has no sound name or times of an epoch"));
        }
        tokens::check_public(&self.key()?).map_err(|cause| ShareError::Key { what: what.to_owned(), cause })
    }

    /// The key its proofs are checked with.
    ///
    /// # Errors
    /// When it is no hexadecimal number of the right length.
    pub fn key(&self) -> Result<Element, ShareError> {
        hex::exact(&self.public_key).ok_or_else(|| ShareError::Key {
            what: format!("epoch {}", self.id),
            cause: tokens::TokenError::Key,
        })
    }

    fn span(&self) -> Option<(Instant, Instant)> {
        Some((Instant::parse_rfc3339(&self.valid_from)?, Instant::parse_rfc3339(&self.valid_until)?))
    }

    /// # Errors
    /// [`ShareError::Expired`] unless `now` lies in the epoch.
    pub fn must_hold(&self, now: Instant) -> Result<(), ShareError> {
        if self.span().is_some_and(|(from, until)| from <= now && now < until) {
            return Ok(());
        }
        Err(ShareError::Expired {
            epoch: self.id.clone(),
            from: self.valid_from.clone(),
            until: self.valid_until.clone(),
            now: now.to_string(),
        })
    }

    /// # Errors
    /// [`ShareError::MixedEpochs`] or [`ShareError::WrongKey`] unless the two are one.
    pub fn must_be(&self, other: &Self, mine: &str, theirs: &str) -> Result<(), ShareError> {
        if self.id != other.id {
            return Err(ShareError::MixedEpochs {
                a: mine.to_owned(),
                b: theirs.to_owned(),
                epoch_a: self.id.clone(),
                epoch_b: other.id.clone(),
            });
        }
        if self.public_key != other.public_key {
            return Err(ShareError::WrongKey { what: theirs.to_owned(), epoch: self.id.clone() });
        }
        Ok(())
    }
}

fn foreign(path: &Path, what: &str) -> ShareError {
    ShareError::Foreign {
        path: path.to_owned(),
        what: what.to_owned(),
        hint: "the key-holder makes epochs with `itoguchi share keys`",
    }
}

/// The key-holder's folder.
#[derive(Clone, Debug)]
pub struct Keys {
    folder: PathBuf,
}

impl Keys {
    /// The folder at `path`.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { folder: path.to_owned() }
    }

    /// Where the file of `id` with the published half stands.
    #[must_use]
    pub fn epoch_file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.epoch.json"))
    }

    fn secret_file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.secret.json"))
    }

    /// Where the evaluations are logged.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.folder.join("evaluations.jsonl")
    }

    /// Makes a new epoch with a new key.
    ///
    /// # Errors
    /// When the epoch exists, the name or the times are none, or the folder cannot be written.
    pub fn make(&self, id: &str, from: Instant, until: Instant) -> Result<Epoch, ShareError> {
        if !is_id(id) {
            return Err(ShareError::Asked {
                what: "the name of an epoch is 1 to 32 small letters, digits and hyphens".to_owned(),
                hint: "name it after its months, as 2025-04",
            });
        }
        if from >= until {
            return Err(ShareError::Asked {
                what: format!("an epoch from {from} until {until} has no moment"),
                hint: "--until is the first moment after the epoch",
            });
        }
        let failed = |cause| ShareError::Key { what: format!("epoch {id}"), cause };
        let key = EpochKey::new().map_err(failed)?;
        let epoch = Epoch {
            format: FORMAT.to_owned(),
            version: 1,
            id: id.to_owned(),
            valid_from: from.to_string(),
            valid_until: until.to_string(),
            public_key: hex::write(&key.public()),
        };
        self.keep(&epoch, &key)?;
        Ok(epoch)
    }

    fn keep(&self, epoch: &Epoch, key: &EpochKey) -> Result<(), ShareError> {
        const HINT: &str = "a key is never replaced; rotation is a new epoch, under another name";
        files::private_folder(&self.folder)?;
        let secret = SecretFile {
            format: SECRET_FORMAT.to_owned(),
            version: 1,
            id: epoch.id.clone(),
            secret_key: hex::write(&key.to_bytes()[..]),
        };
        let text = Zeroizing::new(json(&secret));
        let public = self.epoch_file(&epoch.id);
        if public.exists() {
            return Err(ShareError::Exists { path: public, hint: HINT });
        }
        files::write_new(&self.secret_file(&epoch.id), text.as_bytes(), Readers::Owner, HINT)?;
        files::write_new(&public, json(epoch).as_bytes(), Readers::Anybody, HINT)
    }

    /// The epoch and its key.
    ///
    /// # Errors
    /// When there is no such epoch, others may read the secret, or the two halves are not of one key.
    pub fn open(&self, id: &str) -> Result<(Epoch, EpochKey), ShareError> {
        let path = self.secret_file(id);
        if !is_id(id) || !path.exists() {
            return Err(ShareError::Asked {
                what: format!(
                    "{} has no key of epoch {}",
                    self.folder.display(),
                    if is_id(id) { id } else { "of that name" }
                ),
                hint: "the request was made for another epoch, or for another key-holder",
            });
        }
        let bytes = Zeroizing::new(files::read_secret(&path, LARGEST)?);
        let file: SecretFile =
            serde_json::from_slice(&bytes).map_err(|_| foreign(&path, "is no secret key"))?;
        if file.format != SECRET_FORMAT || file.version != 1 || file.id != id {
            return Err(foreign(&path, "is no secret key of this epoch"));
        }
        let secret =
            Zeroizing::new(hex::exact(&file.secret_key).ok_or_else(|| foreign(&path, "is no secret key"))?);
        let key = EpochKey::from_bytes(&secret)
            .map_err(|cause| ShareError::Key { what: path.display().to_string(), cause })?;
        let epoch = Epoch::read(&self.epoch_file(id))?;
        if epoch.id != id || epoch.key()? != key.public() {
            return Err(ShareError::WrongKey { what: path.display().to_string(), epoch: id.to_owned() });
        }
        Ok((epoch, key))
    }

    /// The ids of the epochs that are there, sorted.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn list(&self) -> Result<Vec<String>, ShareError> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(ShareError::io(&self.folder))? {
            let name = entry.map_err(ShareError::io(&self.folder))?.file_name();
            if let Some(id) = name.to_str().and_then(|n| n.strip_suffix(".epoch.json")) {
                ids.push(id.to_owned());
            }
        }
        ids.sort();
        Ok(ids)
    }
}

/// JSON to be read by people, too.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain fields and lists have a JSON form");
    text.push('\n');
    text
}
