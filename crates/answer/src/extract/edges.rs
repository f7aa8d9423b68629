//! Where an item of a list may begin and end in a sentence.

use std::ops::Range;

/// Verbs and particles of reports: where they stand, an item begins or ends. Longer words first where one begins another.
#[rustfmt::skip]
const EDGES: &[&str] = &[
    "挂牌成立", "促进", "坚持", "坚决", "加强", "扩大", "改善", "维护", "鼓励", "引导", "完善", "健全", "落实", "优化", "调整", "开征", "收复",
    "防范", "化解", "带动", "拉动", "积极", "大力", "着力", "切实", "稳步", "有序", "作为", "筹办", "我们", "我国", "我省", "我市", "我区",
    "开工建设", "启动建设", "规划建设", "建成投用", "建成通车", "投入运营", "开放运营", "成功举办", "大力推动", "积极推动", "加快推动", "加快建设",
    "前瞻布局", "布局发展", "入选", "获批", "获评", "荣获", "成为", "授予", "评为", "列为", "纳入", "推动", "推进", "支持", "打造", "建设",
    "开展", "实施", "启动", "设立", "成立", "组建", "创建", "推广", "举办", "承办", "办好", "抓好", "布局", "培育", "加快", "深化", "聚焦",
    "包括", "其中", "以及", "特别是", "尤其是", "继续", "努力", "加入", "力争", "争取", "确保", "完成", "新增", "新建", "建成", "开工", "主持",
    "落户", "恢复", "升级", "签署", "征收", "结束", "查处", "处置", "协助", "参加", "作出", "提出", "发布", "印发", "出台", "实现", "融入",
    "联合", "重组", "年内", "今年", "去年", "首次", "再次", "严厉", "果断", "认真", "针对", "通过", "按照", "围绕", "借助", "将", "把", "由",
    "在", "对", "向", "为", "以", "与", "和", "及", "至", "是", "有", "被", "从", "到", "等", "的", "了", "使", "让", "用", "并", "也",
];

fn starts_with(chars: &[char], word: &str) -> bool {
    word.chars().enumerate().all(|(i, c)| chars.get(i) == Some(&c))
}

fn ends_with(chars: &[char], word: &str) -> bool {
    let n = word.chars().count();
    n <= chars.len() && word.chars().eq(chars[chars.len() - n..].iter().copied())
}

/// Cuts marks, verbs and particles off the beginning.
pub(super) fn trim_start(chars: &[char], mut range: Range<usize>) -> Range<usize> {
    loop {
        let before = range.start;
        while range.start < range.end
            && !chars[range.start].is_alphanumeric()
            && !matches!(chars[range.start], '“' | '《')
        {
            range.start += 1;
        }
        if let Some(word) = EDGES.iter().find(|w| starts_with(&chars[range.clone()], w))
            && range.len() > word.chars().count() + 1
        {
            range.start += word.chars().count();
        }
        if range.start == before {
            return range;
        }
    }
}

/// Cuts marks, verbs and particles off the end.
pub(super) fn trim_end(chars: &[char], mut range: Range<usize>) -> Range<usize> {
    loop {
        let before = range.end;
        while range.start < range.end
            && !chars[range.end - 1].is_alphanumeric()
            && !matches!(chars[range.end - 1], '”' | '》')
        {
            range.end -= 1;
        }
        if let Some(word) = EDGES.iter().find(|w| ends_with(&chars[range.clone()], w))
            && range.len() > word.chars().count() + 1
        {
            range.end -= word.chars().count();
        }
        if range.end == before {
            return range;
        }
    }
}
