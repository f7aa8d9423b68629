use std::collections::HashSet;

use super::*;

/// The lines of all tables that ought to be rows.
fn lines() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| table.lines()).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The sources found in a text, in order.
fn sources(text: &str) -> Vec<&'static str> {
    senses(text).into_iter().map(|(_, sense)| sense.source).collect()
}

/// A phrase without quotes and brackets, folded.
fn bare(phrase: &str) -> String {
    phrase.chars().filter(|c| !"“”《》（）、".contains(*c)).map(fold_char).collect()
}

#[test]
fn every_line_is_a_row() {
    let wrong: Vec<&str> = lines()
        .filter(|line| {
            read_row(line).is_none_or(|row| match row.kind {
                Kind::Guard => line.contains('\t'),
                _ => line.matches('\t').count() != 1,
            })
        })
        .collect();
    assert!(wrong.is_empty(), "not `source<TAB>target|target`: {wrong:?}");
}

#[test]
fn no_source_stands_twice() {
    let mut seen = HashSet::new();
    let twice: Vec<&str> = lines()
        .filter_map(read_row)
        .filter(|row| !seen.insert(row.chars.clone()))
        .map(|row| row.sense.source)
        .collect();
    assert!(twice.is_empty(), "sources that stand twice: {twice:?}");
}

#[test]
fn sources_are_phrases_with_one_to_five_good_targets() {
    for row in lines().filter_map(read_row) {
        let Sense { source, targets } = &row.sense;
        assert!(row.chars.len() >= 2, "{source}: a single character would be found everywhere");
        if row.kind == Kind::Guard {
            continue;
        }
        assert!((1..=5).contains(&targets.len()), "{source}: {} targets", targets.len());
        assert!(
            targets.iter().all(|t| t.trim() == *t && t.chars().count() >= 2),
            "{source}: empty target in {targets:?}"
        );
        let same_or_longer = targets.iter().find(|target| bare(target).contains(&bare(source)));
        assert_eq!(same_or_longer, None, "{source}: what contains the source is found by the source");
        assert_eq!(targets.iter().collect::<HashSet<_>>().len(), targets.len(), "{source}: a target twice");
    }
}

#[test]
fn every_source_finds_itself() {
    for row in lines().filter_map(read_row).filter(|row| row.kind != Kind::Guard) {
        let source = row.sense.source;
        let found = senses(source);
        assert_eq!(found.first(), Some(&(0..source.chars().count(), row.sense)), "in {source}");
    }
}

#[test]
fn other_words_lead_to_the_words_of_reports() {
    let cases = [
        ("山西2025年老旧小区翻新了多少个", "老旧小区改造"),
        ("内蒙古送到省外的电有多少", "外送电量"),
        ("新农合参合率", "新型农村合作医疗"),
        ("2020年GDP增速", "国内生产总值"),
        ("棚改开工多少套", "棚户区改造"),
        ("改了多少个茅房", "改厕"),
        ("给老房子装电梯", "加装电梯"),
        ("没工作的人占多大比例", "失业率"),
        ("看病报销的比例", "报销比例"),
        ("上网费降了多少", "资费"),
        ("种地补贴", "种粮补贴"),
        ("高铁通车里程", "高速铁路"),
        ("空气里的PM2.5", "细颗粒物"),
        ("全社会的R&D投入", "研究与试验发展"),
    ];
    for (text, target) in cases {
        let found = senses(text);
        assert!(found.iter().any(|(_, sense)| sense.targets.contains(&target)), "{text}: {target} not in {found:?}");
    }
}

#[test]
fn the_longest_phrase_wins_and_nothing_overlaps() {
    assert_eq!(sources("农民人均纯收入"), ["农民人均纯收入"]);
    for text in ["农村低保和城市低保", "新能源车充电桩", "新农合财政补助", "没工作的人领低保"]
    {
        let found = senses(text);
        assert!(!found.is_empty(), "{text}");
        let forward = |a: &Range<usize>, b: &Range<usize>| a.start < b.start && a.end < b.end;
        assert!(found.windows(2).all(|pair| forward(&pair[0].0, &pair[1].0)), "{text}: {found:?}");
    }
}

#[test]
fn a_marked_phrase_is_followed_by_its_parts() {
    let tables = ["+甲乙丙\t某某\n甲乙\t第一\n乙丙\t第二\n丙\t第三\n"];
    let rows = compile(&tables);
    let chars: Vec<char> = "子甲乙丙".chars().collect();
    let mut found = Vec::new();
    scan(&rows, &chars, 0..chars.len(), false, &mut found);
    let found: Vec<_> = found.into_iter().map(|(range, sense)| (range, sense.source)).collect();
    assert_eq!(found, [(1..4, "甲乙丙"), (1..3, "甲乙"), (2..4, "乙丙")]);
}

#[test]
fn a_guard_keeps_a_shorter_phrase_from_being_found() {
    for text in ["中国企业", "文化惠民工程", "形而上学", "提高中小学", "碳排放权", "新修订"] {
        assert_eq!(sources(text), [""; 0], "{text}");
    }
    assert_eq!(sources("国企"), ["国企"]);
}

#[test]
fn case_and_width_make_no_difference() {
    for text in ["gdp", "GDP", "ＧＤＰ", "Ｇdp"] {
        assert_eq!(sources(text), ["GDP"], "{text}");
    }
}

#[test]
fn latin_words_and_numbers_are_found_whole() {
    assert_eq!(sources("seven"), [""; 0]);
    assert_eq!(sources("15G"), [""; 0]);
    assert_eq!(sources("建5G网"), ["5G"]);
    assert_eq!(sources("百千万工程"), [""; 0]);
    assert_eq!(sources("千万工程"), ["千万工程"]);
}

#[test]
fn ranges_count_characters() {
    let found = senses("２０２４年，国企");
    let ranges: Vec<_> = found.iter().map(|(range, _)| (range.start, range.end)).collect();
    assert_eq!(ranges, [(6, 8)]);
}
