//! Answers that are words: times, names and lists, taken verbatim out of a sentence.
//!
//! A name answers where the question has its question word: what stands beside it in the question stands beside
//! the name in the sentence ("太钢集团和哪家央企联合重组" against "太钢集团与中国宝武联合重组"). So each sentence is aligned with
//! the question, and the stretches that the question does not hold are the candidates.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::{Probe, Scored};
use crate::grams::is_han;
use crate::values::clause_around;
use crate::view::SentenceView;

/// A phrase of a sentence as a candidate answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    /// Where it stands in the sentence, in Unicode scalar values.
    pub range: Range<usize>,
    /// Higher is better; comparable within one sentence.
    pub score: f32,
    /// How far its form is what was asked for, 0–1: a name of the class, a list of the length, a time. What the
    /// confidence sees of an answer that is words.
    pub form: f32,
}

/// No short answer is longer.
pub(crate) const MAX_ANSWER: usize = 60;

const NUMERAL: &str =
    "(?:[0-9]+(?:\\.[0-9]+)?(?:[-—－至到][0-9]+)?|[一二两三四五六七八九十百半]+(?:、[二三四五六七八九十])?)";

/// Points of the calendar, as reports write them.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let n = "(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})";
    let year = "(?:[0-9]{4}|[一二三四五六七八九〇○零]{4})年";
    let close = "(?:底前|底|末|初|中旬|上旬|下旬|以前|之前|前|起|内|以内|份)?";
    let pattern = format!(
        "{year}(?:{n}月(?:{n}日)?)?{close}|{n}月(?:{n}日)?{close}|(?:今年|明年|去年|当年|次年)?(?:年底|年末|年初|年中|年内|上半年|下半年)(?:前|之前|以前)?|(?:今|明|去|当|次)年(?:底|末|初)(?:前|之前|以前)?|(?:本届政府)?任期内|本届政府任期|“[一二三四五六七八九十]+五”(?:时期|期间|末)|[一二三四]季度(?:末|前)?|本世纪(?:中叶|末)|(?:今年|明年|去年)"
    );
    Regex::new(&pattern).unwrap_or_else(|_| unreachable!("a constant pattern"))
});

/// Spans of time.
static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!("(?:近|约|超过|连续)?{NUMERAL}(?:多|余)?(?:个)?(?:多|余)?(?:年半|周年|年|月|天|日|小时|分钟|周岁|岁|周|星期|季度)(?:半)?(?:以上|以内|之内|内|左右|多)?"))
        .unwrap_or_else(|_| unreachable!("a constant pattern"))
});

fn find(pattern: &Regex, chars: &[char]) -> Vec<Range<usize>> {
    let text: String = chars.iter().collect();
    pattern
        .find_iter(&text)
        .map(|m| {
            let start = text[..m.start()].chars().count();
            start..start + m.as_str().chars().count()
        })
        .collect()
}

/// Dates and spans of time in a sentence.
pub(crate) fn time_spans(chars: &[char]) -> Vec<Range<usize>> {
    let mut all = find(&DATE, chars);
    all.extend(find(&DURATION, chars));
    all.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in all {
        if out.last().is_none_or(|last| range.start >= last.end) {
            out.push(range);
        }
    }
    out
}

/// For each character of a sentence, whether the question holds it too, as part of at least two characters in a row.
fn aligned(question: &[char], sentence: &[char]) -> Vec<bool> {
    let pairs: HashSet<(char, char)> = question.windows(2).map(|w| (w[0], w[1])).collect();
    let mut held = vec![false; sentence.len()];
    for (at, pair) in sentence.windows(2).enumerate() {
        if pair.iter().all(|c| c.is_alphanumeric()) && pairs.contains(&(pair[0], pair[1])) {
            held[at] = true;
            held[at + 1] = true;
        }
    }
    held
}

/// The share of the question's words, by weight, that stand within a part of the sentence, 0–1.
fn share(probe: &Probe, view: &SentenceView, part: &Range<usize>) -> f32 {
    let keys: HashSet<u64> =
        view.grams.iter().filter(|g| g.range.start >= part.start && g.range.end <= part.end).map(|g| g.key).collect();
    probe.question.coverage(|k| keys.contains(&k))
}

/// The part of a clause around a position: between the nearest marks of an enumeration.
fn part_around(chars: &[char], at: &Range<usize>) -> Range<usize> {
    let clause = clause_around(chars, at);
    let start =
        chars[clause.start..at.start].iter().rposition(|c| *c == '、').map_or(clause.start, |i| clause.start + i + 1);
    let end = chars[at.end..clause.end].iter().position(|c| *c == '、').map_or(clause.end, |i| at.end + i);
    start..end
}

/// The time that the sentence gives for what is asked.
pub(crate) fn time(probe: &Probe, scored: &Scored, duration: bool) -> Option<Span> {
    let view = &scored.passage.sentences[scored.sentence];
    let held = aligned(&probe.question_chars, &view.chars);
    let of_kind = find(if duration { &DURATION } else { &DATE }, &view.chars);
    let spans = if of_kind.is_empty() { time_spans(&view.chars) } else { of_kind };
    spans
        .into_iter()
        .map(|range| {
            let clause = clause_around(&view.chars, &range);
            let part = part_around(&view.chars, &range);
            let words: String = view.chars[part.clone()].iter().collect();
            let numbers = probe.numbers.iter().filter(|n| words.contains(n.as_str())).count() as f32;
            let inside = share(probe, view, &clause) * 3.0 + share(probe, view, &part) * 3.0 + numbers;
            let gap = nearest(&held, &range).map_or(40, |g| g.min(40)) as f32;
            // A time that the question names itself is no answer to "when".
            let known = range.clone().filter(|i| held[*i]).count() as f32 / range.len().max(1) as f32;
            let exact = range.len() as f32 * 0.05;
            Span { score: inside - gap * 0.08 - known * 2.0 + exact, form: 1.0 - known, range }
        })
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Distance from a range to the nearest held character outside it.
fn nearest(held: &[bool], range: &Range<usize>) -> Option<usize> {
    held.iter()
        .enumerate()
        .filter(|(i, h)| **h && !range.contains(i))
        .map(|(i, _)| if i < range.start { range.start - i - 1 } else { i - range.end })
        .min()
}

/// Verbs and particles of reports: where they stand, a name begins or ends. Longer words first where one begins another.
const EDGES: &[&str] = &[
    "挂牌成立",
    "促进",
    "坚持",
    "坚决",
    "加强",
    "扩大",
    "改善",
    "维护",
    "鼓励",
    "引导",
    "完善",
    "健全",
    "落实",
    "优化",
    "调整",
    "开征",
    "收复",
    "防范",
    "化解",
    "带动",
    "拉动",
    "积极",
    "大力",
    "着力",
    "切实",
    "稳步",
    "有序",
    "作为",
    "筹办",
    "我们",
    "我国",
    "我省",
    "我市",
    "我区",
    "开工建设",
    "启动建设",
    "规划建设",
    "建成投用",
    "建成通车",
    "投入运营",
    "开放运营",
    "成功举办",
    "大力推动",
    "积极推动",
    "加快推动",
    "加快建设",
    "前瞻布局",
    "布局发展",
    "入选",
    "获批",
    "获评",
    "荣获",
    "成为",
    "授予",
    "评为",
    "列为",
    "纳入",
    "推动",
    "推进",
    "支持",
    "打造",
    "建设",
    "开展",
    "实施",
    "启动",
    "设立",
    "成立",
    "组建",
    "创建",
    "推广",
    "举办",
    "承办",
    "办好",
    "抓好",
    "布局",
    "培育",
    "加快",
    "深化",
    "聚焦",
    "包括",
    "其中",
    "以及",
    "特别是",
    "尤其是",
    "继续",
    "努力",
    "加入",
    "力争",
    "争取",
    "确保",
    "完成",
    "新增",
    "新建",
    "建成",
    "开工",
    "主持",
    "落户",
    "恢复",
    "升级",
    "签署",
    "征收",
    "结束",
    "查处",
    "处置",
    "协助",
    "参加",
    "作出",
    "提出",
    "发布",
    "印发",
    "出台",
    "实现",
    "融入",
    "联合",
    "重组",
    "年内",
    "今年",
    "去年",
    "首次",
    "再次",
    "严厉",
    "果断",
    "认真",
    "针对",
    "通过",
    "按照",
    "围绕",
    "借助",
    "将",
    "把",
    "由",
    "在",
    "对",
    "向",
    "为",
    "以",
    "与",
    "和",
    "及",
    "是",
    "有",
    "被",
    "从",
    "到",
    "等",
    "的",
    "了",
    "使",
    "让",
    "用",
    "并",
    "也",
];

fn starts_with(chars: &[char], word: &str) -> bool {
    word.chars().enumerate().all(|(i, c)| chars.get(i) == Some(&c))
}

fn ends_with(chars: &[char], word: &str) -> bool {
    let n = word.chars().count();
    n <= chars.len() && word.chars().eq(chars[chars.len() - n..].iter().copied())
}

/// Cuts verbs and particles off both ends.
fn trim(chars: &[char], mut range: Range<usize>) -> Range<usize> {
    loop {
        let before = range.clone();
        while range.start < range.end
            && !chars[range.start].is_alphanumeric()
            && !matches!(chars[range.start], '“' | '《')
        {
            range.start += 1;
        }
        while range.start < range.end
            && !chars[range.end - 1].is_alphanumeric()
            && !matches!(chars[range.end - 1], '”' | '》')
        {
            range.end -= 1;
        }
        if let Some(word) = EDGES.iter().find(|w| starts_with(&chars[range.clone()], w))
            && range.len() > word.chars().count() + 1
        {
            range.start += word.chars().count();
        }
        if let Some(word) = EDGES.iter().find(|w| ends_with(&chars[range.clone()], w))
            && range.len() > word.chars().count() + 1
        {
            range.end -= word.chars().count();
        }
        if range == before {
            return range;
        }
    }
}

/// Classes of names whose names mostly do not end in them: 哪个市 → 运城.
const PLACE_CLASSES: &[&str] = &[
    "市",
    "城市",
    "县",
    "区",
    "地方",
    "地区",
    "省",
    "省份",
    "国家",
    "国",
    "镇",
    "乡",
    "村",
    "自治区",
    "州",
    "旗",
    "区域",
    "县市",
    "市县",
];

/// A stretch of the sentence between two places where a name may begin or end.
struct Bounds {
    /// Where a name may begin, with what speaks against it.
    starts: Vec<(usize, f32)>,
    /// Where a name may end, with what speaks against it.
    ends: Vec<(usize, f32)>,
}

/// Where names may begin and end in a clause: at its ends, beside verbs and particles, at quotation marks, and, less likely, where
/// the words shared with the question begin or end.
fn bounds(chars: &[char], clause: &Range<usize>, held: &[bool]) -> Bounds {
    let mut starts = vec![(clause.start, 0.0)];
    let mut ends = vec![(clause.end, 0.0)];
    let mut at = clause.start;
    let mut quoted = 0_i32;
    while at < clause.end {
        match chars[at] {
            '“' | '《' => quoted += 1,
            '”' | '》' => quoted -= 1,
            _ => {}
        }
        // Inside quotation marks everything is part of the name.
        if quoted > 0 && !matches!(chars[at], '“' | '《') {
            at += 1;
            continue;
        }
        if let Some(word) = EDGES.iter().find(|w| starts_with(&chars[at..clause.end], w)) {
            let n = word.chars().count();
            // One character is often part of a name; a word seldom is.
            let doubt = if n == 1 { 0.5 } else { 0.0 };
            ends.push((at, doubt));
            starts.push((at + n, doubt));
            at += n;
            continue;
        }
        match chars[at] {
            '“' | '《' => {
                starts.push((at, 0.0));
                ends.push((at, 0.2));
            }
            '”' | '》' => {
                ends.push((at + 1, 0.0));
                starts.push((at + 1, 0.2));
            }
            '、' | '—' | '（' | '）' | '(' | ')' => {
                ends.push((at, 0.0));
                starts.push((at + 1, 0.0));
            }
            _ if at > clause.start && held[at] != held[at - 1] => {
                starts.push((at, 0.7));
                ends.push((at, 0.7));
            }
            _ => {}
        }
        at += 1;
    }
    Bounds { starts, ends }
}

/// What the names of a class end in where that is not the class itself.
const ENDINGS: &[(&str, &[&str])] = &[
    ("高校", &["大学", "学院"]),
    ("大学", &["学院"]),
    ("学校", &["大学", "学院", "中学", "小学"]),
    ("公司", &["集团", "企业"]),
    ("企业", &["公司", "集团"]),
    ("央企", &["集团", "公司"]),
    ("法律", &["法", "条例"]),
    ("法规", &["条例", "法", "办法"]),
    ("机构", &["院", "所", "中心", "委员会", "局", "部", "银行"]),
    ("博物馆", &["馆"]),
    ("景区", &["区", "山", "园", "院", "寺", "湖"]),
    ("会议", &["会", "大会", "峰会", "论坛"]),
    ("赛事", &["赛", "运动会", "世界杯", "锦标赛"]),
    ("铁路", &["高铁", "线"]),
    ("高铁", &["铁路"]),
    ("机场", &["国际机场"]),
    ("协定", &["协议", "条约"]),
    ("展会", &["博览会", "交易会", "展览会", "消博会", "进博会", "广交会"]),
    ("会", &["会议", "大会", "峰会", "论坛"]),
    ("指标", &["率", "值", "额", "度"]),
    ("税种", &["税"]),
    ("税", &["税"]),
    ("行业", &["业", "行业"]),
    ("产业", &["业", "产业"]),
    ("疾病", &["病", "炎", "症"]),
];

/// Classes whose names stand in quotation or book-title marks.
const TITLED: &[&str] = &[
    "游戏",
    "白皮书",
    "电影",
    "书",
    "文件",
    "法",
    "法律",
    "条例",
    "规划",
    "纲要",
    "意见",
    "行动",
    "称号",
    "名字",
    "电视剧",
    "作品",
    "歌",
    "剧",
];

/// How well a name fits the class asked for: 1 where it ends as names of the class do, 0.2 where it only holds the word.
fn class_fit(name: &[char], class: &str) -> f32 {
    if class.is_empty() {
        return 0.0;
    }
    let text: String = name.iter().collect();
    let bare = text.trim_end_matches(['》', '”', '’']);
    let own = |ending: &str| bare.len() > ending.len() && bare.ends_with(ending);
    // The head of a Chinese noun phrase is its end: 国家级基金 are 基金.
    let head: String = class.chars().skip(class.chars().count().saturating_sub(2)).collect();
    let other = ENDINGS
        .iter()
        .filter(|(c, _)| *c == class || *c == head || c.chars().count() == 1 && class.ends_with(c))
        .any(|(_, endings)| endings.iter().any(|e| own(e)));
    let place = PLACE_CLASSES.contains(&class)
        && name.len() <= 6
        && wenbao_report::region::find(&text).iter().any(|(r, _)| r.start == 0);
    let titled = TITLED.contains(&class) && matches!(name.first(), Some('《' | '“'));
    // 核电项目: a name that says 核电 is one of them, whatever it ends in.
    let kind = class.strip_suffix(&head).filter(|kind| kind.chars().count() >= 2);
    if own(class) || own(&head) && kind.is_none_or(|kind| bare.contains(kind)) || place || titled {
        1.0
    } else if other || kind.is_some_and(|kind| bare.contains(kind)) {
        0.9
    } else if own(&head) && head.chars().count() == 2 {
        0.7
    } else if text.contains(class) {
        0.2
    } else {
        0.0
    }
}

/// The name that the sentence has where the question has its question word.
///
/// `None` where no stretch is clearly the name: the caller then answers with the clause.
pub(crate) fn entity(probe: &Probe, scored: &Scored) -> Option<Span> {
    let view = &scored.passage.sentences[scored.sentence];
    let chars = &view.chars;
    let held = aligned(&probe.question_chars, chars);
    let class: String = probe.head.iter().flatten().collect();
    if class.starts_with('第') || class == "号线" {
        return ordinal(probe, view, &class);
    }
    let sentence: String = chars.iter().collect();
    let words: HashSet<usize> = wenbao_index::terms::word_bounds(&sentence).into_iter().collect();
    // A name begins and ends where a word does: 用 inside 作用 is no particle.
    let torn = |at: usize| if words.contains(&at) { 0.0 } else { 0.8 };
    let mut all: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let clause = clause_around(chars, &(at..at));
        at = clause.end + 1;
        let inside = share(probe, view, &clause) * 5.0;
        let Bounds { starts, mut ends } = bounds(chars, &clause, &held);
        // A name mostly ends in its class: 云冈研究院.
        if let Some(class) = probe.head.as_ref().filter(|class| !class.is_empty()) {
            let ending = &class[class.len().saturating_sub(3)..];
            ends.extend(
                (clause.start..clause.end)
                    .filter(|i| chars[*i..clause.end].starts_with(ending))
                    .map(|i| (i + ending.len(), 0.1)),
            );
        }
        for (start, start_doubt) in &starts {
            for (end, end_doubt) in &ends {
                if *end < start + 2 || end - start > 24 {
                    continue;
                }
                let range = *start..*end;
                let name = &chars[range.clone()];
                let new = range.clone().filter(|i| !held[*i] && chars[*i].is_alphanumeric()).count();
                let text: String = name.iter().collect();
                // What the question says itself answers nothing, verbs around it neither.
                let tail = if text.ends_with(&class) { class.chars().count() } else { 0 };
                let core = range.start..range.end - tail;
                let own = core.clone().filter(|i| !held[*i] && chars[*i].is_alphanumeric()).count();
                if new == 0 || own * 5 < core.len() * 2 || name.contains(&'、') || unbalanced(name) {
                    continue;
                }
                let near = share(probe, view, &part_around(chars, &range)) * 1.5;
                let mut score = inside + near - start_doubt - end_doubt - torn(range.start) - torn(range.end);
                score += new as f32 / range.len() as f32;
                let form = class_fit(name, &class);
                score += 2.5 * form;
                score += 1.2 * context(probe, chars, &range);
                // A verb inside: two phrases, not a name.
                let verbs = EDGES.iter().filter(|w| w.chars().count() > 1 && text.contains(**w)).count();
                if !matches!(name.first(), Some('《' | '“')) {
                    score -= verbs as f32 * 0.8;
                }
                if name.contains(&'等') {
                    score -= 0.6;
                }
                score -= (range.len() as f32 - 8.0).max(0.0) * 0.08;
                if name
                    .iter()
                    .all(|c| c.is_ascii_digit() || matches!(c, '%' | '.' | '年' | '月' | '日' | '万' | '亿' | '元'))
                {
                    score -= 2.0;
                }
                all.push(Span { range, score, form });
            }
        }
    }
    let best = all.iter().max_by(|a, b| a.score.total_cmp(&b.score))?.clone();
    // Another name about as good, and no class to tell them apart: the clause that holds both says more.
    let rival = all
        .iter()
        .filter(|s| s.range.end <= best.range.start || s.range.start >= best.range.end)
        .map(|s| s.score)
        .fold(f32::MIN, f32::max);
    let certain = best.form >= 0.7 && best.score - rival > 0.05 || best.score - rival > 0.6;
    if certain {
        return Some(best);
    }
    let whole = trim(chars, clause_around(chars, &best.range));
    (whole.len() <= 40).then_some(Span { range: whole, score: best.score, form: best.form * 0.5 })
}

/// The ordinal that answers "第几次" (class 第次) or "几号线": the one in the clause that shares most with the question.
fn ordinal(probe: &Probe, view: &SentenceView, class: &str) -> Option<Span> {
    static ORDINAL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("第(?:[0-9]+|[一二三四五六七八九十百]+)(?:个|次|届|位|名|批|期|轮|座|家|条|大|代)?|(?:[0-9]+|[一二三四五六七八九十]+)号线")
            .unwrap_or_else(|_| unreachable!("a constant pattern"))
    });
    let counter = class.strip_prefix('第').unwrap_or(class);
    find(&ORDINAL, &view.chars)
        .into_iter()
        .filter(|range| ends_with(&view.chars[range.clone()], counter))
        .map(|range| {
            let score =
                share(probe, view, &clause_around(&view.chars, &range)) * 5.0 + context(probe, &view.chars, &range);
            Span { range, score, form: 1.0 }
        })
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Whether a stretch has one quotation mark of a pair.
fn unbalanced(name: &[char]) -> bool {
    let count = |c: char| name.iter().filter(|x| **x == c).count();
    count('“') != count('”') || count('《') != count('》') || count('（') != count('）')
}

/// How far the words beside a stretch are those beside the question word, 0–1.
fn context(probe: &Probe, chars: &[char], stretch: &Range<usize>) -> f32 {
    let left: Vec<char> =
        probe.before_question_word.iter().rev().filter(|c| c.is_alphanumeric()).take(4).copied().collect();
    let right: Vec<char> = probe.after_question_word.iter().filter(|c| c.is_alphanumeric()).take(4).copied().collect();
    let stated_left: Vec<char> =
        chars[..stretch.start].iter().rev().filter(|c| c.is_alphanumeric()).take(6).copied().collect();
    let stated_right: Vec<char> =
        chars[stretch.end..].iter().filter(|c| c.is_alphanumeric()).take(6).copied().collect();
    let share = |asked: &[char], stated: &[char]| {
        if asked.is_empty() {
            0.0
        } else {
            asked.iter().filter(|c| stated.contains(c)).count() as f32 / asked.len() as f32
        }
    };
    (share(&left, &stated_left) + share(&right, &stated_right)) / 2.0
}

/// The enumeration that answers: items joined by 、 and a last 和 or 及, without the words around them.
pub(crate) fn list(probe: &Probe, scored: &Scored) -> Option<(Span, Vec<Range<usize>>)> {
    let view = &scored.passage.sentences[scored.sentence];
    let chars = &view.chars;
    let held = aligned(&probe.question_chars, chars);
    let class: String = probe.head.iter().flatten().collect();
    let mut best: Option<(Span, Vec<Range<usize>>)> = quoted_list(probe, view);
    let mut at = 0;
    while at < chars.len() {
        let clause = clause_around(chars, &(at..at));
        at = clause.end + 1;
        let Some(items) = items(chars, clause.clone()) else { continue };
        let (first, last) = (items[0].start, items[items.len() - 1].end);
        let outside = clause.clone().filter(|i| held[*i] && !(first..last).contains(i)).count() as f32;
        let mut score = share(probe, view, &clause) * 4.0 + outside * 0.1;
        if let Some(count) = probe.count {
            score -= (count as f32 - items.len() as f32).abs().min(4.0) * 0.5;
        }
        score += (items.len() as f32).min(6.0) * 0.1;
        // "…等未来产业": the class that is asked for stands right behind the items.
        let behind: String = chars[last..clause.end].iter().take(12).collect();
        if !class.is_empty() && behind.contains(&class) {
            score += 1.0;
        }
        // Items of the class: 太原、晋中 where towns are asked for.
        if !class.is_empty() {
            let of_class = items.iter().filter(|r| class_fit(&chars[(*r).clone()], &class) >= 0.7).count() as f32;
            score += 1.5 * of_class / items.len() as f32;
        }
        // Items that the question names itself are not what it asks for.
        let known = (first..last).filter(|i| held[*i]).count() as f32 / (last - first).max(1) as f32;
        score -= known;
        let form = length_form(probe, &items);
        let span = Span { range: first..last, score, form };
        if best.as_ref().is_none_or(|(b, _)| span.score > b.score) {
            best = Some((span, items));
        }
    }
    best
}

/// How far a list has the length that was asked for; half, where none was.
fn length_form(probe: &Probe, items: &[Range<usize>]) -> f32 {
    probe.count.map_or(0.5, |count| if count == items.len() { 1.0 } else { 0.0 })
}

/// A list inside quotation marks, as slogans of sixteen characters are: its parts between the commas.
fn quoted_list(probe: &Probe, view: &SentenceView) -> Option<(Span, Vec<Range<usize>>)> {
    let chars = &view.chars;
    let open = chars.iter().position(|c| *c == '“')?;
    let close = open + chars[open..].iter().position(|c| *c == '”')?;
    let mut items = Vec::new();
    let mut start = open + 1;
    for (at, c) in chars.iter().enumerate().take(close + 1).skip(open + 1) {
        if at == close || matches!(c, '，' | '、' | '；' | ',') {
            if at > start {
                items.push(start..at);
            }
            start = at + 1;
        }
    }
    // Two commas at least: "“放管服”" is a name, not a list.
    if items.len() < 3 {
        return None;
    }
    let around = open.saturating_sub(16)..(close + 16).min(chars.len());
    let score = share(probe, view, &around) * 4.0 + 1.0;
    let form = length_form(probe, &items);
    Some((Span { range: open + 1..close, score, form }, items))
}

/// The items of a clause's enumeration, or `None` where it has none.
fn items(chars: &[char], clause: Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut depth = 0_i32;
    let mut cuts = Vec::new();
    for i in clause.clone() {
        // “甲”“乙”: names in marks stand side by side.
        if i > clause.start && matches!((chars[i - 1], chars[i]), ('”', '“') | ('》', '《')) {
            cuts.push((i, i));
        }
        match chars[i] {
            '“' | '《' | '（' | '(' => depth += 1,
            '”' | '》' | '）' | ')' => depth -= 1,
            '、' => cuts.push((i, i + 1)),
            '—' | '-'
                if depth > 0
                    && chars.get(i + 1).is_some_and(|c| is_han(*c))
                    && i > clause.start
                    && is_han(chars[i - 1]) =>
            {
                cuts.push((i, i + 1));
            }
            _ => {}
        }
    }
    // A 和 behind the last mark joins the last two; alone, it joins two where the words around it look alike.
    let from = cuts.last().map_or(clause.start, |c| c.1);
    if let Some(i) =
        (from..clause.end).find(|i| matches!(chars[*i], '和' | '及' | '与') && *i > from && *i + 1 < clause.end)
        && !(chars[i] == '和' && chars.get(i + 1).is_some_and(|c| matches!(c, '平' | '谐' | '美')))
    {
        cuts.push((i, i + 1));
    }
    if cuts.is_empty() {
        return None;
    }
    cuts.sort_unstable();
    let mut out = Vec::new();
    let mut start = clause.start;
    for (a, b) in cuts.iter().copied().chain([(clause.end, clause.end)]) {
        if a > start {
            out.push(start..a);
        }
        start = b;
    }
    if out.len() < 2 {
        return None;
    }
    let first = out[0].clone();
    out[0] = trim(chars, first);
    // 成功应对“甲”“乙”: where all others stand in marks, so does the first.
    if out[1..].iter().all(|r| matches!(chars[r.start], '“' | '《'))
        && let Some(mark) = chars[out[0].clone()].iter().position(|c| matches!(c, '“' | '《'))
    {
        out[0].start += mark;
    }
    let n = out.len() - 1;
    let last = out[n].clone();
    // "…、未来产业" behind 等 is the class, not an item.
    let end = chars[last.clone()].iter().position(|c| *c == '等').map_or(last.end, |p| last.start + p);
    let end = end.min(summed_up(chars, last.start..end, n + 1));
    out[n] = trim(chars, last.start..end.max(last.start + 1));
    Some(out)
}

/// Where the last item ends if what follows it counts them all: 预期转弱三重压力, 姚文元“四人帮”.
fn summed_up(chars: &[char], last: Range<usize>, count: usize) -> usize {
    let numeral = "零一二三四五六七八九十".chars().nth(count).filter(|_| count <= 10);
    let says = |c: char| Some(c) == numeral || count == 2 && c == '两' || c.to_digit(10) == Some(count as u32);
    (last.start + 2..last.end)
        .find(|&at| {
            let at_mark = chars[at] == '“' && chars.get(at + 1).is_some_and(|c| says(*c));
            let before_counter =
                chars.get(at + 1).is_some_and(|c| "大个项重类种家座条所位者方面省市县地人".contains(*c));
            at_mark || says(chars[at]) && before_counter && !chars[at - 1].is_ascii_digit() && chars[at - 1] != '第'
        })
        .unwrap_or(last.end)
}

/// The clause of a sentence that shares most with the question, with its neighbour where alone it is too short to
/// be understood: what is answered where no shorter phrase is certain.
pub(crate) fn clause(probe: &Probe, scored: &Scored) -> Span {
    let view = &scored.passage.sentences[scored.sentence];
    let chars = &view.chars;
    let mut best = Span { range: 0..chars.len().min(MAX_ANSWER), score: f32::MIN, form: 0.0 };
    let mut at = 0;
    while at < chars.len() {
        let clause = clause_around(chars, &(at..at));
        at = clause.end + 1;
        if clause.is_empty() {
            continue;
        }
        let score = share(probe, view, &clause) + if clause.len() < 6 { -0.2 } else { 0.0 };
        if score > best.score {
            best = Span { range: clause.start..clause.end.min(clause.start + MAX_ANSWER), score, form: 0.0 };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn words(text: &str, ranges: &[Range<usize>]) -> Vec<String> {
        let chars = chars(text);
        ranges.iter().map(|r| chars[r.clone()].iter().collect()).collect()
    }

    #[test]
    fn times_are_found_whole() {
        for (text, expected) in [
            ("7月1日起全面禁止", vec!["7月1日起"]),
            ("力争高铁年底建成通车", vec!["年底"]),
            ("历时7年建设", vec!["7年"]),
            ("8月底前全部完成", vec!["8月底前"]),
            ("保证到一九八○年建成", vec!["一九八○年"]),
            ("本届政府任期内基本消除", vec!["本届政府任期内"]),
            ("在两、三年内实现", vec!["两、三年内"]),
            ("到明年底，基本实现", vec!["明年底"]),
            ("力争3至5年完成", vec!["3至5年"]),
        ] {
            assert_eq!(words(text, &time_spans(&chars(text))), expected, "{text}");
        }
    }

    #[test]
    fn an_enumeration_is_taken_item_by_item() {
        for (text, expected) in [
            (
                "布局发展高速飞车、绿色氢能、量子信息、前沿材料等未来产业",
                vec!["高速飞车", "绿色氢能", "量子信息", "前沿材料"],
            ),
            ("设立北京证券交易所和广州期货交易所", vec!["北京证券交易所", "广州期货交易所"]),
            ("面临需求收缩、供给冲击、预期转弱三重压力", vec!["面临需求收缩", "供给冲击", "预期转弱"]),
            ("成功应对“甲”“乙”等台风侵袭", vec!["“甲”", "“乙”"]),
            ("张三、李四、王五、赵六“四人帮”", vec!["张三", "李四", "王五", "赵六"]),
        ] {
            let letters = chars(text);
            let items = items(&letters, 0..letters.len()).expect("an enumeration");
            assert_eq!(words(text, &items), expected);
        }
        let plain = chars("没有列举的句子");
        assert_eq!(items(&plain, 0..plain.len()), None);
    }
}
