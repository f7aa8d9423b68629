//! What stands on a page and is no part of the report: notes of collecting sites, licence boxes, page numbers, running
//! heads and feet.

/// Lines that a collecting site or an editor puts in, by what they hold (all words of one row).
const NOTES: &[&[&str]] = &[
    &["本文内容来自网络"],
    &["搜集整理", "异议"],
    &["转载", "版权"],
    &["扫一扫", "二维码"],
    &["责任编辑："],
    &["打印本页", "关闭窗口"],
    &["您当前的位置"],
    &["浏览次数"],
    &["当前位置", "首页"],
    &["当前位置", ">"],
    &["网站标识码"],
    &["ICP备"],
    &["分享到"],
    &["上一篇"],
    &["下一篇"],
];

/// Words of the buttons around an article; a line of nothing else is a toolbar's.
const BUTTONS: &[&str] = &[
    "视力保护色",
    "语音播报",
    "我要纠错",
    "返回顶部",
    "打印本页",
    "关闭窗口",
    "下载",
    "打印",
    "全屏",
    "收藏",
    "分享",
    "微信",
    "微博",
    "复制",
    "字体",
    "字号",
    "加大",
    "还原",
    "减小",
    "缩小",
    "放大",
    "默认",
    "关闭",
    "朗读",
    "繁体",
    "简体",
    "首页",
    "大",
    "中",
    "小",
];
/// Toolbars stand within so many lines of the beginning or the end.
const EDGE: usize = 40;

/// Whether a line is nothing but buttons: 下载, 【字号：, 大 中 小.
fn is_toolbar(line: &str) -> bool {
    let mut rest = line;
    let mut words = 0;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "【】[]（）()：:|｜/、>·+-".contains(c));
        if rest.is_empty() {
            return words > 0 || line.chars().all(|c| "【】[]｜|".contains(c));
        }
        let Some(word) = BUTTONS.iter().find(|w| rest.starts_with(**w)) else { return false };
        words += 1;
        rest = &rest[word.len()..];
    }
}

/// Where the licence box of a collecting site begins; all after it belongs to it when it stands near the end.
const LICENCE: &[&str] = &["本作品是中华人民共和国的", "本作品在中华人民共和国", "Public domain"];

/// Longest line that may be furniture, in characters.
const LONGEST: usize = 80;

/// Takes the furniture out of `lines`; `text` and `start` give a line's words and its offset in the extracted text.
pub(crate) fn drop_lines<L>(
    lines: &mut Vec<L>,
    page_starts: &[usize],
    text: impl Fn(&L) -> String,
    start: impl Fn(&L) -> usize,
) {
    if let Some(end) = lines.iter().rposition(|l| LICENCE[..2].iter().any(|w| text(l).starts_with(w)))
        && end * 10 > lines.len() * 7
    {
        lines.truncate(end);
    }
    let running = running_heads(lines, page_starts, &text, &start);
    let count = lines.len();
    let mut at = 0;
    lines.retain(|l| {
        let words = text(l);
        at += 1;
        let edge = at <= EDGE || at + EDGE > count;
        let short = words.chars().count() <= LONGEST;
        // The line that holds a table's place has no words.
        words.trim().is_empty()
            || !(short
                && (NOTES.iter().any(|note| note.iter().all(|w| words.contains(w)))
                    || is_page_number(&words)
                    || is_jump(&words)
                    || edge && is_toolbar(&words)
                    || running.contains(&without_digits(&words))))
    });
}

/// "- 3 -", "— 12 —", "第3页", "第 3 页 共 20 页", "3/20"; a bare number only between dashes.
pub(crate) fn is_page_number(line: &str) -> bool {
    let squeezed: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(first) = squeezed.chars().next() else {
        return false;
    };
    let digits = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_digit());
    let dash = |c: char| matches!(c, '-' | '—' | '–' | '－' | '·' | '―');
    if dash(first) {
        let inner = squeezed.trim_matches(dash);
        return inner.chars().count() <= 4 && digits(inner) && squeezed.chars().last().is_some_and(dash);
    }
    if let Some(rest) = squeezed.strip_prefix('第') {
        let Some((page, rest)) = rest.split_once('页') else {
            return false;
        };
        let rest = rest.trim_matches(|c: char| matches!(c, '共' | '页' | '/' | '，' | '（' | '）'));
        return digits(page) && (rest.is_empty() || digits(rest));
    }
    false
}

/// "(下转04版)", "（上接第一版）": where a newspaper goes on.
fn is_jump(line: &str) -> bool {
    let inner = line.trim_matches(|c: char| matches!(c, '(' | ')' | '（' | '）') || c.is_whitespace());
    (inner.starts_with("下转") || inner.starts_with("上接")) && inner.ends_with('版') && inner.chars().count() <= 8
}

/// First and last lines of pages that come back on most pages, digits aside.
fn running_heads<L>(
    lines: &[L],
    page_starts: &[usize],
    text: &impl Fn(&L) -> String,
    start: &impl Fn(&L) -> usize,
) -> Vec<String> {
    if page_starts.len() < 3 {
        return Vec::new();
    }
    let mut seen: Vec<(String, usize)> = Vec::new();
    for (i, &from) in page_starts.iter().enumerate() {
        let to = page_starts.get(i + 1).copied().unwrap_or(usize::MAX);
        let first = lines.partition_point(|l| start(l) < from);
        let last = lines.partition_point(|l| start(l) < to);
        let page = &lines[first..last];
        let mut edges: Vec<String> = page
            .iter()
            .take(2)
            .chain(page.iter().rev().take(2))
            .map(&text)
            .filter(|t| !t.trim().is_empty())
            .map(|t| without_digits(&t))
            .collect();
        edges.sort();
        edges.dedup();
        for edge in edges {
            match seen.iter_mut().find(|(words, _)| *words == edge) {
                Some((_, n)) => *n += 1,
                None => seen.push((edge, 1)),
            }
        }
    }
    seen.into_iter()
        .filter(|(words, n)| n * 2 > page_starts.len() && words.chars().count() <= 40)
        .map(|(words, _)| words)
        .collect()
}

fn without_digits(words: &str) -> String {
    words.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_told_from_text() {
        for line in ["- 3 -", "—12—", "第3页", "第 3 页 共 20 页", "－ 7 －"] {
            assert!(is_page_number(line), "{line}");
        }
        for line in ["——经济发展", "12", "第3页的内容", "-5%", "第一部分"] {
            assert!(!is_page_number(line), "{line}");
        }
    }

    #[test]
    fn lines_of_buttons_are_told_from_text() {
        for line in ["下载", "【字号：", "】", "大 中 小", "分享 | 打印 | 收藏", "【字体：大 中 小】"]
        {
            assert!(is_toolbar(line), "{line}");
        }
        for line in ["下载专区", "大力发展", "中小企业", "打印机产业", "——"] {
            assert!(!is_toolbar(line), "{line}");
        }
    }

    #[test]
    fn notes_and_licence_boxes_go() {
        let mut lines: Vec<String> = (0..10).map(|i| format!("第{i}句正文内容。")).collect();
        lines.insert(3, "本文内容来自网络，由某某搜集整理！".to_owned());
        lines.push("本作品是中华人民共和国的".to_owned());
        lines.push("法律".to_owned());
        drop_lines(&mut lines, &[], |l| l.clone(), |_| 0);
        assert_eq!(lines.len(), 10, "{lines:?}");
    }

    #[test]
    fn tables_that_every_page_begins_with_stay() {
        // Each page: a table's line, a number of the page.
        let mut lines: Vec<(usize, &str)> = (0..8).flat_map(|i| [(i * 10, "\t"), (i * 10 + 5, "12")]).collect();
        let pages: Vec<usize> = (0..8).map(|i| i * 10).collect();
        drop_lines(&mut lines, &pages, |l| l.1.to_owned(), |l| l.0);
        assert_eq!(lines.iter().map(|l| l.1).collect::<String>(), "\t".repeat(8));
    }
}
