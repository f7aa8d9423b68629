//! The sentences, one row a message, in the order of [`Language::ALL`](crate::language::Language::ALL): simplified Chinese,
//! traditional Chinese, English, Japanese, Korean, Russian. `{name}` is filled in; every language of a row has the same names.

/// A message in the six languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template(pub [&'static str; 6]);

macro_rules! templates {
    ($($(#[$doc:meta])* $name:ident = [$($text:literal),* $(,)?];)*) => {
        $($(#[$doc])* pub(super) const $name: Template = Template([$($text),*]);)*
        /// Every template with its name, for the tests.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, Template)] = &[$((stringify!($name), $name)),*];
    };
}

templates! {
    /// A result, or a value of unknown status.
    ACTUAL = [
        "{when}{where}{label}{value}。",
        "{when}{where}{label}{value}。",
        "{when}{where}{label} {value} (in the report's words).",
        "{when}{where}{label} {value}（報告の原文）。",
        "{when}{where}{label} {value}(보고서 원문).",
        "{when}{where}{label} {value} (словами доклада).",
    ];
    /// A plan.
    TARGET = [
        "{when}{where}计划{label}{value}。",
        "{when}{where}計劃{label}{value}。",
        "{when}{where}plan: {label} {value} (in the report's words).",
        "{when}{where}計画：{label} {value}（報告の原文）。",
        "{when}{where}계획: {label} {value}(보고서 원문).",
        "{when}{where}план: {label} {value} (словами доклада).",
    ];
    /// A result that the report gives as an estimate.
    ESTIMATED = [
        "{when}{where}预计{label}{value}。",
        "{when}{where}預計{label}{value}。",
        "{when}{where}estimate: {label} {value} (in the report's words).",
        "{when}{where}見込み：{label} {value}（報告の原文）。",
        "{when}{where}예상: {label} {value}(보고서 원문).",
        "{when}{where}оценка: {label} {value} (словами доклада).",
    ];
    /// Added to a result: what had been planned.
    PLAN_WAS = [
        "当年的计划是{value}。",
        "當年的計劃是{value}。",
        "The plan was {value}.",
        "計画は{value}でした。",
        "계획은 {value}이었습니다.",
        "План: {value}.",
    ];
    /// The answer is a name, a date or other words.
    WORDS = [
        "{when}{where}答案是：{value}。",
        "{when}{where}答案是：{value}。",
        "{when}{where}the report says: {value}.",
        "{when}{where}報告によると：{value}。",
        "{when}{where}보고서에 따르면: {value}.",
        "{when}{where}по докладу: {value}.",
    ];
    /// Before a list.
    LIST = [
        "{when}{where}共{count}项：{items}。",
        "{when}{where}共{count}項：{items}。",
        "{when}{where}{count} items: {items}.",
        "{when}{where}{count}件：{items}。",
        "{when}{where}{count}개: {items}.",
        "{when}{where}всего {count}: {items}.",
    ];
    /// A cell of a comparison.
    CELL = ["{name}{value}", "{name}{value}", "{name}: {value}", "{name}：{value}", "{name}: {value}", "{name}: {value}"];
    /// A cell of a comparison that no report answers.
    CELL_MISSING = [
        "{name}报告未提及",
        "{name}報告未提及",
        "{name}: not in the reports",
        "{name}：報告に記載なし",
        "{name}: 보고서에 없음",
        "{name}: в докладах не указано",
    ];
    /// A computed difference.
    DIFFERENCE = [
        "相差{value}（计算：{computation}）。",
        "相差{value}（計算：{computation}）。",
        "The difference is {value} (computed: {computation}).",
        "差は{value}です（計算：{computation}）。",
        "차이는 {value}입니다(계산: {computation}).",
        "Разница: {value} (вычислено: {computation}).",
    ];
    /// A computed sum.
    SUM = [
        "合计{value}（计算：{computation}）。",
        "合計{value}（計算：{computation}）。",
        "The total is {value} (computed: {computation}).",
        "合計は{value}です（計算：{computation}）。",
        "합계는 {value}입니다(계산: {computation}).",
        "Итого: {value} (вычислено: {computation}).",
    ];
    /// A value computed from the report's own.
    COMPUTED = [
        "{when}{where}{label}：{value}（计算：{computation}）。",
        "{when}{where}{label}：{value}（計算：{computation}）。",
        "{when}{where}{label}: {value} (computed: {computation}).",
        "{when}{where}{label}：{value}（計算：{computation}）。",
        "{when}{where}{label}: {value}(계산: {computation}).",
        "{when}{where}{label}: {value} (вычислено: {computation}).",
    ];
    /// Added to a base target: the one beyond it.
    STRETCH = [
        "力争目标是{value}。",
        "力爭目標是{value}。",
        "The stretch target is {value}.",
        "努力目標は{value}です。",
        "도전 목표는 {value}입니다.",
        "Повышенная цель: {value}.",
    ];
    /// Yes.
    YES = ["是的。", "是的。", "Yes.", "はい。", "예.", "Да."];
    /// No.
    NO = ["没有。", "沒有。", "No.", "いいえ。", "아니요.", "Нет."];
    /// A plan was met, with the proof.
    MET = [
        "完成了：计划{plan}，实际{result}（{computation}）。",
        "完成了：計劃{plan}，實際{result}（{computation}）。",
        "Yes, it was met: planned {plan}, reached {result} ({computation}).",
        "達成しました：計画{plan}、実績{result}（{computation}）。",
        "달성했습니다: 계획 {plan}, 실적 {result}({computation}).",
        "Да, выполнено: план {plan}, результат {result} ({computation}).",
    ];
    /// A plan was missed, with the proof.
    MISSED = [
        "没有完成：计划{plan}，实际{result}（{computation}）。",
        "沒有完成：計劃{plan}，實際{result}（{computation}）。",
        "No, it was not met: planned {plan}, reached {result} ({computation}).",
        "達成していません：計画{plan}、実績{result}（{computation}）。",
        "달성하지 못했습니다: 계획 {plan}, 실적 {result}({computation}).",
        "Нет, не выполнено: план {plan}, результат {result} ({computation}).",
    ];
    /// What the program is; what can be asked follows, one a line.
    HELLO = [
        "我是问报，回答报告里的问题，每个数字都有出处。可以这样问：{examples}",
        "我是問報，回答報告裡的問題，每個數字都有出處。可以這樣問：{examples}",
        "I am Wenbao. I answer questions from official reports and cite every number. You can ask, for example:{examples}",
        "問報（Wenbao）です。報告書についての質問に、出典を付けて答えます。たとえば：{examples}",
        "저는 원바오(Wenbao)입니다. 보고서에 관한 질문에 출처를 붙여 답합니다. 예를 들면:{examples}",
        "Я Wenbao. Отвечаю на вопросы по официальным докладам и указываю источник каждого числа. Например:{examples}",
    ];
    /// The same where nothing has been read in yet.
    HELLO_EMPTY = [
        "我是问报，回答报告里的问题，每个数字都有出处。现在还没有报告，先用 wenbao ingest 导入。",
        "我是問報，回答報告裡的問題，每個數字都有出處。現在還沒有報告，先用 wenbao ingest 匯入。",
        "I am Wenbao. I answer questions from official reports and cite every number. There are no reports yet: bring some in with wenbao ingest.",
        "問報（Wenbao）です。報告書についての質問に、出典を付けて答えます。まだ報告書がありません。wenbao ingest で取り込んでください。",
        "저는 원바오(Wenbao)입니다. 보고서에 관한 질문에 출처를 붙여 답합니다. 아직 보고서가 없습니다. wenbao ingest로 넣어 주세요.",
        "Я Wenbao. Отвечаю на вопросы по официальным докладам и указываю источник каждого числа. Докладов пока нет: добавьте их командой wenbao ingest.",
    ];
    /// After thanks.
    THANKS = ["不客气。", "不客氣。", "You are welcome.", "どういたしまして。", "천만에요.", "Пожалуйста."];
    /// After a farewell.
    BYE = ["再见。", "再見。", "Goodbye.", "さようなら。", "안녕히 가세요.", "До свидания."];
    /// Why not: nothing in the reports is near the question.
    OUT_OF_SCOPE = [
        "这超出了报告的范围。",
        "這超出了報告的範圍。",
        "This is beyond what the reports are about.",
        "これは報告書の範囲外です。",
        "이는 보고서의 범위를 벗어납니다.",
        "Об этом в докладах речи нет.",
    ];
    /// Before the sentences that answer an open question.
    OVERVIEW = [
        "《{titles}》：",
        "《{titles}》：",
        "From {titles}:",
        "『{titles}』より：",
        "『{titles}』에서:",
        "Из «{titles}»:",
    ];
    /// No report speaks of these years.
    NO_YEAR = [
        "没有{years}的报告。{available}",
        "沒有{years}的報告。{available}",
        "There is no report that covers {years}. {available}",
        "{years}を対象とする報告はありません。{available}",
        "{years}을 다루는 보고서가 없습니다. {available}",
        "Нет доклада за {years}. {available}",
    ];
    /// The years that reports speak of.
    AVAILABLE_YEARS = [
        "现有报告涉及{years}。",
        "現有報告涉及{years}。",
        "The reports cover {years}.",
        "収録されている報告は{years}を対象としています。",
        "수록된 보고서는 {years}을 다룹니다.",
        "Доклады охватывают {years}.",
    ];
    /// No report is about these regions.
    NO_REGION = [
        "没有{regions}的报告。{available}",
        "沒有{regions}的報告。{available}",
        "There is no report about {regions}. {available}",
        "{regions}に関する報告はありません。{available}",
        "{regions}에 관한 보고서가 없습니다. {available}",
        "Нет доклада о регионе: {regions}. {available}",
    ];
    /// The regions that reports are about.
    AVAILABLE_REGIONS = [
        "现有报告来自{regions}。",
        "現有報告來自{regions}。",
        "The reports are about {regions}.",
        "収録されている報告：{regions}。",
        "수록된 보고서: {regions}.",
        "Есть доклады: {regions}.",
    ];
    /// Nothing was found that speaks of it. Whether the reports do in other words is not known.
    NOT_FOUND = [
        "没有找到关于{topic}的依据。",
        "沒有找到關於{topic}的依據。",
        "Nothing was found about it: {topic}.",
        "これについての記載は見つかりません：{topic}。",
        "이에 관한 내용을 찾지 못했습니다: {topic}.",
        "Об этом ничего не найдено: {topic}.",
    ];
    /// The reports mention it, but not for that time, place or status.
    NOT_FOR = [
        "报告提到{topic}，但没有{when}{where}的数据。",
        "報告提到{topic}，但沒有{when}{where}的數據。",
        "The reports mention {topic}, but not for {when}{where}.",
        "報告は{topic}に触れていますが、{when}{where}の値はありません。",
        "보고서는 {topic}을 언급하지만 {when}{where} 값은 없습니다.",
        "В докладах есть {topic}, но не за {when}{where}.",
    ];
    /// A plan is known, its result is not.
    ONLY_PLAN = [
        "报告只有{when}的计划：{label}{value}，没有实际结果。",
        "報告只有{when}的計劃：{label}{value}，沒有實際結果。",
        "The reports give only the plan for {when}: {label} {value}, not the result.",
        "報告にあるのは{when}の計画のみです：{label} {value}。実績はありません。",
        "보고서에는 {when} 계획만 있습니다: {label} {value}. 실적은 없습니다.",
        "В докладах есть только план на {when}: {label} {value}; результата нет.",
    ];
    /// A result is known, its plan is not.
    ONLY_RESULT = [
        "报告只有{when}的实际结果：{label}{value}，没有计划数。",
        "報告只有{when}的實際結果：{label}{value}，沒有計劃數。",
        "The reports give only the result of {when}: {label} {value}, not the plan.",
        "報告にあるのは{when}の実績のみです：{label} {value}。計画値はありません。",
        "보고서에는 {when} 실적만 있습니다: {label} {value}. 계획은 없습니다.",
        "В докладах есть только результат за {when}: {label} {value}; плана нет.",
    ];
    /// There is evidence, but not good enough.
    UNSURE = [
        "没有找到足够可靠的依据，最接近的内容见所附段落。",
        "沒有找到足夠可靠的依據，最接近的內容見所附段落。",
        "No evidence is good enough for an answer; the nearest passages are attached.",
        "十分に確かな根拠が見つかりません。最も近い箇所を添えます。",
        "답할 만큼 확실한 근거가 없습니다. 가장 가까운 구절을 첨부합니다.",
        "Достаточно надёжных сведений нет; ближайшие отрывки приложены.",
    ];
    /// The nearest thing that the reports do say.
    NEAREST = [
        "最接近的是：{evidence}",
        "最接近的是：{evidence}",
        "The nearest is: {evidence}",
        "最も近い記載：{evidence}",
        "가장 가까운 내용: {evidence}",
        "Ближайшее: {evidence}",
    ];
    /// The question is empty.
    EMPTY = [
        "问题是空的，请写出要问的内容。",
        "問題是空的，請寫出要問的內容。",
        "The question is empty; write what you want to know.",
        "質問が空です。知りたいことを書いてください。",
        "질문이 비어 있습니다. 알고 싶은 것을 적어 주십시오.",
        "Вопрос пуст; напишите, что вы хотите узнать.",
    ];
    /// The question is too long.
    TOO_LONG = [
        "问题太长（{length}字），最多{limit}字，请缩短。",
        "問題太長（{length}字），最多{limit}字，請縮短。",
        "The question is too long ({length} characters); shorten it to at most {limit}.",
        "質問が長すぎます（{length}文字）。{limit}文字以内にしてください。",
        "질문이 너무 깁니다({length}자). {limit}자 이내로 줄여 주십시오.",
        "Вопрос слишком длинный ({length} знаков); сократите его до {limit}.",
    ];
    /// Nothing was ingested.
    NO_DOCUMENTS = [
        "索引里还没有报告，请先用 wenbao ingest 加入。",
        "索引裡還沒有報告，請先用 wenbao ingest 加入。",
        "The index holds no report yet; add some with `wenbao ingest`.",
        "索引に報告がまだありません。`wenbao ingest` で追加してください。",
        "색인에 보고서가 없습니다. `wenbao ingest`로 추가하십시오.",
        "В индексе нет докладов; добавьте их командой `wenbao ingest`.",
    ];
}
