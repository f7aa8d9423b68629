//! What is to be done with the values of a table.

use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::numeral;
use wenbao_lang::place;
use wenbao_report::quantity;

use super::{Bound, HIGH, HOLE, LOW, Order, PLACE, PROVINCE, Relation, Rows, Text, Wish, regex};

/// "没有提…的目标", "没给出…": the places that do not say it; "定了…", those that do.
pub(super) fn lacking(text: &mut Text, order: &mut Order) {
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

/// Higher or lower than a place: 比北京高.
pub(super) static AGAINST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?:比(?P<a>[\\p{Han}]{2,4}?)(?:的|还|更|要)*(?P<way>高|大|多|快|低|小|少|慢)|(?P<over>高于|超过|大于|多于|快于|低于|小于|少于|慢于)(?P<b>[\\p{Han}]{2,4}?)(?:\u{5}|的|$|，))",
    )
});

/// Asks for the rank of a place: 排第几.
pub(super) static RANK_OF: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        "(?:在[^，]{0,8}?)?(?:排名?|位列|位居|居|排在?)(?:全国|\u{5})?(?:的)?(?:第几(?:位|名)?|多少(?:位|名)|几位)|排名(?:多少|如何|怎么样|怎样|第几)",
    )
});

/// The place that others are set against, if the question names it, and whether they lie above it.
fn set_against(text: &str, named: &[String]) -> Option<(String, bool)> {
    let hit = AGAINST.captures(text)?;
    let place = place::named(hit.name("a").or(hit.name("b"))?.as_str())?;
    let way = hit.name("way").or(hit.name("over")).map_or("", |m| m.as_str());
    let higher = way.starts_with(['高', '大', '多', '快', '超']);
    named.iter().any(|n| n == place.name()).then(|| (place.name().to_string(), higher))
}

/// "四川比浙江多多少", "广东比江苏高吗": one named place against another, and no others.
pub(super) fn between_two(text: &str, named: &[String]) -> bool {
    let others = ["哪", "谁", "各", "省份", "地方"].iter().any(|word| text.contains(word));
    named.len() == 2 && !others && set_against(text, named).is_some()
}

/// "比北京高的省": against one of the places; "山西排第几": its rank.
pub(super) fn against(text: &mut Text, order: &mut Order, named: &[String]) {
    if let Some((place, higher)) = set_against(&text.0, named) {
        order.wishes.push(Wish::Against { place, higher });
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

/// "没有完成增长目标的省": results against plans; "目标比2025年低": against another year.
pub(super) fn plans(text: &mut Text, order: &mut Order) {
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

/// Highest, lowest, the first so many, all in order.
pub(super) fn ranks(text: &mut Text, order: &mut Order) {
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
pub(super) fn bounds(text: &mut Text, order: &mut Order) {
    const NUMBER: &str = "\\d+(?:\\.\\d+)?";
    // A unit has no marks, and none of the words that may stand behind it.
    const UNIT: &str = "(?:%|个百分点|万亿元?|[万亿]?(?:元|斤|公斤|吨|人|亩|户|套|个|家|公里|千瓦|立方米|件|天|座|岁|平方米|平方公里|公顷|标准煤|美元|辆|名|人次)|微克/立方米|微克每立方米|[万亿])";
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

/// "固定资产投资下降的省份": those whose growth lies below nought. A rate or a level that falls does not grow.
pub(super) fn falls(text: &mut Text, order: &mut Order) {
    static FALLS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "[^率度值例重数\u{5}，](?P<cut>(?:出现|呈现?|为|是|同比|有所)*(?:负增长|下降|下滑|减少|回落|萎缩)了?的?)(?:\u{5}|，|$)",
        )
    });
    let cut = FALLS.captures(&text.0).and_then(|hit| hit.name("cut").map(|cut| cut.range()));
    if let (Some(cut), true, Some(than)) = (cut, order.wishes.is_empty(), quantity::parse("0%").into_iter().next()) {
        text.0.replace_range(cut, "增速");
        order.wishes.push(Wish::Where(Box::new(Bound { relation: Relation::Below, than, to: None })));
    }
}

/// Sum, mean, middle, spread.
pub(super) fn figures(text: &mut Text, order: &mut Order) {
    static SUM: LazyLock<Regex> = LazyLock::new(|| {
        regex("(?:全部|都)?(?:加起来|合起来|加在一起|相加|合计|总共|一共|共计|总计|之和|的?总和)(?:一共|总共|共)?")
    });
    static MEAN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:的)?(?:算术)?(?:平均值|平均数|平均水平|均值|平均下来|平均一下|(?P<cut>平均)(?:是|为|有|在|多少|几|\u{5}|$|增长))",
        )
    });
    static LEADING: LazyLock<Regex> = LazyLock::new(|| regex("\u{5}平均"));
    // "目标平均增速", unless it is the yearly mean of several years.
    static OF_RATES: LazyLock<Regex> = LazyLock::new(|| regex("(?:^|[^年])(?P<cut>平均)(?:增速|增幅|涨幅|目标)"));
    static MEDIAN: LazyLock<Regex> = LazyLock::new(|| regex("的?中位数"));
    static SPREAD: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            "(?:\u{5}|之间|最)(?P<cut>的?(?:之间)?(?:最[高大低小]?)?(?:相差|差距|差异|极差)(?:有)?(?:多大|多少|几个?)?(?:个?百分点)?)",
        )
    });
    if text.takes(&MEDIAN) {
        order.wishes.push(Wish::Median);
    }
    let of_years = ["期间", "时期", "五年", "以来", "规划"].iter().any(|word| text.0.contains(word));
    if text.takes(&MEAN) || text.takes(&LEADING) || !of_years && text.takes(&OF_RATES) {
        order.wishes.push(Wish::Mean);
    }
    if text.takes(&SUM) {
        order.wishes.push(Wish::Sum);
    }
    if text.takes(&SPREAD) {
        order.wishes.push(Wish::Spread);
    }
}
