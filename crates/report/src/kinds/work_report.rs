//! 政府工作报告: given early in its year; reviews the year before (or five) and plans its own.

use super::{Clock, Kind};
use crate::context::{Context, of_heading};
use crate::model::DocumentKind;

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::WorkReport,
    titles: &[&["政府工作报告"], &["人民政府工作报告"], &["政府工作的报告"]],
    clock: |years, date| Clock::of(years.first().copied().or(date)),
    whole: |_| Context::default(),
    heading: |text, clock| of_heading(text, clock),
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
                ("2025年江北市政府工作报告", None, Some(2025)),
                ("政府工作报告", Some(2024), Some(2024)),
                ("2026年岳阳市政府工作报告（摘要）", Some(2026), Some(2026)),
                ("在江北区人民政府工作报告", None, None),
                ("二〇二五年某县政府工作报告", None, Some(2025)),
            ],
            &[
                ("一、2024年工作回顾", Some(((2024, 2024), Actual))),
                ("二、2025年工作安排", Some(((2025, 2025), Target))),
                ("一、过去五年工作回顾", Some(((2020, 2024), Actual))),
                ("2025年主要目标", Some(((2025, 2025), Target))),
                ("三、提升治理效能", None),
            ],
        );
    }
}
