//! Short names as reports write them out: the reader learned from reports, which say 生产总值 where people say GDP.

use std::borrow::Cow;

/// Short name, and the words that every report has for it.
const NAMES: &[(&str, &str)] = &[
    ("GDP", "生产总值"),
    ("gdp", "生产总值"),
    ("CPI", "居民消费价格"),
    ("PPI", "工业生产者出厂价格"),
    ("R&D", "研发"),
    ("社零", "社会消费品零售"),
    ("规上", "规模以上"),
    ("固投", "固定资产投资"),
    ("新农合", "新型农村合作医疗"),
];

/// A Chinese question with its short names written out.
pub fn spelled_out(question: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(question);
    for (short, long) in NAMES {
        if out.contains(short) && !out.contains(long) {
            out = Cow::Owned(out.replace(short, long));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::spelled_out;

    #[test]
    fn short_names_are_written_out_once() {
        assert_eq!(spelled_out("2024年陕西的GDP增速是多少"), "2024年陕西的生产总值增速是多少");
        assert_eq!(spelled_out("地区生产总值(GDP)多少"), "地区生产总值(GDP)多少");
        assert_eq!(spelled_out("粮食产量"), "粮食产量");
    }
}
