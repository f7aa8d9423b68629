//! What PostgreSQL says, in the words of [`wenbao_index::Error`].

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;
use wenbao_index::Error;

/// A database's refusal while `doing` something to `store`.
pub(crate) fn said(doing: &str, store: &str, error: &tokio_postgres::Error) -> Error {
    let detail = words(error);
    let Some(state) = error.code() else {
        // Without a code it never came to the database, or the connection broke.
        return Error::Unreachable { store: store.to_owned(), detail };
    };
    let way_out = match state {
        &SqlState::QUERY_CANCELED => {
            return Error::Unreachable { store: store.to_owned(), detail: format!("{doing} took too long") };
        }
        &SqlState::ADMIN_SHUTDOWN
        | &SqlState::CRASH_SHUTDOWN
        | &SqlState::CANNOT_CONNECT_NOW
        | &SqlState::TOO_MANY_CONNECTIONS => {
            return Error::Unreachable { store: store.to_owned(), detail };
        }
        &SqlState::DISK_FULL => "what was stored before is safe; make room and run the command again",
        &SqlState::INSUFFICIENT_PRIVILEGE => "docs/SCALE.md says which rights the roles need",
        &SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME => "ingest or copy something into it first",
        &SqlState::READ_ONLY_SQL_TRANSACTION => "name the primary server to write",
        _ => "the database's log may say more",
    };
    Error::Refused(format!("{doing} in {store} failed: {detail}; {way_out}"))
}

/// A connection that could not be had.
pub(crate) fn no_connection(store: &str, error: PoolError) -> Error {
    match error {
        PoolError::Backend(error) => match error.code() {
            Some(_) => said("connecting", store, &error),
            None => Error::Unreachable { store: store.to_owned(), detail: words(&error) },
        },
        PoolError::Timeout(_) => {
            Error::Unreachable { store: store.to_owned(), detail: "no connection in time".to_owned() }
        }
        other => Error::Unreachable { store: store.to_owned(), detail: other.to_string() },
    }
}

/// The database's own words, in one line.
fn words(error: &tokio_postgres::Error) -> String {
    let text = match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                let more = cause.to_string();
                if !text.contains(&more) {
                    text = format!("{text}: {more}");
                }
                source = cause.source();
            }
            text
        }
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
