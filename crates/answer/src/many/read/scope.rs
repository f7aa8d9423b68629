//! Which places or years a question is over.

use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::place::{self, GROUPS};

use super::wishes::{AGAINST, RANK_OF};
use super::{HIGH, HOLE, LOW, PLACE, PROVINCE, Rows, SOME, Text, regex};

/// Which places or years; whether their number is asked for; whether a table alone may be wanted of them (各省), so that no
/// further wish is needed. 哪个省 and 谁 without one ask for a name in one report.
pub(super) fn scope(text: &mut Text, named: &[String]) -> Option<(Rows, bool, bool)> {
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
    // 中部六省 is a name that counts them itself.
    let plural = whole.len() > name.len() || name.ends_with(['省', '市', '区']) && !name.ends_with("地区");
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
