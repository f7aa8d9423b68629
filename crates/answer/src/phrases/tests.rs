use super::*;

fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_language_of_a_message_has_the_same_names() {
    for (message, template) in templates::ALL {
        for text in template.0 {
            assert_eq!(names(text), names(template.0[0]), "{message}: {text}");
            assert!(!text.is_empty(), "{message}");
        }
    }
}

#[test]
fn statements_say_time_place_and_status() {
    let (period, shanxi) = (Period::year(2025), Region("山西".into()));
    let statement = Statement {
        period: Some(&period),
        region: None,
        status: Some(Status::Target),
        label: "新建智能化煤矿",
        value: "130座",
    };
    let with_region = Statement { region: Some(&shanxi), ..statement };
    let result = Statement { status: Some(Status::Actual), ..with_region };
    let named = Statement { label: "就业目标", value: "45万人", ..statement };
    for (language, statement, expected) in [
        (Language::Zh, &statement, "2025年计划新建智能化煤矿130座。"),
        (Language::Zh, &with_region, "2025年山西计划新建智能化煤矿130座。"),
        (Language::Zh, &result, "2025年山西新建智能化煤矿130座。"),
        (Language::Zh, &named, "2025年就业目标45万人。"),
        (Language::ZhHant, &statement, "2025年計劃新建智能化煤矿130座。"),
        (Language::En, &statement, "2025, plan: 新建智能化煤矿 130座 (in the report's words)."),
        (Language::En, &with_region, "2025, Shanxi, plan: 新建智能化煤矿 130座 (in the report's words)."),
        (Language::Ja, &with_region, "2025年、山西省、計画：新建智能化煤矿 130座（報告の原文）。"),
        (Language::Ko, &result, "2025년, 산시성, 新建智能化煤矿 130座(보고서 원문)."),
        (Language::Ru, &result, "2025, Шаньси, 新建智能化煤矿 130座 (словами доклада)."),
    ] {
        assert_eq!(phrases(language).statement(statement), expected);
    }
}

#[test]
fn values_with_braces_are_left_alone() {
    assert_eq!(phrases(Language::Zh).not_found("{label}"), "没有找到关于{label}的依据。");
    assert_eq!(phrases(Language::En).not_found("{"), "Nothing was found about it: {.");
}

#[test]
fn reasons_name_what_there_is() {
    let shaanxi = Region("陕西".into());
    let nation = Region(Region::NATION.into());
    for (said, expected) in [
        (
            phrases(Language::Zh).no_year(&[2022], &[2021, 2024, 2025]),
            "没有2022年的报告。现有报告涉及2021年、2024年、2025年。",
        ),
        (phrases(Language::Zh).no_year(&[2022], &[]), "没有2022年的报告。"),
        (
            phrases(Language::En).no_year(&[2022, 2023], &[2018, 2019, 2020]),
            "There is no report that covers 2022, 2023. The reports cover 2018–2020.",
        ),
        (phrases(Language::En).no_region(&[&shaanxi], &[]), "There is no report about Shaanxi."),
        (
            phrases(Language::Ru).no_region(&[&shaanxi], &[&nation]),
            "Нет доклада о регионе: Шэньси. Есть доклады: Китай.",
        ),
        (
            phrases(Language::En).not_for("粮食产量", Some(&Period::year(2024)), Some(&shaanxi)),
            "The reports mention 粮食产量, but not for 2024, Shaanxi.",
        ),
        (
            phrases(Language::Zh).only_plan(&Period::year(2025), "新建智能化煤矿", "130座"),
            "报告只有2025年的计划：新建智能化煤矿130座，没有实际结果。",
        ),
        (phrases(Language::Ja).too_long(9000, 2000), "質問が長すぎます（9000文字）。2000文字以内にしてください。"),
    ] {
        assert_eq!(said, expected);
    }
}

#[test]
fn comparisons_keep_the_order_and_name_what_is_missing() {
    let cells = [("山西", Some("45万人")), ("陕西", None)];
    assert_eq!(phrases(Language::Zh).comparison(&cells), "山西45万人，陕西报告未提及。");
    assert_eq!(phrases(Language::En).comparison(&cells), "山西: 45万人; 陕西: not in the reports.");
    let name = phrases(Language::En).cell_name(Some(&Period::year(2024)), Some(&Region("山西".into())), None);
    assert_eq!(name, "2024, Shanxi");
}

#[test]
fn computations_and_readings() {
    let zh = phrases(Language::Zh);
    assert_eq!(
        zh.plan_met(true, "150座", "150座", "268 − 118 = 150"),
        "完成了：计划150座，实际150座（268 − 118 = 150）。"
    );
    assert_eq!(zh.with_reading("329万人", 3_290_000.0, "人"), "329万人");
    assert_eq!(phrases(Language::En).with_reading("329万人", 3_290_000.0, "人"), "329万人 (3.29 million people)");
    assert_eq!(zh.cited("见下。", &[1, 2]), "见下。[1][2]");
}

#[test]
fn periods_by_language() {
    let open = Period { from: None, to: Some(Moment::year(2035)) };
    let month =
        Period { from: Some(Moment { year: 2025, month: Some(6) }), to: Some(Moment { year: 2025, month: Some(6) }) };
    for (language, period, expected) in [
        (Language::Zh, Period::years(2016, 2020), "2016—2020年"),
        (Language::En, Period::years(2016, 2020), "2016–2020"),
        (Language::En, open, "by 2035"),
        (Language::Zh, open, "到2035年"),
        (Language::Zh, month, "2025年6月"),
        (Language::Ko, month, "2025년 6월"),
    ] {
        assert_eq!(phrases(language).period(&period), expected);
    }
}
