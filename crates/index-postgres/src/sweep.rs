//! Putting away what nobody sees: parts of removed documents, after readers had time to end, and those of documents whose
//! writer died before it made them seen.

use std::collections::BTreeMap;

use wenbao_index::Result;

use crate::body::{DERIVED, PATIENCE, TRUE};
use crate::connect::Shard;
use crate::database::Database;
use crate::error::said;

/// Writers share this lock while they write; whoever has it alone knows that nobody does: "writing" in ASCII.
pub(crate) const WRITING: i64 = 0x0077_7269_7469_6e67;

/// How long readers of an earlier generation may go on: removed parts stay as long.
const GRACE: &str = "10 minutes";

/// Puts away what may be put away now; what may not is left to the next writer.
pub(crate) async fn sweep(database: &Database) -> Result<()> {
    let (doing, head) = ("putting away removed documents", database.head());
    let fail = |error: tokio_postgres::Error| said(doing, &head.name, &error);
    let mut client = deadpool_postgres::Object::take(head.client().await?);
    // It is given up with the connection, which ends with this function, however it ends.
    let alone: bool = client.query_one("SELECT pg_try_advisory_lock($1)", &[&WRITING]).await.map_err(fail)?.get(0);
    // Marked first: a writer that only seemed dead then finds that it must begin again.
    let sql = format!(
        "UPDATE wenbao.unsettled SET removed = true
         WHERE CASE WHEN removed THEN since < now() - interval '{GRACE}' ELSE $1 END
         RETURNING first_row, end_row, shard"
    );
    let mut of_shards: BTreeMap<i32, (Vec<i64>, Vec<i64>)> = BTreeMap::new();
    for row in client.query(&sql, &[&alone]).await.map_err(fail)? {
        let (firsts, ends) = of_shards.entry(row.get(2)).or_default();
        firsts.push(row.get(0));
        ends.push(row.get(1));
    }
    for (shard, (firsts, ends)) in of_shards {
        let Some(place) = database.shards.get(shard.unsigned_abs() as usize) else { continue };
        delete(place, &firsts).await?;
        let transaction = client.transaction().await.map_err(fail)?;
        transaction.batch_execute(PATIENCE).await.map_err(fail)?;
        for column in ["\"row\"", "other"] {
            let sql = format!(
                "DELETE FROM wenbao.twins t USING unnest($1::bigint[], $2::bigint[]) AS g(first, past)
                 WHERE t.{column} >= g.first AND t.{column} < g.past"
            );
            transaction.execute(&sql, &[&firsts, &ends]).await.map_err(fail)?;
        }
        let sql = "DELETE FROM wenbao.unsettled WHERE shard = $1 AND first_row = ANY ($2)";
        transaction.execute(sql, &[&shard, &firsts]).await.map_err(fail)?;
        transaction.commit().await.map_err(fail)?;
    }
    Ok(())
}

async fn delete(shard: &Shard, firsts: &[i64]) -> Result<()> {
    let fail = |error: tokio_postgres::Error| said("putting away removed documents", &shard.name, &error);
    let mut client = shard.client().await?;
    let transaction = client.transaction().await.map_err(fail)?;
    transaction.batch_execute(PATIENCE).await.map_err(fail)?;
    for table in DERIVED.iter().chain(&TRUE) {
        let sql = format!("DELETE FROM wenbao.{table} WHERE first_row = ANY ($1)");
        transaction.execute(&sql, &[&firsts]).await.map_err(fail)?;
    }
    transaction.commit().await.map_err(fail)
}
