//! Everything the program says to a person, in the question's language.
//!
//! Values and quoted words stay as the report has them. Sentences come without citation marks; [`Phrases::cited`] adds them.

mod numbers;
mod templates;

use wenbao_report::{Moment, Period, Region, Status};

pub use numbers::number_rendering;
use templates::Template;

use crate::interpret::SmallTalk;
use crate::language::{self, Language};

/// The sentences of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phrases {
    language: Language,
}

/// The sentences of a language.
pub fn phrases(language: Language) -> Phrases {
    Phrases { language }
}

/// A value and what it is the value of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Statement<'a> {
    /// The time it is for.
    pub period: Option<&'a Period>,
    /// The region it is for; leave it out where the question did not name one.
    pub region: Option<&'a Region>,
    /// Result or plan.
    pub status: Option<Status>,
    /// What it is the value of, in the report's words.
    pub label: &'a str,
    /// The value, in the report's words and units.
    pub value: &'a str,
}

impl Phrases {
    /// The language they are in.
    pub fn language(self) -> Language {
        self.language
    }

    fn fill(self, template: Template, values: &[(&str, &str)]) -> String {
        let column = Language::ALL.iter().position(|&language| language == self.language).unwrap_or(0);
        fill(template.0[column], values)
    }

    /// One answer: "2025年计划新建智能化煤矿130座。"
    pub fn statement(self, statement: &Statement<'_>) -> String {
        let template = match statement.status {
            Some(Status::Target) => templates::TARGET,
            Some(Status::Estimated) => templates::ESTIMATED,
            Some(Status::Actual) | None => templates::ACTUAL,
        };
        let (when, place) = self.frame(statement.period, statement.region);
        // A label that already says it is planned needs no second word for it.
        let template = match (statement.status, self.language.is_chinese()) {
            (Some(Status::Target), true) if SAYS_PLAN.iter().any(|word| statement.label.contains(word)) => {
                templates::ACTUAL
            }
            _ => template,
        };
        let values =
            [("when", when.as_str()), ("where", &place), ("label", statement.label), ("value", statement.value)];
        self.fill(template, &values)
    }

    /// An answer in words: a name, a date.
    pub fn words(self, period: Option<&Period>, region: Option<&Region>, value: &str) -> String {
        let (when, place) = self.frame(period, region);
        self.fill(templates::WORDS, &[("when", &when), ("where", &place), ("value", value)])
    }

    /// A list: how many items, and the items.
    pub fn list(self, period: Option<&Period>, region: Option<&Region>, items: &[&str]) -> String {
        let (when, place) = self.frame(period, region);
        let values = [
            ("when", when.as_str()),
            ("where", &place),
            ("count", &items.len().to_string()),
            ("items", &self.joined(items)),
        ];
        self.fill(templates::LIST, &values)
    }

    /// Cells side by side, in the question's order; `None` for a cell that no report answers.
    pub fn comparison(self, cells: &[(&str, Option<&str>)]) -> String {
        let cells: Vec<String> = cells
            .iter()
            .map(|(name, value)| match value {
                Some(value) => self.fill(templates::CELL, &[("name", name), ("value", value)]),
                None => self.fill(templates::CELL_MISSING, &[("name", name)]),
            })
            .collect();
        let (joint, end) = match self.language {
            Language::Zh | Language::ZhHant => ("，", "。"),
            Language::Ja => ("、", "。"),
            _ => ("; ", "."),
        };
        cells.join(joint) + end
    }

    /// The name of a comparison's cell: "2024年山西" and what tells it from the others.
    pub fn cell_name(self, period: Option<&Period>, region: Option<&Region>, label: Option<&str>) -> String {
        let parts = [period.map(|p| self.period(p)), region.map(|r| self.region(r)), label.map(str::to_owned)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(if self.is_spaced() { ", " } else { "" })
    }

    /// A difference that was computed, with its computation ("268 − 118 = 150").
    pub fn difference(self, value: &str, computation: &str) -> String {
        self.fill(templates::DIFFERENCE, &[("value", value), ("computation", computation)])
    }

    /// A sum that was computed.
    pub fn sum(self, value: &str, computation: &str) -> String {
        self.fill(templates::SUM, &[("value", value), ("computation", computation)])
    }

    /// Yes or no, alone.
    pub fn yes_no(self, yes: bool) -> String {
        self.fill(if yes { templates::YES } else { templates::NO }, &[])
    }

    /// Yes or no, and the value that says so: "没有，下降3.1%".
    pub fn yes_no_and(self, yes: bool, value: &str) -> String {
        let word = self.yes_no(yes);
        let word = word.trim_end_matches(['。', '.', ' ']);
        match self.language {
            Language::Zh | Language::ZhHant => format!("{word}，{value}"),
            Language::Ja => format!("{word}、{value}"),
            _ => format!("{word}, {value}"),
        }
    }

    /// A value that was computed from the report's, with its computation: "2024年粮食产量3500万吨（计算：700亿斤 = 3500万吨）。"
    pub fn computed(self, statement: &Statement<'_>, computation: &str) -> String {
        let (when, place) = self.frame(statement.period, statement.region);
        let values = [
            ("when", when.as_str()),
            ("where", &place),
            ("label", statement.label),
            ("value", statement.value),
            ("computation", computation),
        ];
        self.fill(templates::COMPUTED, &values)
    }

    /// Added to a base target: what is to be reached if all goes well.
    pub fn stretch_is(self, value: &str) -> String {
        self.fill(templates::STRETCH, &[("value", value)])
    }

    /// Whether a plan was met, with both values and the computation.
    pub fn plan_met(self, met: bool, plan: &str, result: &str, computation: &str) -> String {
        let template = if met { templates::MET } else { templates::MISSED };
        self.fill(template, &[("plan", plan), ("result", result), ("computation", computation)])
    }

    /// Added to a result: what had been planned.
    pub fn plan_was(self, value: &str) -> String {
        self.fill(templates::PLAN_WAS, &[("value", value)])
    }

    /// What is answered to small talk; `examples` are questions to ask.
    pub fn small_talk(self, talk: SmallTalk, examples: &[String]) -> String {
        match talk {
            SmallTalk::Thanks => self.fill(templates::THANKS, &[]),
            SmallTalk::Bye => self.fill(templates::BYE, &[]),
            SmallTalk::Hello if examples.is_empty() => self.fill(templates::HELLO_EMPTY, &[]),
            SmallTalk::Hello => {
                let lines: String = examples.iter().map(|example| format!("\n{example}")).collect();
                self.fill(templates::HELLO, &[("examples", &lines)])
            }
        }
    }

    /// Why not: nothing in the reports is near the question.
    pub fn out_of_scope(self) -> String {
        self.fill(templates::OUT_OF_SCOPE, &[])
    }

    /// Before the sentences that answer an open question: whose they are.
    pub fn overview(self, titles: &[&str]) -> String {
        self.fill(templates::OVERVIEW, &[("titles", &self.joined(titles))])
    }

    /// Why not: no report speaks of these years.
    pub fn no_year(self, years: &[i32], available: &[i32]) -> String {
        let known = match available {
            [] => String::new(),
            years => self.fill(templates::AVAILABLE_YEARS, &[("years", &self.years(years))]),
        };
        self.fill(templates::NO_YEAR, &[("years", &self.years(years)), ("available", &known)]).trim_end().to_owned()
    }

    /// Why not: no report is about these regions.
    pub fn no_region(self, regions: &[&Region], available: &[&Region]) -> String {
        let names = |regions: &[&Region]| {
            let names: Vec<String> = regions.iter().map(|region| self.region(region)).collect();
            self.joined(&names.iter().map(String::as_str).collect::<Vec<_>>())
        };
        // All provinces are two lines of names; more help nobody.
        let known = match available.len() {
            1..=40 => self.fill(templates::AVAILABLE_REGIONS, &[("regions", &names(available))]),
            _ => String::new(),
        };
        self.fill(templates::NO_REGION, &[("regions", &names(regions)), ("available", &known)]).trim_end().to_owned()
    }

    /// Why not: nothing was found about it.
    pub fn not_found(self, topic: &str) -> String {
        if topic.is_empty() {
            return self.unsure();
        }
        self.fill(templates::NOT_FOUND, &[("topic", topic)])
    }

    /// Why not: the reports mention it, but not for that time or place.
    pub fn not_for(self, topic: &str, period: Option<&Period>, region: Option<&Region>) -> String {
        if topic.is_empty() {
            return self.unsure();
        }
        let (when, place) = match (period, region) {
            (Some(period), Some(region)) if self.language.is_chinese() => (self.period(period), self.region(region)),
            (Some(period), Some(region)) => (self.period(period) + ", ", self.region(region)),
            (period, region) => {
                (period.map_or(String::new(), |p| self.period(p)), region.map_or(String::new(), |r| self.region(r)))
            }
        };
        if when.is_empty() && place.is_empty() {
            return self.not_found(topic);
        }
        self.fill(templates::NOT_FOR, &[("topic", topic), ("when", &when), ("where", &place)])
    }

    /// Why not: a plan is known, its result is not.
    pub fn only_plan(self, period: &Period, label: &str, value: &str) -> String {
        self.fill(templates::ONLY_PLAN, &[("when", &self.period(period)), ("label", label), ("value", value)])
    }

    /// Why not: a result is known, its plan is not.
    pub fn only_result(self, period: &Period, label: &str, value: &str) -> String {
        self.fill(templates::ONLY_RESULT, &[("when", &self.period(period)), ("label", label), ("value", value)])
    }

    /// Why not: the evidence is not good enough.
    pub fn unsure(self) -> String {
        self.fill(templates::UNSURE, &[])
    }

    /// Added to a reason: the nearest thing that the reports do say.
    pub fn nearest(self, evidence: &str) -> String {
        self.fill(templates::NEAREST, &[("evidence", evidence)])
    }

    /// Why not: the question is empty.
    pub fn empty(self) -> String {
        self.fill(templates::EMPTY, &[])
    }

    /// Why not: the question is too long (both in Unicode scalar values).
    pub fn too_long(self, length: usize, limit: usize) -> String {
        self.fill(templates::TOO_LONG, &[("length", &length.to_string()), ("limit", &limit.to_string())])
    }

    /// Why not: nothing was ingested.
    pub fn no_documents(self) -> String {
        self.fill(templates::NO_DOCUMENTS, &[])
    }

    /// The sentence with its citation marks: "….[1][2]".
    pub fn cited(self, sentence: &str, marks: &[usize]) -> String {
        let marks: String = marks.iter().map(|mark| format!("[{mark}]")).collect();
        format!("{sentence}{marks}")
    }

    /// The value with a reading of it where the question's language has one: "329万人 (3.29 million people)".
    pub fn with_reading(self, shown: &str, value: f64, unit: &str) -> String {
        match number_rendering(value, unit, self.language) {
            Some(reading) if reading != shown => format!("{shown} ({reading})"),
            _ => shown.to_owned(),
        }
    }

    /// The name of a period: "2025年", "2016—2020年", "2016–2020".
    pub fn period(self, period: &Period) -> String {
        let moment = |moment: &Moment| match (self.language, moment.month) {
            (Language::Zh | Language::ZhHant | Language::Ja, Some(month)) => format!("{}年{month}月", moment.year),
            (Language::Zh | Language::ZhHant | Language::Ja, None) => format!("{}年", moment.year),
            (Language::Ko, Some(month)) => format!("{}년 {month}월", moment.year),
            (Language::Ko, None) => format!("{}년", moment.year),
            (Language::En | Language::Ru, Some(month)) => format!("{:02}.{}", month, moment.year),
            (Language::En | Language::Ru, None) => moment.year.to_string(),
        };
        match (&period.from, &period.to) {
            (Some(from), Some(to)) if from == to => moment(from),
            (Some(from), Some(to)) if from.month.is_none() && to.month.is_none() => match self.language {
                Language::Zh | Language::ZhHant => format!("{}—{}年", from.year, to.year),
                Language::Ja => format!("{}～{}年", from.year, to.year),
                Language::Ko => format!("{}~{}년", from.year, to.year),
                Language::En | Language::Ru => format!("{}–{}", from.year, to.year),
            },
            (Some(from), Some(to)) => format!("{}–{}", moment(from), moment(to)),
            (None, Some(to)) => match self.language {
                Language::Zh | Language::ZhHant => format!("到{}", moment(to)),
                Language::Ja => format!("{}まで", moment(to)),
                Language::Ko => format!("{}까지", moment(to)),
                Language::En => format!("by {}", moment(to)),
                Language::Ru => format!("к {}", moment(to)),
            },
            (Some(from), None) => match self.language {
                Language::Zh => format!("{}以来", moment(from)),
                Language::ZhHant => format!("{}以來", moment(from)),
                Language::Ja => format!("{}以降", moment(from)),
                Language::Ko => format!("{} 이후", moment(from)),
                Language::En => format!("since {}", moment(from)),
                Language::Ru => format!("с {}", moment(from)),
            },
            (None, None) => String::new(),
        }
    }

    /// The name of a region in this language, as far as the tables have it; the report's own name otherwise.
    pub fn region(self, region: &Region) -> String {
        language::place_name(&region.0, self.language).unwrap_or_else(|| region.0.clone())
    }

    /// Time and place as they begin a sentence.
    fn frame(self, period: Option<&Period>, region: Option<&Region>) -> (String, String) {
        let when = period.map_or(String::new(), |period| self.period(period));
        let place = region.map_or(String::new(), |region| self.region(region));
        match self.language {
            Language::Zh | Language::ZhHant => (when, place),
            Language::Ja => (mark(when, "、"), mark(place, "、")),
            Language::En | Language::Ko | Language::Ru => (mark(when, ", "), mark(place, ", ")),
        }
    }

    /// Years as a list, runs of three and more as ranges: "2021年、2023—2025年".
    fn years(self, years: &[i32]) -> String {
        let mut years = years.to_vec();
        years.sort_unstable();
        years.dedup();
        let mut parts: Vec<String> = Vec::new();
        let mut at = 0;
        while at < years.len() {
            let run = years[at..].iter().zip(years[at]..).take_while(|(year, expected)| **year == *expected).count();
            if run >= 3 {
                parts.push(self.period(&Period::years(years[at], years[at + run - 1])));
                at += run;
            } else {
                parts.push(self.period(&Period::year(years[at])));
                at += 1;
            }
        }
        self.joined(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn joined(self, items: &[&str]) -> String {
        items.join(if self.is_spaced() { ", " } else { "、" })
    }

    /// Whether the language puts spaces between words, and so between sentences.
    fn is_spaced(self) -> bool {
        !self.language.is_chinese() && self.language != Language::Ja
    }

    /// Sentences one after the other; one that begins a line is not moved in.
    pub fn text(self, sentences: impl Iterator<Item = String>) -> String {
        let mut out = String::new();
        for sentence in sentences {
            if self.is_spaced() && !out.is_empty() && !sentence.starts_with('\n') {
                out.push(' ');
            }
            out.push_str(&sentence);
        }
        out
    }
}

/// Labels that have one of these say themselves that they speak of a plan.
const SAYS_PLAN: &[&str] = &["计划", "目标", "预期", "力争", "争取", "拟"];

fn mark(text: String, mark: &str) -> String {
    if text.is_empty() { text } else { text + mark }
}

/// Puts values in for `{name}`, in one pass: braces in a value are left alone.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            continue;
        };
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests;
