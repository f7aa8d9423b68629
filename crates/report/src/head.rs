//! The head of a report: title, region, session, date, speaker, year, from its first lines or, where they are missing,
//! from the body.

use std::sync::LazyLock;

use regex::Regex;
use wenbao_lang::place;

use crate::layout::Paragraph;
use crate::model::{Meta, Region};
use crate::outline::{Role, marker};
use crate::period::year_number;
use crate::region;

/// Patterns of head lines; all are constants that the tests compile.
fn pattern(text: &str) -> Regex {
    #[allow(clippy::expect_used)]
    Regex::new(text).expect("a constant pattern")
}

static SESSION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"在([^，。在]{0,30}人民代表大会[^，。]{0,12}第[一二三四五六七八九十]+次会议)"));
static DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"((?:19|20)\d\d)年(\d{1,2})月(?:(\d{1,2})日)?"));
static SPEAKER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:省长|市长|主席|总理|州长|区长|县长)[\s　]*(\p{Han}{1,5}(?:·\p{Han}{1,6})*(?:[\s　]\p{Han})?)")
});

/// How many of the first paragraphs are the head: those before the salutation, the first heading of a part, or the first
/// paragraph of running text.
pub(crate) fn length(paragraphs: &[Paragraph], roles: &[Role]) -> usize {
    let stop = |(p, role): (&Paragraph, &Role)| {
        let text = p.text();
        let marked = marker(&text).is_some_and(|(_, n)| !text.starts_with("——") || n == 0);
        text.starts_with("各位代表")
            || marked
            || matches!(role, Role::RunIn { .. })
            || p.chars.len() > 60 && text.contains('。')
    };
    let n = paragraphs.iter().zip(roles).take(12).position(stop).unwrap_or(0);
    // Without anything that a head says it is not one.
    let says = |p: &Paragraph| {
        let text = p.text();
        text.contains("工作报告") || text.contains("人民代表大会") || SPEAKER.is_match(&text)
    };
    if paragraphs[..n].iter().any(says) { n } else { 0 }
}

/// What head and body say about the report.
pub(crate) fn meta(paragraphs: &[Paragraph], head: usize) -> Meta {
    let lines: Vec<String> = paragraphs[..head].iter().map(Paragraph::text).collect();
    let joined = lines.join("\n");
    let mut meta = Meta {
        title: title(&lines),
        session: SESSION.captures(&joined).map(|c| c[1].to_owned()),
        date: DATE.captures(&joined).map(|c| date(&c)),
        speaker: speaker(&lines),
        ..Meta::default()
    };
    meta.region = region_of_head(&joined).or_else(|| region_of_body(paragraphs));
    meta.year = meta
        .title
        .as_deref()
        .and_then(leading_year)
        .or_else(|| meta.date.as_deref()?.get(..4)?.parse().ok())
        .or_else(|| year_of_body(paragraphs));
    if meta.date.is_none() {
        meta.date = meta.year.map(|y| y.to_string());
    }
    meta
}

fn title(lines: &[String]) -> Option<String> {
    let is_title = |l: &&String| {
        l.contains("政府工作报告")
            && l.chars().count() <= 40
            && !l.contains('在')
            && !l.contains("来源")
            && !l.contains("作政府工作报告")
    };
    lines
        .iter()
        .filter(is_title)
        .max_by_key(|l| (leading_year(l).is_some(), l.chars().count()))
        .map(|l| l.replace(' ', ""))
}

fn leading_year(title: &str) -> Option<i32> {
    let chars: Vec<char> = title.chars().collect();
    year_number(&chars, 0).map(|(year, _)| year)
}

fn date(found: &regex::Captures<'_>) -> String {
    let number = |i: usize| found.get(i).and_then(|m| m.as_str().parse::<u32>().ok());
    match (number(1), number(2), number(3)) {
        (Some(y), Some(m), Some(d)) => format!("{y:04}-{m:02}-{d:02}"),
        (Some(y), Some(m), None) => format!("{y:04}-{m:02}"),
        _ => found[1].to_owned(),
    }
}

/// The name after an office: 省长 某某某, also where it stands on the next line or runs into what follows.
fn speaker(lines: &[String]) -> Option<String> {
    let joined = lines.join(" ");
    let found = SPEAKER.captures_iter(&joined).next()?;
    let name = found.get(1)?.as_str();
    let end = name.find(['作', '在', '向']).unwrap_or(name.len());
    let name: String = name[..end].split_whitespace().collect();
    (2..=12).contains(&name.chars().count()).then_some(name)
}

fn region_of_head(head: &str) -> Option<Region> {
    if head.contains("国务院") || head.contains("全国人民代表大会") {
        return Some(Region(Region::NATION.to_owned()));
    }
    // A city counts where the report is its own, not where the meeting was held.
    let own = |line: &str, r: &Region| {
        region::province_of(r).is_none() || line.contains("政府工作报告") || line.contains("人民代表大会")
    };
    head.lines()
        .filter(|l| !l.contains("来源"))
        .flat_map(|l| region::find(l).into_iter().map(move |(_, r)| (l, r)))
        .find(|(l, r)| !r.is_nation() && own(l, r))
        .map(|(_, r)| r)
}

/// The place that the body names most, if it says 我省 (我市, 我区) or stands out from all others.
fn region_of_body(paragraphs: &[Paragraph]) -> Option<Region> {
    let mut counts: Vec<(&str, usize)> = place::PROVINCES.iter().map(|p| (p.short, 0)).collect();
    let (mut state, mut own) = (0, 0);
    for p in paragraphs {
        let text = p.text();
        for (name, n) in &mut counts {
            *n += text.matches(*name).count();
        }
        state += text.matches("国务院向").count() + text.matches("代表国务院").count();
        own += ["我省", "全省", "我市", "全市", "我区", "全区"].iter().map(|w| text.matches(w).count()).sum::<usize>();
    }
    if state > 0 {
        return Some(Region(Region::NATION.to_owned()));
    }
    counts.sort_by_key(|c| std::cmp::Reverse(c.1));
    let clear = counts[0].1 >= 3 && counts[0].1 >= 2 * counts[1].1;
    (clear && own > 0).then(|| Region(counts[0].0.to_owned()))
}

/// The year that the plan is for, from what headings and sentences say of plan and review.
fn year_of_body(paragraphs: &[Paragraph]) -> Option<i32> {
    let mut votes: Vec<(i32, usize)> = Vec::new();
    let mut vote = |year: i32, weight: usize| match votes.iter_mut().find(|v| v.0 == year) {
        Some(v) => v.1 += weight,
        None => votes.push((year, weight)),
    };
    for p in paragraphs {
        let text = p.text();
        let chars: Vec<char> = text.chars().collect();
        for i in 0..chars.len() {
            let Some((year, next)) = year_number(&chars, i) else {
                continue;
            };
            let after: String = chars[next..].iter().take(8).collect();
            let before: String = chars[i.saturating_sub(5)..i].iter().collect();
            if after.starts_with("年工作安排")
                || after.starts_with("年的工作安排")
                || after.starts_with("年政府工作")
                || after.starts_with("年重点工作")
                || after.starts_with("年主要任务")
            {
                vote(year, 3);
            }
            if after.starts_with("年工作回顾") || after.starts_with("年的主要工作") || before.ends_with("刚刚过去的")
            {
                vote(year + 1, 3);
            }
        }
    }
    votes.into_iter().max_by_key(|v| (v.1, v.0)).map(|v| v.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::paragraphs;
    use crate::outline::role;

    fn read(text: &str) -> (usize, Meta) {
        let ps = paragraphs(text, &[]);
        let roles: Vec<Role> = ps.iter().map(role).collect();
        let n = length(&ps, &roles);
        (n, meta(&ps, n))
    }

    #[test]
    fn a_full_head_says_everything() {
        let (n, m) = read(
            "2025年山西省政府工作报告\n——2025年1月17日在山西省第十四届人民代表大会第三次会议上\n省长 王某某\n各位代表：\n现在报告工作。",
        );
        assert_eq!(n, 3);
        assert_eq!(m.title.as_deref(), Some("2025年山西省政府工作报告"));
        assert_eq!(m.region, Some(Region("山西".into())));
        assert_eq!(m.session.as_deref(), Some("山西省第十四届人民代表大会第三次会议"));
        assert_eq!(m.date.as_deref(), Some("2025-01-17"));
        assert_eq!(m.speaker.as_deref(), Some("王某某"));
        assert_eq!(m.year, Some(2025));
    }

    #[test]
    fn a_missing_head_is_inferred_from_the_body() {
        let (n, m) = read(
            "各位代表：\n现在报告。\n一、“十三五”时期工作回顾\n山西全省发展，山西转型，我省山西。\n三、2021年工作安排\n山西要继续努力。",
        );
        assert_eq!((n, m.title, m.year, m.date.as_deref()), (0, None, Some(2021), Some("2021")));
        assert_eq!(m.region, Some(Region("山西".into())));
    }
}
