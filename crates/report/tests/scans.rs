//! Pages that are pictures, with an OCR that is none: which pages are put before it, what becomes of what it says, and what is
//! said of them.
#![allow(missing_docs)]

use std::sync::Mutex;

use wenbao_report::{Document, Limits, Ocr, Scan, Seen, read_all};

/// Says of every page what it was made for, and remembers the sizes of what it was shown.
struct Says {
    lines: Result<Vec<(&'static str, f32)>, &'static str>,
    shown: Mutex<Vec<(f32, f32, usize)>>,
}

impl Says {
    fn lines(lines: &[(&'static str, f32)]) -> Self {
        Self { lines: Ok(lines.to_vec()), shown: Mutex::default() }
    }

    fn seen(&self) -> Result<Vec<Seen>, String> {
        let lines = self.lines.clone().map_err(str::to_owned)?;
        let line = |(at, (text, sure)): (usize, (&str, f32))| Seen {
            x: 80.0,
            y: 700.0 - 30.0 * at as f32,
            end: 500.0,
            size: 16.0,
            text: text.to_owned(),
            sure,
        };
        Ok(lines.into_iter().enumerate().map(line).collect())
    }
}

impl Ocr for Says {
    fn page(&self, scan: &Scan<'_>) -> Result<Vec<Seen>, String> {
        self.shown.lock().unwrap().push((scan.size.0, scan.size.1, scan.pictures.len()));
        self.seen()
    }

    fn picture_file(&self, _: &[u8], page: usize) -> Result<Option<Vec<Seen>>, String> {
        if page < 2 { self.seen().map(Some) } else { Ok(None) }
    }
}

/// What stands on a page of the PDF that is made.
enum Page {
    /// Text of its own.
    Text(&'static str),
    /// A picture over so much of both its sides, and text of its own.
    Picture(f32, &'static str),
    /// Nothing.
    Empty,
}

/// A PDF of pages of A4, whose pictures are of four pixels.
fn pdf(pages: &[Page]) -> Vec<u8> {
    let kids: String = (0..pages.len()).map(|i| format!("{} 0 R ", 5 + 2 * i)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {}>>", pages.len()),
        "<</Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray/Length 4>>stream\nabcd\nendstream"
            .to_owned(),
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font\
         /Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>]>>"
            .to_owned(),
    ];
    for (at, page) in pages.iter().enumerate() {
        let written = |text: &str| -> String {
            let hex: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
            format!("BT /F 16 Tf 80 60 Td <{hex}> Tj ET\n")
        };
        let content = match page {
            Page::Text(text) => written(text),
            Page::Picture(part, text) => {
                format!("q {} 0 0 {} 0 0 cm /I Do Q\n{}", 595.0 * part, 842.0 * part, written(text))
            }
            Page::Empty => String::new(),
        };
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 4 0 R>>/XObject<</I 3 0 R>>>>/Contents {} 0 R>>",
            6 + 2 * at
        ));
        objects.push(format!("<</Length {}>>stream\n{content}endstream", content.len()));
    }
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut starts = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        starts.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    let xref = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    starts.iter().for_each(|start| out.extend(format!("{start:010} 00000 n \n").bytes()));
    out.extend(format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF", objects.len() + 1).bytes());
    out
}

fn read(bytes: &[u8], ocr: Option<&dyn Ocr>) -> Result<Document, String> {
    let mut members = read_all(bytes, Some("报告.pdf"), &Limits::default(), ocr).map_err(|e| e.to_string())?;
    members.remove(0).document.map_err(|e| e.to_string())
}

/// The page on which a passage stands that holds the words.
fn page_of(document: &Document, words: &str) -> Option<u32> {
    document.passages.iter().find(|p| p.text.contains(words)).unwrap_or_else(|| panic!("{words}: {document:#?}")).page
}

const OWN: Page =
    Page::Text("2025年甲县政府工作报告。2024年，全县新建公路120公里，农村公路通车里程达到860公里，群众出行更加方便。");
const NEXT: Page = Page::Text("2025年，计划新增公共停车位6800个，粮食总产量稳定在18万吨以上，城镇新增就业4000人。");
const SEEN: &[(&str, f32)] =
    &[("2024年，全县新增学位3400个，", 0.97), ("改造老旧小区27个。", 0.99), ("模糊的一行8个。", 0.3)];

#[test]
fn a_page_that_is_a_picture_is_read_in_its_place_and_said() {
    let ocr = Says::lines(SEEN);
    let document = read(&pdf(&[OWN, Page::Picture(1.0, ""), NEXT]), Some(&ocr)).unwrap();
    assert_eq!(*ocr.shown.lock().unwrap(), [(595.0, 842.0, 1)]);
    assert_eq!(page_of(&document, "新增学位3400个"), Some(2));
    assert_eq!(page_of(&document, "新建公路120公里"), Some(1));
    assert_eq!(page_of(&document, "公共停车位6800个"), Some(3));
    assert!(!document.text.contains("模糊"), "{}", document.text);
    assert_eq!(
        document.meta.warnings,
        [
            "page 2 of 3 was read by OCR: compare its numbers with the original",
            "1 line on page 2 was left out: OCR is not sure of every character"
        ]
    );
    assert!(!document.meta.waits_for_ocr());
}

#[test]
fn without_an_ocr_the_page_is_named_with_the_way_out() {
    let document = read(&pdf(&[OWN, Page::Picture(1.0, ""), Page::Picture(0.9, "— 3 —")]), None).unwrap();
    let [warning] = document.meta.warnings.as_slice() else { panic!("{:?}", document.meta.warnings) };
    assert!(warning.starts_with("no text or hardly any on pages 2, 3 of 3"), "{warning}");
    assert!(warning.contains("`wenbao model pull ocr`") && document.meta.waits_for_ocr(), "{warning}");
    let refused = read(&pdf(&[Page::Picture(1.0, "")]), None).unwrap_err();
    assert!(refused.contains("no text layer") && refused.contains("`wenbao model pull ocr`"), "{refused}");
}

#[test]
fn a_scan_may_have_a_number_or_a_stamp_of_its_own() {
    let ocr = Says::lines(SEEN);
    let document = read(&pdf(&[OWN, Page::Picture(1.0, "某某扫描软件")]), Some(&ocr)).unwrap();
    assert_eq!(page_of(&document, "改造老旧小区27个"), Some(2));
    assert!(document.text.contains("某某扫描软件"), "{}", document.text);
}

#[test]
fn a_page_with_text_is_not_put_before_the_ocr_nor_one_with_a_small_picture() {
    let ocr = Says::lines(SEEN);
    let long = "2024年，全县粮食总产量18.2万吨，增长2.1%，建成高标准农田3.4万亩，农业机械化率达到81%，农产品加工产值增长6.5%。";
    let document = read(&pdf(&[Page::Picture(1.0, long), Page::Picture(0.3, "甲县人民政府")]), Some(&ocr)).unwrap();
    assert_eq!(*ocr.shown.lock().unwrap(), []);
    assert_eq!(document.meta.warnings, [""; 0]);
}

#[test]
fn nothing_read_is_an_error_that_says_why() {
    let empty = read(&pdf(&[Page::Picture(1.0, "")]), Some(&Says::lines(&[]))).unwrap_err();
    assert!(empty.contains("sees no line of text") && empty.contains("scan it again"), "{empty}");
    let failing = Says { lines: Err("its model is away"), shown: Mutex::default() };
    let failed = read(&pdf(&[Page::Picture(1.0, "")]), Some(&failing)).unwrap_err();
    assert!(failed.contains("its model is away"), "{failed}");
    // Beside other pages it is a warning.
    let document = read(&pdf(&[OWN, Page::Picture(1.0, ""), Page::Empty]), Some(&failing)).unwrap();
    assert_eq!(
        document.meta.warnings,
        ["page 2 was not read by OCR: its model is away", "page 3 was not read by OCR: it paints no picture"]
    );
}

#[test]
fn a_picture_file_has_its_pages() {
    let ocr = Says::lines(SEEN);
    for head in [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff\xe0", b"II*\x00", b"MM\x00*"] {
        let document = read(head, Some(&ocr)).unwrap();
        assert_eq!(document.passages.last().unwrap().page, Some(2));
        assert!(document.meta.warnings[0].starts_with("pages 1, 2 of 2 were read by OCR"), "{document:?}");
        let refused = read(head, None).unwrap_err();
        assert!(refused.contains("image; `wenbao model pull ocr` lets it be read"), "{refused}");
    }
}
