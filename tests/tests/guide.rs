//! docs/QUESTIONS.md: each kind of question with a real one over the samples, its answer, and how to ask it better.
//!
//! The page is made here and compared with what is committed; `WENBAO_WRITE=1 cargo test --release -p wenbao-tests --test
//! guide` writes it anew after the program has learned to say something else. Read what changed before committing it.

use std::fmt::Write as _;

use serde_json::{Value, json};
use wenbao_tests::{Server, Wenbao, root};

/// A kind of question: its name in Chinese and English, the turns of an example, and how to ask better.
struct Kind(&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

const KINDS: &[Kind] = &[
    Kind(
        "一个数",
        "A value",
        &["2025年新建智能化煤矿多少座"],
        "说出年份、事项和单位（多少座、多少亿元）。没有年份时，可能答的是另一年。",
        "Name the year, the thing and the unit. Without a year the value may be another year's.",
    ),
    Kind(
        "计划还是结果",
        "Plan or result",
        &["2024年计划新建智能化煤矿多少座"],
        "要目标就说“计划”“目标”，要结果就说“实际”“完成”。都没说时先答结果，再附计划。",
        "Say 计划 or 目标 for what was planned, 实际 or 完成 for what came of it. Without either the result comes first, the plan beside it.",
    ),
    Kind(
        "增长率",
        "A rate",
        &["2023年经营主体增长多少"],
        "问“增长多少”得到比率，问“达到多少”得到总量，问“增加了多少”得到增量。",
        "增长多少 asks for the rate, 达到多少 for the level, 增加了多少 for the increment.",
    ),
    Kind(
        "换一个单位",
        "Another unit",
        &["2023年粮食总产量是多少万吨"],
        "在问题里写出想要的单位，能精确换算的就换算，并写明怎么算的。",
        "Name the unit that you want; where an exact factor exists it is converted, and says how.",
    ),
    Kind(
        "清单",
        "A list",
        &["2025年的民生实事有哪些"],
        "用“有哪些”“包括哪些”，并说出清单在报告里的名字。",
        "Ask 有哪些, with the name that the report gives the list.",
    ),
    Kind(
        "概况",
        "An overview",
        &["2025年煤炭方面有哪些安排"],
        "用“怎么样”“有哪些措施”“取得了哪些进展”；加上年份，范围越小越准。",
        "Ask 怎么样, 有哪些措施, 取得了哪些进展, with a year; the narrower, the better.",
    ),
    Kind(
        "是不是",
        "Yes or no",
        &["2024年智能化煤矿超过300座了吗"],
        "问题里写出要核对的数；报告的原数附在后面。",
        "Write the number that is to be checked; the report's own follows.",
    ),
    Kind(
        "目标完成了吗",
        "Whether a plan was met",
        &["2024年新建智能化煤矿150座的目标完成了吗"],
        "说出年份和目标；计划、结果和算法都会给出。",
        "Name year and plan; plan, result and computation are shown.",
    ),
    Kind(
        "相差和合计",
        "Differences and sums",
        &["2023年城镇居民人均可支配收入比农村居民高多少元"],
        "写明两边各是什么；只计算报告里有的数。",
        "Name both sides; only what the report says is computed with.",
    ),
    Kind(
        "谁作的报告",
        "Who gave it",
        &["2025年山西省政府工作报告是谁作的"],
        "从报告的开头读出；说出年份和地方。",
        "Read from the head of the report; name year and place.",
    ),
    Kind(
        "接着问",
        "Going on",
        &["2025年计划新建智能化煤矿多少座", "那2024年呢", "回到第一个问题"],
        "对话里只说变化的部分：年份、地方、事项、计划或实际，“列成表”“具体是哪些”也行。最多记得最近20个问题。",
        "In a conversation say only what changes: year, place, thing, plan or result. The last 20 questions are remembered.",
    ),
    Kind(
        "用别的语言",
        "Other languages",
        &["How many intelligent coal mines will be built in 2025?"],
        "可以用英语、日语、韩语、俄语提问；引文仍是报告的原文。",
        "Ask in English, Japanese, Korean or Russian; quotes stay in the report's own words.",
    ),
    Kind(
        "报告没有说",
        "What the reports do not say",
        &["2025年新增养老床位多少张"],
        "没有依据就不答，并给出最接近的段落。换一个报告里的说法再问。",
        "Without evidence there is no answer, but the nearest passage. Try the report's own word for it.",
    ),
    Kind(
        "超出报告的范围",
        "Beyond the reports",
        &["今天天气怎么样"],
        "天气、写诗、代码和对程序的命令不在报告里，不作回答。",
        "The weather, poems, code and commands to the program are in no report.",
    ),
    Kind(
        "打招呼",
        "Small talk",
        &["你能做什么"],
        "不知道问什么时就这样问：例子取自已有的报告。",
        "Ask this when you do not know what to ask: the examples are made of the reports that are there.",
    ),
];

const HEAD: &str = "\
# 怎么提问 · How to ask

每类问题一个例子，问的是 samples/ 里的三份样例报告，答案是程序的原话。本页由 tests/tests/guide.rs 生成并核对。

One example of each kind, asked of the three sample reports in samples/; the answers are the program's own. This page is
made and checked by tests/tests/guide.rs.
";

#[test]
fn the_page_of_questions_is_what_the_program_says() {
    let server = Server::start(&Wenbao::samples());
    let mut page = HEAD.to_owned();
    for Kind(chinese, english, turns, better, in_english) in KINDS {
        writeln!(page, "\n## {chinese} · {english}\n").expect("a string takes everything");
        let mut history = Vec::new();
        for turn in *turns {
            let reply = server.post("/api/v1/ask", &json!({ "question": turn, "history": history }));
            assert_eq!(reply.status, 200, "{turn}: {reply:?}");
            let reply = reply.json();
            page.push_str(&shown(turn, &reply));
            history.push(json!({ "role": "user", "content": turn }));
            history.push(json!({ "role": "assistant", "content": reply["text"] }));
        }
        writeln!(page, "{better}\n\n{in_english}").expect("a string takes everything");
    }
    let path = root().join("docs/QUESTIONS.md");
    if std::env::var_os("WENBAO_WRITE").is_some() {
        std::fs::write(&path, &page).expect("docs/QUESTIONS.md can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    for (at, (now, then)) in page.lines().zip(committed.lines()).enumerate() {
        assert_eq!(now, then, "docs/QUESTIONS.md, line {}: write it anew with WENBAO_WRITE=1", at + 1);
    }
    assert_eq!(page.lines().count(), committed.lines().count(), "docs/QUESTIONS.md: write it anew with WENBAO_WRITE=1");
}

/// A question and its answer as a block, with the first three quotes.
fn shown(question: &str, answer: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = format!("> {question}\n\n```text\n{}\n", text(&answer["text"]));
    for citation in answer["citations"].as_array().into_iter().flatten().take(3) {
        let passage = &answer["passages"][citation["passage"].as_u64().unwrap_or(u64::MAX) as usize];
        let document = &passage["document"];
        let title = document["title"].as_str().or(document["path"].as_str()).unwrap_or_default();
        let quote: String = text(&citation["quote"]).chars().take(120).collect();
        writeln!(out, "[{}] {title}：“{quote}”", citation["n"]).expect("a string takes everything");
    }
    out + "```\n\n"
}
