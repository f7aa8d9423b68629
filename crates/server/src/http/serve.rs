//! The listener: connections within limits, and the way down.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::connections::{Connections, Place};
use super::sending::UntilSent;
use super::stalls::Stalls;
use super::{App, Limits};
use crate::access::AccessError;

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
    /// It would be open to more than it may be.
    #[error(transparent)]
    Access(#[from] AccessError),
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

/// How long to wait before another try where the system gives no connection, or all are busy.
const PAUSE: Duration = Duration::from_millis(20);

/// Serves until `stop` resolves, then lets open requests finish for at most [`Limits::shutdown`].
///
/// # Errors
/// None at present: a connection that fails ends alone.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let limits = app.limits;
    let metrics = Arc::clone(&app.metrics);
    let library = app.library.clone();
    let router = crate::router(app);
    let builder = builder(&limits);
    let connections = Arc::new(Connections::default());
    let (told, telling) = watch::channel(false);
    tokio::pin!(stop);
    let mut id = 0_u64;
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // One that broke off while it waited, or no descriptor left: neither ends the server.
                tracing::debug!("no connection: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        while connections.len() >= limits.connections {
            if connections.evict() {
                metrics.evicted();
            } else {
                tokio::time::sleep(PAUSE).await;
            }
        }
        id += 1;
        let place = connections.enter(id);
        metrics.connections(connections.len());
        let (builder, router, telling) = (builder.clone(), router.clone(), telling.clone());
        let (connections, metrics) = (Arc::clone(&connections), Arc::clone(&metrics));
        tokio::spawn(async move {
            run(&builder, stream, router, &place, limits, telling).await;
            drop(place);
            metrics.connections(connections.len());
        });
    }
    drop(listener);
    if let Some(library) = library {
        library.jobs.cancel_all();
    }
    // Every connection holds a receiver: an error means that none is left.
    drop(telling);
    let _ = told.send(true);
    let _ = tokio::time::timeout(limits.shutdown, told.closed()).await;
    Ok(())
}

/// HTTP/1.1 and HTTP/2 in clear, each with time limits.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_time).max_buf_size(64 << 10);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits.head_time)
        .keep_alive_timeout(limits.head_time)
        .max_concurrent_streams(64)
        .max_header_list_size(64 << 10);
    builder
}

/// Runs one connection to its end.
async fn run(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    router: Router,
    place: &Place,
    limits: Limits,
    mut telling: watch::Receiver<bool>,
) {
    // Replies are small; without it the last packet of each would wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let busy = place.busy();
    let service = tower::service_fn(move |request: axum::http::Request<hyper::body::Incoming>| {
        let (router, busy) = (router.clone(), busy());
        async move {
            let request: Request = request.map(axum::body::Body::new);
            let response: Response = router.oneshot(request).await?;
            Ok::<_, std::convert::Infallible>(busy.until_sent(response))
        }
    });
    let connection = builder
        .serve_connection(TokioIo::new(Stalls::new(stream, limits.stall_time)), TowerToHyperService::new(service));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.told_to_close() => return,
        () = place.idle_for(limits.idle_time) => return,
        // What it gives holds a lock, which must not outlive it.
        () = async { drop(telling.wait_for(|told| *told).await) } => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = place.told_to_close() => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}
