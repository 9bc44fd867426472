//! What each call does, for a caller whose certificate has been read.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant as Moment, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Extension, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use itoguchi_model::Instant;
use itoguchi_share::{
    ShareError,
    epoch::{Epoch, Keys},
    exchange::{self, LARGEST_PART, PART},
    journal::Journal,
    policy::Policy,
    steps::{ASKED, answer},
    tokens::BATCH,
};
use tokio::sync::Semaphore;

use crate::{
    brokers::Broker,
    rate::Bucket,
    serve::Settings,
    wire::{EPOCHS, EVALUATE, FRAMES, HEALTH, Offer, Refusal},
};

/// Who calls: the broker of the certificate, or somebody whose certificate is in no entry.
pub(crate) type Caller = Option<Arc<Known>>;

/// A broker, and what it has asked for lately.
pub(crate) struct Known {
    pub(crate) code: String,
    bucket: Mutex<Bucket>,
    turn: Arc<Semaphore>,
}

/// What all calls share.
pub(crate) struct Service {
    keys: Keys,
    policy: Policy,
    epochs: Vec<String>,
    journal: Mutex<Journal>,
    known: BTreeMap<String, Arc<Known>>,
    body_time: Duration,
}

/// A refusal with its status, and when to come again.
struct Refused {
    status: StatusCode,
    error: String,
    hint: String,
    again: Option<u64>,
}

impl Service {
    pub(crate) fn new(settings: &Settings) -> Result<Self, ShareError> {
        let known = |b: &Broker| {
            let bucket = Mutex::new(Bucket::new(b.per_minute, Moment::now()));
            let known = Known { code: b.code.clone(), bucket, turn: Arc::new(Semaphore::new(1)) };
            (b.code.clone(), Arc::new(known))
        };
        Ok(Self {
            keys: settings.keys.clone(),
            policy: settings.policy.clone(),
            epochs: settings.epochs.clone(),
            journal: Mutex::new(Journal::open(&settings.keys.log_file())?),
            known: settings.brokers.brokers.iter().map(known).collect(),
            body_time: settings.limits.body,
        })
    }

    pub(crate) fn known(&self, broker: &Broker) -> Caller {
        self.known.get(&broker.code).cloned()
    }

    fn serves(&self, epoch: &str) -> bool {
        self.epochs.is_empty() || self.epochs.iter().any(|e| e == epoch)
    }

    fn holding(&self, now: Instant) -> Result<Vec<Epoch>, ShareError> {
        let ids = self.keys.list()?.into_iter().filter(|id| self.serves(id));
        let all = ids.map(|id| Epoch::read(&self.keys.epoch_file(&id))).collect::<Result<Vec<_>, _>>()?;
        let held = |e: &Epoch| e.must_hold(now).is_ok() && self.keys.open(&e.id).is_ok();
        Ok(all.into_iter().filter(held).collect())
    }
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route(HEALTH, get(|| async { "ok\n" }))
        .route(EPOCHS, get(epochs))
        .route(EVALUATE, post(evaluate))
        .fallback(|| async {
            Refused::new(StatusCode::NOT_FOUND, "no such call", "use `itoguchi share ask`").told()
        })
        .with_state(service)
}

fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

async fn epochs(State(service): State<Arc<Service>>, Extension(caller): Extension<Caller>) -> Response {
    let offer = || {
        let epochs = service.holding(now()).map_err(Refused::of)?;
        let offer = Offer { version: 1, policy: service.policy.digest(), elements: PART as u64, epochs };
        Ok(Bytes::from(serde_json::to_vec(&offer).expect("plain fields have a JSON form")))
    };
    match known(&caller).and_then(|_| offer()) {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(refused) => refused.logged(&caller).told(),
    }
}

async fn evaluate(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    match evaluated(service, &caller, request).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, FRAMES)], bytes).into_response(),
        Err(refused) => refused.logged(&caller).told(),
    }
}

fn known(caller: &Caller) -> Result<&Arc<Known>, Refused> {
    caller.as_ref().ok_or_else(|| {
        let hint = "the key-holder adds the certificate's SHA-256 or name to its file of brokers";
        Refused::new(StatusCode::FORBIDDEN, "the certificate is no listed broker's", hint)
    })
}

async fn evaluated(service: Arc<Service>, caller: &Caller, request: Request) -> Result<Vec<u8>, Refused> {
    let broker = known(caller)?.clone();
    let body = body(request, service.body_time).await?;
    let request = exchange::Request::parse(&body, Path::new(ASKED)).map_err(Refused::of)?;
    let header = &request.header;
    if header.broker != broker.code {
        let (says, from) = (header.broker.clone(), broker.code.clone());
        return Err(Refused::of(ShareError::Sender { says, from }));
    }
    let (epoch, elements) = (header.epoch.id.clone(), header.elements);
    if !service.serves(&epoch) || !service.keys.epoch_file(&epoch).exists() {
        let hint = "take the file of an epoch that the key-holder serves";
        return Err(Refused::new(StatusCode::CONFLICT, format!("epoch {epoch} is not served here"), hint));
    }
    // A small request costs as much as a batch: it has a proof and two lines in the log, too.
    let cost = elements.max(BATCH as u64);
    let taken = broker.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(cost, Moment::now());
    taken.map_err(|seconds| Refused::wait("more evaluations than may be had in a minute", seconds))?;
    let turn = broker.turn.clone().try_acquire_owned();
    let turn = turn.map_err(|_| Refused::wait("another request of this broker is being evaluated", 1))?;
    let begun = Moment::now();
    // Whoever hangs up meanwhile has been counted, and gets the same bytes for nothing when it asks again.
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let made = answer(&request, &service.keys, &service.policy, &broker.code, &service.journal, now());
        (broker, made.map(|response| response.bytes()))
    });
    let (broker, made) = work.await.map_err(|_| Refused::ours("an evaluation broke off"))?;
    let bytes = made.map_err(Refused::of)?;
    let took = begun.elapsed().as_millis();
    tracing::info!(broker = broker.code, epoch, elements, milliseconds = took, "evaluated");
    Ok(bytes)
}

/// The body, if it is small enough and comes fast enough.
async fn body(request: Request<Body>, time: Duration) -> Result<Bytes, Refused> {
    let too_large = || {
        let what = format!("the body is larger than a request of {PART} elements can be");
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, what, "ask in parts, as `itoguchi share ask` does")
    };
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > LARGEST_PART as u64) {
        return Err(too_large());
    }
    let read = tokio::time::timeout(time, Limited::new(request.into_body(), LARGEST_PART).collect()).await;
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => {
            Err(Refused::new(StatusCode::BAD_REQUEST, "the request broke off", "run the same command again"))
        }
        Err(_) => {
            let what = format!("the request did not arrive within {} s", time.as_secs_f64());
            Err(Refused::new(
                StatusCode::REQUEST_TIMEOUT,
                what,
                "run the same command again over a faster line",
            ))
        }
    }
}

impl Refused {
    fn new(status: StatusCode, error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status, error: error.into(), hint: hint.into(), again: None }
    }

    fn wait(error: &str, seconds: u64) -> Self {
        let hint = format!("ask again in {seconds} s");
        Self { again: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, error, hint) }
    }

    /// Nothing of the key-holder's machine is told; its log has it.
    fn ours(detail: &str) -> Self {
        tracing::error!(detail, "the service cannot answer");
        let hint = "ask the key-holder, whose log says more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the service cannot answer", hint)
    }

    /// What the broker is told of an error; what names a place of the key-holder's machine stays there.
    fn of(error: ShareError) -> Self {
        use ShareError as E;
        let asked = |path: &Path| path == Path::new(ASKED);
        let status = match &error {
            E::Sender { .. } | E::Limit { .. } => StatusCode::FORBIDDEN,
            E::Expired { .. } | E::MixedEpochs { .. } => StatusCode::CONFLICT,
            E::WrongKey { what, .. } if asked(Path::new(what)) => StatusCode::CONFLICT,
            E::Key { what, .. } if asked(Path::new(what)) => StatusCode::BAD_REQUEST,
            E::Truncated { path, .. }
            | E::Damaged { path }
            | E::Foreign { path, .. }
            | E::Request { path, .. }
                if asked(path) =>
            {
                StatusCode::BAD_REQUEST
            }
            E::Policy { .. } => StatusCode::CONFLICT,
            _ => return Self::ours(&error.to_string()),
        };
        let text = error.to_string();
        let (error, hint) = text.split_once("\nhint: ").unwrap_or((&text, ""));
        Self::new(status, error, hint)
    }

    fn logged(self, caller: &Caller) -> Self {
        let broker = caller.as_ref().map_or("unlisted", |known| &known.code);
        tracing::warn!(broker, status = self.status.as_u16(), reason = self.error, "refused");
        self
    }

    fn told(self) -> Response {
        let refusal = Refusal { error: self.error, hint: self.hint };
        let json = serde_json::to_vec(&refusal).expect("plain fields have a JSON form");
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], json).into_response();
        if let Some(seconds) = self.again {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
