//! Oblivious tokens: VOPRF(ristretto255, SHA-512) of RFC 9497, section 3.3.2, in verifiable mode.
//!
//! The broker blinds ([`blind`]), the key-holder evaluates without seeing what ([`EpochKey::evaluate`]) and proves that it
//! used the key it has published, the broker checks the proof and finalizes ([`finalize`]). Neither can make tokens
//! alone: the broker has no key, the key-holder no identifiers.
//!
//! Blinding factors are not stored: each is derived from a seed of the request and the input by HMAC-SHA-512, so that a
//! broken-off request goes on with the same blinded elements, and one small file is all there is to guard. To whoever
//! does not know the seed they are uniform, as the RFC asks.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::{CryptoRng, OsRng, RngCore};
use sha2::Sha512;
use voprf::{BlindedElement, EvaluationElement, Group, Proof, VoprfClient, VoprfServer};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

type Suite = voprf::Ristretto255;
type Client = VoprfClient<Suite>;

/// Bytes of a group element.
pub const ELEMENT: usize = 32;
/// Bytes of a proof.
pub const PROOF: usize = 64;
/// Bytes of a token: the first of the function's 64. Among a million tokens two agree by chance once in 2^89 times.
pub const TOKEN: usize = 16;
/// Elements that share one proof. RFC 9497 allows 65,535; with a thousand the proof's own cost has vanished.
pub const BATCH: usize = 1024;

/// A group element as it is sent.
pub type Element = [u8; ELEMENT];
/// A token.
pub type Token = [u8; TOKEN];

/// Why tokens cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Bytes that are no element of the group, or its identity.
    #[error("element {0} is no element of the group")]
    Element(usize),
    /// Bytes that are no proof.
    #[error("the proof is no pair of scalars")]
    ProofForm,
    /// The proof does not hold.
    #[error("the proof does not hold: the elements were changed, or not computed with the published key")]
    Proof,
    /// Bytes that are no key.
    #[error("is no key of the group")]
    Key,
    /// Lists that do not fit together, or are too long for one proof.
    #[error("the numbers of elements do not agree")]
    Counts,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// Input the function does not take.
    #[error("an input is empty or too long")]
    Input,
}

/// 32 bytes nobody else may know. Shows nothing of itself, and wipes itself.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// A new one from the system's random numbers.
    ///
    /// # Errors
    /// [`TokenError::Random`].
    pub fn new() -> Result<Self, TokenError> {
        let mut bytes = [0; 32];
        OsRng.try_fill_bytes(&mut bytes).map_err(|_| TokenError::Random)?;
        let secret = Self(bytes);
        bytes.zeroize();
        Ok(secret)
    }

    /// Of bytes that were kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept where nobody else reads them.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-512 of the pieces, each preceded by its length, for the purpose `label`.
    pub(crate) fn mac(&self, label: &str, pieces: &[&[u8]]) -> [u8; 64] {
        let mut mac = Hmac::<Sha512>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for piece in [label.as_bytes()].iter().chain(pieces) {
            mac.update(&(piece.len() as u64).to_be_bytes());
            mac.update(piece);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The random numbers of one blinding factor or proof, the same for the same seed, purpose and input.
struct Derived<'a> {
    seed: &'a Secret,
    label: &'static str,
    input: &'a [u8],
    block: u64,
}

impl RngCore for Derived<'_> {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(64) {
            let bytes = Zeroizing::new(self.seed.mac(self.label, &[&self.block.to_be_bytes(), self.input]));
            chunk.copy_from_slice(&bytes[..chunk.len()]);
            self.block += 1;
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

// A pseudorandom function of a secret key, which nobody can tell from random numbers.
impl CryptoRng for Derived<'_> {}

impl<'a> Derived<'a> {
    fn new(seed: &'a Secret, label: &'static str, input: &'a [u8]) -> Self {
        Self { seed, label, input, block: 0 }
    }
}

/// The blinded element of `input`: what the key-holder gets to see. Uniform in the group, whatever the input.
///
/// # Errors
/// [`TokenError::Input`].
pub fn blind(seed: &Secret, input: &[u8]) -> Result<Element, TokenError> {
    let blinded =
        Client::blind(input, &mut Derived::new(seed, "blind", input)).map_err(|_| TokenError::Input)?;
    Ok(blinded.message.serialize().into())
}

/// The key of one epoch. Shows nothing of itself, and wipes itself.
pub struct EpochKey(VoprfServer<Suite>);

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EpochKey(..)")
    }
}

/// Evaluated elements, in the order of the blinded ones, and one proof for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluated {
    /// The elements.
    pub elements: Vec<Element>,
    /// That they were computed with the published key.
    pub proof: [u8; PROOF],
}

impl EpochKey {
    /// A new key from the system's random numbers.
    ///
    /// # Errors
    /// [`TokenError::Random`].
    pub fn new() -> Result<Self, TokenError> {
        let seed = Secret::new()?;
        Self::derive(seed.bytes(), b"")
    }

    /// `DeriveKeyPair` of RFC 9497, section 3.2.1.
    ///
    /// # Errors
    /// [`TokenError::Key`] for inputs no key can be made of.
    pub fn derive(seed: &[u8], info: &[u8]) -> Result<Self, TokenError> {
        VoprfServer::new_from_seed(seed, info).map(Self).map_err(|_| TokenError::Key)
    }

    /// Of bytes that were kept.
    ///
    /// # Errors
    /// [`TokenError::Key`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, TokenError> {
        VoprfServer::new_with_key(bytes).map(Self).map_err(|_| TokenError::Key)
    }

    /// The bytes, to be kept where nobody else reads them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut both = self.0.serialize();
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&both[..32]);
        both.zeroize();
        bytes
    }

    /// What is published of it.
    #[must_use]
    pub fn public(&self) -> Element {
        <Suite as Group>::serialize_elem(self.0.get_public_key()).into()
    }

    /// Evaluates up to 65,535 blinded elements with one proof.
    ///
    /// The same elements give the same proof: its random scalar is derived from the key and all elements, as that of an
    /// Ed25519 signature is. So an answer that was lost on its way can be made again, byte for byte, and none need be kept.
    ///
    /// # Errors
    /// [`TokenError::Element`] with the place of the first that is none, [`TokenError::Counts`] for too many.
    pub fn evaluate(&self, blinded: &[Element]) -> Result<Evaluated, TokenError> {
        let key = Secret(*self.to_bytes());
        self.evaluate_with(blinded, &mut Derived::new(&key, "proof", blinded.as_flattened()))
    }

    fn evaluate_with<R: RngCore + CryptoRng>(
        &self,
        blinded: &[Element],
        random: &mut R,
    ) -> Result<Evaluated, TokenError> {
        let blinded = elements(blinded, |b| BlindedElement::<Suite>::deserialize(b).ok())?;
        let done = self.0.batch_blind_evaluate(random, &blinded).map_err(|_| TokenError::Counts)?;
        Ok(Evaluated {
            elements: done.messages.iter().map(|m| m.serialize().into()).collect(),
            proof: done.proof.serialize().into(),
        })
    }

    /// The token of `input`, which only the key-holder can compute alone: for tests and for counting what it could guess.
    ///
    /// # Errors
    /// [`TokenError::Input`].
    pub fn token(&self, input: &[u8]) -> Result<Token, TokenError> {
        Ok(cut(&self.0.evaluate(input).map_err(|_| TokenError::Input)?))
    }
}

/// Whether the bytes are a public key.
///
/// # Errors
/// [`TokenError::Key`].
pub fn check_public(key: &Element) -> Result<(), TokenError> {
    <Suite as Group>::deserialize_elem(key).map(|_| ()).map_err(|_| TokenError::Key)
}

/// Checks the proof and computes the tokens of `inputs`, in their order.
///
/// # Errors
/// [`TokenError::Proof`] if it does not hold for exactly these blinded and evaluated elements and this key;
/// [`TokenError::Element`], [`TokenError::ProofForm`], [`TokenError::Key`] for bytes that are none.
pub fn finalize(
    seed: &Secret,
    inputs: &[Vec<u8>],
    blinded: &[Element],
    evaluated: &Evaluated,
    public: &Element,
) -> Result<Vec<Token>, TokenError> {
    let outputs = outputs(seed, inputs, blinded, evaluated, public)?;
    Ok(outputs.iter().map(|output| cut(output)).collect())
}

/// Checks the proof alone, at the cost of two scalar multiplications for each element.
///
/// # Errors
/// As [`finalize`].
pub fn check(
    seed: &Secret,
    inputs: &[Vec<u8>],
    blinded: &[Element],
    evaluated: &Evaluated,
    public: &Element,
) -> Result<(), TokenError> {
    checked(seed, inputs, blinded, evaluated, public, |_| Ok(()))
}

fn outputs(
    seed: &Secret,
    inputs: &[Vec<u8>],
    blinded: &[Element],
    evaluated: &Evaluated,
    public: &Element,
) -> Result<Vec<[u8; 64]>, TokenError> {
    checked(seed, inputs, blinded, evaluated, public, |outputs| outputs.collect())
}

/// Hands what comes out to `take` once the proof holds; each output is computed only when it is taken.
fn checked<T>(
    seed: &Secret,
    inputs: &[Vec<u8>],
    blinded: &[Element],
    evaluated: &Evaluated,
    public: &Element,
    take: impl FnOnce(&mut dyn Iterator<Item = Result<[u8; 64], TokenError>>) -> Result<T, TokenError>,
) -> Result<T, TokenError> {
    if inputs.len() != blinded.len() || inputs.len() != evaluated.elements.len() {
        return Err(TokenError::Counts);
    }
    let public = <Suite as Group>::deserialize_elem(public).map_err(|_| TokenError::Key)?;
    let proof = Proof::<Suite>::deserialize(&evaluated.proof).map_err(|_| TokenError::ProofForm)?;
    let messages = elements(&evaluated.elements, |b| EvaluationElement::<Suite>::deserialize(b).ok())?;
    let clients = clients(seed, inputs, blinded)?;
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let done = Client::batch_finalize(&inputs, &clients, &messages, &proof, public).map_err(|e| match e {
        voprf::Error::ProofVerification => TokenError::Proof,
        _ => TokenError::Counts,
    })?;
    take(&mut done.map(|output| output.map(Into::into).map_err(|_| TokenError::Input)))
}

fn clients(seed: &Secret, inputs: &[Vec<u8>], blinded: &[Element]) -> Result<Vec<Client>, TokenError> {
    let client = |(i, (input, element)): (usize, (&Vec<u8>, &Element))| {
        let mut factor = <Suite as Group>::random_scalar(&mut Derived::new(seed, "blind", input));
        let mut state = Zeroizing::new([0; 2 * ELEMENT]);
        state[..ELEMENT].copy_from_slice(&<Suite as Group>::serialize_scalar(factor));
        state[ELEMENT..].copy_from_slice(element);
        factor.zeroize();
        Client::deserialize(&state[..]).map_err(|_| TokenError::Element(i))
    };
    inputs.iter().zip(blinded).enumerate().map(client).collect()
}

fn elements<T>(bytes: &[Element], read: impl Fn(&[u8]) -> Option<T>) -> Result<Vec<T>, TokenError> {
    bytes.iter().enumerate().map(|(i, b)| read(b).ok_or(TokenError::Element(i))).collect()
}

fn cut(output: &[u8]) -> Token {
    let mut token = [0; TOKEN];
    token.copy_from_slice(&output[..TOKEN]);
    token
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
