//! 统计公报: tells what one year came to, and comes out in the next. A communiqué of 2025 counts from 2025: its 上年 is 2024,
//! and nothing that it says of 2025 is a plan.

use super::{Clock, Kind};
use crate::context::Context;
use crate::model::{DocumentKind, Period, Status};

pub(super) static KIND: Kind = Kind {
    id: DocumentKind::Communique,
    titles: &[
        &["统计公报"],
        &["经济和社会发展", "公报"],
        &["普查", "公报"],
        &["调查公报"],
        &["状况公报"],
        &["资源公报"],
        &["质量公报"],
        &["年经济运行情况"],
        &["年全市经济"],
        &["年全州经济"],
        &["年全县经济"],
        &["年全区经济"],
        &["年全省经济"],
    ],
    clock: |years, date| {
        let year = years.last().copied().or(date.map(|d| d - 1));
        Clock { year, present: year.map(|y| y + 1), plans: false }
    },
    whole: |clock| Context { period: clock.year.map(Period::year), status: Some(Status::Actual) },
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
                ("江北市2025年国民经济和社会发展统计公报", Some(2026), Some(2025)),
                ("2025年江北市国民经济和社会发展统计公报[1]", None, Some(2025)),
                ("江北州国民经济和社会发展统计公报", Some(2026), Some(2025)),
                ("江北市2025年国民经济与社会发展统计公报", None, Some(2025)),
                ("2025年全市经济总量实现新突破 高质量发展取得新成效", Some(2026), Some(2025)),
            ],
            &[("一、综合", None), ("二、农业", None), ("主要任务", None), ("三、工业和建筑业", None), ("注释", None)],
        );
        let clock = (KIND.clock)(&[2025], Some(2026));
        let whole = (KIND.whole)(&clock);
        assert_eq!((whole.period, whole.status), (Some(Period::year(2025)), Some(Status::Actual)));
        assert_eq!(clock.present, Some(2026));
    }
}
