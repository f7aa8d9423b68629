//! Prints the outline of a file, and with `--passages` each passage with its quantities.

use std::path::Path;

fn main() {
    let (flags, paths): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    for path in paths {
        match wenbao_report::read(Path::new(&path)) {
            Ok(document) => {
                print!("{}", wenbao_report::outline::render(&document, flags.iter().any(|f| f == "--passages")))
            }
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
}
