//! Every format on a small file of its own (tests/formats, made by make.py there): text, headings, tables, time and status.

use std::path::{Path, PathBuf};

use wenbao_report::{Document, Limits, Period, Status, read, read_all};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name)
}

fn document(name: &str) -> Document {
    read(&file(name)).unwrap_or_else(|error| panic!("{name} {error}"))
}

/// Each value with its year, its status, what it measures, and the headings above it.
fn values(document: &Document) -> Vec<String> {
    let mut out = Vec::new();
    for passage in &document.passages {
        for sentence in &passage.sentences {
            for q in &sentence.quantities {
                let year = q.period.or(sentence.period).and_then(|p: Period| p.single_year()).unwrap_or(0);
                let status = match q.status.or(sentence.status) {
                    Some(Status::Target) => "plan",
                    Some(_) => "result",
                    None => "?",
                };
                out.push(format!("{year} {status} {} {} @ {}", q.measure, q.text, passage.section.join(" › ")));
            }
        }
    }
    out
}

#[track_caller]
fn holds(name: &str, values: &[String], wanted: &str) {
    assert!(values.iter().any(|v| v.starts_with(wanted)), "{name}: no {wanted} in {values:#?}");
}

const TEXTS: &[&str] = &[
    "report.fodt",
    "report.odt",
    "report.docx",
    "report.doc",
    "report.wps",
    "report.rtf",
    "report.xml",
    "report.flat.xml",
    "report.epub",
];

/// LibreOffice writes Word 2003 XML without numbers and spans of rows, books without numbers and styles, and into both
/// deleted words as if they stood.
const POOR: &[&str] = &["report.xml", "report.epub"];

#[test]
fn texts_of_every_program_give_the_same_values() {
    for name in TEXTS {
        let document = document(name);
        assert_eq!(document.meta.title.as_deref(), Some("2025年江北市政府工作报告"), "{name}");
        assert_eq!(document.meta.date.as_deref(), Some("2025-01-16"), "{name}");
        let values = values(&document);
        holds(name, &values, "2024 result 新建数字化车间 35个");
        holds(name, &values, "2025 plan 新建数字化车间 50个");
        holds(name, &values, "2025 plan 改造老旧小区 80个");
        // The note is there, what was deleted is not.
        assert!(document.text.contains("涉及企业28家"), "{name}: {}", document.text);
        assert!(!document.text.contains("99") || POOR.contains(name), "{name}: {}", document.text);
    }
}

#[test]
fn headings_and_the_numbers_that_count_by_themselves_are_known() {
    for name in TEXTS {
        let values = values(&document(name));
        let plan = values.iter().find(|v| v.contains("50个")).unwrap();
        let want = if POOR.contains(name) {
            "2025年工作安排 › 抓好项目建设"
        } else {
            "二、2025年工作安排 › （一）抓好项目建设"
        };
        assert!(plan.ends_with(want), "{name}: {plan}");
    }
}

#[test]
fn tables_of_texts_are_cells_with_their_headings() {
    for name in TEXTS.iter().filter(|name| **name != "report.xml") {
        let document = document(name);
        let values = values(&document);
        holds(name, &values, "2024 plan 粮食产量 150万吨");
        holds(name, &values, "2024 result 粮食产量 162万吨");
        holds(name, &values, "2025 plan 粮食产量 165万吨");
        holds(name, &values, "2025 plan 高新技术企业 1,500家");
    }
}

#[test]
fn sheets_give_their_cells_as_they_are_shown() {
    for name in ["figures.fods", "figures.ods", "figures.xls", "figures.xlsx"] {
        let document = document(name);
        let values = values(&document);
        holds(name, &values, "2024 plan 粮食产量 150万吨");
        holds(name, &values, "2024 result 粮食产量 162.5万吨");
        holds(name, &values, "2024 result 高新技术企业 452家");
        assert!(values.iter().any(|v| v.contains("5.6%")), "{name}: {values:#?}");
        assert!(!document.text.contains("不公开"), "{name}");
        assert_eq!(document.meta.warnings, ["the hidden sheet 底稿 is not read"], "{name}");
    }
}

#[test]
fn slides_give_their_titles_words_and_tables() {
    for name in ["slides.fodp", "slides.pptx"] {
        let document = document(name);
        let values = values(&document);
        holds(name, &values, "2025 plan 计划新建数字化车间 50个");
        holds(name, &values, "2024 result 粮食产量 162万吨");
        assert!(!document.text.contains("备注"), "{name}: {}", document.text);
        assert!(document.meta.warnings.iter().any(|w| w.contains("speaker's notes")), "{name}: {:?}", document.meta);
    }
}

#[test]
fn mails_and_fixed_pages_are_read_and_say_what_is_missing() {
    for (name, warning) in [
        ("report.eml", Some("an attachment is not read: 附件.bin")),
        ("report.mht", None),
        ("report.ofd", Some("no text on page 2 of 2: a scan or an image without a text layer")),
    ] {
        let document = document(name);
        assert_eq!(document.meta.title.as_deref(), Some("2025年江北市政府工作报告"), "{name}");
        let values = values(&document);
        holds(name, &values, "2024 result 新建数字化车间 35个");
        holds(name, &values, "2025 plan 新建数字化车间 50个");
        assert_eq!(document.meta.warnings, Vec::from_iter(warning), "{name}");
    }
    assert_eq!(document("report.ofd").passages.last().and_then(|p| p.page), Some(1));
}

#[test]
fn an_archive_gives_its_documents_and_says_which_file_is_none() {
    let bytes = std::fs::read(file("reports.zip")).unwrap();
    assert!(read(&file("reports.zip")).unwrap_err().to_string().contains("several documents"));
    let members = read_all(&bytes, Some("reports.zip"), &Limits::default(), None).unwrap();
    let got: Vec<(String, Result<String, String>)> = members
        .into_iter()
        .map(|m| (m.inside.unwrap(), m.document.map(|d| d.meta.title.unwrap()).map_err(|e| e.to_string())))
        .collect();
    assert_eq!(got[0], ("图.png".to_owned(), Err(got[0].1.clone().unwrap_err())));
    assert!(got[0].1.clone().unwrap_err().contains("a PNG image; `wenbao model pull ocr`"));
    assert_eq!(got[1], ("报告/江北市.txt".to_owned(), Ok("2025年江北市政府工作报告".to_owned())));
    assert_eq!(got[2], ("报告/江南市.html".to_owned(), Ok("2025年江南市政府工作报告".to_owned())));
    assert_eq!(got.len(), 3);
}

#[test]
fn the_content_says_what_a_file_is_and_not_its_name() {
    for name in ["report.doc", "report.odt", "report.rtf", "report.epub", "report.mht", "report.ofd"] {
        let bytes = std::fs::read(file(name)).unwrap();
        for other in [None, Some("report.txt"), Some("报告.csv"), Some("a.html")] {
            let members = read_all(&bytes, other, &Limits::default(), None).unwrap();
            assert!(members[0].document.as_ref().unwrap().text.contains("新建数字化车间50个"), "{name} as {other:?}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_or_read_and_never_a_defect() {
    let names = TEXTS.iter().copied().chain(["figures.xls", "figures.ods", "slides.pptx", "report.ofd", "reports.zip"]);
    for name in names {
        let bytes = std::fs::read(file(name)).unwrap();
        for part in 1..12 {
            let _ = read_all(&bytes[..bytes.len() * part / 12], None, &Limits::default(), None);
            let mut damaged = bytes.clone();
            for i in 0..20 {
                let at = (part * 7919 + i * 104_729) % damaged.len();
                damaged[at] ^= 1 << (i % 8);
            }
            let _ = read_all(&damaged, None, &Limits::default(), None);
        }
    }
}
