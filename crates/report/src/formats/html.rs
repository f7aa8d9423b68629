//! Web pages: the running text without navigation, a line a block, data tables as rows that name their columns.
//!
//! The tokenizer is html5ever's; no tree is built. Every block of text remembers the containers it stands in, and the
//! innermost container that holds most of the prose is the article.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::Extracted;
use super::table::Table;
use crate::error::{Error, Limits};

/// Elements may nest no deeper; what is deeper counts as inline.
const MAX_DEPTH: usize = 512;
/// A tag with more attributes than this,
const MAX_ATTRIBUTES: usize = 10_000;
/// which takes longer than this, is made to be slow.
const MAX_TAG: Duration = Duration::from_secs(2);
/// Share of all prose that the article must hold.
const MOST: f64 = 0.8;
/// A cell longer than this is a piece of layout and no datum.
const LONGEST_CELL: usize = 150;

/// Elements whose content is never running text.
const SKIPPED: &[&str] = &[
    "script", "style", "nav", "footer", "aside", "button", "select", "svg", "template", "noscript", "iframe", "object",
    "textarea", "canvas", "map",
];
/// Elements that begin and end a line.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "body",
    "table",
    "tr",
    "td",
    "th",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "hr",
    "form",
    "fieldset",
    "center",
    "figure",
    "figcaption",
    "title",
    "caption",
    "tbody",
    "thead",
    "address",
    "details",
    "summary",
];
/// Elements that an article may be.
const CONTAINERS: &[&str] =
    &["div", "section", "article", "main", "body", "td", "center", "form", "blockquote", "pre", "fieldset", "figure"];
/// Elements without an end tag.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Words of class and id attributes that mark what is no article.
const MARKS: &[&str] = &[
    "nav",
    "menu",
    "footer",
    "foot",
    "sidebar",
    "breadcrumb",
    "crumb",
    "crumbs",
    "share",
    "comment",
    "comments",
    "related",
    "recommend",
    "copyright",
    "pagination",
    "pager",
    "toolbar",
    "search",
    "login",
    "bottom",
    "hidden",
];

pub(crate) fn extract(bytes: &[u8], limits: &Limits) -> Result<Extracted, Error> {
    let html = decode(bytes, limits)?;
    Ok(Extracted { text: text(&html, limits)?, pages: Vec::new() })
}

/// Decodes by what the page says of itself, else by detection.
fn decode(bytes: &[u8], limits: &Limits) -> Result<String, Error> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let label = head.split_once("charset=").map(|(_, rest)| rest.trim_start_matches(['"', '\'', ' ']));
    let label = label.and_then(|l| l.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).next());
    let declared = label.and_then(|l| encoding_rs::Encoding::for_label(l.as_bytes()));
    if let Some(encoding) = declared.filter(|_| std::str::from_utf8(bytes).is_err()) {
        let (text, _, bad) = encoding.decode(bytes);
        if !bad {
            return crate::decode::within(text.into_owned(), limits);
        }
    }
    crate::decode::decode(bytes, limits)
}

fn text(html: &str, limits: &Limits) -> Result<String, Error> {
    let started = Instant::now();
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    // In pieces, so that a page made to be slow is stopped at the limit.
    let mut rest = html;
    // Since when, and for how many possible attributes, the tokenizer has said nothing.
    let (mut quiet, mut parts) = (started, 0);
    while !rest.is_empty() {
        let mut end = rest.len().min(1 << 16);
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let piece = &rest[..end];
        queue.push_back(StrTendril::from_slice(piece));
        rest = &rest[end..];
        let before = tokenizer.sink.0.borrow().tokens;
        let _ = tokenizer.feed(&queue);
        let page = tokenizer.sink.0.borrow();
        if page.tokens != before {
            (quiet, parts) = (Instant::now(), 0);
        } else {
            parts += piece.bytes().filter(|&b| b == b'/' || b.is_ascii_whitespace()).count();
        }
        // Each attribute of a tag is compared with those before it; what is one long value is done in no time.
        if parts > MAX_ATTRIBUTES && quiet.elapsed() > MAX_TAG {
            return Err(Error::Damaged { format: ".html", detail: "a tag of it has too many attributes".to_owned() });
        }
        Limits::count("the number of its table cells", page.cells, limits.table_cells)?;
        drop(page);
        if started.elapsed().as_secs() >= limits.seconds {
            return Err(Error::TooSlow { seconds: limits.seconds });
        }
    }
    tokenizer.end();
    Ok(tokenizer.sink.0.into_inner().finish())
}

#[derive(Default)]
struct Sink(RefCell<Page>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        page.tokens += 1;
        match token {
            Token::CharacterTokens(text) => page.text(&text),
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                match tag.kind {
                    TagKind::StartTag => {
                        page.start(&name, &tag);
                        // The tokenizer has to know where markup is no markup.
                        return match name.as_str() {
                            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                            "style" | "iframe" | "noscript" => TokenSinkResult::RawData(RawKind::Rawtext),
                            "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                            _ => TokenSinkResult::Continue,
                        };
                    }
                    TagKind::EndTag => page.end(&name),
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// A line of text.
struct Block {
    text: String,
    /// Characters of it that are links.
    linked: usize,
    /// Containers it stands in, outermost first.
    path: Vec<u32>,
    /// The element that made it.
    element: &'static str,
}

struct Open {
    name: String,
    id: u32,
    skipped: bool,
}

struct OpenTable {
    table: Table,
    first: usize,
    cell: usize,
}

#[derive(Default)]
struct Page {
    open: Vec<Open>,
    ids: u32,
    line: String,
    linked: usize,
    blocks: Vec<Block>,
    tables: Vec<OpenTable>,
    title: String,
    /// Tokens seen.
    tokens: u64,
    /// Cells of all tables so far.
    cells: usize,
}

impl Page {
    fn skipping(&self) -> bool {
        self.open.last().is_some_and(|o| o.skipped)
    }

    fn text(&mut self, text: &str) {
        if self.skipping() {
            return;
        }
        if self.open.last().is_some_and(|o| o.name == "title") {
            self.title.push_str(text);
            return;
        }
        // White space of the source is one space; the no-break space of a page's indent is white space too.
        for c in text.chars() {
            if c.is_whitespace() {
                if !self.line.is_empty() && !self.line.ends_with(' ') {
                    self.line.push(' ');
                }
            } else {
                self.line.push(c);
            }
        }
        if self.open.iter().any(|o| o.name == "a") {
            self.linked += text.chars().filter(|c| !c.is_whitespace()).count();
        }
    }

    fn start(&mut self, name: &str, tag: &Tag) {
        if BLOCKS.contains(&name) {
            // A paragraph, an item, a row and a cell end where the next begins.
            let closes: &[&str] = match name {
                "li" => &["li"],
                "tr" => &["td", "th", "tr"],
                "td" | "th" => &["td", "th"],
                "dt" | "dd" => &["dt", "dd"],
                _ => &[],
            };
            if self.open.last().is_some_and(|o| o.name == "p") {
                self.end("p");
            }
            while let Some(open) = self.open.last().map(|o| o.name.clone()).filter(|o| closes.contains(&o.as_str())) {
                self.end(&open);
            }
            self.flush();
        }
        match name {
            "br" => self.flush(),
            "table" if !self.skipping() => self.tables.push(OpenTable {
                table: Table::default(),
                first: self.blocks.len(),
                cell: self.blocks.len(),
            }),
            "tr" => {
                if let Some(open) = self.tables.last_mut() {
                    open.table.begin_row();
                }
            }
            "td" | "th" => {
                let at = self.blocks.len();
                if let Some(open) = self.tables.last_mut() {
                    open.cell = at;
                    self.cells += 1;
                }
            }
            _ => {}
        }
        if VOID.contains(&name) || tag.self_closing || self.open.len() >= MAX_DEPTH {
            return;
        }
        let skipped = self.skipping() || SKIPPED.contains(&name) || (name != "body" && name != "html" && marked(tag));
        self.ids += 1;
        self.open.push(Open { name: name.to_owned(), id: self.ids, skipped });
    }

    fn end(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|o| o.name == name) else { return };
        // What is still open inside ends with it, cells of a table in good order.
        while let Some(inner) = self.open.get(at + 1..).and_then(|inner| inner.last()).map(|o| o.name.clone()) {
            self.end(&inner);
        }
        if BLOCKS.contains(&name) {
            self.flush();
        }
        let skipped = self.open[at].skipped;
        match name {
            _ if skipped => {}
            "td" | "th" => {
                if let Some(open) = self.tables.last_mut() {
                    let cell: Vec<&str> =
                        self.blocks[open.cell.min(self.blocks.len())..].iter().map(|b| b.text.as_str()).collect();
                    open.table.cell(&cell.join(" "));
                }
            }
            "table" => self.end_table(),
            _ => {}
        }
        self.open.truncate(at);
    }

    /// A table of data becomes its rows; one of layout stays the blocks that were in it.
    fn end_table(&mut self) {
        let Some(open) = self.tables.pop() else { return };
        let inside: usize =
            self.blocks[open.first.min(self.blocks.len())..].iter().map(|b| b.text.chars().count()).sum();
        if open.table.longest_cell() > LONGEST_CELL || open.table.characters() * 2 < inside {
            return;
        }
        self.blocks.truncate(open.first);
        for line in open.table.lines() {
            self.push(line, 0, "td");
        }
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        let linked = std::mem::take(&mut self.linked);
        let line = line.trim();
        if !line.is_empty() && !self.skipping() {
            let heading = self.open.iter().any(|o| matches!(o.name.as_str(), "h1" | "h2"));
            self.push(line.to_owned(), linked, if heading { "h1" } else { "p" });
        }
    }

    fn push(&mut self, text: String, linked: usize, element: &'static str) {
        self.blocks.push(Block {
            text,
            linked,
            path: self.open.iter().filter(|o| CONTAINERS.contains(&o.name.as_str())).map(|o| o.id).collect(),
            element,
        });
    }

    fn finish(mut self) -> String {
        self.flush();
        // A table that never ends is no table.
        self.tables.clear();
        // Navigation is links and little else.
        self.blocks.retain(|b| b.linked * 2 < b.text.chars().count());
        let article = self.article();
        let inside = |b: &Block| article.is_none_or(|id| b.path.contains(&id));
        let mut lines: Vec<&str> = self.blocks.iter().filter(|b| inside(b)).map(|b| b.text.as_str()).collect();
        // The title often stands above the article, in a heading or in the head of the page alone.
        let named = |line: &str| line.contains("工作报告");
        if !lines.iter().take(5).any(|l| named(l)) {
            let above = self.blocks.iter().find(|b| b.element == "h1" && named(&b.text)).map(|b| b.text.as_str());
            let title = self.title.split(['_', '|', '-', '–']).map(str::trim).find(|t| named(t));
            lines.splice(0..0, above.or(title));
        }
        lines.join("\n") + "\n"
    }

    /// The innermost container that holds most of the prose, if the page has any.
    fn article(&self) -> Option<u32> {
        let prose = |b: &Block| {
            b.text.chars().filter(|c| matches!(c, '。' | '，' | '；')).count() * 10 + b.text.chars().count() / 10
        };
        let total: usize = self.blocks.iter().map(prose).sum();
        let mut held = vec![0usize; self.ids as usize + 1];
        for block in &self.blocks {
            for &id in &block.path {
                held[id as usize] += prose(block);
            }
        }
        // Containers are numbered as they open: of those that hold enough, the last is the innermost.
        (1..held.len()).rev().find(|&id| held[id] as f64 >= MOST * total as f64 && total > 0).map(|id| id as u32)
    }
}

/// Whether class, id, role or style say that an element is navigation or hidden.
fn marked(tag: &Tag) -> bool {
    tag.attrs.iter().any(|a| match a.name.local.as_ref() {
        "class" | "id" => a
            .value
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|w| MARKS.contains(&w.to_ascii_lowercase().as_str())),
        "role" => a.value.eq_ignore_ascii_case("navigation"),
        "style" => a.value.replace(' ', "").to_ascii_lowercase().contains("display:none"),
        "hidden" => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> String {
        text(html, &Limits::default()).unwrap()
    }

    #[test]
    fn the_article_is_kept_and_navigation_is_not() {
        let html = "<html><head><title>2025年某省政府工作报告_门户网站</title><style>p{}</style></head><body>\
            <div class=\"nav\"><a href=x>首页</a> <a href=y>政务</a></div>\
            <div id=main><p>&nbsp;&nbsp;各位代表：</p><p>去年，粮食产量达到<b>300</b>亿斤，增长5%。</p>\
            <p>今年，新建公路<br>120公里。<script>var a = '<p>不是正文。</p>';</script></p></div>\
            <ul><li><a href=z>相关文章，很长的标题。</a></ul><footer>版权所有，违者必究。</footer></body></html>";
        assert_eq!(
            read(html),
            "2025年某省政府工作报告\n各位代表：\n去年，粮食产量达到300亿斤，增长5%。\n今年，新建公路\n120公里。\n"
        );
    }

    #[test]
    fn tables_of_data_become_rows_and_tables_of_layout_text() {
        let data = "<table><tr><th>指标<th>目标<tr><td>粮食<td>300亿斤</table>";
        assert_eq!(read(data), "指标：粮食；目标：300亿斤。\n");
        let long = "新建公路一百二十公里，".repeat(20);
        let layout = format!("<table><tr><td>左<td><p>{long}</p><p>完成投资。</p></table>");
        assert!(read(&layout).contains(&format!("{long}\n完成投资。")), "{}", read(&layout));
    }

    #[test]
    fn broken_and_deep_markup_is_read_all_the_same() {
        assert_eq!(read("</div><p>甲，乙。</table></p><td>丙，丁。"), "甲，乙。\n丙，丁。\n");
        assert!(read(&("<div>".repeat(100_000) + "正文，在这里。")).contains("正文，在这里。"));
    }

    #[test]
    fn a_tag_made_to_be_slow_is_refused_soon_and_a_picture_within_the_page_is_not() {
        let started = Instant::now();
        for between in [" ", "/"] {
            let names: Vec<String> = (0..500_000).map(|n| format!("a{n}")).collect();
            let html = format!("<p {}>正文，在此。", names.join(between));
            let error = text(&html, &Limits::default()).unwrap_err();
            assert!(error.to_string().contains("attributes"), "{error}");
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        let picture = format!("<img src=\"data:image/png;base64,{}\"><p>正文，在此。", "iVBORw0K/go ".repeat(200_000));
        assert_eq!(read(&picture), "正文，在此。\n");
    }

    #[test]
    fn a_table_has_not_more_cells_than_may_be() {
        let few = Limits { table_cells: 10, ..Limits::default() };
        let row = "<tr><td>1<td>2";
        assert!(text(&format!("<table>{}</table>", row.repeat(5)), &few).is_ok());
        assert!(matches!(text(&format!("<table>{}</table>", row.repeat(6)), &few), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn the_declared_encoding_counts() {
        let (bytes, _, _) = encoding_rs::GBK.encode("<meta charset=gb2312><p>中文，网页。</p>");
        assert_eq!(extract(&bytes, &Limits::default()).unwrap().text, "中文，网页。\n");
    }
}
