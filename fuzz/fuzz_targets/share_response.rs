#![no_main]

libfuzzer_sys::fuzz_target!(init: itoguchi_fuzz::prepare(), |data: &[u8]| itoguchi_fuzz::share_response(data));
