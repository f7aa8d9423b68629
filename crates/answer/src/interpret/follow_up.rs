//! Questions that lean on the turns before: "那2024年呢", "和陕西比呢", "完成了吗".
//!
//! What a question leaves out is put in from the one before it, in words; the result is a question like any other and is
//! read again. So a follow-up of a follow-up works too, and what the user sees in the interpretation is a whole question.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use wenbao_report::Status;

use super::analysis::Analysis;
use super::asked;
use super::model::{Asked, Explicit};
use super::normalise::{normalise, regex};
use super::status::Strength;
use super::topic::{ask_tail, topic};
use super::{Clock, Query, interpret};
use crate::many::read::{self, Rows, Wish};

/// Understands a question after others (oldest first; each may itself have leaned on those before it).
pub fn follow_up(previous: &[Query], text: &str, clock: &Clock) -> Query {
    let mut base: Option<String> = None;
    let mut turns: Vec<String> = Vec::new();
    for turn in previous {
        turns.extend(base.clone());
        base = Some(match base {
            Some(base) => whole(&base, &turn.text, clock).0,
            None => asking(&turn.text, clock),
        });
    }
    let Some(base) = base else { return interpret(text, clock) };
    turns.push(base.clone());
    let text_now = normalise(text);
    let over_turns = together(&turns, &text_now, clock)
        .or_else(|| side_by_side(&turns, &text_now, clock))
        .or_else(|| back_to(&turns, &text_now, clock));
    let whole_and_said = match over_turns {
        Some(whole) => (whole, Explicit::default()),
        None => whole(&base, &text_now, clock),
    };
    let (whole, said) = whole_and_said;
    let mut query = interpret(&whole, clock);
    query.original = text.to_string();
    // What comes from an earlier turn is a good guess, not the user's word.
    query.explicit.period &= said.period;
    query.explicit.region &= said.region;
    for cell in &mut query.cells {
        cell.explicit.period &= said.period;
        cell.explicit.region &= said.region;
    }
    query
}

/// A first question that names a value and asks nothing ("河北2026年增长目标") as one that asks for it.
fn asking(text: &str, clock: &Clock) -> String {
    let read = Analysis::new(text, clock);
    let names_a_value =
        status_word(&read) == Some(Status::Target) || matches!(asked::implied(&read.masked).asked, Asked::Rate(_));
    let bare = text.trim_end_matches(['？', '。', '，', '的']);
    if read.asks.is_empty() && names_a_value && !bare.ends_with(['呢', '吗', '表']) {
        format!("{bare}是多少")
    } else {
        text.to_string()
    }
}

/// "这三个列成表", "两个省谁增得快": the places of as many turns before, in one question.
fn side_by_side(turns: &[String], text: &str, clock: &Clock) -> Option<String> {
    static THESE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?|把|请)?(?:这|那|上面|前面|以上)?(?P<n>[两二三四五])个(?:省份?|地方|地|市)?(?:里面?|当中|中|之间)?(?:的|都)?，?(?P<rest>(?:列|做|画|整理|放|对比|比|谁|哪).*)$",
        )
    });
    static WAY: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:谁|哪一?个)?[^，]{0,4}?(?P<way>[高低多少快慢大小])(?:[？?呢]|$)"));
    let hit = THESE.captures(text)?;
    let count = match &hit["n"] {
        "三" => 3,
        "四" => 4,
        "五" => 5,
        _ => 2,
    };
    let mut places: Vec<String> = Vec::new();
    for turn in turns.iter().rev() {
        let read = Analysis::new(turn, clock);
        let [one] = &regions(&read)[..] else { continue };
        let name = read.text[one.clone()].to_string();
        if !places.contains(&name) {
            places.push(name);
        }
        if places.len() == count {
            break;
        }
    }
    if places.len() < count {
        return None;
    }
    places.reverse();
    let last = turns.last()?;
    let read = Analysis::new(last, clock);
    let [one] = &regions(&read)[..] else { return None };
    let whole = format!("{}{}{}", &read.text[..one.start], places.join("和"), &read.text[one.end..]);
    let rest = &hit["rest"];
    match WAY.captures(rest).filter(|_| !rest.contains('表')) {
        Some(way) => Some(format!("{whole}，最{}的是哪个", &way["way"])),
        None => Some(format!("{whole}，列个表")),
    }
}

/// What is asked of a table that stands before: its sum, its ends, how many, one of its places.
fn of_the_table(before: &Analysis, now: &Analysis) -> Option<String> {
    static SUM: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?|这些|它们|全部|都)*(?P<how>加起来|合起来|加在一起|合计|平均下来|平均)(?:一共|总共)?(?:是|有)?(?:多少|几)?[^，]{0,4}$",
        )
    });
    static END: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?)?(?:在)?(?:(?:这|那|其|上面|以上)[几些两二三四五六七八九十\\d]*(?:个|者|省份?|地方|地|市|里|当中|中|之)*(?:里面?|当中|中|之间)?)?，?(?:谁|哪一?个?(?:省份?|地方)?|哪里)?的?(?:是|排)?(?:最(?P<way>[高低多少快慢大小])|(?P<first>第一)|(?P<last>倒数第一|最后))(?:名|位)?的?(?:是|有)?(?:谁|哪一?个?(?:省份?|地方)?|哪里|多少|几)?$",
        )
    });
    static FELL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?)?(?:这里面|其中)?(?:有)?(?:谁|哪些?(?:省份?|地方)?|哪几个(?:省份?)?)?(?:是)?(?:下降|负增长|减少|下滑)了?的?(?:有哪些|是谁|是哪些|有吗|有谁)?$",
        )
    });
    static COUNT: LazyLock<Regex> =
        LazyLock::new(|| regex("^(?:那么?)?(?:一共|总共|共)?(?:是|有)?(?:几|多少)个?(?:省份?|地方)?$"));
    static UNSAID: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?)?(?:还有)?(?:有?(?:谁|哪些?(?:省份?|地方)?))?(?:没有?|未)(?:提到?|说|写|给出)(?:过|了)?的?(?:有哪些|是哪些|是谁|有谁)?$",
        )
    });
    let names: Vec<String> = before.subject_names().iter().map(|n| n.value.short.to_string()).collect();
    let order = read::read(before.text.trim_end_matches("，列个表"), &names)?;
    let said = now.text.trim_matches(['？', '。', '呢', '吗', '，', ' ']);
    let term = order.wishes.iter().find_map(|wish| match wish {
        Wish::Mentions { term, .. } => Some(term.clone()),
        _ => None,
    });
    if COUNT.is_match(said) {
        return before.text.contains("哪些").then(|| before.text.replacen("哪些", "多少个", 1));
    }
    if UNSAID.is_match(said) {
        let what = term.map_or_else(|| format!("说{}", order.question), |term| format!("提到“{term}”"));
        return Some(format!("哪些省没有{what}"));
    }
    if matches!(order.rows, Rows::Years(..)) {
        return None;
    }
    let own = own_topic(now);
    if let ([place], true) = (&regions(now)[..], own.is_empty() && times(now).is_empty() && status_word(now).is_none())
    {
        let place = &now.text[place.clone()];
        return match term {
            Some(_) => None,
            None => Some(format!("{place}{}", order.question)),
        };
    }
    if term.is_some() {
        return None;
    }
    let scope = match &order.rows {
        Rows::All => "各省".to_string(),
        Rows::Kind(_) | Rows::Group(_) => words(before, &regions(before))
            .map(|name| if name.ends_with(['省', '市', '区']) { name } else { format!("{name}各地") })?,
        Rows::Listed => names.join("、"),
        Rows::Years(..) => return None,
    };
    let what = &order.question;
    if let Some(hit) = SUM.captures(said) {
        let how = if hit["how"].starts_with("平均") { "平均下来" } else { "加起来" };
        return Some(format!("{scope}{what}，{how}是多少"));
    }
    if FELL.is_match(said) {
        let thing =
            ["增速是多少", "增长多少", "增长是多少", "是多少"].iter().find_map(|tail| what.strip_suffix(tail))?;
        return Some(format!("{thing}下降的省份有哪些"));
    }
    let hit = END.captures(said)?;
    // "最高的是哪个省", "最低的呢": the word alone changes.
    static SEVERAL: LazyLock<Regex> =
        LazyLock::new(|| regex("最[高低多少快慢大小]的?[一二两三四五六七八九十\\d]+个|前[一二两三四五六七八九十\\d]+"));
    if hit.name("way").is_some() && WAY.is_match(&before.text) && !SEVERAL.is_match(&before.text) {
        return None;
    }
    let way = match (hit.name("way"), hit.name("first")) {
        (Some(way), _) => way.as_str(),
        (None, Some(_)) => "高",
        _ => "低",
    };
    Some(format!("{scope}{what}，最{way}的是哪个"))
}

/// "两年一共多少": the years of the turns before, added up.
fn together(turns: &[String], text: &str, clock: &Clock) -> Option<String> {
    static ALL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?)?(?:这)?(?P<n>[两二三四五])年(?:里|间|内)?(?:一共|总共|合计|加起来|共)(?:是|有|为)?(?:多少|几)[^，？]{0,6}[？]?$",
        )
    });
    let count = match &ALL.captures(text)?["n"] {
        "三" => 3,
        "四" => 4,
        "五" => 5,
        _ => 2,
    };
    let mut years: Vec<i32> = Vec::new();
    for turn in turns {
        let read = Analysis::new(turn, clock);
        let new = read.times.iter().filter_map(|t| t.value.period.single_year()).collect::<Vec<_>>();
        years.extend(new);
    }
    years.sort_unstable();
    years.dedup();
    let before = Analysis::new(turns.last()?, clock);
    let ask = before.asks.first().filter(|ask| ask.asked.is_quantity())?;
    (years.len() == count).then(|| {
        let years: Vec<String> = years.iter().map(|year| format!("{year}年")).collect();
        let region = words(&before, &regions(&before)).unwrap_or_default();
        let noun = topic(&before, &(0..before.text.len()));
        format!("{region}{}一共{noun}{}", years.join("和"), &before.text[ask.range.clone()])
    })
}

/// "回到第一个问题", "说回粮食产量": an earlier question again, with what is new in this one.
fn back_to(turns: &[String], text: &str, clock: &Clock) -> Option<String> {
    static BACK: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?|好，?)?(?:我们|咱们)?(?:再|还是)?(?:回到|说回|回过头来?[看说]?|接着说|再说说?)(?P<rest>.+)$|^(?:刚才|前面|之前|上面)(?:说|问|提到?)?的?(?P<asked>.{2,12})呢$",
        )
    });
    static FIRST: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:(?:最|一)?开始|最初|开头|第一个?|刚才|前面|之前|上一?个?|原来)的?(?:那个|这个)?(?:问题|话题)?(?P<rest>，.*)?$",
        )
    });
    let hit = BACK.captures(text)?;
    let rest = hit.name("rest").or(hit.name("asked"))?.as_str().trim_matches(['，', '？', '呢', '吧']);
    if let Some(first) = FIRST.captures(rest) {
        let base = if rest.starts_with("上一") { turns.iter().rev().nth(1)? } else { turns.first()? };
        let more = first.name("rest").map_or("", |m| m.as_str().trim_matches('，'));
        return Some(if more.is_empty() { base.clone() } else { whole(base, more, clock).0 });
    }
    let (subject, more) = rest.split_once('，').unwrap_or((rest, ""));
    let now = Analysis::new(subject, clock);
    let own = own_topic(&now);
    let places = regions(&now);
    let about = |turn: &&String| {
        if own.is_empty() {
            !places.is_empty() && places.iter().all(|range| turn.contains(&subject[range.clone()]))
        } else {
            turn.contains(own.as_str())
        }
    };
    let turn = turns.iter().rev().skip(1).find(about)?;
    let again = if places.is_empty() && times(&now).is_empty() {
        turn.clone()
    } else {
        whole(turn, &format!("{subject}呢"), clock).0
    };
    Some(if more.is_empty() { again } else { whole(&again, more, clock).0 })
}

/// "这几个里谁最低", "最高的呢", "第二低的是哪里": which of the things before, by their values.
static EXTREME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:那么?)?(?:在)?(?:(?:这|那|其|它们?|上面|以上)(?:[几些两二三四五六七八九十\\d]*)(?:个|者|省份?|地|市|年|项|里|当中|中|之)*(?:里面?|当中|中|之中|之间)?)?，?(?:谁|哪一?(?:个|年|省|市|地)?(?:省份?|地方|城市)?|哪里)?(?:是|的)?(?P<way>(?:最|更|比较|第[二三四五])(?:高|低|多|少|快|慢|大|小|好|差)|[高低多少快慢大小])(?:的)?(?:是|又是)?(?:谁|哪一?(?:个|年|省|市|地)?(?:省份?|地方|城市)?|哪里|呢)*[呢？?]*$",
    )
});

/// The word of an extreme within a question: 最低 of "失业率最低的是哪个省".
static WAY: LazyLock<Regex> = LazyLock::new(|| regex("(?:最|更|第[二三四五])(?:高|低|多|少|快|慢|大|小)(?:的)?"));

/// The question before with another extreme, or its members set against each other.
fn extreme(before: &Analysis, text: &str) -> Option<String> {
    let hit = EXTREME.captures(text)?;
    let way = &hit["way"];
    if let Some(old) = WAY.find(&before.text) {
        let of = if old.as_str().ends_with('的') { "的" } else { "" };
        return Some(format!("{}{way}{of}{}", &before.text[..old.start()], &before.text[old.end()..]));
    }
    let (parts, _) = super::cells::split(before);
    if parts.len() < 2 {
        return None;
    }
    let ask = before.asks.first();
    let start = ask.map_or(before.text.len(), |ask| ask_tail(&before.masked, ask.range.start, ask.asked).start);
    let head = before.text[..start].trim_end_matches(['各', '是', '的', '为']).trim_end_matches("分别");
    // "增速各是多少": the word of growth is what is compared.
    let measure = ask.filter(|ask| matches!(ask.asked, Asked::Rate(super::Rate::Growth))).map_or("", |ask| {
        let said = &before.text[start..ask.range.start];
        ["增速", "增长率", "增幅", "涨幅", "增长"].into_iter().find(|word| said.contains(word)).unwrap_or("")
    });
    let measure = if head.ends_with(measure) { "" } else { measure };
    Some(format!("{head}{measure}谁{}", if way.chars().count() == 1 { format!("更{way}") } else { way.to_string() }))
}

/// "列成表", "做个表格": the same as a table.
static AS_TABLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:请|那么?|帮我|给我|能不能|可以|把它们?|把这些)*(?:用|以|按)?(?:一?[张个份])?(?:列|做|画|整理|汇总|排|换)(?:成|出|个|一张|一个|一份|一下)*(?:表格|表|清单)(?:看看|给我|吧|吗|来)*[？?]?$",
    )
});

/// "具体是哪些", "都有哪些", "分别是什么": the items of what was asked about.
static WHICH: LazyLock<Regex> = LazyLock::new(|| {
    regex("^(?:具体|都|分别|它们|各|包括|到底|，)*(?:是|有|包括)?(?:哪些|哪几[个项条件]|什么|啥)[呢？?]*$")
});

/// "比全国呢", "跟全国比一下", "高于全国多少": how far a rate lies from that of the whole country, which the report itself says.
fn against_the_nation(before: &Analysis, now: &Analysis) -> Option<String> {
    let [name] = &now.names[..] else { return None };
    let compare =
        now.text.contains('比') || ["高于", "低于", "跟", "和", "与", "同"].iter().any(|w| now.text.contains(w));
    let nation = name.value.short == super::region::NATION;
    let growth = before.asks.iter().any(|ask| matches!(ask.asked, Asked::Rate(super::Rate::Growth)))
        || matches!(asked::implied(&before.masked).asked, Asked::Rate(super::Rate::Growth));
    if !nation || !compare || !growth || regions(before).is_empty() {
        return None;
    }
    let noun = topic(before, &(0..before.text.len()));
    let noun = noun.trim_end_matches("增速").trim_end_matches("增长");
    let region = words(before, &regions(before))?;
    let time = words(before, &times(before)).unwrap_or_default();
    let status = word_of(status_word(before).filter(|status| *status == Status::Target));
    Some(format!("{time}{region}{status}{noun}增速比全国高多少个百分点"))
}

/// The place that an answer names, put into the question that it answers: after "失业率最低的是哪个省" and "北京（4.1%）", "是多少"
/// asks for 北京's. `None` where the question asks for no place, or the reply's first line names none or several.
pub fn with_its_place(question: &str, reply: &str, text: &str) -> Option<String> {
    static WHICH_PLACE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:最|第[二三四五])(?:高|低|多|少|快|慢|大|小)的?(?:是|为)?(?:谁|哪里|哪一?个?(?:省份?|地方|城市|地区|市|省区市)?)|(?:谁|哪里|哪一?个?(?:省份?|地方|城市|地区|市|省区市)?)的?(?P<of>[^，？]{0,16}?)(?:最|第[二三四五])(?:高|低|多|少|快|慢|大|小)",
        )
    });
    static ASKS_IT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:那么?|它|具体)?(?:是|有|的值是|达到)?(?:多少|几|百分之几)[^，]{0,4}[呢？?]*$|^(?:那么?)?(?:它|那里|该[省市地])",
        )
    });
    let asks_it = ASKS_IT.is_match(&normalise(text));
    let question = normalise(question);
    // "那最慢的呢" after a table: the place that the reply names, of what was asked before.
    if asks_it && EXTREME.is_match(&question) {
        return only_place(reply).map(|place| format!("{place}呢"));
    }
    let hit = WHICH_PLACE.captures(&question).filter(|_| asks_it)?;
    let place = only_place(reply)?;
    let whole = hit.get(0)?;
    let of = hit.name("of").map_or("", |m| m.as_str());
    let rest = format!("{}{of}", &question[..whole.start()]);
    Some(format!("{place}{}是多少", rest.trim_end_matches(['，', '的'])))
}

/// The one place that the first line of a reply names.
fn only_place(reply: &str) -> Option<String> {
    let line = reply.lines().find(|line| !line.trim().is_empty())?;
    let mut named: Vec<String> =
        super::region::find(&normalise(line)).into_iter().filter(|n| !n.value.keep).map(|n| n.value.short).collect();
    named.dedup();
    let [place] = named.as_slice() else { return None };
    Some(place.clone())
}

/// "2024年比它少多少", "比上一年降了多少": the value before against another of its kind.
fn against(before: &Analysis, now: &Analysis) -> Option<String> {
    static IT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?P<own>.*?)(?:比|较)(?:(?P<it>它|这个|那个|这)|(?P<last>上一年|上年|前一年))(?:的)?(?P<way>[^比，]{0,3}?了?)(?:多少|几)(?P<unit>[^，？]{0,6})[？]?$",
        )
    });
    let hit = IT.captures(&now.text)?;
    let year = times(before).first().map(|range| before.text[range.clone()].to_string())?;
    let single = before.times.iter().filter(|t| !t.value.baseline).find_map(|t| t.value.period.single_year())?;
    let noun = topic(before, &(0..before.text.len()));
    let region = words(before, &regions(before)).unwrap_or_default();
    let status = word_of(status_word(before));
    let (first, second) = if hit.name("it").is_some() {
        let own = words(now, &times(now))?;
        (format!("{own}{region}{}{noun}", word_of(status_word(now))), format!("{year}{region}{status}{noun}"))
    } else {
        (format!("{year}{region}{status}{noun}"), format!("{}年{region}{noun}", single - 1))
    };
    let less = ["降", "少", "低", "减"].iter().any(|word| hit["way"].contains(word));
    (!noun.is_empty()).then(|| format!("{first}比{second}{}多少{}", if less { "少" } else { "多" }, &hit["unit"]))
}

/// "2024年实际新增了多少", "2025年打算再建多少": a verb of its own, the object of the question before.
fn other_verb(before: &Analysis, now: &Analysis, own: &str) -> Option<String> {
    static VERB: LazyLock<Regex> = LazyLock::new(|| {
        regex("^(?:再|又|新)?(?:新增|新建|新改建|新认定|认定|建成|建设|建|完成|实现|增加|改造|开工|培育|增|改)")
    });
    let verb = VERB.find(own).filter(|verb| verb.end() == own.len())?.as_str();
    let ask = now.asks.first().filter(|ask| ask.asked.is_quantity())?;
    let theirs = before.asks.first().filter(|ask| ask.asked.is_quantity())?;
    // "…多少座，目标完成了吗": what is said behind the value is not its object.
    let clause = before.clauses.iter().find(|clause| clause.contains(&theirs.range.start))?;
    let whole = topic(before, &(0..clause.end));
    let object = VERB.replace(&whole, "");
    let asking = if ask.unit_named { &now.text[ask.range.clone()] } else { &before.text[theirs.range.clone()] };
    let region = words(now, &regions(now)).or_else(|| words(before, &regions(before))).unwrap_or_default();
    let time = words(now, &times(now)).or_else(|| words(before, &times(before))).unwrap_or_default();
    let status = word_of(status_word(now));
    let nothing = object.chars().count() < 2 || !asked::object(&now.masked[ask.range.end..]).is_empty();
    (!nothing).then(|| format!("{region}{time}{status}{verb}{object}{asking}"))
}

/// Whether a question in another language goes on from the one before: it begins with a word that joins, or is too short to be
/// one of its own.
pub fn leans_abroad(text: &str) -> bool {
    static JOINS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?i)^(?:and|but|then|also|or|so|how about|what about|same|compared|the same|а|и|но|тогда|では|じゃ|それ|その|そして|그럼|그러면|그리고|그)(?:\\b|[^a-z])|\\b(?:it|its|that|those|them|they|there)\\b",
        )
    });
    let text = text.trim();
    let words = text.split_whitespace().count();
    let short = if text.is_ascii() || words > 2 { words <= 4 } else { text.chars().count() <= 12 };
    short || JOINS.is_match(text)
}

/// Words that say that the question leans on the one before.
static LEANS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:那么?|还有|另外|再说|换成|改成|换|如果是?|要是|其中)|呢$|^(?:和|跟|与|同|比)|它们?|其中|前者|后者|同期|这些?(?:个|项|里|目标|任务|数)|上述|刚才",
    )
});

/// Words at the ends that only lean.
static EDGE: LazyLock<Regex> =
    LazyLock::new(|| regex("^(?:那么?|还有|另外|再说|换成|改成|换|如果是?|要是|其中的?|也|，)+|[呢，]+$"));

/// Asks for more of the same.
static MORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:还有(?:吗|别的吗?|其他的?吗?)?|别的|其他的?|详细(?:点|说说|一点)?|具体(?:点|说说|一点|情况)?|展开说说|继续)(?:呢|吗)?$",
    )
});

/// Whether a plan came true.
static CAME_TRUE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:这个|这些)?(?:目标|任务|计划)?(?:最后|最终|都|实际)?(?:完成|实现|达到|达成|兑现|做到)(?:目标|任务|计划)?(?:了吗|了没有?|没有|吗)$",
    )
});

/// The question with what it leaves out put in, and what of time and region it says itself.
pub(super) fn whole(base: &str, text: &str, clock: &Clock) -> (String, Explicit) {
    let before = Analysis::new(base.trim_end_matches("，列个表"), clock);
    let now = Analysis::new(text, clock);
    let said = Explicit { period: !now.times.is_empty(), region: !now.subject_names().is_empty(), status: false };
    let bare = EDGE.replace_all(text, "").into_owned();
    if AS_TABLE.is_match(&bare) {
        return (format!("{}，列个表", base.trim_end_matches("，列个表")), said);
    }
    let base = base.trim_end_matches("，列个表");
    if let Some(whole) = of_the_table(&before, &Analysis::new(&bare, clock)) {
        return (whole, said);
    }
    if let Some(whole) = extreme(&before, text) {
        return (whole, said);
    }
    if WHICH.is_match(&bare) {
        return (format!("{}有哪些", head_and_topic(&before)), said);
    }
    if let Some(whole) = against_the_nation(&before, &now) {
        return (whole, said);
    }
    if MORE.is_match(text) || MORE.is_match(&bare) {
        return (format!("{}的具体情况怎么样", head_and_topic(&before)), said);
    }
    if CAME_TRUE.is_match(&bare) {
        return (format!("{base}，目标完成了吗"), said);
    }
    let now = Analysis::new(&bare, clock);
    let own = own_topic(&now);
    if let Some(whole) = against(&before, &now).or_else(|| other_verb(&before, &now, &own)) {
        return (whole, said);
    }
    let leans = LEANS.is_match(text) || own.is_empty() || now.asks.is_empty() && own.chars().count() <= 8;
    if !leans {
        return (stand_alone(&before, &now), said);
    }
    if let Some(pronoun) = PRONOUN.find(&bare) {
        let filled =
            format!("{}{}{}", &bare[..pronoun.start()], topic(&before, &(0..base.len())), &bare[pronoun.end()..]);
        return (stand_alone(&before, &Analysis::new(&filled, clock)), said);
    }
    if !own.is_empty() {
        return (with_new_topic(&before, &now, &own), said);
    }
    (with_new_parts(&before, &now), said)
}

static PRONOUN: LazyLock<Regex> = LazyLock::new(|| regex("它们|它|其(?:中|$)|这个|这些|该项?|上述|前者|后者"));

/// What the follow-up itself is about, without the words of comparing and asking.
fn own_topic(now: &Analysis) -> String {
    static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?:和|跟|与|同|比|相比|比较|对比|一下|怎么样|谁|哪个|更|最|高|低|多|少|快|慢|大|小|差|相差|了|的|是|各|分别|全国|我国|中国|增长|下降|只看|看|说|年|一共|总共|合计|呢|比起来|比呢|来说|方面|情况|は|の|では|には|か)*$",
        )
    });
    let own = without_places(now, &topic(now, &(0..now.text.len())));
    let own = own.trim_matches(['的', '市', '，']).to_string();
    if NOTHING.is_match(&own) { String::new() } else { own }
}

fn words(analysis: &Analysis, ranges: &[Range<usize>]) -> Option<String> {
    let (first, last) = (ranges.first()?, ranges.last()?);
    Some(analysis.text[first.start..last.end].trim_start_matches(['到', '至', '在', '从']).to_string())
}

fn times(analysis: &Analysis) -> Vec<Range<usize>> {
    let all: Vec<_> = analysis.times.iter().filter(|t| !t.value.baseline).collect();
    let plain: Vec<_> = all.iter().filter(|t| !t.value.report).map(|t| t.range.clone()).collect();
    if plain.is_empty() { all.iter().map(|t| t.range.clone()).collect() } else { plain }
}

/// The places that a question is about: provinces, else cities, else a group of provinces (长三角).
fn regions(analysis: &Analysis) -> Vec<Range<usize>> {
    let provinces = analysis.subject_names();
    if !provinces.is_empty() {
        return provinces.iter().map(|n| n.range.clone()).collect();
    }
    if let Some(city) = super::region::city_span(&analysis.masked) {
        return vec![city];
    }
    super::region::group_spans(&analysis.masked).into_iter().take(1).collect()
}

/// A text without the places that [`regions`] finds beside provinces.
fn without_places(analysis: &Analysis, text: &str) -> String {
    if !analysis.subject_names().is_empty() {
        return text.to_string();
    }
    regions(analysis).iter().fold(text.to_string(), |text, range| text.replacen(&analysis.text[range.clone()], "", 1))
}

/// The strongest word of plan or result.
fn status_word(analysis: &Analysis) -> Option<Status> {
    analysis.cues.iter().rev().find(|cue| cue.value.strength >= Strength::Wish).map(|cue| cue.value.status)
}

fn word_of(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Target) => "计划",
        Some(_) => "实际",
        None => "",
    }
}

/// Region, time and topic of a question, without what it asks.
fn head_and_topic(before: &Analysis) -> String {
    format!(
        "{}{}{}",
        words(before, &regions(before)).unwrap_or_default(),
        words(before, &times(before)).unwrap_or_default(),
        topic(before, &(0..before.text.len()))
    )
}

/// A question with its own topic and question word takes region and time only.
fn stand_alone(before: &Analysis, now: &Analysis) -> String {
    let region = if regions(now).is_empty() { words(before, &regions(before)) } else { None };
    // Another region's question is about the same time; another time's about the same region.
    let time = if times(now).is_empty() { words(before, &times(before)) } else { None };
    let between = |words: Option<String>| words.filter(|w| !now.text.contains(w.as_str())).unwrap_or_default();
    format!("{}{}{}", between(region), between(time), now.text)
}

/// "财政收入呢": another topic, everything else as before.
fn with_new_topic(before: &Analysis, now: &Analysis, own: &str) -> String {
    if now.asks.iter().any(|ask| ask.asked != Asked::YesNo) {
        return stand_alone(before, now);
    }
    // "2025年的GDP目标呢" after a question for a name or a list: a target is a value.
    if status_word(now) == Some(Status::Target) && !before.asks.iter().any(|ask| ask.asked.is_quantity()) {
        return stand_alone(before, &Analysis::new(&format!("{}是多少", now.text), &now.clock));
    }
    let region = words(now, &regions(now)).or_else(|| words(before, &regions(before))).unwrap_or_default();
    let time = words(now, &times(now)).or_else(|| words(before, &times(before))).unwrap_or_default();
    let status = word_of(status_word(now).or_else(|| status_word(before)));
    let ask = match before.asks.first().map(|ask| ask.asked) {
        Some(Asked::Rate(_)) => {
            let own_ratio = asked::implied(own).asked != Asked::Amount && asked::implied(own).asked != Asked::Manner;
            if own_ratio || !own.ends_with('率') { before_ask(before) } else { "是多少".to_string() }
        }
        Some(asked) if asked.is_quantity() => "是多少".to_string(),
        _ => before_ask(before),
    };
    format!("{region}{time}{status}{own}{ask}")
}

/// How the question before asked: "增长多少", "有哪些安排".
fn before_ask(before: &Analysis) -> String {
    // "涨了吗": of another thing it is asked how it changed, which says yes or no as well.
    if super::yes_no::claimed(before).is_some() {
        return "增长多少".to_string();
    }
    before.asks.first().map_or_else(
        || "是多少".to_string(),
        |ask| {
            let tail = ask_tail(&before.masked, ask.range.start, ask.asked);
            let words = before.text[tail.start..].trim_start_matches("分别").trim_start_matches('各');
            // A unit of the old topic says nothing about the new one.
            if ask.unit_named && ask.asked == Asked::Amount { "是多少".to_string() } else { words.to_string() }
        },
    )
}

/// "那2024年呢", "和陕西比呢", "实际呢", "增速呢": the same question with some of its parts changed.
fn with_new_parts(before: &Analysis, now: &Analysis) -> String {
    let compare = now.text.contains('比') || now.text.starts_with(['和', '跟', '与', '同']);
    let join = |old: Option<String>, new: Option<String>| match (old, new) {
        (Some(old), Some(new)) if compare && old != new => Some(format!("{old}和{new}")),
        (_, new) => new,
    };
    // "比2023年多多少": what is measured against is the second member.
    let new_times: Vec<_> = now.times.iter().map(|t| t.range.clone()).collect();
    let time = join(words(before, &times(before)), words(now, &new_times));
    let region = join(words(before, &regions(before)), words(now, &regions(now)));
    let status = status_word(now);
    let ask = new_ask(now);

    let mut text = before.text.clone();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    if let Some(ask) = &ask {
        // The old question words and everything behind them give way.
        let start =
            before.asks.first().map_or(text.len(), |ask| ask_tail(&before.masked, ask.range.start, ask.asked).start);
        // "最低的是哪个省" gives way as a whole to "是多少".
        let kept = OF_EXTREME.find(&text[..start]).map_or(start, |hit| hit.start());
        edits.push((kept..text.len(), ask.clone()));
    } else if now.subject_names().len() == 1 {
        // "其中上海呢": of one there is no each.
        if let Some(hit) = EACH.find(&text) {
            edits.push((hit.range(), String::new()));
        }
    }
    if let Some(status) = status {
        let limit = edits.first().map_or(text.len(), |(range, _)| range.start);
        edits.extend(
            before
                .cues
                .iter()
                .filter(|c| c.value.bare && c.range.end <= limit && !within_time(before, &c.range))
                .map(|c| (c.range.clone(), String::new())),
        );
        let at = times(before).last().or(regions(before).last()).map_or(0, |range| range.end).min(limit);
        edits.push((at..at, word_of(Some(status)).to_string()));
    }
    // A part that the question before did not have goes to its head.
    let mut head = String::new();
    for (new, old) in [(region, regions(before)), (time, times(before))] {
        let Some(new) = new else { continue };
        match (old.first(), old.last()) {
            (Some(first), Some(last)) => {
                let lead = before.text[first.clone()].chars().next().filter(|c| "到至在从".contains(*c) && !compare);
                edits.push((first.start..last.end, format!("{}{new}", lead.map(String::from).unwrap_or_default())));
            }
            _ => head.push_str(&new),
        }
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    let mut limit = text.len();
    for (range, words) in edits {
        if range.end <= limit {
            text.replace_range(range.clone(), &words);
            limit = range.start;
        }
    }
    format!("{head}{text}")
}

static OF_EXTREME: LazyLock<Regex> =
    LazyLock::new(|| regex("(?:最|更|第[二三四五])(?:高|低|多|少|快|慢|大|小)的?(?:是|有|为)?$"));

static EACH: LazyLock<Regex> = LazyLock::new(|| regex("各自|分别|各"));

fn within_time(analysis: &Analysis, range: &Range<usize>) -> bool {
    analysis.times.iter().any(|t| t.range.start <= range.start && range.end <= t.range.end)
}

/// What the follow-up asks instead, if it does: "增速呢", "是谁", "差多少".
fn new_ask(now: &Analysis) -> Option<String> {
    static COMPARED: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:谁|哪个)[更最]?[高低多少快慢大小]|相?差多少|相差多少|[多少高低]多少"));
    if let Some(found) = COMPARED.find(&now.text) {
        return Some(found.as_str().to_string());
    }
    if let Some(ask) = now.asks.first() {
        let tail = ask_tail(&now.masked, ask.range.start, ask.asked);
        // "河南是多少": the place is changed by itself.
        let named = regions(now).into_iter().chain(times(now)).map(|range| range.end);
        let start = named.filter(|end| *end <= ask.range.start).fold(tail.start, usize::max);
        let words = &now.text[start..];
        return Some(words.trim_start_matches(['，', '的']).to_string()).filter(|w| !w.starts_with("怎么样"));
    }
    // "增速呢" has no question word, but a head noun that asks.
    let asked = asked::implied(&now.masked).asked;
    matches!(asked, Asked::Rate(_)).then(|| {
        let tail = ask_tail(&now.masked, now.text.len(), asked);
        format!("{}是多少", &now.text[tail.start..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpret::Rate;
    use jiff::civil::date;

    fn ask(turns: &[&str]) -> Query {
        let clock = Clock::fixed(date(2025, 11, 1));
        let (last, before) = turns.split_last().expect("a turn");
        let before: Vec<Query> = before.iter().map(|turn| interpret(turn, &clock)).collect();
        follow_up(&before, last, &clock)
    }

    #[test]
    fn what_is_left_out_comes_from_the_turns_before() {
        for (turns, text) in [
            (&["2025年新建智能化煤矿多少座", "那2024年呢"][..], "2024年新建智能化煤矿多少座"),
            (&["2025年新建智能化煤矿多少座", "那2024年呢", "2023年呢？"], "2023年新建智能化煤矿多少座"),
            (&["山西2025年城镇新增就业目标是多少", "陕西呢"], "陕西2025年城镇新增就业目标是多少"),
            (&["山西2025年城镇新增就业目标是多少", "和陕西比呢"], "山西和陕西2025年城镇新增就业目标是多少"),
            (&["山西2025年城镇新增就业目标是多少", "实际呢"], "山西2025年实际城镇新增就业是多少"),
            (&["2024年山西制造业投资增长多少", "工业投资呢"], "山西2024年工业投资增长多少"),
            (&["2024年山西外贸进出口总额是多少", "增速呢"], "2024年山西外贸进出口总额增速是多少"),
            (&["新建智能化煤矿多少座", "2024年呢"], "2024年新建智能化煤矿多少座"),
            (&["2024年山西粮食产量是多少", "PM2.5平均浓度是多少"], "山西2024年PM2.5平均浓度是多少"),
            (&["2024年计划新建智能化煤矿多少座", "完成了吗"], "2024年计划新建智能化煤矿多少座，目标完成了吗"),
        ] {
            assert_eq!(ask(turns).text, text, "{turns:?}");
        }
    }

    #[test]
    fn a_value_before_is_compared_added_up_or_given_another_verb() {
        for (turns, text) in [
            (&["2025年计划新认定高新技术企业多少家", "2024年实际新增了多少"][..], "2024年实际新增高新技术企业多少家"),
            (&["2023年粮食产量是多少", "2024年は？"], "2024年粮食产量是多少"),
            (&["2023年新建学校多少所", "2024年呢", "两年一共多少"], "2023年和2024年一共新建学校多少所"),
            (&["2025年新建学校多少所", "2024年比它少多少"], "2024年新建学校比2025年新建学校少多少"),
            (&["2024年计划新建智能化煤矿多少座", "完成了吗", "2025年打算再建多少"], "2025年计划建智能化煤矿多少座"),
            (&["2024年底数据中心机架有多少万架", "服务器呢"], "2024年底服务器是多少"),
            (&["2024年PM2.5平均浓度是多少", "比上一年降了多少"], "2024年PM2.5平均浓度比2023年PM2.5平均浓度少多少"),
        ] {
            assert_eq!(ask(turns).text, text, "{turns:?}");
        }
        let query = ask(&["2025年新建学校多少所", "2024年比它少多少"]);
        assert_eq!((query.cells.len(), query.combine), (2, Some(crate::interpret::Combine::Difference)));
    }

    #[test]
    fn places_targets_and_extremes_change_alone() {
        for (turns, text) in [
            (&["深圳2025年的经济增长目标是多少", "广东呢"][..], "广东2025年的经济增长目标是多少"),
            (&["广东2025年的经济增长目标是多少", "那深圳呢"], "深圳2025年的经济增长目标是多少"),
            (&["京津冀2026年的增长目标各是多少", "其中天津呢"], "天津2026年的经济增长目标是多少"),
            (&["2024年山西和陕西的GDP增速各是多少", "谁更高"], "2024年山西和陕西的GDP增速谁更高"),
            (&["2024年山西和陕西的GDP增速各是多少", "这两个里谁最低"], "2024年山西和陕西的GDP增速谁最低"),
            (&["2025年粮食产量最高的是哪个省", "最低的呢"], "2025年粮食产量最低的是哪个省"),
            (&["2025年粮食产量最高的是哪个省", "第三高的是哪里"], "2025年粮食产量第三高的是哪个省"),
            (&["2025年粮食产量最高的是哪个省", "河南是多少"], "河南2025年粮食产量是多少"),
            (&["2024年山西GDP增速是多少", "比全国呢"], "2024年山西GDP增速比全国高多少个百分点"),
            (&["2024年山西有哪些民生实事", "2025年的就业目标呢"], "山西2025年的就业目标是多少"),
            (&["2024年山西出口增长了吗", "投资呢"], "山西2024年投资增长多少"),
            (&["2024年山西粮食产量是多少", "列个表"], "2024年山西粮食产量是多少，列个表"),
            (&["2024年山西粮食产量是多少", "列个表", "2025年呢"], "2025年山西粮食产量是多少"),
            (&["2025年山西民生实事有多少件", "具体是哪些"], "山西2025年民生实事有哪些"),
        ] {
            assert_eq!(ask(turns).text, text, "{turns:?}");
        }
    }

    #[test]
    fn a_table_before_is_asked_for_its_sum_its_ends_and_its_places() {
        for (turns, text) in [
            (&["各省2025年粮食产量是多少", "加起来呢"][..], "各省2025年粮食产量是多少，加起来是多少"),
            (&["东北三省2025年粮食产量是多少", "谁最少"], "东北三省2025年粮食产量是多少，最少的是哪个"),
            (&["2025年粮食产量最高的三个省是哪些", "第一名是多少"], "各省2025年粮食产量是多少，最高的是哪个"),
            (&["各省2025年粮食产量是多少", "谁最高", "湖北是多少"], "湖北2025年粮食产量是多少"),
            (&["2025年粮食产量超过1000亿斤的省有哪些", "河南呢"], "河南2025年粮食产量是多少"),
            (&["哪些省提到了“低空经济”", "没有提到的呢"], "哪些省没有提到“低空经济”"),
            (&["哪些省提到了“低空经济”", "一共几个"], "多少个省提到了“低空经济”"),
            (
                &["山西2025年粮食产量是多少", "湖南呢", "河南呢", "这三个列成表"],
                "山西和湖南和河南2025年粮食产量是多少，列个表",
            ),
            (&["山西2026年经济增长目标", "河南呢"], "河南2026年经济增长目标是多少"),
        ] {
            assert_eq!(ask(turns).text, text, "{turns:?}");
        }
    }

    #[test]
    fn an_earlier_question_comes_back() {
        for (turns, text) in [
            (&["2024年山西粮食产量是多少", "煤炭产量呢", "回到第一个问题"][..], "2024年山西粮食产量是多少"),
            (&["2024年山西粮食产量是多少", "煤炭产量呢", "回到粮食产量，2023年呢"], "2023年山西粮食产量是多少"),
            (&["2024年山西粮食产量是多少", "浙江的煤炭产量呢", "说回粮食产量"], "2024年山西粮食产量是多少"),
        ] {
            assert_eq!(ask(turns).text, text, "{turns:?}");
        }
    }

    #[test]
    fn the_place_that_an_answer_names_is_what_the_next_question_is_about() {
        let asked = "2025年失业率最低的是哪个省";
        let next = |reply: &str, text: &str| with_its_place(asked, reply, text);
        assert_eq!(next("北京（4.1%）。[1]", "是多少").as_deref(), Some("北京2025年失业率是多少"));
        assert_eq!(next("北京和上海。[1]", "是多少"), None);
        assert_eq!(next("北京。", "2024年呢"), None);
        assert_eq!(with_its_place("北京2025年失业率是多少", "北京4.1%。", "是多少"), None);
    }

    #[test]
    fn whether_it_rose_claims_a_direction() {
        use crate::interpret::{Claim, Combine};
        let clock = Clock::fixed(date(2025, 11, 1));
        for (text, asked, claim) in [
            ("2024年固定资产投资增长了吗", "2024年固定资产投资增长多少", Claim::More),
            ("2024年进出口总额下降了吗", "2024年进出口总额下降多少", Claim::Less),
            ("2024年山西物价涨了没有", "2024年山西物价增长多少", Claim::More),
            ("2024年出口是不是下降了", "2024年出口下降多少", Claim::Less),
            ("2024年出口比上年增长了吗", "2024年出口增长多少", Claim::More),
            ("2024年有没有财政收入回落", "2024年财政收入下降多少", Claim::Less),
        ] {
            let query = interpret(text, &clock);
            assert_eq!(query.combine, Some(Combine::Direction(claim)), "{text}");
            assert_eq!(query.cells[0].text, asked, "{text}");
            assert_eq!(query.asked, Asked::YesNo, "{text}");
        }
        for text in ["2024年增长5%的目标完成了吗", "2024年固定资产投资增长多少", "2024年比2023年下降了吗"]
        {
            assert!(!matches!(interpret(text, &clock).combine, Some(Combine::Direction(_))), "{text}");
        }
    }

    #[test]
    fn a_question_in_another_language_leans_only_where_it_says_so() {
        for text in
            ["And Guizhou?", "What about 2023?", "In 2024?", "And how high is the target there?", "А в 2024 году?"]
        {
            assert!(leans_abroad(text), "{text}");
        }
        for text in ["What is the capital of France?", "How many schools will Sichuan build in 2026?"] {
            assert!(!leans_abroad(text), "{text}");
        }
    }

    #[test]
    fn a_whole_question_stands_for_itself() {
        let query = ask(&["2024年山西粮食产量是多少", "2025年浙江计划更新多少台电梯"]);
        assert_eq!(query.text, "2025年浙江计划更新多少台电梯");
        assert!(query.explicit.period && query.explicit.region);
    }

    #[test]
    fn what_is_inherited_is_not_the_users_word() {
        let query = ask(&["2025年山西新建智能化煤矿多少座", "那2024年呢"]);
        assert!(query.explicit.period && !query.explicit.region);
        assert_eq!(query.regions.len(), 1);
    }

    #[test]
    fn asking_whether_it_was_done_sets_plan_against_result() {
        let query = ask(&["2024年计划新建智能化煤矿多少座", "完成了吗"]);
        assert_eq!(query.asked, Asked::YesNo);
        let statuses: Vec<_> = query.cells.iter().map(|cell| cell.status).collect();
        assert_eq!(statuses, [Some(Status::Target), Some(Status::Actual)]);
        assert!(query.cells.iter().all(|cell| cell.units.first().is_some_and(|unit| unit == "座")), "{query:?}");
    }

    #[test]
    fn a_comparison_grows_by_the_new_member() {
        let query = ask(&["山西2024年GDP增速是多少", "跟陕西比怎么样"]);
        assert_eq!(query.cells.len(), 2, "{}", query.text);
        assert_eq!(query.asked, Asked::Rate(Rate::Growth));
        let query = ask(&["山西2024年智能化煤矿有多少座", "比2023年多多少"]);
        assert_eq!(query.cells.len(), 2, "{}", query.text);
    }
}
