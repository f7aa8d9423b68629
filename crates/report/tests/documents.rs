//! Small documents of all kinds in the project's own words, read as files: what each part says, with its time, its status
//! and its source.

use std::io::{Cursor, Write};

use wenbao_report::{Document, DocumentKind, Error, Passage, Period, Quantity, Status, read_bytes};

/// A Word document with these parts besides the main one.
fn docx_with(body: &str, parts: &[(&str, &str)], main: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, content: &str| {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    };
    let namespaces = "xmlns:w=\"w\" xmlns:r=\"r\"";
    put(main, &format!("<w:document {namespaces}><w:body>{body}</w:body></w:document>"));
    put(
        "_rels/.rels",
        &format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"x/officeDocument\" Target=\"{main}\"/></Relationships>"
        ),
    );
    parts.iter().for_each(|(name, content)| put(name, content));
    zip.finish().unwrap().into_inner()
}

fn docx(body: &str) -> Vec<u8> {
    docx_with(body, &[], "word/document.xml")
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn styled(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn read(bytes: &[u8], name: &str) -> Document {
    read_bytes(bytes, Some(name)).unwrap()
}

/// The quantity with this text, its period and its status.
fn found<'a>(document: &'a Document, text: &str) -> (&'a Quantity, Option<Period>, Option<Status>, &'a Passage) {
    let all = document.passages.iter().flat_map(|p| p.sentences.iter().map(move |s| (p, s)));
    let hit = all.flat_map(|(p, s)| s.quantities.iter().map(move |q| (p, s, q))).find(|(_, _, q)| q.text == text);
    let (p, s, q) = hit.unwrap_or_else(|| panic!("no {text} in {:#?}", document.passages));
    (q, q.period.or(s.period), q.status.or(s.status), p)
}

fn year(period: Option<Period>) -> Option<i32> {
    period.and_then(|p| p.single_year())
}

#[test]
fn headings_of_word_by_style_and_by_number_give_time_and_status() {
    let numbering = "<w:numbering><w:abstractNum w:abstractNumId=\"0\">\
        <w:lvl w:ilvl=\"0\"><w:numFmt w:val=\"chineseCounting\"/><w:lvlText w:val=\"%1、\"/></w:lvl>\
        <w:lvl w:ilvl=\"1\"><w:numFmt w:val=\"chineseCounting\"/><w:lvlText w:val=\"（%2）\"/></w:lvl></w:abstractNum>\
        <w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>";
    let relations =
        "<Relationships><Relationship Id=\"r5\" Type=\"x/numbering\" Target=\"numbering.xml\"/></Relationships>";
    let number = |level: u8| format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"1\"/></w:numPr>");
    let numbered = [
        p("2025年江北市政府工作报告"),
        styled(&number(0), "2024年工作回顾"),
        styled(&number(1), "工业稳中有进"),
        p("新建车间35个。"),
        styled(&number(0), "2025年工作安排"),
        styled(&number(1), "抓好项目"),
        p("新建车间50个。"),
    ]
    .concat();
    let parts = [("word/_rels/document.xml.rels", relations), ("word/numbering.xml", numbering)];
    let styles = numbered
        .replace(&number(0), "<w:pStyle w:val=\"Heading1\"/>")
        .replace(&number(1), "<w:pStyle w:val=\"Heading2\"/>");
    for (bytes, section) in [
        (docx_with(&numbered, &parts, "word/document.xml"), ["二、2025年工作安排", "（一）抓好项目"]),
        (docx(&styles), ["2025年工作安排", "抓好项目"]),
    ] {
        let document = read(&bytes, "a.docx");
        let (_, period, status, passage) = found(&document, "50个");
        assert_eq!((year(period), status), (Some(2025), Some(Status::Target)));
        assert_eq!(passage.text, "新建车间50个。");
        assert_eq!(passage.section, section);
        let (_, period, status, _) = found(&document, "35个");
        assert_eq!((year(period), status), (Some(2024), Some(Status::Actual)));
    }
}

#[test]
fn tables_of_word_and_of_pages_say_their_cells() {
    let cell = |properties: &str, text: &str| format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", p(text));
    let down = "<w:vMerge w:val=\"restart\"/>";
    let goes_on = "<w:vMerge/>";
    let rows = [
        [cell(down, "指标"), cell("<w:gridSpan w:val=\"2\"/>", "2024年"), cell(down, "2025年")].concat(),
        [cell(goes_on, ""), cell("", "计划"), cell("", "实际"), cell(goes_on, "")].concat(),
        [cell("", "粮食产量（万吨）"), cell("", "150"), cell("", "162"), cell("", "165")].concat(),
    ];
    let table: String = rows.iter().map(|r| format!("<w:tr>{r}</w:tr>")).collect();
    let word =
        docx(&[p("2025年江北市政府工作报告"), p("一、2024年工作回顾"), format!("<w:tbl>{table}</w:tbl>")].concat());
    let page = "<html><body><p>2025年江北市政府工作报告</p><p>一、2024年工作回顾</p><table>\
        <tr><th rowspan=2>指标<th colspan=2>2024年<th rowspan=2>2025年</tr><tr><th>计划<th>实际</tr>\
        <tr><td>粮食产量（万吨）<td>150<td>162<td>165</tr></table></body></html>";
    for (bytes, name) in [(word.as_slice(), "a.docx"), (page.as_bytes(), "a.html")] {
        let document = read(bytes, name);
        for (text, at, status) in
            [("150万吨", 2024, Status::Target), ("162万吨", 2024, Status::Actual), ("165万吨", 2025, Status::Target)]
        {
            let (q, period, said, passage) = found(&document, text);
            assert_eq!((year(period), said, q.measure.as_str()), (Some(at), Some(status), "粮食产量"), "{name} {text}");
            assert!(passage.made);
            // The source of the value is its cell.
            let source: String =
                document.text.chars().collect::<Vec<_>>()[passage.source_of(q.range.clone())].iter().collect();
            assert!(text.starts_with(&source) && !source.is_empty(), "{source}");
        }
        let (_, _, _, passage) = found(&document, "162万吨");
        assert_eq!(passage.section, ["一、2024年工作回顾"]);
        assert_eq!((passage.cells[1].row, passage.cells[1].column), (2, 2));
    }
}

#[test]
fn a_note_stands_behind_the_paragraph_that_calls_it() {
    let notes = "<w:footnotes><w:footnote w:id=\"2\"><w:p><w:r><w:t>三改：指节能等三项改造，涉及机组12台。</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let relations =
        "<Relationships><Relationship Id=\"r5\" Type=\"x/footnotes\" Target=\"footnotes.xml\"/></Relationships>";
    let body = "<w:p><w:r><w:t>完成“三改”</w:t></w:r><w:r><w:footnoteReference w:id=\"2\"/></w:r><w:r><w:t>180万千瓦。</w:t></w:r></w:p>";
    let body = [p("2025年江北市政府工作报告"), p("一、2024年工作回顾"), body.to_owned()].concat();
    let bytes = docx_with(
        &body,
        &[("word/_rels/document2.xml.rels", relations), ("word/footnotes.xml", notes)],
        "word/document2.xml",
    );
    let document = read(&bytes, "a.docx");
    assert!(document.text.contains("完成“三改”180万千瓦。\n三改：指节能等三项改造"), "{}", document.text);
    assert_eq!(year(found(&document, "12台").1), Some(2024));
}

#[test]
fn each_kind_says_what_its_year_means() {
    for (text, kind, at, value, said, status) in [
        (
            "江北市2025年国民经济和社会发展统计公报\n江北市统计局\n2026年3月30日\n一、综合\n全年粮食产量300万吨，比上年增长5%。",
            DocumentKind::Communique,
            2025,
            "300万吨",
            2025,
            Status::Actual,
        ),
        (
            "关于江北市2025年预算执行情况和2026年预算草案的报告\n各位代表：\n一、2025年预算执行情况\n公共预算收入完成80亿元。\n二、2026年预算草案\n公共预算收入安排90亿元。",
            DocumentKind::BudgetReport,
            2026,
            "90亿元",
            2026,
            Status::Target,
        ),
        (
            "关于江北市2025年国民经济和社会发展计划执行情况与2026年计划草案的报告\n一、2025年计划执行情况\n粮食产量20万吨。\n二、2026年主要目标\n粮食产量21万吨。",
            DocumentKind::PlanReport,
            2026,
            "20万吨",
            2025,
            Status::Actual,
        ),
    ] {
        let document = read(text.as_bytes(), "a.txt");
        assert_eq!((document.meta.doc_type, document.meta.year), (kind, Some(at)), "{text}");
        assert_eq!(document.meta.region.as_ref().map(|r| r.0.as_str()), Some("江北"), "{text}");
        let (_, period, got, _) = found(&document, value);
        assert_eq!((year(period), got), (Some(said), Some(status)), "{text}");
    }
}

#[test]
fn a_toolbar_before_the_title_goes() {
    let text = "下载\n打印\n收藏\n【字号：\n加大\n还原\n减小\n】\n2026年江北市政府工作报告\n——2026年2月2日在江北市第九届人民代表大会第六次会议上\n市长 某某\n各位代表：\n一、2025年工作回顾\n新建桥梁12座。";
    let document = read(text.as_bytes(), "报告.txt");
    assert_eq!(document.meta.title.as_deref(), Some("2026年江北市政府工作报告"));
    assert_eq!(document.meta.date.as_deref(), Some("2026-02-02"));
    assert!(document.passages.iter().all(|p| !p.text.contains("收藏")), "{:?}", document.passages[0].text);
    assert_eq!(year(found(&document, "12座").1), Some(2025));
}

#[test]
fn containers_are_read_or_refused_with_the_reason() {
    let rtf = r"{\rtf1\ansi\ansicpg936 \'d0\'c2\'d4\'f65\'d7\'f9\'a1\'a3\par}";
    assert!(read(rtf.as_bytes(), "a.doc").text.contains("新增5座。"));
    let word = "<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><w:wordDocument xmlns:w=\"w\"><w:body><w:p><w:r><w:t>新增220家。</w:t></w:r></w:p></w:body></w:wordDocument>";
    assert_eq!(read(word.as_bytes(), "a.doc").text, "新增220家。\n");
    let csv = read("指标,2024年,2025年目标\n粮食产量（万吨）,162,165\n".as_bytes(), "2025年江北市主要指标.csv");
    assert_eq!(year(found(&csv, "165万吨").1), Some(2025));
    let base64 = format!("{}\n", "QUJDREVG".repeat(9)).repeat(10);
    for (bytes, word) in [
        (base64.as_bytes(), "base64"),
        (b"<?xml version=\"1.0\"?><a>\xe5\xad\x97</a>".as_slice(), "XML"),
        ("<html><title>某报告</title><frameset><frame src=a.htm></frameset></html>".as_bytes(), "frames"),
        ("<html><body><div id=app></div><script>f()</script></body></html>".as_bytes(), "script"),
    ] {
        let error = read_bytes(bytes, Some("a")).unwrap_err();
        assert!(!matches!(error, Error::Empty) && error.to_string().contains(word), "{error}");
    }
}
