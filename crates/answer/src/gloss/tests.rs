//! Whole questions and what rules then read.

use super::*;

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(question, expected)| {
            let got = to_chinese(question).text;
            (got != *expected).then(|| format!("{question}\n  expected {expected}\n  got      {got}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn chinese_passes_and_traditional_becomes_simplified() {
    check(&[
        ("2025年新建智能化煤矿多少座", "2025年新建智能化煤矿多少座"),
        ("2024年底山西數據中心標準機架有多少萬架", "2024年底山西数据中心标准机架有多少万架"),
        ("", ""),
    ]);
}

#[test]
fn english_questions() {
    check(&[
        (
            "How many kilometres of railway were in operation in Shanxi by the end of 2020?",
            "2020年底山西铁路运营里程多少公里",
        ),
        (
            "How many poor residents of Shanxi were lifted out of poverty during the 13th Five-Year Plan period (2016-2020)?",
            "“十三五”时期山西脱贫贫困人口多少人",
        ),
        (
            "By what percentage did the number of production safety accidents in Shanxi fall in 2020?",
            "2020年山西生产安全事故起数下降百分之多少",
        ),
        ("What was Shanxi's total grain output in 2023?", "2023年山西粮食产量是多少"),
        ("How many valid invention patents did Shanxi have in 2023?", "2023年山西发明专利有效量多少件"),
        (
            "How much is being invested in the new energy base on coal-mining subsidence land in northern Shanxi that started construction in 2024?",
            "2024年山西开工建设投资晋北采煤沉陷区新能源基地多少",
        ),
        ("What volume of green electricity was traded in Shanxi in 2024?", "2024年山西绿电交易量多少"),
        (
            "How many extra compulsory-education school places does Guangdong plan to add in 2025?",
            "2025年广东计划新增义务教育学位多少个",
        ),
        ("How much money has Tibet set aside for livelihood projects in 2025?", "2025年西藏安排民生实事多少钱"),
        (
            "How many automated external defibrillators will Shanxi Province (capital: Taiyuan) install in 2025?",
            "2025年山西配备自动体外除颤器多少台",
        ),
        ("Which new railway section does Tibet plan to break ground on in 2025?", "2025年西藏计划开工建设哪个新铁路"),
        (
            "What is Shaanxi Province's (capital: Xi'an) raw coal output target for 2025?",
            "2025年陕西原煤产量目标是多少",
        ),
        ("By how much did consumer prices in China rise in 2020?", "2020年全国居民消费价格增长百分之多少"),
        (
            "By what percentage does China plan to cut energy consumption per unit of GDP over the 2021-2025 five-year plan?",
            "“十四五”时期全国计划压减单位国内生产总值能耗百分之多少",
        ),
        (
            "What is Jiangsu's target for general public budget revenue growth in 2025?",
            "2025年江苏一般公共预算收入增长目标是多少",
        ),
        ("How much did fixed-asset investment in Hubei grow in 2024?", "2024年湖北固定资产投资增长百分之多少"),
        ("When will the Xi'an–Shiyan high-speed railway open to traffic?", "西安和十堰开通高速铁路什么时候"),
        ("By how many percentage points did the forest coverage rate in Shanxi rise?", "山西森林覆盖率增长几个百分点"),
        ("How many tonnes of steel capacity did China plan to cut in 2018?", "2018年全国计划压减钢铁产能多少吨"),
        ("Did Henan meet its grain output target in 2024?", "2024年河南粮食产量完成目标吗"),
        ("Which three airports does Zhejiang want to expand in 2025?", "2025年浙江计划扩大哪三个机场"),
        (
            "What was the per capita disposable income of rural residents in Yunnan in 2024?",
            "2024年云南农村居民人均可支配收入是多少",
        ),
        ("How many charging piles does Fujian plan to install in 2025?", "2025年福建计划配备充电桩多少个"),
        ("How many affordable rental housing units will Shanghai build in 2025?", "2025年上海建设保障性租赁住房多少套"),
        ("What was the deficit-to-GDP ratio set for 2021?", "2021年赤字率是多少"),
        ("What was the value of foreign trade of Guangxi with ASEAN in 2024?", "2024年广西东盟进出口总额是多少"),
        ("What future industries does Beijing plan to cultivate in 2025?", "2025年北京计划培育未来产业有哪些"),
        (
            "How many old urban residential communities were renovated in Liaoning in 2024?",
            "2024年辽宁改造城镇老旧小区多少个",
        ),
        ("How long did it take to complete the three No. 1 tourist highways?", "建成三个一号旅游公路多长时间"),
        ("What is the name of the first provincial laboratory in Hebei?", "河北首个省实验室叫什么名字"),
        ("How many beds for elderly care does Qinghai intend to add in 2025?", "2025年青海计划新增养老床位多少张"),
        ("How many mu of high-standard farmland will be built nationwide in 2022?", "2022年全国建设高标准农田多少亩"),
        ("What was R&D intensity in Shanghai in 2024?", "2024年上海全社会研发经费投入强度是多少"),
        (
            "What are the nine major urban renewal projects launched by Shanxi in 2021?",
            "2021年山西启动城市更新九大工程有哪些",
        ),
        (
            "Which province had a higher GDP growth target for 2025, Shanxi or Shaanxi?",
            "2025年山西和陕西地区生产总值增长目标哪个更高",
        ),
    ]);
}

#[test]
fn japanese_questions() {
    check(&[
        ("2023年の山西省の都市部における新規就業者数は何人でしたか", "2023年山西城镇新增就业多少人"),
        (
            "2025年に山西省は省レベルの臨床重点専門科をいくつ新設する計画ですか",
            "2025年山西计划新建省级临床重点专科多少",
        ),
        ("内モンゴル自治区の2024年の石炭生産量はどれくらいの見込みですか？", "2024年内蒙古预计原煤产量多少"),
        ("浙江省の2024年の外資実行額（実際に使用した外資）は何億ドルですか？", "2024年浙江实际使用外资多少亿美元"),
        ("2024年末時点で山西省の5G基地局は何万基ですか", "2024年底山西5G基站多少万座"),
        ("2025年に広東省は何キロの高速道路を新設する計画ですか", "2025年广东计划新建高速公路多少公里"),
        (
            "第13次五カ年計画期間中に山西省の鉄道営業距離は何キロ増えましたか",
            "“十三五”时期山西铁路运营里程增长多少公里",
        ),
        (
            "2021年から2025年までに中国はGDP単位当たりのエネルギー消費を何％削減する計画ですか",
            "2021到2025年全国计划压减单位国内生产总值能耗百分之多少",
        ),
        ("陝西省で2024年に世界かんがい施設遺産に登録されたのはどこですか", "2024年陕西入选世界灌溉工程遗产在哪里"),
        ("新疆ウイグル自治区の2024年の綿花生産量は全国の何％を占めましたか", "2024年新疆棉花产量占全国百分之多少"),
        ("貴州省の高速道路総延長は2024年末に何キロに達しましたか", "2024年底贵州高速公路里程达到多少公里"),
        ("江蘇省の2024年の研究開発投資強度は", "2024年江苏全社会研发经费投入强度"),
    ]);
}

#[test]
fn korean_questions() {
    check(&[
        ("광둥성은 2024년에 각종 보장성 주택을 새로 몇 채 확보했나요?", "2024年广东新增保障各类保障性住房多少套"),
        ("장쑤성의 2025년 도시 신규 취업 목표는 몇 만 명입니까?", "2025年江苏城镇新增就业目标多少万人"),
        ("허난성은 2025년에 고표준 농지를 몇 만 무 건설할 계획입니까?", "2025年河南计划建设高标准农田多少万亩"),
        ("광둥성은 2025년에 의무교육 정원을 몇 개 늘릴 계획인가요?", "2025年广东计划新增义务教育学位多少个"),
        ("산시성(타이위안)의 2024년 고속도로 총연장은 몇 킬로미터인가요?", "2024年山西高速公路里程多少公里"),
        ("산시성(시안)의 2025년 원탄 생산량 목표는 얼마입니까?", "2025年陕西原煤产量目标多少"),
        ("2018년 중국의 도시 신규 취업자 수는 몇 명이었습니까?", "2018年全国城镇新增就业多少人"),
        ("저장성은 2025년에 어떤 공항을 확장할 계획입니까?", "2025年浙江计划扩建哪个机场"),
        ("제13차 5개년 계획 기간 동안 빈곤에서 벗어난 농촌 빈곤인구는 몇 명인가요?", "“十三五”时期脱贫贫困人口多少人"),
        (
            "충칭시는 2025년에 노후 주택단지를 몇 제곱미터 개조할 계획인가요?",
            "2025年重庆计划改造城镇老旧小区多少平方米",
        ),
        ("2024년 말까지 내몽골의 신에너지 설비용량은 얼마였나요?", "2024年底内蒙古新能源装机多少"),
    ]);
}

#[test]
fn russian_questions() {
    check(&[
        ("Когда Китай вступил во Всемирную торговую организацию?", "全国加入世界贸易组织什么时候"),
        ("Каков был объём экспорта Шанхая в 2024 году?", "2024年上海出口是多少"),
        (
            "На каком месте в стране по производству автомобилей была провинция Аньхой в 2024 году?",
            "2024年安徽汽车产量第几",
        ),
        ("Какова цель по росту ВВП провинции Гуандун на 2025 год?", "2025年广东地区生产总值增长目标是多少"),
        (
            "Сколько километров скоростных автодорог планирует построить Хэбэй в 2025 году?",
            "2025年河北计划建设高速公路多少公里",
        ),
        (
            "Какой была протяжённость высокоскоростных железных дорог Китая к концу 2017 года?",
            "2017年底全国高速铁路运营里程是多少",
        ),
        (
            "На сколько процентов планировалось сократить энергоёмкость ВВП за 14-ю пятилетку?",
            "“十四五”时期计划压减单位国内生产总值能耗百分之多少",
        ),
        ("Сколько угля добыла провинция Шаньси в 2023 году?", "2023年山西生产煤炭多少"),
        (
            "Каков целевой показатель производства зерна в провинции Чжэцзян на 2025 год?",
            "2025年浙江粮食产量目标是多少",
        ),
        (
            "Сколько старых жилых кварталов было реконструировано в Чунцине в 2024 году?",
            "2024年重庆改造城镇老旧小区多少个",
        ),
        ("Каким был уровень урбанизации Китая в 2017 году?", "2017年全国常住人口城镇化率是多少"),
    ]);
}

#[test]
fn terms_keep_every_chinese_word_and_unknown_words_are_named() {
    let gloss = to_chinese("What was the coal output of the Zyxwv zone of Shanxi?");
    assert_eq!(gloss.unknown, ["Zyxwv"]);
    let output = gloss.terms.iter().find(|term| term.source == "coal output").map(|term| term.target.clone());
    assert_eq!(output, Some(vec!["原煤产量".to_owned(), "煤炭产量".to_owned()]));
}

#[test]
fn odd_input_gets_some_gloss() {
    for text in [
        "?",
        "the",
        "何",
        "몇",
        "к",
        "第",
        "제",
        "2025",
        "13th",
        "(((",
        "how many",
        "何億",
        "몇 억",
        "в 2025",
        "１２３",
        "1,2,3,",
        "a.b.c",
        "from 2025 to",
    ] {
        let gloss = to_chinese(text);
        assert!(gloss.text.chars().count() <= text.chars().count() + 8, "{text}: {}", gloss.text);
    }
}

#[test]
fn english_thresholds_stand_behind_what_they_count() {
    check(&[
        ("Did Shanxi have more than 300 intelligent coal mines in 2024?", "2024年山西智能化煤矿超过300座吗"),
        ("Did Shanxi reach 300 intelligent coal mines in 2024?", "2024年山西智能化煤矿达到300座吗"),
    ]);
}

#[test]
fn names_and_institutions_of_the_world_are_known() {
    for (question, words) in [
        ("Which UN Secretary-General mediated in the Iraq weapons inspection crisis?", "联合国秘书长"),
        ("How many newborns will be screened in 2025?", "新生儿"),
        ("How many medals did athletes win at the Paris Paralympics?", "巴黎残奥会"),
        ("파나마 운하를 되찾기 위한 투쟁", "巴拿马运河"),
        ("В каком году было опубликовано Шанхайское коммюнике?", "上海公报"),
        ("パリ五輪で獲得したメダルはいくつですか", "奖牌"),
    ] {
        let text = to_chinese(question).text;
        assert!(text.contains(words), "{question}: {text}");
    }
}

#[test]
fn a_level_is_no_rate() {
    for (question, level) in [
        ("To how much did per capita urban living space rise by 1997?", "增加到"),
        ("1997年末の外貨準備高はいくらに増えましたか", "增加到"),
        ("1997년 외환보유액은 얼마로 증가했습니까", "增加到"),
        ("How much did China set aside for social security in 2009?", "多少"),
    ] {
        let text = to_chinese(question).text;
        assert!(text.contains(level) && !text.contains("百分之"), "{question}: {text}");
    }
}

#[test]
fn a_span_of_years_in_japanese_is_not_every_year() {
    let text = to_chinese("1993年から1997年までの5年間に貧困から脱却した人は何人ですか").text;
    assert!(text.contains("五年") && !text.contains("每年"), "{text}");
}

#[test]
fn words_that_end_in_and_keep_it_and_names_come_once() {
    for (question, words) in [
        ("What was said about carbon neutrality in 2024?", "碳中和"),
        ("What was the average wage of workers and staff in 1957?", "1957年职工平均工资"),
        ("What is the retention rate of nine-year compulsory education?", "义务教育巩固率"),
    ] {
        let text = to_chinese(question).text;
        assert!(text.contains(words) && !text.contains("职工职工"), "{question}: {text}");
    }
}

#[test]
fn ordinals_have_the_counter_of_what_they_count() {
    for (question, words) in [
        ("Сколько золотых медалей на 47-м чемпионате мира по профессиональному мастерству?", "第四十七届"),
        ("Сколько депутатов было на 2-й сессии?", "第二次"),
        ("제47회 국제기능올림픽에서 금메달을 몇 개 땄습니까?", "第四十七届世界技能大赛"),
        ("제2차 회의에 출석한 대표는 몇 명입니까?", "第二次会议"),
        ("第47回技能五輪国際大会で金メダルをいくつ獲得しましたか", "第四十七届世界技能大赛"),
        ("第2回会議に出席した代表は何人ですか", "第二次会议"),
        ("How many gold medals were won at the 47th WorldSkills Competition?", "第四十七届世界技能大赛"),
    ] {
        let text = to_chinese(question).text;
        assert!(text.contains(words), "{question}: {text}");
    }
}

#[test]
fn a_city_asked_for_is_no_name_of_the_nation() {
    let text = to_chinese("In which Chinese city did the BRICS leaders meet in 2017?").text;
    assert!(text.contains("哪个城市"), "{text}");
}

#[test]
fn costs_are_cut_by_money_and_years_span() {
    check(&[
        (
            "By how much did trading on Shanxi's electricity spot market cut power supply costs in 2024?",
            "2024年山西电力现货市场交易压减电力供应成本多少",
        ),
        (
            "How many items requiring administrative approval were abolished between 2013 and 2017?",
            "2013到2017年取消行政审批事项多少项",
        ),
        ("How many million tourists did Yunnan receive in 2023?", "2023年云南接待游客多少人次"),
        ("Сколько миллионов тонн угля добыла Шаньси в 2023 году?", "2023年山西生产煤炭多少万吨"),
        ("By how much did state revenue grow in 1955 over 1954?", "1955年财政收入增长百分之多少"),
        ("2020년 티베트의 농목민 소득은 몇 위안입니까?", "2020年西藏农牧民居民收入多少元"),
        ("北京市の2024年の空気質優良日数は何日ですか", "2024年北京空气质量优良天数多少天"),
        ("Какие города провели Азиатские игры в 2023 году?", "2023年哪些亚运会城市"),
        ("2024년 산둥성의 해양 생산총액은 얼마인가요?", "2024年山东海洋生产总值多少"),
        ("How many schools were built in Hebei?", "河北建设学校多少所"),
        ("На сколько километров выросла протяжённость железных дорог?", "铁路运营里程增长多少公里"),
        ("What measures will support employment?", "措施支持就业有哪些"),
        ("2025년 저장성은 포켓공원을 몇 개 조성할 계획입니까?", "2025年浙江计划打造口袋公园多少个"),
    ]);
}

#[test]
fn words_of_like_stems_stay_apart() {
    for (question, words, not) in [
        ("Сколько километров метро построил Чэнду?", "地铁", "米"),
        ("Сколько деревень в провинции Ганьсу?", "农村", "造林"),
        ("Сколько панд родилось в 2024 году?", "大熊猫", "疫情"),
        ("How many medals did athletes win in 2024?", "奖牌", "酒"),
    ] {
        let text = to_chinese(question).text;
        assert!(text.contains(words) && !text.replace("公里", "").contains(not), "{question}: {text}");
    }
}
