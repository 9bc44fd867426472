//! Signatures in the format of minisign: Ed25519 over a BLAKE2b hash of the file, and over a comment that is trusted.
//!
//! Made by the crate `minisign`, checked by `minisign-verify`, as the reference program does.

use std::io::Cursor;

use minisign::{KeyPair, SecretKey, SecretKeyBox};
use minisign_verify::{PublicKey, Signature};

use crate::escape;

/// Characters of a public key in base64.
const PUBLIC_KEY: usize = 56;
/// Bytes of a secret key: two algorithms and that of the checksum, salt, limits, number, key, checksum.
const SECRET_KEY: usize = 158;
/// Bytes of the checksum at its end.
const CHECKSUM: usize = 32;
/// Where the algorithm of the key's protection stands in a secret key: two zeros mean that there is none.
const PROTECTION: std::ops::Range<usize> = 2..4;

/// Why something cannot be signed, or a signature does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The text is no secret key.
    #[error(
        "this is no secret key of minisign: {reason}\nhint: name the file that `itoguchi keys PATH` or `minisign -G` made, \
         not the one ending in .pub"
    )]
    NoSecretKey {
        /// What is wrong with it.
        reason: String,
    },
    /// The password does not open the key.
    #[error("the password does not open this key\nhint: give the one it was made with")]
    WrongPassword,
    /// The text is no public key.
    #[error(
        "this is no public key of minisign\nhint: give the file ending in .pub, or its second line: {PUBLIC_KEY} \
         characters that begin with RW"
    )]
    NoPublicKey,
    /// The text is no signature.
    #[error("it is no signature of minisign: {reason}")]
    NoSignature {
        /// What is wrong with it.
        reason: String,
    },
    /// It was made with another key.
    #[error("it was made with another key than the one given")]
    OtherKey,
    /// What was signed is not what stands here.
    #[error("it is of other bytes than those that stand here, or was not made with this key")]
    OtherBytes,
    /// The trusted comment was changed.
    #[error("its trusted comment was changed after it was signed")]
    OtherComment,
    /// The system gave no random numbers, or the key cannot be written.
    #[error("a key could not be made: {reason}\nhint: try again")]
    Make {
        /// What the system said.
        reason: String,
    },
}

/// A new key pair as the texts of its two files: secret and public. With a password the secret one is encrypted by it
/// (scrypt: about a second).
///
/// # Errors
/// If the system gives no random numbers.
pub fn new_keys(password: Option<&str>) -> Result<(String, String), SignError> {
    let make = |e: minisign::PError| SignError::Make { reason: e.to_string() };
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password.to_owned())),
        None => KeyPair::generate_unencrypted_keypair(),
    }
    .map_err(make)?;
    let kind = if password.is_some() { "encrypted" } else { "unencrypted" };
    let secret = pair.sk.to_box(Some(&format!("minisign {kind} secret key"))).map_err(make)?;
    let public = pair.pk.to_box().map_err(make)?;
    Ok((secret.into_string(), public.into_string()))
}

/// Whether the secret key in the text of its file asks for a password.
///
/// # Errors
/// If it is no secret key.
pub fn is_encrypted(secret: &str) -> Result<bool, SignError> {
    Ok(key_bytes(secret)?[PROTECTION] != [0, 0])
}

/// The bytes on the second line of a secret key's file.
fn key_bytes(secret: &str) -> Result<Vec<u8>, SignError> {
    let wrong = |reason: &str| SignError::NoSecretKey { reason: reason.to_owned() };
    let line = secret.lines().nth(1).ok_or_else(|| wrong("it has no second line"))?;
    let bytes = base64(line.trim()).ok_or_else(|| wrong("its second line is no base64"))?;
    if bytes.len() != SECRET_KEY || !bytes.starts_with(b"Ed") {
        return Err(wrong("its second line does not hold one"));
    }
    Ok(bytes)
}

/// The bytes that `text` means; `None` if it is no base64.
fn base64(text: &str) -> Option<Vec<u8>> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => Some(u32::from(c - b'A')),
        b'a'..=b'z' => Some(u32::from(c - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(c - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let letters = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(letters.len() * 3 / 4);
    for group in letters.chunks(4) {
        let bits = group.iter().try_fold(0_u32, |sum, c| Some(sum << 6 | value(*c)?))?;
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

/// Signs `bytes` and the line `comment`, and returns the text of the file beside it.
///
/// # Errors
/// If the secret key cannot be read or the password does not open it.
pub fn sign(secret: &str, password: Option<&str>, bytes: &[u8], comment: &str) -> Result<String, SignError> {
    let key = open(secret, password)?;
    let damaged =
        |e: minisign::PError| SignError::NoSecretKey { reason: escape::visible(&e.to_string(), 200) };
    let public = minisign::PublicKey::from_secret_key(&key).map_err(damaged)?;
    // With the public half the crate checks what it made: a damaged key must not pass for a signature.
    let made =
        minisign::sign(Some(&public), &key, Cursor::new(bytes), Some(comment), Some("signature of itoguchi"));
    made.map(minisign::SignatureBox::into_string).map_err(damaged)
}

/// The secret key in the text of its file.
fn open(secret: &str, password: Option<&str>) -> Result<SecretKey, SignError> {
    let bytes = key_bytes(secret)?;
    let text = SecretKeyBox::from(secret.to_owned());
    let opened = match (is_encrypted(secret)?, password) {
        // The program minisign writes keys without a password without a checksum too; the crate would refuse them.
        (false, _) if bytes[SECRET_KEY - CHECKSUM..].iter().all(|b| *b == 0) => SecretKey::from_bytes(&bytes),
        (false, _) => text.into_unencrypted_secret_key(),
        (true, Some(password)) => text.into_secret_key(Some(password.to_owned())),
        (true, None) => return Err(SignError::WrongPassword),
    };
    opened.map_err(|e| match e.kind() {
        minisign::ErrorKind::Verify if password.is_some() => SignError::WrongPassword,
        _ => SignError::NoSecretKey { reason: escape::visible(&e.to_string(), 200) },
    })
}

/// Checks that `signature` (the text of its file) is of `bytes`, by the key whose text or base64 is `public`, and
/// returns its trusted comment.
///
/// # Errors
/// If it is not; each reason has a variant of its own.
pub fn check(public: &str, signature: &str, bytes: &[u8]) -> Result<String, SignError> {
    let line = public.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or_default();
    let key = PublicKey::from_base64(line).map_err(|_| SignError::NoPublicKey)?;
    let read = Signature::decode(signature)
        .map_err(|e| SignError::NoSignature { reason: escape::visible(&e.to_string(), 200) })?;
    match key.verify(bytes, &read, false) {
        Ok(()) => Ok(read.trusted_comment().to_owned()),
        Err(minisign_verify::Error::UnexpectedKeyId) => Err(SignError::OtherKey),
        Err(minisign_verify::Error::UnexpectedAlgorithm) => {
            let reason = "it is of the old kind, without a hash; sign again without -l".to_owned();
            Err(SignError::NoSignature { reason })
        }
        // Which of the two signatures in the file fails is told by the other crate.
        Err(_) if only_comment_fails(line, signature, bytes) => Err(SignError::OtherComment),
        Err(_) => Err(SignError::OtherBytes),
    }
}

/// Whether the signature of the bytes holds and that of the comment does not.
fn only_comment_fails(public: &str, signature: &str, bytes: &[u8]) -> bool {
    let Ok(key) = minisign::PublicKey::from_base64(public) else { return false };
    let Ok(read) = minisign::SignatureBox::from_string(signature) else { return false };
    let checked = minisign::verify(&key, &read, Cursor::new(bytes), true, false, false);
    checked.is_err_and(|e| e.to_string().starts_with("Comment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"{\"format\": \"itoguchi-package\"}\n";

    #[test]
    fn what_was_signed_is_checked_by_the_file_or_the_line_of_the_key() {
        let (secret, public) = new_keys(None).unwrap();
        let made = sign(&secret, None, BYTES, "by analyst-07").unwrap();
        let line = public.lines().nth(1).unwrap();
        assert_eq!(line.len(), PUBLIC_KEY);
        for key in [public.as_str(), line, &format!("\n {line} \n"), &public.replace('\n', "\r\n")] {
            assert_eq!(check(key, &made, BYTES).unwrap(), "by analyst-07");
        }
    }

    #[test]
    fn each_way_to_fail_has_its_own_words() {
        let (secret, public) = new_keys(None).unwrap();
        let (_, other) = new_keys(None).unwrap();
        let made = sign(&secret, None, BYTES, "by analyst-07").unwrap();
        let fails = |key: &str, made: &str, bytes: &[u8]| check(key, made, bytes).unwrap_err();
        assert!(matches!(fails(&other, &made, BYTES), SignError::OtherKey));
        assert!(matches!(fails(&public, &made, b"other"), SignError::OtherBytes));
        let comment = made.replace("by analyst-07", "by analyst-08");
        assert!(matches!(fails(&public, &comment, BYTES), SignError::OtherComment));
        assert!(check(&public, &made.replace("signature of itoguchi", "x"), BYTES).is_ok(), "untrusted");
        for text in ["", "x", "a\nb\nc\nd", &made[..made.len() / 2], "untrusted comment: \n口\n口\n口"] {
            assert!(matches!(fails(&public, text, BYTES), SignError::NoSignature { .. }), "{text}");
        }
        for text in ["", "RW", "口座", &secret, &made] {
            assert!(matches!(fails(text, &made, BYTES), SignError::NoPublicKey), "{text}");
        }
    }

    #[test]
    fn an_encrypted_key_opens_with_its_password_alone() {
        let (secret, public) = new_keys(Some("hunter 口座")).unwrap();
        assert!(is_encrypted(&secret).unwrap());
        let made = sign(&secret, Some("hunter 口座"), BYTES, "c").unwrap();
        assert_eq!(check(&public, &made, BYTES).unwrap(), "c");
        for password in [Some("hunter"), Some(""), None] {
            assert!(matches!(sign(&secret, password, BYTES, "c"), Err(SignError::WrongPassword)));
        }
    }

    /// A key that minisign 0.11 made with -G -W.
    #[test]
    fn a_key_without_a_checksum_signs_unless_it_is_damaged() {
        let secret = "untrusted comment: minisign encrypted secret key\nRWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMuiBn77QM7IAEJKYVQMBnelQyKQA/GFP/L+ONX0/L7ecstuvI8TyZfyGC/f1uL2xscruPJsG7cq8hCklKFK9Eq+QRAcbHbLPAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        let public = "RWQy6IGfvtAzsvyGC/f1uL2xscruPJsG7cq8hCklKFK9Eq+QRAcbHbLP";
        let made = sign(secret, None, BYTES, "c").unwrap();
        assert_eq!(check(public, &made, BYTES).unwrap(), "c");
        let damaged = secret.replacen("MBnelQyK", "BBnelQyK", 1);
        assert!(damaged != secret);
        assert!(matches!(sign(&damaged, None, BYTES, "c"), Err(SignError::NoSecretKey { .. })));
    }

    #[test]
    fn base64_is_read() {
        for (text, bytes) in
            [("", &b""[..]), ("Zg==", b"f"), ("Zm8=", b"fo"), ("Zm9v", b"foo"), ("Zm9vYg", b"foob")]
        {
            assert_eq!(base64(text).unwrap(), bytes);
        }
        assert_eq!(base64("Zm9v口"), None);
        assert_eq!(base64("Z-9v"), None);
    }

    #[test]
    fn what_is_no_secret_key_is_refused() {
        let (secret, public) = new_keys(None).unwrap();
        assert!(!is_encrypted(&secret).unwrap());
        let cut = &secret[..secret.len() - 20];
        // A letter of the key itself; the zeros before it are those of a password that there is not.
        let (start, end) = secret.split_at(secret.len() - 80);
        let other = if end.starts_with('A') { "B" } else { "A" };
        let changed = format!("{start}{other}{}", &end[1..]);
        for text in ["", "x\ny", "口\n口座口座口座口座", cut, &changed] {
            assert!(matches!(sign(text, None, BYTES, "c"), Err(SignError::NoSecretKey { .. })), "{text}");
        }
        assert!(sign(&public, None, BYTES, "c").is_err());
    }
}
