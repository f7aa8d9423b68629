//! Reads a question over many reports: which places or years, what to do with their values, and the question that each cell
//! is asked.
//!
//! "2026年GDP增长目标最低的三个省是哪几个" is all places, the lowest three, and of each "2026年GDP增长目标是多少". What is recognised
//! is cut out of the text; what stays is what is asked of one place. A pure function of the words.

mod cell;
mod mention;
mod scope;
mod wishes;

use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::place::{self, PROVINCES};
use wenbao_report::Quantity;

pub(crate) use cell::complete;
use cell::question;
use mention::mention;
use scope::scope;
use wishes::{against, between_two, bounds, falls, figures, lacking, plans, ranks};

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

/// One end of an order, and the other.
const HIGH: &str = "(?:最高|最大|最多|最快|最强|最好|最长|最重|最猛|居首|领先|第一|榜首|首位)";
const LOW: &str = "(?:最低|最小|最少|最慢|最差|最短|最弱|垫底|倒数第一|末位|最后一?名|最后)";

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
    if between_two(text, named) {
        return None;
    }
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
    falls(&mut text, &mut order);
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
    // 增加值 is an amount, though it has 增 in it.
    let words = question.replace("增加值", "");
    if ratio.iter().any(|word| words.contains(word)) {
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

/// "2026年报告": the reports of that year.
fn report_year(text: &str) -> Option<i32> {
    static REPORT: LazyLock<Regex> =
        LazyLock::new(|| regex("(?P<year>(?:19|20)\\d{2})年?(?:初)?的?(?:各省)?(?:政府)?(?:工作)?报告"));
    REPORT.captures(text)?["year"].parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str, named: &[&str]) -> Order {
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        read(text, &named).unwrap_or_else(|| panic!("{text} is one over many reports"))
    }

    #[test]
    fn one_place_against_another_is_no_table() {
        let named = ["四川".to_string(), "浙江".to_string()];
        for text in ["四川2025年城镇新增就业比浙江多多少", "四川GDP增速比浙江低几个百分点", "四川的粮食产量比浙江高吗"]
        {
            assert_eq!(read(text, &named), None, "{text}");
        }
        assert!(order("2026年GDP目标比浙江高的省有哪些", &["浙江"]).wishes.len() == 1);
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
            ("2025年固定资产投资下降的省份有哪些", "2025年固定资产投资增速是多少"),
            ("哪些省2025年进出口出现负增长", "2025年进出口增速是多少"),
            ("哪些省一般公共预算收入2026年增长目标最高", "一般公共预算收入2026年增长目标是多少"),
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
