use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use rand_core::{CryptoRng, RngCore};

use super::*;
use crate::hex;

/// RFC 9497, appendix A.1.2, as shipped in the tests of the crate `voprf` 0.5.0.
const SEED: &str = "a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3";
const KEY: &str = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
const PUBLIC: &str = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";

struct Vector {
    inputs: &'static [&'static str],
    blinds: &'static [&'static str],
    blinded: &'static [&'static str],
    evaluated: &'static [&'static str],
    proof: &'static str,
    random: &'static str,
    outputs: &'static [&'static str],
}

const BLIND_1: &str = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
const BLIND_2: &str = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e";
const LONG: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
const OUTPUT_1: &str = "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c";
const OUTPUT_2: &str = "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6";
const BLINDED_1: &str = "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945";
const EVALUATED_1: &str = "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e";

const VECTORS: [Vector; 3] = [
    Vector {
        inputs: &["00"],
        blinds: &[BLIND_1],
        blinded: &[BLINDED_1],
        evaluated: &[EVALUATED_1],
        proof: "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd066d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
        random: BLIND_2,
        outputs: &[OUTPUT_1],
    },
    Vector {
        inputs: &[LONG],
        blinds: &[BLIND_1],
        blinded: &["cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"],
        evaluated: &["60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"],
        proof: "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
        random: BLIND_2,
        outputs: &[OUTPUT_2],
    },
    Vector {
        inputs: &["00", LONG],
        blinds: &[BLIND_1, BLIND_2],
        blinded: &[BLINDED_1, "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654"],
        evaluated: &[EVALUATED_1, "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a"],
        proof: "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
        random: "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
        outputs: &[OUTPUT_1, OUTPUT_2],
    },
];

/// Gives the scalar of a vector where the protocol draws one: a number below the order is left as it is by reduction.
struct Fixed(Vec<u8>);

impl RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        unreachable!("scalars are drawn as bytes")
    }
    fn next_u64(&mut self) -> u64 {
        unreachable!("scalars are drawn as bytes")
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.fill(0);
        out[..self.0.len()].copy_from_slice(&self.0);
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Fixed {}

fn bytes(text: &str) -> Vec<u8> {
    hex::read(text).unwrap()
}

fn all(list: &[&str]) -> Vec<Element> {
    list.iter().map(|t| bytes(t).try_into().unwrap()).collect()
}

#[test]
fn rfc_9497_vectors() {
    let key = EpochKey::derive(&bytes(SEED), &bytes("74657374206b6579")).unwrap();
    assert_eq!(hex::write(&key.to_bytes()[..]), KEY);
    assert_eq!(hex::write(&key.public()), PUBLIC);
    assert_eq!(EpochKey::from_bytes(&key.to_bytes()).unwrap().public(), key.public());
    for v in &VECTORS {
        let inputs: Vec<Vec<u8>> = v.inputs.iter().map(|i| bytes(i)).collect();
        let blinded: Vec<_> = inputs
            .iter()
            .zip(v.blinds)
            .map(|(input, blind)| Client::blind(input, &mut Fixed(bytes(blind))).unwrap())
            .collect();
        let sent: Vec<Element> = blinded.iter().map(|b| b.message.serialize().into()).collect();
        assert_eq!(sent, all(v.blinded));
        let evaluated = key.evaluate_with(&sent, &mut Fixed(bytes(v.random))).unwrap();
        assert_eq!(evaluated.elements, all(v.evaluated));
        assert_eq!(hex::write(&evaluated.proof), v.proof);
        let clients: Vec<Client> = blinded.into_iter().map(|b| b.state).collect();
        let messages: Vec<_> =
            evaluated.elements.iter().map(|e| EvaluationElement::deserialize(e).unwrap()).collect();
        let proof = Proof::deserialize(&evaluated.proof).unwrap();
        let done =
            Client::batch_finalize(&inputs, &clients, &messages, &proof, key.0.get_public_key()).unwrap();
        let outputs: Vec<String> = done.map(|o| hex::write(&o.unwrap())).collect();
        assert_eq!(outputs, v.outputs);
        for (input, output) in inputs.iter().zip(v.outputs) {
            assert_eq!(hex::write(&key.token(input).unwrap()), output[..32]);
        }
    }
}

fn key(n: u8) -> EpochKey {
    EpochKey::derive(&[n; 32], b"test").unwrap()
}

fn seed(n: u8) -> Secret {
    Secret::from_bytes([n; 32])
}

struct Exchange {
    inputs: Vec<Vec<u8>>,
    blinded: Vec<Element>,
    evaluated: Evaluated,
}

fn exchange(key: &EpochKey, seed: &Secret, n: u8) -> Exchange {
    let inputs: Vec<Vec<u8>> = (0..n).map(|i| vec![b'x', i]).collect();
    let blinded: Vec<Element> = inputs.iter().map(|i| blind(seed, i).unwrap()).collect();
    let evaluated = key.evaluate(&blinded).unwrap();
    Exchange { inputs, blinded, evaluated }
}

#[test]
fn tokens_are_those_of_the_key_alone_whatever_the_blinding() {
    let (a, b) = (key(1), key(2));
    for s in [seed(1), seed(2)] {
        let x = exchange(&a, &s, 5);
        let tokens = finalize(&s, &x.inputs, &x.blinded, &x.evaluated, &a.public()).unwrap();
        let own: Vec<Token> = x.inputs.iter().map(|i| a.token(i).unwrap()).collect();
        assert_eq!(tokens, own);
        assert!(x.inputs.iter().all(|i| a.token(i) != b.token(i)));
    }
    assert_ne!(blind(&seed(1), b"x").unwrap(), blind(&seed(2), b"x").unwrap());
}

#[test]
fn what_is_not_as_the_key_holder_made_it_is_refused() {
    let (k, s) = (key(1), seed(1));
    let x = exchange(&k, &s, 4);
    let with = |e: &Evaluated| finalize(&s, &x.inputs, &x.blinded, e, &k.public());
    let mut swapped = x.evaluated.clone();
    swapped.elements.swap(0, 1);
    assert_eq!(with(&swapped), Err(TokenError::Proof));
    let mut foreign = x.evaluated.clone();
    foreign.elements[2] = key(2).evaluate(&[x.blinded[2]]).unwrap().elements[0];
    assert_eq!(with(&foreign), Err(TokenError::Proof));
    // all of it by another key, with that key's sound proof
    assert_eq!(with(&key(2).evaluate(&x.blinded).unwrap()), Err(TokenError::Proof));
    let mut proof = x.evaluated.clone();
    proof.proof[0] ^= 1;
    assert_eq!(with(&proof), Err(TokenError::Proof));
    proof.proof = [0xff; PROOF];
    assert_eq!(with(&proof), Err(TokenError::ProofForm));
    let mut none = x.evaluated.clone();
    none.elements[3] = [0xff; ELEMENT];
    assert_eq!(with(&none), Err(TokenError::Element(3)));
    none.elements[3] = [0; ELEMENT];
    assert_eq!(with(&none), Err(TokenError::Element(3)), "the identity would tell nothing of the input");
    none.elements.pop();
    assert_eq!(with(&none), Err(TokenError::Counts));
    assert_eq!(finalize(&s, &x.inputs, &x.blinded, &x.evaluated, &[1; 32]), Err(TokenError::Key));
    assert_eq!(k.evaluate(&[x.blinded[0], [0; 32]]), Err(TokenError::Element(1)));
    // an answer to another request
    let other = exchange(&k, &seed(2), 4);
    assert_eq!(with(&other.evaluated), Err(TokenError::Proof));
}

#[test]
fn secrets_do_not_show() {
    let shown = format!("{:?} {:?}", seed(0xab), key(3));
    assert_eq!(shown, "Secret(..) EpochKey(..)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_make_it_panic(element: [u8; 32], a: [u8; 32], b: [u8; 32]) {
        let proof: Vec<u8> = [a, b].concat();
        let proof: [u8; PROOF] = proof.try_into().unwrap();
        let _ = key(1).evaluate(&[element]);
        let evaluated = Evaluated { elements: vec![element], proof };
        let s = seed(1);
        let blinded = blind(&s, b"x").unwrap();
        prop_assert!(finalize(&s, &[b"x".to_vec()], &[blinded], &evaluated, &key(1).public()).is_err());
        let _ = EpochKey::from_bytes(&a);
    }
}
