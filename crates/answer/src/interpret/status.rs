//! Words that say whether a plan or a result is meant.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use wenbao_report::Status;

use super::model::Span;
use super::normalise::regex;

/// How much a cue word proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It often stands with it (了, 安排).
    Hint,
    /// It says so beside a time (今年要, 2025年想); alone it may as well be what something takes or what somebody wants to know.
    Wish,
    /// It says so (目标, 实际).
    Word,
}

/// A cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cue {
    pub status: Status,
    pub strength: Strength,
    /// It says nothing else, so it does not belong to the topic.
    pub bare: bool,
}

/// One row of the table: a pattern, what it shows, how surely, whether it is bare.
struct Row(&'static str, Status, Strength, bool);

use Status::{Actual, Target};
use Strength::{Hint, Wish, Word};

/// The table, in order of precedence: what an earlier row has taken, a later one does not see. The group `cue` marks
/// the cue itself where the pattern needs its surroundings; rows without it stand for themselves.
const ROWS: &[Row] = &[
    // Names of indicators and things that only look like cues.
    Row(r"(?P<none>实际(?:利用|使用|吸收|到位)(?:的)?(?:外资|外商|内资|省外|资金)?)", Actual, Hint, false),
    Row(
        r"(?P<none>计划生育|计划单列|计划经济|比计划|较计划|准备金|思想|理想|将军|将近|预期寿命|预期转弱|预期引导|市场预期|社会预期|比原定计划|比原计划|比原定|比预期|规划纲要|目标导向|虚拟|模拟|可再生|再生|再次|再也|再就业|不用再|不再|主要|重要|需要|首要|只要|不要|必要|要素|要闻|纪要|摘要|紧要|要点|简要|扼要|要么|要道|要害)",
        Actual,
        Hint,
        false,
    ),
    Row(r"(?P<none>稳定在|固定在|锁定在|确定在)", Actual, Hint, false),
    Row(r"(?P<none>为了|除了|除此之外|了解|了不起|对了|罢了|了结)", Actual, Hint, false),
    // "从深圳去中山最快要多久": 要 is "takes".
    Row(r"(?P<none>(?:要|得)(?:\x04|花|用))", Actual, Hint, false),
    // What the asker wants is no plan: 想知道, 想打听.
    Row(r"(?P<none>(?:想|要|希望)(?:要|请)?(?:知道|打听|问|了解|晓得|看看|弄清|搞清|查))", Actual, Hint, false),
    // What is settled is no target; what is reached of one is a result; a plan may be the name of a thing.
    Row(r"(?P<none>敲定|核定|规定|法定|特定|约定|选定|认定|鉴定|指定|评定|判定)", Actual, Hint, false),
    Row(r"(?P<none>(?:要求|任务|目标|计划)的(?:\x04))", Actual, Hint, false),
    Row(r"(?P<none>个计划|计划(?:叫|的名|名))", Actual, Hint, false),
    // Results.
    Row(r"实际(?:上)?", Actual, Word, true),
    Row(r"(?:已经|已|业已)", Actual, Word, true),
    Row(r"(?:完成情况|完成结果|最终结果|执行结果|落实情况|结果)", Actual, Word, true),
    Row(r"(?:预计|估计|大约)[^，。？要]{0,6}(?P<cue>了)", Actual, Word, true),
    Row(r"(?:达到|完成|做到|实现|建成|办成|兑现|发展到|增加到|提高到|升至|降到)(?P<cue>了)", Actual, Word, true),
    Row(r"(?:最终|最后|到头来|一年下来)", Actual, Word, true),
    Row(r"争取到(?:的|了)?", Actual, Word, false),
    Row(r"提出(?P<cue>了)", Actual, Hint, true),
    // Plans.
    Row(r"(?:年初|当初|原来|原本|原先)?(?:定下的?|定在|定为|定的|所定|设定的?)(?:是)?", Target, Word, true),
    Row(
        r"(?:年初)?(?:的)?(?:预期目标|目标值|控制目标|规划目标|奋斗目标|工作目标|目标任务|目标数|目标|指标要求|计划数|任务数|任务量)",
        Target,
        Word,
        true,
    ),
    Row(
        r"(?:年初)?(?:计划|打算|准备|拟|力争|力求|争取|预期|希望|确保|预定|有望|将要|将会|将|规划要求)",
        Target,
        Word,
        true,
    ),
    Row(r"(?:还要|想要|想着|想|要求|要把|要让|要将)", Target, Wish, true),
    Row(r"(?:任务|设想|今后|往后|说好|最晚|最迟|应当|应该|工作安排)", Target, Wish, true),
    Row(r"(?P<cue>要)", Target, Wish, true),
    Row(r"年初预计", Target, Word, true),
    Row("规划", Target, Hint, false),
    Row(r"(?:安排了?|部署|提出|预计|起码|最少得|再)", Target, Hint, true),
    // Hints of a result.
    Row(r"(?:累计|一共|总共|共计|合计|截至|截止|同比|比上年|比上一年|较上年)", Actual, Hint, false),
    Row(r"(?:获批|入选|获评|当选|通车后|挂牌|被评为|拿到)", Actual, Hint, false),
    Row(r"(?P<cue>了)", Actual, Hint, true),
];

static TABLE: LazyLock<Vec<(Regex, &'static Row)>> =
    LazyLock::new(|| ROWS.iter().map(|row| (regex(row.0), row)).collect());

/// One look says which rows have anything to find: a question has two or three cues, the table two dozen rows.
/// Every row has compiled by itself, so the set compiles; without it every row would be tried.
static ANY: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(ROWS.iter().map(|row| row.0)).ok());

/// Finds the cues of a text whose times, regions, quoted names and question words are blanked out.
pub(super) fn find(masked: &str) -> Vec<Span<Cue>> {
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut found: Vec<Span<Cue>> = Vec::new();
    let rows: Vec<usize> = match &*ANY {
        Some(any) => any.matches(masked).into_iter().collect(),
        None => (0..TABLE.len()).collect(),
    };
    for row in rows {
        let (pattern, Row(_, status, strength, bare)) = &TABLE[row];
        for hit in pattern.captures_iter(masked) {
            let Some(all) = hit.get(0) else { continue };
            let (start, end) = hit.name("cue").map_or((all.start(), all.end()), |m| (m.start(), m.end()));
            if taken.iter().any(|(from, to)| start < *to && *from < end) {
                continue;
            }
            taken.push((start, end));
            if hit.name("none").is_none() {
                let cue = Cue { status: *status, strength: *strength, bare: *bare };
                found.push(Span { range: start..end, value: cue });
            }
        }
    }
    found.sort_by_key(|span| span.range.start);
    found
}

/// What the cues of one clause say together: a word beats a hint, and of two words the later is the head
/// ("实际到位资金的目标", "按计划实际完成").
pub(super) fn settle(cues: &[Span<Cue>]) -> Option<Cue> {
    let strongest = cues.iter().map(|span| span.value.strength).max()?;
    let pick = |status: Option<Status>| {
        cues.iter()
            .rev()
            .map(|span| span.value)
            .find(|cue| cue.strength == strongest && status.is_none_or(|status| cue.status == status))
    };
    // Among mere hints a plan's is the rarer and the surer one.
    if strongest == Hint { pick(Some(Target)).or_else(|| pick(None)) } else { pick(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Option<Status> {
        settle(&find(text)).map(|cue| cue.status)
    }

    #[test]
    fn plan_and_result_are_told_apart() {
        for (text, expected) in [
            ("计划新建", Some(Target)),
            ("打算添电击设备", Some(Target)),
            ("粮食产量要达到", Some(Target)),
            ("定下的新建任务是", Some(Target)),
            ("城镇新增就业实际完成", Some(Actual)),
            ("发出去了", Some(Actual)),
            ("实际利用外资增幅", None),
            ("实际利用外资的目标", Some(Target)),
            ("主要河流", None),
            ("比计划提前了", Some(Actual)),
            ("最快要\u{4}", None),
            ("为了让老百姓暖和", None),
            ("争取到的补助资金", Some(Actual)),
            ("预计增长了", Some(Actual)),
            ("年初预计退税", Some(Target)),
            ("安排了资金", Some(Target)),
            ("累计完工率要求达到", Some(Target)),
            ("已经达到", Some(Actual)),
            ("原煤产量是", None),
        ] {
            assert_eq!(status(text), expected, "{text}");
        }
    }
}
