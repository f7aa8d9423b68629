//! Connections to one database: a pool of them, over TLS where the address or the server wants it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;
use wenbao_index::store::without_password;
use wenbao_index::{Error, Result};

use crate::database::Options;
use crate::error::no_connection;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How far a walk through a graph looks, as far as pgvector lets it: recall@100 of sentences is 0.96 with 400 (docs/SCALE.md).
/// Where a filter leaves too few it goes on; in an order of its own, because what is found is put in order by exact products.
const GRAPH: &str = " -c hnsw.ef_search=1000 -c hnsw.iterative_scan=relaxed_order";

/// One database.
pub(crate) struct Shard {
    /// Its address without the password: for messages.
    pub name: String,
    pool: Pool,
}

impl Shard {
    /// For the database of an address; nothing is connected yet.
    pub fn new(address: &str, options: &Options) -> Result<Self> {
        let name = without_password(address);
        let refused = |detail: String| Error::Refused(format!("{name} is no address of a database: {detail}"));
        let mut config: Config = address.parse().map_err(|e: tokio_postgres::Error| refused(e.to_string()))?;
        config.connect_timeout(CONNECT);
        config.application_name("wenbao");
        // Compiling a query takes longer than running it, and how many words a question has decides how it is best run. What an address says of options comes after and counts.
        let mut own = format!(
            "-c jit=off -c plan_cache_mode=force_custom_plan -c statement_timeout={}",
            options.deadline.as_millis()
        );
        if options.approximate {
            own.push_str(GRAPH);
        }
        let given = config.get_options().map(str::to_owned).unwrap_or_default();
        config.options(format!("{own} {given}"));
        let manager = Manager::from_config(
            config,
            MakeRustlsConnect::new(tls(options.authority.as_deref())?),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(options.connections)
            .timeouts(Timeouts { wait: Some(options.deadline), create: Some(CONNECT), recycle: Some(CONNECT) })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| refused(e.to_string()))?;
        Ok(Self { name, pool })
    }

    /// A connection; it goes back to the pool when it is dropped.
    pub async fn client(&self) -> Result<Object> {
        self.pool.get().await.map_err(|error| no_connection(&self.name, error))
    }
}

fn tls(authority: Option<&Path>) -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    match authority {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let refused = |detail: String| {
                Error::Refused(format!("cannot read the certificates of {}: {detail}", file.display()))
            };
            let certificates = CertificateDer::pem_file_iter(file).map_err(|e| refused(e.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|e| refused(e.to_string()))?;
                roots.add(certificate).map_err(|e| refused(e.to_string()))?;
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::Refused(format!("TLS cannot be set up: {e}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
