//! Quantities of a sentence: value, unit, hedge, trend and the phrase that each measures.

use std::ops::Range;

use wenbao_lang::numeral::{self, Number, digit, han_digit, han_multiplier};
use wenbao_lang::unit::{self, Dimension};
use wenbao_lang::{ends_with, starts_with};

use crate::measure;
use crate::model::{Hedge, Period, Quantity, Status, Trend};
use crate::period::{Found, Kind, find_all};

/// Quantities of one sentence; ranges count characters of `text`.
pub fn parse(text: &str) -> Vec<Quantity> {
    let chars: Vec<char> = text.chars().collect();
    let times = find_all(&chars, None);
    of_sentence(&chars, None, None, None, &times)
}

/// Hedges that stand right before a number, the longest first.
#[rustfmt::skip]
const BEFORE: &[(&str, Hedge)] = &[
    ("不低于", Hedge::AtLeast), ("不少于", Hedge::AtLeast), ("不超过", Hedge::AtMost), ("不到", Hedge::AtMost), ("不足", Hedge::AtMost), ("不高于", Hedge::AtMost), ("不突破", Hedge::AtMost),
    ("超过了", Hedge::AtLeast), ("突破了", Hedge::AtLeast), ("超过", Hedge::AtLeast), ("超出", Hedge::AtLeast), ("突破", Hedge::AtLeast), ("至少", Hedge::AtLeast), ("高于", Hedge::AtLeast),
    ("大约", Hedge::About), ("接近", Hedge::Nearly), ("将近", Hedge::Nearly), ("低于", Hedge::AtMost), ("至多", Hedge::AtMost),
    ("超", Hedge::AtLeast), ("逾", Hedge::AtLeast), ("约", Hedge::About), ("近", Hedge::Nearly), ("过", Hedge::AtLeast), ("上", Hedge::AtLeast), ("破", Hedge::AtLeast),
];

/// Hedges that stand right after a unit, the longest first.
#[rustfmt::skip]
const AFTER: &[(&str, Hedge)] = &[
    ("左右", Hedge::About), ("上下", Hedge::About), ("以上", Hedge::AtLeast), ("以内", Hedge::AtMost), ("以下", Hedge::AtMost), ("之内", Hedge::AtMost), ("多", Hedge::AtLeast), ("余", Hedge::AtLeast),
];

/// Words that begin with a unit and are none.
#[rustfmt::skip]
const NOT_UNITS: &[&str] = &[
    "次全会", "位数", "家庭",  "次会议", "次党代会", "角洲", "金属", "金融", "金额", "银行", "金牌", "金山", "方案", "方式", "方向", "方位", "部门", "单位", "人均", "人民", "人才", "人口", "集群", "级别", "代表", "重点", "重大", "日均", "年均", "年级", "年代", "年规划", "年计划", "分别", "分之", "位一体", "点多",
    "成以", "国家", "市场", "区域", "村民", "层次", "台阶", "头部", "道路", "面积", "门类", "批次性", "站点", "字形", "路径", "回合", "代人", "步走", "年行动", "县域", "省级", "市级", "县级", "区级", "乡级", "镇级", "厂区", "园区", "版图",
];

/// Classifiers that Chinese numerals stand before in names and ordinals rather than in amounts (三期, 二级, 三类).
#[rustfmt::skip]
const ORDINAL_LIKE: &[&str] = &["期", "级", "代", "届", "轮", "重", "类", "道", "版", "国", "省", "市", "区", "县", "乡", "镇", "村", "点", "分", "方", "步", "门", "度", "里", "路", "队", "组", "层", "档", "员", "集", "面", "段", "单", "床", "部"];

/// Unquoted names that begin like an amount.
#[rustfmt::skip]
const NAMES: &[&str] = &["三个一号", "两个维护", "四个意识", "四个自信", "两个确立", "两个毫不动摇", "四个全面", "五个一", "三个代表", "两个一百年", "四个现代化", "一个中国", "一国两制", "一个国家"];

/// Quantities of a sentence whose period, status and times are known.
///
/// `part` is the period of the part of the report, which yearly averages and totals speak of.
pub(crate) fn of_sentence(
    chars: &[char],
    part: Option<Period>,
    period: Option<Period>,
    status: Option<Status>,
    times: &[Found],
) -> Vec<Quantity> {
    let quoted = quoted(chars);
    let mut found: Vec<Quantity> = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        if let Some(time) = times.iter().find(|t| t.range.contains(&i)) {
            i = time.range.end;
            continue;
        }
        match at(chars, i, &quoted) {
            Step::Found(q, next) => {
                found.push(*q);
                i = next;
            }
            Step::Skip(next) => i = next.max(i + 1),
        }
    }
    for k in 0..found.len() {
        let earlier = is_earlier(chars, &found, k, times);
        found[k].earlier = earlier;
    }
    let measures = measure::measures(&measure::Scene { chars, found: &found, times });
    for (q, (text, range)) in found.iter_mut().zip(measures) {
        q.measure = text;
        q.measure_range = range;
    }
    for k in 0..found.len() {
        let earlier = k.checked_sub(1).map(|at| &found[at]).filter(|q| q.earlier).map(|q| q.range.clone());
        finish(chars, &mut found[k], earlier, part, period, status, times);
    }
    // 原煤产量与上年持平: a change of what stands before 与.
    for q in found.iter_mut().filter(|q| q.text == "持平") {
        q.trend = Some(Trend::Up);
        let kept = q.measure.trim_end_matches(['与', '较', '同', '和']).to_owned();
        if let Some(range) = &mut q.measure_range {
            range.end -= q.measure.chars().count() - kept.chars().count();
        }
        q.measure = kept;
    }
    // 增长7%以上、力争8%: the second value of one aim is the same change.
    for k in 1..found.len() {
        let (before, q) = (&found[k - 1], &found[k]);
        let same = q.trend.is_none() && q.unit == before.unit && q.measure == before.measure && !before.earlier;
        let between: String = chars[before.range.end..q.range.start].iter().collect();
        if same && (between.contains("力争") || between.contains("争取")) {
            found[k].trend = found[k - 1].trend;
        }
    }
    found
}

enum Step {
    Found(Box<Quantity>, usize),
    Skip(usize),
}

/// Character ranges inside short quotation and title marks: names, and no place for amounts.
fn quoted(chars: &[char]) -> Vec<Range<usize>> {
    const LONGEST_NAME: usize = 18;
    let mut out = Vec::new();
    let mut open: Option<usize> = None;
    for (i, c) in chars.iter().enumerate() {
        match c {
            '“' | '《' | '「' => open = Some(i),
            '”' | '》' | '」' => {
                if let Some(from) = open.take().filter(|from| i - from <= LONGEST_NAME) {
                    out.push(from..i);
                }
            }
            _ => {}
        }
    }
    out
}

fn at(chars: &[char], i: usize, quoted: &[Range<usize>]) -> Step {
    let c = chars[i];
    if quoted.iter().any(|r| r.contains(&i)) {
        return Step::Skip(i + 1);
    }
    if c.is_ascii_alphabetic() {
        // PM2.5, T800, G318, A股: letters take the digits behind them along.
        let end = chars[i..]
            .iter()
            .position(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
            .map_or(chars.len(), |n| i + n);
        return Step::Skip(end);
    }
    if let Some(level) = level(chars, i) {
        let end = level.range.end;
        return Step::Found(Box::new(level), end);
    }
    let capital = numeral::capital(chars, i).is_some();
    let starts = digit(c).is_some() || han_digit(c).is_some() || han_multiplier(c).is_some() || capital;
    if !starts {
        return Step::Skip(i + 1);
    }
    if NAMES.iter().any(|n| starts_with(&chars[i..], n)) {
        return Step::Skip(i + 3);
    }
    let Some(mut n) = numeral::scan(chars, i) else {
        return Step::Skip(i + 1);
    };
    // What is left of a number that is too large for one would be another number.
    if !n.value.is_finite() {
        return Step::Skip(n.end);
    }
    let i = if !n.chinese && negative(chars, i) {
        n.value = -n.value;
        i - 1
    } else {
        i
    };
    let before = i.checked_sub(1).map(|b| chars[b]);
    let after = |k: usize| chars.get(n.end + k).copied();
    // 4+1, 1+N, 7×24: formulas are names.
    if matches!(before, Some('+' | '＋' | '×')) || matches!(after(0), Some('+' | '＋' | '×')) {
        return Step::Skip(n.end + 1);
    }
    if after(0) == Some('月') && !n.more {
        return Step::Skip(day_end(chars, n.end + 1));
    }
    if let Some(step) = neighbours(chars, i) {
        return step;
    }
    // 六届五次全会: meetings are numbered.
    if n.digit_string && n.sign.is_none() || before == Some('届') {
        return Step::Skip(n.end);
    }
    if before == Some('第') {
        // 第5位 is a rank; 第五届 a name.
        return match after(0) {
            Some('位' | '名') if !n.more => {
                Step::Found(Box::new(bare(chars, i - 1..n.end + 1, &n, "位".into())), n.end + 1)
            }
            _ => Step::Skip(n.end),
        };
    }
    if matches!(after(0), Some('：' | ':' | '∶' | '比'))
        && !n.chinese
        && after(1).is_some_and(|c| digit(c).is_some())
        && let Some(second) = numeral::scan(chars, n.end + 1).filter(|s| s.value == 1.0)
    {
        return Step::Found(Box::new(bare(chars, i..second.end, &n, String::new())), second.end);
    }
    let Some((unit, unit_end)) = unit_after(chars, &n) else {
        if after(0).is_some_and(|c| c.is_ascii_alphabetic()) {
            let end = chars[n.end..]
                .iter()
                .position(|c| !(c.is_ascii_alphanumeric() || *c == '-'))
                .map_or(chars.len(), |k| n.end + k);
            // 1e400亿斤: multipliers behind it are of no number of their own.
            let multipliers = chars[end..].iter().take_while(|&&c| matches!(c, '万' | '亿')).count();
            return Step::Skip(end + multipliers);
        }
        return range_of_bare(chars, i, &n).unwrap_or_else(|| without_unit(chars, i, &n));
    };
    // 400亿级, 万亿级: a size in a name.
    if unit == "级" && n.value >= 1e6 {
        return Step::Skip(unit_end);
    }
    if n.chinese && n.sign.is_none() && !amount_in_han(chars, i, &n, &unit, unit_end) {
        return Step::Skip(n.end);
    }
    // 每10万人发案5.2起: what is counted by is no value.
    let each = i.checked_sub(1).is_some_and(|b| chars[b] == '每');
    if each && !n.chinese && n.value >= 100.0 && matches!(unit.as_str(), "人" | "户" | "人口" | "名") {
        return Step::Skip(unit_end);
    }
    with_unit(chars, i, n, unit, unit_end)
}

/// 与上年持平: a change by nothing.
fn level(chars: &[char], i: usize) -> Option<Quantity> {
    if !starts_with(&chars[i..], "持平") {
        return None;
    }
    let before = &chars[..i];
    if !["上年", "去年", "同期", "上年基本", "去年基本", "同期基本", "前年"].iter().any(|w| ends_with(before, w))
    {
        return None;
    }
    Some(Quantity {
        range: i..i + 2, text: "持平".to_owned(), value: 0.0, unit: "%".to_owned(), ..Quantity::default()
    })
}

/// Whether the digits at `i` have a sign of less than nothing before them, and no dash of a span or a name: 增长-12.4%,
/// 率为－1.25‰, 负3.2%.
fn negative(chars: &[char], i: usize) -> bool {
    let Some(sign) = i.checked_sub(1).map(|b| chars[b]) else { return false };
    let before = i.checked_sub(2).map(|b| chars[b]);
    match sign {
        '-' | '−' | '－' | '﹣' => before.is_none_or(|c| "长为率速幅是到达降值差额：:（( ".contains(c)),
        '负' => before.is_none_or(|c| "长为率速幅是到达降值差额：（".contains(c)),
        _ => false,
    }
}

fn day_end(chars: &[char], at: usize) -> usize {
    match numeral::scan(chars, at) {
        Some(n) if matches!(chars.get(n.end), Some('日' | '号')) => n.end + 1,
        _ => at,
    }
}

/// The unit behind a number: its name in normal form and where it ends.
fn unit_after(chars: &[char], n: &Number) -> Option<(String, usize)> {
    if let Some(sign) = n.sign {
        return Some((sign.to_owned(), n.end));
    }
    let rest = &chars[n.end..];
    match rest.first() {
        Some('%' | '％') => return Some(("%".to_owned(), n.end + 1)),
        Some('‰') => return Some(("‰".to_owned(), n.end + 1)),
        _ => {}
    }
    if NOT_UNITS.iter().any(|w| starts_with(rest, w)) {
        return None;
    }
    let mut length = unit::longest_at(rest)?;
    if rest[0].is_ascii_alphabetic() && rest.get(length).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '级') {
        return None;
    }
    // 微克/立方米, 元/千瓦时
    if matches!(rest.get(length), Some('/' | '／'))
        && let Some(below) = unit::longest_at(&rest[length + 1..])
    {
        length += 1 + below;
    }
    let mut name: String = rest[..length].iter().map(|&c| if c == '／' { '/' } else { c }).collect();
    // 35微克每立方米: a measure for each of another; 每 before a person or a month is adverb of the next clause.
    if rest.get(length) == Some(&'每') && measures(&name) {
        let below = rest.get(length + 1..).unwrap_or_default();
        if let Some(more) = unit::longest_at(below) {
            let below: String = below[..more].iter().collect();
            if measures(&below) {
                name = format!("{name}/{below}");
                length += 1 + more;
            }
        }
    }
    Some((name, n.end + length))
}

/// Whether a unit measures rather than counts.
fn measures(unit: &str) -> bool {
    unit::unit(unit).is_some_and(|u| !u.dimension().counts() && u.dimension() != Dimension::Time)
}

/// Whether a number is a round one of multipliers alone behind a word that makes it an amount: 近千万家庭, 突破百万辆.
fn rounded(chars: &[char], start: usize, n: &Number) -> bool {
    n.value >= 1e5
        && chars[start..n.end].iter().all(|&c| han_multiplier(c).is_some())
        && matches!(chars[..start].last(), Some('近' | '超' | '过' | '破' | '逾' | '约' | '上' | '达'))
}

/// Whether a Chinese numeral with its unit is an amount and no name or ordinal.
fn amount_in_han(chars: &[char], start: usize, n: &Number, unit: &str, unit_end: usize) -> bool {
    let behind = |words: &[&str]| words.iter().any(|w| starts_with(&chars[unit_end..], w));
    let written = &chars[start..n.end];
    if rounded(chars, start, n) {
        return true;
    }
    let measured = unit::unit(unit).is_some_and(|u| !u.dimension().counts());
    if n.digits >= 2 || n.more {
        // 万亿国债: multipliers alone are an amount only of something measured.
        if matches!(unit, "国" | "省" | "市" | "区" | "县" | "期" | "版" | "代" | "级") {
            return false;
        }
        let has_digit = written.iter().any(|&c| han_digit(c).is_some() || c == '十');
        return measured || has_digit || n.more;
    }
    let before = start.checked_sub(1).map(|b| chars[b]);
    if n.value == 1.0 {
        // 一人一亩: so much for each.
        return matches!(unit, "倍" | "番") || measured && matches!(before, Some('人' | '户'));
    }
    match unit {
        "年" => {
            matches!(
                before,
                Some('续' | '时' | '长' | '过' | '近' | '达' | '满' | '用' | '前' | '后' | '及' | '约' | '整')
            ) || behind(&["内", "之内", "以内", "时间", "左右", "以上"])
        }
        "成" => chars.get(unit_end).is_none_or(|c| !matches!(c, '为' | '立' | '长' | '员' | '果')),
        _ if ORDINAL_LIKE.contains(&unit) => false,
        _ if measured => true,
        _ => !matches!(before, Some('第' | '其' | '之')),
    }
}

/// A number without a unit counts where a verb gives it as a value, or where it has a multiplier (1386万).
fn without_unit(chars: &[char], i: usize, n: &Number) -> Step {
    let ends = chars.get(n.end).is_none_or(|c| matches!(c, '，' | '。' | '；' | '、' | '！' | '以' | '左'));
    let before: String = chars[i.saturating_sub(3)..i].iter().collect();
    let given = ["达到", "达", "至", "为", "到", "超过", "突破", "近", "约"].iter().any(|v| before.ends_with(v));
    let multiplied = n.value >= 1e4 && chars[i..n.end].iter().any(|&c| matches!(c, '万' | '亿'));
    // 由860增加到1020公里: the unit stands behind the second alone.
    let from = i.checked_sub(1).is_some_and(|b| matches!(chars[b], '由' | '从'));
    let changes =
        ["增", "提", "升", "扩", "降", "减", "下", "上升", "缩"].iter().any(|w| starts_with(&chars[n.end..], w));
    if from && changes && !n.chinese {
        let rest = n.end + 1..chars.len().min(n.end + 8);
        let second = rest.clone().find(|&k| digit(chars[k]).is_some()).and_then(|k| numeral::scan(chars, k));
        if let Some((unit, _)) = second.and_then(|s| unit_after(chars, &s)) {
            return Step::Found(Box::new(bare(chars, i..n.end, n, unit)), n.end);
        }
    }
    let named = chars.get(n.end).is_some_and(|c| matches!(c, '号' | '强' | '后' | '”' | '-' | '—'));
    if named
        || !rounded(chars, i, n)
            && (!(multiplied && n.digits > 0 || given && ends && !n.chinese) || n.chinese && n.digits < 2)
    {
        return Step::Skip(n.end);
    }
    let quantity = with_hedges(chars, i, *n, String::new(), n.end);
    let end = quantity.range.end;
    Step::Found(Box::new(quantity), end)
}

fn bare(chars: &[char], range: Range<usize>, n: &Number, unit: String) -> Quantity {
    Quantity { text: chars[range.clone()].iter().collect(), range, value: n.value, unit, ..Quantity::default() }
}

fn with_unit(chars: &[char], i: usize, n: Number, unit: String, unit_end: usize) -> Step {
    let mut quantity = with_hedges(chars, i, n, unit, unit_end);
    let mut end = quantity.range.end;
    if n.chinese
        && n.sign == Some("%")
        && let Some((upper, upper_end)) = upper_in_words(chars, n.end, n.value)
    {
        quantity.upper = Some(upper);
        let (hedge, after) = hedge_after(chars, upper_end);
        quantity.hedge = hedge.or(quantity.hedge);
        end = after;
    } else if (quantity.hedge.is_none() || quantity.range.end == unit_end)
        && let Some((upper, upper_end)) = upper(chars, unit_end, &quantity.unit)
    {
        quantity.upper = Some(upper);
        let (hedge, after) = hedge_after(chars, upper_end);
        quantity.hedge = hedge.or(quantity.hedge);
        end = after;
    }
    quantity.range.end = end;
    quantity.text = chars[quantity.range.clone()].iter().collect();
    Step::Found(Box::new(quantity), end)
}

/// Units of time in which something has to be done. 年 is none of them: 五年内 is as often a time of its own.
const DEADLINES: &[&str] = &["个工作日", "个月", "天", "日", "小时"];

fn with_hedges(chars: &[char], i: usize, n: Number, unit: String, unit_end: usize) -> Quantity {
    let (mut hedge_behind, mut end) = hedge_after(chars, unit_end);
    // 15个工作日内: a time with 内 behind it is the most that it may take; 国内, 内部 and their like are words.
    if hedge_behind.is_none()
        && DEADLINES.contains(&unit.as_str())
        && chars.get(unit_end) == Some(&'内')
        && !chars.get(unit_end + 1).is_some_and(|c| matches!(c, '外' | '部' | '容' | '地' | '涝' | '河'))
    {
        (hedge_behind, end) = (Some(Hedge::AtMost), unit_end + 1);
    }
    let mut start = i;
    let mut hedge = hedge_behind.or(n.more.then_some(Hedge::AtLeast));
    if let Some((word, kind)) = BEFORE.iter().find(|(w, _)| ends_with(&chars[..i], w)) {
        let length = word.chars().count();
        let one = length == 1;
        // 通过, 经过, 以上, 附近: the single characters end other words too.
        let other = one
            && i >= 2
            && matches!(
                (chars[i - 2], chars[i - 1]),
                ('通' | '经' | '不' | '超', '过')
                    | ('以' | '线' | '网' | '之' | '会' | '基' | '迈' | '登' | '站' | '跃' | '踏' | '再', '上')
                    | ('附' | '最' | '靠', '近')
                    | ('大' | '节' | '签' | '预' | '条', '约')
                    | ('打', '破')
            );
        if !other {
            start = i - length;
            hedge = hedge.or(Some(*kind));
        }
    }
    Quantity {
        text: chars[start..end].iter().collect(),
        range: start..end,
        value: n.value,
        unit,
        hedge,
        ..Quantity::default()
    }
}

fn hedge_after(chars: &[char], at: usize) -> (Option<Hedge>, usize) {
    match AFTER.iter().find(|(w, _)| starts_with(&chars[at.min(chars.len())..], w)) {
        // 多 before a noun is the noun's (多层次).
        Some((word, hedge)) => (Some(*hedge), at + word.chars().count()),
        None => (None, at),
    }
}

/// 1—2个: the unit stands behind the upper end only.
fn range_of_bare(chars: &[char], i: usize, n: &Number) -> Option<Step> {
    let dash = match chars.get(n.end)? {
        '-' | '－' | '–' | '—' | '~' | '～' => 1,
        '至' | '到' if !n.chinese => 1,
        _ => return None,
    };
    let upper = numeral::scan(chars, n.end + dash).filter(|u| u.value > n.value && u.chinese == n.chinese)?;
    let (unit, unit_end) = unit_after(chars, &upper)?;
    let mut quantity = with_hedges(chars, i, *n, unit, unit_end);
    quantity.upper = Some(upper.value);
    let end = quantity.range.end;
    Some(Step::Found(Box::new(quantity), end))
}

/// Two numerals in a row that say "about so many": 两三年, 两、三倍, 三五家. Its value is the lower, `upper` the upper one.
fn neighbours(chars: &[char], i: usize) -> Option<Step> {
    let single = |at: usize| {
        let c = *chars.get(at)?;
        // 两 counts; the numerals of a code do not (一二三产业, 二〇).
        han_digit(c).filter(|d| *d > 0 && c != '〇')
    };
    let outside = |c: Option<&char>| c.is_none_or(|&c| han_digit(c).is_none() && han_multiplier(c).is_none());
    let low = single(i)?;
    let second = if chars.get(i + 1) == Some(&'、') { i + 2 } else { i + 1 };
    let high = single(second).filter(|high| *high == low + 1 || (low, *high) == (3, 5))?;
    let before = i.checked_sub(1).map(|b| chars[b]);
    if !outside(chars.get(second + 1)) || !outside(before.as_ref()) || matches!(before, Some('第' | '点' | '、' | '届'))
    {
        return None;
    }
    let n = Number {
        end: second + 1,
        value: f64::from(low),
        more: false,
        chinese: true,
        digit_string: false,
        digits: 2,
        sign: None,
    };
    let (unit, unit_end) = unit_after(chars, &n).filter(|(unit, _)| !ORDINAL_LIKE.contains(&unit.as_str()))?;
    let mut quantity = with_hedges(chars, i, n, unit, unit_end);
    quantity.upper = Some(f64::from(high));
    let end = quantity.range.end;
    Some(Step::Found(Box::new(quantity), end))
}

/// The upper end of a percentage in words, whose first number ends at `at`: 百分之四到五, 百分之三至百分之五.
fn upper_in_words(chars: &[char], at: usize, low: f64) -> Option<(f64, usize)> {
    if !matches!(chars.get(at)?, '到' | '至' | '、' | '—') {
        return None;
    }
    let n = numeral::scan(chars, at + 1).filter(|n| n.chinese && n.value > low && n.value <= 100.0)?;
    let plain = n.sign.is_none() && unit_after(chars, &n).is_none() && chars.get(n.end) != Some(&'年');
    (plain || n.sign == Some("%")).then_some((n.value, n.end))
}

/// The upper end of a range whose first number ends at `at` with its unit: 60%-70%.
fn upper(chars: &[char], at: usize, unit: &str) -> Option<(f64, usize)> {
    let dash = match chars.get(at)? {
        '-' | '－' | '–' | '—' | '~' | '～' => 1,
        '至' | '到' if chars.get(at + 1).is_some_and(|&c| digit(c).is_some()) && unit == "%" => 1,
        _ => return None,
    };
    let n = numeral::scan(chars, at + dash)?;
    let (second, end) = unit_after(chars, &n)?;
    (second == unit).then_some((n.value, end))
}

/// Whether quantity `k` is what a change begins with: 由26个增至88个, 从75%提高到100%, 从2020年的51%提升到2025年的70%.
fn is_earlier(chars: &[char], found: &[Quantity], k: usize, times: &[Found]) -> bool {
    let Some(next) = found.get(k + 1) else {
        return false;
    };
    let q = &found[k];
    let between: String = chars[q.range.end..next.range.start].iter().collect();
    // 突破3000亿元大关，达到3126亿元: the mark that was passed, then what was reached.
    let mark = ["大关", "关口", "台阶", "门槛"].iter().any(|w| between.starts_with(w));
    if mark && q.unit == next.unit && between.chars().count() <= 12 && between.ends_with(['达', '到', '为']) {
        return true;
    }
    // The later value's own time stands directly before it; of it only its 到 counts.
    let time = times.iter().find(|t| {
        q.range.end < t.range.start
            && chars.get(t.range.end..next.range.start).is_some_and(|rest| matches!(rest, [] | ['的']))
    });
    let until = time.map(|t| t.range.start + usize::from(matches!(chars[t.range.start], '到' | '至')));
    let between: String = chars[q.range.end..until.unwrap_or(next.range.start)].iter().collect();
    if between.chars().count() > 12 || between.contains(['，', '。', '；', '、']) {
        return false;
    }
    let before = k.checked_sub(1).map_or(0, |previous| found[previous].range.end);
    match chars[before..q.range.start].iter().rposition(|c| matches!(c, '由' | '从')) {
        Some(at) if before + at + 1 == q.range.start => between.contains(['至', '到', '为']),
        // 由人均600元提高到720元: what the change is of stands between.
        Some(at) => {
            let head: String = chars[before + at + 1..q.range.start].iter().collect();
            let changes = between.ends_with(['至', '到', '为']) && between.chars().count() >= 2;
            let other = head.contains(['，', '。', '；', '、']) || head.starts_with(['于', '事', '业', '而', '此']);
            changes && !other && q.unit == next.unit && head.chars().count() <= 12
        }
        None => false,
    }
}

/// Verbs of growth and of decline that a value follows, the longest first.
#[rustfmt::skip]
const UP: &[&str] = &["年均增长", "实际增长", "同比增长", "增长", "提高", "增加", "上升", "提升", "上涨", "上调", "扩大", "增产", "递增", "净增", "增收", "快于", "高于", "再增", "加", "增", "涨"];
#[rustfmt::skip]
const DOWN: &[&str] = &["年均下降", "下降", "减少", "降低", "压减", "压缩", "缩短", "缩小", "下调", "收窄", "回落", "削减", "减", "降", "低于", "跌"];
/// Nouns that name a change; a value of theirs is one.
const UP_NOUNS: &[&str] = &["增速", "涨幅", "增幅", "增长率", "增长速度", "增长"];
const DOWN_NOUNS: &[&str] = &["降幅", "下降率"];
/// Nouns that name a share.
const SHARES: &[&str] = &["占比", "比重", "比例", "覆盖率", "占", "份额", "率"];

/// Openings of a clause that states what there is.
const STATED: &[&str] = &[
    "我省有",
    "我区有",
    "我市有",
    "我国有",
    "全省有",
    "全区有",
    "全市有",
    "全国有",
    "现有",
    "目前有",
    "我省现有",
    "我区现有",
    "我市现有",
];

/// `earlier` is where the value stands from which this one has changed.
fn finish(
    chars: &[char],
    q: &mut Quantity,
    earlier: Option<Range<usize>>,
    part: Option<Period>,
    period: Option<Period>,
    status: Option<Status>,
    times: &[Found],
) {
    let before: String = chars[..q.range.start].iter().collect();
    let clause: String = before.rsplit(['，', '；', '。', '：']).next().unwrap_or_default().to_owned();
    let noun_follows = chars.get(q.range.end).is_some_and(|&c| wenbao_lang::han::is_han(c));
    let counts = unit::unit(&q.unit).is_some_and(|u| u.dimension() == Dimension::Count);
    q.trend = trend(&before, &clause, counts && noun_follows, q);
    if q.hedge.is_none() && (clause.contains("力争") || clause.contains("争取达到")) {
        q.hedge = Some(Hedge::Strive);
    }
    if q.hedge.is_none() && clause.ends_with("控制在") {
        q.hedge = Some(Hedge::AtMost);
    }
    // A time of its own clause: the nearest before it since the last semicolon that is not only compared with. Of a change the
    // time that stands at the earlier value is the earlier value's.
    let own = times.iter().rev().find(|t| {
        t.range.end <= q.range.start
            && matches!(t.kind, Kind::Absolute | Kind::Relative | Kind::Until)
            && !chars[t.range.end..q.range.start].contains(&'；')
            && earlier
                .as_ref()
                .is_none_or(|value| !(value.start.saturating_sub(1)..=value.start).contains(&t.range.end))
    });
    // 从2020年的51%提升到2025年的70%: it was reached in that year, not by it.
    let reached = own.is_some_and(|own| earlier.as_ref().is_some_and(|value| value.end <= own.range.start));
    let (begins, ends) = (q.earlier, earlier.is_some());
    let spans = |own: &Found| {
        own.period.single_year().is_none() && chars[own.range.clone()].iter().any(|c| "至到-—–~".contains(*c))
    };
    if let Some(own) = own {
        // 从1980年至1985年，产量由6亿吨增加到8亿吨: the values of its two ends.
        let of_years = match own.period {
            span if reached || ends && spans(own) => Period { from: span.to, ..span },
            span if begins && spans(own) => Period { to: span.from, ..span },
            // 由上年的58.6%回落到27.8%: the year before that which the sentence tells of.
            span if begins && chars[own.range.clone()].starts_with(&['上']) => {
                period.and_then(|told| told.single_year()).map_or(span, |year| Period::year(year - 1))
            }
            span => span,
        };
        q.period = Some(of_years).filter(|own| Some(*own) != period);
        if own.kind == Kind::Until && status == Some(Status::Actual) && !reached && Some(own.period) != period {
            q.status = Some(Status::Target);
        }
    }
    // 我区有20个口岸，要…: a fact on which a plan builds.
    if status == Some(Status::Target) && STATED.iter().any(|s| clause.starts_with(s)) {
        q.status = Some(Status::Actual);
    }
    // 2020年…，年均增长5.5%: an average is over the years of the part.
    let years = part.filter(|p| p.single_year().is_none() && clause.contains("年均"));
    if years.is_some() && years != period {
        q.period = years;
    }
    if status == Some(Status::Actual) && clause.contains("预计") {
        q.status = Some(Status::Estimated);
    }
}

fn trend(before: &str, clause: &str, counts_noun: bool, q: &Quantity) -> Option<Trend> {
    // 提升122个品牌: the verb has the noun behind the number for its object.
    if counts_noun || clause.ends_with("新增") {
        return None;
    }
    let mut stem = clause.trim_end_matches(['分', '别', '均', '约', '再', '都', '了', '各']);
    if stem.is_empty() && before.ends_with(['、', '和', '及', '与']) {
        stem = before;
    }
    // In a parallel list the verb stands before the first value.
    if let Some(at) = clause.find("分别") {
        let verb: String = clause[at + "分别".len()..].chars().take_while(|c| !c.is_ascii_digit()).collect();
        if UP.iter().any(|v| verb.ends_with(v)) {
            return Some(Trend::Up);
        }
        if DOWN.iter().any(|v| verb.ends_with(v)) {
            return Some(Trend::Down);
        }
    }
    if UP.iter().any(|v| stem.ends_with(v)) {
        return Some(Trend::Up);
    }
    if DOWN.iter().any(|v| stem.ends_with(v)) {
        return Some(Trend::Down);
    }
    if UP_NOUNS.iter().any(|n| q.measure.ends_with(n)) {
        return Some(Trend::Up);
    }
    if DOWN_NOUNS.iter().any(|n| q.measure.ends_with(n)) {
        return Some(Trend::Down);
    }
    let ratio = matches!(q.unit.as_str(), "%" | "‰" | "成");
    (ratio && SHARES.iter().any(|n| q.measure.contains(n))).then_some(Trend::Share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// value, upper, unit, hedge of every quantity.
    fn read(text: &str) -> Vec<(f64, Option<f64>, String, Option<Hedge>)> {
        parse(text).into_iter().map(|q| (q.value, q.upper, q.unit, q.hedge)).collect()
    }

    #[test]
    fn a_number_beyond_all_numbers_leaves_no_other_one_behind() {
        let long = format!("产量{}亿斤，增长5%。", "9".repeat(320));
        for text in ["粮食产量1e400亿亿斤，增长5%。", &long] {
            assert_eq!(read(text), [(5.0, None, "%".to_owned(), None)], "{text}");
        }
    }

    #[test]
    fn values_units_and_hedges() {
        use Hedge::*;
        for (text, value, upper, unit, hedge) in [
            ("新建煤矿130座。", 130.0, None, "座", None),
            ("产量超过165亿立方米。", 165e8, None, "立方米", Some(AtLeast)),
            ("建设2500个左右提档村。", 2500.0, None, "个", Some(About)),
            ("装机达到1.45亿千瓦。", 1.45e8, None, "千瓦", None),
            ("降至36微克/立方米。", 36.0, None, "微克/立方米", None),
            ("增长6%-6.5%。", 6.0, Some(6.5), "%", None),
            ("每县发展1—2个特色产业。", 1.0, Some(2.0), "个", None),
            ("提高0.5个百分点。", 0.5, None, "个百分点", None),
            ("减少6800多万。", 6.8e7, None, "", Some(AtLeast)),
            ("出口增长两倍多。", 2.0, None, "倍", Some(AtLeast)),
            ("粮食产量达到八千亿斤。", 8e11, None, "斤", None),
            ("每年要增长百分之十以上。", 10.0, None, "%", Some(AtLeast)),
            ("近2万亿元。", 2e12, None, "元", Some(Nearly)),
            ("指数达到92，增长。", 92.0, None, "", None),
            ("排全国第5位。", 5.0, None, "位", None),
            ("增长8．8％。", 8.8, None, "%", None),
            ("涨幅控制在3%以内。", 3.0, None, "%", Some(AtMost)),
            ("应当在15个工作日内完成审核。", 15.0, None, "个工作日", Some(AtMost)),
            ("收入比缩小至2.31:1。", 2.31, None, "", None),
            ("投资近千亿元。", 1e11, None, "元", Some(Nearly)),
            ("比现在增加两、三倍。", 2.0, Some(3.0), "倍", None),
            ("在两三年内实现。", 2.0, Some(3.0), "年", None),
            ("两年内基本取消。", 2.0, None, "年", None),
            ("每村三五家。", 3.0, Some(5.0), "家", None),
            ("每年增长百分之四到五。", 4.0, Some(5.0), "%", None),
            ("增长百分之三至百分之五左右。", 3.0, Some(5.0), "%", Some(About)),
            ("达到一人一亩。", 1.0, None, "亩", None),
            ("占世界五分之一。", 0.2, None, "", None),
            ("惠及近千万家庭。", 1e7, None, "", Some(Nearly)),
            ("突破千万户。", 1e7, None, "户", Some(AtLeast)),
            ("压缩至10个自然日内。", 10.0, None, "个自然日", None),
            ("到1万6千多户。", 16000.0, None, "户", Some(AtLeast)),
            ("新增1，234家。", 1234.0, None, "家", None),
            ("注册农机3 456台。", 3456.0, None, "台", None),
            ("成交额１，２８６亿元。", 1.286e11, None, "元", None),
            ("投资增长-12.4%。", -12.4, None, "%", None),
            ("增长率为-1.25‰。", -1.25, None, "‰", None),
            ("产量与上年持平。", 0.0, None, "%", None),
            ("投资壹佰贰拾亿元。", 1.2e10, None, "元", None),
            ("每10万人案件数下降2成。", 2.0, None, "成", None),
        ] {
            assert_eq!(read(text), vec![(value, upper, unit.to_owned(), hedge)], "{text}");
        }
    }

    #[test]
    fn names_ordinals_and_dates_are_no_quantities() {
        for text in [
            "加快5G规模化应用。",
            "开展煤矿“四个一批”。",
            "创建5A级景区。",
            "获评A档。",
            "第二届青年运动会。",
            "完成“三改联动”。",
            "推进两化融合。",
            "2024年1月23日召开。",
            "强化PM2.5协同治理。",
            "7月1日起禁止。",
            "世界500强企业。",
            "“4+1”攻关。",
            "国发42号文件。",
            "T800高端碳纤维。",
            "武宿机场三期。",
            "一批重大项目。",
            "三个一号旅游公路。",
            "一二三产业融合。",
            "第一、二产业。",
            "一、二期工程。",
        ] {
            assert_eq!(read(text), vec![], "{text}");
        }
    }

    #[test]
    fn each_value_of_a_change_has_its_own_time() {
        let read = |text: &str| {
            let chars: Vec<char> = text.chars().collect();
            let times = find_all(&chars, Some(2026));
            let found = of_sentence(&chars, None, Some(Period::year(2025)), Some(Status::Actual), &times);
            found.iter().map(|q| (q.earlier, q.period, q.status)).collect::<Vec<_>>()
        };
        let before = (true, Some(Period::year(2020)), None);
        let after = (false, None, None);
        assert_eq!(read("转化率从2020年的51%提升到2025年的70%。"), [before, after]);
        assert_eq!(read("预期寿命从2020年的82.4岁提升至83.9岁。"), [before, after]);
        let later = (false, Some(Period::year(2024)), None);
        assert_eq!(read("转化率由2020年的51%提高到2024年的69%。"), [before, later]);
        assert_eq!(read("投资增幅由上年的58.6%回落到27.8%。"), [(true, Some(Period::year(2024)), None), after]);
        assert_eq!(
            read("外贸突破3000亿元大关，2025年达到3126亿元。").iter().map(|q| q.0).collect::<Vec<_>>(),
            [true, false]
        );
        let of = |year: i32, earlier: bool| (earlier, Some(Period::year(year)), None);
        let expected = [of(1980, true), of(1985, false), of(1980, true), of(1985, false)];
        assert_eq!(read("从1980年至1985年，原煤产量由6亿吨增加到8亿吨，原油由1亿吨增加到2亿吨。"), expected);
    }

    #[test]
    fn the_later_value_of_a_change_is_its_result() {
        let q = parse("开发区数量由26个增至88个。");
        assert_eq!(q.iter().map(|q| (q.value, q.earlier)).collect::<Vec<_>>(), [(26.0, true), (88.0, false)]);
        let q = parse("通车里程由860增加到1020公里。");
        assert_eq!(
            q.iter().map(|q| (q.value, q.unit.as_str(), q.earlier)).collect::<Vec<_>>(),
            [(860.0, "公里", true), (1020.0, "公里", false)]
        );
        let q = parse("奖励标准由人均600元提高到720元，企业由于减产5家增加到9家。");
        assert_eq!(q.iter().map(|q| q.earlier).collect::<Vec<_>>(), [true, false, false, false]);
        let q = parse("资产总额突破3000亿元大关，达到3126亿元。");
        assert_eq!(
            q.iter().map(|q| (q.value, q.earlier, q.measure.as_str())).collect::<Vec<_>>(),
            [(3e11, true, "资产总额"), (3.126e11, false, "资产总额")]
        );
    }

    #[test]
    fn growth_decline_and_share() {
        for (text, want) in [
            ("投资增长7.7%。", Some(Trend::Up)),
            ("能耗下降3%。", Some(Trend::Down)),
            ("装机占比达到49.7%。", Some(Trend::Share)),
            ("压减75%、95%。", Some(Trend::Down)),
            ("新建5座。", None),
        ] {
            assert_eq!(parse(text)[0].trend, want, "{text}");
        }
    }
}
