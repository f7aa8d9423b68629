//! 指南, 问答, 攻略: how something is done, as questions and answers or as steps. Like a measure, it plans nothing.

use super::{Kind, in_force};
use crate::context::Context;
use crate::model::DocumentKind;

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::Guide,
    titles: &[
        &["指南"],
        &["问答"],
        &["常见问题"],
        &["攻略"],
        &["指引"],
        &["详解"],
        &["问", "热点"],
        &["简介"],
        &["须知"],
        &["怎么"],
        &["如何"],
        &["政策清单"],
        &["解读"],
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
                ("江北市失业保险常见问题解答（2025年11月版）", Some(2025), Some(2025)),
                ("学历型人才引进入户申报指南", Some(2026), Some(2026)),
                ("2025年度积分制入户工作热点13问", Some(2025), Some(2025)),
                ("怎么申领江北市社会保障卡？", Some(2026), Some(2026)),
                ("2026年江北区积分制入学学位申请指引", None, Some(2026)),
            ],
            &[
                ("一、申请条件", None),
                ("1.什么人可以申请？", None),
                ("办理流程", None),
                ("问：怎么办？", None),
                ("目标人群", None),
            ],
        );
    }
}
