//! 五年规划纲要: a plan over five years, which begins with what the five before came to.

use super::{Clock, Kind};
use crate::context::Context;
use crate::model::{DocumentKind, Period, Status};

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::FiveYearPlan,
    titles: &[
        &["五年规划"],
        &["五”规划"],
        &["五\"规划"],
        &["五”", "规划"],
        &["远景目标纲要"],
        &["规划纲要"],
        &["五年计划"],
    ],
    clock: |years, date| Clock::of(years.first().copied().or(date)),
    whole: |clock| Context {
        period: clock.year.map(|y| Period::years(plan_start(y), plan_start(y) + 4)),
        status: Some(Status::Target),
    },
    heading,
};

/// The first year of the five-year plan that a year lies in: 2021 of 2021 to 2025.
fn plan_start(year: i32) -> i32 {
    year - (year - 1).rem_euclid(5)
}

/// 发展基础, 成就 and the like look back over the five years before.
fn heading(text: &str, clock: &Clock) -> Option<Context> {
    let back = ["发展基础", "发展成就", "主要成就", "取得的成就", "回顾", "发展现状", "决定性成就"];
    if back.iter().any(|w| text.contains(w)) {
        let start = plan_start(clock.year?);
        return Some(Context { period: Some(Period::years(start - 5, start - 1)), status: Some(Status::Actual) });
    }
    let part = text.starts_with('第') && (text.contains('章') || text.contains('篇'));
    part.then(|| (KIND.whole)(clock))
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
                ("江北市国民经济和社会发展第十四个五年规划和2035年远景目标纲要", Some(2021), Some(2021)),
                ("江北市养老服务“十四五”规划", Some(2022), Some(2021)),
                ("江北市国民经济和社会发展第十五个五年规划纲要（2026—2030年）", None, Some(2026)),
                ("江北县“十四五”交通运输发展规划", Some(2021), Some(2021)),
                ("江北市城市更新五年规划（2021-2025年）", None, Some(2021)),
            ],
            &[],
        );
        let clock = Clock::of(Some(2022));
        for (text, want) in [
            ("第一章 发展基础", Some(((2016, 2020), Actual))),
            ("第二章 指导思想和目标", Some(((2021, 2025), Target))),
            ("第一节 “十三五”发展成就", Some(((2016, 2020), Actual))),
            ("专栏1 主要指标", None),
            ("第三篇 重点任务", Some(((2021, 2025), Target))),
        ] {
            let got = heading(text, &clock).and_then(|c| Some((c.period?.year_span()?, c.status?)));
            assert_eq!(got, want, "{text}");
        }
    }
}
