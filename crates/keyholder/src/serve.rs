//! Listening: connections, certificates, time limits, the end.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::extract::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use itoguchi_share::{epoch::Keys, policy::Policy};
use rustls::{ServerConfig, server::WebPkiClientVerifier, version::TLS13};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use crate::{
    brokers::Brokers,
    error::KeyholderError,
    pem,
    routes::{self, Caller, Service},
};

/// How often it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How long connections are waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// What is served, and to whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of keys. Epochs that are added while the service runs are served at once.
    pub keys: Keys,
    /// What the brokers agreed on.
    pub policy: Policy,
    /// Whose certificate is whose.
    pub brokers: Brokers,
    /// Epochs to serve; all that hold if empty.
    pub epochs: Vec<String>,
    /// How long and how many.
    pub limits: Limits,
}

/// Limits against callers who hold connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more wait.
    pub connections: usize,
    /// Time to show a certificate.
    pub handshake: Duration,
    /// Time to send the head of a request, and to be silent between two.
    pub head: Duration,
    /// Time to send its body.
    pub body: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connections: 256, handshake: seconds(10), head: seconds(30), body: seconds(30) }
    }
}

/// The service's certificate with its key, and the authority of the brokers' certificates.
///
/// # Errors
/// Files that cannot be read, that hold no such thing, or a key that others may read.
pub fn identity(
    certificate: &Path,
    key: &Path,
    client_ca: &Path,
) -> Result<Arc<ServerConfig>, KeyholderError> {
    let (provider, roots) = (pem::provider(), pem::authorities(client_ca)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone()).build();
    let verifier = verifier.expect("a list of authorities that is not empty");
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .expect("the provider knows TLS 1.3")
        .with_client_cert_verifier(verifier)
        .with_single_cert(pem::chain(certificate)?, pem::key(key)?)
        .map_err(|e| pem::apart(certificate, &e))?;
    Ok(Arc::new(config))
}

/// Takes the address.
///
/// # Errors
/// [`KeyholderError::Listen`].
pub fn listen(address: &str) -> Result<TcpListener, KeyholderError> {
    let listener = TcpListener::bind(address).and_then(|l| l.set_nonblocking(true).map(|()| l));
    listener.map_err(|cause| KeyholderError::Listen { address: address.to_owned(), cause })
}

/// Serves until `stop` says so; then what was begun is finished, and nothing new is taken.
///
/// # Errors
/// When it cannot begin: a log that cannot be used, no threads.
pub fn serve(
    settings: &Settings,
    tls: Arc<ServerConfig>,
    listener: TcpListener,
    stop: &dyn Fn() -> bool,
) -> Result<(), KeyholderError> {
    let service = Arc::new(Service::new(settings)?);
    // Two threads wait; what is computed runs elsewhere, on all cores.
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().map_err(KeyholderError::System)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).map_err(KeyholderError::System)?;
        let door = Door {
            tls: tls.into(),
            service,
            brokers: Arc::new(settings.brokers.clone()),
            limits: settings.limits,
        };
        door.keep(&listener, stop).await;
        Ok(())
    })
}

#[derive(Clone)]
struct Door {
    tls: TlsAcceptor,
    service: Arc<Service>,
    brokers: Arc<Brokers>,
    limits: Limits,
}

impl Door {
    async fn keep(&self, listener: &tokio::net::TcpListener, stop: &dyn Fn() -> bool) {
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let graceful = GracefulShutdown::new();
        let mut place: Option<OwnedSemaphorePermit> = None;
        while !stop() {
            if place.is_none() {
                place = timeout(LOOK, places.clone().acquire_owned()).await.ok().and_then(Result::ok);
                continue;
            }
            match timeout(LOOK, listener.accept()).await {
                Ok(Ok((stream, peer))) => {
                    let (door, watcher, place) = (self.clone(), graceful.watcher(), place.take());
                    tokio::spawn(async move {
                        door.welcome(stream, peer, watcher).await;
                        drop(place);
                    });
                }
                // Out of files or the like: it passes, and must not be a busy loop.
                Ok(Err(_)) => tokio::time::sleep(LOOK).await,
                Err(_) => {}
            }
        }
        if timeout(LAST_WORDS, graceful.shutdown()).await.is_err() {
            tracing::warn!("connections that did not end in time were cut");
        }
    }

    async fn welcome(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        let _ = stream.set_nodelay(true);
        let shown = timeout(self.limits.handshake, self.tls.accept(stream).into_fallible()).await;
        let stream = match shown {
            Ok(Ok(stream)) => stream,
            Ok(Err((error, stream))) => {
                tracing::warn!(%peer, %error, "no connection");
                return farewell(stream).await;
            }
            Err(_) => return tracing::warn!(%peer, "no certificate in time"),
        };
        let certificate = stream.get_ref().1.peer_certificates().and_then(|all| all.first());
        let caller: Caller =
            certificate.and_then(|c| self.brokers.of(c)).and_then(|broker| self.service.known(broker));
        let router = routes::router(self.service.clone());
        let answer = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(caller.clone());
            router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .serve_connection(TokioIo::new(stream), answer);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%peer, %error, "connection ended");
        }
    }
}

/// Lets the other side read why it was turned away: closing at once would throw that away with what it sent.
async fn farewell(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut sink = [0; 1024];
    let drain = async { while matches!(stream.read(&mut sink).await, Ok(n) if n > 0) {} };
    let _ = timeout(Duration::from_secs(1), drain).await;
}
