//! Places: the province-level divisions with their names, and where they stand in a text.

use std::ops::Range;

use crate::model::Region;

/// A province-level division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Province {
    /// Full name: "山西省", "内蒙古自治区".
    pub full: &'static str,
    /// Short name, as in [`Region`]: "山西".
    pub short: &'static str,
    /// One-character abbreviation: "晋".
    pub abbreviation: char,
    /// What its own report calls it from inside: "我省", "我区", "我市".
    pub own: &'static str,
}

const fn p(full: &'static str, short: &'static str, abbreviation: char, own: &'static str) -> Province {
    Province { full, short, abbreviation, own }
}

/// The 34 province-level divisions in the official order.
#[rustfmt::skip]
pub const PROVINCES: &[Province] = &[
    p("北京市", "北京", '京', "我市"), p("天津市", "天津", '津', "我市"), p("河北省", "河北", '冀', "我省"),
    p("山西省", "山西", '晋', "我省"), p("内蒙古自治区", "内蒙古", '蒙', "我区"), p("辽宁省", "辽宁", '辽', "我省"),
    p("吉林省", "吉林", '吉', "我省"), p("黑龙江省", "黑龙江", '黑', "我省"), p("上海市", "上海", '沪', "我市"),
    p("江苏省", "江苏", '苏', "我省"), p("浙江省", "浙江", '浙', "我省"), p("安徽省", "安徽", '皖', "我省"),
    p("福建省", "福建", '闽', "我省"), p("江西省", "江西", '赣', "我省"), p("山东省", "山东", '鲁', "我省"),
    p("河南省", "河南", '豫', "我省"), p("湖北省", "湖北", '鄂', "我省"), p("湖南省", "湖南", '湘', "我省"),
    p("广东省", "广东", '粤', "我省"), p("广西壮族自治区", "广西", '桂', "我区"), p("海南省", "海南", '琼', "我省"),
    p("重庆市", "重庆", '渝', "我市"), p("四川省", "四川", '川', "我省"), p("贵州省", "贵州", '黔', "我省"),
    p("云南省", "云南", '滇', "我省"), p("西藏自治区", "西藏", '藏', "我区"), p("陕西省", "陕西", '陕', "我省"),
    p("甘肃省", "甘肃", '甘', "我省"), p("青海省", "青海", '青', "我省"), p("宁夏回族自治区", "宁夏", '宁', "我区"),
    p("新疆维吾尔自治区", "新疆", '新', "我区"), p("香港特别行政区", "香港", '港', "我区"), p("澳门特别行政区", "澳门", '澳', "我区"),
    p("台湾省", "台湾", '台', "我省"),
];

/// Words that name the whole country.
const NATION: &[&str] = &["全国", "我国", "国务院", "中国", "中央政府"];

/// Names that hold a province's name and mean something else.
const NOT_PLACES: &[&str] = &["海南州", "吉林市", "西北京", "河南蒙", "山西路", "南京东路"];

/// Every place named in `text`, with its range in characters: provinces by full or short name, cities by the table of
/// prefecture-level cities, the whole country.
pub fn find(text: &str) -> Vec<(Range<usize>, Region)> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        if NOT_PLACES.iter().any(|n| starts_with(&chars[i..], n)) {
            i += 2;
            continue;
        }
        let hit = PROVINCES
            .iter()
            .find_map(|p| [p.full, p.short].into_iter().find(|n| starts_with(&chars[i..], n)).map(|n| (n, p.short)))
            .or_else(|| NATION.iter().find(|n| starts_with(&chars[i..], n)).map(|n| (*n, Region::NATION)))
            .or_else(|| crate::cities::at(&chars[i..]));
        match hit {
            Some((name, short)) => {
                let end = i + name.chars().count();
                found.push((i..end, Region(short.to_owned())));
                i = end;
            }
            None => i += 1,
        }
    }
    found
}

/// The province that a city lies in: "太原" in "山西".
pub fn province_of(city: &Region) -> Option<Region> {
    crate::cities::province_of(&city.0).map(|p| Region(p.to_owned()))
}

pub(crate) fn starts_with(chars: &[char], word: &str) -> bool {
    let mut rest = chars.iter();
    word.chars().all(|c| rest.next() == Some(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_by_full_and_short_names() {
        for (text, want) in [
            ("2025年山西省政府工作报告", vec!["山西"]),
            ("山西和陕西哪个多", vec!["山西", "陕西"]),
            ("内蒙古自治区", vec!["内蒙古"]),
            ("大同市的增速", vec!["大同"]),
            ("全国城镇新增就业", vec!["全国"]),
            ("煤矿", vec![]),
        ] {
            let got: Vec<String> = find(text).into_iter().map(|(_, r)| r.0).collect();
            assert_eq!(got, want, "{text}");
        }
    }
}
