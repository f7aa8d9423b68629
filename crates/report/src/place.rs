//! The place a document is about, from the province down to the county, as its title and its offices name it.

use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::place::PROVINCES;

use crate::model::Region;
use crate::region;

/// What a title may begin with before its place.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    #[allow(clippy::expect_used)]
    Regex::new(
        r"^(?:最新！|【[^】]*】|关于|(?:推出|供应|受理|调整|印发|做好|开展)+|在|(?:19|20)\d\d\s*年度?|二〇..年|[\s　《—，])*",
    )
    .expect("a constant pattern")
});
/// One step of a place: its name with the word for its rank.
static STEP: LazyLock<Regex> = LazyLock::new(|| {
    #[allow(clippy::expect_used)]
    Regex::new(r"^(\p{Han}{2,10}?)(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|自治旗|地区|新区|省|市|区|县|旗|州|盟)")
        .expect("a constant pattern")
});

/// Words inside what only looks like a name of a place (全市, 老旧小区, 我区).
const NO_NAMES: &[&str] = &[
    "全", "我", "本", "各", "小区", "社区", "城乡", "地区", "校区", "园区", "公司", "管理", "保障", "如何", "怎么",
    "可以", "办理", "受理", "国家", "中国", "中华", "推进", "建设", "市场", "发展", "经济", "服务", "第", "企业", "岁",
    "人民", "政府", "局", "的",
];

/// The place that a title, a session or an office's name begins with, from the province down: 福建, 泉州 of
/// "2025年泉州市国民经济和社会发展统计公报"; 广东, 广州, 天河区 of "广州市天河区教育局". The whole country by its own names.
pub(crate) fn of_title(title: &str) -> Option<Vec<String>> {
    let mut rest = &title[LEAD.find(title).map_or(0, |m| m.end())..];
    if ["国务院", "中华人民共和国", "全国"].iter().any(|w| rest.starts_with(w)) {
        return Some(vec![Region::NATION.to_owned()]);
    }
    let mut steps: Vec<String> = Vec::new();
    while steps.len() < 3 {
        let Some(found) = STEP.captures(rest) else { break };
        let (name, rank) = (&found[1], &found[2]);
        // 大理州, 广州天河区: a name without its rank may stand before the next one.
        if let Some(known) = leading_name(rest)
            .filter(|(length, _)| *length < name.chars().count() && matches!(rank, "区" | "县" | "市" | "旗" | "新区"))
        {
            push(&mut steps, known.1);
            rest = &rest[rest.char_indices().nth(known.0).map_or(rest.len(), |(i, _)| i)..];
            continue;
        }
        // No county of its own has a name this long: other words stand before it (国庆假期江北县).
        if name.chars().count() > 5 && matches!(rank, "市" | "区" | "县") {
            break;
        }
        let common = ["社区", "小区", "校区", "园区", "城区"].iter().any(|w| found[0].ends_with(w));
        if common || NO_NAMES.iter().any(|w| name.contains(w)) {
            break;
        }
        push(&mut steps, named(name, rank));
        rest = &rest[found[0].len()..];
    }
    if steps.is_empty()
        && let Some((_, known)) = leading_name(rest)
    {
        steps.push(known);
    }
    let first = steps.first()?.clone();
    let mut places = with_province(first);
    places.extend(steps.into_iter().skip(1));
    places.dedup();
    Some(places)
}

fn push(steps: &mut Vec<String>, name: String) {
    if steps.last() != Some(&name) {
        steps.push(name);
    }
}

/// A city with its province before it; anything else alone.
pub(crate) fn with_province(name: String) -> Vec<String> {
    match region::province_of(&Region(name.clone())) {
        Some(province) => vec![province.0, name],
        None => vec![name],
    }
}

/// A province or city that the tables know, right at the beginning: its length in characters and its name.
fn leading_name(text: &str) -> Option<(usize, String)> {
    let head: String = text.chars().take(12).collect();
    let (range, region) = region::find(&head).into_iter().next().filter(|(range, _)| range.start == 0)?;
    (!region.is_nation()).then_some((range.end, region.0))
}

/// The name by which a place is shown: provinces and cities without their rank, districts and counties with it.
fn named(name: &str, rank: &str) -> String {
    let whole = format!("{name}{rank}");
    if let Some(p) =
        PROVINCES.iter().find(|p| p.full == whole || p.short == name && !matches!(rank, "市" | "区" | "县"))
    {
        return p.short.to_owned();
    }
    match rank {
        "区" | "县" | "旗" | "新区" | "自治县" | "自治旗" => whole,
        // 大理白族自治州: the tables know it as 大理州.
        "自治州"
            if let Some(known) = (2..=4).find_map(|n| {
                let short: String = name.chars().take(n).chain(['州']).collect();
                leading_name(&short).filter(|(length, _)| *length == n + 1)
            }) =>
        {
            known.1
        }
        _ => leading_name(&whole)
            .map_or_else(|| if rank == "市" { name.to_owned() } else { whole.clone() }, |(_, known)| known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_from_the_province_down() {
        for (title, want) in [
            ("2025年山西省政府工作报告", &["山西"][..]),
            ("最新！2025年泉州市国民经济和社会发展统计公报", &["福建", "泉州"]),
            ("海拉尔区2012年政府工作报告", &["海拉尔区"]),
            ("呼伦贝尔市海拉尔区政府工作报告", &["内蒙古", "呼伦贝尔", "海拉尔区"]),
            ("广州市天河区教育局关于印发招生方案的通知", &["广东", "广州", "天河区"]),
            ("博尔塔拉蒙古自治州2025年国民经济和社会发展统计公报", &["新疆", "博尔塔拉"]),
            ("关于大理白族自治州2025年预算执行情况的报告", &["云南", "大理州"]),
            ("关于江北市2025年预算执行情况和2026年预算草案的报告", &["江北"]),
            ("内蒙古自治区政府工作报告", &["内蒙古"]),
            ("2025年新疆维吾尔自治区政府工作报告", &["新疆"]),
            ("北京市2025年统计公报", &["北京"]),
            ("昌吉回族自治州2025年统计公报", &["新疆", "昌吉"]),
            ("广州天河区招生指南", &["广东", "广州", "天河区"]),
            ("阿克苏地区2025年统计公报", &["新疆", "阿克苏"]),
            ("国务院政府工作报告", &["全国"]),
        ] {
            assert_eq!(of_title(title).unwrap_or_default(), want, "{title}");
        }
        assert_eq!(of_title("广州居家社区养老服务管理办法").unwrap_or_default(), ["广东", "广州"]);
        for title in [
            "国庆假期江北湾县旅游简报",
            "房屋租赁登记备案可以网办吗",
            "政府工作报告",
            "全市经济运行情况",
            "65岁以上老人免费",
        ] {
            assert_eq!(of_title(title), None, "{title}");
        }
    }
}
