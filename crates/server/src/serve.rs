//! Running the router: limits, the listener, the way down.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::engine::Engine;
use crate::pool::Pool;

/// What one request, and all of them together, may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads that compute answers and vectors.
    pub workers: usize,
    /// Requests that may wait for one of them; more get a 429.
    pub queue: usize,
    /// Time limit of a question or a search, its wait included.
    pub answer_time: Duration,
    /// Time limit of an embeddings request.
    pub embed_time: Duration,
    /// Time limit of everything else that a request does, its body's arrival included.
    pub request_time: Duration,
    /// Largest request body in bytes.
    pub body: usize,
    /// Most passages that a client may ask for.
    pub top_k: usize,
    /// Most texts of one embeddings request (OpenAI's own limit).
    pub inputs: usize,
    /// How long open requests may take to finish once the server is told to stop.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            queue: 64,
            answer_time: Duration::from_secs(30),
            embed_time: Duration::from_secs(300),
            request_time: Duration::from_secs(330),
            body: 4 << 20,
            top_k: 100,
            inputs: 2048,
            shutdown: Duration::from_secs(10),
        }
    }
}

/// What every handler shares.
#[derive(Clone)]
pub struct App {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) pool: Pool,
    pub(crate) limits: Limits,
}

impl App {
    /// Starts the pool over `engine`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new(engine: Arc<dyn Engine>, limits: Limits) -> io::Result<Self> {
        Ok(Self { engine, pool: Pool::new(limits.workers, limits.queue)?, limits })
    }
}

/// Why the server did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not `host:port`, or its host is unknown.
    #[error("cannot listen on {addr}: {source}; give --addr as HOST:PORT, for example 127.0.0.1:8080")]
    Address {
        /// As given.
        addr: String,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody listens there already.
    #[error("cannot listen on {addr}: the port is in use; stop the other program or give another port with --addr")]
    Busy {
        /// As given.
        addr: String,
    },
    /// The listener failed.
    #[error("the server stopped: {0}")]
    Stopped(#[from] io::Error),
}

/// Opens the listener.
///
/// # Errors
/// A port in use and an address that is none are told apart.
pub async fn bind(addr: &str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let listener = TcpListener::bind(addr).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::Busy { addr: addr.to_owned() },
        _ => ServeError::Address { addr: addr.to_owned(), source },
    })?;
    let local = listener.local_addr()?;
    Ok((listener, local))
}

/// Serves until `stop` resolves, then lets open requests finish for at most [`Limits::shutdown`].
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let patience = app.limits.shutdown;
    let (told, mut telling) = tokio::sync::watch::channel(false);
    let signal = async move {
        stop.await;
        // Nobody listens any more only if the server has ended already.
        let _ = told.send(true);
    };
    let running = axum::serve(listener, crate::router(app)).with_graceful_shutdown(signal);
    let out_of_patience = async move {
        // An error means that the sender is gone: the server has ended, and so does this race.
        if telling.wait_for(|told| *told).await.is_ok() {
            tokio::time::sleep(patience).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = running => ended.map_err(ServeError::from),
        () = out_of_patience => Ok(()),
    }
}
