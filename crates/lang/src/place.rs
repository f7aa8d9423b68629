//! Places: provinces, their cities, the whole country, and groups of provinces that have one name.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::{rows, starts_with, words};

/// The name that stands for the whole country.
pub const NATION: &str = "全国";

/// Words that name the whole country.
const NATION_WORDS: &[&str] = &["全国", "我国", "国务院", "中国", "中央政府"];

/// Names that hold a place's name and mean something else.
const NOT_PLACES: &[&str] = &["海南州", "吉林市", "西北京", "河南蒙", "山西路", "南京东路"];

/// What a province-level division is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 省.
    Province,
    /// 自治区.
    Region,
    /// 直辖市: a city, too.
    Municipality,
    /// 特别行政区.
    Special,
}

/// A character that stands for a province in headlines and on plates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// The character: 晋.
    pub character: char,
    /// Whether it is also a word or a part of many (新, 黑), so that alone it is no sign of the place.
    pub is_word: bool,
}

/// A province-level division.
#[derive(Debug, PartialEq, Eq)]
pub struct Province {
    /// Full name: "山西省", "内蒙古自治区".
    pub full: &'static str,
    /// Short name, by which it is known everywhere: "山西".
    pub short: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The character that stands for it, and others that do (川, 蜀).
    pub signs: Vec<Sign>,
    /// What people call it besides: 内蒙, 魔都.
    pub other_names: Vec<&'static str>,
    /// Its prefecture-level divisions, in official order.
    pub cities: Vec<City>,
}

impl Province {
    /// Whether its government gives the yearly report; Hong Kong, Macao and Taiwan are topics of others'.
    pub fn reports(&self) -> bool {
        self.kind != Kind::Special && self.short != "台湾"
    }
}

/// A prefecture-level division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct City {
    /// How texts name it; with its 市 or 州 where the bare name is a word or another place's: "朝阳市", "太原".
    pub written: &'static str,
    /// Its name: "朝阳", "太原".
    pub name: &'static str,
}

/// A place that a text names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// The whole country.
    Nation,
    /// A province-level division.
    Province(&'static Province),
    /// A city, with the province that it lies in.
    City(&'static City, &'static Province),
}

impl Place {
    /// Its short name: "山西", "太原", "全国".
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nation => NATION,
            Self::Province(province) => province.short,
            Self::City(city, _) => city.name,
        }
    }
}

/// Several places with one name.
#[derive(Debug)]
pub struct Group {
    /// Its names: "长三角", "长江三角洲".
    pub names: Vec<&'static str>,
    /// The provinces that lie in it wholly.
    pub provinces: Vec<&'static Province>,
    /// The cities that do where their province does not: those of the 珠三角.
    pub cities: Vec<&'static City>,
}

/// The 34 province-level divisions in the official order.
///
/// # Panics
/// If provinces.tsv has another kind of division: it is compiled in, so every test would show it.
pub static PROVINCES: LazyLock<Vec<Province>> = LazyLock::new(|| {
    let cities: HashMap<&str, &'static str> =
        rows(include_str!("../data/cities.tsv")).map(|[province, cities]| (province, cities)).collect();
    rows(include_str!("../data/provinces.tsv"))
        .map(|[full, short, kind, sign, other_signs, other_names]| Province {
            full,
            short,
            kind: match kind {
                "province" => Kind::Province,
                "region" => Kind::Region,
                "municipality" => Kind::Municipality,
                "special" => Kind::Special,
                other => unreachable!("provinces.tsv has no kind {other}"),
            },
            signs: words(sign).chain(words(other_signs)).filter_map(sign_of).collect(),
            other_names: words(other_names).collect(),
            cities: cities.get(short).copied().map_or_else(Vec::new, |cities| words(cities).map(city).collect()),
        })
        .collect()
});

fn sign_of(field: &str) -> Option<Sign> {
    Some(Sign { character: field.chars().next()?, is_word: field.ends_with('!') })
}

/// The name loses the 市 that sets it apart from a common word, but not from a province (吉林市).
fn city(written: &'static str) -> City {
    let name = match written {
        "吉林市" => written,
        _ => written.strip_suffix('市').unwrap_or(written),
    };
    City { written, name }
}

/// The groups of provinces that have a name.
pub static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    rows(include_str!("../data/groups.tsv"))
        .map(|[names, provinces, cities]| Group {
            names: words(names).collect(),
            provinces: words(provinces).filter_map(|sign| by_sign(sign.chars().next()?)).collect(),
            cities: words(cities).filter_map(|name| city_named(name).map(|(city, _)| city)).collect(),
        })
        .collect()
});

/// The province that a character stands for: 晋, 粤, 蜀.
pub fn by_sign(character: char) -> Option<&'static Province> {
    PROVINCES.iter().find(|p| p.signs.iter().any(|s| s.character == character))
}

/// Every city with its province.
fn cities() -> impl Iterator<Item = (&'static City, &'static Province)> {
    PROVINCES.iter().flat_map(|p| p.cities.iter().map(move |city| (city, p)))
}

fn city_named(name: &str) -> Option<(&'static City, &'static Province)> {
    cities().find(|(city, _)| city.name == name || city.written == name)
}

/// The place whose whole name this is: full (山西省), short (山西), another (内蒙, 魔都), a sign (晋), or a city's.
pub fn named(name: &str) -> Option<Place> {
    if NATION_WORDS.contains(&name) {
        return Some(Place::Nation);
    }
    let called = |p: &&Province| p.full == name || p.short == name || p.other_names.contains(&name);
    let mut chars = name.chars();
    let sign = chars.next().filter(|_| chars.as_str().is_empty());
    let province = PROVINCES.iter().find(called).or_else(|| by_sign(sign?));
    province.map(Place::Province).or_else(|| {
        let bare = name.strip_suffix('市').filter(|_| city_named(name).is_none());
        city_named(bare.unwrap_or(name)).map(|(city, province)| Place::City(city, province))
    })
}

/// The group whose whole name this is.
pub fn group(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.names.contains(&name))
}

/// The province that the city of this name lies in.
pub fn province_of(city: &str) -> Option<&'static Province> {
    city_named(city).map(|(_, province)| province)
}

/// Every place that a text names, with its range in characters: provinces by full or short name, cities, the country.
pub fn find(text: &str) -> Vec<(Range<usize>, Place)> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let rest = &chars[i..];
        if NOT_PLACES.iter().any(|n| starts_with(rest, n)) {
            i += 2;
            continue;
        }
        match at(rest) {
            Some((name, place)) => {
                let end = i + name.chars().count();
                found.push((i..end, place));
                i = end;
            }
            None => i += 1,
        }
    }
    found
}

/// The place that a text begins with, and how it is written there.
fn at(rest: &[char]) -> Option<(&'static str, Place)> {
    /// Every name by its first character, in the order in which they are tried.
    static NAMES: LazyLock<HashMap<char, Vec<(&'static str, Place)>>> = LazyLock::new(|| {
        let provinces = PROVINCES.iter().flat_map(|p| [p.full, p.short].map(|name| (name, Place::Province(p))));
        let nation = NATION_WORDS.iter().map(|name| (*name, Place::Nation));
        let cities = cities().map(|(city, province)| (city.written, Place::City(city, province)));
        let mut names: HashMap<char, Vec<(&'static str, Place)>> = HashMap::new();
        for (name, place) in provinces.chain(nation).chain(cities) {
            if let Some(first) = name.chars().next() {
                names.entry(first).or_default().push((name, place));
            }
        }
        names
    });
    NAMES.get(rest.first()?)?.iter().find(|(name, _)| starts_with(rest, name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_by_full_and_short_names() {
        for (text, want) in [
            ("2025年山西省政府工作报告", vec![(5..8, "山西")]),
            ("山西和陕西哪个多", vec![(0..2, "山西"), (3..5, "陕西")]),
            ("内蒙古自治区", vec![(0..6, "内蒙古")]),
            ("大同市的增速", vec![(0..2, "大同")]),
            ("全国城镇新增就业", vec![(0..2, "全国")]),
            ("朝阳产业和朝阳市", vec![(5..8, "朝阳")]),
            ("海南州与海南", vec![(4..6, "海南")]),
            ("煤矿", vec![]),
        ] {
            let got: Vec<(Range<usize>, &str)> = find(text).into_iter().map(|(range, p)| (range, p.name())).collect();
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn a_place_has_many_names() {
        for (name, want) in [
            ("山西省", Some("山西")),
            ("晋", Some("山西")),
            ("粤", Some("广东")),
            ("蜀", Some("四川")),
            ("内蒙", Some("内蒙古")),
            ("魔都", Some("上海")),
            ("太原", Some("太原")),
            ("太原市", Some("太原")),
            ("吉林", Some("吉林")),
            ("吉林市", Some("吉林市")),
            ("我国", Some("全国")),
            ("煤", None),
            ("", None),
        ] {
            assert_eq!(named(name).map(|p| p.name()), want, "{name}");
        }
    }

    #[test]
    fn a_city_lies_in_its_province() {
        for (city, want) in [("太原", Some("山西")), ("朝阳", Some("辽宁")), ("吉林市", Some("吉林")), ("山西", None)]
        {
            assert_eq!(province_of(city).map(|p| p.short), want, "{city}");
        }
    }

    #[test]
    fn groups_have_their_members() {
        let members = |name: &str| group(name).map(|g| g.provinces.iter().map(|p| p.short).collect::<Vec<_>>());
        assert_eq!(members("长三角"), Some(vec!["上海", "江苏", "浙江", "安徽"]));
        assert_eq!(members("东北三省"), Some(vec!["辽宁", "吉林", "黑龙江"]));
        assert_eq!(members("西部").map(|p| p.len()), Some(12));
        assert_eq!(members("煤矿"), None);
        assert_eq!(group("珠三角").map(|g| g.cities.len()), Some(9));
        // The four economic regions are the 31 divisions of the mainland, each once.
        let mut all: Vec<&str> = ["东部", "中部", "西部", "东北"].into_iter().filter_map(members).flatten().collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), PROVINCES.iter().filter(|p| p.reports()).count());
    }

    #[test]
    fn the_tables_agree() {
        assert_eq!(PROVINCES.len(), 34);
        assert_eq!(cities().count(), rows(include_str!("../data/cities.tsv")).flat_map(|[_, c]| words(c)).count());
        for [names, provinces, members] in rows(include_str!("../data/groups.tsv")) {
            let group = group(words(names).next().unwrap()).unwrap();
            assert_eq!(group.provinces.len(), words(provinces).count(), "{names}");
            assert_eq!(group.cities.len(), words(members).count(), "{names}");
        }
        let mut signs: Vec<char> = PROVINCES.iter().flat_map(|p| p.signs.iter().map(|s| s.character)).collect();
        let count = signs.len();
        signs.sort_unstable();
        signs.dedup();
        assert_eq!(signs.len(), count, "a sign stands for one province");
    }
}
