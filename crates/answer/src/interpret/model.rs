//! The value that a question turns into.

use std::ops::Range;

use wenbao_report::{Period, Region, Status};

/// What a question wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Asked {
    /// How many of a unit, how much.
    #[default]
    Amount,
    /// A ratio: see [`Rate`].
    Rate(Rate),
    /// A name: who, which, what.
    Entity,
    /// Where.
    Place,
    /// When: a date, a month, a year.
    Time,
    /// How long: a span of time.
    Duration,
    /// Several items.
    List,
    /// Whether something is so.
    YesNo,
    /// How something is done (怎么抵): a phrase.
    Manner,
    /// What the reports say about something, in several sentences.
    Overview,
    /// Not known: whatever answers.
    Any,
}

impl Asked {
    /// Whether the answer is a number with a unit.
    pub fn is_quantity(self) -> bool {
        matches!(self, Self::Amount | Self::Rate(_) | Self::Duration)
    }
}

/// What kind of ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// A change against an earlier time (增速, 增长多少, 下降百分之几).
    Growth,
    /// A share of a whole (占比, 覆盖率).
    Share,
    /// Any other (倍, 折, 赤字率 …).
    Other,
}

/// Whether the increment or the level is asked for: 增加了多少 against 增加到多少.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// By how much.
    Increment,
    /// To how much.
    Level,
}

/// What to do with the cells of a comparison beyond putting them side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Combine {
    /// How far they are apart (相差多少, 比……多多少家).
    Difference,
    /// What they come to together (两年一共).
    Sum,
    /// Which of them is more (谁更高, 哪个多).
    Greatest,
    /// Which of them is less (谁最低, 哪个少).
    Least,
    /// Whether the result reaches the plan (目标完成了吗).
    Attainment,
    /// Whether the first value stands to the second as the question claims.
    Compare(Claim),
    /// Whether the one value is a change in the direction that the question claims (增长了吗, 下降了没有).
    Direction(Claim),
}

/// What a yes-or-no question claims of its first value against its second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// It is greater.
    More,
    /// It is smaller.
    Less,
    /// They are equal.
    Same,
}

impl Claim {
    /// Whether the claim is true of two values that compare so.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::More => order.is_gt(),
            Self::Less => order.is_lt(),
            Self::Same => order.is_eq(),
        }
    }
}

/// Words that narrow the value without being part of its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// The state at the end of a time: 年底, 末, 截至.
    pub as_of: bool,
    /// As seen at the beginning of the year: 年初, 按……的安排.
    pub year_start: bool,
    /// A running total: 累计, 一共, 总.
    pub cumulative: bool,
    /// What came new in the period: 新增, 新建, 新.
    pub newly: bool,
    /// 连续: how often in a row.
    pub consecutive: bool,
    /// For one of many: 人均, 平均, 每月, 一亩地.
    pub per_unit: bool,
    /// 每年, 年均.
    pub annual: bool,
    /// 最多, 最快, 至少, 最晚: an extreme is asked for.
    pub extreme: bool,
}

/// What the question says itself; the rest is inferred or inherited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Explicit {
    /// It names a time.
    pub period: bool,
    /// It names a region as its subject.
    pub region: bool,
    /// It has a word that only a plan or only a result takes (目标, 实际), not just a hint (了, 安排).
    pub status: bool,
}

/// One value of what is asked: a simple question has exactly one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// A question of its own that asks for just this cell: for embedding and for show.
    pub text: String,
    /// What tells it from its neighbours ("2023年", "山西", "目标"); empty for a simple question.
    pub label: String,
    /// The time it is for.
    pub period: Option<Period>,
    /// The region it is for.
    pub region: Option<Region>,
    /// Plan or result, where the words say so.
    pub status: Option<Status>,
    /// What is asked for.
    pub asked: Asked,
    /// Units that the answer may be in, the likeliest first, without multiplier; empty if unknown.
    pub units: Vec<String>,
    /// Whether the question names the first of them; else they are guessed from what it counts.
    pub unit_named: bool,
    /// The class of the name asked for: 哪家医院 → 医院.
    pub class: Option<String>,
    /// Increment or level, where the words say so.
    pub change: Option<Change>,
    /// The year of the report that the question points at (按2024年初的安排, 1978年报告里说).
    pub report_year: Option<i32>,
    /// Whether the report of that year is all that the question's time says: whatever stands in it may answer.
    pub whole_report: bool,
    /// What a change is measured against (比2020年增长多少).
    pub baseline: Option<Period>,
    /// The topic phrase: without period, region, status, question words and unit.
    pub topic: String,
    /// Narrowing words.
    pub hints: Hints,
    /// Which of period, region and status its words state.
    pub explicit: Explicit,
}

/// A question, understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// As asked.
    pub original: String,
    /// Normalised: width folded, simplified, years in digits, no stray spaces.
    pub text: String,
    /// What is asked for (of the first cell).
    pub asked: Asked,
    /// Units the answer may be in (of the first cell).
    pub units: Vec<String>,
    /// The class of the name asked for (of the first cell).
    pub class: Option<String>,
    /// Increment or level (of the first cell).
    pub change: Option<Change>,
    /// Times, in the question's order.
    pub periods: Vec<Period>,
    /// Regions it is about, short names, in the question's order.
    pub regions: Vec<Region>,
    /// Cities it names, without 市.
    pub places: Vec<String>,
    /// Plan or result, as far as it says.
    pub statuses: Vec<Status>,
    /// The year of the report that it points at.
    pub report_year: Option<i32>,
    /// Narrowing words.
    pub hints: Hints,
    /// The topic phrase of the whole question.
    pub topic: String,
    /// How many items it asks for: 哪三个 → 3.
    pub count: Option<usize>,
    /// Its cells, in the order in which it names them; never empty.
    pub cells: Vec<Cell>,
    /// What to do with the cells.
    pub combine: Option<Combine>,
    /// What it says itself.
    pub explicit: Explicit,
    /// It is in another language than the reports: its words cannot be compared with theirs.
    pub foreign: bool,
    /// How the topic phrase would be asked for ("多少座"), kept for follow-ups.
    pub(crate) ask_words: String,
}

/// A range of bytes of the normalised text, with what it was recognised as.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span<T> {
    pub range: Range<usize>,
    pub value: T,
}
