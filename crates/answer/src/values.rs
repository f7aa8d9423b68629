//! Which quantity of the ranked sentences is the one that was asked for.

use std::collections::HashSet;
use std::ops::Range;

use wenbao_lang::unit::{self, Dimension};
use wenbao_report::{Quantity, Status, Trend};

use crate::evidence::{Probe, Scored};
use crate::features::{Linear, Weighing, features, yes};
use crate::interpret::{Asked, Cell, Change, Rate};
use crate::time::{Fit, fit};
use crate::units::{UnitFit, unit_fit};
use crate::view::SentenceView;

features! {
    /// What is known of a quantity as an answer.
    ValueFeatures: ValueFeature {
        /// Score of its sentence below the best one's.
        Sentence = "sentence",
        /// Its unit is one that the question accepts.
        UnitSame = "unit_same",
        /// Its unit has the dimension asked for.
        UnitDimension = "unit_dimension",
        /// Both count things.
        UnitCount = "unit_count",
        /// Share of the topic in what it measures.
        MeasureRecall = "measure_recall",
        /// Share of what it measures that the topic has.
        MeasurePrecision = "measure_precision",
        /// Topic and measure end in the same word.
        MeasureHead = "measure_head",
        /// Share of the topic in its clause.
        Clause = "clause",
        /// The same in its clause and the one before.
        TwoClauses = "two_clauses",
        /// The same in the 24 characters before it.
        Before = "before",
        /// The same in the 14 characters behind it.
        After = "after",
        /// The same in the ten characters before it.
        BeforeNear = "before_near",
        /// How near the topic's units stand, 1 beside it.
        Distance = "distance",
        /// A change, and growth is asked for.
        GrowthMatch = "growth_match",
        /// A change, and a level is asked for.
        GrowthUnasked = "growth_unasked",
        /// A share, and one is asked for.
        ShareMatch = "share_match",
        /// A change, and an increment is asked for.
        ChangeMatch = "change_match",
        /// A verb of reaching stands before it.
        LevelWords = "level_words",
        /// It is the earlier value of a change.
        FromValue = "from_value",
        /// It is of the very time asked for.
        PeriodSame = "period_same",
        /// It is of another time.
        PeriodApart = "period_apart",
        /// A plan for a result, or the other way round.
        StatusMismatch = "status_mismatch",
        /// The question names the number itself.
        InQuestion = "in_question",
        /// Its place among the sentence's values.
        Order = "order",
        /// A running total, as asked.
        CumulativeMatch = "cumulative_match",
        /// A running total that is not asked for.
        CumulativeUnasked = "cumulative_unasked",
        /// A percentage where no unit is known and no rate asked for.
        PercentOpen = "percent_open",
        /// What stands behind it is what stands behind the question word.
        FollowsQuestion = "follows_question",
        /// It has a hedge.
        Hedge = "hedge",
        /// Share of the question in its clause.
        ClauseQuestion = "clause_question",
        /// Another value here measures what the question ends in.
        TailRival = "tail_rival",
        /// Its unit is a further one that the question accepts.
        UnitAlso = "unit_also",
        /// A level where an increment is asked for.
        LevelUnasked = "level_unasked",
        /// Places named: 1 in its clause, -1 in another of its sentence.
        Place = "place",
        /// For one of many where the total is asked for, or the other way round.
        PerUnitMismatch = "per_unit_mismatch",
        /// Its unit is another than the guessed one.
        UnitNone = "unit_none",
        /// The level of the very measure stands beside this change.
        LevelBeside = "level_beside",
        /// It measures the other side of a pair than the one asked for.
        Opposite = "opposite",
        /// How many characters topic and measure end in alike, of six.
        TailRun = "tail_run",
        /// Behind another value here stands what stands behind the question word.
        FollowsRival = "follows_rival",
    }
}

/// Sentences whose values are weighed.
pub(crate) const DEPTH: usize = 60;

/// A quantity as a candidate answer.
#[derive(Clone)]
pub(crate) struct ScoredValue {
    /// Index into the ranked sentences.
    pub sentence: usize,
    /// Index into the sentence's quantities.
    pub quantity: usize,
    /// What is known of it.
    pub features: ValueFeatures,
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
pub(crate) fn rank(probe: &Probe, ranked: &[Scored], weights: &Linear) -> Vec<ScoredValue> {
    let weights = Weighing::of::<ValueFeatures>(weights);
    let best = ranked.first().map_or(0.0, |s| s.score);
    let mut out = Vec::new();
    for (at, scored) in ranked.iter().take(DEPTH).enumerate() {
        let quantities = &scored.passage.record.passage.sentences[scored.sentence].quantities;
        for number in 0..quantities.len() {
            if let Some(features) = describe(probe, scored, number, scored.score - best) {
                out.push(ScoredValue { sentence: at, quantity: number, score: weights.sum(&features), features });
            }
        }
    }
    out.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (a.sentence, a.quantity).cmp(&(b.sentence, b.quantity)))
    });
    out
}

/// The features of a quantity, or `None` where its unit rules it out.
fn describe(probe: &Probe, scored: &Scored, number: usize, sentence_score: f32) -> Option<ValueFeatures> {
    let cell = probe.cell;
    let view = &scored.passage.sentences[scored.sentence];
    let stored = &scored.passage.record.passage.sentences[scored.sentence];
    let quantity = &stored.quantities[number];
    let fits = unit_fit(&cell.units, quantity);
    if fits == UnitFit::None && !may_be_guessed_wrong(cell, quantity) {
        return None;
    }
    use ValueFeature as F;
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

    let mut f = ValueFeatures::default();
    f[F::Sentence] = sentence_score;
    f[F::UnitSame] = yes(fits >= UnitFit::Also);
    f[F::UnitDimension] = yes(fits == UnitFit::Dimension);
    f[F::UnitCount] = yes(fits == UnitFit::Count);
    f[F::MeasureRecall] = probe.topic.coverage(|k| measure.contains(&k));
    f[F::MeasurePrecision] = if measure.is_empty() { 0.0 } else { shared as f32 / measure.len() as f32 };
    f[F::MeasureHead] = yes(same_tail(&cell.topic, &quantity.measure));
    f[F::Clause] = coverage(clause.clone());
    f[F::TwoClauses] = coverage(before_clause);
    f[F::Before] = coverage(start.saturating_sub(24)..start);
    f[F::After] = coverage(end..(end + 14).min(view.chars.len()));
    f[F::BeforeNear] = coverage(start.saturating_sub(10)..start);
    f[F::Distance] = distance(probe, view, &at);
    let growth = matches!(quantity.trend, Some(Trend::Up | Trend::Down));
    f[F::GrowthMatch] = yes(growth && cell.asked == Asked::Rate(Rate::Growth));
    let increment = cell.change == Some(Change::Increment);
    f[F::GrowthUnasked] = yes(growth && !increment && !matches!(cell.asked, Asked::Rate(_)));
    f[F::ShareMatch] = yes(quantity.trend == Some(Trend::Share) && cell.asked == Asked::Rate(Rate::Share));
    f[F::ChangeMatch] = yes(growth && increment);
    let lead: String = view.chars[start.saturating_sub(4)..start].iter().collect();
    // 历时7年…提前三年: how much earlier is not how long.
    if lead.ends_with("提前") && !probe.asks_how_early() {
        return None;
    }
    f[F::LevelWords] = yes(["达到", "达", "到", "至", "为", "突破", "超过", "超"].iter().any(|w| lead.ends_with(w)));
    f[F::FromValue] = yes(quantity.earlier);
    if let Some(asked) = &cell.period {
        match fit(asked, quantity.period.as_ref().or(view.period.as_ref())) {
            Fit::Same => f[F::PeriodSame] = 1.0,
            Fit::Apart => f[F::PeriodApart] = 1.0,
            _ => {}
        }
    }
    if let (Some(asked), Some(status)) = (cell.status, quantity.status.or(view.status)) {
        f[F::StatusMismatch] = yes((asked == Status::Target) != (status == Status::Target));
    }
    let digits: String =
        quantity.text.chars().map(crate::grams::fold_char).filter(|c| c.is_ascii_digit() || *c == '.').collect();
    f[F::InQuestion] = yes(!digits.is_empty() && probe.numbers.contains(&digits));
    f[F::Order] = (number as f32 / 6.0).min(1.0);
    let clause_text: String = view.chars[clause.clone()].iter().collect();
    let cumulative = clause_text.contains("累计");
    f[F::CumulativeMatch] = yes(cumulative && cell.hints.cumulative);
    f[F::CumulativeUnasked] = yes(cumulative && !cell.hints.cumulative);
    f[F::PercentOpen] = yes(cell.units.is_empty() && quantity.unit == "%" && !matches!(cell.asked, Asked::Rate(_)));
    f[F::FollowsQuestion] = follows(probe, &view.chars[end..]);
    f[F::Hedge] = yes(quantity.hedge.is_some());
    let keys: HashSet<u64> = view
        .grams
        .iter()
        .filter(|g| g.range.start >= clause.start && g.range.end <= clause.end)
        .map(|g| g.key)
        .collect();
    f[F::ClauseQuestion] = probe.question.coverage(|k| keys.contains(&k));
    // 起数、死亡人数下降17.6%、11.6%: another value here measures just what the question ends in, this one does not.
    let tail = common_tail(&cell.topic, &quantity.measure);
    let nearer = |q: &Quantity| common_tail(&cell.topic, &q.measure) > tail.max(1);
    f[F::TailRival] = yes(stored.quantities.iter().any(|q| q.unit == quantity.unit && nearer(q)));
    f[F::UnitAlso] = yes(fits == UnitFit::Also);
    f[F::LevelUnasked] = yes(increment && f[F::LevelWords] > 0.0 && !growth);
    f[F::Place] = place(probe, view, &clause);
    f[F::PerUnitMismatch] = yes(is_per_unit(view, quantity, clause.start..start) != cell.hints.per_unit);
    f[F::UnitNone] = yes(fits == UnitFit::None);
    if fits == UnitFit::None && f[F::MeasureRecall].max(f[F::Clause]).max(f[F::TwoClauses]) < AT_HOME {
        return None;
    }
    // 再增产5743万吨，达到13.78亿吨: the level of the very same measure stands beside the change.
    let level = |q: &Quantity| !matches!(q.trend, Some(Trend::Up | Trend::Down)) && !q.earlier;
    f[F::LevelBeside] = yes(growth
        && !increment
        && stored.quantities.iter().any(|q| level(q) && q.unit == quantity.unit && q.measure == quantity.measure));
    f[F::Opposite] = yes(opposed(&probe.question_chars, &quantity.measure));
    f[F::TailRun] = tail.min(6) as f32 / 6.0;
    let behind = |q: &Quantity| follows(probe, &view.chars[view.within(&q.range).end..]);
    f[F::FollowsRival] = yes(f[F::FollowsQuestion] < 0.5 && stored.quantities.iter().any(|q| behind(q) >= 1.0));
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
