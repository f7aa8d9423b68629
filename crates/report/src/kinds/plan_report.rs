//! 国民经济和社会发展计划执行情况与计划草案的报告: one year's execution and the next year's plan.

use super::{Clock, Kind};
use crate::context::{Context, of_heading};
use crate::model::{DocumentKind, Period, Status};

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::PlanReport,
    titles: &[&["计划执行情况", "计划草案"], &["计划执行情况", "计划", "报告"], &["发展计划", "报告"]],
    clock: |years, date| Clock::of(planned(years).or(date)),
    whole: |_| Context::default(),
    heading,
};

/// The year of the draft: the last of two, the one after the execution's.
pub(super) fn planned(years: &[i32]) -> Option<i32> {
    match *years {
        [] => None,
        [executed] => Some(executed + 1),
        [..] => years.iter().copied().max(),
    }
}

/// 执行情况 is over the year before, 草案 over the report's own; what else a report says in headings is as in any.
pub(super) fn heading(text: &str, clock: &Clock) -> Option<Context> {
    let executed = text.contains("执行情况") || text.contains("完成情况");
    let drafted = ["草案", "收支预计", "收支安排", "预算安排", "收支计划"].iter().any(|w| text.contains(w));
    let said = super::years(text).last().copied();
    match (executed, drafted, clock.year) {
        (true, false, Some(y)) => {
            Some(Context { period: Some(Period::year(said.unwrap_or(y - 1))), status: Some(Status::Actual) })
        }
        (false, true, Some(y)) => {
            Some(Context { period: Some(Period::year(said.unwrap_or(y))), status: Some(Status::Target) })
        }
        _ => of_heading(text, clock),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::examples::check;
    use crate::model::Status::{Actual, Target};

    #[test]
    fn examples() {
        check(
            &KIND,
            &[
                (
                    "关于江北市2025年国民经济和社会发展计划执行情况与2026年国民经济和社会发展计划草案的报告",
                    None,
                    Some(2026),
                ),
                ("2024年国民经济和社会发展计划执行情况与2025年计划草案的报告", None, Some(2025)),
                ("关于2025年计划执行情况和2026年计划草案的报告", Some(2026), Some(2026)),
                ("江北县国民经济和社会发展计划执行情况与计划草案的报告", Some(2026), Some(2026)),
                ("关于2025年国民经济和社会发展计划执行情况的报告", None, Some(2026)),
            ],
            &[
                ("一、2025年国民经济和社会发展计划执行情况", Some(((2025, 2025), Actual))),
                ("二、2026年主要目标和任务", Some(((2026, 2026), Target))),
                ("（一）主要指标完成情况", Some(((2025, 2025), Actual))),
                ("三、2026年计划草案", Some(((2026, 2026), Target))),
                ("（二）产业稳步发展", None),
            ],
        );
    }
}
