//! The values that reading produces. They know nothing of files, vectors or questions.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::ocr::PULL;

/// A point of the calendar as coarse as a report says it: a year, or a month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Gregorian year.
    pub year: i32,
    /// 1–12, or none where only the year is said.
    pub month: Option<u8>,
}

impl Moment {
    /// A whole year.
    pub fn year(year: i32) -> Self {
        Self { year, month: None }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.month {
            Some(month) => write!(f, "{:04}-{month:02}", self.year),
            None => write!(f, "{:04}", self.year),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (year, month) = match text.split_once('-') {
            Some((year, month)) => (year, Some(month)),
            None => (text.as_str(), None),
        };
        let bad = || serde::de::Error::custom(format!("not a year or year-month: {text}"));
        Ok(Self {
            year: year.parse().map_err(|_| bad())?,
            month: month.map(|m| m.parse().map_err(|_| bad())).transpose()?,
        })
    }
}

/// A closed span of time; an open end is `None` ("到2035年" has no known beginning).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// First moment that belongs to it.
    pub from: Option<Moment>,
    /// Last moment that belongs to it.
    pub to: Option<Moment>,
}

impl Period {
    /// One whole year.
    pub fn year(year: i32) -> Self {
        Self::years(year, year)
    }

    /// The years `from..=to`.
    pub fn years(from: i32, to: i32) -> Self {
        Self { from: Some(Moment::year(from)), to: Some(Moment::year(to)) }
    }

    /// The years it spans as far as they are known: an open end takes the other end's year.
    pub fn year_span(&self) -> Option<(i32, i32)> {
        let from = self.from.or(self.to)?.year;
        let to = self.to.or(self.from)?.year;
        Some((from, to))
    }

    /// Whether it is one single year (or lies within one).
    pub fn single_year(&self) -> Option<i32> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from.year == to.year => Some(from.year),
            _ => None,
        }
    }
}

/// What a statement is: something that happened, or something that is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A result, reported as fact.
    Actual,
    /// A result that the report gives as an estimate (预计, in a review).
    Estimated,
    /// A plan, a goal, an expected value (目标, 预期, 力争).
    Target,
}

impl Status {
    /// Whether it speaks of what happened, exactly or by estimate.
    pub fn is_result(self) -> bool {
        matches!(self, Self::Actual | Self::Estimated)
    }
}

/// A province-level division by its short name ("山西"), a city inside one, or the whole country ("全国").
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(pub String);

impl Region {
    /// The name that stands for the whole country.
    pub const NATION: &'static str = wenbao_lang::place::NATION;

    /// Whether it is the whole country.
    pub fn is_nation(&self) -> bool {
        self.0 == Self::NATION
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How exact a value is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hedge {
    /// 左右, 约, 大约, 上下.
    About,
    /// 以上, 超过, 超, 突破, 多, 余, 不低于.
    AtLeast,
    /// 以内, 以下, 不超过, 控制在.
    AtMost,
    /// 近, 接近, 将近.
    Nearly,
    /// 力争 and 争取, where the value is striven for.
    Strive,
}

/// Which way a change goes, or that the value is a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// A change upwards by the value (增长, 提高…个百分点).
    Up,
    /// A change downwards by the value (下降, 压减).
    Down,
    /// A share of a whole (占比, 覆盖率).
    Share,
}

/// A value with its unit, and what it measures. Ranges count Unicode scalar values of the passage's text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// Where value, unit and hedge stand together: "2500个左右", "超过165亿立方米".
    pub range: Range<usize>,
    /// The words at `range`, verbatim.
    pub text: String,
    /// The number times its Chinese multiplier: "1.45亿千瓦" is 145,000,000 (of `unit` 千瓦).
    pub value: f64,
    /// The upper end of a range ("60%-70%", "3—5家").
    pub upper: Option<f64>,
    /// The unit without its multiplier ("千瓦", "座", "%", "个百分点", "元/千瓦时"); empty for a bare number.
    pub unit: String,
    /// How exact it is.
    pub hedge: Option<Hedge>,
    /// Whether it is a change or a share.
    pub trend: Option<Trend>,
    /// The phrase that it measures, as the sentence has it ("新建智能化煤矿"); one of a parallel list gets its own name.
    pub measure: String,
    /// Where `measure` stands; `None` where it was put together from several places.
    pub measure_range: Option<Range<usize>>,
    /// Whether it is the earlier value of a change, whose result follows ("由26个" in "由26个增至88个").
    #[serde(default)]
    pub earlier: bool,
    /// Its own period, where the clause says another one than the sentence ("比2015年", "到2035年").
    pub period: Option<Period>,
    /// Its own status, where the clause says another one than the sentence.
    pub status: Option<Status>,
}

/// A sentence of a passage. Ranges count Unicode scalar values of the passage's text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sentence {
    /// Where it stands in the passage's text, its closing mark included.
    pub range: Range<usize>,
    /// The time it speaks of.
    pub period: Option<Period>,
    /// Result or plan.
    pub status: Option<Status>,
    /// Its values, in order.
    pub quantities: Vec<Quantity>,
}

/// A few sentences under one heading: what is retrieved and cited.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Headings from the outermost to the run-in head it stands under.
    pub section: Vec<String>,
    /// Its text, cleaned; at most [`Passage::MAX_CHARS`] scalar values.
    pub text: String,
    /// Where it stands in [`Document::text`], in Unicode scalar values, half-open.
    pub source_range: Range<usize>,
    /// Page of a paged format, from 1.
    pub page: Option<u32>,
    /// The time that its part of the report speaks of.
    pub period: Option<Period>,
    /// Result or plan.
    pub status: Option<Status>,
    /// What the text is about: the report's region, or null.
    pub region: Option<Region>,
    /// Its sentences, in order; together they cover the text.
    pub sentences: Vec<Sentence>,
    /// Where each stretch of the text came from: pairs of an offset in `text` and one in [`Document::text`], both in
    /// Unicode scalar values, ascending; a stretch reaches to the next pair.
    #[serde(default)]
    pub runs: Vec<(u32, u32)>,
    /// Whether the text was made of a table's cells: a sentence a cell, whose words are the headings' and the cell's.
    #[serde(default)]
    pub made: bool,
    /// Of made text the cells that its values stand in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellPlace>,
}

/// Where a value of made text stands in its table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellPlace {
    /// The value in the passage's text, in Unicode scalar values.
    pub range: Range<usize>,
    /// Which table of the document, from 0.
    pub table: u32,
    /// Its row on the table's grid, from 0, headings included.
    pub row: u32,
    /// Its column on the table's grid, from 0.
    pub column: u32,
}

impl Passage {
    /// No passage is longer: a page is not a citation.
    pub const MAX_CHARS: usize = 400;

    /// Where `range` of the passage's text stands in [`Document::text`] (Unicode scalar values, half-open), line
    /// breaks and furniture that cleaning took out in between included.
    pub fn source_of(&self, range: Range<usize>) -> Range<usize> {
        let locate = |at: usize| {
            let after = self.runs.partition_point(|&(text, _)| text as usize <= at);
            match after.checked_sub(1).map(|i| self.runs[i]) {
                Some((text, source)) => source as usize + (at - text as usize),
                None => self.source_range.start + at,
            }
        };
        if range.is_empty() {
            let at = locate(range.start);
            return at..at;
        }
        locate(range.start)..locate(range.end - 1) + 1
    }
}

/// A heading of the outline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    /// 1 for parts (一、), 2 for sections （一）, 3 for run-in heads, 4 for the items of a list in running text (一是…；二是…).
    pub level: u8,
    /// Its words, without the line break; of an item the clause that names it.
    pub text: String,
    /// Where it stands in [`Document::text`], in Unicode scalar values; of an item the whole of it.
    pub source_range: Range<usize>,
    /// The time its part speaks of.
    pub period: Option<Period>,
    /// Result or plan.
    pub status: Option<Status>,
}

/// What kind of document a text is: what its year means, and how its parts give time and status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// 政府工作报告: reviews the year before its own and plans its own.
    WorkReport,
    /// 统计公报: tells of one year, and comes out in the next.
    Communique,
    /// 国民经济和社会发展计划执行情况与计划草案的报告.
    PlanReport,
    /// 预算执行情况和预算草案的报告.
    BudgetReport,
    /// 五年规划纲要.
    FiveYearPlan,
    /// 办法, 细则, 通知, 条例: articles that hold from a day on.
    Measure,
    /// 指南, 问答, 攻略.
    Guide,
    /// A page of a newspaper.
    Newspaper,
    /// Anything else.
    #[default]
    Other,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::WorkReport,
        Self::Communique,
        Self::PlanReport,
        Self::BudgetReport,
        Self::FiveYearPlan,
        Self::Measure,
        Self::Guide,
        Self::Newspaper,
        Self::Other,
    ];

    /// What it is called where programs read it, in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::WorkReport => "work_report",
            Self::Communique => "communique",
            Self::PlanReport => "plan_report",
            Self::BudgetReport => "budget_report",
            Self::FiveYearPlan => "five_year_plan",
            Self::Measure => "measure",
            Self::Guide => "guide",
            Self::Newspaper => "newspaper",
            Self::Other => "other",
        }
    }
}

/// Where something that is said of a document was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// In its own text.
    Body,
    /// In the file's name.
    Name,
    /// In the head of the page that it stands on.
    Page,
}

/// Where each field of a [`Meta`] was read; none where the field is empty or was inferred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origins {
    /// Of the title.
    pub title: Option<Origin>,
    /// Of the region.
    pub region: Option<Origin>,
    /// Of the date.
    pub date: Option<Origin>,
    /// Of the year.
    pub year: Option<Origin>,
}

/// What the head of a report says about it; whatever it does not say, and the body does not show, is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// "2025年山西省政府工作报告".
    pub title: Option<String>,
    /// Short name: "山西", or "全国".
    pub region: Option<Region>,
    /// "山西省第十四届人民代表大会第三次会议".
    pub session: Option<String>,
    /// ISO 8601 date on which it was given, as exact as known: "2025-01-17", "2025-01", "2025".
    pub date: Option<String>,
    /// Who gave it.
    pub speaker: Option<String>,
    /// The year that 今年 means in it: of a report of January 2025, which reviews 2024 and plans 2025, it is 2025; of a
    /// communiqué the year that it tells of.
    pub year: Option<i32>,
    /// What kind of document it is.
    #[serde(default)]
    pub doc_type: DocumentKind,
    /// The place from the province down: 福建, 泉州; the last is the region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// The office that issued it: "广州市人民政府办公厅".
    #[serde(default)]
    pub issuer: Option<String>,
    /// Its number: "穗府办规〔2024〕13号".
    #[serde(default)]
    pub number: Option<String>,
    /// Of a measure the ISO date from which it holds.
    #[serde(default)]
    pub effective: Option<String>,
    /// Of a measure the ISO date until which it holds.
    #[serde(default)]
    pub expires: Option<String>,
    /// Where title, region, date and year were read.
    #[serde(default)]
    pub origins: Origins,
    /// What of the file could not be read, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Meta {
    /// Whether pages of it were left out because there was no OCR to read them.
    pub fn waits_for_ocr(&self) -> bool {
        self.warnings.iter().any(|warning| warning.contains(PULL))
    }
}

/// A report as read: the extracted text, what its head says, its outline and its passages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The head.
    pub meta: Meta,
    /// The extracted text before cleaning: what `source_range` counts in.
    pub text: String,
    /// Headings in reading order.
    pub outline: Vec<Heading>,
    /// Passages in reading order.
    pub passages: Vec<Passage>,
}
