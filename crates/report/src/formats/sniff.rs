//! Which format a file is: by its content; the name only decides between kinds of text.

use crate::error::{Error, Limits};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Html,
    Docx,
    Pdf,
    /// Word 2003 XML, or a package of Word laid flat in one XML file.
    WordXml,
    Rtf,
    /// A mail or a page saved with all its parts: .eml, .mht.
    Mail,
    /// .xlsx.
    Workbook,
    /// .pptx.
    Slides,
    /// .odt, .ods, .odp.
    OpenDocument,
    /// The same laid flat in one XML file.
    FlatOpenDocument,
    Epub,
    Ofd,
    /// .doc, .wps, .xls.
    Ole,
    /// A .zip of files.
    Archive,
    /// Values parted by commas or tabs.
    Csv,
    /// A picture that an OCR may read; what it is called.
    Picture(&'static str),
}

/// First bytes of pictures that an OCR may read.
const PICTURES: &[(&[u8], &str)] =
    &[(b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF")];

/// First bytes of what people try to read and cannot: what it is called.
const REFUSED: &[(&[u8], &str)] = &[
    (b"GIF8", "a GIF image"),
    (b"BM", "a bitmap image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
    (b"\xcaj\xb7", "a CAJ file of a journal"),
    (b"CAJ", "a CAJ file of a journal"),
    (b"%!PS", "a PostScript file"),
    (b"AT&TFORM", "a DjVu file"),
];

pub(crate) fn sniff(bytes: &[u8], name_hint: Option<&str>) -> Result<Format, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    let named =
        |endings: &[&str]| name_hint.is_some_and(|n| endings.iter().any(|e| n.to_ascii_lowercase().ends_with(e)));
    // A text may begin with BM or CAJ: the signature of a file is followed by bytes that no text has.
    let binary = bytes.iter().take(64).any(|&b| b < 9 || (14..32).contains(&b));
    let refused = REFUSED.iter().find(|(magic, _)| bytes.starts_with(magic) && (magic.len() > 3 || binary));
    if let Some((_, found)) = refused {
        return Err(Error::UnknownFormat { found: (*found).to_owned() });
    }
    if let Some((_, kind)) = PICTURES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Ok(Format::Picture(kind));
    }
    if bytes.starts_with(super::ole::MAGIC) {
        return Ok(Format::Ole);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return package(bytes);
    }
    if bytes.starts_with(b"{\\rtf") {
        return Ok(Format::Rtf);
    }
    // The header may stand anywhere in the first kilobyte (ISO 32000-1, annex H).
    if bytes[..bytes.len().min(1024)].windows(5).any(|w| w == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    if ["<w:worddocument", "<pkg:package", "progid=\"word.document\""].iter().any(|w| head.contains(w)) {
        return Ok(Format::WordXml);
    }
    if head.contains("<office:document") && head.contains("urn:oasis:names:tc:opendocument") {
        return Ok(Format::FlatOpenDocument);
    }
    if looks_like_mail(&head) {
        return Ok(Format::Mail);
    }
    if looks_like_html(&head) || named(&[".html", ".htm", ".xhtml", ".shtml"]) && bytes.contains(&b'<') {
        return Ok(Format::Html);
    }
    if named(&[".csv", ".tsv"]) {
        return Ok(Format::Csv);
    }
    Ok(Format::Text)
}

/// What a zip archive is: a document by the parts in it, else an archive of files.
fn package(bytes: &[u8]) -> Result<Format, Error> {
    let limits = Limits::default();
    let mut package = super::package::Package::open(bytes, &limits)?;
    if let Some(main) = package.main()? {
        return match main.split('/').next().unwrap_or_default() {
            _ if main.ends_with(".bin") => {
                Err(Error::UnknownFormat { found: "a binary workbook (.xlsb); save it as .xlsx".to_owned() })
            }
            "xl" => Ok(Format::Workbook),
            "ppt" => Ok(Format::Slides),
            "visio" => Err(Error::UnknownFormat { found: "a Visio drawing".to_owned() }),
            _ => Ok(Format::Docx),
        };
    }
    for (part, format) in [
        ("content.xml", Format::OpenDocument),
        ("META-INF/container.xml", Format::Epub),
        ("OFD.xml", Format::Ofd),
        ("[Content_Types].xml", Format::Docx),
    ] {
        if package.holds(part) {
            return Ok(format);
        }
    }
    Ok(Format::Archive)
}

/// Whether the file begins like a web page: a doctype or a tag that only pages begin with. `head` is in lower case.
fn looks_like_html(head: &str) -> bool {
    let head = head.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    ["<!doctype html", "<html", "<head", "<body", "<meta", "<div", "<table"].iter().any(|t| head.starts_with(t))
        || (head.starts_with("<?xml") || head.starts_with("<!--")) && head.contains("<html")
}

/// Whether the file begins with the fields of a mail, among them what says how its body is written.
fn looks_like_mail(head: &str) -> bool {
    let mut fields = 0;
    let mut typed = false;
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { break };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            break;
        }
        fields += 1;
        typed |= matches!(name, "mime-version" | "content-type" | "content-transfer-encoding");
    }
    typed && fields >= 2
}

/// Refuses a text that is really something else: markup of an unknown kind, or base64.
pub(super) fn refuse_disguised(text: &str) -> Result<(), Error> {
    let sample: String = text.chars().take(20_000).collect();
    let all = sample.chars().filter(|c| !c.is_whitespace()).count();
    let refused = |found: &str| Err(Error::UnknownFormat { found: found.to_owned() });
    let start = sample.trim_start();
    if start.starts_with("<?xml") || start.starts_with("<office:") {
        return refused("an XML file");
    }
    if start.starts_with(['{', '[']) && start.contains("\":") {
        return refused("a JSON file");
    }
    let coded = |line: &&str| {
        let line = line.trim();
        line.len() >= 60 && line.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
    };
    let base64: usize = sample.lines().filter(coded).map(|l| l.trim().len()).sum();
    if base64 * 2 > all && all > 0 {
        return refused("base64, the coded form of another file");
    }
    let tags: usize = sample
        .split('<')
        .skip(1)
        .filter(|p| p.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'))
        .filter_map(|p| p.find('>'))
        .sum();
    if tags * 3 > all && all > 0 {
        return refused("markup of an unknown kind");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_first_words() {
        for (bytes, name, want) in [
            ("{\\rtf1 x}", "a.doc", Format::Rtf),
            ("From: a@b\nMIME-Version: 1.0\n\nx", "a.txt", Format::Mail),
            (
                "<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><w:wordDocument/>",
                "a.doc",
                Format::WordXml,
            ),
            ("甲,乙\n1,2\n", "a.csv", Format::Csv),
            ("标题：内容\n时间：今天\n", "a.txt", Format::Text),
            ("<!DOCTYPE html><p>", "a", Format::Html),
        ] {
            assert_eq!(sniff(bytes.as_bytes(), Some(name)).unwrap(), want, "{bytes}");
        }
    }

    #[test]
    fn what_only_looks_like_text_is_refused() {
        let base64 = format!("{}\n", "QUJD".repeat(19)).repeat(5);
        for text in [
            base64.as_str(),
            "<?xml version=\"1.0\"?><a>字</a>",
            "{\"a\": \"字\"}",
            "<p class=\"x\"><a>字</a><b></b></p>",
        ] {
            assert!(refuse_disguised(text).is_err(), "{text}");
        }
        assert!(refuse_disguised("产量<100万吨>，增长5%。煤矿130座，公路20公里。").is_ok());
    }
}
