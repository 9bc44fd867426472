//! What is set once per process.

use std::{panic, process};

/// Readers hand decoding to this code and turn its panics into errors: only these panics are no find.
const DECODERS: [&str; 4] = ["/parquet-", "/arrow-", "/thrift-", "/flatbuffers-"];

/// Makes a panic of our own code end the process, lets the decoders' panics go to the readers that catch them, and
/// keeps all work on the calling thread, so that an input always takes the same path.
pub fn prepare() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| l.file().replace('\\', "/")).unwrap_or_default();
        let in_decoder = DECODERS.iter().any(|name| place.contains(name));
        // A slice index out of range inside a decoder is reported at the decoder's line; a failed allocation of
        // impossible size is reported inside the library, so who asked for it must be looked up.
        if in_decoder || (place.contains("/alloc/src/") && decoding()) {
            return;
        }
        eprintln!("{info}\n{}", std::backtrace::Backtrace::force_capture());
        process::abort();
    }));
    // A second call finds the pool in place.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
}

fn decoding() -> bool {
    let trace = std::backtrace::Backtrace::force_capture().to_string();
    DECODERS.iter().any(|name| trace.contains(name))
}
