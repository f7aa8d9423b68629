//! The phrase that a quantity measures: the noun before it (新建煤矿130座), behind it (58个贫困县), shared by a parallel
//! list (A、B分别达到1、2), or said earlier in the sentence (…，年均增长5.5%).

use std::ops::Range;

use crate::model::Quantity;
use crate::period::Found;
use crate::region::starts_with;
use crate::text::is_han;
use crate::units::{self, Dimension};

/// A measure: its words, and where they stand if they stand in one place.
type Measure = (String, Option<Range<usize>>);

/// Words between a name and its value, the longest first.
#[rustfmt::skip]
const VALUE_WORDS: &[&str] = &[
    "优化调整至", "预计分别达到", "保持稳定在", "保持在", "稳定在", "控制在", "年均增长", "年均下降", "同比增长", "实际增长", "可比增长", "累计达到", "分别达到", "预期增长", "提前达到", "全部达到", "已经达到", "平均每年增长", "每年要增长", "平均增长", "名义增长",
    "增加到", "提高到", "提高至", "增加至", "扩大到", "扩大至", "下降到", "下降至", "降低到", "降低至", "减少到", "减少至", "上升到", "上升至", "提升到", "提升至", "缩短至", "缩短到", "缩小至", "缩小到", "压减到", "压减至", "恢复到", "调整为", "调整至", "拓展到", "扩展到", "发展到", "增长到", "跃升至", "跃升到", "达到了", "增长了", "下降了", "提高了", "增加了", "减少了",
    "达到", "增长", "下降", "提高", "增加", "减少", "降低", "上升", "提升", "上涨", "缩短", "缩小", "压减", "扩大", "降至", "增至", "升至", "跌至", "减至", "压降", "压缩", "回落", "收窄", "递增", "预计", "分别", "累计", "总计", "合计", "共计", "平均", "连续", "长达", "高达", "多达", "仅为", "约为", "将达", "可达", "突破", "超过", "不低于", "不少于", "不超过", "大约", "接近", "超额", "拟按", "安排", "保持", "只有", "已达", "已有", "均为", "均达", "力争", "确保", "实现", "总数", "净增", "居民",
    "达", "为", "是", "至", "到", "由", "从", "均", "各", "超", "近", "约", "增", "降", "减", "涨", "再", "共", "有", "仅", "达成", "了", "已", "均超", "也", "都", "又", "要", "按", "占到", "在", "各为", "再增", "可", "将", "逾", "过",
];

/// Those of [`VALUE_WORDS`] that name an action on things when nothing stands before them: kept as the verb of the phrase.
#[rustfmt::skip]
const ACTIONS: &[&str] = &[
    "新增", "新建", "改建", "新改建", "改扩建", "新建改扩建", "新建改造", "建成", "建设", "完成", "发放", "改造", "培育", "新培育", "认定", "新认定", "引进", "举办", "退出", "关停", "压减", "减少", "增加", "转移", "办理", "实施", "推出", "开工", "开工建设", "新开工", "投资", "争取", "发行", "入驻", "签订", "创建", "获批",
    "治理", "新创建", "打造", "关闭", "淘汰", "处置", "安排", "落实", "支持", "布局", "布局建设", "组建", "招引", "招收", "扩招", "制定", "出台", "提请审议", "设立", "新设立", "配置", "建立", "选派", "选树", "推广", "开展", "认证", "成立", "新布局", "建成投用", "投用", "建成投产", "发布", "实现", "抓好", "办好", "解决", "达成", "累计建成", "累计完成", "再压减", "再退出", "新推出", "吸引", "消化", "盘活", "化解", "供应", "遴选", "评选", "推进", "启动", "续建", "开通", "新开通", "净增", "柔性引进", "取得", "突破", "下达", "拨付", "筹集", "奖励", "帮助", "惠及", "带动", "服务", "培训", "拆除", "整治", "排查", "查处", "清理", "规范", "销毁", "复垦", "整理", "营造", "种植", "播种", "收购", "生产", "销售", "出口", "进口", "吸纳", "安置", "整顿", "救助", "资助", "抢救", "调派", "派出", "驰援", "扫除",
];

/// Words that lead a clause and are no part of what it measures, the longest first.
#[rustfmt::skip]
const LEADING: &[&str] = &[
    "初步核算", "进一步", "与此同时", "在此基础上", "主要是", "主要目标是", "主要预期目标是", "其中", "全年", "预计", "力争", "确保", "争取", "努力", "同时", "推动", "促进", "实现", "保持", "并且", "年内", "今年", "去年", "目前", "累计", "全省", "全市", "全区", "全国", "我省", "我市", "我区", "我国", "五年来", "一年来", "三年来", "到年底", "年底", "前瞻", "使", "让", "将", "把", "对", "为", "在", "从", "由", "并", "也", "还", "再", "共", "已", "即", "如", "则", "要", "的", "和", "与", "及", "或", "等", "五年", "的基础上", "基础上",
];

/// Where the noun behind a number ends: verbs, adverbs and prepositions.
#[rustfmt::skip]
const BEHIND_STOPS: &[&str] = &[
    "增至", "降至", "升至", "减至", "涨至", "优化", "调整", "扩大", "提升", "缩短", "缩小", "降低", "开工", "建成", "通过", "入选", "获批", "实现", "全部", "完成", "达到", "落地", "挂牌", "投产", "投入", "投用", "纳入", "列入", "用于", "进入", "享誉", "分别", "得到", "竣工", "运营", "开通", "启动", "加快", "有序", "顺利", "覆盖", "提高", "增长", "下降", "突破", "办复", "兑现", "晋级", "成为", "荣获", "获评", "获得", "上榜", "位居", "居", "排", "占", "超过", "已经", "已", "均", "被", "将", "由", "在", "给予", "给", "向", "以", "按", "只减", "进行", "建设", "同步", "提前", "推进", "开展", "参与", "参加", "共建", "驰援", "摘帽", "脱贫", "出列", "开放", "揭牌", "正式", "组建", "获", "到", "至", "且", "并", "而", "都", "能", "可", "是", "为", "与", "和", "及", "或", "实施", "受益", "受惠", "发展", "推动", "促进", "保持", "上升", "减少", "增加", "结束",
];

/// Nouns that the last name of a list shares with those before it, the longest first.
#[rustfmt::skip]
const SHARED: &[&str] = &[
    "人均可支配收入", "可支配收入", "营业收入", "贷款余额", "存款余额", "销售收入", "主营业务收入", "工业增加值", "增加值", "营业额", "零售额", "销售额", "交易额", "进出口额", "进出口", "排放量", "排放强度", "排放", "产量", "总产量", "消费量", "发电量", "数量", "总量", "面积", "产值", "总产值", "收入", "余额", "利润", "投资", "消费", "出口", "进口", "人数", "人次", "里程", "覆盖率", "参保率", "占比", "比重", "规模", "密度", "浓度", "价格", "能耗", "临床重点专科",
];

/// The measures of all quantities of a sentence, in order.
pub(crate) fn measures(chars: &[char], found: &[Quantity], times: &[Found]) -> Vec<Measure> {
    let mut out: Vec<Measure> = Vec::with_capacity(found.len());
    let mut k = 0;
    while k < found.len() {
        let group = group_length(chars, found, k);
        let segment = segment(chars, found, k);
        if group >= 2
            && let Some(shared) = parallel(chars, group, segment.clone(), times, &out)
        {
            out.extend(shared);
            k += group;
            continue;
        }
        let measure = single(chars, found, k, segment, times, &out);
        out.push(measure);
        k += 1;
    }
    out
}

fn is_boundary(c: char) -> bool {
    matches!(
        c,
        '，' | '；' | '。' | '：' | '！' | '？' | '（' | '）' | '(' | ')' | ';' | '\n' | '…'
    ) || c == ' '
}

/// Where the words before quantity `k` begin: at its clause, or behind the quantity before it.
fn segment(chars: &[char], found: &[Quantity], k: usize) -> Range<usize> {
    let end = found[k].range.start;
    let mut start = chars[..end]
        .iter()
        .rposition(|&c| is_boundary(c))
        .map_or(0, |i| i + 1);
    if start >= 2 && end > start && chars[start..end].starts_with(&['—', '—']) {
        start += 2;
    }
    if let Some(previous) = k.checked_sub(1).map(|p| &found[p])
        && previous.range.end > start
    {
        // Behind the noun of the quantity before, at the list mark.
        let from = previous.range.end;
        start = chars[from..end]
            .iter()
            .rposition(|&c| c == '、')
            .map_or(from, |i| from + i + 1);
        if start == from && end > from && matches!(chars[from], '和' | '及' | '与') {
            start += 1;
        }
    }
    start..end
}

/// How many quantities follow each other with nothing but list marks between them, `k` included.
fn group_length(chars: &[char], found: &[Quantity], k: usize) -> usize {
    let mut n = 1;
    while let Some(next) = found.get(k + n) {
        let between: String = chars[found[k + n - 1].range.end..next.range.start]
            .iter()
            .collect();
        if !matches!(
            between.as_str(),
            "、" | "和" | "与" | "及" | "以及" | "，" | "、和"
        ) || found[k].earlier
        {
            break;
        }
        n += 1;
    }
    n
}

fn text(chars: &[char], range: &Range<usize>) -> String {
    chars[range.clone()].iter().collect()
}

/// `range` without value words at its end; the action that was among them, if any.
fn strip_end(chars: &[char], mut range: Range<usize>) -> (Range<usize>, String) {
    let mut stripped = String::new();
    loop {
        let part = &chars[range.clone()];
        let Some(word) = VALUE_WORDS.iter().find(|w| ends_with(part, w)) else {
            break;
        };
        // A name may end like a value word (开发区总数, 占比): stop before eating into quoted names.
        range.end -= word.chars().count();
        stripped = format!("{word}{stripped}");
    }
    (range, stripped)
}

fn ends_with(chars: &[char], word: &str) -> bool {
    let n = word.chars().count();
    chars.len() >= n && starts_with(&chars[chars.len() - n..], word)
}

/// `range` without times, region words and guiding verbs at its beginning.
fn strip_start(chars: &[char], mut range: Range<usize>, times: &[Found]) -> Range<usize> {
    loop {
        if range.is_empty() {
            return range;
        }
        if let Some(time) = times
            .iter()
            .find(|t| t.range.start == range.start && t.range.end <= range.end)
        {
            range.start = time.range.end;
            continue;
        }
        let part = &chars[range.clone()];
        if matches!(part[0], '—' | '、' | ' ' | '”') {
            range.start += 1;
            continue;
        }
        match LEADING.iter().find(|w| starts_with(part, w)) {
            // 使用, 对外, 为主, 从业: the character belongs to a longer word.
            Some(w)
                if w.chars().count() == 1 && NOT_LEADING.iter().any(|n| starts_with(part, n)) =>
            {
                return range;
            }
            Some(w) => range.start += w.chars().count(),
            None => return range,
        }
    }
}

/// Words that begin like one of [`LEADING`] and belong to the phrase.
#[rustfmt::skip]
const NOT_LEADING: &[&str] = &["使用", "对外", "对口", "从业", "在校", "在建", "在册", "再生", "再就业", "和美", "为民", "共建", "共享", "还款", "与会", "将军", "由企业", "等级", "要素", "要道", "已建", "即期", "在产", "并购", "并网", "和谐", "在线", "在园"];

/// The noun right behind quantity `k`.
fn behind(chars: &[char], found: &[Quantity], k: usize) -> Range<usize> {
    let mut start = found[k].range.end;
    let limit = found.get(k + 1).map_or(chars.len(), |q| q.range.start);
    if chars.get(start) == Some(&'的') {
        start += 1;
    }
    let mut end = start;
    let mut quote = 0i32;
    while end < limit {
        let c = chars[end];
        match c {
            '“' | '《' => quote += 1,
            '”' | '》' => quote -= 1,
            _ => {}
        }
        let plain = is_han(c)
            || c.is_ascii_alphanumeric()
            || matches!(c, '“' | '”' | '《' | '》' | '+' | '-' | '·' | '—')
            || quote > 0;
        if !plain || (c == '—' && chars.get(end + 1) == Some(&'—')) {
            break;
        }
        if quote == 0
            && BEHIND_STOPS
                .iter()
                .any(|w| starts_with(&chars[end..limit], w))
            && !(end > start && glued(chars, end))
        {
            break;
        }
        end += 1;
    }
    start..end
}

/// Words in which a stop of [`BEHIND_STOPS`] is part of a noun.
#[rustfmt::skip]
const GLUED: &[&str] = &["居民", "居家", "排水", "排放", "占地", "为主", "到户", "到位", "能源", "能力", "能耗", "能级", "可再生", "以上", "以下", "发展", "建设", "实施方案", "将军", "并购", "并网", "向日葵", "开放", "与会", "都市", "是非", "均衡", "由来", "被子", "获奖", "可支配", "建设用地", "能人", "和谐", "和美"];

fn glued(chars: &[char], at: usize) -> bool {
    GLUED.iter().any(|w| starts_with(&chars[at..], w))
        && !starts_with(&chars[at..], "建设")
        && !starts_with(&chars[at..], "发展")
        || starts_with(&chars[at..], "居民")
        || starts_with(&chars[at..], "能源")
        || starts_with(&chars[at..], "发展")
            && chars
                .get(at + 2)
                .is_some_and(|c| !is_boundary(*c) && at > 0)
}

fn is_counted(q: &Quantity) -> bool {
    q.unit.is_empty()
        || units::unit(&q.unit)
            .is_some_and(|u| matches!(u.dimension, Dimension::Count | Dimension::Rank))
}

fn single(
    chars: &[char],
    found: &[Quantity],
    k: usize,
    segment: Range<usize>,
    times: &[Found],
    done: &[Measure],
) -> Measure {
    let q = &found[k];
    if k > 0 && found[k - 1].earlier {
        return done[k - 1].clone();
    }
    let (core, stripped) = strip_end(chars, segment.clone());
    let core = strip_start(chars, core, times);
    let noun = behind(chars, found, k);
    let action = ACTIONS
        .iter()
        .filter(|a| stripped.starts_with(**a))
        .max_by_key(|a| a.len());
    let of_noun = chars.get(q.range.end) == Some(&'的');
    if core.is_empty() {
        if !noun.is_empty() && (is_counted(q) || action.is_some() || done.is_empty()) {
            let words = borrowed_noun(chars, found, k, &noun);
            return match action
                .copied()
                .or_else(|| list_verb(chars, found, k, &segment, done))
            {
                Some(action) => (format!("{action}{words}"), None),
                None if words == text(chars, &noun) => (words, Some(noun)),
                None => (words, None),
            };
        }
        // …，年均增长5.5%: said of what was measured before.
        if let Some(last) = done
            .last()
            .filter(|_| same_sentence_goes_on(chars, found, k))
        {
            return last.clone();
        }
        return previous_clause(chars, segment.start, times)
            .unwrap_or_else(|| (stripped.clone(), None));
    }
    let words = text(chars, &core);
    if words.starts_with('占')
        && let Some((before, _)) = done.last()
    {
        return (format!("{before}{words}"), None);
    }
    let acts = ACTIONS.iter().any(|a| words.ends_with(a));
    if !noun.is_empty() && (is_counted(q) || acts || of_noun || action.is_some()) {
        let noun_words = borrowed_noun(chars, found, k, &noun);
        if of_noun && !is_counted(q) {
            return (format!("{noun_words}{words}"), None);
        }
        // 某研究院建成8个平台: the phrase begins at its verb.
        let verb = last_action(&words);
        let action = action.copied().unwrap_or_default();
        return (
            format!("{}{action}{noun_words}", verb.unwrap_or(&words)),
            None,
        );
    }
    if let Some(verb) = list_verb(chars, found, k, &segment, done)
        .filter(|_| is_counted(q) && !ACTIONS.iter().any(|a| words.starts_with(a)))
    {
        return (format!("{verb}{words}"), None);
    }
    (words, Some(core))
}

/// 新培育甲1599家、乙626家: the verb under which a list goes on.
fn list_verb(
    chars: &[char],
    found: &[Quantity],
    k: usize,
    segment: &Range<usize>,
    done: &[Measure],
) -> Option<&'static str> {
    let behind_mark = k > 0
        && chars[..segment.start].ends_with(&['、'])
        && segment.start > found[k - 1].range.end;
    let (before, _) = done.last().filter(|_| behind_mark)?;
    ACTIONS
        .iter()
        .filter(|a| before.starts_with(**a))
        .max_by_key(|a| a.len())
        .copied()
}

/// From the last action verb at the end of `words` on.
fn last_action(words: &str) -> Option<&str> {
    let action = ACTIONS
        .iter()
        .filter(|a| words.ends_with(**a))
        .max_by_key(|a| a.len())?;
    Some(&words[words.len() - action.len()..])
}

/// 新建8个国家级、36个省级临床重点专科: the first borrows the noun of the last.
fn borrowed_noun(chars: &[char], found: &[Quantity], k: usize, noun: &Range<usize>) -> String {
    let words = text(chars, noun);
    if words.ends_with('级')
        && chars.get(noun.end) == Some(&'、')
        && found
            .get(k + 1)
            .is_some_and(|n| n.range.start == noun.end + 1)
    {
        let next = text(chars, &behind(chars, found, k + 1));
        if let Some((_, rest)) = next.split_once('级') {
            return format!("{words}{rest}");
        }
    }
    words
}

fn same_sentence_goes_on(chars: &[char], found: &[Quantity], k: usize) -> bool {
    let Some(previous) = k.checked_sub(1).map(|p| &found[p]) else {
        return false;
    };
    let between = &chars[previous.range.end..found[k].range.start];
    !between.iter().any(|c| matches!(c, '；' | '。'))
        && between.iter().filter(|c| **c == '，').count() <= 1
}

/// What the clause before names, when the clause of the number names nothing itself.
fn previous_clause(chars: &[char], clause_start: usize, times: &[Found]) -> Option<Measure> {
    let end = clause_start.checked_sub(1)?;
    let start = chars[..end]
        .iter()
        .rposition(|&c| is_boundary(c))
        .map_or(0, |i| i + 1);
    let (core, _) = strip_end(chars, start..end);
    let core = strip_start(chars, core, times);
    (!core.is_empty()).then(|| (text(chars, &core), Some(core)))
}

/// Names of a list, with their ranges; quoted names are not split.
fn names(chars: &[char], range: &Range<usize>, joints: &[&str]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut from, mut i, mut depth) = (range.start, range.start, 0i32);
    while i < range.end {
        match chars[i] {
            '“' | '（' | '《' => depth += 1,
            '”' | '）' | '》' => depth -= 1,
            _ => {}
        }
        let joint = if depth > 0 {
            None
        } else {
            joints.iter().find(|j| starts_with(&chars[i..range.end], j))
        };
        match joint {
            Some(j) => {
                out.push(from..i);
                i += j.chars().count();
                from = i;
            }
            None => i += 1,
        }
    }
    out.push(from..range.end);
    out.retain(|r| !r.is_empty());
    out
}

/// Measures of `group` quantities that share a list of names.
fn parallel(
    chars: &[char],
    group: usize,
    segment: Range<usize>,
    times: &[Found],
    done: &[Measure],
) -> Option<Vec<Measure>> {
    let (core, _) = strip_end(chars, segment.clone());
    let core = strip_start(chars, core, times);
    let split = |range: &Range<usize>| {
        [&["、"][..], &["、", "以及", "和", "与", "及"][..]]
            .iter()
            .map(|j| names(chars, range, j))
            .find(|n| n.len() == group)
    };
    if core.is_empty() {
        // …元，…元，实际增长8.4%和8%: the growth of the last measures.
        if done.len() >= group {
            return Some(done[done.len() - group..].to_vec());
        }
        let start = segment.start.checked_sub(1)?;
        let from = chars[..start]
            .iter()
            .rposition(|&c| matches!(c, '，' | '；' | '。' | '：'))
            .map_or(0, |i| i + 1);
        return shared(
            chars,
            &split(&strip_list_verb(
                chars,
                strip_start(chars, from..start, times),
            ))?,
            None,
        );
    }
    let words = text(chars, &core);
    if let Some(at) = words.find("城乡").filter(|_| group == 2) {
        let at = words[..at].chars().count();
        let (before, after) = (
            &words.chars().take(at).collect::<String>(),
            words.chars().skip(at + 2).collect::<String>(),
        );
        if !words.contains('、') {
            return Some(
                ["城镇", "农村"]
                    .map(|kind| (format!("{before}{kind}{after}"), None))
                    .to_vec(),
            );
        }
    }
    if let Some(list) = split(&core) {
        return shared(chars, &list, None);
    }
    // 整顿甲会、乙会、丙会，数量分别压减7%、9%、8%: names in the clause before, the noun here.
    let start = segment.start.checked_sub(1)?;
    let from = chars[..start]
        .iter()
        .rposition(|&c| matches!(c, '，' | '；' | '。' | '：'))
        .map_or(0, |i| i + 1);
    let list = split(&strip_list_verb(
        chars,
        strip_start(chars, from..start, times),
    ))?;
    shared(chars, &list, Some(&words))
}

/// A list without the verbs before its first name.
fn strip_list_verb(chars: &[char], mut range: Range<usize>) -> Range<usize> {
    while let Some(verb) = ACTIONS
        .iter()
        .filter(|a| starts_with(&chars[range.clone()], a))
        .max_by_key(|a| a.len())
    {
        range.start += verb.chars().count();
    }
    range
}

/// Names with the noun they share: what the last one ends with, or `noun`.
fn shared(chars: &[char], list: &[Range<usize>], noun: Option<&str>) -> Option<Vec<Measure>> {
    let last = text(chars, list.last()?);
    let suffix = noun.or_else(|| {
        SHARED
            .iter()
            .copied()
            .find(|s| last.ends_with(s) && last.len() > s.len())
    });
    Some(
        list.iter()
            .map(|range| {
                let name = text(chars, range);
                match suffix {
                    Some(s) if !SHARED.iter().any(|own| name.ends_with(own)) => {
                        (format!("{name}{s}"), None)
                    }
                    _ => (name, Some(range.clone())),
                }
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    fn measured(text: &str) -> Vec<String> {
        crate::quantity::parse(text)
            .into_iter()
            .map(|q| q.measure)
            .collect()
    }

    #[test]
    fn the_phrase_stands_before_behind_or_in_a_list() {
        for (text, want) in [
            ("新建智能化煤矿130座。", vec!["新建智能化煤矿"]),
            (
                "城乡居民人均可支配收入分别达到4万元、2万元。",
                vec!["城镇居民人均可支配收入", "农村居民人均可支配收入"],
            ),
            (
                "5G基站、标准机架分别达到3万个、9万架。",
                vec!["5G基站", "标准机架"],
            ),
            (
                "民营经济和普惠小微贷款余额分别增长3%、8%。",
                vec!["民营经济贷款余额", "普惠小微贷款余额"],
            ),
            (
                "开发区数量由26个增至88个。",
                vec!["开发区数量", "开发区数量"],
            ),
            (
                "全省地区生产总值2万亿元，年均增长5%。",
                vec!["地区生产总值", "地区生产总值"],
            ),
            (
                "培育30家以上重点上市后备企业。",
                vec!["培育重点上市后备企业"],
            ),
            ("58个贫困县全部摘帽。", vec!["贫困县"]),
            (
                "新培育甲企业1599家、乙企业626家。",
                vec!["新培育甲企业", "新培育乙企业"],
            ),
            ("其中外送电量1576亿千瓦时。", vec!["外送电量"]),
            (
                "新建8个国家级、36个省级临床重点专科。",
                vec!["新建国家级临床重点专科", "新建省级临床重点专科"],
            ),
            (
                "整顿甲会、乙会、丙会，数量分别压减7%、9%、8%。",
                vec!["甲会数量", "乙会数量", "丙会数量"],
            ),
        ] {
            assert_eq!(measured(text), want, "{text}");
        }
    }
}
