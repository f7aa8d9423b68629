//! 办法, 细则, 通知, 条例: what holds from a day on. Its sentences are neither results nor plans; its dates stand in the head.

use super::{Kind, in_force};
use crate::context::Context;
use crate::model::DocumentKind;

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::Measure,
    titles: &[
        &["办法"],
        &["细则"],
        &["条例"],
        &["规定"],
        &["的通知"],
        &["的通告"],
        &["的公告"],
        &["的意见"],
        &["的决定"],
        &["的批复"],
        &["实施方案"],
        &["工作方案"],
        &["行动方案"],
        &["若干措施"],
    ],
    clock: in_force,
    whole: |_| Context::default(),
    heading: |_, _| None,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::examples::check;

    #[test]
    fn examples() {
        check(
            &KIND,
            &[
                ("江北市人民政府办公厅关于印发江北市积分制入户管理办法的通知", Some(2025), Some(2025)),
                ("江北市老年人优待办法", Some(2021), Some(2021)),
                ("江北市民政局关于印发我市2025年最低生活保障标准的通知", Some(2025), Some(2025)),
                ("江北市养老服务条例", None, None),
                ("江北市医保中心关于开展2026年度集中参保缴费工作的通告", Some(2025), Some(2025)),
            ],
            &[
                ("第一章 总则", None),
                ("第二章 申请", None),
                ("第五章 目标任务", None),
                ("附则", None),
                ("一、工作安排", None),
            ],
        );
    }
}
