//! Whether a value may stand in a table beside those of other places. A single question shows its sentence, and whoever reads it
//! sees what the value is of; a table shows the number alone, so it must be of just the thing, the time and the place asked for.

use std::collections::HashSet;

use wenbao_lang::place::{self, Place};
use wenbao_report::{Hedge, Period, Quantity, Status, Trend};

use crate::candidate::{Candidate, Form};
use crate::cell::fit_of;
use crate::evidence::{self, Probe, Scored};
use crate::grams::fold_char;
use crate::interpret::{Asked, Cell, Rate};
use crate::time::Fit;
use crate::units::{UnitFit, unit_fit};
use crate::values::{clause_around, other_head};
use crate::view::SentenceView;

/// How much of the thing's name what a value measures must have.
const COVERED: f32 = 0.6;

/// What a value loses that measures the thing with further words beside it.
const FURTHER: f32 = 2.5;

/// Words that make a part of a thing, or another one: 海洋生产总值 is not 生产总值, nor is what villagers have what all have.
const PARTS: &[&str] = &[
    "农村",
    "城镇",
    "农民",
    "民营",
    "民间",
    "海洋",
    "数字",
    "县域",
    "电商",
    "服务",
    "高技术",
    "新兴",
    "第一",
    "第二",
    "第三",
    "制造业",
    "房地产",
    "基础设施",
    "农业",
    "旅游",
    "国有",
    "国企",
    "外资",
    "高新",
    "园区",
    "开发区",
    "自贸",
    "口岸",
    "一般贸易",
    "加工贸易",
    "中央",
    "县级",
    "本级",
    "项目",
    "入境",
    "境外",
    "过夜",
];

/// What a level loses that is told of years that end with the one asked for.
const OF_MORE_YEARS: f32 = 2.0;

/// What a value loses whose time is only that of its report.
const UNDATED: f32 = 1.0;

/// Words of more years than one, where one is asked for.
const SPANS: &[&str] = &["累计", "年均", "每年", "五年来", "逐年", "五年间", "年平均"];

/// Words of one of many: 人均 is not the whole.
const PER: &[&str] = &["人均", "户均", "亩均", "地均", "每人", "每户", "每亩", "单位", "万元"];

/// How a value fits a cell.
pub(crate) struct Fits {
    /// How much of the thing's name it has.
    pub covered: f32,
    /// How far it falls behind a plain one, 0 for none.
    pub behind: f32,
}

/// Ends of a name that say no more than that it is counted or grows.
const TAILS: &[&str] = &[
    "人数",
    "总数",
    "数量",
    "数目",
    "总额",
    "金额",
    "规模",
    "总人数",
    "增长",
    "增速",
    "增幅",
    "目标",
    "情况",
    "水平",
    "总量",
    "总值",
    "总里程",
    "通车里程",
    "里程",
];

/// Words before a thing's name that do not narrow it: reports have them or leave them out.
const HEADS: &[&str] = &["外贸", "货物贸易", "货物", "全社会", "常住人口", "计划", "实有"];

/// Verbs of making a thing; what is asked for with one is told with another: 建设 as 新建和改造.
const MAKING: &[&str] = &["新建", "建设", "建成", "改造", "培育", "完成", "接待", "实现", "开工"];

/// What tells that a number came to what there was before: no answer to how many there are.
pub(crate) const ADDED: &[&str] =
    &["新增", "净增", "新设", "新登记", "新培育", "新认定", "增加", "减少", "新开工", "新建"];

/// What stands behind a round number that was passed: 迈上6万亿元台阶、达到62661亿元.
const STEPS: &[&str] = &["台阶", "大关", "关口", "门槛", "新台阶"];

/// What reports may call the thing of a cell, and what they call things beside it.
pub(crate) struct Names {
    names: Vec<Vec<char>>,
}

impl Names {
    /// The topic, with its parts as reports have them.
    pub fn of(cell: &Cell) -> Self {
        let mut names = vec![cell.topic.clone()];
        for (part, others) in evidence::senses(cell, &cell.topic) {
            for other in others {
                names.push(cell.topic.replace(&part, &other));
            }
        }
        for long in ["国内生产总值", "地区生产总值"] {
            let short: Vec<String> =
                names.iter().filter(|n| n.contains(long)).map(|n| n.replace(long, "生产总值")).collect();
            names.extend(short);
        }
        for (long, short) in [("规模以上", "规上"), ("规上", "规模以上"), ("规模以上", "规模"), ("规上", "规模")]
        {
            let other: Vec<String> =
                names.iter().filter(|n| n.contains(long)).map(|n| n.replace(long, short)).collect();
            names.extend(other);
        }
        for heads in [HEADS, MAKING] {
            let bare: Vec<String> = names
                .iter()
                .filter_map(|name| heads.iter().find_map(|head| name.strip_prefix(head)))
                .map(str::to_string)
                .collect();
            names.extend(bare);
        }
        // The growth of a branch is that of its value added.
        if matches!(cell.asked, Asked::Rate(Rate::Growth)) && cell.topic.ends_with('业') {
            names.push(format!("{}增加值", cell.topic));
        }
        // 城镇新增就业人数 is said as 城镇新增就业, 经济增长5% measures 经济.
        let shorter: Vec<String> = names
            .iter()
            .filter_map(|name| TAILS.iter().find_map(|tail| name.strip_suffix(tail)))
            .map(str::to_string)
            .collect();
        names.extend(shorter);
        let letters =
            |name: &String| name.chars().map(fold_char).filter(|c| c.is_alphanumeric()).collect::<Vec<char>>();
        let own = letters(&cell.topic);
        // 投资 is more than 固定资产投资; 经济 is what grows by the product's rate.
        let whole = |name: &Vec<char>| name.len() > 2 || *name == own || *name == ['经', '济'];
        let mut names: Vec<Vec<char>> = names.iter().map(letters).filter(|n| n.len() > 1 && whole(n)).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.dedup();
        Self { names }
    }

    /// How much of one of the names a measure has, 0 to 1, and the words of the measure beyond it. What is only the end of a
    /// name ("产量") has as much of it as stands `near` it.
    fn covers(&self, measure: &[char], near: &HashSet<[char; 2]>) -> (f32, String) {
        let mut best = (0.0, measure.iter().collect::<String>());
        for name in &self.names {
            let share = if let Some(at) = position(measure, name) {
                let beyond: String = measure[..at].iter().chain(&measure[at + name.len()..]).collect();
                return (1.0, beyond);
            } else if measure.len() > 1 && measure.len() < name.len() && name.ends_with(measure) {
                let pairs = pairs(name);
                pairs.iter().filter(|p| near.contains(*p)).count() as f32 / pairs.len().max(1) as f32
            } else if measure.len() <= name.len() + 4 && name.iter().all(|c| measure.contains(c)) {
                // 新增城镇就业 for 城镇新增就业.
                0.9
            } else {
                let (own, theirs) = (pairs(name), pairs(measure));
                let shared = own.intersection(&theirs).count() as f32;
                // As much as the name has, its beginning too, and no more than half of the measure may be other things.
                let begins = name.get(..2).is_some_and(|head| position(measure, head).is_some());
                if begins && 2.0 * shared >= theirs.len() as f32 { shared / own.len().max(1) as f32 } else { 0.0 }
            };
            if share > best.0 {
                let beyond = measure.iter().filter(|c| !name.contains(c)).collect();
                best = (share, beyond);
            }
        }
        best
    }
}

fn position(measure: &[char], name: &[char]) -> Option<usize> {
    measure.windows(name.len()).rposition(|w| w == name)
}

fn pairs(chars: &[char]) -> HashSet<[char; 2]> {
    chars.windows(2).map(|w| [w[0], w[1]]).collect()
}

/// How far a value falls behind a plain one by its unit, place and time, whatever it measures; `None` where it cannot be the
/// cell's value.
fn stands(probe: &Probe, ranked: &[Scored], candidate: &Candidate) -> Option<f32> {
    let cell = probe.cell;
    let Form::Quantity(_) = candidate.form else { return None };
    let quantity = candidate.quantity(ranked)?;
    let scored = &ranked[candidate.sentence];
    let view = &scored.passage.sentences[scored.sentence];
    let at = view.within(&quantity.range);
    let clause = clause_around(&view.chars, &at);
    let lead: String = view.chars[clause.start.min(at.start)..at.start].iter().collect();
    let asked: String = probe.question_chars.iter().collect();
    let says = |words: &[&str], text: &str| words.iter().any(|w| text.contains(w));
    if quantity.earlier || !right_unit(probe, quantity, &asked) {
        return None;
    }
    if says(PER, &quantity.measure) && !says(PER, &asked) {
        return None;
    }
    let after: String = view.chars[at.end..(at.end + 4).min(view.chars.len())].iter().collect();
    if STEPS.iter().any(|step| after.starts_with(step)) {
        return None;
    }
    if of_another_place(probe, quantity, &asked) || is_stretch(scored, view, quantity, &lead) {
        return None;
    }
    // 新增经营主体11万户 does not tell how many there are.
    let level = cell.change.is_none() && matches!(cell.asked, Asked::Amount) && !asks_what_is_new(&asked);
    let near: String = lead.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    // 从0.94万家增加到1.55万家 does.
    let reached = near.contains(['到', '至']);
    if level && !reached && (says(ADDED, &quantity.measure) || says(ADDED, &near)) {
        return None;
    }
    let mut behind = 0.0;
    if let Some(period) = cell.period.as_ref() {
        let flow = matches!(quantity.trend, Some(Trend::Up | Trend::Down))
            || says(&["新增", "新建", "净增", "完成", "新"], &quantity.measure);
        let status = quantity.status.or(view.status);
        match fit_of(scored, Some(quantity), period) {
            Fit::Same => {}
            Fit::Unknown if status.is_some() => {}
            // What says neither when nor whether it is planned tells, if anything, of the year that its report reviews.
            Fit::Unknown if cell.status != Some(Status::Target) && reviews(scored, period) => behind += UNDATED,
            Fit::Ends if !flow => behind += OF_MORE_YEARS,
            _ => return None,
        }
        if period.single_year().is_some() && says(SPANS, &lead) && !says(SPANS, &asked) {
            return None;
        }
    }
    // 工业 grows as its value added does.
    let measure = match cell.asked {
        Asked::Rate(Rate::Growth) => quantity.measure.replace("增加值", ""),
        _ => quantity.measure.clone(),
    };
    (!other_head(&probe.question_chars, &cell.topic, &measure)).then_some(behind)
}

/// Whether a question asks for what is made or added, not for what there is.
fn asks_what_is_new(asked: &str) -> bool {
    let verbs = ["新", "增", "建", "改", "减", "培育", "认定", "完成", "开工", "登记"];
    verbs.iter().any(|verb| asked.contains(verb) && !(*verb == "新" && asked.contains("高新")))
}

/// How far a value that the reader takes for the cell's falls behind, by whatever name the report has for it; `None` where it cannot
/// be the cell's value, or is of a part of the thing. What is called nearly as the thing and is not the thing by its name is another:
/// the reader is believed about names that have no word in common with the one asked for (装备制造业增加值 for 工业增加值).
pub(crate) fn stands_as_read(probe: &Probe, names: &Names, ranked: &[Scored], candidate: &Candidate) -> Option<f32> {
    let asked: String = probe.question_chars.iter().collect();
    let quantity = candidate.quantity(ranked)?;
    let measure: Vec<char> = quantity.measure.chars().map(fold_char).collect();
    let topic: Vec<char> = probe.cell.topic.chars().map(fold_char).collect();
    if !pairs(&measure).is_disjoint(&pairs(&topic)) && fits(probe, names, ranked, candidate).is_none() {
        return None;
    }
    stands(probe, ranked, candidate)
        .filter(|_| !is_a_part(&asked, &quantity.measure) && !is_with_some(&asked, &quantity.measure))
}

/// Whether what is measured is with some partners or of some goods that are not asked for: 对东盟进出口, “新三样”出口.
fn is_with_some(asked: &str, measure: &str) -> bool {
    let quoted = measure.strip_prefix('“').and_then(|rest| rest.split('”').next());
    measure.starts_with('对') && !asked.contains('对') || quoted.is_some_and(|name| !asked.contains(name))
}

/// How a value fits a cell; `None` where it cannot be its value.
pub(crate) fn fits(probe: &Probe, names: &Names, ranked: &[Scored], candidate: &Candidate) -> Option<Fits> {
    let mut behind = stands(probe, ranked, candidate)?;
    let quantity = candidate.quantity(ranked)?;
    let scored = &ranked[candidate.sentence];
    let view = &scored.passage.sentences[scored.sentence];
    let at = view.within(&quantity.range);
    let clause = clause_around(&view.chars, &at);
    let measure: Vec<char> = quantity.measure.chars().map(fold_char).filter(|c| c.is_alphanumeric()).collect();
    // What says no more than that all are counted ("总量达474万户") is of the thing before it.
    let words: String = measure.iter().collect();
    let counts = TAILS.contains(&words.trim_start_matches('总')) || TAILS.contains(&words.as_str());
    let (covered, beyond) = if measure.is_empty() || counts {
        // Nothing was read to be measured: "地区生产总值增长7.5%,达到326.4亿元" says it in the clause before.
        let before = clause.start.checked_sub(1).map(|mark| clause_around(&view.chars, &(mark..mark)).start);
        let both: Vec<char> = view.chars[before.unwrap_or(0).min(at.start)..at.start]
            .iter()
            .copied()
            .filter(|c| c.is_alphabetic())
            .collect();
        let (covered, beyond) = names.covers(&both, &HashSet::new());
        // The clauses hold more than the thing's name.
        (covered, if counts { String::new() } else { beyond })
    } else {
        let near = &view.chars[clause.start.max(at.start.saturating_sub(30)).min(at.start)..at.start];
        names.covers(&measure, &pairs(near))
    };
    let asked: String = probe.question_chars.iter().collect();
    if is_a_part(&asked, &beyond) || is_with_some(&asked, &quantity.measure) {
        return None;
    }
    if further_words(probe, &beyond) {
        behind += FURTHER;
    }
    (covered >= COVERED).then_some(Fits { covered, behind })
}

/// Whether a sentence stands in the report of the year after.
fn reviews(scored: &Scored, period: &Period) -> bool {
    let year = scored.passage.record.document.meta.year;
    year.is_some() && year.map(|y| y - 1) == period.single_year()
}

/// Whether the unit can be that of the thing. A thing that no unit is known of is no share unless its name says so.
fn right_unit(probe: &Probe, quantity: &Quantity, asked: &str) -> bool {
    let cell = probe.cell;
    if quantity.unit == "个百分点" {
        return asked.contains("百分点");
    }
    if matches!(cell.asked, Asked::Rate(Rate::Growth)) {
        return quantity.unit == "%" || quantity.unit == "倍";
    }
    if !cell.units.is_empty() {
        return unit_fit(&cell.units, quantity) > UnitFit::None;
    }
    let change = matches!(quantity.trend, Some(Trend::Up | Trend::Down));
    let rate = ["价格", "cpi", "率", "比重", "占比", "比例", "强度", "涨幅", "增速", "增幅", "增长", "程度"];
    quantity.unit != "%" || !change || rate.iter().any(|w| cell.topic.contains(w) || asked.contains(w))
}

/// Whether what is measured is of a city or another province: a report tells of its cities too.
fn of_another_place(probe: &Probe, quantity: &Quantity, asked: &str) -> bool {
    let own = probe.cell.region.as_ref().map_or("", |r| r.0.as_str());
    place::find(&quantity.measure).into_iter().any(|(_, place)| {
        let name = place.name();
        let home = matches!(place, Place::City(_, province) if province.short == name);
        name != own && !asked.contains(name) && !home
    })
}

/// Whether it is what is striven for beyond the plan that stands before it: 7%以上、力争达到8%.
fn is_stretch(scored: &Scored, view: &SentenceView, quantity: &Quantity, lead: &str) -> bool {
    let tail: Vec<char> = lead.chars().rev().take(10).collect();
    let near: String = tail.into_iter().rev().collect();
    let strives = quantity.hedge == Some(Hedge::Strive)
        || ["力争", "争取", "奋斗", "努力", "冲刺", "更好"].iter().any(|w| near.contains(w));
    let at = view.within(&quantity.range).start;
    let all = &scored.passage.record.passage.sentences[scored.sentence].quantities;
    strives
        && all.iter().any(|other| {
            let end = view.within(&other.range).end;
            other.unit == quantity.unit && end <= at && at - end <= 14 && other.measure == quantity.measure
        })
}

/// Words beside a thing's name that do not make another thing of it.
const PLAIN: &[&str] = &[
    "自治区",
    "常住人口",
    "新建",
    "改建",
    "建设",
    "建成",
    "改造",
    "提升",
    "接待",
    "翻番",
    "全社会",
    "全口径",
    "全体",
    "全部",
    "外贸",
    "货物贸易",
    "货物",
    "累计",
    "总体",
    "全省",
    "全市",
    "全区",
    "全年",
    "全州",
    "全县",
    "我省",
    "我市",
    "我区",
    "年度",
    "当年",
    "地区",
    "国内",
    "地方",
    "实现",
    "完成",
    "达到",
    "迈上",
    "跨越",
    "连跨",
    "突破",
    "跃升",
    "站上",
    "登上",
    "台阶",
    "预计",
    "预期",
    "力争",
    "确保",
    "其中",
    "同比",
    "名义",
    "保持",
    "推动",
    "努力",
    "争取",
    "初步核算",
    "总量",
    "规模",
    "目标",
    "主要",
    "本地",
    "增长",
    "增速",
    "涨幅",
    "增幅",
    "幅度",
    "指数",
    "上涨",
    "速度",
    "实际",
    "控制",
    "总值",
    "水平",
    "稳定",
    "综合",
    "经济社会发展",
    "省",
    "市",
    "区",
    "年",
    "的",
    "了",
    "和",
    "在",
    "为",
    "到",
];

/// Whether the words beyond a thing's name make a part of it that is not asked for.
fn is_a_part(asked: &str, beyond: &str) -> bool {
    PARTS.iter().any(|part| beyond.contains(part) && !asked.contains(part))
}

/// Whether the words beyond a thing's name make another thing of it: 海洋生产总值 is not 生产总值.
fn further_words(probe: &Probe, beyond: &str) -> bool {
    let own = probe.cell.region.as_ref().map_or("", |r| r.0.as_str());
    let mut rest = beyond.to_string();
    for word in PLAIN.iter().copied().chain([own]).filter(|w| !w.is_empty()) {
        rest = rest.replace(word, "");
    }
    let asked = &probe.question_chars;
    rest.chars().filter(|c| c.is_alphabetic() && !asked.contains(c)).count() >= 2
}
