//! What is read off scans and pictures, and how sure it is: `read_pages MODEL-FOLDER FILE…`, a line a line, tabs between the
//! file, the least chance of a character, and the text; times on stderr.
use std::path::Path;
use std::time::Instant;

use wenbao_ocr::PpOcr;
use wenbao_report::Ocr;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("read_pages MODEL-FOLDER FILE…")?;
    let ocr = PpOcr::open(Path::new(&folder));
    for file in arguments {
        let bytes = std::fs::read(&file)?;
        let began = Instant::now();
        let lines = ocr.picture_file(&bytes, 0)?.unwrap_or_default();
        eprintln!("{file}\t{:.2} s", began.elapsed().as_secs_f32());
        for line in lines {
            println!("{file}\t{:.4}\t{:.0}\t{:.0}\t{}", line.sure, line.x, line.y, line.text);
        }
    }
    Ok(())
}
