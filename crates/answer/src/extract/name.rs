//! Names: the stretch of a sentence that stands where the question has its question word.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::place::{self, Place};

use super::edges::{Bounds, EDGES, bounds, ends_with, trim};
use super::{Span, aligned, clauses, find, keys_within, nearest, part_around, share};
use crate::evidence::{Probe, Scored, longest_run};
use crate::interpret::Asked;
use crate::values::clause_around;
use crate::view::SentenceView;
use crate::weights::{Linear, aligned as aligned_weights, dot};

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
pub(super) fn class_fit(name: &[char], class: &str) -> f32 {
    if class.is_empty() {
        return 0.0;
    }
    let text: String = name.iter().collect();
    let bare = text.trim_end_matches(['》', '”', '’']);
    // 民营经济促进法草案 is a law, if one to come.
    let bare =
        ["修正案草案", "修订草案", "修正案", "草案"].iter().find_map(|tail| bare.strip_suffix(tail)).unwrap_or(bare);
    // 元镇 is no town: one character alone before another is seldom a name.
    let own = |ending: &str| bare.ends_with(ending) && bare.chars().count() > ending.chars().count().max(2);
    // The head of a Chinese noun phrase is its end: 国家级基金 are 基金.
    let head: String = class.chars().skip(class.chars().count().saturating_sub(2)).collect();
    let other = ENDINGS
        .iter()
        .filter(|(c, _)| *c == class || *c == head || c.chars().count() == 1 && class.ends_with(c))
        .any(|(_, endings)| endings.iter().any(|e| own(e)));
    let place = PLACE_CLASSES.contains(&class) && name.len() <= 6 && place_of_class(&text, class);
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

/// What is known of a stretch of a sentence as the name asked for.
pub const NAME_FEATURES: [&str; 33] = [
    "sentence",
    "clause",
    "part",
    "doubt",
    "torn",
    "fresh",
    "class_end",
    "class_kin",
    "class_held",
    "class_missed",
    "left_context",
    "right_context",
    "verbs",
    "and_others",
    "long",
    "short",
    "numeric",
    "marked",
    "whole_clause",
    "clause_start",
    "behind_verb",
    "place",
    "attribute",
    "latin",
    "beside",
    "known",
    "clause_topic",
    "part_topic",
    "place_missed",
    "title",
    "left_run",
    "right_run",
    "place_cut_off",
];

/// Words that stand for something named elsewhere.
const POINTING: &[&str] = &["这一", "这些", "这个", "这种", "该项", "上述", "其他"];

/// A name longer than this is a clause.
const LONGEST: usize = 28;

/// A stretch of a sentence as a candidate name.
#[derive(Clone)]
pub(crate) struct ScoredName {
    /// Index into the ranked sentences.
    pub sentence: usize,
    /// Where it stands in the sentence, in Unicode scalar values.
    pub range: Range<usize>,
    /// What is known of it, in the order of [`NAME_FEATURES`].
    pub features: [f32; NAME_FEATURES.len()],
    /// The weighted sum.
    pub score: f32,
    /// [`Span::form`].
    pub form: f32,
}

impl ScoredName {
    fn apart(&self, other: &Self) -> bool {
        self.sentence != other.sentence || self.range.end <= other.range.start || other.range.end <= self.range.start
    }
}

/// Ranks the stretches of some of the ranked sentences, best first.
pub(crate) fn rank(probe: &Probe, ranked: &[Scored], sentences: &[usize], weights: &Linear) -> Vec<ScoredName> {
    let weights = aligned_weights(weights, &NAME_FEATURES);
    let top = sentences.first().map_or(0.0, |at| ranked[*at].score);
    let mut out = Vec::new();
    for &at in sentences {
        candidates(probe, &ranked[at], at, ranked[at].score - top, &mut out);
    }
    for name in &mut out {
        name.score = dot(&weights, &name.features);
    }
    out.sort_by(|a: &ScoredName, b| {
        b.score.total_cmp(&a.score).then_with(|| (a.sentence, a.range.start).cmp(&(b.sentence, b.range.start)))
    });
    out
}

/// How far the best name stands above the best that shares nothing with it, in log-odds; 3 where there is no other.
pub(crate) fn margin(names: &[ScoredName]) -> f32 {
    let Some(best) = names.first() else { return 0.0 };
    names.iter().find(|n| n.apart(best)).map_or(3.0, |rival| (best.score - rival.score).min(3.0))
}

/// The best name, or its whole clause where another is about as good and no class tells them apart.
pub(crate) fn best(names: &[ScoredName], ranked: &[Scored]) -> Option<(usize, Span)> {
    let best = names.first()?;
    let span = Span { range: best.range.clone(), score: best.score, form: best.form };
    if best.form >= 0.7 || margin(names) > CERTAIN {
        return Some((best.sentence, span));
    }
    let scored = &ranked[best.sentence];
    let chars = &scored.passage.sentences[scored.sentence].chars;
    let whole = trim(chars, clause_around(chars, &best.range));
    let span = if whole.len() <= 40 { Span { range: whole, form: best.form * 0.5, ..span } } else { span };
    Some((best.sentence, span))
}

/// A margin from which a name without a class is told without the clause around it.
const CERTAIN: f32 = 0.7;

fn candidates(probe: &Probe, scored: &Scored, at: usize, sentence: f32, out: &mut Vec<ScoredName>) {
    let view = &scored.passage.sentences[scored.sentence];
    let chars = &view.chars;
    let held = aligned(&probe.question_chars, chars);
    let class: String = probe.head.iter().flatten().collect();
    let text: String = chars.iter().collect();
    let words: HashSet<usize> = wenbao_index::terms::word_bounds(&text).into_iter().collect();
    let asks_for_place = PLACE_CLASSES.iter().any(|place| class.ends_with(place));
    let before: String = probe.before_question_word.iter().rev().take(3).rev().collect();
    let asks_for_title =
        ["叫", "称", "名", "外号"].iter().any(|w| before.contains(w)) || TITLED.contains(&class.as_str());
    for clause in clauses(chars) {
        let (inside, inside_topic) = shares(probe, view, &clause);
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
        // 杭州峰会: a place is a name by itself, whatever it stands in.
        let words_here: String = chars[clause.clone()].iter().collect();
        let all_places: Vec<(Range<usize>, Level)> = places(&words_here).collect();
        let known: Vec<Range<usize>> = if asks_for_place {
            all_places.iter().map(|(r, _)| r.start + clause.start..r.end + clause.start).collect()
        } else {
            Vec::new()
        };
        let stretches = starts.iter().flat_map(|(start, a)| ends.iter().map(move |(end, b)| (*start, *end, a + b)));
        for (start, end, doubt) in stretches.chain(known.iter().map(|r| (r.start, r.end, 0.2))) {
            if end < start + 2 || end - start > LONGEST {
                continue;
            }
            let range = start..end;
            let name = &chars[range.clone()];
            let text: String = name.iter().collect();
            // What the question says itself answers nothing.
            let tail = if text.ends_with(&class) { class.chars().count() } else { 0 };
            let core = range.start..range.end - tail;
            let fresh = |r: Range<usize>| r.filter(|i| !held[*i] && chars[*i].is_alphanumeric()).count();
            let (new, own) = (fresh(range.clone()), fresh(core.clone()));
            let form = class_fit(name, &class);
            // 全国统一大市场建设条例 answers 什么条例来推进全国统一大市场: a name of the class may say much again.
            let said_before = own * 5 < core.len() * 2 && !(form >= 1.0 && own >= 2);
            if new == 0
                || said_before
                || enumerates(name)
                || unbalanced(name)
                || POINTING.iter().any(|w| text.contains(w))
            {
                continue;
            }
            let yes = |condition: bool| f32::from(u8::from(condition));
            let part = part_around(chars, &range);
            let (near, near_topic) = shares(probe, view, &part);
            let [left, right, left_run, right_run] = context(probe, chars, &range, &part);
            let marked = matches!(name.first(), Some('《' | '“'));
            let mut f = [0.0; NAME_FEATURES.len()];
            f[0] = sentence;
            f[1] = inside;
            f[2] = near;
            f[3] = doubt;
            f[4] = yes(!words.contains(&range.start)) + yes(!words.contains(&range.end));
            f[5] = new as f32 / range.len() as f32;
            f[6] = yes(form >= 1.0);
            f[7] = yes((0.7..1.0).contains(&form));
            f[8] = yes(form > 0.0 && form < 0.7);
            f[9] = yes(form == 0.0 && !class.is_empty());
            f[10] = left;
            f[11] = right;
            // A verb inside: two phrases, not a name.
            let verbs = EDGES.iter().filter(|w| w.chars().count() > 1 && text.contains(**w)).count();
            f[12] = if marked { 0.0 } else { verbs.min(3) as f32 };
            f[13] = yes(name.contains(&'等'));
            f[14] = (range.len() as f32 - 8.0).max(0.0) / 8.0;
            f[15] = yes(range.len() <= 2);
            f[16] = yes(name.iter().all(|c| c.is_ascii_digit() || "%.年月日万亿元".contains(*c)));
            f[17] = yes(marked && matches!(name.last(), Some('》' | '”')));
            f[18] = yes(range == clause);
            f[19] = yes(range.start == clause.start);
            f[20] = yes(EDGES.iter().any(|w| w.chars().count() > 1 && ends_with(&chars[clause.start..range.start], w)));
            f[21] = yes(probe.cell.asked == Asked::Place && is_place(&text));
            f[22] = yes(name.contains(&'的'));
            f[23] = yes(name.iter().any(char::is_ascii_alphabetic));
            f[24] = nearest(&held, &range).map_or(0.0, |gap| (-(gap as f32) / 4.0).exp());
            f[25] = range.clone().filter(|i| held[*i]).count() as f32 / range.len() as f32;
            f[26] = inside_topic;
            f[27] = near_topic;
            f[28] = yes(asks_for_place && form < 1.0);
            f[29] = yes(marked && asks_for_title);
            f[30] = left_run;
            f[31] = right_run;
            // 山西中医药大学 is the name, 中医药大学 a part of it.
            f[32] = yes(!asks_for_place && all_places.iter().any(|(place, _)| place.end + clause.start == range.start));
            out.push(ScoredName { sentence: at, range, features: f, score: 0.0, form });
        }
    }
}

/// The shares of the question's words, and of the topic's or of what reports say for them, that stand within a part of the
/// sentence, 0–1 each.
fn shares(probe: &Probe, view: &SentenceView, part: &Range<usize>) -> (f32, f32) {
    let keys = keys_within(view, part);
    (probe.question.coverage(|k| keys.contains(&k)), probe.topic.coverage(|k| keys.contains(&k)))
}

/// Whether a name begins with a place that the reports' reader or the table of the world knows.
fn is_place(name: &str) -> bool {
    places(name).any(|(range, _)| range.start == 0)
}

/// Whether a name begins with a place of the level that the class names; of counties, towns and villages no table tells.
fn place_of_class(name: &str, class: &str) -> bool {
    let first = places(name).find(|(range, _)| range.start == 0).map(|(_, level)| level);
    match class {
        "国" | "国家" => first == Some(Level::Country),
        "省" | "省份" => first == Some(Level::Province),
        "市" | "城市" => first == Some(Level::City),
        "地方" | "地区" | "区域" => first.is_some(),
        _ => false,
    }
}

/// What kind of place a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Country,
    Province,
    City,
}

/// Places in a text, in Unicode scalar values.
fn places(text: &str) -> impl Iterator<Item = (Range<usize>, Level)> {
    static WORLD: LazyLock<Vec<(&'static str, Level)>> = LazyLock::new(|| {
        let lines = include_str!("world.txt").lines().filter(|line| !line.starts_with('#'));
        let level = |line: &str| if line.starts_with('国') { Level::Country } else { Level::City };
        lines.flat_map(|line| line.split(' ').skip(1).map(move |name| (name, level(line)))).collect()
    });
    let abroad: Vec<(Range<usize>, Level)> = WORLD
        .iter()
        .flat_map(|(name, level)| text.match_indices(name).map(|(at, name)| (at, name, *level)))
        .map(|(at, name, level)| {
            let start = text[..at].chars().count();
            (start..start + name.chars().count(), level)
        })
        .collect();
    let at_home = place::find(text).into_iter().map(|(range, place)| {
        let level = match place {
            Place::Nation => Level::Country,
            Place::Province(province) if province.kind != place::Kind::Municipality => Level::Province,
            _ => Level::City,
        };
        (range, level)
    });
    at_home.chain(abroad)
}

/// The ordinal that answers "第几次" (class 第次) or "几号线": the one in the clause that shares most with the question.
pub(crate) fn ordinal(probe: &Probe, scored: &Scored, class: &str) -> Option<Span> {
    let view = &scored.passage.sentences[scored.sentence];
    static ORDINAL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("第(?:[0-9]+|[一二三四五六七八九十百]+)(?:个|次|届|位|名|批|期|轮|座|家|条|大|代)?|(?:[0-9]+|[一二三四五六七八九十]+)(?:号线|中全会|大)")
            .unwrap_or_else(|_| unreachable!("a constant pattern"))
    });
    let counter = class.strip_prefix('第').unwrap_or(class);
    let held = aligned(&probe.question_chars, &view.chars);
    // How much of what stands right behind and, less, right before the question holds: 第九届亚洲冬季运动会.
    let near = |range: &Range<usize>| {
        let held = |part: Range<usize>| part.filter(|i| held[*i]).count() as f32 / 8.0;
        let behind = range.end..(range.end + 8).min(view.chars.len());
        held(behind) + 0.4 * held(range.start.saturating_sub(8)..range.start)
    };
    find(&ORDINAL, &view.chars)
        .into_iter()
        .filter(|range| ends_with(&view.chars[range.clone()], counter))
        .map(|range| {
            let [left, right, ..] = context(probe, &view.chars, &range, &part_around(&view.chars, &range));
            let clause = share(probe, view, &clause_around(&view.chars, &range)) * 5.0;
            Span { score: clause + (left + right) / 2.0 + near(&range) * 2.0, range, form: 1.0 }
        })
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Whether a stretch has the mark of an enumeration outside quotation and title marks.
fn enumerates(name: &[char]) -> bool {
    let mut depth = 0_i32;
    name.iter().any(|c| {
        match c {
            '“' | '《' => depth += 1,
            '”' | '》' => depth -= 1,
            _ => {}
        }
        *c == '、' && depth <= 0
    })
}

/// Whether a stretch has one quotation mark of a pair.
fn unbalanced(name: &[char]) -> bool {
    let count = |c: char| name.iter().filter(|x| **x == c).count();
    count('“') != count('”') || count('《') != count('》') || count('（') != count('）')
}

/// How far the words on the left and on the right of a stretch are those beside the question word: the share of the nearest
/// characters, left and right, and the longest common run, left and right; 0–1 each.
fn context(probe: &Probe, chars: &[char], stretch: &Range<usize>, part: &Range<usize>) -> [f32; 4] {
    /// Characters that count as near, in the question and in the sentence, and as far as a run may reach.
    const NEAR: usize = 4;
    const AROUND: usize = 6;
    const REACH: usize = 14;
    let letters = |c: &&char| c.is_alphanumeric();
    let before: Vec<char> = probe.before_question_word.iter().rev().filter(letters).take(REACH).copied().collect();
    // The class noun stands in the name's own place.
    let class = probe.head.as_deref().unwrap_or_default();
    let behind = probe.after_question_word.strip_prefix(class).unwrap_or(&probe.after_question_word);
    let behind: Vec<char> = behind.iter().filter(letters).take(REACH).copied().collect();
    // What stands in the next part of an enumeration belongs to another name.
    let stated_before: Vec<char> =
        chars[part.start..stretch.start].iter().rev().filter(letters).take(REACH).copied().collect();
    let stated_behind: Vec<char> = chars[stretch.end..part.end].iter().filter(letters).take(REACH).copied().collect();
    let share = |asked: &[char], stated: &[char]| {
        let (asked, stated) = (&asked[..asked.len().min(NEAR)], &stated[..stated.len().min(AROUND)]);
        let held = asked.iter().filter(|c| stated.contains(c)).count();
        if asked.is_empty() { 0.0 } else { held as f32 / asked.len() as f32 }
    };
    // One character in common says nothing.
    let run = |asked: &[char], stated: &[char]| (longest_run(asked, stated).saturating_sub(1) as f32 / 7.0).min(1.0);
    [
        share(&before, &stated_before),
        share(&behind, &stated_behind),
        run(&before, &stated_before),
        run(&behind, &stated_behind),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::testing::chars;
    use super::*;

    #[test]
    fn a_name_fits_its_class_by_its_end_or_as_a_place_of_its_level() {
        for (name, class, fits) in [
            ("云冈研究院", "研究院", true),
            ("国家融资担保基金", "基金", true),
            ("西藏", "县", false),
            ("西藏定日县", "县", true),
            ("杭州", "城市", true),
            ("浙江", "城市", false),
            ("重庆", "市", true),
            ("德国", "国家", true),
            ("杜伊斯堡", "城市", true),
            ("《巴黎协定》", "协定", true),
            ("开展创建活动", "基金", false),
        ] {
            assert_eq!(class_fit(&chars(name), class) >= 0.9, fits, "{name} as {class}");
        }
    }
}
