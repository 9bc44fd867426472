//! `keys`: a key pair to sign packages with.

use std::{
    fs::{self, OpenOptions},
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use itoguchi_report::package::sign::new_keys;

use crate::{
    args::Keys,
    failure::{Failure, at},
    printer::Printer,
};

/// Where a password is looked for before the terminal is asked.
const PASSWORD: &str = "ITOGUCHI_KEY_PASSWORD";

pub fn run(args: &Keys, printer: Printer) -> Result<(), Failure> {
    let public_path = public_path(&args.path);
    for path in [&args.path, &public_path] {
        if fs::symlink_metadata(path).is_ok() {
            return Err(Failure::input(format!(
                "{} exists and is not overwritten: what it signed could not be checked any more\nhint: give another path",
                path.display()
            )));
        }
    }
    let password = if args.no_password { None } else { Some(new_password()?) };
    let (secret, public) = new_keys(password.as_deref())?;
    write_new(&args.path, &secret, true)?;
    if let Err(error) = write_new(&public_path, &public, false) {
        let _ = fs::remove_file(&args.path);
        return Err(error);
    }
    printer.result(&format!(
        "secret key: {} (keep it where only you can read it)\npublic key: {}\n  {}",
        args.path.display(),
        public_path.display(),
        public.lines().nth(1).unwrap_or_default()
    ));
    Ok(())
}

fn public_path(secret: &Path) -> PathBuf {
    let mut path = secret.as_os_str().to_owned();
    path.push(".pub");
    PathBuf::from(path)
}

/// Writes a file that must not be there yet; a secret one for its owner alone from the first byte on.
fn write_new(path: &Path, text: &str, secret: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = secret;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    at(written, path)
}

/// The password of an existing key.
pub fn password(path: &Path) -> Result<String, Failure> {
    match from_environment()? {
        Some(password) => Ok(password),
        None => ask(&format!("Password of {}: ", itoguchi_report::escape::sentence(&path.to_string_lossy()))),
    }
}

fn new_password() -> Result<String, Failure> {
    let password = match from_environment()? {
        Some(password) => password,
        None => {
            let first = ask("Password for the new key: ")?;
            if first != ask("The same again: ")? {
                return Err(Failure::input("the two passwords differ\nhint: run it again; no key was made"));
            }
            first
        }
    };
    if password.is_empty() {
        return Err(Failure::input(
            "the password is empty\nhint: give one, or --no-password for a key that whoever reads the file can use",
        ));
    }
    Ok(password)
}

fn from_environment() -> Result<Option<String>, Failure> {
    match std::env::var(PASSWORD) {
        Ok(password) => Ok(Some(password)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::input(format!("{PASSWORD} is no UTF-8\nhint: set it anew, or unset it to be asked")))
        }
    }
}

fn ask(prompt: &str) -> Result<String, Failure> {
    let nobody = || {
        Failure::input(format!(
            "the key needs a password and there is no terminal to ask on\nhint: set {PASSWORD}"
        ))
    };
    if !std::io::stdin().is_terminal() {
        return Err(nobody());
    }
    rpassword::prompt_password(prompt).map_err(|_| nobody())
}
