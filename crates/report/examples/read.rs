//! Reads the files given and prints each document as one line of JSON: {"path", "document"}.

use std::path::Path;

fn main() {
    for path in std::env::args().skip(1) {
        match wenbao_report::read(Path::new(&path)) {
            Ok(document) => println!("{}", serde_json::json!({ "path": path, "document": document })),
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
}
