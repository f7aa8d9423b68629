//! Reads a question over many reports: which places or years, what to do with their values, and the question that each cell
//! is asked.
//!
//! "2026年GDP增长目标最低的三个省是哪几个" is all places, the lowest three, and of each "2026年GDP增长目标是多少". What is recognised
//! is cut out of the text; what stays is what is asked of one place. A pure function of the words.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use wenbao_lang::numeral;
use wenbao_lang::place::{self, GROUPS, PROVINCES};
use wenbao_report::{Quantity, quantity};

/// A question over many reports.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Order {
    /// Whose or when: what the rows of the table are.
    pub rows: Rows,
    /// What to do with the values, in the question's order; none where the table is all that is asked for.
    pub wishes: Vec<Wish>,
    /// Whether it asks how many they are.
    pub how_many: bool,
    /// Whether it asks for the table in so many words.
    pub table: bool,
    /// The question of one cell, without a place.
    pub question: String,
    /// The reports of this year, where the question names them so.
    pub report_year: Option<i32>,
}

/// What the rows of the table are.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Rows {
    /// Every place that has a report.
    #[default]
    All,
    /// Every place of one kind: 直辖市, 自治区.
    Kind(place::Kind),
    /// The members of a group, by short name.
    Group(Vec<&'static str>),
    /// The places that the question names.
    Listed,
    /// The years of one place: from, to, as far as they are said.
    Years(Option<i32>, Option<i32>),
}

/// What to do with the values of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wish {
    /// The first so many from one end; ties share a place.
    First {
        /// From the high end.
        high: bool,
        /// How many.
        count: usize,
    },
    /// All in order.
    Order {
        /// From the high end.
        high: bool,
    },
    /// Those whose value stands so to a number.
    Where(Box<Bound>),
    /// Those whose value stands so to that of a place.
    Against {
        /// The place, by short name.
        place: String,
        /// Higher than it, else lower.
        higher: bool,
    },
    /// What rank a place has.
    RankOf(String),
    /// Those that say it.
    Having,
    /// Those that do not.
    Lacking,
    /// All together.
    Sum,
    /// Their mean.
    Mean,
    /// The one in the middle.
    Median,
    /// From the lowest to the highest.
    Spread,
    /// Those whose result reached the plan, or did not.
    Met(bool),
    /// Those whose value of the first of two years lies above that of the second, or below.
    Moved {
        /// Above, else below.
        up: bool,
    },
    /// Those whose report has a word, or has it not.
    Mentions {
        /// The word, as it must stand there.
        term: String,
        /// Has it.
        holds: bool,
    },
}

/// How values must stand to a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bound {
    /// The relation.
    pub relation: Relation,
    /// The number as the question writes it.
    pub than: Quantity,
    /// Between two numbers, the other.
    pub to: Option<Quantity>,
}

/// A relation of a value to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Above it.
    Above,
    /// It or above.
    AtLeast,
    /// Below it.
    Below,
    /// It or below.
    AtMost,
    /// Just this number, with just this hedge.
    Same,
    /// Between two.
    Between,
}

/// Stands where something was cut out.
const HOLE: char = '\u{5}';

#[allow(clippy::expect_used)]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a fixed pattern is valid")
}

/// What a place of the first rank is called when it is asked for without its name.
const PROVINCE: &str = "(?:省级行政区|省区市|省市区|省、自治区、直辖市|省份|省区|省市|省)";
/// Any place.
const PLACE: &str =
    "(?:省级行政区|省区市|省市区|省、自治区、直辖市|省份|省区|省市|省|地方政府|地方|地区|地市|城市|区县|地|市)";
/// How many of them.
const SOME: &str = "(?:[一二两三四五六七八九十]+|\\d+|几)";

/// A text while it is read: what is recognised gives way to a hole.
struct Text(String);

impl Text {
    /// Cuts out what a pattern matches first (its group `cut` or `cut2`, if it has one), and gives the match.
    fn take(&mut self, pattern: &Regex) -> Option<Vec<Option<String>>> {
        let hit = pattern.captures(&self.0)?;
        let groups = hit.iter().map(|group| group.map(|m| m.as_str().to_string())).collect();
        let range = hit.name("cut").or(hit.name("cut2")).or_else(|| hit.get(0))?.range();
        self.0.replace_range(range, &HOLE.to_string());
        Some(groups)
    }

    /// The same for a pattern with a group of this name: its text.
    fn take_named(&mut self, pattern: &Regex, name: &str) -> Option<String> {
        let hit = pattern.captures(&self.0)?;
        let named = hit.name(name).map_or(String::new(), |m| m.as_str().to_string());
        let range = hit.name("cut").or(hit.name("cut2")).or_else(|| hit.get(0))?.range();
        self.0.replace_range(range, &HOLE.to_string());
        Some(named)
    }

    fn takes(&mut self, pattern: &Regex) -> bool {
        self.take(pattern).is_some()
    }
}

/// Reads a question, normalised and in simplified Chinese; `None` where it is one over a single report.
///
/// `named` are the places that the question names, by short name.
pub(crate) fn read(text: &str, named: &[String]) -> Option<Order> {
    let mut order = Order::default();
    let mut text = Text(text.trim_end_matches(['？', '。', '！', '吗', '呢']).to_string());
    order.table = talks_of_a_table(&mut text);
    let scope = scope(&mut text, named);
    let (rows, how_many, sure) = match scope {
        Some(scope) => scope,
        None if named.len() > 1 => (Rows::Listed, false, false),
        None => return None,
    };
    order.rows = rows;
    order.how_many = how_many;
    order.report_year = report_year(&text.0);
    if let Some((term, holds)) = mention(&text.0) {
        order.wishes.push(Wish::Mentions { term, holds });
        return Some(order);
    }
    plans(&mut text, &mut order);
    lacking(&mut text, &mut order);
    against(&mut text, &mut order, named);
    ranks(&mut text, &mut order);
    bounds(&mut text, &mut order);
    figures(&mut text, &mut order);
    if order.wishes.is_empty() && !sure && !order.table {
        return None;
    }
    let bare = without_names(&text.0, named);
    order.question = question(&bare, order.report_year)?;
    // "GDP目标低于5%": it is its growth that is told in per cent.
    let shares = |wish: &Wish| matches!(wish, Wish::Where(bound) if bound.than.unit == "%");
    if order.wishes.iter().any(shares)
        && let Some(growth) = as_growth(&order.question)
    {
        order.question = growth;
    }
    Some(order)
}

/// A question for an amount as one for its growth; `None` where it asks for a change or a share already.
pub(crate) fn as_growth(question: &str) -> Option<String> {
    let ratio = ["增", "率", "比", "幅", "强度", "下降", "占", "指数", "百分"];
    if ratio.iter().any(|word| question.contains(word)) {
        return None;
    }
    let at = ["预期目标", "控制目标", "目标", "是多少", "多少"].iter().find_map(|word| question.find(word))?;
    let (head, tail) = question.split_at(at);
    let tail = if tail.starts_with("是多少") { &tail["是".len()..] } else { tail };
    let head = head.trim_end_matches(['的', '是']);
    Some(format!("{head}增长{tail}"))
}

/// The text without the names of the places that it is about, and without what joins them.
fn without_names(text: &str, named: &[String]) -> String {
    static JOINED: LazyLock<Regex> = LazyLock::new(|| {
        regex("\u{5}(?:[省市区县州]?(?:、|，|和|与|跟|及|以及)?\u{5})+[省市区县州]?|\u{5}[省市区县州]")
    });
    let mut out = text.to_string();
    for name in named.iter().flat_map(|short| names_of(short)) {
        out = out.replace(&name, &HOLE.to_string());
    }
    JOINED.replace_all(&out, "\u{5}").into_owned()
}

/// "列个表", "对比一下", "从各省报告看".
fn talks_of_a_table(text: &mut Text) -> bool {
    static TABLE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:请|帮我|给我|麻烦)?(?:用|以|按)?(?:一?[张个份])?(?:列|做|画|整理|汇总|制|排|给)?(?:成|出|个|一张|一个|一份|一下)*(?:表格|表|清单|一览表?|汇总表)(?:的?形式|列出来?|展示|汇总|对比|给我|出来)*",
        )
    });
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:请|帮我|给我)?(?:逐一|逐个|一一|全部|都)?(?:列出来|列举出来|列举一下|列一下|列出|汇总一下|整理一下|横向(?:比较|对比)|(?:做个|做一个)?(?:对比|比较)(?:一下|下)?|对比一下|比较一下|比一比|比比看|比一下)",
        )
    });
    // 报表, 表示, 代表, 电表: no table.
    let real = |at: usize, text: &str| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| "代仪报电图发钟水手外".contains(c))
    };
    let hit = TABLE.find(&text.0).map(|m| m.range());
    let found = match hit {
        Some(range)
            if real(range.start, &text.0)
                && !text.0[range.end..].starts_with(['示', '明', '现', '彰', '决', '演', '达', '面', '态'])
                && !text.0[range.clone()].starts_with("一览") =>
        {
            text.0.replace_range(range, &HOLE.to_string());
            true
        }
        _ => false,
    };
    text.takes(&LIST) || found
}

/// Which places or years; whether their number is asked for; whether a table alone may be wanted of them (各省), so that no
/// further wish is needed. 哪个省 and 谁 without one ask for a name in one report.
fn scope(text: &mut Text, named: &[String]) -> Option<(Rows, bool, bool)> {
    if let Some(rows) = years(text) {
        return Some((rows, false, true));
    }
    let group = group(text);
    // What is left of "各地" and "哪个省" behind a group's name says nothing more.
    let strong = text.takes(&EACH_PLACE) | text.takes(&THESE);
    let which = text.takes(&WHICH_PROVINCE);
    let ranked = RANKED.is_match(&text.0);
    let weak = text.takes(&WHICH_PLACE) | FIRST_PLACES.is_match(&text.0);
    let count = text.takes(&COUNTED);
    let trailing = text.takes(&OF_PROVINCES) | ranked;
    let _ = text.takes(&WHICH_PROVINCE) | text.takes(&WHICH_PLACE);
    if let Some((rows, sure)) = group {
        return Some((rows, count, sure));
    }
    if named.len() > 1 {
        return Some((Rows::Listed, count, strong));
    }
    // "山西哪里…": one place is named, and what is asked is a name within it, unless it is set against the others.
    let others = which || trailing || weak;
    let against = others && AGAINST.is_match(&text.0) || RANK_OF.is_match(&text.0);
    if named.len() == 1 && !strong && !against {
        return None;
    }
    // "三个产业里哪个营收最高": what stands in a list is chosen from it.
    let listed = text.0.contains('、') && !(count || strong || which || trailing);
    let any = count || strong || which || trailing || weak || !named.is_empty();
    (any && !listed).then_some((Rows::All, count, strong))
}

/// 有多少个省, 几个省份, 省份有几个.
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        "(?P<cut>(?:一共|总共|共)?(?:有|是)?(?:多少|几)个?(?:{PROVINCE}|地方|地区)(?:里)?)(?:[^级政性债财高直属管重市]|$)|(?:{PROVINCE}|地方|地区)(?P<cut2>(?:一共|总共|共)?(?:有|是)?(?:多少|几)个)$"
    ))
});

/// 各省, 所有省份, 每个省, 全国各地, 31个省.
static EACH_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        "(?:全国)?(?:所有的?|全部的?|每一?个|每|各个|各)(?:{PLACE})份?(?:政府)?(?:的(?:政府工作)?报告(?:里|中)?)?(?:里|中|间|之间|当中)?的?|(?:全国)?(?:3[14]|29)个?(?:{PROVINCE})(?:、?区、?市)?(?:里|中|当中)?的?|全国范围内?|(?:所有|全部)的?(?:政府工作)?报告(?:里|中)?的?"
    ))
});

/// 这几个省里, 八个省中.
static THESE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        "(?:这|那|上述|以上)(?:{SOME}|些)?个?(?:{PLACE})(?:里面|里|中|当中|之中|之间)?的?|^(?:{SOME})个?(?:{PROVINCE})(?:里面|里|中|当中)的?"
    ))
});

/// 哪个省, 哪几个省份, 哪些地方; with 报告.
static WHICH_PROVINCE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        "(?:是|有|都有|分别是)?(?:哪|那)(?:{SOME})?(?:个|些)?(?:{PROVINCE}|地方|地区|城市|直辖市|自治区|地|市)(?:里|中)?(?:的(?:政府)?(?:工作)?报告)?|有没有(?:{PROVINCE}|地方)"
    ))
});

/// 哪里, 哪些, 谁: of places or of anything else.
static WHICH_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        "(?:是|有|都有|分别是|在)?(?:哪里|哪儿|哪边|哪些|哪(?:{SOME})个|哪个|谁|哪$)(?:的(?:政府)?(?:工作)?报告)?"
    ))
});

/// "…的省份", "…的三个省", "前三的省".
static OF_PROVINCES: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!("的(?P<cut>(?:{PROVINCE}|地方|地区|直辖市|自治区)(?:份)?)(?:$|，|\u{5}|有|是|分别|都|共)"))
});

/// "最快的三个省份", "最低的省".
static RANKED: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!("(?:{HIGH}|{LOW})的?(?:前)?(?:(?:{SOME})(?:个|名|位))?(?:{PROVINCE}|地方|地区)")));

/// "增速前五名", "目标最高的是", "增速排名": no place is named, and none is meant but those of the reports.
static FIRST_PLACES: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!("(?:前|后|倒数)(?:{SOME})(?:名|位)|(?:{HIGH}|{LOW})(?:的)?(?:是|有)?$|的(?:有|是)$|排名|排行|排序"))
});

/// The years of one place: 历年, 2012年到2017年每年, 2019年以来每年, 近五年的变化.
fn years(text: &mut Text) -> Option<Rows> {
    static SPAN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:从|自)?(?P<from>(?:19|20)\\d{2})年?(?:-+|至|到)(?P<to>(?:19|20)\\d{2})年?(?:期间|间)?(?:，)?(?P<each>的?(?:每一?年|历年|逐年|各年|各个年份|这[一二三四五六七八九十\\d]+年每年|走势|趋势|变化(?:情况|趋势)?))",
        )
    });
    static SINCE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:从|自)?(?P<from>(?:19|20)\\d{2})年?(?:以来|起|以后|之后|开始)，?(?P<each>(?:的|，)?(?:每一?年|历年|逐年|各年|走势|趋势|变化(?:情况|趋势)?))?",
        )
    });
    static ALL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "历年来?的?|历次(?:政府工作)?报告(?:里|中)?的?|(?:这些年|近[几些]年|多年)来?(?:每年)?的?|各年度?的?|逐年的?|每一年的?|(?P<cut>哪一?年)[^，。]{0,16}(?:最|排)|最[高低大小多少快慢](?:的|的是)(?P<cut2>哪一?年)",
        )
    });
    static TREND: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:的)?(?:走势|趋势|变化趋势|变化情况)(?:如何|怎么样|怎样|是什么)?$"));
    let number = |year: Option<&str>| year.and_then(|y| y.parse().ok());
    if let Some(hit) = SPAN.captures(&text.0) {
        let rows =
            Rows::Years(number(hit.name("from").map(|m| m.as_str())), number(hit.name("to").map(|m| m.as_str())));
        text.takes(&SPAN);
        return Some(rows);
    }
    if let Some(hit) = SINCE.captures(&text.0)
        && (hit.name("each").is_some() || TREND.is_match(&text.0) || text.0.contains("每年"))
    {
        let rows = Rows::Years(number(hit.name("from").map(|m| m.as_str())), None);
        text.takes(&SINCE);
        text.takes(&TREND);
        return Some(rows);
    }
    static YEAR: LazyLock<Regex> = LazyLock::new(|| regex("(?:19|20)\\d{2}年"));
    if let Some(cut) = ALL.captures(&text.0) {
        // "2021年、2024年哪一年最高": those that are named.
        if YEAR.is_match(&text.0) && cut.get(0).is_some_and(|m| m.as_str().contains("年") && m.as_str().contains("哪"))
        {
            return None;
        }
        let range = cut.name("cut").or(cut.name("cut2")).or_else(|| cut.get(0))?.range();
        text.0.replace_range(range, &HOLE.to_string());
        text.takes(&TREND);
        return Some(Rows::Years(None, None));
    }
    None
}

/// A group of provinces by its name, or by kind; and whether all of it is asked (not which one).
fn group(text: &mut Text) -> Option<(Rows, bool)> {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        let mut names: Vec<&str> = GROUPS.iter().flat_map(|g| g.names.iter().copied()).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        regex(&format!(
            "(?P<cut>(?P<name>{})(?:地区|区域|城市群|经济圈)?(?:的)?(?:(?:{SOME})个?(?:{PLACE})(?:[一二三四]市|[一二三四]区)?|各(?:{PLACE})|(?:{PLACE}))?(?:里面|里|中|当中|之中|内)?的?)(?P<next>.|$)",
            names.join("|")
        ))
    });
    static KINDS: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?:(?:{SOME})(?:个|大)?|各个?|所有的?|全部的?|哪(?:{SOME})?(?:个|些)|几个|^)(?P<kind>直辖市|(?:民族|少数民族)?自治区)(?:里面|里|中|当中|之中)?的?"
        ))
    });
    if let Some(hit) = text.take(&KINDS) {
        let whole = hit.first().cloned().flatten().unwrap_or_default();
        let kind = if whole.contains("直辖市") { place::Kind::Municipality } else { place::Kind::Region };
        return Some((Rows::Kind(kind), !whole.starts_with('哪')));
    }
    let hit = NAMED.captures(&text.0)?;
    let (name, whole) = (hit.name("name")?.as_str(), hit.name("cut")?.as_str());
    // 西部大开发, 京津冀协同发展: no places that are asked one by one.
    let plural = whole.len() > name.len();
    let next = hit.name("next").map_or("", |m| m.as_str());
    let parted = next.is_empty()
        || next.starts_with(|c: char| c.is_ascii_digit() || "，、的各哪谁有平GＧ经地最".contains(c) || c == HOLE);
    let further = &text.0[hit.name("cut")?.end()..];
    if !(plural || parted) || ["经济带", "经济圈", "经济区", "经济走廊"].iter().any(|w| further.starts_with(w))
    {
        return None;
    }
    let provinces: Vec<&'static str> = place::group(name)?.provinces.iter().map(|p| p.short).collect();
    if provinces.len() < 2 {
        return None;
    }
    text.takes(&NAMED);
    Some((Rows::Group(provinces), true))
}

/// "2026年报告": the reports of that year.
fn report_year(text: &str) -> Option<i32> {
    static REPORT: LazyLock<Regex> =
        LazyLock::new(|| regex("(?P<year>(?:19|20)\\d{2})年?(?:初)?的?(?:各省)?(?:政府)?(?:工作)?报告"));
    REPORT.captures(text)?["year"].parse().ok()
}

/// Verbs of having a word: 提到, 写进.
const SAY: &str = "(?:提到|提及|提出|提|谈到|说到|讲到|写到|写进|写入|写上|涉及|出现|点名|部署|强调|用到|包含)";

/// A thing that reports mention or do not: the word, and whether it must stand there. A plain noun is looked for as it is;
/// "没提失业率的目标" asks for a value that is not given.
fn mention(text: &str) -> Option<(String, bool)> {
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?P<neg>没有?|未|并未|不)?(?:都|也|明确|专门|曾)?(?P<verb>{SAY})(?:过|了)?(?:关于|有关)?(?P<thing>[^，。？\u{5}]+)"
        ))
    });
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "^(?P<thing>[^，。？\u{5}]+?)(?:这个词|一词)?\u{5}*(?:的?报告)?(?:里|中)?(?:都|也)?(?P<neg>没有?|未|并未)?(?:被)?(?P<verb>提到|提及|提|谈到|写到|写进|写入|出现)(?:过|了)?\u{5}*$",
        )
    });
    for pattern in [&*BEHIND, &*BEFORE] {
        let Some(hit) = pattern.captures(text) else { continue };
        let thing = thing(&hit["thing"]);
        let quoted = hit["thing"].contains(['“', '《']);
        let long = thing.chars().count() > MENTION || thing.contains('的') && !quoted;
        if thing.chars().count() < 2 || long || wants_a_value(&thing, &hit["verb"]) {
            continue;
        }
        return Some((thing, hit.name("neg").is_none()));
    }
    None
}

/// Characters of a thing that is mentioned, at most: longer ones are clauses.
const MENTION: usize = 16;

/// What is mentioned, without marks and what belongs to the sentence around it.
fn thing(words: &str) -> String {
    static TAIL: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:的?(?:有|是|分别|共|一共).*|的|这个词|这一?(?:概念|提法|说法)|一词|过|了|呢|吗)$"));
    let inner = words.find(['“', '《']).and_then(|open| {
        let rest = &words[open..];
        let close = rest.find(['”', '》'])?;
        rest.get(rest.chars().next()?.len_utf8()..close)
    });
    let words = inner.unwrap_or(words).trim_matches(['“', '”', '《', '》', ' ', '：', HOLE]);
    let mut out = words.to_string();
    while inner.is_none() {
        let cut = TAIL.replace(&out, "").into_owned();
        if cut == out || cut.is_empty() {
            break;
        }
        out = cut;
    }
    out
}

/// Whether what is (not) said is a value of an indicator rather than a word.
fn wants_a_value(thing: &str, verb: &str) -> bool {
    let value = ["目标", "多少", "几", "增速", "增长", "增幅", "具体", "数字", "数据", "人数", "指标", "总量", "是否"];
    value.iter().any(|word| thing.contains(word)) || verb == "提出" && thing.chars().any(|c| c.is_ascii_digit())
}

/// "没有提…的目标", "没给出…": the places that do not say it; "定了…", those that do.
fn lacking(text: &mut Text, order: &mut Order) {
    static LACKS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:都|也)?(?:没有?|未|尚未|并未)(?:有)?(?:明确|具体|单独|直接)?(?:地)?(?:提出来?|提到|提及|提|说明|说到|说|写明|写|给出|给|公布|披露|报告|报|制定|确定|定出|定下|定|设定|设置|设|列出|列入|列|交代|明确|安排)(?:过|了)?",
        )
    });
    static BARE: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:没有|缺少|缺)(?P<cut>)(?:\u{5}|\\d|.{2,24}(?:目标|数据|数字))"));
    static HAS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:都|也)?(?:明确)?(?:提出|提到|提及|说明|说到|写明|给出|公布|披露|制定|确定|设定|设置|定|设|列出|安排)(?:了|过|有)",
        )
    });
    if text.takes(&LACKS) {
        order.wishes.push(Wish::Lacking);
    } else if BARE.is_match(&text.0) && !text.0.contains("有没有") {
        text.0 = text.0.replacen("没有", &HOLE.to_string(), 1).replacen("缺少", &HOLE.to_string(), 1);
        order.wishes.push(Wish::Lacking);
    } else if text.takes(&HAS) {
        order.wishes.push(Wish::Having);
    }
}

static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?:比(?P<a>[\\p{Han}]{2,4}?)(?:的|还|更|要)*(?P<way>高|大|多|快|低|小|少|慢)|(?P<over>高于|超过|大于|多于|快于|低于|小于|少于|慢于)(?P<b>[\\p{Han}]{2,4}?)(?:\u{5}|的|$|，))",
    )
});

static RANK_OF: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?:在[^，]{0,8}?)?(?:排名?|位列|位居|居|排在?)(?:全国|\u{5})?(?:的)?(?:第几(?:位|名)?|多少(?:位|名)|几位)|排名(?:多少|如何|怎么样|怎样|第几)",
    )
});

/// "比北京高的省": against one of the places; "山西排第几": its rank.
fn against(text: &mut Text, order: &mut Order, named: &[String]) {
    if let Some(hit) = AGAINST.captures(&text.0)
        && let Some(name) = hit.name("a").or(hit.name("b")).map(|m| m.as_str())
        && let Some(place) = place::named(name)
        && named.iter().any(|n| n == place.name())
    {
        let way = hit.name("way").or(hit.name("over")).map_or("", |m| m.as_str());
        let higher = way.starts_with(['高', '大', '多', '快', '超']);
        order.wishes.push(Wish::Against { place: place.name().to_string(), higher });
        order.rows = match std::mem::take(&mut order.rows) {
            Rows::Listed => Rows::All,
            rows => rows,
        };
        text.takes(&AGAINST);
    } else if RANK_OF.is_match(&text.0)
        && let [only] = named
    {
        text.takes(&RANK_OF);
        order.wishes.push(Wish::RankOf(only.clone()));
    }
}

/// A place's names, the longest first.
fn names_of(short: &str) -> Vec<String> {
    if short == place::NATION {
        return ["中华人民共和国国务院", "国务院", "全国", "我国", "中央政府", "国家"].map(String::from).to_vec();
    }
    let Some(province) = PROVINCES.iter().find(|p| p.short == short) else { return vec![short.to_string()] };
    let names = [province.full, province.short].into_iter().chain(province.other_names.iter().copied());
    names.map(String::from).collect()
}

/// "没有完成增长目标的省": results against plans; "目标比2025年低": against another year.
fn plans(text: &mut Text, order: &mut Order) {
    static MET: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?P<neg>没有?|未能?|没能|尚未)?(?:如期|超额|全面|顺利)?(?:完成|实现|达到|达成|兑现)了?(?P<what>[^，。？]{0,24}?)(?P<goal>(?:预期|年度|年初|既定)?(?:的)?(?:预期目标|目标任务|目标|任务))",
        )
    });
    static OVER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:实际|结果|完成)?(?:值|数|情况)?(?P<way>高于|超过|超出|超额完成|低于|没达到|未达到|不及|没到)(?:了)?(?:年初|当年|当初|预期|原定)?的?(?:预期)?目标",
        )
    });
    static MOVED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?P<cut>比(?:(?:19|20)\\d{2}年|上一?年|去年|前一年)的?(?:目标|计划)?(?P<way>要?(?:下调|调低|降低|低|下降|少|小|上调|调高|提高|高|上升|多|大|快|慢))(?:了|一些)?)",
        )
    });
    static SHIFTED: LazyLock<Regex> =
        LazyLock::new(|| regex("(?:把|将)?(?P<cut>(?P<way>下调|调低|调降|上调|调高)了?)"));
    if let Some(hit) = MET.captures(&text.0) {
        let (met, what) = (hit.name("neg").is_none(), hit["what"].to_string());
        let range = hit.get(0).map_or(0..0, |m| m.range());
        text.0.replace_range(range, &format!("{what}{HOLE}"));
        order.wishes.push(Wish::Met(met));
    } else if let Some(way) = text.take_named(&OVER, "way") {
        order.wishes.push(Wish::Met(way.starts_with(['高', '超'])));
    } else if let Some(hit) = MOVED.captures(&text.0) {
        let way = hit["way"].to_string();
        let whole = hit.name("cut").map_or("", |m| m.as_str()).to_string();
        let up = ["上调", "调高", "提高", "高", "上升", "多", "大", "快"].iter().any(|w| way.contains(w));
        let year = whole.trim_start_matches('比').chars().take(4).collect::<String>();
        let year: Option<i32> = year.parse().ok();
        text.takes(&MOVED);
        order.wishes.push(Wish::Moved { up });
        two_years(text, year);
    } else if let Some(way) = text.take_named(&SHIFTED, "way") {
        order.wishes.push(Wish::Moved { up: way.starts_with('上') || way.ends_with('高') });
        two_years(text, None);
    }
}

/// Puts a second year behind the first one: each place is asked for both.
fn two_years(text: &mut Text, other: Option<i32>) {
    static YEAR: LazyLock<Regex> = LazyLock::new(|| regex("(?P<year>(?:19|20)\\d{2})年"));
    let first = YEAR.captures(&text.0).and_then(|hit| hit["year"].parse::<i32>().ok());
    let Some(first) = first else { return };
    let other = other.filter(|y| *y != first).unwrap_or(first - 1);
    text.0 = YEAR.replace(&text.0, format!("{first}年和{other}年")).into_owned();
}

/// Words of the high end and of the low end.
const HIGH: &str = "(?:最高|最大|最多|最快|最强|最好|最长|最重|最猛|居首|领先|第一|榜首|首位)";
const LOW: &str = "(?:最低|最小|最少|最慢|最差|最短|最弱|垫底|倒数第一|末位|最后一?名|最后)";

/// Highest, lowest, the first so many, all in order.
fn ranks(text: &mut Text, order: &mut Order) {
    let number = |words: Option<&String>| -> usize {
        words
            .and_then(|n| if n == "几" { Some(3) } else { numeral::whole(n).and_then(|n| usize::try_from(n).ok()) })
            .unwrap_or(1)
    };
    static DIFFERENCE: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?:{HIGH}|{LOW})的?(?:{PLACE}|\u{5})*(?:和|与|跟|、|到|比)(?:{HIGH}|{LOW})的?(?:{PLACE}|\u{5})*(?:之间)?(?:相差|差距|差)(?:了)?(?:有)?(?:多大|多少|几个?)?(?:个?百分点|亿元|万亿元|万人)?"
        ))
    });
    static BOTH: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?:排名?)?(?P<first>{HIGH}|{LOW})的?(?:{PLACE}|\u{5})*(?:是谁|是)?(?:和|与|跟|、|，|及|以及)(?:{HIGH}|{LOW})的?(?:{PLACE}|\u{5})*"
        ))
    });
    static FIRST: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?:排名?|位列|位居|居|列|处于|进入)?(?:在)?(?P<end>前|后|倒数前|倒数|末)(?P<n>[一二两三四五六七八九十]+|\\d+)(?:名|位|强|个|大|甲)?(?:的)?(?:{PROVINCE}|地方|地区)?"
        ))
    });
    static SEVERAL: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?P<end>{HIGH}|{LOW})的?(?:前)?(?P<n>[一二两三四五六七八九十]+|\\d+)(?:个|名|位|大)(?:{PLACE})?"
        ))
    });
    static ONE: LazyLock<Regex> = LazyLock::new(|| regex(&format!("(?:排|排名|位居|居)?(?P<end>{HIGH}|{LOW})(?:的)?")));
    static DOWN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:按|依)?(?:照)?(?:从|由)?(?P<from>高|大|多|快|低|小|少|慢)到(?:低|小|少|慢|高|大|多|快)(?:依次|顺序)?(?:排列?|排序|排名|排队|列出)?(?:一下)?",
        )
    });
    static SORT: LazyLock<Regex> = LazyLock::new(|| {
        regex("(?:排名?|排)(?:个|一下|一个)?(?:序|名|队|行|列|行榜)(?:情况)?(?:一下|如何|怎么样|怎样|是怎样的)?")
    });
    let low = |words: &str| regex(LOW).is_match(words);
    if text.takes(&DIFFERENCE) {
        order.wishes.push(Wish::Spread);
    }
    if let Some(first) = text.take_named(&BOTH, "first") {
        let high = !low(&first);
        order.wishes.push(Wish::First { high, count: 1 });
        order.wishes.push(Wish::First { high: !high, count: 1 });
        return;
    }
    if let Some(hit) = SEVERAL.captures(&text.0) {
        let (high, count) = (!low(&hit["end"]), number(Some(&hit["n"].to_string())));
        text.takes(&SEVERAL);
        order.wishes.push(Wish::First { high, count });
        return;
    }
    if let Some(hit) = FIRST.captures(&text.0) {
        // 前三年 is a time, 前20% a share.
        let behind = &text.0[hit.get(0).map_or(0, |m| m.end())..];
        if !behind.starts_with(['年', '月', '季', '%', '个']) && !hit[0].ends_with(['十', '百'])
            || hit[0].contains('名')
        {
            let mut high = &hit["end"] == "前";
            let count = number(Some(&hit["n"].to_string()));
            text.takes(&FIRST);
            if regex(LOW).is_match(&text.0) {
                high = false;
                text.takes(&ONE);
            } else if regex(HIGH).is_match(&text.0) {
                text.takes(&ONE);
            }
            order.wishes.push(Wish::First { high, count });
            return;
        }
    }
    if let Some(from) = text.take_named(&DOWN, "from") {
        text.takes(&SORT);
        order.wishes.push(Wish::Order { high: "高大多快".contains(&from) });
    } else if text.takes(&SORT) {
        order.wishes.push(Wish::Order { high: true });
    }
    if let Some(end) = text.take_named(&ONE, "end") {
        order.wishes.push(Wish::First { high: !low(&end), count: 1 });
    }
}

/// "在5.5%或者更高", "超过5万亿元", "是2%的", "写成“5%左右”", "5%到6%之间".
fn bounds(text: &mut Text, order: &mut Order) {
    const NUMBER: &str = "\\d+(?:\\.\\d+)?";
    // A unit has no marks, and none of the words that may stand behind it.
    const UNIT: &str = "(?:%|个百分点|万亿元?|[万亿]?(?:元|斤|公斤|吨|人|亩|户|套|个|家|公里|千瓦|立方米|件|天|座|标准煤|美元|辆|名|人次)|[万亿])";
    static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?:定|设|处|保持|控制|写)?(?:在|于|为|成)?(?P<a>{NUMBER})(?P<ua>{UNIT})?(?:-+|到|至|和|与)(?P<b>{NUMBER})(?P<ub>{UNIT})(?:之间|的?区间|这个区间|以?内)(?:的)?"
        ))
    });
    static ONE: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            "(?:被)?(?:定|设|处|保持|控制|写|确定|锁定|稳定|达|提)?(?P<pre>不低于|不少于|不高于|不多于|不超过|超过|高于|大于|多于|超出|突破|低于|少于|小于|不到|不足|至少|达到|等于|到|在|于|是|为|成|得|超|达)?(?:了)?[“”\"‘]?(?P<hedge>约|大约|超过|不低于)?(?P<number>{NUMBER})(?P<unit>{UNIT})(?P<post>(?:及|或|或者|和)?以上|或?者?更高|及?或?以下|以内|之内|或?者?更低|左右|上下)?[”\"’]?(?:的)?"
        ))
    });
    let parse = |words: &str| quantity::parse(words).into_iter().next();
    if let Some(hit) = BETWEEN.captures(&text.0) {
        let unit = &hit["ub"];
        let low = hit.name("ua").map_or(unit, |m| m.as_str());
        let pair = (parse(&format!("{}{low}", &hit["a"])), parse(&format!("{}{unit}", &hit["b"])));
        if let (Some(than), to @ Some(_)) = pair {
            order.wishes.push(Wish::Where(Box::new(Bound { relation: Relation::Between, than, to })));
            text.takes(&BETWEEN);
            return;
        }
    }
    let Some(hit) = ONE.captures(&text.0) else { return };
    let part = |name: &str| hit.name(name).map_or("", |m| m.as_str());
    let (pre, post) = (part("pre"), part("post"));
    let relation = match (pre, post) {
        ("超过" | "高于" | "大于" | "多于" | "超出" | "突破" | "超", _) => Relation::Above,
        ("低于" | "少于" | "小于" | "不到" | "不足", _) => Relation::Below,
        ("不低于" | "不少于" | "至少" | "达到" | "达", "") => Relation::AtLeast,
        ("不高于" | "不多于" | "不超过", _) => Relation::AtMost,
        (_, post) if post.ends_with("以上") || post.ends_with("更高") => Relation::AtLeast,
        (_, post) if ["以下", "以内", "之内", "更低"].iter().any(|w| post.ends_with(w)) => Relation::AtMost,
        _ => Relation::Same,
    };
    // "4个中心": no number that values are set against.
    let set = !pre.is_empty() || hit[0].contains(['“', '”', '"']);
    if relation == Relation::Same && !set {
        return;
    }
    let hedge = if relation == Relation::Same {
        format!("{}{}{}{post}", part("hedge"), part("number"), part("unit"))
    } else {
        String::new()
    };
    let bare = format!("{}{}", part("number"), part("unit"));
    let Some(than) = parse(if relation == Relation::Same { &hedge } else { &bare }) else { return };
    order.wishes.push(Wish::Where(Box::new(Bound { relation, than, to: None })));
    text.takes(&ONE);
}

/// Sum, mean, middle, spread.
fn figures(text: &mut Text, order: &mut Order) {
    static SUM: LazyLock<Regex> = LazyLock::new(|| {
        regex("(?:全部|都)?(?:加起来|合起来|加在一起|相加|合计|总共|一共|共计|总计|之和|的?总和)(?:一共|总共|共)?")
    });
    static MEAN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:的)?(?:算术)?(?:平均值|平均数|平均水平|均值|平均下来|平均一下|(?P<cut>平均)(?:是|为|有|在|多少|几|\u{5}|$|增长))",
        )
    });
    static LEADING: LazyLock<Regex> = LazyLock::new(|| regex("\u{5}平均"));
    static MEDIAN: LazyLock<Regex> = LazyLock::new(|| regex("的?中位数"));
    static SPREAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:\u{5}|之间|最)(?P<cut>的?(?:之间)?(?:最[高大低小]?)?(?:相差|差距|差异|极差)(?:有)?(?:多大|多少|几个?)?(?:个?百分点)?)",
        )
    });
    if text.takes(&MEDIAN) {
        order.wishes.push(Wish::Median);
    }
    if text.takes(&MEAN) || text.takes(&LEADING) {
        order.wishes.push(Wish::Mean);
    }
    if text.takes(&SUM) {
        order.wishes.push(Wish::Sum);
    }
    if text.takes(&SPREAD) {
        order.wishes.push(Wish::Spread);
    }
}

/// Clauses that only ask.
static ASKS_ONLY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "^(?:它们|他们|各省|各地|具体|分别|各自?|都|又|其|数值|目标|值|大概|大约|一共|总共|共|是|有|为|定|在|的|了|能|会|到底|究竟)*(?:多少|多大|多高|多快|几|是什么|什么|怎么样|怎样|如何|几何)?(?:个|亿元|万亿元|万人|亿斤|%|百分之几|钱)?$",
    )
});

/// The question of one cell, of what was not recognised; `None` where nothing is left to ask.
fn question(text: &str, report_year: Option<i32>) -> Option<String> {
    let mut text = text.to_string();
    if let Some(year) = report_year {
        // "2026年报告没提当年…": the year of the report, unless the value has its own.
        static REPORT: LazyLock<Regex> = LazyLock::new(|| {
            regex("(?P<year>(?:19|20)\\d{2})年?(?:初)?的?(?:政府)?(?:工作)?报告(?:里面|里|中)?(?:都|也)?(?:提出)?的?")
        });
        static YEAR: LazyLock<Regex> = LazyLock::new(|| regex("(?:19|20)\\d{2}年"));
        let rest = REPORT.replace(&text, "\u{5}").replace("当年", &format!("{year}年"));
        text = if YEAR.is_match(&rest) { rest } else { format!("{year}年{rest}") };
    }
    static REPORTS: LazyLock<Regex> = LazyLock::new(|| {
        regex("(?:在)?(?:各自)?的?(?:政府工作报告|工作报告|政府报告|报告)(?:里面|里|中|上)?(?:提出|定|写|说|讲)?的?")
    });
    let text = REPORTS.replace_all(&text, "\u{5}");
    let mut kept: Vec<String> = Vec::new();
    for clause in text.split(['，', '。', '；', '？']) {
        let clause = trim(clause);
        if clause.is_empty() || ASKS_ONLY.is_match(&clause) {
            continue;
        }
        kept.push(clause);
    }
    let joined = kept.join("，");
    // What else is asked is no value.
    if ["怎么", "怎样", "如何", "为什么", "哪", "什么", "谁", "是否", "有没有"].iter().any(|word| joined.contains(word))
    {
        return None;
    }
    let bare: String = joined.chars().filter(|c| c.is_alphanumeric()).collect();
    (bare.chars().count() > 1).then(|| complete(&joined))
}

/// Takes holes and function words out: "把2026年GDP增长目标定" is "2026年GDP增长目标".
fn trim(clause: &str) -> String {
    static INNER: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "\u{5}+(?:的|里|中|之间|之中|当中)?|(?:分别|各自|依次|都各?|大概|(?P<each>各)(?:是|有|为|多少|定|增长|达))",
        )
    });
    let cut = INNER.replace_all(clause, |hit: &Captures| match hit.name("each") {
        Some(each) => hit[0][each.as_str().len()..].to_string(),
        None => String::new(),
    });
    let cut = cut.replace("年把", "年").replace("年将", "年");
    let mut rest = cut.trim();
    loop {
        let before = rest;
        for head in [
            "定的", "把", "将", "在", "的", "里", "中", "、", "和", "与", "有", "是", "请", "其中", "那么", "，", "从",
            "看", "被",
        ] {
            rest = rest.strip_prefix(head).filter(|r| !r.is_empty()).unwrap_or(rest).trim();
        }
        for tail in [
            "定得", "定在", "定为", "定到", "设定", "设得", "确定", "定了", "定的", "写成", "写的", "写", "定", "的是",
            "的有", "是", "有", "的", "了", "为", "在", "达到", "达", "里", "中", "都", "各", "和", "与", "、", "，",
            "呢", "吗", "排", "分别", "数量", "情况", "把", "得", "成", "要", "被", "地方", "最", "又", "份",
        ] {
            // 产量, 认定, 稳定: words of their own.
            let own = ["稳定", "认定", "固定", "所有", "国有", "城中", "集中", "其中", "拥有", "股份", "年份", "月份"];
            if rest.ends_with(tail) && !own.iter().any(|w| rest.ends_with(w)) {
                rest = rest.strip_suffix(tail).unwrap_or(rest).trim();
            }
        }
        if rest == before {
            break;
        }
    }
    rest.to_string()
}

/// A phrase as a question that asks for its value. The growth of an unnamed thing is that of the economy.
pub(crate) fn complete(phrase: &str) -> String {
    static BARE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?P<head>^|年的?|年度的?)(?P<growth>(?:预期)?(?:增长|增速|发展)(?:预期)?(?:目标|率|速度)?)(?P<tail>$|是|多少)",
        )
    });
    let phrase = BARE.replace(phrase, |hit: &Captures| {
        let growth = hit["growth"].replace("发展", "增长");
        format!("{}经济{growth}{}", &hit["head"], &hit["tail"])
    });
    let asks = ["多少", "几", "百分之", "多大", "多高", "多快"].iter().any(|w| phrase.contains(w));
    if asks {
        phrase.into_owned()
    } else if phrase.ends_with("增长") || phrase.ends_with("下降") || phrase.ends_with("提高") {
        format!("{phrase}多少")
    } else {
        format!("{phrase}是多少")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str, named: &[&str]) -> Order {
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        read(text, &named).unwrap_or_else(|| panic!("{text} is one over many reports"))
    }

    #[test]
    fn what_each_place_is_asked_is_what_is_left() {
        for (text, question) in [
            ("2026年各省份的经济增长目标分别是多少，列个表", "2026年经济增长目标是多少"),
            ("哪个省份2026年GDP增长目标定得最高", "2026年GDP增长目标是多少"),
            ("2026年经济增长目标定得最低的是哪些地方", "2026年经济增长目标是多少"),
            ("哪些省份把2026年GDP增长目标定在5.5%或者更高", "2026年GDP增长目标是多少"),
            ("长三角各地2026年经济增长目标是多少", "2026年经济增长目标是多少"),
            ("中部六省2026年的增长目标，对比一下，谁最高", "2026年的经济增长目标是多少"),
            ("2026年把增长目标写成“5%左右”的省份有多少个", "2026年经济增长目标是多少"),
            ("2025年经济总量最大的是哪个省，有多大", "2025年经济总量是多少"),
            ("2025年地区生产总值超过5万亿元的省份有哪些", "2025年地区生产总值是多少"),
            ("西北五省区2025年GDP各是多少", "2025年GDP是多少"),
            ("2026年城镇调查失业率控制目标最高的是哪几个省", "2026年城镇调查失业率控制目标是多少"),
            ("2026年把城镇调查失业率目标定在5%以内的有哪些地方", "2026年城镇调查失业率目标是多少"),
            ("哪些省的2026年报告没提当年城镇调查失业率的目标", "2026年城镇调查失业率的目标是多少"),
            ("2025年城镇新增就业人数排前三的省", "2025年城镇新增就业人数是多少"),
            ("2025年城镇新增就业最少的是哪里", "2025年城镇新增就业是多少"),
            ("哪些省的2026年报告没有说2025年城镇新增就业多少人", "2025年城镇新增就业多少人"),
            ("2026年一般公共预算收入增长目标最高和最低的分别是哪里", "2026年一般公共预算收入增长目标是多少"),
            ("2026年一般公共预算收入增长目标是2%的有哪些省份", "2026年一般公共预算收入增长目标是多少"),
            ("哪些省定了2026年的粮食产量目标，分别是多少", "2026年的粮食产量目标是多少"),
            ("森林覆盖率最高的是哪个省，是多少", "森林覆盖率是多少"),
            ("森林覆盖率在50%以上的有哪些地方", "森林覆盖率是多少"),
            ("2026年固定资产投资增长目标最高的三个省是哪几个", "2026年固定资产投资增长目标是多少"),
            ("这几个省里，2025年经济增长目标定得最高的是谁", "2025年经济增长目标是多少"),
            ("2024年各省经济增长多少，谁最快", "2024年经济增长多少"),
            ("四个直辖市2026年的增长目标各是多少", "2026年的经济增长目标是多少"),
            ("2026年GDP目标低于5%的省份有哪些", "2026年GDP增长目标是多少"),
        ] {
            assert_eq!(order(text, &[]).question, question, "{text}");
        }
    }
}
