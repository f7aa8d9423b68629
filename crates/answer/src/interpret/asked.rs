//! What a question asks for: its question words, the unit or class that follows them, and the words before them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::han::is_han;

use super::classes;
use super::model::{Asked, Change, Rate};
use super::normalise::regex;
use super::period::numeral;
use super::unit;
use super::words::{ends_with, longest_end, row, words};

/// A question word with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    /// The question word with its unit or classifier: "多少万千瓦", "哪三个". The class noun is not in it.
    pub range: Range<usize>,
    pub asked: Asked,
    pub units: Vec<String>,
    pub class: Option<String>,
    pub count: Option<usize>,
    pub change: Option<Change>,
    /// Whether the words name a unit, or it is only implied.
    pub unit_named: bool,
}

impl Ask {
    /// A question word with nothing more known of it.
    fn new(range: Range<usize>, asked: Asked) -> Self {
        Self { range, asked, units: Vec::new(), class: None, count: None, change: None, unit_named: false }
    }
}

/// What kind of question word stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Time,
    HowLong,
    Percent,
    HowMany,
    HowBig,
    Which,
    Who,
    What,
    Where,
    How,
    Why,
    Whether,
}

/// Question words in order of precedence where two begin at the same place.
const WORDS: &[(&str, Word)] = &[
    (
        r"什么时候|什么时侯|啥时候|啥时|何时|何年何月|何年|哪一天|哪天|哪一日|哪日|哪一年度?|哪年|哪一个月|哪个月|哪月|几月几[日号]|几月份|几月|几[号日]|几点钟?|什么时间|什么日子|什么年份|哪个年份|哪个时间|哪个日子",
        Word::Time,
    ),
    (r"多久|多长时间|多少时间|多长的时间", Word::HowLong),
    (
        r"一百(?:个|户|名|家|人)?(?:里头|里面|里|当中|中)(?:头)?[^，。？]{0,4}?(?:有)?(?:多少|几)(?:个|户|名|家|人)?",
        Word::Percent,
    ),
    (r"百分之(?:几|多少)|千分之(?:几|多少)|几分之几|多少分之一", Word::Percent),
    (r"为什么|为何|为啥|何以", Word::Why),
    (r"什么水平|什么程度|多大的?(?:规模|幅度|程度|比例|力度)|多高的?(?:水平|比例)", Word::HowMany),
    (r"多少|几", Word::HowMany),
    (r"多(?:大|高|长|远|宽|深|重|厚|快|强|贵)", Word::HowBig),
    (r"哪里|哪儿|何地|何处|啥地方|什么地方", Word::Where),
    (r"哪", Word::Which),
    (r"谁", Word::Who),
    (r"怎么样|怎样|怎么|如何|咋样|咋", Word::How),
    (r"什么|啥|何种|何物", Word::What),
    (r"是否|是不是|有没有|能不能|会不会|要不要|有无|能否|可否|吗|了没有?$|没有$", Word::Whether),
];

static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
    let all: Vec<String> = WORDS.iter().map(|(pattern, _)| format!("({pattern})")).collect();
    regex(&all.join("|"))
});

/// Finds the question words of a text whose times, regions and quoted names are blanked out.
pub(super) fn find(masked: &str) -> Vec<Ask> {
    let mut found: Vec<Ask> = Vec::new();
    let mut from = 0;
    while let Some(hit) = ANCHOR.captures_at(masked, from) {
        let Some(all) = hit.get(0) else { break };
        let word = (0..WORDS.len()).find(|i| hit.get(i + 1).is_some()).map(|i| WORDS[i].1);
        let step = all.end();
        if let Some(word) = word.filter(|_| is_question_word(masked, all.range()))
            && let Some(ask) = read(masked, all.range(), word)
        {
            from = ask.range.end.max(step);
            found.push(ask);
        } else {
            from = step;
        }
    }
    found
}

fn is_question_word(text: &str, range: Range<usize>) -> bool {
    let (word, before, after) = (&text[range.clone()], &text[..range.start], &text[range.end..]);
    let words = &words().asked;
    if word == "几" && ends_with(before, &words.good_verbs) {
        return true;
    }
    !words.not_behind.iter().map(row).any(|(name, heads)| {
        (word == name || word.starts_with(name) && name == "多" && word != "多少" && !word.starts_with("多久"))
            && ends_with(before, heads)
    }) && !words
        .not_before
        .iter()
        .map(row)
        .any(|(name, tails)| word == name && tails.iter().any(|tail| after.starts_with(tail.as_str())))
}

/// Reads what follows a question word and judges it by what stands before.
fn read(text: &str, range: Range<usize>, word: Word) -> Option<Ask> {
    let after = &text[range.end..];
    let plain = |asked: Asked| Ask::new(range.clone(), asked);
    Some(match word {
        Word::Time if text[range.clone()].ends_with("几号") && after.starts_with('线') => {
            Ask {
                class: Some("号线".into()), range: range.start..range.end + '线'.len_utf8(), ..plain(Asked::Entity)
            }
        }
        Word::Time => plain(Asked::Time),
        Word::HowLong => {
            Ask { units: strings(&["年", "个月", "天", "小时", "分钟"]), ..plain(Asked::Duration) }
        }
        Word::Percent => {
            let unit = if text[range.clone()].starts_with("千分") { "‰" } else { "%" };
            let (rate, change) = ratio(&text[..range.start]);
            // 几分之几 is answered by 五分之一 first.
            let part = text[range.clone()].starts_with(['几', '多']);
            let units = if part { strings(&["分之", unit]) } else { strings(&[unit]) };
            Ask { units, change, unit_named: true, ..plain(Asked::Rate(rate)) }
        }
        Word::HowMany => how_many(text, range.clone()),
        Word::HowBig => how_big(text, range.clone()),
        // 短板在哪里: where it lies is what it is.
        Word::Where => plain(if lies(text, &range) { Asked::Overview } else { Asked::Place }),
        Word::Which => return which(text, range),
        Word::Who => Ask { class: Some("人".into()), ..plain(Asked::Entity) },
        Word::What => what(text, range.clone()),
        Word::How => {
            // 怎么抵, 如何抵扣, 怎样的体系 ask for a phrase; 怎么样, 怎么说 for a view of the matter.
            let view = after.is_empty()
                || ["样", "说", "看", "讲", "安排", "部署", "抓", "推进", "推动", "发展", "，", "？", "做"]
                    .iter()
                    .any(|tail| after.starts_with(tail));
            let thing = text[range.clone()].ends_with('样') && after.starts_with(['的', '一', '去', '把']);
            let asked =
                if (view || text[range.clone()].ends_with('样')) && !thing { Asked::Overview } else { Asked::Manner };
            plain(asked)
        }
        Word::Why => plain(Asked::Manner),
        Word::Whether => plain(Asked::YesNo),
    })
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_string()).collect()
}

/// The words before a question word without the fillers next to it, and whether a filler says that the level is asked
/// for. What comes back is a prefix of `text`: it may end in the clause before.
pub(super) fn left(text: &str, start: usize) -> (&str, bool) {
    let mut level = false;
    let mut rest = text[..start].trim_end_matches(|c: char| c.is_ascii_control());
    let words = &words().asked;
    while let Some(filler) = longest_end(rest, &words.fillers) {
        if longest_end(rest, &words.no_filler).is_some_and(|word| word.len() > filler.len()) {
            break;
        }
        level |= words.level.iter().any(|word| word == filler);
        rest = rest[..rest.len() - filler.len()].trim_end_matches(|c: char| c.is_ascii_control());
    }
    (rest, level)
}

/// What kind of ratio the words before the question word speak of.
fn ratio(before: &str) -> (Rate, Option<Change>) {
    let (head, level) = left(before, before.len());
    // "增长多少" with words between: "增长目标是百分之几".
    let change = if level { Some(Change::Level) } else { Some(Change::Increment) };
    if ends_with(head, &words().asked.share_heads) {
        return (Rate::Share, if level { Some(Change::Level) } else { None });
    }
    if ends_with(head, &words().asked.growth_heads) {
        return (Rate::Growth, Some(Change::Increment));
    }
    if ends_with(head, &words().asked.change_verbs)
        || ends_with(head, &words().asked.amount_verbs)
        || head.ends_with(['高', '低', '快'])
    {
        // "覆盖率提高到百分之几" is a level, and then a share, not a growth.
        return if level { (Rate::Share, change) } else { (Rate::Growth, change) };
    }
    // "进出口增长中亚五国百分之多少": other languages put the verb elsewhere.
    let clause = before.rsplit(['，', '。', '？']).next().unwrap_or(before);
    if ["增长", "下降", "压减", "降低", "提高", "上升", "上涨", "减少"].iter().any(|verb| clause.contains(verb))
        && !level
    {
        return (Rate::Growth, Some(Change::Increment));
    }
    if before.contains('占') || before.contains("比重") {
        return (Rate::Share, None);
    }
    (Rate::Other, if level { Some(Change::Level) } else { None })
}

fn how_many(text: &str, range: Range<usize>) -> Ask {
    let word = &text[range.clone()];
    let after = &text[range.end..];
    let before = &text[..range.start];
    if word.ends_with("比例") {
        // "多大比例的煤电机组": the noun behind it is what the share is of.
        return Ask { units: strings(&["%", "成"]), unit_named: true, ..Ask::new(range, Asked::Rate(Rate::Share)) };
    }
    if word == "几" && (after.starts_with("中全会") || after.starts_with('大') && !after.starts_with("大部")) {
        // 几中全会, 几大战役: the number stands inside a name.
        let counter = if after.starts_with('大') { "大" } else { "中全会" };
        return Ask { class: Some(counter.into()), ..Ask::new(range.start..range.end + counter.len(), Asked::Entity) };
    }
    if let Some(before) = before.strip_suffix('第').filter(|_| word == "几") {
        return ordinal(text, before.len()..range.end);
    }
    let mut ask = Ask::new(range.clone(), Asked::Amount);
    let (head, level) = left(text, range.start);
    let changes = ends_with(head, &words().asked.change_verbs);
    let adds = ends_with(head, &words().asked.amount_verbs) || MORE_OR_LESS.is_match(head);
    if level {
        ask.change = Some(Change::Level);
    } else if changes || adds {
        ask.change = Some(Change::Increment);
    }
    let counted = matches!(word, "多少" | "几");
    if counted && let Some((length, name)) = unit::read(after) {
        let medal = ["金", "银", "铜"].into_iter().find(|metal| after[length..].starts_with(&format!("{metal}牌")));
        // 百分点, 倍, 成 and 折 make it a ratio; years and days a span of time.
        ask.range.end += length;
        ask.unit_named = !name.is_empty();
        ask.units = unit::with_alternatives(&name);
        // 8金4银4铜: how reports count medals.
        if let Some(metal) = medal {
            ask.units.insert(0, metal.into());
        }
        // "涨了几个点": what people call percent, where something rises or falls by them.
        let point = after[length..]
            .strip_prefix('点')
            .filter(|rest| !rest.starts_with(is_han) || rest.starts_with(['了', '呢', '吗']));
        let moves = changes || adds || ratio(before).0 != Rate::Other;
        if name == "个" && point.is_some() && moves {
            ask.range.end += '点'.len_utf8();
            ask.units = strings(&["%", "个百分点"]);
            ask.asked = Asked::Rate(ratio(before).0);
            return ask;
        }
        match name.as_str() {
            "个百分点" => ask.asked = Asked::Rate(Rate::Growth),
            "倍" => ask.asked = Asked::Rate(Rate::Other),
            "成" | "折" => {
                ask.asked = Asked::Rate(ratio(before).0);
                if name == "折" {
                    ask.units = strings(&["折", "%"]);
                }
            }
            "年" | "个月" | "天" | "小时" | "分钟" | "周年" => ask.asked = Asked::Duration,
            "" => ask.units = guess_units(head, &after[length..]),
            _ => {}
        }
        // "哪几类、各多少个" and "增加多少" with a generic classifier keep the noun's own unit in front.
        return ask;
    }
    if word == "几" {
        // 几 + noun without a classifier hardly occurs; it still counts something.
        ask.units = guess_units(head, after);
        return ask;
    }
    let object = object(after);
    if object.is_empty() {
        if ends_with(head, &words().asked.no_ratio) {
            return ask;
        }
        if ends_with(head, &words().asked.growth_heads) {
            ask.asked = Asked::Rate(Rate::Growth);
            ask.change = Some(Change::Increment);
            ask.units = strings(&["%", "个百分点"]);
            return ask;
        }
        if changes && !level {
            // "每月多领的钱涨多少": what is paid to a person grows by an amount.
            let noun = strip_verbs(head);
            if ends_with(noun, &words().asked.paid) {
                ask.units = strings(&["元", "%"]);
                return ask;
            }
            ask.asked = Asked::Rate(Rate::Growth);
            ask.units = strings(&["%", "个百分点"]);
            ask.units.extend(unit::implied(noun));
            return ask;
        }
        // "经济增长的主要预期目标是多少": the noun of growth stands further off.
        let clause = head.rsplit(['，', '。', '？']).next().unwrap_or(head);
        let grows = ["增长", "涨幅", "增速"].iter().any(|word| {
            clause.rfind(word).is_some_and(|at| !clause[at + word.len()..].starts_with(['点', '极', '动', '带', '空']))
        });
        // "工业对经济增长贡献率是多少": a share or a ratio that growth is only a part of the name of.
        let noun = strip_verbs(head);
        let (share, ratio) = (ends_with(noun, &words().asked.share_heads), ends_with(noun, &words().asked.ratio_heads));
        if grows && !level && !changes && !share && !ratio && unit::implied(noun).is_empty() {
            ask.asked = Asked::Rate(Rate::Growth);
            ask.change = Some(Change::Increment);
            ask.units = strings(&["%", "个百分点"]);
            return ask;
        }
        if level || !changes {
            if share {
                ask.asked = Asked::Rate(Rate::Share);
                ask.units = strings(&["%"]);
                return ask;
            }
            if ratio {
                ask.asked = Asked::Rate(Rate::Other);
                ask.units = strings(&["%", "‰"]);
                return ask;
            }
        }
    }
    ask.units = guess_units(head, after);
    // "数量比上年增加多少": what was added, or by what rate.
    let compared = ["比上年", "比上一年", "比去年", "比前一年", "同比", "较上年"].iter().any(|w| before.contains(w));
    if adds && compared && object.is_empty() && !ask.units.iter().any(|unit| unit == "%") {
        ask.units.push("%".into());
    }
    ask
}

/// "第几次", "第几位": a place in an order. 位 and 名 are quantities to the reports' reader, the others names.
fn ordinal(text: &str, range: Range<usize>) -> Ask {
    let after = &text[range.end..];
    let counter = after.chars().next().filter(|c| !"，。？的了".contains(*c)).map(String::from).unwrap_or_default();
    let rank = matches!(counter.as_str(), "位" | "名");
    Ask {
        range: range.start..range.end + counter.len(),
        asked: if rank { Asked::Amount } else { Asked::Entity },
        units: if rank { strings(&["位", "名"]) } else { Vec::new() },
        class: (!rank).then(|| format!("第{counter}")),
        count: None,
        change: None,
        unit_named: rank,
    }
}

/// "少抽了多少水", "多打了多少斤": a verb done more or less than before.
static MORE_OR_LESS: LazyLock<Regex> = LazyLock::new(|| {
    regex("(?:^|[^至最不许很大更差缺减太较众好])[多少][抽打用收领挣赚卖种产建招发花交付拿给吃烧排跑开走]了?$")
});

/// "提高", "压到" and their kin at the end of a left context, so that its noun is the last thing.
fn strip_verbs(head: &str) -> &str {
    let mut rest = head;
    let words = &words().asked;
    while let Some(verb) = longest_end(rest, words.change_verbs.iter().chain(&words.amount_verbs)) {
        rest = left(rest, rest.len() - verb.len()).0;
    }
    rest
}

/// Units implied by the noun before the question word, looking past a few characters of verb (产, 打, 核销, 发行规模).
fn implied_before(head: &str) -> Vec<String> {
    let mut rest = strip_verbs(head);
    for _ in 0..5 {
        let units = unit::implied(rest);
        if !units.is_empty() {
            return units;
        }
        let Some(last) = rest.chars().next_back() else {
            break;
        };
        rest = strip_verbs(left(rest, rest.len() - last.len_utf8()).0);
    }
    Vec::new()
}

/// What 多少 counts: what follows it up to the end of its clause.
pub(super) fn object(after: &str) -> &str {
    let end = after.find(['，', '。', '？', '；', '（', '、']).unwrap_or(after.len());
    let object = &after[..end];
    // "降到了多少以下", "多少左右", "多少了": not an object.
    let trimmed = ["以下", "以上", "以内", "左右", "上下", "安排", "才", "了", "呢", "的"]
        .iter()
        .fold(object, |rest, tail| rest.strip_prefix(tail).unwrap_or(rest));
    trimmed.trim_matches(|c: char| c.is_ascii_control() || c == ' ')
}

fn guess_units(head: &str, after: &str) -> Vec<String> {
    let object = object(after);
    if !object.is_empty() {
        let units = unit::implied_by_object(object);
        if !units.is_empty() {
            return units;
        }
    }
    implied_before(head)
}

fn how_big(text: &str, range: Range<usize>) -> Ask {
    let after = &text[range.end..];
    let (head, _) = left(text, range.start);
    let mut ask = Ask::new(range.clone(), Asked::Amount);
    if ends_with(head, &words().asked.growth_heads) {
        ask.asked = Asked::Rate(Rate::Growth);
        ask.units = strings(&["%", "个百分点"]);
        return ask;
    }
    if !ends_with(head, &words().asked.no_ratio)
        && (ends_with(head, &words().asked.share_heads) || ends_with(head, &words().asked.ratio_heads))
    {
        ask.asked = Asked::Rate(if ends_with(head, &words().asked.share_heads) { Rate::Share } else { Rate::Other });
        ask.units = strings(&["%"]);
        return ask;
    }
    let (units, tail): (&[&str], usize) = match &text[range.clone()] {
        "多大" if after.starts_with("岁数") => (&["岁", "周岁"], "岁数".len()),
        "多大" if after.starts_with("年纪") || after.starts_with("年龄") => (&["岁", "周岁"], "年纪".len()),
        "多大" => (&["平方米", "亩", "平方公里"], 0),
        "多长" | "多远" => (&["公里", "米"], 0),
        "多高" | "多宽" | "多深" => (&["米", "公里", "%"], 0),
        _ => (&[], 0),
    };
    ask.range.end += tail;
    // "多大装机容量", "多大的投资": the noun behind says the unit.
    let behind = unit::implied_by_object(object(&after[tail..]));
    let implied = if behind.is_empty() { implied_before(head) } else { behind };
    // "规模有多大" is no area, "多大的屋" is.
    let area = &text[range.clone()] != "多大" || tail > 0 || after.starts_with(['的', '面']);
    ask.units = if implied.is_empty() && area { strings(units) } else { implied };
    ask
}

fn which(text: &str, range: Range<usize>) -> Option<Ask> {
    static COUNT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:几|(?P<n>[两二三四五六七八九十]{1,2}|\d{1,2}))(?P<clf>大?(?:个|家|座|处|项|所|条|件|名|位|台|套|部|支|场|类|种|市|县|区|重|点|样|款|门|本|方面|国|省|个人))?",
        )
    });
    static ONE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:一)?(?:个|家|座|处|项|所|条|件|名|位|台|套|部|支|场|类|种|款|门|本|届|次|批|块|份|句|片|艘|架|只|样)?",
        )
    });
    let mut ask = Ask::new(range.clone(), Asked::Entity);
    let after = &text[range.end..];
    let next = after.chars().next();
    if after.starts_with('些') || after.starts_with('“') {
        // 哪“三通”: a name that counts its own items.
        ask.range.end += if after.starts_with('些') { '些'.len_utf8() } else { 0 };
        ask.asked = Asked::List;
    } else if let Some(hit) = COUNT.captures(after) {
        ask.range.end += hit[0].len();
        ask.asked = Asked::List;
        ask.count = hit.name("n").and_then(|n| numeral(n.as_str())).and_then(|n| usize::try_from(n).ok());
        // "哪两个市" leaves 市 as the class; "哪三市" has it for its classifier.
        if let Some(class) =
            hit.name("clf").map(|m| m.as_str()).filter(|clf| ["市", "县", "区", "国", "省"].contains(clf))
        {
            ask.class = Some(class.to_string());
        }
    } else {
        ask.range.end += ONE.find(after).map_or(0, |m| m.end());
        if ask.range.end == range.end && next.is_none_or(|c| "，。？".contains(c)) {
            let place = ["在", "到", "去", "从"].iter().any(|word| text[..range.start].ends_with(word));
            return place.then(|| Ask::new(range, Asked::Place));
        }
    }
    let rest = &text[ask.range.end..];
    if ask.class.is_none() {
        ask.class = classes::noun(rest).or_else(|| class_before(text, range.start)).or_else(|| {
            // 哪个 must have its measure word: 哪 alone stands before anything.
            if ask.range.end > range.end { classes::last_noun(rest) } else { None }
        });
    }
    if ask.asked == Asked::List
        && (classes::is_generic(rest)
            || asks_for_generic(&text[..range.start], rest)
            || text[..range.start].ends_with('指'))
    {
        ask.asked = Asked::Overview;
        ask.class = None;
    } else if ask.asked == Asked::Entity && ask.class.as_deref().is_some_and(classes::is_place) {
        ask.asked = Asked::Place;
    }
    Some(ask)
}

/// "……的核电项目是哪一个": the class stands before the question word.
fn class_before(text: &str, start: usize) -> Option<String> {
    let before = text[..start].trim_end_matches(|c: char| c.is_ascii_control());
    let before = before
        .strip_suffix("分别是")
        .or_else(|| before.strip_suffix("都是"))
        .or_else(|| before.strip_suffix('是'))
        .or_else(|| before.strip_suffix("包括"))
        .or_else(|| before.strip_suffix("有"))
        .or_else(|| {
            ["被称为", "称为", "称作", "叫做", "叫作", "名叫", "叫"].iter().find_map(|w| before.strip_suffix(w))
        })?;
    let clause = before
        .rfind(['，', '。', '？', '；', '、'])
        .map_or(before, |at| before[at..].trim_start_matches(['，', '。', '？', '；', '、']));
    let noun = clause.rfind('的').map_or(clause, |at| &clause[at + '的'.len_utf8()..]);
    let noun: String = noun.chars().filter(|c| !c.is_ascii_control()).collect();
    // "四个海上风电项目", "城市更新九大工程": the number is not part of the class.
    let noun = COUNTED.replace(&noun, "").into_owned();
    (1..=8).contains(&noun.chars().count()).then_some(noun).filter(|noun| classes::is_class(noun))
}

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    regex("^.*?(?:[两二三四五六七八九十]{1,2}|\\d{1,2})(?:大|个|项|家|条|座|处|所|类|种|款|位|件)(?:重点|重大)?")
});

fn what(text: &str, range: Range<usize>) -> Ask {
    let mut ask = Ask::new(range.clone(), Asked::Entity);
    let rest = &text[range.end..];
    // "什么样的目标" asks for the targets.
    let rest = rest.strip_prefix("样的").unwrap_or(rest);
    let (head, level) = left(text, range.start);
    if level && rest.trim_matches(['，', '。', '？']).is_empty() && text[..range.start].ends_with("到是") {
        // "经费提高到是什么", as other languages come out: a level.
        ask.asked = Asked::Amount;
        ask.change = Some(Change::Level);
        ask.units = guess_units(head, "");
        return ask;
    }
    if text[..range.start].ends_with("还有") && text.contains("除") {
        // "除了燃气还有什么": what else there is.
        ask.asked = Asked::List;
        return ask;
    }
    if ["名字", "名称", "名儿", "名"].iter().any(|tail| rest.starts_with(tail)) {
        ask.range.end +=
            if rest.starts_with("名字") || rest.starts_with("名称") { "名字".len() } else { "名".len() };
        return ask;
    }
    ask.class = classes::noun(rest).or_else(|| class_before(text, range.start)).or_else(|| classes::last_noun(rest));
    if is_definition(text, &range) {
        ask.asked = Asked::Manner;
        ask.class = None;
    } else if classes::is_generic(rest)
        || asks_for_generic(&text[..range.start], rest)
        || ends_clause(rest) && SAID.iter().any(|verb| text[..range.start].ends_with(verb))
    {
        ask.asked = Asked::Overview;
        ask.class = None;
    } else if ask.class.as_deref().is_some_and(classes::is_place) {
        ask.asked = Asked::Place;
    }
    ask
}

/// 都说了什么: what is told, not the name of something.
const SAID: &[&str] = &["说了", "说到", "讲了", "讲到", "提了", "提到", "提到了", "谈了", "谈到", "写了"];

/// Whether the noun before a question word that ends its clause is one of the generic ones: "主要任务是什么", "难处有哪些".
fn asks_for_generic(before: &str, rest: &str) -> bool {
    let noun = ["分别是", "都是", "都有", "包括", "是", "有"].iter().find_map(|link| before.strip_suffix(link));
    ends_clause(rest) && noun.is_some_and(classes::ends_generic)
}

/// Whether a question word for a place asks what one of the generic nouns consists of: "短板在哪里", "重点都在哪儿".
fn lies(text: &str, range: &Range<usize>) -> bool {
    let noun = text[..range.start].strip_suffix('在').map(|noun| noun.trim_end_matches(['都', '主', '要']));
    ends_clause(&text[range.end..]) && noun.is_some_and(classes::ends_generic)
}

/// Whether nothing but a particle follows in the clause.
fn ends_clause(rest: &str) -> bool {
    rest.trim_start_matches(['呢', '啊', '呀']).chars().next().is_none_or(|c| "，。？".contains(c))
}

/// "什么是“四好农村路”", "“两山”是什么意思", "指什么": what a term means.
fn is_definition(text: &str, range: &Range<usize>) -> bool {
    let (before, rest) = (&text[..range.start], &text[range.end..]);
    ["意思", "含义"].iter().any(|word| rest.starts_with(word))
        || before.ends_with('指')
        || before.ends_with("指的是")
        || before.is_empty() && rest.starts_with('是')
}

/// What a question without a question word asks for, by its head noun ("2024年工业投资增速").
pub(super) fn implied(text: &str) -> Ask {
    let (head, _) = left(text, text.len());
    let mut ask = Ask::new(text.len()..text.len(), Asked::Amount);
    if ends_with(head, &words().asked.growth_heads) || ends_with(head, &words().asked.change_verbs) {
        ask.asked = Asked::Rate(Rate::Growth);
        ask.change = Some(Change::Increment);
        ask.units = strings(&["%", "个百分点"]);
    } else if !ends_with(head, &words().asked.no_ratio) && ends_with(head, &words().asked.share_heads) {
        ask.asked = Asked::Rate(Rate::Share);
        ask.units = strings(&["%"]);
    } else if !ends_with(head, &words().asked.no_ratio) && ends_with(head, &words().asked.ratio_heads) {
        ask.asked = Asked::Rate(Rate::Other);
        ask.units = strings(&["%", "‰"]);
    } else if let Some(noun) = longest_end(head, &words().asked.count_heads).and_then(|tail| head.strip_suffix(tail)) {
        ask.units = unit::implied(noun);
        if ask.units.is_empty() {
            ask.units = unit::implied(head);
        }
    } else {
        ask.units = unit::implied(head);
        if ask.units.is_empty() {
            ask.asked = Asked::Manner;
        }
    }
    ask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_word_and_its_surroundings_say_what_is_asked() {
        use Asked::{Amount, Duration, Entity, List, Manner, Overview, Place, Time, YesNo};
        let growth = Asked::Rate(Rate::Growth);
        let share = Asked::Rate(Rate::Share);
        let other = Asked::Rate(Rate::Other);
        for (text, expected, unit) in [
            ("新建智能化煤矿多少座", Amount, "座"),
            ("完成多少万千瓦煤电机组", Amount, "千瓦"),
            ("产了多少煤", Amount, "吨"),
            ("要投多少钱", Amount, "元"),
            ("铁路运营里程增加了多少公里", Amount, "公里"),
            ("制造业投资增长多少", growth, "%"),
            ("增加值的增长目标是多少", growth, "%"),
            ("增幅有多大", growth, "%"),
            ("涨幅要控制在什么水平以内", growth, "%"),
            ("同比涨了多少", growth, "%"),
            ("经济增长的主要预期目标是多少", growth, "%"),
            ("进出口增长中亚五国百分之多少", growth, "%"),
            ("钢铁产能是多少", Amount, "吨"),
            ("提高几个百分点", growth, "个百分点"),
            ("在从业人员中的占比目标是多少", share, "%"),
            ("森林覆盖率达到多少", share, "%"),
            ("赤字率拟按多少安排", other, "%"),
            ("收入差距是多少倍", other, "倍"),
            ("保险能给掏几成", other, "成"),
            ("和哪家央企联合重组", Entity, ""),
            ("支持哪个市建设示范区", Place, ""),
            ("设在哪里", Place, ""),
            ("谁主持的", Entity, ""),
            ("叫什么名字", Entity, ""),
            ("是在哪天作的报告", Time, ""),
            ("什么时候通车", Time, ""),
            ("前后修了几年才贯通", Duration, "年"),
            ("成立多少周年", Duration, "周年"),
            ("再给企业减多少税", Amount, "元"),
            ("最快要多久", Duration, "年"),
            ("都是哪些", List, ""),
            ("哪三个机场扩建", List, ""),
            ("有哪些安排", Overview, ""),
            ("哪些未来产业", List, ""),
            ("目标完成了吗", YesNo, ""),
            ("能怎么抵", Manner, ""),
            ("进展如何", Overview, ""),
            ("短板在哪里", Overview, ""),
            ("难处主要在哪儿呢", Overview, ""),
            ("都提到了什么", Overview, ""),
            ("得多大岁数才有份", Amount, "岁"),
            ("翻修了多长的暖气管道", Amount, "公里"),
            ("是多大装机容量", Amount, "千瓦"),
            ("占全世界的几分之几", share, "分之"),
            ("抓好几个基地", Amount, "个"),
            ("大学生，一百个里头有多少个找着了饭碗", other, "%"),
            ("是第几次重大胜利", Entity, ""),
            ("居全国第几位", Amount, "位"),
            ("通车的是几号线", Entity, ""),
            ("多大比例的煤电机组实现了超低排放", share, "%"),
            ("拿了几枚金牌", Amount, "金"),
            ("哪“######”", List, ""),
        ] {
            let asks = find(text);
            assert_eq!(asks.len(), 1, "{text}: {asks:?}");
            assert_eq!(asks[0].asked, expected, "{text}");
            assert_eq!(asks[0].units.first().map_or("", String::as_str), unit, "{text}");
        }
    }

    #[test]
    fn look_alikes_are_no_question_words() {
        for text in ["往前数几年", "过几年", "几乎全部", "十几个", "许多大项目", "几十万", "无论如何"]
        {
            assert_eq!(find(text), [], "{text}");
        }
    }

    #[test]
    fn the_class_of_the_name_is_read() {
        for (text, class) in [
            ("哪家医院获批", Some("医院")),
            ("哪所高校新获批", Some("高校")),
            ("开工的核电项目是哪一个", Some("核电项目")),
            ("过千亿的镇是哪个", Some("镇")),
            ("什么基金", Some("基金")),
            ("新设立了什么纪念日", Some("纪念日")),
            ("承办的体育赛事叫什么", Some("体育赛事")),
            ("入选的是哪一个", None),
        ] {
            assert_eq!(find(text)[0].class.as_deref(), class, "{text}");
        }
    }
}
