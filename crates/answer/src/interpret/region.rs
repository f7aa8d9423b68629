//! Regions and cities that a question names.

use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::place::{self, GROUPS, PROVINCES, Place, Province};

use super::model::Span;
use super::normalise::regex;
use super::words::{ends_with, row, words};

/// The name that stands for the whole country.
pub(super) use wenbao_lang::place::NATION;

/// A region that the text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Short name: "山西", "全国".
    pub short: String,
    /// The words stay in the topic: they are part of what is meant (全国粮食产量, 山西大学).
    pub keep: bool,
}

/// Finds regions. `masked` has the same bytes as the question, with times and quoted names blanked out.
pub(super) fn find(masked: &str) -> Vec<Span<Name>> {
    let mut found: Vec<Span<Name>> = Vec::new();
    let blocked: Vec<(usize, usize)> = words()
        .region
        .no_regions
        .iter()
        .map(String::as_str)
        .chain(GROUPS.iter().flat_map(|group| group.names.iter().copied()))
        .flat_map(|group| masked.match_indices(group).map(|(at, name)| (at, at + name.len())))
        .collect();
    let free = |found: &[Span<Name>], start: usize, end: usize| {
        found.iter().all(|s| end <= s.range.start || s.range.end <= start)
            && blocked.iter().all(|(from, to)| end <= *from || *to <= start)
    };
    for province in reporting() {
        for name in [province.full, province.short].into_iter().chain(province.other_names.iter().copied()) {
            for (start, _) in masked.match_indices(name) {
                let mut end = start + name.len();
                let rest = &masked[end..];
                let keep = words().region.name_tails.iter().any(|tail| rest.starts_with(tail.as_str()));
                // 山西省级 is 山西 + 省级, not 山西省 + 级.
                if let Some(tail) = ["省", "市"].iter().find(|tail| name.ends_with(**tail))
                    && rest.starts_with(['级', '属', '内', '外', '会', '直', '域', '管'])
                {
                    end -= tail.len();
                }
                let keep = keep || ends_with(&masked[..start], &words().region.name_heads);
                if free(&found, start, end) {
                    found.push(Span { range: start..end, value: Name { short: province.short.to_string(), keep } });
                }
            }
        }
    }
    for hit in SIGNS.captures_iter(masked) {
        let Some(signs) = hit.name("signs") else {
            continue;
        };
        for (at, sign) in signs.as_str().char_indices() {
            let start = signs.start() + at;
            let end = start + sign.len_utf8();
            if let Some(province) = reporting().find(|p| p.signs.iter().any(|s| s.character == sign))
                && free(&found, start, end)
            {
                found.push(Span { range: start..end, value: Name { short: province.short.to_string(), keep: false } });
            }
        }
    }
    for (word, not_before) in words().region.nation.iter().map(row) {
        for (start, _) in masked.match_indices(word) {
            let end = start + word.len();
            let rest = &masked[end..];
            if free(&found, start, end) && !not_before.iter().any(|tail| rest.starts_with(tail.as_str())) {
                found.push(Span { range: start..end, value: Name { short: NATION.to_string(), keep: true } });
            }
        }
    }
    found.sort_by_key(|span| span.range.start);
    found
}

/// One-character names count only where nothing else can be meant: at the head of the question or behind a time,
/// and followed by a time, 省, 两省 or another of them with 和 ("晋2025年", "粤浙两省").
static SIGNS: LazyLock<Regex> = LazyLock::new(|| {
    let signs: String = reporting().flat_map(|p| &p.signs).filter(|s| !s.is_word).map(|s| s.character).collect();
    regex(&format!(r"(?:^|\x01|和|与|、|跟|比)(?P<signs>[{signs}](?:[、和与跟]?[{signs}])*)(?:[两三四]省|省|\x01)"))
});

/// The divisions that give a report of their own; Hong Kong, Macao and Taiwan are topics.
fn reporting() -> impl Iterator<Item = &'static Province> {
    PROVINCES.iter().filter(|province| province.reports())
}

/// Where the text names a city, or a province that gives no report, as what it is about: at its head, behind a time at most.
pub(super) fn city_span(masked: &str) -> Option<std::ops::Range<usize>> {
    let (range, place) = place::find(masked).into_iter().next()?;
    let about = match place {
        Place::City(..) => true,
        Place::Province(province) => !province.reports(),
        Place::Nation => false,
    };
    let byte = |at: usize| masked.char_indices().nth(at).map_or(masked.len(), |(at, _)| at);
    let (start, end) = (byte(range.start), byte(range.end));
    let at_head = masked[..start].chars().all(|c| c == '\u{1}' || "的，在".contains(c));
    // 郴州市 is named with its 市.
    let end = if masked[end..].starts_with('市') { end + '市'.len_utf8() } else { end };
    (about && at_head).then_some(start..end)
}

/// Where the text names groups of provinces: 长三角, 东北三省.
pub(super) fn group_spans(text: &str) -> Vec<std::ops::Range<usize>> {
    let names = GROUPS.iter().flat_map(|group| group.names.iter().copied());
    let mut found: Vec<_> =
        names.flat_map(|name| text.match_indices(name).map(|(at, name)| at..at + name.len())).collect();
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    found
}

/// Cities that the text names, as the reports' reader names them, and the provinces that give no report (香港).
pub(super) fn cities(text: &str) -> Vec<String> {
    let found = place::find(text).into_iter().map(|(_, place)| place);
    let topic = |place: &Place| match place {
        Place::City(..) => true,
        // Of what no report is about, its name must stand in what answers.
        Place::Province(province) => !province.reports(),
        Place::Nation => false,
    };
    found.filter(topic).map(|place| place.name().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_found_and_look_alikes_are_not() {
        for (text, expected) in [
            ("山西省城镇新增就业", vec!["山西"]),
            ("山西和陕西的目标", vec!["山西", "陕西"]),
            ("内蒙古自治区新增多少", vec!["内蒙古"]),
            ("广西壮族自治区的产量", vec!["广西"]),
            ("河北、广东、陕西三省", vec!["河北", "广东", "陕西"]),
            ("晋\u{1}\u{1}新建", vec!["山西"]),
            ("粤浙两省的目标", vec!["广东", "浙江"]),
            ("新一年的目标", vec![]),
            ("京津冀协同", vec![]),
            ("我国外汇储备", vec!["全国"]),
            ("全国人大常委会", vec![]),
            ("中国宝武", vec![]),
            ("内蒙的煤炭产量", vec!["内蒙古"]),
            ("魔都和帝都的GDP", vec!["上海", "北京"]),
        ] {
            let names: Vec<String> = find(text).into_iter().map(|span| span.value.short).collect();
            assert_eq!(names, expected, "{text}");
        }
    }

    #[test]
    fn cities_are_named() {
        assert_eq!(cities("太原地铁3号线"), ["太原"]);
        assert_eq!(cities("大同市的增速"), ["大同"]);
        assert_eq!(cities("香港的增速"), ["香港"]);
        assert!(cities("山西的增速").is_empty());
    }
}
