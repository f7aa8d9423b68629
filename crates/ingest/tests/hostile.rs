//! Documents and names made to hurt, in one table: each is read or refused with one line, in bounded time and memory, in a
//! child process; none brings down another, the run, or a process.
//!
//! This program is its own child: with an argument it does what a child does, or what a broken one might.
#![allow(missing_docs)]

mod common;

use std::ffi::OsStr;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{Fake, open};
use wenbao_ingest::{Ingest, Part, Pool, Reader};
use wenbao_lang::fold::{shown, steers};
use wenbao_report::{Document, Limits, Ocr, Scan, Seen};

/// One document may take so long, on a machine that does other things too.
const TIME: Duration = Duration::from_secs(120);
/// This process may take so much memory, in KiB: what is read costs it its bytes and its document.
const MEMORY: u64 = 1_200_000;
static GO: AtomicBool = AtomicBool::new(false);

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("read-child") => wenbao_ingest::child::run(None).expect("a child that reads"),
        Some("ocr-child") => {
            let wastes = Wastes(std::env::args().nth(2).unwrap_or_default());
            wenbao_ingest::child::run(Some(&wastes)).expect("a child that reads");
        }
        Some("bad-child") => broken(&std::env::args().nth(2).unwrap_or_default()),
        // `cargo test NAME` and its like ask for what is not here.
        Some(argument) if !argument.starts_with('-') => {}
        _ => {
            for (name, test) in [
                ("documents", documents_made_to_hurt as fn()),
                ("names and places", names_and_places as fn()),
                ("broken children", broken_children as fn()),
                ("pictures", pictures_made_to_hurt as fn()),
            ] {
                let began = Instant::now();
                test();
                println!("test {name} ... ok ({:.1} s)", began.elapsed().as_secs_f64());
            }
        }
    }
}

/// What must become of a document.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Want {
    /// It is read.
    Read,
    /// It is refused, and the line says this.
    Refused(&'static str),
    /// One or the other.
    Either,
}
use Want::{Either, Read as Reads, Refused};

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn docx(inside: &str) -> Vec<u8> {
    let xml = format!("<w:document xmlns:w=\"w\"><w:body>{inside}</w:body></w:document>");
    zipped(&[("word/document.xml", xml.as_bytes())])
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<w:tc>{}</w:tc>", paragraph(cell))).collect();
    format!("<w:tr>{cells}</w:tr>")
}

/// A PDF of these objects, numbered from 1; the first is the catalogue.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut starts = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        starts.push(out.len());
        out.extend(format!("{} 0 obj\n", at + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let xref = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    starts.iter().for_each(|start| out.extend(format!("{start:010} 00000 n \n").bytes()));
    out.extend(format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF", objects.len() + 1).bytes());
    out
}

fn pdf_page(page: String, stream: &str) -> Vec<u8> {
    pdf(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        page.into_bytes(),
        format!("<</Length {}>>stream\n{stream}\nendstream", stream.len()).into_bytes(),
    ])
}

/// What a file is called, what is in it, and what becomes of it.
type Case = (&'static str, Vec<u8>, Want);

fn texts() -> Vec<Case> {
    let text = |text: String| text.into_bytes();
    let fact = "去年新建公路120公里，增长5%。";
    let utf16 = |units: &[u16]| [b"\xff\xfe".to_vec(), units.iter().flat_map(|u| u.to_le_bytes()).collect()].concat();
    vec![
        ("empty.txt", Vec::new(), Refused("holds no text")),
        ("spaces.txt", text(" \n\t　".repeat(1000)), Refused("holds no text")),
        ("mark.txt", text("\u{feff}".to_owned()), Refused("holds no text")),
        ("zeros.txt", vec![0; 100_000], Refused("")),
        ("noise.txt", (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect(), Refused("")),
        ("surrogates.txt", utf16(&[0x4ea7, 0xd800, 0x91cf, 0xdfff, 0x3002]), Either),
        ("cut.txt", fact.repeat(50).into_bytes()[..fact.len() * 40 + 1].to_vec(), Reads),
        ("line.txt", text("，".repeat(900_000)), Either),
        ("characters.txt", text(fact.repeat(60_000)), Refused("characters exceeds 1000000")),
        ("large.txt", vec![b'x'; (64 << 20) + 1], Refused("64 M")),
        ("breaks.txt", text("\n".repeat(30 << 20)), Refused("")),
        ("returns.txt", text(format!("{fact}\r").repeat(2000)), Either),
        ("headings.txt", text("一、工作\n（一）抓好\n".repeat(15_000)), Either),
        ("parts.txt", text("一、2024年工作回顾\n完成。\n".repeat(4_000)), Reads),
        ("brackets.txt", text("（".repeat(300_000)), Either),
        ("titles.txt", text("《".repeat(300_000)), Either),
        ("sources.txt", text("据《甲》\n".repeat(50_000)), Either),
        ("ordinals.txt", text("第".repeat(300_000)), Either),
        ("years.txt", text("2025年".repeat(150_000)), Either),
        ("fractions.txt", text("百分之".repeat(200_000)), Either),
        ("han-numbers.txt", text("一百万亿".repeat(200_000)), Either),
        ("digits.txt", text(format!("产量{}亿斤。", "9".repeat(200_000))), Either),
        ("exponent.txt", text("粮食产量达到1e400亿亿斤，增长5%。".to_owned()), Reads),
        ("commas.txt", text("1,".repeat(300_000)), Either),
        ("points.txt", text("1.".repeat(300_000)), Either),
        ("marks.txt", text(format!("产量{}增长。", "\u{301}".repeat(500_000))), Either),
        ("invisible.txt", text(format!("新建公路{}120公里。", "\u{200b}".repeat(800_000))), Reads),
        ("escapes.txt", text(format!("\u{1b}[2J\u{1b}]0;x\u{7}{fact}\u{202e}")), Either),
        ("joined.txt", text("a\u{200d}".repeat(300_000)), Either),
        ("lists.txt", text("一是办好；二是建好；三是管好；".repeat(40_000)), Either),
        ("quotes.txt", text("“甲”".repeat(200_000)), Either),
        ("values.txt", text("新建5个，".repeat(150_000)), Either),
        ("gb.txt", b"\xc8\xa5\xc4\xea\xd0\xc2\xbd\xa8\xb9\xab\xc2\xb7120\xb9\xab\xc0\xef\xa1\xa3".to_vec(), Reads),
        ("mixed.txt", [fact.as_bytes(), b"\xc8\xa5\xc4\xea\xff\xfe\xd0\xc2"].concat(), Either),
        ("bars.md", text("|a|b|\n".repeat(50_000)), Either),
    ]
}

fn pages() -> Vec<Case> {
    let text = |text: String| text.into_bytes();
    let attributes: Vec<String> = (0..500_000).map(|n| format!("a{n}")).collect();
    vec![
        ("deep.html", text(format!("<html>{}正文，在此。", "<div><table><tr><td>".repeat(100_000))), Either),
        ("attributes.html", text(format!("<html><p {}>正文。", attributes.join(" "))), Refused("attributes")),
        ("slashes.html", text(format!("<html><p {}>正文。", attributes.join("/"))), Refused("attributes")),
        ("classes.html", text(format!("<html><p class=\"{}\">正文，在此。", "nav-".repeat(500_000))), Either),
        ("tables.html", text("<table><tr><td>甲".repeat(50_000)), Either),
        ("cells.html", text(format!("<html><table>{}", "<tr><td>1<td>2".repeat(60_000))), Refused("table cells")),
        ("comment.html", text(format!("<html><p>正文，在此。<!-- {}", "- ".repeat(1_000_000))), Reads),
        (
            "script.html",
            text(format!("<html><p>{}<script>{}", "正文，在此。".repeat(80), "<b ".repeat(500_000))),
            Reads,
        ),
        ("picture.html", text(format!("<html><img src=\"data:{}\"><p>正文，在此。", "k/ ".repeat(2_000_000))), Reads),
        ("entities.html", text(format!("<html><p>{}", "&#x1b;&amp&notin;".repeat(50_000))), Either),
        ("ends.html", text("<html><p>正文，在此。".to_owned() + &"</div>".repeat(300_000)), Reads),
        ("links.html", text(format!("<html>{}", "<a href=x>首页".repeat(100_000))), Either),
        ("charset.html", text("<meta charset=utf-7><p>正文，在此。".to_owned()), Either),
    ]
}

fn packages() -> Vec<Case> {
    let whole = docx(&paragraph("新建公路120公里。"));
    let bomb = zipped(&[("word/document.xml", &vec![b' '; 80 << 20])]);
    let laughs = format!(
        "<!DOCTYPE d [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>\
         <w:document xmlns:w=\"w\"><w:body>{}</w:body></w:document>",
        "哈".repeat(10_000),
        paragraph("产量&b;增长&f;5%。")
    );
    let names: Vec<String> = (0..1001).map(|n| format!("{n}.txt")).collect();
    let many = zipped(&names.iter().map(|name| (name.as_str(), &b"x"[..])).collect::<Vec<_>>());
    let name = "很长的列名".repeat(2000);
    let wide = format!("<w:tbl>{}{}</w:tbl>", row(&[&name, &name]), row(&["1", "2"]).repeat(5_000));
    vec![
        ("bomb.docx", bomb, Refused("32 MB")),
        ("laughs.docx", zipped(&[("word/document.xml", laughs.as_bytes())]), Reads),
        ("half.docx", whole[..whole.len() / 2].to_vec(), Refused("")),
        ("flipped.docx", whole.iter().enumerate().map(|(i, b)| if i % 17 == 0 { !b } else { *b }).collect(), Either),
        ("deep.docx", docx(&"<w:p>".repeat(200_000)), Refused("too deep")),
        ("nothing.docx", zipped(&[("other.xml", b"x")]), Either),
        ("climbing.docx", zipped(&[("../../../etc/passwd", b"x"), ("word/document.xml", b"")]), Refused("")),
        ("repeated.docx", docx(&paragraph("去年新建公路120公里，增长5%。").repeat(90_000)), Refused("characters")),
        ("cells.docx", docx(&format!("<w:tbl>{}</w:tbl>", row(&["1", "2"]).repeat(60_000))), Refused("table cells")),
        ("columns.docx", docx(&wide), Either),
        ("zip.docx", zipped(&[("word/document.xml", &whole)]), Either),
        ("bomb.zip", zipped(&[("a.txt", &vec![b' '; 80 << 20])]), Refused("32 MB")),
        ("many.zip", many, Refused("files exceeds 1000")),
        ("old.doc", [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 4096]].concat(), Refused("")),
    ]
}

fn papers() -> Vec<Case> {
    let page = |contents: String| format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents {contents}>>");
    let streams = |count: usize| pdf_page(page(format!("[{}]", "4 0 R ".repeat(count))), "BT (x) Tj ET");
    let circle = pdf(&[b"<</Type/Catalog/Pages 2 0 R>>".to_vec(), b"<</Type/Pages/Kids[2 0 R]/Count 1>>".to_vec()]);
    vec![
        ("head.pdf", b"%PDF-1.7\n".to_vec(), Refused("")),
        ("circle.pdf", circle, Refused("")),
        ("streams.pdf", streams(1_000_000), Refused("")),
        ("more-streams.pdf", streams(9_000_000), Refused("")),
        ("nested.pdf", pdf_page(page("4 0 R".to_owned()), &"[".repeat(5_000_000)), Refused("")),
        ("objects.pdf", pdf(&[vec![b'['; 3_000_000]]), Refused("")),
        (
            "length.pdf",
            b"%PDF-1.4\n1 0 obj\n<</Length 99999999999>>stream\nx\nendstream\nendobj\n".to_vec(),
            Refused(""),
        ),
        ("saved.pdf", pdf_page(page("4 0 R".to_owned()), &"q ".repeat(3_000_000)), Refused("")),
        ("cut.pdf", streams(10)[..300].to_vec(), Refused("")),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), Refused("")),
        ("program", fs::read("/proc/self/exe").unwrap().into_iter().take(100_000).collect(), Refused("")),
        ("packed.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".repeat(100), Refused("")),
    ]
}

/// The first document of a file.
fn first(parts: Vec<Part>) -> Result<Box<Document>, String> {
    parts.into_iter().next().map_or_else(|| Err("holds no document".to_owned()), |part| part.document)
}

fn documents_made_to_hurt() {
    let pool = Pool::new(&["read-child"], Limits::default());
    let cases = [texts(), pages(), packages(), papers()].concat();
    assert!(cases.len() >= 60, "only {} documents", cases.len());
    for (name, bytes, want) in &cases {
        let began = Instant::now();
        // What the run refuses before a child sees it.
        let outcome = if bytes.len() as u64 > pool.limits().file_bytes {
            Err("larger than 64 M".to_owned())
        } else {
            pool.read(Path::new(name), bytes, &GO).and_then(first)
        };
        let took = began.elapsed();
        assert!(took < TIME, "{name} took {took:?}");
        match (outcome, want) {
            (Ok(document), Reads | Either) => {
                assert!(!document.text.is_empty(), "{name}");
            }
            (Err(problem), Refused(part)) => assert!(is_line(&problem) && problem.contains(part), "{name}: {problem}"),
            (Err(problem), Either) => assert!(is_line(&problem), "{name}: {problem}"),
            (outcome, want) => panic!("{name}: {:?}, wanted {want:?}", outcome.map(|d| d.passages.len())),
        }
    }
    // A value beyond all numbers costs itself and not its neighbours.
    let (_, exponent, _) = cases.iter().find(|(name, ..)| *name == "exponent.txt").unwrap();
    let exponent = pool.read(Path::new("e.txt"), exponent, &GO).and_then(first).unwrap();
    let values: Vec<&str> =
        exponent.passages[0].sentences.iter().flat_map(|s| &s.quantities).map(|q| q.text.as_str()).collect();
    assert!(values.contains(&"5%"), "{values:?}");
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        let peak: u64 = peak.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0);
        assert!(peak < MEMORY, "{peak} KiB");
    }
}

/// One line, and none that speaks of a defect.
fn is_line(problem: &str) -> bool {
    !problem.is_empty() && !problem.contains(['\n', '\r']) && !problem.contains("defect")
}

/// Everything in one folder, in one run.
fn names_and_places() {
    let (files, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let root = files.path();
    let mut good = 0;
    let names: [&[u8]; 16] = [
        b"\xff\xfe.txt",
        b"\xff\xfd.txt",
        "\u{fffd}ff\u{fffd}fe.txt".as_bytes(),
        b"\x1b[31mred\x1b]0;title\x07.txt",
        b"line\nbreak.txt",
        b"tab\tand\rreturn.txt",
        "gpj.\u{202e}txt.txt".as_bytes(),
        b"-rf.txt",
        b"--index.txt",
        b"$(reboot) `id` ; x.txt",
        b"a%00b?c#d&e.txt",
        b"'; DROP TABLE documents; --.txt",
        "报告".repeat(40).as_bytes(),
        b"con.txt",
        b" .txt",
        b"\x7f\xc2\x9b.txt",
    ]
    .map(|name| name.to_vec().leak() as &[u8]);
    for (at, name) in names.iter().enumerate() {
        fs::write(root.join(OsStr::from_bytes(name)), format!("2025年山西报告\n第{at}号事项已经办结，今年再办。\n"))
            .unwrap();
        good += 1;
    }
    fs::write(root.join(".hidden"), [0xff]).unwrap();
    let _ = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    nix::unistd::mkfifo(&root.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let links = [("zero", "/dev/zero"), ("full", "/dev/full"), ("tty", "/dev/tty"), ("random", "/dev/random")];
    let broken = [("dangling", "nowhere"), ("self", "self"), ("memory", "/proc/self/mem"), ("core", "/proc/kcore")];
    for (name, to) in links.iter().chain(&broken) {
        symlink(to, root.join(name)).unwrap();
    }
    for (name, to) in [("here", "."), ("there", "here"), ("up", ".."), ("all", "/")] {
        symlink(to, root.join(name)).unwrap();
    }
    let mut deep = root.to_path_buf();
    for _ in 0..60 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    let index = open(home.path());
    let reader = Arc::new(Pool::new(&["read-child"], Limits::default()));
    let ingest = Ingest { index: &index, encoder: &Fake, reader, follow: false };
    let began = Instant::now();
    let report = ingest.run(&[root.to_path_buf()], &|_| {}, &AtomicBool::new(false)).unwrap();
    assert!(began.elapsed() < TIME, "{:?}", began.elapsed());
    // Socket, pipe, eight links to what is no file, and the folder that lies too deep; some systems have no /proc/kcore.
    assert_eq!((report.added, report.links, report.failures.len()), (good, 4, 11), "{report:#?}");
    for (path, problem) in &report.failures {
        let line = format!("{}: {problem}", shown(&path.to_string_lossy()));
        assert!(!line.contains(steers) && is_line(problem), "{line}");
    }
    let again = ingest.run(&[root.to_path_buf()], &|_| {}, &AtomicBool::new(false)).unwrap();
    assert_eq!((again.unchanged, again.added, again.replaced), (good, 0, 0), "{again:#?}");
    assert_eq!(index.verify().unwrap().differences, Vec::<String>::new());
}

/// What a broken child might do, after a beginning as it should be.
fn broken(how: &str) {
    let mut out = std::io::stdout();
    let hello = br#"{"memory":true,"landlock":true}"#;
    out.write_all(&(hello.len() as u64).to_le_bytes()).and_then(|()| out.write_all(hello)).unwrap();
    out.flush().unwrap();
    match how {
        "dies" => std::process::abort(),
        "hangs" => std::thread::sleep(Duration::from_secs(1000)),
        "noise" => {
            let _ = std::io::stdin().read(&mut [0; 100]);
            let _ =
                out.write_all(&5u64.to_le_bytes()).and_then(|()| out.write_all(b"12345")).and_then(|()| out.flush());
            std::thread::sleep(Duration::from_secs(1000));
        }
        "boasts" => {
            let _ = std::io::stdin().read(&mut [0; 100]);
            let _ = out.write_all(&u64::MAX.to_le_bytes()).and_then(|()| out.flush());
            std::thread::sleep(Duration::from_secs(1000));
        }
        _ => {}
    }
}

/// An OCR that a picture drives to take what it can have.
struct Wastes(String);

impl Ocr for Wastes {
    fn page(&self, _: &Scan<'_>) -> Result<Vec<Seen>, String> {
        Err("no page of a PDF comes".to_owned())
    }

    fn picture_file(&self, bytes: &[u8], page: usize) -> Result<Option<Vec<Seen>>, String> {
        let line = |text: &str| Seen { x: 0.0, y: 0.0, end: 90.0, size: 9.0, text: text.to_owned(), sure: 1.0 };
        match self.0.as_str() {
            "time" => loop {
                std::hint::black_box(bytes.iter().map(|&b| u64::from(b)).sum::<u64>());
            },
            "memory" => {
                let all: Vec<Vec<u8>> = (0..64).map(|_| Vec::with_capacity(64 << 20)).collect();
                Ok(Some(vec![line(&std::hint::black_box(all).len().to_string())]))
            }
            "panic" => panic!("a picture"),
            // More time than the file has beside its pictures, and less than it has for each.
            _ if page < 2 => {
                let began = Instant::now();
                while began.elapsed() < Duration::from_millis(1500) {
                    std::hint::black_box(bytes.iter().map(|&b| u64::from(b)).sum::<u64>());
                }
                Ok(Some(vec![line("去年新建公路120公里。")]))
            }
            _ => Ok(None),
        }
    }
}

fn pictures_made_to_hurt() {
    let limits = Limits { seconds: 2, ocr_page_seconds: 4, ..Limits::default() };
    let png = b"\x89PNG\r\n\x1a\n";
    for (how, part) in [
        ("time", "takes more than 2 s of processor time to read, or 4 s for a page that is a picture; it is damaged"),
        ("memory", "takes more than 3072 MiB of memory"),
        ("panic", "meets a defect of the reader"),
    ] {
        let pool = Pool::new(&["ocr-child", how], limits).with_ocr();
        let problem = pool.read(Path::new("a.png"), png, &GO).unwrap_err();
        assert!(problem.contains(part), "{how}: {problem}");
    }
    let pool = Pool::new(&["ocr-child", "slow"], limits).with_ocr();
    let document = first(pool.read(Path::new("a.png"), png, &GO).unwrap()).unwrap();
    assert!(document.text.contains("120公里") && document.meta.warnings[0].contains("pages 1, 2 of 2"), "{document:?}");
}

fn broken_children() {
    let limits = Limits { seconds: 1, ..Limits::default() };
    let file = "去年新建公路120公里。".repeat(20_000);
    for (how, part) in [
        ("dies", "takes more than 1024 MiB"),
        ("hangs", "took longer than 2 s"),
        ("noise", "ended the process"),
        ("boasts", "ended the process"),
        ("ends", "ended the process"),
    ] {
        let pool = Pool::new(&["bad-child", how], limits);
        let began = Instant::now();
        let problem = pool.read(Path::new("a.txt"), file.as_bytes(), &GO).unwrap_err();
        assert!(problem.contains(part), "{how}: {problem}");
        assert!(began.elapsed() < Duration::from_secs(20), "{how}: {:?}", began.elapsed());
    }
    let programs: [(&str, &[&str]); 3] = [("/nowhere", &[]), ("/bin/true", &[]), ("/bin/echo", &["x"])];
    for (program, arguments) in programs {
        let problem = Pool::of(program.into(), arguments, limits).read(Path::new("a.txt"), b"x", &GO).unwrap_err();
        assert!(problem.contains("no process to read it in"), "{program}: {problem}");
    }
    // Who is asked to stop does, whatever the child does.
    let (pool, stop) = (Pool::new(&["bad-child", "hangs"], Limits::default()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            stop.store(true, Ordering::Relaxed);
        });
        let began = Instant::now();
        assert_eq!(pool.read(Path::new("a.txt"), file.as_bytes(), &stop).unwrap_err(), "stopped");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    });
}
