//! What brokers and key-holders send each other, and the one spelling of an identifier.

use std::path::Path;

use itoguchi_share::{
    ShareError,
    canonical::{self, Unfit},
    exchange::{Request, Response},
};

/// The file of a request.
pub fn share_request(data: &[u8]) {
    match Request::parse(data, Path::new("request")) {
        Ok(request) => {
            assert_eq!(request.header.elements, request.elements.len() as u64);
            assert_eq!(Request::parse(&request.bytes(), Path::new("again")).ok().as_ref(), Some(&request));
        }
        Err(error) => advises(&error),
    }
}

/// The file of a response.
pub fn share_response(data: &[u8]) {
    match Response::parse(data, Path::new("response")) {
        Ok(response) => {
            let elements: usize = response.batches.iter().map(|b| b.elements.len()).sum();
            assert_eq!(response.header.elements, elements as u64);
            assert_eq!(Response::parse(&response.bytes(), Path::new("again")).ok().as_ref(), Some(&response));
        }
        Err(error) => advises(&error),
    }
}

fn advises(error: &ShareError) {
    let text = error.to_string();
    assert!(text.contains("\nhint: "), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

/// The canonical forms of a text: a form is its own form, printable ASCII, and of bounded length; an error never repeats what
/// it is of.
pub fn share_forms(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let forms: [fn(&str) -> Result<String, Unfit>; 3] =
        [canonical::ip, canonical::device, canonical::user_agent];
    for form in forms {
        let Ok(found) = form(text) else { continue };
        assert_eq!(form(&found).as_ref(), Ok(&found), "{text:?}");
        assert!(!found.is_empty() && found.bytes().all(|b| (b' '..=b'~').contains(&b)), "{text:?}");
        assert!(found.len() <= 1024);
    }
    // A network has a form of another shape; two spellings of one address lie in one network.
    let (network, ip) = (canonical::network(text), canonical::ip(text));
    assert_eq!(network.is_ok(), ip.is_ok(), "{text:?}");
    if let Ok(ip) = ip {
        assert_eq!(canonical::network(&ip), network, "{text:?}");
    }
}
