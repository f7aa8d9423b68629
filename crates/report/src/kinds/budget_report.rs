//! 预算执行情况和预算草案的报告: one year's execution as result, the next year's draft as plan.

use super::Kind;
use super::plan_report::{heading, planned};
use crate::context::Context;
use crate::kinds::Clock;
use crate::model::DocumentKind;

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::BudgetReport,
    titles: &[
        &["预算执行情况", "预算"],
        &["预算情况", "预算草案"],
        &["预算", "草案", "报告"],
        &["财政预算", "报告"],
        &["政府预算公开"],
        &["决算", "报告"],
    ],
    clock: |years, date| Clock::of(planned(years).or(date)),
    whole: |_| Context::default(),
    heading,
};

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
                ("关于江北市2025年预算执行情况和2026年预算草案的报告", None, Some(2026)),
                ("关于江北市2025年地方财政预算执行情况和2026年地方财政预算草案的报告（书面）", None, Some(2026)),
                ("江北州2025年预算情况和2026年预算草案", Some(2026), Some(2026)),
                ("关于江北市2025年预算执行情况与2026年全市及市级预算（草案）的报告", None, Some(2026)),
                ("江北县2024年预算执行情况和2025年预算草案的报告", Some(2025), Some(2025)),
            ],
            &[
                ("一、2025年预算执行情况", Some(((2025, 2025), Actual))),
                ("二、2026年预算草案", Some(((2026, 2026), Target))),
                ("（一）一般公共预算执行情况", Some(((2025, 2025), Actual))),
                ("（二）2026年市级收支安排", Some(((2026, 2026), Target))),
                ("三、2026年财政工作重点任务", Some(((2026, 2026), Target))),
            ],
        );
    }
}
