use proptest::prelude::{ProptestConfig, any, proptest};

use super::*;
use crate::tokens::EpochKey;

fn request(elements: usize) -> (Request, EpochKey) {
    let key = EpochKey::derive(&[1; 32], b"").unwrap();
    let epoch = Epoch {
        format: "itoguchi-share-epoch".to_owned(),
        version: 1,
        id: "2025-04".to_owned(),
        valid_from: "2025-04-01T00:00:00Z".to_owned(),
        valid_until: "2025-05-01T00:00:00Z".to_owned(),
        public_key: hex::write(&key.public()),
    };
    let header =
        RequestHeader { broker: "BETA".to_owned(), epoch, policy: String::new(), elements: elements as u64 };
    // Readers do not look at what an element is; evaluating and finalizing do.
    (Request { header, elements: vec![key.public(); elements] }, key)
}

fn response(elements: usize) -> Response {
    let (request, key) = request(elements);
    let header = ResponseHeader {
        broker: request.header.broker.clone(),
        epoch: request.header.epoch.clone(),
        request: request.digest(),
        elements: elements as u64,
    };
    let batches = request.elements.chunks(BATCH).map(|b| key.evaluate(b).unwrap()).collect();
    Response { header, batches }
}

/// Bytes with a checksum that fits, as somebody who tampers would make it.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - HASH);
    let hash = sha256(&[&bytes]);
    bytes.extend_from_slice(&hash);
    bytes
}

#[test]
fn files_read_as_they_were_written() {
    let path = Path::new("f");
    let (request, _) = request(3);
    assert_eq!(Request::parse(&request.bytes(), path).unwrap(), request);
    let response = response(BATCH + 1);
    assert_eq!(Response::parse(&response.bytes(), path).unwrap(), response);
    assert!(matches!(Request::parse(&response.bytes(), path), Err(ShareError::Foreign { .. })));
    assert!(matches!(Response::parse(&request.bytes(), path), Err(ShareError::Foreign { .. })));
}

#[test]
fn every_cut_and_every_changed_byte_is_seen() {
    let path = Path::new("f");
    let bytes = response(2).bytes();
    for cut in 0..bytes.len() {
        let error = Response::parse(&bytes[..cut], path).unwrap_err();
        assert!(matches!(error, ShareError::Truncated { .. }), "cut at {cut}: {error}");
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Response::parse(&changed, path).is_err(), "changed at {at}");
    }
    let longer = [&bytes[..], &[0; 32]].concat();
    assert!(matches!(Response::parse(&longer, path), Err(ShareError::Truncated { .. })));
    let (last, mut damaged) = (bytes.len() - 1, bytes);
    damaged[last] ^= 1;
    assert!(matches!(Response::parse(&damaged, path), Err(ShareError::Damaged { .. })));
}

#[test]
fn headers_that_cannot_be_are_refused() {
    let path = Path::new("f");
    for change in [
        |h: &mut RequestHeader| h.elements = u64::MAX,
        |h: &mut RequestHeader| h.elements = 0,
        |h: &mut RequestHeader| h.broker = "a/../b".to_owned(),
        |h: &mut RequestHeader| h.epoch.id = "../x".to_owned(),
        |h: &mut RequestHeader| h.epoch.version = 2,
        |h: &mut RequestHeader| h.epoch.valid_until = "yesterday".to_owned(),
        |h: &mut RequestHeader| h.epoch.public_key = "00".repeat(32),
    ] {
        let (mut request, _) = request(2);
        change(&mut request.header);
        assert!(Request::parse(&request.bytes(), path).is_err(), "{:?}", request.header);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn hostile_bytes_never_panic(
        noise in proptest::collection::vec(any::<u8>(), 0..600),
        at in 0usize..400,
        of_request: bool,
    ) {
        let path = Path::new("f");
        let _ = Request::parse(&noise, path);
        let _ = Response::parse(&noise, path);
        let mut bytes = if of_request { request(2).0.bytes() } else { response(2).bytes() };
        let at = at.min(bytes.len());
        bytes.splice(at.., noise);
        if bytes.len() > HASH {
            let bytes = resealed(bytes);
            let _ = Request::parse(&bytes, path);
            let _ = Response::parse(&bytes, path);
        }
    }
}
