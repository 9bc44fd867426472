//! The broker's side of a connection. Blocking: one request at a time, over one connection as long as it lasts.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Method, Request, StatusCode, Uri,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header,
};
use hyper_util::rt::TokioIo;
use itoguchi_share::{ShareError, epoch::Epoch, exchange, exchange::LARGEST_ANSWER, policy::Policy, steps};
use rustls::{ClientConfig, pki_types::ServerName, version::TLS13};
use tokio::{net::TcpStream, runtime::Runtime, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    error::KeyholderError,
    pem,
    wire::{EPOCHS, EVALUATE, FRAMES, Offer, Refusal},
};

/// Time to connect.
const CONNECT: Duration = Duration::from_secs(20);
/// Time for a call, with its evaluation.
const CALL: Duration = Duration::from_secs(120);
/// Letters of a service's message that are shown.
const LONGEST_WORDS: usize = 600;

/// Where the service is, and what to show it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://HOST:PORT`.
    pub service: String,
    /// The broker's certificate, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM, mode 0600.
    pub key: PathBuf,
    /// The authority of the service's certificate, PEM.
    pub ca: PathBuf,
}

/// A way to the service.
pub struct Client {
    name: String,
    host: String,
    port: u16,
    tls: Arc<ClientConfig>,
    runtime: Runtime,
    open: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

/// An answer of the service, whatever its status.
struct Answer {
    status: StatusCode,
    again: Option<u64>,
    body: Bytes,
}

impl Client {
    /// Reads certificates; nothing is sent yet.
    ///
    /// # Errors
    /// Files that cannot be used, an address that is none, a system without threads.
    pub fn new(settings: &Settings) -> Result<Self, KeyholderError> {
        let bad = || KeyholderError::Address { url: settings.service.clone() };
        let uri: Uri = settings.service.parse().map_err(|_| bad())?;
        let host = uri.host().ok_or_else(bad)?.trim_matches(['[', ']']).to_owned();
        let plain = matches!(uri.path(), "" | "/") && uri.query().is_none();
        if uri.scheme_str() != Some("https") || !plain || ServerName::try_from(host.clone()).is_err() {
            return Err(bad());
        }
        let tls = ClientConfig::builder_with_provider(pem::provider())
            .with_protocol_versions(&[&TLS13])
            .expect("the provider knows TLS 1.3")
            .with_root_certificates(pem::authorities(&settings.ca)?)
            .with_client_auth_cert(pem::chain(&settings.certificate)?, pem::key(&settings.key)?)
            .map_err(|e| pem::apart(&settings.certificate, &e))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let port = uri.port_u16().unwrap_or(443);
        Ok(Self {
            name: format!("https://{}:{port}", uri.host().unwrap_or_default()),
            host,
            port,
            tls: Arc::new(tls),
            runtime: runtime.map_err(KeyholderError::System)?,
            open: Mutex::new(None),
        })
    }

    /// What the service offers.
    ///
    /// # Errors
    /// When it cannot be reached, refuses, or says something else.
    pub fn offer(&self) -> Result<Offer, ShareError> {
        let body = self.call(Method::GET, EPOCHS, Bytes::new())?;
        serde_json::from_slice(&body).map_err(|_| self.strange("its list of epochs cannot be read"))
    }

    /// Sees that the service evaluates this epoch, with this key and under this policy, before anything is computed.
    ///
    /// # Errors
    /// As [`Client::offer`]; an epoch that is not offered, another key, another policy.
    pub fn offers(&self, epoch: &Epoch, policy: &Policy) -> Result<(), ShareError> {
        let offer = self.offer()?;
        if offer.policy != policy.digest() {
            return Err(ShareError::Policy { what: format!("{} has another policy", self.name) });
        }
        let Some(theirs) = offer.epochs.iter().find(|e| e.id == epoch.id) else {
            let held: Vec<String> = offer.epochs.iter().map(|e| words(&e.id)).collect();
            return Err(ShareError::Refused {
                service: self.name.clone(),
                what: format!("epoch {} is not served now; served are: {}", epoch.id, held.join(", ")),
                hint: "ask the key-holder for the file of an epoch that is served".to_owned(),
            });
        };
        epoch.must_be(theirs, "the epoch that was given", &self.name)
    }

    fn call(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, ShareError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = open.take();
        let answered =
            self.runtime.block_on(async { timeout(CALL, self.answered(kept, method, path, body)).await });
        let (answer, connection) = answered
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
            .map_err(|error| self.broken(&*error))?;
        *open = Some(connection);
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(ShareError::TooOften { service: self.name.clone(), seconds: answer.again.unwrap_or(1) })
            }
            _ => Err(self.refused(&answer)),
        }
    }

    /// Over the connection that was kept, or over a new one where there is none or the service has closed it meanwhile:
    /// nothing hears of that between two calls. A request that is sent twice has the same answer and counts once.
    async fn answered(
        &self,
        kept: Option<SendRequest<Full<Bytes>>>,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(Answer, SendRequest<Full<Bytes>>), Box<dyn Error + Send + Sync>> {
        if let Some(connection) = kept
            && let Ok(answered) = self.exchange(connection, method.clone(), path, body.clone()).await
        {
            return Ok(answered);
        }
        let connection = timeout(CONNECT, self.connect())
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.exchange(connection, method, path, body).await
    }

    async fn exchange(
        &self,
        mut connection: SendRequest<Full<Bytes>>,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(Answer, SendRequest<Full<Bytes>>), Box<dyn Error + Send + Sync>> {
        connection.ready().await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, format!("{}:{}", self.host, self.port))
            .header(header::CONTENT_TYPE, FRAMES)
            .body(Full::new(body))?;
        let response = connection.send_request(request).await?;
        let again = response.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await?.to_bytes();
        Ok((Answer { status, again, body }, connection))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Box<dyn Error + Send + Sync>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(self.host.clone())?;
        let stream = TlsConnector::from(self.tls.clone()).connect(name, stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Runs whenever a call does; how it ends, the call is told.
        tokio::spawn(connection);
        Ok(sender)
    }

    fn refused(&self, answer: &Answer) -> ShareError {
        let said: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
        let (error, hint) = said.map_or_else(
            || ("it does not say why".to_owned(), "see that it is a key-holder's service".to_owned()),
            |said| (words(&said.error), words(&said.hint)),
        );
        ShareError::Refused { service: self.name.clone(), what: format!("{}: {error}", answer.status), hint }
    }

    fn strange(&self, what: &str) -> ShareError {
        ShareError::Refused {
            service: self.name.clone(),
            what: what.to_owned(),
            hint: "see that it is a key-holder's service, and of this version".to_owned(),
        }
    }

    /// A connection that failed: for good where a certificate is the reason.
    fn broken(&self, error: &(dyn Error + 'static)) -> ShareError {
        let service = self.name.clone();
        let refused = |what: String, hint: &str| ShareError::Refused { service, what, hint: hint.to_owned() };
        match tls_error(error) {
            Some(rustls::Error::AlertReceived(alert)) => refused(
                format!("the service did not accept the certificate ({alert:?})"),
                "give with --cert the certificate that the key-holder's --client-ca has signed, and see that it is valid",
            ),
            Some(other) => refused(
                format!("the service's certificate does not hold: {other}"),
                "give with --ca the authority of the key-holder; its certificate must name the host of --service",
            ),
            None => ShareError::Unreachable {
                service: self.name.clone(),
                what: format!("the connection failed: {}", innermost(error)),
                hint: "see that the service runs and accepts the certificate; run the command again, and it goes on where it stopped",
            },
        }
    }
}

impl steps::Service for Client {
    fn name(&self) -> &str {
        &self.name
    }

    fn evaluate(&self, request: &exchange::Request) -> Result<exchange::Response, ShareError> {
        let body = self.call(Method::POST, EVALUATE, request.bytes().into())?;
        exchange::Response::parse(&body, Path::new(&self.name))
    }
}

/// What another's text says, without what a terminal would obey.
fn words(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect()
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut at = error;
    while let Some(next) = at.source() {
        at = next;
    }
    at
}

fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(at) = next {
        let inner = at.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let inner = inner.and_then(|e| e.downcast_ref());
        if let Some(found) = inner.or_else(|| at.downcast_ref()) {
            return Some(found);
        }
        next = at.source();
    }
    None
}
