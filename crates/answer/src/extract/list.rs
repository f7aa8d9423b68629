//! Lists: the enumeration that answers, item by item.

use std::ops::Range;

use super::edges::{trim_end, trim_start};
use super::{Span, aligned, clauses, share};
use crate::evidence::{Probe, Scored};
use crate::grams::is_han;
use crate::view::SentenceView;

/// The enumeration that answers: items joined by 、 and a last 和 or 及, without the words around them.
pub(crate) fn list(probe: &Probe, scored: &Scored) -> Option<(Span, Vec<Range<usize>>)> {
    let view = &scored.passage.sentences[scored.sentence];
    let chars = &view.chars;
    let held = aligned(&probe.question_chars, chars);
    let class: String = probe.head.iter().flatten().collect();
    let mut best: Option<(Span, Vec<Range<usize>>)> = [quoted_list(probe, view), alike(probe, view)]
        .into_iter()
        .flatten()
        .max_by(|a, b| a.0.score.total_cmp(&b.0.score));
    for clause in clauses(chars) {
        let Some(items) = items(chars, clause.clone()) else { continue };
        let (first, last) = (items[0].start, items[items.len() - 1].end);
        let outside = clause.clone().filter(|i| held[*i] && !(first..last).contains(i)).count() as f32;
        let mut score = share(probe, view, &clause) * 4.0 + outside * 0.1;
        if let Some(count) = probe.count {
            score -= (count as f32 - items.len() as f32).abs().min(4.0) * 0.5;
        }
        score += (items.len() as f32).min(6.0) * 0.1;
        // "…等未来产业": the class that is asked for stands right behind the items.
        let behind: String = chars[last..clause.end].iter().take(12).collect();
        let named = !class.is_empty() && behind.contains(&class);
        if named {
            score += 1.0;
        }
        // "…三个一号旅游公路": what stands behind the items counts them, in words of the question.
        if summed_up(chars, last.saturating_sub(2)..clause.end.min(last + 4), items.len()) == last {
            let of_class = class.is_empty() || named;
            let shared = (last..clause.end.min(last + 10)).filter(|i| held[*i]).count().min(4) as f32;
            score += if of_class { 0.5 + shared * 0.25 } else { -0.5 };
        }
        // Names are asked for, and these are numbers.
        let counted = items.iter().filter(|r| chars[(*r).clone()].iter().any(char::is_ascii_digit)).count();
        if probe.cell.units.is_empty() && counted * 2 > items.len() {
            score -= 1.0;
        }
        // Items of the class: 太原、晋中 where towns are asked for.
        if !class.is_empty() {
            let class: Vec<char> = class.chars().collect();
            let of_class = items.iter().filter(|r| chars[(*r).clone()].ends_with(&class)).count() as f32;
            score += 1.5 * of_class / items.len() as f32;
        }
        // Items that the question names itself are not what it asks for.
        let known = (first..last).filter(|i| held[*i]).count() as f32 / (last - first).max(1) as f32;
        score -= known;
        // A list that says what it lists is one, however long.
        let form = length_form(probe, &items).max(if named && probe.count.is_none() { 0.9 } else { 0.0 });
        let span = Span { range: first..last, score, form };
        if best.as_ref().is_none_or(|(b, _)| span.score > b.score) {
            best = Some((span, items));
        }
    }
    // "除了燃气还有什么": what the question names is no part of the answer.
    if probe.question_chars.contains(&'除')
        && let Some((_, items)) = &mut best
    {
        let said = |r: &Range<usize>| r.clone().filter(|i| held[*i]).count() * 2 > r.len();
        let rest: Vec<Range<usize>> = items.iter().filter(|r| !said(r)).cloned().collect();
        if !rest.is_empty() {
            *items = rest;
        }
    }
    best
}

/// How far a list has the length that was asked for; half, where none was.
fn length_form(probe: &Probe, items: &[Range<usize>]) -> f32 {
    probe.count.map_or(0.5, |count| if count == items.len() { 1.0 } else { 0.0 })
}

/// A list inside quotation marks, as slogans of sixteen characters are: its parts between the commas.
fn quoted_list(probe: &Probe, view: &SentenceView) -> Option<(Span, Vec<Range<usize>>)> {
    let chars = &view.chars;
    let open = chars.iter().position(|c| *c == '“')?;
    let close = open + chars[open..].iter().position(|c| *c == '”')?;
    let mut items = Vec::new();
    let mut start = open + 1;
    for (at, c) in chars.iter().enumerate().take(close + 1).skip(open + 1) {
        if at == close || matches!(c, '，' | '、' | '；' | ',') {
            if at > start {
                items.push(start..at);
            }
            start = at + 1;
        }
    }
    // Two commas at least: "“放管服”" is a name, not a list.
    if items.len() < 3 {
        return None;
    }
    let around = open.saturating_sub(16)..(close + 16).min(chars.len());
    let score = share(probe, view, &around) * 4.0 + 1.0;
    let form = length_form(probe, &items);
    Some((Span { range: open + 1..close, score, form }, items))
}

/// The items of a clause's enumeration, or `None` where it has none.
fn items(chars: &[char], clause: Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut depth = 0_i32;
    let mut cuts = Vec::new();
    for i in clause.clone() {
        // “甲”“乙”: names in marks stand side by side.
        if i > clause.start && matches!((chars[i - 1], chars[i]), ('”', '“') | ('》', '《')) {
            cuts.push((i, i));
        }
        match chars[i] {
            '“' | '《' | '（' | '(' => depth += 1,
            '”' | '》' | '）' | ')' => depth -= 1,
            '、' => cuts.push((i, i + 1)),
            '—' | '-'
                if depth > 0
                    && chars.get(i + 1).is_some_and(|c| is_han(*c))
                    && i > clause.start
                    && is_han(chars[i - 1]) =>
            {
                cuts.push((i, i + 1));
            }
            _ => {}
        }
    }
    // A 和 behind the last mark joins the last two; alone, it joins two where the words around it look alike.
    let from = cuts.last().map_or(clause.start, |c| c.1);
    if let Some(i) =
        (from..clause.end).find(|i| matches!(chars[*i], '和' | '及' | '与') && *i > from && *i + 1 < clause.end)
        && !(chars[i] == '和' && chars.get(i + 1).is_some_and(|c| matches!(c, '平' | '谐' | '美')))
    {
        cuts.push((i, i + 1));
    }
    if cuts.is_empty() {
        return None;
    }
    cuts.sort_unstable();
    let mut out = Vec::new();
    let mut start = clause.start;
    for (a, b) in cuts.iter().copied().chain([(clause.end, clause.end)]) {
        if a > start {
            out.push(start..a);
        }
        start = b;
    }
    if out.len() < 2 {
        return None;
    }
    let first = out[0].clone();
    out[0] = trim_start(chars, first);
    // 成功应对“甲”“乙”: where all others stand in marks, so does the first.
    if out[1..].iter().all(|r| matches!(chars[r.start], '“' | '《'))
        && let Some(mark) = chars[out[0].clone()].iter().position(|c| matches!(c, '“' | '《'))
    {
        out[0].start += mark;
    }
    let n = out.len() - 1;
    let last = out[n].clone();
    // "…、未来产业" behind 等 is the class, not an item.
    let end = chars[last.clone()].iter().position(|c| *c == '等').map_or(last.end, |p| last.start + p);
    let end = end.min(summed_up(chars, last.start..end, n + 1));
    out[n] = trim_end(chars, last.start..end.max(last.start + 1));
    even_out(chars, &mut out);
    Some(out)
}

/// Cuts off the first and the last item what the others show not to be theirs: 两岸直接通邮、通航、通商 has three of two
/// characters, 所有权、资格权、使用权分置改革 three that end in 权.
fn even_out(chars: &[char], items: &mut [Range<usize>]) {
    let [first, middle @ .., last] = items else { return };
    if middle.is_empty() {
        return;
    }
    let ending = chars[first.end - 1];
    if middle.iter().all(|r| chars[r.end - 1] == ending)
        && let Some(at) = (last.start + 1..last.end).find(|at| chars[*at] == ending)
    {
        last.end = at + 1;
    }
    let length = last.len();
    if (2..=8).contains(&length) && middle.iter().all(|r| r.len() == length) && first.len() > length {
        first.start = first.end - length;
    }
}

/// Items that no mark joins: clauses alike in their beginning or their length (不准她露面，不准她批文件，不准她组阁), or parts of a
/// clause that begin alike (保就业保民生保市场主体); where as many are asked for, the last so many clauses.
fn alike(probe: &Probe, view: &SentenceView) -> Option<(Span, Vec<Range<usize>>)> {
    let chars = &view.chars;
    let clauses: Vec<Range<usize>> = clauses(chars).filter(|clause| !clause.is_empty()).collect();
    let fits = |n: usize| n >= 3 && probe.count.is_none_or(|count| count == n);
    let span = |items: Vec<Range<usize>>, bonus: f32| {
        let range = items.first()?.start..items.last()?.end;
        // What introduces the items stands in the clause before them.
        let lead = clauses.iter().rev().find(|c| c.end < range.start).map_or(range.start, |c| c.start);
        let score = share(probe, view, &(lead..range.end)) * 4.0 + bonus;
        let form = length_form(probe, &items);
        Some((Span { range, score, form }, items))
    };
    if probe.count.is_some()
        && let Some(parts) = clauses.iter().find_map(|c| repeated(chars, c).filter(|parts| fits(parts.len())))
    {
        return span(parts, 0.6);
    }
    let same = |a: &Range<usize>, b: &Range<usize>| {
        chars[a.clone()].get(..2).is_some_and(|head| chars[b.clone()].starts_with(head))
            || (4..=8).contains(&a.len()) && a.len() == b.len()
    };
    let run = clauses.chunk_by(same).find(|run| fits(run.len()));
    if let Some(run) = run {
        return span(run.to_vec(), 0.3);
    }
    let count = probe.count.filter(|n| *n >= 3 && clauses.len() >= *n && clauses.len() <= n + 2)?;
    let last = clauses[clauses.len() - count..].to_vec();
    span(last.into_iter().map(|c| trim_start(chars, c)).collect(), -0.6)
}

/// Parts of a clause that begin with the same character, three to seven characters apart.
fn repeated(chars: &[char], clause: &Range<usize>) -> Option<Vec<Range<usize>>> {
    // What has marks is no such list.
    if chars[clause.clone()].iter().any(|c| matches!(c, '、' | '“' | '”' | '《' | '》')) {
        return None;
    }
    const APART: std::ops::RangeInclusive<usize> = 3..=7;
    clause.clone().find_map(|first| {
        if !is_han(chars[first]) {
            return None;
        }
        let mut starts: Vec<usize> = vec![first];
        starts.extend((first + 1..clause.end).filter(|at| chars[*at] == chars[first]));
        let ends = starts.iter().skip(1).copied().chain([clause.end]);
        let parts: Vec<Range<usize>> = starts.iter().zip(ends).map(|(a, b)| *a..b).collect();
        (parts.len() >= 3 && parts.iter().all(|p| APART.contains(&p.len()))).then_some(parts)
    })
}

/// Where the last item ends if what follows it counts them all: 预期转弱三重压力, 姚文元“四人帮”.
fn summed_up(chars: &[char], last: Range<usize>, count: usize) -> usize {
    let numeral = "零一二三四五六七八九十".chars().nth(count).filter(|_| count <= 10);
    let says = |c: char| Some(c) == numeral || count == 2 && c == '两' || c.to_digit(10) == Some(count as u32);
    (last.start + 2..last.end)
        .find(|&at| {
            let at_mark = chars[at] == '“' && chars.get(at + 1).is_some_and(|c| says(*c));
            let before_counter =
                chars.get(at + 1).is_some_and(|c| "大个项重类种家座条所位者方面省市县地人".contains(*c));
            at_mark || says(chars[at]) && before_counter && !chars[at - 1].is_ascii_digit() && chars[at - 1] != '第'
        })
        .unwrap_or(last.end)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{chars, words};
    use super::*;

    #[test]
    fn an_enumeration_is_taken_item_by_item() {
        for (text, expected) in [
            (
                "布局发展高速飞车、绿色氢能、量子信息、前沿材料等未来产业",
                vec!["高速飞车", "绿色氢能", "量子信息", "前沿材料"],
            ),
            ("设立北京证券交易所和广州期货交易所", vec!["北京证券交易所", "广州期货交易所"]),
            ("面临需求收缩、供给冲击、预期转弱三重压力", vec!["需求收缩", "供给冲击", "预期转弱"]),
            ("探索宅基地所有权、资格权、使用权分置改革", vec!["所有权", "资格权", "使用权"]),
            ("早日实现两岸直接通邮、通航、通商", vec!["通邮", "通航", "通商"]),
            ("成功应对“甲”“乙”等台风侵袭", vec!["“甲”", "“乙”"]),
            ("张三、李四、王五、赵六“四人帮”", vec!["张三", "李四", "王五", "赵六"]),
        ] {
            let letters = chars(text);
            let items = items(&letters, 0..letters.len()).expect("an enumeration");
            assert_eq!(words(text, &items), expected);
        }
        let bare = chars("特别是保就业保民生保市场主体");
        let parts = repeated(&bare, &(0..bare.len())).expect("parts that begin alike");
        assert_eq!(words("特别是保就业保民生保市场主体", &parts), ["保就业", "保民生", "保市场主体"]);
        let plain = chars("没有列举的句子");
        assert_eq!(items(&plain, 0..plain.len()), None);
    }
}
