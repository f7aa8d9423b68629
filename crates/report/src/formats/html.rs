//! Web pages: the running text without navigation, a line a block, data tables as rows that name their columns.
//!
//! The tokenizer is html5ever's; no tree is built. Every block of text remembers the containers it stands in. The article
//! is the container that an editor of the usual government sites names so, if it holds half of the prose; else the
//! innermost that holds most of it.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::table::Table;
use super::{Extracted, PageHead, Writer};
use crate::error::{Error, Limits};

/// Elements may nest no deeper; what is deeper counts as inline.
const MAX_DEPTH: usize = 512;
/// A tag with more attributes than this,
const MAX_ATTRIBUTES: usize = 10_000;
/// which takes longer than this, is made to be slow.
const MAX_TAG: Duration = Duration::from_secs(2);
/// Share of all prose that the article must hold.
const MOST: f64 = 0.8;
/// A cell with so many paragraphs is a piece of layout and no datum.
const MOST_PARAGRAPHS: usize = 6;
/// Share of all prose that a container must hold which is named as an article.
const HALF: f64 = 0.5;
/// Class and id attributes under which editors of government sites put an article.
const ARTICLES: &[&str] = &[
    "TRS_Editor",
    "trs_editor_view",
    "TRS_UEDITOR",
    "Custom_UnionStyle",
    "UCAP-CONTENT",
    "zoom",
    "zoomcon",
    "zoomContent",
    "article-content",
    "article_content",
    "art_con",
    "pages_content",
    "conTxt",
    "view",
    "js_content",
];
/// Less prose than this is no document: the page shows something that is not in the file.
const LEAST_TEXT: usize = 20;
/// With less than this, what the page's images or frames show may be most of it.
const LITTLE_TEXT: usize = 200;

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
    read(&decode(bytes, limits)?, limits)
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

/// Reads a decoded page.
pub(super) fn read(html: &str, limits: &Limits) -> Result<Extracted, Error> {
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
    tokenizer.sink.0.into_inner().finish()
}

#[derive(Default)]
struct Sink(RefCell<Page>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        // A complaint about a tag is no end of it.
        page.tokens += u64::from(!matches!(token, Token::ParseError(_)));
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
    /// The level of a heading, 0 for `<h1>`.
    heading: Option<u8>,
    /// The table that stands here instead of text.
    table: Option<Table>,
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
    /// Columns and rows of the open cell, and whether it is a heading.
    span: (usize, usize, bool),
    /// The most paragraphs in one of its cells.
    paragraphs: usize,
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
    head: PageHead,
    /// Containers that are named as articles.
    named: Vec<u32>,
    frames: usize,
    scripts: usize,
    images: usize,
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
            "meta" => self.meta(tag),
            "frame" | "iframe" => self.frames += 1,
            "script" => self.scripts += 1,
            "img" => self.images += 1,
            "table" if !self.skipping() => self.tables.push(OpenTable {
                table: Table::default(),
                first: self.blocks.len(),
                cell: self.blocks.len(),
                span: (1, 1, false),
                paragraphs: 0,
            }),
            "tr" => {
                if let Some(open) = self.tables.last_mut() {
                    open.table.begin_row();
                }
            }
            "td" | "th" => {
                let at = self.blocks.len();
                let span = |key: &str| attribute(tag, key).and_then(|v| v.trim().parse().ok()).unwrap_or(1);
                if let Some(open) = self.tables.last_mut() {
                    open.cell = at;
                    self.cells += 1;
                    open.span = (span("colspan"), span("rowspan"), name == "th");
                }
            }
            _ => {}
        }
        if VOID.contains(&name) || tag.self_closing || self.open.len() >= MAX_DEPTH {
            return;
        }
        // Books put their notes aside, and the number that calls one between the words.
        let in_book = attribute(tag, "epub:type").unwrap_or_default();
        let note = name == "aside" && in_book.ends_with("note");
        let call = in_book == "noteref";
        let skipped = self.skipping()
            || call
            || SKIPPED.contains(&name) && !note
            || (name != "body" && name != "html" && marked(tag));
        self.ids += 1;
        let named = CONTAINERS.contains(&name)
            && ["class", "id"]
                .iter()
                .any(|key| attribute(tag, key).is_some_and(|v| v.split_whitespace().any(|w| ARTICLES.contains(&w))));
        if named && !skipped {
            self.named.push(self.ids);
        }
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
                    let blocks = &self.blocks[open.cell.min(self.blocks.len())..];
                    let cell: Vec<&str> = blocks.iter().map(|b| b.text.as_str()).collect();
                    let (columns, rows, head) = open.span;
                    open.paragraphs = open.paragraphs.max(cell.len());
                    open.table.cell(&cell.join(" "), columns, rows, head);
                    open.cell = self.blocks.len();
                }
            }
            "table" => self.end_table(),
            _ => {}
        }
        self.open.truncate(at);
    }

    /// A table of data stands for itself; one of layout stays the blocks that were in it.
    fn end_table(&mut self) {
        let Some(open) = self.tables.pop() else { return };
        let blocks = &self.blocks[open.first.min(self.blocks.len())..];
        let inside: usize = blocks.iter().map(|b| b.text.chars().count()).sum();
        let layout = !open.table.is_data()
            || open.paragraphs > MOST_PARAGRAPHS
            || open.table.characters() * 2 < inside
            || blocks.iter().any(|b| b.table.is_some());
        if layout {
            return;
        }
        // A caption goes before its table.
        let captions: Vec<Block> = self.blocks.drain(open.first..).filter(|b| b.element == "caption").collect();
        self.blocks.extend(captions);
        self.push(String::new(), 0, "td");
        if let Some(block) = self.blocks.last_mut() {
            block.table = Some(open.table);
        }
    }

    /// What a page says of itself in its head; the first of a name counts.
    fn meta(&mut self, tag: &Tag) {
        let (Some(name), Some(content)) = (attribute(tag, "name"), attribute(tag, "content")) else { return };
        let content = content.split_whitespace().collect::<Vec<_>>().join(" ");
        if content.is_empty() {
            return;
        }
        let slot = match name.to_ascii_lowercase().as_str() {
            "articletitle" => &mut self.head.title,
            "pubdate" | "publishdate" => &mut self.head.date,
            "contentsource" => &mut self.head.source,
            "sitename" => &mut self.head.site,
            _ => return,
        };
        slot.get_or_insert(content);
        self.head.titled = self.head.title.is_some();
    }

    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        let linked = std::mem::take(&mut self.linked);
        let line = line.trim();
        if !line.is_empty() {
            let level = self.open.iter().rev().find_map(|o| match o.name.as_str() {
                "h1" => Some(0),
                "h2" => Some(1),
                "h3" => Some(2),
                "h4" | "h5" | "h6" => Some(3),
                _ => None,
            });
            let caption = self.open.iter().rev().any(|o| o.name == "caption");
            self.push(line.to_owned(), linked, if caption { "caption" } else { "p" });
            if let Some(block) = self.blocks.last_mut() {
                block.heading = level;
            }
        }
    }

    fn push(&mut self, text: String, linked: usize, element: &'static str) {
        self.blocks.push(Block {
            text,
            linked,
            path: self.open.iter().filter(|o| CONTAINERS.contains(&o.name.as_str())).map(|o| o.id).collect(),
            element,
            heading: None,
            table: None,
        });
    }

    fn finish(mut self) -> Result<Extracted, Error> {
        self.flush();
        // A table that never ends is no table.
        self.tables.clear();
        // Navigation is links and little else.
        self.blocks.retain(|b| b.table.is_some() || b.linked * 2 < b.text.chars().count());
        let article = self.article();
        let inside = |b: &Block| article.is_none_or(|id| b.path.contains(&id));
        let prose: usize = self.blocks.iter().filter(|b| inside(b)).map(|b| b.text.chars().count()).sum();
        let tables = self.blocks.iter().any(|b| b.table.is_some());
        // A page whose text is elsewhere: nothing is stored in its name.
        if prose < LEAST_TEXT && !tables {
            if self.frames > 0 {
                return Err(Error::Elsewhere { place: "the pages in its frames" });
            }
            if self.scripts > 0 {
                return Err(Error::Elsewhere { place: "what a script writes when the page is shown" });
            }
            if self.images > 0 && prose == 0 {
                return Err(Error::Elsewhere { place: "its images" });
            }
        }
        // The title often stands above the article, in a heading or in the head of the page alone.
        let named = |line: &str| line.contains("工作报告");
        let starts_named = self.blocks.iter().filter(|b| inside(b)).take(5).any(|b| named(&b.text));
        let above = self.blocks.iter().find(|b| b.heading == Some(0) && named(&b.text)).map(|b| b.text.clone());
        let title = self.page_title();
        let mut writer = Writer::default();
        if !starts_named && let Some(title) = above.or(title.clone().filter(|t| named(t))) {
            writer.line(&title, Some(0), "");
        }
        for block in self.blocks {
            if !article.is_none_or(|id| block.path.contains(&id)) {
                continue;
            }
            match block.table {
                Some(table) => writer.table(table),
                None => {
                    // The title of a document is no heading of a part, whatever its size.
                    let titled = block.heading.is_some() && crate::kinds::of_title(&block.text).is_some();
                    writer.line(&block.text, if titled { Some(0) } else { block.heading }, "");
                }
            }
        }
        let mut out = writer.out;
        if self.images > 0 && prose < LITTLE_TEXT {
            let images = self.images;
            out.warnings.push(format!("the page has little text and {images} images, which are not read"));
        }
        if self.scripts > 0 && prose < LITTLE_TEXT && !out.text.contains('。') {
            out.warnings.push("the page has little text; what its scripts write is not in the file".to_owned());
        }
        if self.frames > 0 && prose < LITTLE_TEXT {
            out.warnings.push("the page has frames; what they show is not in the file".to_owned());
        }
        out.whole = true;
        out.page = self.head;
        out.page.date = out.page.date.as_deref().and_then(iso_date);
        out.page.title = out.page.title.or(title);
        Ok(out)
    }

    /// The page's own title without the names of the site around it: the longest of its parts.
    fn page_title(&self) -> Option<String> {
        let parts = self.title.split(['_', '|', '-', '–', '\n']).map(str::trim).filter(|t| !t.is_empty());
        let official =
            |t: &&str| ["报告", "公报", "办法", "通知", "规划", "细则", "条例"].iter().any(|w| t.contains(w));
        parts.max_by_key(|t| (official(t), t.chars().count())).map(str::to_owned)
    }

    /// The innermost container that holds most of the prose, if the page has any.
    fn article(&self) -> Option<u32> {
        let prose = |b: &Block| {
            if let Some(table) = &b.table {
                return table.characters() / 10;
            }
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
        let enough = |id: &&u32| total > 0 && held[**id as usize] as f64 >= HALF * total as f64;
        if let Some(&id) = self.named.iter().rev().find(enough) {
            return Some(id);
        }
        (1..held.len()).rev().find(|&id| held[id] as f64 >= MOST * total as f64 && total > 0).map(|id| id as u32)
    }
}

/// The value of an attribute.
fn attribute(tag: &Tag, key: &str) -> Option<String> {
    tag.attrs.iter().find(|a| &*a.name.local == key).map(|a| a.value.to_string())
}

/// "2026-01-28 11:09", "2026年1月28日" as "2026-01-28".
pub(super) fn iso_date(text: &str) -> Option<String> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty());
    let (year, month, day): (u32, u32, u32) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let fits = (1949..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    fits.then(|| format!("{year:04}-{month:02}-{day:02}"))
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
        super::read(html, &Limits::default()).unwrap().text
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
        let data = "<table><caption>单位：亿斤</caption><tr><th>指标<th>目标<tr><td>粮食<td>300</table>";
        assert_eq!(read(data), "单位：亿斤\n指标\t目标\n粮食\t300\n");
        let long = "新建公路一百二十公里，".repeat(20);
        let layout = format!("<table><tr><td>左<td><p>{long}</p><p>完成投资。</p></table>");
        assert!(read(&layout).contains(&format!("{long}\n完成投资。")), "{}", read(&layout));
    }

    #[test]
    fn a_page_without_its_text_is_refused_with_the_reason() {
        for (html, place) in [
            ("<html><title>某报告</title><frameset><frame src=a.htm></frameset></html>", "frames"),
            ("<html><title>某报告</title><body><div id=app></div><script>show()</script></body></html>", "script"),
        ] {
            let error = super::read(html, &Limits::default()).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }

    #[test]
    fn the_head_of_the_page_names_title_date_and_office() {
        let html = "<head><title>某市公报_某市统计局</title><meta name=\"ArticleTitle\" content=\"某市2025年统计公报\">\
            <meta name=PubDate content=\"2026-03-05 09:10\"><meta name=ContentSource content=某市统计局></head>\
            <div><p>全年粮食产量300万吨，增长5%。</p></div>";
        let page = super::read(html, &Limits::default()).unwrap().page;
        assert_eq!(page.title.as_deref(), Some("某市2025年统计公报"));
        assert_eq!(page.date.as_deref(), Some("2026-03-05"));
        assert_eq!(page.source.as_deref(), Some("某市统计局"));
    }

    #[test]
    fn an_editors_container_is_the_article_though_more_stands_around_it() {
        let html = "<div class=box><div class=tip>提示，请注意，请注意。</div><div class=TRS_Editor>\
            <p>全年粮食产量300万吨，增长5%。</p><p>煤炭产量20万吨，下降3%。</p></div></div>";
        assert_eq!(read(html), "全年粮食产量300万吨，增长5%。\n煤炭产量20万吨，下降3%。\n");
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
            let error = super::read(&html, &Limits::default()).unwrap_err();
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
        assert!(super::read(&format!("<table>{}</table>", row.repeat(5)), &few).is_ok());
        assert!(matches!(super::read(&format!("<table>{}</table>", row.repeat(6)), &few), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn the_declared_encoding_counts() {
        let (bytes, _, _) = encoding_rs::GBK.encode("<meta charset=gb2312><p>中文，网页。</p>");
        assert_eq!(extract(&bytes, &Limits::default()).unwrap().text, "中文，网页。\n");
    }
}
