//! Whole questions, in our own words: what each is understood as.

use jiff::civil::date;
use wenbao_report::Status;

use super::*;

fn read(text: &str) -> Query {
    interpret(text, &Clock::fixed(date(2025, 11, 1)))
}

fn years(query: &Query) -> Vec<(i32, i32)> {
    query.cells.iter().filter_map(|cell| cell.period?.year_span()).collect()
}

fn topics(query: &Query) -> Vec<&str> {
    query.cells.iter().map(|cell| cell.topic.as_str()).collect()
}

fn statuses(query: &Query) -> Vec<Option<Status>> {
    query.cells.iter().map(|cell| cell.status).collect()
}

const PLAN: Option<Status> = Some(Status::Target);
const RESULT: Option<Status> = Some(Status::Actual);

#[test]
fn the_topic_is_what_stays_without_time_region_status_and_question() {
    for (question, topic) in [
        ("2025年四川计划新建多少公里高速公路", "新建高速公路"),
        ("去年湖北省研发投入强度达到多少", "研发投入强度"),
        ("江苏今年一般公共预算收入预期增长百分之几？", "一般公共预算收入"),
        ("2024年末云南高速公路通车总里程有多少", "高速公路通车总里程"),
        ("“十四五”期间海南要建成多少个零碳园区", "建成零碳园区"),
        ("贵州2025年粮食产量的目标是多少万吨", "粮食产量"),
        ("山东省属企业2024年实现利润多少亿元", "省属企业实现利润"),
        ("2024年安徽哪家企业拿到了全国质量奖", "企业拿到全国质量奖"),
        ("1995年国务院打算把物价涨幅控制在多少以内", "国务院物价"),
        ("“苏超”2025年一共踢了多少场", "“苏超”踢"),
    ] {
        assert_eq!(read(question).topic, topic, "{question}");
    }
}

#[test]
fn points_and_contribution_rates_are_ratios() {
    let asked = |text: &str| {
        let query = read(text);
        (query.asked, query.units.first().cloned().unwrap_or_default(), query.change)
    };
    assert_eq!(asked("食品把物价推高了几个点").1, "%");
    assert_eq!(asked("2025年财政收入涨了几个点？").1, "%");
    assert_eq!(asked("新增了几个点位").1, "个");
    assert_eq!(asked("全市设了几个点").1, "个");
    assert_eq!(asked("工业对经济增长贡献率是多少"), (Asked::Rate(Rate::Share), "%".into(), None));
}

#[test]
fn years_regions_and_names_side_by_side_are_cells() {
    let query = read("湖南和湖北2023年、2024年的粮食产量分别是多少");
    let cells: Vec<(String, Option<(i32, i32)>)> = query
        .cells
        .iter()
        .map(|cell| (cell.region.clone().map_or_else(String::new, |r| r.0), cell.period.and_then(|p| p.year_span())))
        .collect();
    let expect = [("湖南", 2023), ("湖北", 2023), ("湖南", 2024), ("湖北", 2024)];
    assert_eq!(cells.len(), 4);
    for (region, year) in expect {
        assert!(cells.contains(&(region.to_string(), Some((year, year)))), "{cells:?}");
    }

    let query = read("2024年江西的粮食产量和油料产量各是多少");
    assert_eq!(topics(&query), ["粮食产量", "油料产量"]);
    let query = read("2025年福建给新能源汽车、锂电池、光伏三个产业定的产值目标分别是多少亿元");
    assert_eq!(query.cells.len(), 3);
    assert!(query.cells.iter().all(|cell| cell.units.first().is_some_and(|unit| unit == "元")));
    assert_eq!(query.cells[1].label, "锂电池");
    let query = read("2024年规上工业企业的营业收入和利润分别增长多少");
    assert_eq!(topics(&query), ["规上工业企业的营业收入", "规上工业企业的利润"]);
}

#[test]
fn clauses_with_a_question_each_are_cells_that_share_what_comes_first() {
    let query = read("吉林黑土地保护，2024年做了多少万亩，2025年计划做多少万亩");
    assert_eq!(years(&query), [(2024, 2024), (2025, 2025)]);
    assert_eq!(statuses(&query), [RESULT, PLAN]);
    assert!(query.cells.iter().all(|cell| cell.topic.starts_with("黑土地保护")), "{:?}", topics(&query));

    let query = read("甘肃2024年新增了多少家专精特新企业？2025年打算再新增多少家？");
    assert_eq!(topics(&query), ["新增专精特新企业", "新增专精特新企业"]);
    let query = read("1998年打算三年内把企业亏损面降到多少？到2000年实际降到多少？");
    assert_eq!(years(&query), [(1998, 1998), (2000, 2000)]);
    assert!(query.cells[1].topic.contains("企业亏损面"), "{:?}", topics(&query));
    let query = read("2023年出口额年初定的目标是多少，年末实际做到多少");
    assert_eq!(years(&query), [(2023, 2023), (2023, 2023)]);
    assert_eq!(statuses(&query), [PLAN, RESULT]);
}

#[test]
fn plan_and_result_joined_by_and_are_two_cells() {
    for question in [
        "2023年城镇新增就业的目标和实际完成情况各是多少",
        "2023年城镇新增就业计划与实际分别是多少万人",
        "2023年城镇新增就业，年初目标和年底实际各是多少",
    ] {
        assert_eq!(statuses(&read(question)), [PLAN, RESULT], "{question}");
    }
}

#[test]
fn from_one_year_to_another_is_two_cells_where_both_ends_are_asked_for() {
    assert_eq!(years(&read("充电桩从2022年底到2024年底由多少个增加到多少个")), [(2022, 2022), (2024, 2024)]);
    assert_eq!(years(&read("2016到2020年一共脱贫多少人")), [(2016, 2020)]);
    assert_eq!(years(&read("2016-2020年、2021-2025年两个五年各建了多少公里")), [(2016, 2020), (2021, 2025)]);
    assert_eq!(years(&read("2023年和2024年一共建成多少个")), [(2023, 2023), (2024, 2024)]);
    assert_eq!(read("2023年和2024年一共建成多少个").combine, Some(Combine::Sum));
}

#[test]
fn a_change_against_a_year_has_it_for_its_baseline() {
    let query = read("2024年比2020年用水量下降了多少");
    assert_eq!(query.cells.len(), 1);
    assert_eq!(query.cells[0].baseline.and_then(|p| p.single_year()), Some(2020));
    assert_eq!(years(&query), [(2024, 2024)]);
    let query = read("2025年计划新建的学校比2024年多多少所");
    assert_eq!((years(&query), query.combine), (vec![(2025, 2025), (2024, 2024)], Some(Combine::Difference)));
}

#[test]
fn whether_a_plan_came_true_asks_for_both_values() {
    for question in [
        "2024年新建150座智能化煤矿的目标完成了吗",
        "2024年新建智能化煤矿150座的任务是否完成",
        "2024年计划新建智能化煤矿150座，完成了没有",
    ] {
        let query = read(question);
        assert_eq!(query.asked, Asked::YesNo, "{question}");
        assert_eq!(statuses(&query), [PLAN, RESULT], "{question}");
        assert_eq!(query.combine, Some(Combine::Attainment), "{question}");
        assert!(query.cells.iter().all(|cell| cell.units.first().is_some_and(|unit| unit == "座")), "{question}");
    }
}

#[test]
fn which_is_more_compares_the_cells() {
    for question in ["山东和江苏2024年谁的GDP增速更高", "2023年和2024年哪年新增就业更多"] {
        let query = read(question);
        assert_eq!(query.cells.len(), 2, "{question}");
        assert_eq!(query.combine, Some(Combine::Greatest), "{question}");
    }
    let query = read("山东和江苏2024年城镇新增就业相差多少万人");
    assert_eq!((query.cells.len(), query.combine), (2, Some(Combine::Difference)));
    for (question, expected) in [
        ("四川2025年城镇新增就业比浙江多多少", Combine::Difference),
        ("2025年四川GDP增速比浙江低几个百分点", Combine::Difference),
        ("广东2025年城镇新增就业比江苏多吗", Combine::Compare(Claim::More)),
    ] {
        let query = read(question);
        assert_eq!((query.cells.len(), query.combine), (2, Some(expected)), "{question}");
        let periods: Vec<_> = query.cells.iter().map(|cell| cell.period.is_some()).collect();
        assert_eq!(periods, [true, true], "{question}");
    }
}

#[test]
fn overviews_lists_and_reasons_are_told_apart() {
    for (question, expected) in [
        ("2025年煤炭方面有哪些安排", Asked::Overview),
        ("2025年在稳就业上有什么举措", Asked::Overview),
        ("2025年山西教育工作怎么部署", Asked::Overview),
        ("新能源发展情况如何", Asked::Overview),
        ("2025年布局了哪些未来产业", Asked::List),
        ("2024年新设了哪几所高校", Asked::List),
        ("2024年谁作的报告", Asked::Entity),
        ("哪条高铁2024年开通", Asked::Entity),
        ("2024年底前要开通地铁吗", Asked::YesNo),
        ("博物馆设在哪里", Asked::Place),
    ] {
        assert_eq!(read(question).asked, expected, "{question}");
    }
}

#[test]
fn a_question_names_a_report_or_a_time_or_both() {
    let query = read("1978年提出到1985年钢产量要达到多少");
    assert_eq!((query.report_year, years(&query)), (Some(1978), vec![(1985, 1985)]));
    let query = read("2009年提出今后三年投入多少亿元");
    assert_eq!((query.report_year, years(&query)), (Some(2009), vec![(2009, 2011)]));
    let query = read("按2023年初的安排，赤字率是多少");
    assert_eq!((query.report_year, statuses(&query)), (Some(2023), vec![PLAN]));
}

#[test]
fn one_value_set_against_another_is_two_cells() {
    use Combine::{Attainment, Compare, Difference, Greatest, Sum};
    for (question, expected, combine) in [
        ("2023年城镇职工平均工资比农村职工高多少元", ["城镇职工平均工资", "农村职工平均工资"].as_slice(), Difference),
        ("2023年粮食产量和水果产量相差多少", &["粮食产量", "水果产量"], Difference),
        (
            "2024年一般公共预算支出扣除一般公共预算收入还剩多少亿元",
            &["一般公共预算支出", "一般公共预算收入"],
            Difference,
        ),
        ("2024年装备制造业的营业收入比当年目标多多少亿元", &["装备制造业的营业收入"; 2], Difference),
        (
            "2024年电子、钢铁和食品三大产业营业收入合计多少亿元",
            &["电子产业营业收入", "钢铁产业营业收入", "食品产业营业收入"],
            Sum,
        ),
        ("PM2.5年均浓度2024年比2023年下降了吗", &["PM2.5年均浓度"; 2], Compare(Claim::Less)),
        ("2025年城镇新增就业的目标比2024年实际完成的多吗", &["城镇新增就业"; 2], Compare(Claim::More)),
        ("2025年清洁能源装机占比的目标，2024年就已经达到了吗", &["清洁能源装机占比"; 2], Attainment),
    ] {
        let query = read(question);
        assert_eq!((topics(&query), query.combine), (expected.to_vec(), Some(combine)), "{question}");
    }
    let query = read("电子、钢铁、食品三个产业里2024年哪个营业收入最高");
    assert_eq!((query.cells.len(), query.combine), (3, Some(Greatest)));
    assert_eq!(query.cells[2].label, "食品");
    let query = read("2025年研发投入的增速目标比2024年提高几个百分点");
    assert_eq!((years(&query), query.combine), (vec![(2025, 2025), (2024, 2024)], Some(Difference)));
    assert_eq!(statuses(&query), [PLAN, PLAN]);
}

#[test]
fn no_text_however_broken_makes_it_panic() {
    let pieces = [
        "2024年",
        "和",
        "、",
        "山西",
        "陕西",
        "，",
        "目标",
        "实际",
        "各是",
        "多少",
        "座",
        "从",
        "到",
        "由",
        "变成",
        "“",
        "”",
        "（",
        "）",
        "完成了吗",
        "哪些",
        "比",
        "十四五",
        "去年",
        "分别",
        "一共",
        "的",
        "3000亿元",
        "?",
        "谁",
        "更高",
        "2016-2020",
        "把",
        "压到",
        "以下",
        "高铁",
        "百分之",
        "几",
        "😀",
        "a",
        " ",
        "《",
        "》",
        "新",
        "省级",
        "相比",
        "怎么样",
        "什么",
        "安排",
        "是否",
        "实现",
        "呢",
        "那",
        "它",
    ];
    // A fixed linear congruential sequence: the same texts in every run.
    let mut state: u64 = 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    let clock = Clock::fixed(date(2025, 11, 1));
    let mut before: Vec<Query> = Vec::new();
    for _ in 0..3000 {
        let text: String = (0..=next(14)).map(|_| pieces[next(pieces.len())]).collect();
        let query = follow_up(&before, &text, &clock);
        assert!(!query.cells.is_empty(), "{text}");
        assert!(!interpret(&text, &clock).cells.is_empty(), "{text}");
        before = if before.len() > 2 { Vec::new() } else { before.into_iter().chain([query]).collect() };
    }
}

/// Prints how every question of a JSONL file is understood: `WENBAO_QUESTIONS=file cargo test … -- --ignored --nocapture`.
#[test]
#[ignore = "prints; for reading by eye"]
fn show_how_questions_are_understood() {
    let Ok(path) = std::env::var("WENBAO_QUESTIONS") else { return };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("reading {path}: {error}"));
    for line in text.lines() {
        let Ok(row) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let question = row["question"].as_str().unwrap_or_default();
        let query = read(&crate::language::in_chinese(question).text);
        println!("{} {question}", row["id"].as_str().unwrap_or("?"));
        for cell in &query.cells {
            println!(
                "    {:?} {:?} {:?} {:?} {:?} {:?} topic={} label={} text={}",
                cell.asked,
                cell.units,
                cell.class,
                cell.period.and_then(|period| period.year_span()),
                cell.region.as_ref().map(|region| region.0.as_str()),
                cell.status,
                cell.topic,
                cell.label,
                cell.text
            );
        }
    }
}
