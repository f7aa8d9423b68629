//! Direction, sign, level, stretch target, five years, absent things, units, the head: five of each kind over reports of an
//! invented place, each with a neighbour that a careless reader would take.

use std::collections::HashMap;

use serde_json::{Value, json};
use wenbao_tests::Wenbao;

const REPORT_2025: &str = "\
2025年临江市政府工作报告
——2025年1月8日在临江市第七届人民代表大会第五次会议上

市长 沈知远

各位代表：
现在，我代表市人民政府，向大会报告工作，请予审议。

一、2024年工作回顾
固定资产投资下降4.7%。外贸出口总额增长6.3%。社会消费品零售总额下降1.9%。工业用电量增长8.8%。商品房销售面积与上年持平。
水泥产量下降11.2%。一般公共预算收入增长-2.6%。规模以上工业利润下降15.5%。实际使用外资增长-31.4%。居民消费价格与上年持平。
轨道交通运营里程由126公里增加到171公里。养老床位由3200张增加到4150张。公共充电桩由5.2万台增加到7.9万台。5G基站由1.1万个增加到1.46万个。市级以上企业技术中心由84家增加到103家。
粮食总产量36.4亿斤。新增造林面积2600公顷。水果产量45万吨。高标准农田面积180万亩。蔬菜产量12.5亿公斤。
城市公园新建27座。

二、2025年工作安排
地区生产总值增长6%以上、力争达到7%，规模以上工业增加值增长8%左右、力争达到10%，固定资产投资增长5%以上、争取达到8%，新增高新技术企业60家以上、力争达到80家，进出口总额增长4%以上、力争达到6%。
";

const REPORT_2026: &str = "\
2026年临江市政府工作报告

一、2025年和“十四五”时期工作回顾
2025年，地区生产总值增长6.1%，城镇新增就业3.7万人，一般公共预算收入增长2.2%，新建改造农村公路310公里，居民人均可支配收入增长5.6%。
“十四五”以来，发展迈上新台阶。地区生产总值年均增长6.8%，城镇新增就业累计19.2万人，一般公共预算收入年均增长4.9%，新建改造农村公路1890公里，居民人均可支配收入年均增长7.3%。
";

/// Kind, question, accepted beginnings or holdings of `answer`; an empty list: it must abstain.
const CASES: &[(&str, &str, &[&str])] = &[
    ("direction", "2024年固定资产投资增长了吗", &["没有，下降4.7%"]),
    ("direction", "2024年外贸出口总额下降了吗", &["没有，增长6.3%"]),
    ("direction", "2024年社会消费品零售总额下降了没有", &["是的，下降1.9%"]),
    ("direction", "2024年工业用电量是不是增长了", &["是的，增长8.8%"]),
    ("direction", "2024年商品房销售面积增加了吗", &["没有，持平"]),
    ("sign", "2024年水泥产量增长多少", &["下降11.2%"]),
    ("sign", "2024年一般公共预算收入增长多少", &["-2.6%"]),
    ("sign", "2024年规模以上工业利润增长多少", &["下降15.5%"]),
    ("sign", "2024年实际使用外资增长多少", &["-31.4%"]),
    ("sign", "2024年居民消费价格涨了多少", &["持平"]),
    ("level", "2024年轨道交通运营里程增加了多少", &["45公里"]),
    ("level", "2024年养老床位增加了多少张", &["950张"]),
    ("level", "2024年公共充电桩增加了多少台", &["2.7万台"]),
    ("level", "2024年5G基站增加了多少个", &["0.36万个"]),
    ("level", "2024年市级以上企业技术中心增加到多少家", &["103家"]),
    ("stretch", "2025年地区生产总值增长目标是多少", &["6%以上"]),
    ("stretch", "2025年规模以上工业增加值增长目标是多少", &["8%左右"]),
    ("stretch", "2025年固定资产投资增长目标是多少", &["5%以上"]),
    ("stretch", "2025年计划新增高新技术企业多少家", &["60家以上"]),
    ("stretch", "2025年进出口总额目标增长多少", &["4%以上"]),
    ("years", "2025年地区生产总值增长多少", &["6.1%"]),
    ("years", "2025年城镇新增就业多少人", &["3.7万人"]),
    ("years", "2025年一般公共预算收入增长多少", &["2.2%"]),
    ("years", "2025年新建改造农村公路多少公里", &["310公里"]),
    ("years", "2025年居民人均可支配收入增长多少", &["5.6%"]),
    ("absent", "2024年机场旅客吞吐量是多少", &[]),
    ("absent", "2024年常住人口多少", &[]),
    ("absent", "2024年天然气产量是多少", &[]),
    ("absent", "2024年新建图书馆多少座", &[]),
    ("absent", "2024年发电量是多少", &[]),
    ("unit", "2024年粮食总产量是多少万吨", &["182万吨"]),
    ("unit", "2024年新增造林面积多少亩", &["39000亩"]),
    ("unit", "2024年水果产量多少亿斤", &["9亿斤"]),
    ("unit", "2024年高标准农田面积多少公顷", &["120000公顷"]),
    ("unit", "2024年蔬菜产量多少万吨", &["125万吨"]),
    ("head", "2025年政府工作报告是谁作的", &["沈知远"]),
    ("head", "市长是谁", &["沈知远"]),
    ("head", "谁代表市政府作的报告", &["沈知远"]),
    ("head", "2025年的报告由谁宣读", &["沈知远"]),
    ("head", "报告人是谁", &["沈知远"]),
];

/// Right answers of five that each kind must have at least.
const FLOORS: &[(&str, usize)] = &[
    ("direction", 5),
    ("sign", 5),
    ("level", 5),
    ("stretch", 5),
    ("years", 4),
    ("absent", 4),
    ("unit", 5),
    ("head", 5),
];

#[test]
fn signs_levels_targets_years_units_and_heads_are_told_apart() {
    let wenbao = Wenbao::new();
    wenbao.file("reports/2025年临江市政府工作报告.txt", REPORT_2025);
    wenbao.file("reports/2026年临江市政府工作报告.txt", REPORT_2026);
    wenbao.run(["ingest", "reports"]).succeeds();
    let lines: Vec<String> =
        CASES.iter().enumerate().map(|(id, case)| json!({ "id": id, "question": case.1 }).to_string()).collect();
    wenbao.file("asked.jsonl", lines.join("\n"));
    let answers = wenbao.run(["ask", "--batch", "asked.jsonl", "--json"]).succeeds().json_lines();
    let mut right: HashMap<&str, usize> = HashMap::new();
    for ((kind, question, accepted), answer) in CASES.iter().zip(&answers) {
        let said = answer["answer"].as_str().unwrap_or_default();
        let fits = if accepted.is_empty() { answer["abstained"] == true } else { accepted.contains(&said) };
        *right.entry(kind).or_default() += usize::from(fits);
        if !fits {
            println!("{kind}: {question}: {said:?} for {accepted:?}; {}", answer["text"]);
        }
        check_computed(question, answer);
    }
    for (kind, floor) in FLOORS {
        let right = right.get(kind).copied().unwrap_or(0);
        println!("{kind}: {right} of 5 right, floor {floor}");
        assert!(right >= *floor, "{kind}: {right} of 5 right, {floor} at least are expected");
    }
}

/// A number that no quote holds says how it was computed.
fn check_computed(question: &str, answer: &Value) {
    let wrong = wenbao_tests::judge::unproved(answer);
    assert_eq!(wrong, Vec::<String>::new(), "{question}: {answer:#}");
}
