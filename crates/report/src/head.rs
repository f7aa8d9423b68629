//! The head of a document: title, kind, place, session, date, speaker, year, number and issuer, from its first lines, else
//! from the file's name, else from the head of the page it stands on; each says where it was read.

use std::sync::LazyLock;

use regex::Regex;

use crate::formats::PageHead;
use crate::kinds::{self, Clock};
use crate::layout::Paragraph;
use crate::model::{DocumentKind, Meta, Origin, Region};
use crate::outline::{Role, marker};
use crate::period::year_number;
use crate::place;
use crate::region;

/// Patterns of head lines; all are constants that the tests compile.
fn pattern(text: &str) -> Regex {
    #[allow(clippy::expect_used)]
    Regex::new(text).expect("a constant pattern")
}

static SESSION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"在([^，。在]{0,30}人民代表大会[^，。]{0,12}第[一二三四五六七八九十]+次会议)"));
static DATE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(?:(\d{1,2})\s*日)?"));
static PLAIN_DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})"));
static SPEAKER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:省长|市长|主席|总理|州长|区长|县长|旗长|盟长)[\s　]*(\p{Han}{1,5}(?:·\p{Han}{1,6})*(?:[\s　]\p{Han})?)",
    )
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(\p{Han}{2,10})\s*[〔\[（(［【]\s*((?:19|20)\d\d)\s*年?\s*[〕\]）)］】]\s*(?:第\s*)?(\d+)\s*号")
});
static ORDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"第\s*(\d+)\s*号令|令\s*第\s*(\d+)\s*号"));
static TERM: LazyLock<Regex> = LazyLock::new(|| pattern(r"有效期(?:为|至|限为)?\s*([0-9一二三四五六七八九十]+)\s*年"));
static UNTIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"有效期(?:限)?(?:至|到)((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日"));
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"自((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日(?:\d{1,2}时)?(?:起|开始)?(?:正式)?(?:施行|实施|执行|生效)")
});
static BRACKETS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:（[^（）]*）|\([^()]*\)|\[\d+\])+\s*$"));
static FROM_ISSUE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"自(?:发布|公布|印发|颁布)之日起(?:正式)?(?:施行|实施|执行|生效)"));

/// How many of the first paragraphs are the head: those before the salutation, the first heading of a part, or the first
/// paragraph of running text.
pub(crate) fn length(paragraphs: &[Paragraph], roles: &[Role]) -> usize {
    let stop = |(p, role): (&Paragraph, &Role)| {
        let text = p.text();
        let marked = marker(&text).is_some_and(|(_, n)| !text.starts_with("——") || n == 0);
        text.starts_with("各位代表")
            || marked
            || !p.label.is_empty()
            || p.table.is_some()
            || matches!(p.heading, Some(level) if level > 0)
            || matches!(role, Role::RunIn { .. } | Role::Heading(1))
            || p.chars.len() > 60 && text.contains('。')
    };
    let n = paragraphs.iter().zip(roles).take(12).position(stop).unwrap_or(0);
    // Without anything that a head says it is not one, or nothing but a headline.
    let says = |p: &Paragraph| {
        let text = p.text();
        p.heading == Some(0)
            || text.contains("工作报告")
            || text.contains("人民代表大会")
            || kinds::of_title(&text).is_some()
            || SPEAKER.is_match(&text)
    };
    if paragraphs[..n].iter().any(says) { n } else { headline(paragraphs).map_or(0, |(lines, _)| lines) }
}

/// What documents of no known kind call themselves, as the last word of their titles.
const DOCUMENTS: &[&str] = &[
    "公报",
    "报告",
    "说明",
    "通报",
    "简报",
    "快报",
    "月报",
    "季报",
    "年报",
    "年鉴",
    "白皮书",
    "总结",
    "实录",
    "清单",
    "目录",
    "名单",
    "公告",
    "通告",
    "公示",
    "通知",
    "纪要",
    "预案",
    "规划",
    "纲要",
    "方案",
    "计划",
    "要点",
    "意见",
    "决议",
    "议案",
    "答复",
    "口径",
    "讲话",
    "发言",
    "致辞",
    "发布稿",
    "手册",
    "汇编",
    "章程",
    "标准",
    "制度",
    "声明",
    "公开",
    "情况",
];

/// The headline of a document of whatever kind: a first line, under the names of offices if they stand there, that is no
/// sentence and names a document at its end, or a year or a place in it. How many lines it and what belongs to it (dates,
/// lines in brackets) are, and the headline.
fn headline(paragraphs: &[Paragraph]) -> Option<(usize, String)> {
    let lines: Vec<String> = paragraphs.iter().take(6).map(Paragraph::text).collect();
    let office = |l: &&String| l.chars().count() <= 40 && OFFICES.iter().any(|w| l.ends_with(w));
    let at = lines.iter().take_while(office).count();
    let (line, p) = (lines.get(at)?, &paragraphs[at]);
    let plain =
        p.label.is_empty() && p.table.is_none() && p.heading.is_none_or(|level| level == 0) && marker(line).is_none();
    let sentence = line.contains(['。', '；']) || line.ends_with(['，', '、', '：', ':', ';']);
    if !plain || sentence || !(6..=60).contains(&line.chars().count()) || paragraphs.len() < at + 2 {
        return None;
    }
    // （公开稿）, (2023) after the title's last word.
    let bare = BRACKETS.replace(line, "");
    let named = DOCUMENTS.iter().any(|w| bare.trim_end().ends_with(w));
    if !named && kinds::years(line).is_empty() && place::of_title(line).is_none() {
        return None;
    }
    let belongs = |l: &&String| {
        let bracketed = l.starts_with(['（', '(', '—', '〔']) && l.ends_with(['）', ')', '〕']);
        l.chars().count() <= 40 && (bracketed || office(l) || DATE.find(l).is_some_and(|m| m.range() == (0..l.len())))
    };
    Some((at + 1 + lines[at + 1..].iter().take_while(belongs).count(), line.clone()))
}

/// What is known of a document besides its text.
pub(crate) struct Outside<'a> {
    /// The file's name.
    pub name: Option<&'a str>,
    /// What the page says of itself.
    pub page: &'a PageHead,
}

/// What head, body, file name and page say about the document, and what its times are counted from.
pub(crate) fn meta(paragraphs: &[Paragraph], head: usize, outside: &Outside<'_>) -> (Meta, Clock) {
    let lines: Vec<String> = paragraphs[..head].iter().map(Paragraph::text).collect();
    let joined = lines.join("\n");
    let stem = outside.name.map(stem);
    let page = outside.page;
    let mut meta = Meta {
        session: SESSION.captures(&joined).map(|c| c[1].to_owned()),
        speaker: speaker(&lines),
        ..Meta::default()
    };
    let titled = title(paragraphs, head, stem, page);
    if let Some((title, origin)) = titled {
        meta.doc_type = kinds::of_title(&title).unwrap_or_default();
        (meta.title, meta.origins.title) = (Some(title), Some(origin));
    }
    // What kind it is may be said where its title is not: by the name, by the page.
    for other in [stem, page.title.as_deref()].into_iter().flatten() {
        if meta.doc_type == DocumentKind::Other {
            meta.doc_type = kinds::of_title(other).unwrap_or_default();
        }
    }
    if meta.doc_type == DocumentKind::Other {
        let texts: Vec<String> = paragraphs.iter().map(Paragraph::text).collect();
        meta.doc_type = kind_of_body(&texts);
    }
    dates(&mut meta, paragraphs, &joined, page);
    places(&mut meta, paragraphs, &joined, stem, page);
    let years = years(&mut meta, stem, page);
    let date_year = meta.date.as_deref().and_then(|d| d.get(..4)?.parse().ok());
    let kind = kinds::of(meta.doc_type);
    let mut clock = (kind.clock)(&years, date_year);
    if clock.year.is_none() && clock.plans {
        clock = Clock::of(year_of_body(paragraphs));
    }
    meta.year = clock.year;
    if meta.date.is_none() && clock.plans {
        meta.date = meta.year.map(|y| y.to_string());
    }
    meta.number = number(paragraphs, head);
    meta.issuer = issuer(&meta, &lines, page);
    if meta.doc_type == DocumentKind::Measure {
        terms(&mut meta, paragraphs);
    }
    (meta, clock)
}

/// A file's name without its ending.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 5 && ending.is_ascii() => stem,
        _ => name,
    }
}

/// The last words of an office's name.
const OFFICES: &[&str] = &["局", "人民政府", "委员会", "办公室", "办公厅", "调查队"];

/// Those of an office that issues what it signs in the head.
const ISSUERS: &[&str] = &["统计局", "财政局", "人民政府", "委员会"];

/// How many of the first paragraphs a title may stand in.
const TITLE_WITHIN: usize = 20;

/// The title: of the lines of the head that look like one of a kind the one that names its year, else the longest, or what
/// the page calls its article, if that says as much; else what the format calls one; else the page's; else the file's name
/// where it looks like one; else a headline of no known kind.
fn title(paragraphs: &[Paragraph], head: usize, stem: Option<&str>, page: &PageHead) -> Option<(String, Origin)> {
    let within = head.max(TITLE_WITHIN.min(paragraphs.len()));
    let lines: Vec<String> = paragraphs[..within].iter().map(Paragraph::text).collect();
    let body_of_running_text = |l: &String| l.chars().count() > 90;
    let until = lines.iter().position(body_of_running_text).unwrap_or(lines.len());
    let lines = &lines[..until.max(head.min(lines.len()))];
    // 关于某市2025年预算执行情况 / 和2026年预算草案的报告: a title may be broken over two or three lines.
    let mut candidates: Vec<String> = Vec::new();
    for i in 0..lines.len() {
        let usable = |l: &&String| !l.contains(['。', '：', '；']) && marker(l).is_none_or(|(_, n)| n == 0);
        if !usable(&&lines[i]) {
            continue;
        }
        if kinds::of_title(&lines[i])
            .is_some_and(|k| i < head || k != DocumentKind::Measure && k != DocumentKind::Guide || i < 4)
        {
            candidates.push(lines[i].clone());
        }
        for more in 1..=2 {
            let Some(parts) = lines.get(i..=i + more).filter(|p| p.iter().all(|l| usable(&l))) else { break };
            let joined = parts.concat();
            let whole = kinds::of_title(&joined).is_some();
            let alone = parts.iter().any(|p| kinds::of_title(p).is_some_and(|k| Some(k) == kinds::of_title(&joined)));
            let broken = joined.starts_with("关于") && joined.ends_with("报告") && !parts[0].ends_with("报告");
            if whole && i < 8 && (!alone || broken) {
                candidates.push(joined);
            }
        }
    }
    let clean = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let in_session = |l: &String| l.starts_with("——") || l.contains("次会议上");
    let best = candidates
        .iter()
        .filter(|l| !in_session(l))
        .max_by_key(|l| (!kinds::years(l).is_empty(), l.chars().count() <= 60, l.chars().count()));
    // A page's own title that holds the line's words and more is the whole of it.
    if let (Some(best), Some(whole)) = (best, page.title.as_deref())
        && clean(whole).contains(clean(best).trim_end_matches(|c: char| c.is_ascii_punctuation() || c.is_ascii_digit()))
        && clean(whole).chars().count() > clean(best).chars().count() + 2
        && kinds::of_title(whole).is_some()
    {
        return Some((clean(whole.trim_start_matches("最新！")), Origin::Page));
    }
    // What the page calls its article is the title, but where a line of it says more: a line may be a frame around the title
    // (关于印发某办法的通知), a headline before it, or a sentence of the text.
    let article = page.title.as_deref().filter(|t| page.titled && t.chars().count() >= 8);
    let called = article.map(|t| (clean(t), Origin::Page));
    if let Some(best) = best {
        let called = called.filter(|_| article.is_some_and(|t| !says_more(best, t)));
        return called.or_else(|| Some((clean(best), Origin::Body)));
    }
    if let Some(named) = paragraphs.iter().take(within).find(|p| p.heading == Some(0) && p.chars.len() >= 5) {
        return Some((clean(&named.text()), Origin::Body));
    }
    if let Some(title) = page.title.as_deref().filter(|t| t.chars().count() >= 5) {
        // The page's title may be a department's heading: the name of the file, if it says more, is better.
        let kind = kinds::of_title(title);
        let named = stem.filter(|s| kinds::of_title(s).is_some());
        if kind.is_some() || named.is_none_or(|named| page.titled && !says_more(named, title)) {
            return Some((clean(title), Origin::Page));
        }
    }
    let named = stem.filter(|s| kinds::of_title(s).is_some()).map(|s| (clean(s), Origin::Name));
    named.or_else(|| headline(paragraphs).map(|(_, line)| (clean(&line), Origin::Body)))
}

/// Whether a title has a year or a place that the other one does not have.
fn says_more(title: &str, other: &str) -> bool {
    let (years, place) = (kinds::years(other), place::of_title(title));
    kinds::years(title).iter().any(|y| !years.contains(y)) || place.is_some() && place != place::of_title(other)
}

/// The kind that a text without a title shows by its make: articles, questions, pieces of a newspaper.
fn kind_of_body(texts: &[String]) -> DocumentKind {
    let begins = |word: &str| texts.iter().filter(|t| t.starts_with(word)).count();
    let article = |t: &&String| {
        let rest: String = t.chars().take(8).collect();
        rest.starts_with('第') && rest.contains('条')
    };
    if kinds::newspaper::is_page(texts.iter().map(String::as_str)) {
        return DocumentKind::Newspaper;
    }
    if texts.iter().filter(article).count() >= 5 {
        return DocumentKind::Measure;
    }
    if begins("问") >= 2 && begins("答") >= 2 {
        return DocumentKind::Guide;
    }
    DocumentKind::Other
}

/// The date: of the session; of a line in the head; of a signature at the end; of the page.
fn dates(meta: &mut Meta, paragraphs: &[Paragraph], head: &str, page: &PageHead) {
    let found = DATE.captures(head).map(|c| date(&c));
    let published =
        |text: &str| ["发布时间", "发布日期", "成文日期", "印发日期", "时间："].iter().any(|w| text.contains(w));
    let line = || {
        let mut first = paragraphs.iter().take(TITLE_WITHIN).map(Paragraph::text);
        first.find_map(|t| {
            let short = t.chars().count() <= 80 && published(&t);
            short.then(|| PLAIN_DATE.captures(&t).or_else(|| DATE.captures(&t)).map(|c| date(&c))).flatten()
        })
    };
    // Where an office signs: a line that is nothing but a date.
    let signed = || {
        let lines = paragraphs.iter().rev().map(Paragraph::text).filter(|t| t.chars().count() <= 16);
        lines.take(40).find_map(|t| {
            let bare = t.trim_matches(['（', '）', '(', ')']);
            let whole = DATE.find(bare).is_some_and(|m| m.start() == 0 && m.end() == bare.len());
            whole.then(|| DATE.captures(bare).map(|c| date(&c))).flatten().filter(|d| d.len() == 10)
        })
    };
    let own = found.or_else(|| meta.doc_type.eq(&DocumentKind::Measure).then(signed).flatten()).or_else(line);
    if let Some(own) = own {
        (meta.date, meta.origins.date) = (Some(own), Some(Origin::Body));
    } else if let Some(date) = &page.date {
        (meta.date, meta.origins.date) = (Some(date.clone()), Some(Origin::Page));
    }
}

/// The place: of the title, of the session, of the file's name, of the page; else the one that the body speaks of.
fn places(meta: &mut Meta, paragraphs: &[Paragraph], head: &str, stem: Option<&str>, page: &PageHead) {
    let report = !matches!(meta.doc_type, DocumentKind::Measure | DocumentKind::Guide | DocumentKind::Communique);
    let nation = report && (head.contains("国务院") || head.contains("全国人民代表大会"));
    let found = if nation {
        Some((vec![Region::NATION.to_owned()], Origin::Body))
    } else {
        let title = meta.title.as_deref().and_then(place::of_title).zip(meta.origins.title);
        let session = || meta.session.as_deref().and_then(place::of_title).map(|p| (p, Origin::Body));
        let lines = || head.lines().filter(|l| !l.contains("来源")).find_map(own_place).map(|p| (p, Origin::Body));
        let name = || stem.and_then(place::of_title).map(|p| (p, Origin::Name));
        let office = || {
            [&page.source, &page.site].into_iter().flatten().find_map(|s| place::of_title(s)).map(|p| (p, Origin::Page))
        };
        title.or_else(session).or_else(lines).or_else(name).or_else(office)
    };
    if let Some((places, origin)) = found {
        meta.origins.region = Some(origin);
        meta.places = places;
    } else if let Some(region) = region_of_body(paragraphs) {
        meta.places = vec![region.0];
    }
    meta.region = meta.places.last().cloned().map(Region);
}

/// The place that a line of the head names as the report's own: a province, or a city whose report or congress it is.
fn own_place(line: &str) -> Option<Vec<String>> {
    let own =
        |r: &Region| region::province_of(r).is_none() || line.contains("政府工作报告") || line.contains("人民代表大会");
    let (_, found) = region::find(line).into_iter().find(|(_, r)| !r.is_nation() && own(r))?;
    Some(place::with_province(found.0))
}

/// The years that title, name or page say, with where; empty if none does.
fn years(meta: &mut Meta, stem: Option<&str>, page: &PageHead) -> Vec<i32> {
    let title = meta.title.as_deref().map(kinds::years).filter(|y| !y.is_empty()).zip(meta.origins.title);
    let name = || stem.map(kinds::years).filter(|y| !y.is_empty()).map(|y| (y, Origin::Name));
    let paged = || page.title.as_deref().map(kinds::years).filter(|y| !y.is_empty()).map(|y| (y, Origin::Page));
    // A date of the session says the year better than the name of a file that somebody gave.
    let dated = meta.date.is_some() && meta.origins.date == Some(Origin::Body) && meta.session.is_some();
    let measure = matches!(meta.doc_type, DocumentKind::Measure | DocumentKind::Guide);
    let found = title.or_else(|| if dated || measure { None } else { name().or_else(paged) });
    match found {
        Some((years, origin)) => {
            meta.origins.year = Some(origin);
            years
        }
        None => {
            meta.origins.year = meta.origins.date;
            Vec::new()
        }
    }
}

/// The number of a document in its first lines, in its own brackets: "穗府办规〔2024〕13号", "第179号令".
fn number(paragraphs: &[Paragraph], head: usize) -> Option<String> {
    let first = paragraphs.iter().take(head.max(TITLE_WITHIN) + 10).map(Paragraph::text);
    for text in first.filter(|t| t.chars().count() <= 60) {
        if let Some(found) = NUMBER.captures(&text) {
            let office = found[1].trim_start_matches("发文字号").trim_start_matches("文号");
            return Some(format!("{office}〔{}〕{}号", &found[2], &found[3]));
        }
        if let Some(found) = ORDER.captures(&text) {
            let n = found.get(1).or(found.get(2)).map_or("", |m| m.as_str());
            return Some(format!("第{n}号令"));
        }
    }
    None
}

/// The office that issued it: what stands before 关于 in the title of a measure; else what the page names as its source; of a
/// report the government whose it is.
fn issuer(meta: &Meta, lines: &[String], page: &PageHead) -> Option<String> {
    let title = meta.title.as_deref().unwrap_or_default();
    if let Some((office, _)) = title.split_once("关于").filter(|(o, _)| (4..=60).contains(&o.chars().count())) {
        return Some(office.to_owned());
    }
    if meta.doc_type == DocumentKind::WorkReport {
        return None;
    }
    let signed = |l: &&String| {
        let count = l.chars().count();
        (4..=30).contains(&count) && ISSUERS.iter().any(|w| l.ends_with(w))
    };
    let ours = |s: &&String| !s.contains("本网") && s.chars().count() >= 3;
    lines.iter().find(signed).or_else(|| page.source.as_ref().filter(ours)).map(|s| s.trim().to_owned())
}

/// From when and until when a measure holds.
fn terms(meta: &mut Meta, paragraphs: &[Paragraph]) {
    let iso = |c: &regex::Captures<'_>| date(c);
    let mut term = None;
    for p in paragraphs {
        let text = p.text();
        if meta.effective.is_none() {
            meta.effective = FROM.captures(&text).map(|c| iso(&c));
            if meta.effective.is_none() && FROM_ISSUE.is_match(&text) {
                meta.effective = meta.date.clone();
            }
        }
        if meta.expires.is_none() {
            meta.expires = UNTIL.captures(&text).map(|c| iso(&c));
        }
        term = term.or_else(|| TERM.captures(&text).and_then(|c| wenbao_lang::numeral::number(&c[1])));
    }
    if meta.expires.is_none()
        && let (Some(from), Some(years)) = (&meta.effective, term)
        && let Some((year, rest)) = from.split_once('-')
        && let Ok(year) = year.parse::<i32>()
    {
        meta.expires = Some(format!("{:04}-{rest}", year + years as i32));
    }
}

fn date(found: &regex::Captures<'_>) -> String {
    let number = |i: usize| found.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    match (number(1), number(2), number(3)) {
        (Some(y), Some(m), Some(d)) => format!("{y:04}-{m:02}-{d:02}"),
        (Some(y), Some(m), None) => format!("{y:04}-{m:02}"),
        _ => found[1].to_owned(),
    }
}

/// The name after an office: 省长 某某某, also where it stands on the next line or runs into what follows.
fn speaker(lines: &[String]) -> Option<String> {
    let joined = lines.join(" ");
    let found = SPEAKER.captures_iter(&joined).next()?;
    let name = found.get(1)?.as_str();
    let end = name.find(['作', '在', '向']).unwrap_or(name.len());
    let name: String = name[..end].split_whitespace().collect();
    (2..=12).contains(&name.chars().count()).then_some(name)
}

/// The place that the body names most, if it says 我省 (我市, 我区) or stands out from all others.
fn region_of_body(paragraphs: &[Paragraph]) -> Option<Region> {
    let mut counts: Vec<(&str, usize)> = wenbao_lang::place::PROVINCES.iter().map(|p| (p.short, 0)).collect();
    let (mut state, mut own) = (0, 0);
    for p in paragraphs {
        let text = p.text();
        for (name, n) in &mut counts {
            *n += text.matches(*name).count();
        }
        state += text.matches("国务院向").count() + text.matches("代表国务院").count();
        own += ["我省", "全省", "我市", "全市", "我区", "全区"].iter().map(|w| text.matches(w).count()).sum::<usize>();
    }
    if state > 0 {
        return Some(Region(Region::NATION.to_owned()));
    }
    counts.sort_by_key(|c| std::cmp::Reverse(c.1));
    let clear = counts[0].1 >= 3 && counts[0].1 >= 2 * counts[1].1;
    (clear && own > 0).then(|| Region(counts[0].0.to_owned()))
}

/// The year that the plan is for, from what headings and sentences say of plan and review.
fn year_of_body(paragraphs: &[Paragraph]) -> Option<i32> {
    let mut votes: Vec<(i32, usize)> = Vec::new();
    let mut vote = |year: i32, weight: usize| match votes.iter_mut().find(|v| v.0 == year) {
        Some(v) => v.1 += weight,
        None => votes.push((year, weight)),
    };
    for p in paragraphs {
        let text = p.text();
        let chars: Vec<char> = text.chars().collect();
        for i in 0..chars.len() {
            let Some((year, next)) = year_number(&chars, i) else {
                continue;
            };
            let after: String = chars[next..].iter().take(8).collect();
            let before: String = chars[i.saturating_sub(5)..i].iter().collect();
            if after.starts_with("年工作安排")
                || after.starts_with("年的工作安排")
                || after.starts_with("年政府工作")
                || after.starts_with("年重点工作")
                || after.starts_with("年主要任务")
            {
                vote(year, 3);
            }
            if after.starts_with("年工作回顾") || after.starts_with("年的主要工作") || before.ends_with("刚刚过去的")
            {
                vote(year + 1, 3);
            }
        }
    }
    votes.into_iter().max_by_key(|v| (v.1, v.0)).map(|v| v.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::paragraphs;
    use crate::outline::role;

    fn read_with(text: &str, name: Option<&str>, page: &PageHead) -> (usize, Meta) {
        let ps = paragraphs(text, &[]);
        let roles: Vec<Role> = ps.iter().map(role).collect();
        let n = length(&ps, &roles);
        (n, meta(&ps, n, &Outside { name, page }).0)
    }

    fn read(text: &str) -> (usize, Meta) {
        read_with(text, None, &PageHead::default())
    }

    #[test]
    fn a_full_head_says_everything() {
        let (n, m) = read(
            "2025年山西省政府工作报告\n——2025年1月17日在山西省第十四届人民代表大会第三次会议上\n省长 王某某\n各位代表：\n现在报告工作。",
        );
        assert_eq!(n, 3);
        assert_eq!(m.title.as_deref(), Some("2025年山西省政府工作报告"));
        assert_eq!(m.region, Some(Region("山西".into())));
        assert_eq!(m.session.as_deref(), Some("山西省第十四届人民代表大会第三次会议"));
        assert_eq!(m.date.as_deref(), Some("2025-01-17"));
        assert_eq!(m.speaker.as_deref(), Some("王某某"));
        assert_eq!(m.year, Some(2025));
        assert_eq!(m.doc_type, DocumentKind::WorkReport);
    }

    #[test]
    fn a_missing_head_is_inferred_from_the_body() {
        let (n, m) = read(
            "各位代表：\n现在报告。\n一、“十三五”时期工作回顾\n山西全省发展，山西转型，我省山西。\n三、2021年工作安排\n山西要继续努力。",
        );
        assert_eq!((n, m.title, m.year, m.date.as_deref()), (0, None, Some(2021), Some("2021")));
        assert_eq!(m.region, Some(Region("山西".into())));
    }

    #[test]
    fn a_communique_without_a_head_is_known_by_its_file_or_its_page() {
        let text = "全年粮食产量300万吨，比上年增长5%。\n一、综合\n全市人口200万人。";
        let (_, m) = read_with(text, Some("泉州市2025年国民经济和社会发展统计公报.txt"), &PageHead::default());
        assert_eq!(m.doc_type, DocumentKind::Communique);
        assert_eq!(
            (m.year, m.region, m.places),
            (Some(2025), Some(Region("泉州".into())), vec!["福建".to_owned(), "泉州".to_owned()])
        );
        assert_eq!(m.origins.title, Some(Origin::Name));
        let page = PageHead {
            title: Some("2025年江北县国民经济和社会发展统计公报".into()),
            date: Some("2026-03-01".into()),
            source: Some("江北县统计局".into()),
            ..PageHead::default()
        };
        let (_, m) = read_with(text, None, &page);
        assert_eq!(
            (m.year, m.region, m.date.as_deref()),
            (Some(2025), Some(Region("江北县".into())), Some("2026-03-01"))
        );
        assert_eq!(m.issuer.as_deref(), Some("江北县统计局"));
    }

    #[test]
    fn a_measure_has_number_issuer_and_the_days_it_holds() {
        let (_, m) = read(
            "江北市人民政府办公厅关于印发江北市助餐服务办法的通知\n江府办规〔2024〕13号\n各区人民政府：\n现将办法印发给你们，请遵照执行。\n江北市人民政府办公厅\n2024年12月30日\n江北市助餐服务办法\n第一条 为了规范服务，制定本办法。\n第二条 本办法自2025年2月1日起施行，有效期5年。",
        );
        assert_eq!(m.doc_type, DocumentKind::Measure);
        assert_eq!(m.number.as_deref(), Some("江府办规〔2024〕13号"));
        assert_eq!(m.issuer.as_deref(), Some("江北市人民政府办公厅"));
        assert_eq!(m.date.as_deref(), Some("2024-12-30"));
        assert_eq!(m.effective.as_deref(), Some("2025-02-01"));
        assert_eq!(m.expires.as_deref(), Some("2030-02-01"));
    }

    #[test]
    fn a_document_of_no_known_kind_has_its_headline_for_a_title() {
        for (text, lines, title, region, year) in [
            (
                "江北市2023年能源平衡情况说明\n全市能源消费总量为300万吨。",
                1,
                "江北市2023年能源平衡情况说明",
                Some("江北"),
                Some(2023),
            ),
            (
                "江北市水务局 江北市环境局\n2022年水资源利用简报（公开稿）\n（2023年5月）\n全市用水12亿方。",
                3,
                "2022年水资源利用简报（公开稿）",
                None,
                Some(2022),
            ),
            ("专题会议纪要\n会议决定，新建两座水库。", 1, "专题会议纪要", None, None),
        ] {
            let (n, m) = read(text);
            assert_eq!((n, m.title.as_deref(), m.year), (lines, Some(title), year), "{text}");
            assert_eq!(m.region, region.map(|r| Region(r.into())), "{text}");
        }
        for text in
            ["今天开会\n讨论两座水库。", "一、2023年情况\n全市用水12亿方。", "2023年全市用水12亿方。\n比上年少。"]
        {
            assert_eq!(read(text).1.title, None, "{text}");
        }
    }

    #[test]
    fn a_title_broken_over_lines_is_one() {
        let (_, m) = read(
            "关于江北市2025年预算执行情况\n和2026年预算草案的报告\n——2026年1月20日在江北市第八届人民代表大会第五次会议上\n江北市财政局\n各位代表：\n现在报告。",
        );
        assert_eq!(m.title.as_deref(), Some("关于江北市2025年预算执行情况和2026年预算草案的报告"));
        assert_eq!(
            (m.year, m.date.as_deref(), m.doc_type),
            (Some(2026), Some("2026-01-20"), DocumentKind::BudgetReport)
        );
        assert_eq!(m.region, Some(Region("江北".into())));
    }

    #[test]
    fn what_the_page_calls_its_article_is_the_title_unless_a_line_says_more() {
        for (text, name, article, title) in [
            // A frame around it.
            (
                "江北市财政局\n关于印发江北市农机购置补贴办法的通知\n各县：\n现印发给你们。",
                None,
                "江北市农机购置补贴办法",
                "江北市农机购置补贴办法",
            ),
            // A headline and the title on two lines.
            (
                "财政家底向大会亮明\n2025年预算执行情况和2026年预算草案的报告\n全市收入完成70亿元，增长2%。",
                None,
                "2025年预算执行情况和2026年预算草案的报告",
                "2025年预算执行情况和2026年预算草案的报告",
            ),
            // A sentence that speaks of what a title may be.
            (
                "哪些人能领补贴？一张扶持政策清单讲明白！\n一、青年\n每人补贴2000元。",
                None,
                "江北市青年就业扶持政策清单",
                "江北市青年就业扶持政策清单",
            ),
            // The file was given a name of another kind.
            (
                "根据各代表团的意见，委员会对报告作了审查，认为预算安排稳妥可行，建议批准这个报告和草案。\n一、情况\n收入完成70亿元。",
                Some("江北市2025年预算执行情况和2026年预算草案的报告.html"),
                "江北市人大财经委关于江北市2025年预算执行情况和2026年预算草案的审查结果",
                "江北市人大财经委关于江北市2025年预算执行情况和2026年预算草案的审查结果",
            ),
            // The line has years that the page does not say.
            (
                "关于江北市2025年预算执行情况和2026年预算草案的报告\n收入完成70亿元。",
                None,
                "江北市2026年度政府预算公开",
                "关于江北市2025年预算执行情况和2026年预算草案的报告",
            ),
            // The line has a place.
            (
                "2025年江北市政府工作报告\n各位代表：\n现在报告工作。",
                None,
                "2025年政府工作报告",
                "2025年江北市政府工作报告",
            ),
        ] {
            let page = PageHead { title: Some(article.into()), titled: true, ..PageHead::default() };
            assert_eq!(read_with(text, name, &page).1.title.as_deref(), Some(title), "{text}");
        }
    }
}
