//! Whether the executors that were there are there still.
//!
//! Ballista 55 mostly waits for a lost executor's pieces until the time of the attempt is up. Its scheduler drops the executor
//! from its list much sooner, so we read that list and begin anew.

use std::{collections::BTreeSet, time::Duration};

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1::handshake, header};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::{net::TcpStream, time::timeout};
use tracing::debug;

/// How often the list is read.
const LOOK: Duration = Duration::from_millis(500);
/// Time for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of the longest list that is read.
const LONGEST: usize = 16 << 20;

/// One executor of the scheduler's list; the rest of what it says is not used.
#[derive(Deserialize)]
struct Executor {
    id: String,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Returns the name of the first executor that leaves the scheduler's list.
///
/// Never returns while the scheduler does not answer, or has no list (it is built without, or told not to serve it): the time of
/// the attempt bounds that.
///
/// `authority` is the scheduler's `HOST:PORT`.
pub(crate) async fn lost(authority: &str) -> String {
    let mut known = BTreeSet::new();
    loop {
        match timeout(PATIENCE, executors(authority)).await {
            Ok(Ok(now)) => {
                if let Some(gone) = gone(&mut known, now) {
                    return gone;
                }
            }
            Ok(Err(reason)) => debug!(reason, "the scheduler's list of executors could not be read"),
            Err(_) => debug!("the scheduler did not answer in time"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Who is not there any more; `known` becomes who is there `now`.
fn gone(known: &mut BTreeSet<String>, now: BTreeSet<String>) -> Option<String> {
    let gone = known.difference(&now).next().cloned();
    *known = now;
    gone
}

async fn executors(authority: &str) -> Result<BTreeSet<String>, Failed> {
    let stream = TcpStream::connect(authority).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let request =
        Request::get("/api/executors").header(header::HOST, authority).body(Empty::<Bytes>::new())?;
    let asked = async {
        let response = sender.send_request(request).await?;
        if response.status() != StatusCode::OK {
            return Err(Failed::from(response.status().to_string()));
        }
        Ok(Limited::new(response.into_body(), LONGEST).collect().await?.to_bytes())
    };
    // the connection ends with the answer, or here
    let body = tokio::select! {
        body = asked => body?,
        ended = connection => return Err(ended.map_or_else(Failed::from, |()| "it hung up".into())),
    };
    let list: Vec<Executor> = serde_json::from_slice(&body)?;
    Ok(list.into_iter().map(|executor| executor.id).collect())
}

#[cfg(test)]
mod tests {
    use super::gone;

    fn names(text: &str) -> std::collections::BTreeSet<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn who_comes_is_not_gone_and_who_goes_is_named_once() {
        let mut known = names("");
        assert_eq!(gone(&mut known, names("a b")), None);
        assert_eq!(gone(&mut known, names("a b c")), None);
        assert_eq!(gone(&mut known, names("a c")), Some("b".to_owned()));
        assert_eq!(gone(&mut known, names("a c")), None);
        assert_eq!(gone(&mut known, names("")), Some("a".to_owned()));
    }
}
