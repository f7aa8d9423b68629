//! Which quantity of the ranked sentences is the one that was asked for.

use std::collections::HashSet;
use std::ops::Range;

use wenbao_lang::unit::{self, Dimension};
use wenbao_report::{Quantity, Status, Trend};

use crate::evidence::{Probe, Scored};
use crate::interpret::{Asked, Cell, Change, Rate};
use crate::time::{Fit, fit};
use crate::units::{UnitFit, unit_fit};
use crate::view::SentenceView;
use crate::weights::{Linear, aligned, dot};

/// What is known of a quantity as an answer.
pub const VALUE_FEATURES: [&str; 40] = [
    "sentence",
    "unit_same",
    "unit_dimension",
    "unit_count",
    "measure_recall",
    "measure_precision",
    "measure_head",
    "clause",
    "two_clauses",
    "before",
    "after",
    "before_near",
    "distance",
    "growth_match",
    "growth_unasked",
    "share_match",
    "change_match",
    "level_words",
    "from_value",
    "period_same",
    "period_apart",
    "status_mismatch",
    "in_question",
    "order",
    "cumulative_match",
    "cumulative_unasked",
    "percent_open",
    "follows_question",
    "hedge",
    "clause_question",
    "tail_rival",
    "unit_also",
    "level_unasked",
    "place",
    "per_unit_mismatch",
    "unit_none",
    "level_beside",
    "opposite",
    "tail_run",
    "follows_rival",
];

/// A quantity as a candidate answer.
#[derive(Clone)]
pub(crate) struct ScoredValue {
    /// Index into the ranked sentences.
    pub sentence: usize,
    /// Index into the sentence's quantities.
    pub quantity: usize,
    /// What is known of it, in the order of [`VALUE_FEATURES`].
    pub features: [f32; VALUE_FEATURES.len()],
    /// The weighted sum.
    pub score: f32,
}

impl ScoredValue {
    /// The quantity itself.
    pub fn of<'a>(&self, ranked: &'a [Scored]) -> &'a Quantity {
        let scored = &ranked[self.sentence];
        &scored.passage.record.passage.sentences[scored.sentence].quantities[self.quantity]
    }
}

/// Where clauses end.
fn ends_clause(c: char) -> bool {
    matches!(c, '，' | ',' | '；' | ';' | '。' | '！' | '？' | '：' | ':')
}

/// The clause around a position: between the nearest marks on both sides. Marks inside 《》 belong to a title.
pub(crate) fn clause_around(chars: &[char], at: &Range<usize>) -> Range<usize> {
    let titled = |i: usize| {
        let open = chars[..i].iter().rposition(|c| *c == '《');
        let close = chars[..i].iter().rposition(|c| *c == '》');
        open.is_some() && open > close
    };
    let ends = |i: usize| ends_clause(chars[i]) && !titled(i);
    let start = (0..at.start.min(chars.len())).rev().find(|i| ends(*i)).map_or(0, |i| i + 1);
    let end = (at.end.min(chars.len())..chars.len()).find(|i| ends(*i)).unwrap_or(chars.len());
    start..end
}

/// Ranks the quantities of the best sentences, best first.
pub(crate) fn rank(probe: &Probe, ranked: &[Scored], weights: &Linear, sentences: usize) -> Vec<ScoredValue> {
    let weights = aligned(weights, &VALUE_FEATURES);
    let best = ranked.first().map_or(0.0, |s| s.score);
    let mut out = Vec::new();
    for (at, scored) in ranked.iter().take(sentences).enumerate() {
        let quantities = &scored.passage.record.passage.sentences[scored.sentence].quantities;
        for number in 0..quantities.len() {
            if let Some(features) = describe(probe, scored, number, scored.score - best) {
                out.push(ScoredValue { sentence: at, quantity: number, score: dot(&weights, &features), features });
            }
        }
    }
    out.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (a.sentence, a.quantity).cmp(&(b.sentence, b.quantity)))
    });
    out
}

/// The features of a quantity, or `None` where its unit rules it out.
fn describe(probe: &Probe, scored: &Scored, number: usize, sentence_score: f32) -> Option<[f32; VALUE_FEATURES.len()]> {
    let cell = probe.cell;
    let view = &scored.passage.sentences[scored.sentence];
    let stored = &scored.passage.record.passage.sentences[scored.sentence];
    let quantity = &stored.quantities[number];
    let fits = unit_fit(&cell.units, quantity);
    if fits == UnitFit::None && !may_be_guessed_wrong(cell, quantity) {
        return None;
    }
    let yes = |condition: bool| f32::from(u8::from(condition));
    // Positions within the sentence.
    let at = view.within(&quantity.range);
    let (start, end) = (at.start, at.end);
    let coverage = |window: Range<usize>| {
        let keys: HashSet<u64> = view
            .grams
            .iter()
            .filter(|g| g.range.start >= window.start && g.range.end <= window.end)
            .map(|g| g.key)
            .collect();
        probe.topic.coverage(|k| keys.contains(&k))
    };
    let clause = clause_around(&view.chars, &at);
    let before_clause = clause
        .start
        .checked_sub(1)
        .map_or(clause.clone(), |mark| clause_around(&view.chars, &(mark..mark)).start..clause.end);
    let measure = &view.measures[number];
    let shared = probe.topic.units.iter().filter(|(k, _)| measure.contains(k)).count();

    let mut f = [0.0; VALUE_FEATURES.len()];
    f[0] = sentence_score;
    f[1] = yes(fits >= UnitFit::Also);
    f[2] = yes(fits == UnitFit::Dimension);
    f[3] = yes(fits == UnitFit::Count);
    f[4] = probe.topic.coverage(|k| measure.contains(&k));
    f[5] = if measure.is_empty() { 0.0 } else { shared as f32 / measure.len() as f32 };
    f[6] = yes(same_tail(&cell.topic, &quantity.measure));
    f[7] = coverage(clause.clone());
    f[8] = coverage(before_clause);
    f[9] = coverage(start.saturating_sub(24)..start);
    f[10] = coverage(end..(end + 14).min(view.chars.len()));
    f[11] = coverage(start.saturating_sub(10)..start);
    f[12] = distance(probe, view, &at);
    let growth = matches!(quantity.trend, Some(Trend::Up | Trend::Down));
    f[13] = yes(growth && cell.asked == Asked::Rate(Rate::Growth));
    let increment = cell.change == Some(Change::Increment);
    f[14] = yes(growth && !increment && !matches!(cell.asked, Asked::Rate(_)));
    f[15] = yes(quantity.trend == Some(Trend::Share) && cell.asked == Asked::Rate(Rate::Share));
    f[16] = yes(growth && increment);
    let lead: String = view.chars[start.saturating_sub(4)..start].iter().collect();
    // 历时7年…提前三年: how much earlier is not how long.
    if lead.ends_with("提前") && !probe.asks_how_early() {
        return None;
    }
    f[17] = yes(["达到", "达", "到", "至", "为", "突破", "超过", "超"].iter().any(|w| lead.ends_with(w)));
    f[18] = yes(quantity.earlier);
    if let Some(asked) = &cell.period {
        match fit(asked, quantity.period.as_ref().or(view.period.as_ref())) {
            Fit::Same => f[19] = 1.0,
            Fit::Apart => f[20] = 1.0,
            _ => {}
        }
    }
    if let (Some(asked), Some(status)) = (cell.status, quantity.status.or(view.status)) {
        f[21] = yes((asked == Status::Target) != (status == Status::Target));
    }
    let digits: String =
        quantity.text.chars().map(crate::grams::fold_char).filter(|c| c.is_ascii_digit() || *c == '.').collect();
    f[22] = yes(!digits.is_empty() && probe.numbers.contains(&digits));
    f[23] = (number as f32 / 6.0).min(1.0);
    let clause_text: String = view.chars[clause.clone()].iter().collect();
    let cumulative = clause_text.contains("累计");
    f[24] = yes(cumulative && cell.hints.cumulative);
    f[25] = yes(cumulative && !cell.hints.cumulative);
    f[26] = yes(cell.units.is_empty() && quantity.unit == "%" && !matches!(cell.asked, Asked::Rate(_)));
    f[27] = follows(probe, &view.chars[end..]);
    f[28] = yes(quantity.hedge.is_some());
    let keys: HashSet<u64> = view
        .grams
        .iter()
        .filter(|g| g.range.start >= clause.start && g.range.end <= clause.end)
        .map(|g| g.key)
        .collect();
    f[29] = probe.question.coverage(|k| keys.contains(&k));
    // 起数、死亡人数下降17.6%、11.6%: another value here measures just what the question ends in, this one does not.
    let tail = common_tail(&cell.topic, &quantity.measure);
    let nearer = |q: &Quantity| common_tail(&cell.topic, &q.measure) > tail.max(1);
    f[30] = yes(stored.quantities.iter().any(|q| q.unit == quantity.unit && nearer(q)));
    f[31] = yes(fits == UnitFit::Also);
    f[32] = yes(increment && f[17] > 0.0 && !growth);
    f[33] = place(probe, view, &clause);
    f[34] = yes(is_per_unit(view, quantity, clause.start..start) != cell.hints.per_unit);
    f[35] = yes(fits == UnitFit::None);
    if fits == UnitFit::None && f[4].max(f[7]).max(f[8]) < AT_HOME {
        return None;
    }
    // 再增产5743万吨，达到13.78亿吨: the level of the very same measure stands beside the change.
    let level = |q: &Quantity| !matches!(q.trend, Some(Trend::Up | Trend::Down)) && !q.earlier;
    f[36] = yes(growth
        && !increment
        && stored.quantities.iter().any(|q| level(q) && q.unit == quantity.unit && q.measure == quantity.measure));
    f[37] = yes(opposed(&probe.question_chars, &quantity.measure));
    f[38] = tail.min(6) as f32 / 6.0;
    let behind = |q: &Quantity| follows(probe, &view.chars[view.within(&q.range).end..]);
    f[39] = yes(f[27] < 0.5 && stored.quantities.iter().any(|q| behind(q) >= 1.0));
    Some(f)
}

/// Whether a quantity of another dimension may answer all the same, since the question does not name its unit: "降低了多少电力
/// 供应成本" counts no kilowatt-hours. A span of time answers only what asks for one.
fn may_be_guessed_wrong(cell: &Cell, quantity: &Quantity) -> bool {
    let other = unit::unit(&quantity.unit).is_some_and(|u| matches!(u.dimension(), Dimension::Time | Dimension::Rank));
    !cell.unit_named && !cell.units.is_empty() && !other && cell.asked != Asked::Duration
}

/// How much of the topic must stand at a value whose unit was not expected.
const AT_HOME: f32 = 0.6;

/// Words of which a report measures each side, and what people say for them.
const SIDES: &[(&[&str], &[&str])] = &[
    (&["城镇", "城市", "城里", "市民"], &["农村", "农民", "乡下", "庄户", "种地", "村里", "乡里", "老乡"]),
    (&["进口", "买进"], &["出口", "卖出", "卖到"]),
    (&["中央"], &["地方"]),
    (&["流入", "调入"], &["流出", "调出"]),
    (&["男"], &["女"]),
];

/// Whether the question is about one side of a pair and the measure about the other: 农民 against 城镇居民.
fn opposed(question: &[char], measure: &str) -> bool {
    let question: String = question.iter().collect();
    let says = |text: &str, words: &[&str]| words.iter().any(|w| text.contains(w));
    let against = |own: &[&str], other: &[&str]| {
        says(&question, own) && !says(&question, other) && says(measure, other) && !says(measure, own)
    };
    SIDES.iter().any(|(a, b)| against(a, b) || against(b, a))
}

/// Of the places that the question names and the sentence holds: 1 where they stand in the value's clause, -1 where only in
/// another ("大同直达太原84分钟，朔州直达太原58分钟").
fn place(probe: &Probe, view: &SentenceView, clause: &Range<usize>) -> f32 {
    let holds = |chars: &[char], place: &[char]| chars.windows(place.len()).any(|w| w == place);
    let mut sum = 0.0;
    let mut named = 0.0;
    for place in probe.places.iter().map(|p| p.chars().collect::<Vec<char>>()).filter(|p| !p.is_empty()) {
        if holds(&view.chars, &place) {
            named += 1.0;
            sum += if holds(&view.chars[clause.clone()], &place) { 1.0 } else { -1.0 };
        }
    }
    if named > 0.0 { sum / named } else { 0.0 }
}

/// Whether a value is for one of many: 每人1500元, 亩均产量, 人均可支配收入.
fn is_per_unit(view: &SentenceView, quantity: &Quantity, before: Range<usize>) -> bool {
    let lead: String = view.chars[before.end.saturating_sub(14).max(before.start)..before.end].iter().collect();
    let words = ["每", "人均", "户均", "亩均", "平均"];
    quantity.unit.contains('/') || words.iter().any(|w| lead.contains(w) || quantity.measure.contains(w))
}

/// Whether topic and measure end in the same word: the head of a Chinese noun phrase stands last.
fn same_tail(topic: &str, measure: &str) -> bool {
    let tail = |text: &str| {
        let mut chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).rev().take(2).collect();
        chars.reverse();
        chars
    };
    let (a, b) = (tail(topic), tail(measure));
    a.len() == 2 && a == b
}

/// How many characters topic and measure end in alike: 排水管网 is nearer to 新建排水管网 than 供水管网 is.
fn common_tail(topic: &str, measure: &str) -> usize {
    let letters = |c: &char| c.is_alphanumeric();
    topic.chars().rev().filter(letters).zip(measure.chars().rev().filter(letters)).take_while(|(a, b)| a == b).count()
}

/// Heads that say no more than the number itself.
const COUNTING_HEADS: &[&str] =
    &["人数", "总数", "总量", "数量", "规模", "总额", "金额", "总值", "目标", "水平", "面积", "总规模", "速度", "幅度"];

/// Whether the topic is only an attribute of what is measured: 国内生产总值 of 单位国内生产总值二氧化碳排放. The head of a
/// Chinese noun phrase stands last, and here it is one that the question does not have.
pub(crate) fn other_head(question: &[char], topic: &str, measure: &str) -> bool {
    let topic: Vec<char> = topic.chars().filter(|c| c.is_alphanumeric()).collect();
    let measure: Vec<char> = measure.chars().filter(|c| c.is_alphanumeric()).collect();
    let tail = &topic[topic.len().saturating_sub(2)..];
    let Some(at) = measure.windows(2).rposition(|pair| pair == tail) else { return false };
    let rest: String = measure[at + 2..].iter().collect();
    let asked: String = question.iter().collect();
    rest.chars().count() >= 2 && !COUNTING_HEADS.contains(&rest.as_str()) && !asked.contains(&rest)
}

/// How near the topic's words stand to the value: 1 right beside it, towards 0 with the distance.
fn distance(probe: &Probe, view: &SentenceView, at: &Range<usize>) -> f32 {
    let mut sum = 0.0;
    let mut total = 0.0;
    for (key, weight) in &probe.topic.units {
        total += weight;
        let gap = view
            .grams
            .iter()
            .filter(|g| g.key == *key)
            .map(
                |g| if g.range.end <= at.start { at.start - g.range.end } else { g.range.start.saturating_sub(at.end) },
            )
            .min();
        if let Some(gap) = gap {
            sum += weight * (-(gap as f32) / 15.0).exp();
        }
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// Whether the words behind the value are those behind the question word: "多少个“就业驿站”" and "122个“就业驿站”".
fn follows(probe: &Probe, rest: &[char]) -> f32 {
    let content =
        |chars: &[char]| -> Vec<char> { chars.iter().copied().filter(|c| c.is_alphanumeric()).take(4).collect() };
    let asked = content(&probe.after_question_word);
    let stated = content(rest);
    if asked.len() < 2 {
        return 0.0;
    }
    let same = asked.iter().zip(&stated).take_while(|(a, b)| a == b).count();
    same as f32 / asked.len() as f32
}
