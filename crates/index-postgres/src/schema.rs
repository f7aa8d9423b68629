//! The tables, and what databases say of themselves.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use tokio_postgres::Transaction;
use wenbao_index::{Error, ModelStamp, Result};

use crate::database::{Database, Stamp};
use crate::error::said;

/// The format that this program writes: as many as there are steps.
const FORMAT: i64 = STEPS.len() as i64;

/// Steps from each format to the next: what is done in the first database alone, and what in all of them.
const STEPS: [(&str, &str); 1] = [(include_str!("../sql/head.sql"), include_str!("../sql/shard.sql"))];

/// Held while tables are made, so that two who begin do not get into each other's way: "wenbao" in ASCII.
const MAKING: i64 = 0x7765_6e62_616f;

/// A schema that is there (sql/roles.sql makes it) needs no right to make one, which IF NOT EXISTS would ask for all the same.
const META: &str = "DO $$ BEGIN IF to_regnamespace('wenbao') IS NULL THEN CREATE SCHEMA wenbao; END IF; END $$;
CREATE TABLE IF NOT EXISTS wenbao.meta (key text PRIMARY KEY, value text NOT NULL);";

/// What one database says of itself.
pub(crate) struct Said {
    pub identity: String,
    format: i64,
    /// Its number among the store's databases, from 0.
    pub shard: usize,
    /// How many there are; of the first database alone.
    pub shards: usize,
    pub model: ModelStamp,
}

/// What the databases say, if they are those of one store.
///
/// # Errors
/// Databases that hold nothing, or parts of different stores, or in another order; a format of a newer program.
pub(crate) async fn stamp(database: &Database) -> Result<Stamp> {
    let refused = |detail: String| Err(Error::Refused(detail));
    let silent = if database.options.partial { database.silent().await? } else { Vec::new() };
    // Without the first nobody knows which documents there are.
    let asked = |shard: &usize| *shard == 0 || !silent.contains(shard);
    let asked: Vec<usize> = (0..database.shards.len()).filter(asked).collect();
    let all = try_join_all(asked.iter().map(|&shard| said_by(database, shard))).await?;
    let name = |shard: usize| &database.shards[shard].name;
    let Some(Some(head)) = all.first() else {
        return Err(Error::Empty(name(0).clone()));
    };
    if head.shards != database.shards.len() {
        let (has, named) = (head.shards, database.shards.len());
        return refused(format!(
            "the documents are spread over {has} databases, {named} are named: name all of them, in their order"
        ));
    }
    for (&at, said) in asked.iter().zip(&all) {
        let Some(said) = said else { return refused(format!("{} is no part of these documents", name(at))) };
        if said.identity != head.identity || said.shard != at {
            return refused(format!(
                "{} is not database {} of these documents: name them in their order",
                name(at),
                at + 1
            ));
        }
        if said.format > FORMAT {
            return refused(format!("{} is of a newer version of the program: use a newer wenbao", name(at)));
        }
    }
    Ok(Stamp { model: head.model.clone(), identity: head.identity.clone() })
}

/// [`prepare`] where that changes anything: whoever may only read opens a store that is there.
pub(crate) async fn prepare_if_needed(database: &Database, model: &ModelStamp) -> Result<()> {
    match said_by(database, 0).await? {
        Some(head) if head.format >= FORMAT => Ok(()),
        _ => prepare(database, model).await,
    }
}

/// Makes the tables where there are none, and brings those of an older format up to date.
pub(crate) async fn prepare(database: &Database, model: &ModelStamp) -> Result<()> {
    let head = said_by(database, 0).await?;
    let identity = match &head {
        Some(head) => head.identity.clone(),
        None => drawn(database).await?,
    };
    // The first one last: a store without it does not exist yet.
    for shard in (0..database.shards.len()).rev() {
        prepare_one(database, shard, model, &identity).await?;
    }
    Ok(())
}

async fn drawn(database: &Database) -> Result<String> {
    let rows = database.query(0, "drawing a name", "SELECT gen_random_uuid()::text", &[]).await?;
    rows.first()
        .and_then(|row| row.try_get(0).ok())
        .ok_or_else(|| Error::Refused("the database draws no names".to_owned()))
}

pub(crate) async fn said_by(database: &Database, shard: usize) -> Result<Option<Said>> {
    let doing = "reading the stamp";
    let made = database.query(shard, doing, "SELECT to_regclass('wenbao.meta') IS NOT NULL", &[]).await?;
    if !made.first().is_some_and(|row| row.get(0)) {
        return Ok(None);
    }
    let rows = database.query(shard, doing, "SELECT key, value FROM wenbao.meta", &[]).await?;
    let mut values: HashMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let name = &database.shards[shard].name;
    let mut text = |key: &str| {
        values.remove(key).ok_or_else(|| Error::Refused(format!("the stamp of {name} has no {key}: restore a backup")))
    };
    let number = |text: String| text.parse().unwrap_or(0usize);
    Ok(Some(Said {
        identity: text("identity")?,
        format: number(text("format")?) as i64,
        shard: number(text("shard")?),
        shards: number(text("shards")?),
        model: ModelStamp {
            name: text("model")?,
            fingerprint: text("fingerprint")?,
            dimensions: number(text("dimensions")?),
        },
    }))
}

async fn prepare_one(database: &Database, shard: usize, model: &ModelStamp, identity: &str) -> Result<()> {
    let doing = "making the tables";
    let name = &database.shards[shard].name;
    let fail = |error: tokio_postgres::Error| said(doing, name, &error);
    let mut client = database.shards[shard].client().await?;
    let transaction = client.transaction().await.map_err(fail)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MAKING]).await.map_err(fail)?;
    let made: bool =
        transaction.query_one("SELECT to_regclass('wenbao.meta') IS NOT NULL", &[]).await.map_err(fail)?.get(0);
    if !made {
        // It is there already where whoever runs the server has made it; else it takes the right to make it.
        let vectors = transaction.batch_execute("CREATE EXTENSION IF NOT EXISTS vector").await;
        vectors.map_err(|error| {
            let detail = said("making the extension vector", name, &error);
            Error::Refused(format!("{detail}; pgvector must be installed on the server"))
        })?;
        transaction.batch_execute(META).await.map_err(fail)?;
    }
    let format: Option<i64> = transaction
        .query_opt("SELECT value::bigint FROM wenbao.meta WHERE key = 'format'", &[])
        .await
        .map_err(fail)?
        .map(|row| row.get(0));
    for (for_head, for_all) in STEPS.iter().skip(format.unwrap_or(0).max(0) as usize) {
        if shard == 0 {
            step(&transaction, for_head, model).await.map_err(fail)?;
        }
        step(&transaction, for_all, model).await.map_err(fail)?;
    }
    let shards = database.shards.len().to_string();
    let (number, dimensions, newest) = (shard.to_string(), model.dimensions.to_string(), FORMAT.to_string());
    let values = [
        ("identity", identity),
        ("shard", number.as_str()),
        ("shards", shards.as_str()),
        ("model", model.name.as_str()),
        ("fingerprint", model.fingerprint.as_str()),
        ("dimensions", dimensions.as_str()),
    ];
    for (key, value) in values {
        // What is there stays: whoever opens it judges whether it fits.
        let sql = "INSERT INTO wenbao.meta VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
        transaction.execute(sql, &[&key, &value]).await.map_err(fail)?;
    }
    if format != Some(FORMAT) && format.is_none_or(|format| format < FORMAT) {
        let sql = "INSERT INTO wenbao.meta VALUES ('format', $1) ON CONFLICT (key) DO UPDATE SET value = $1";
        transaction.execute(sql, &[&newest]).await.map_err(fail)?;
    }
    transaction.commit().await.map_err(fail)
}

async fn step(transaction: &Transaction<'_>, sql: &str, model: &ModelStamp) -> Result<(), tokio_postgres::Error> {
    transaction.batch_execute(&sql.replace("{dimensions}", &model.dimensions.to_string())).await
}
