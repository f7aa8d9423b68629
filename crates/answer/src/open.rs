//! Open questions (which measures, what problems, how, why): the answer is made of the report's own sentences, whole and in its
//! order, each cited, without repeats.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::Error;
use crate::evidence::{Probe, Scored, SentenceFeature};
use crate::view::{View, keys};

/// Sentences that an answer has at most, and items of a numbered list.
const MAX_LINES: usize = 12;
const MAX_ITEMS: usize = 24;
/// How far below the best sentence one of another passage may score and still belong.
pub(crate) const REACH: f32 = 1.0;
/// Share of units above which a sentence repeats another.
const REPEAT: f32 = 0.6;
/// Characters of a sentence that the short answer takes.
pub(crate) const SHORT: usize = 60;
/// A sentence of fewer letters is a heading that runs into the text: it names the topic and says nothing of it.
const HEADING: usize = 9;
/// Passages that are looked at before and behind the best one.
const AROUND: u32 = 8;
/// A section or a list of fewer telling sentences is none.
const FEWEST: usize = 2;
/// Sentences before the best one that an answer takes of a long paragraph.
const BEFORE: usize = 2;
/// Share of the topic that a heading must hold for its section to be what is asked for.
const TITLED: f32 = 0.6;

/// A sentence by the row of its passage and its number there.
type Key = (u32, usize);

/// The sentences of an answer, as indices into the ranked ones, in the order in which the reports have them. The best
/// sentence, `first`, leads to them: where its heading names the topic, its section answers; where a list follows it, the list; else
/// its paragraph, and what is nearly as good elsewhere in the same report. Sentences that were not ranked are added there.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn sentences(
    view: &View,
    probe: &Probe,
    ranked: &mut Vec<Scored>,
    first: usize,
    fitting: impl Fn(&Scored) -> bool,
) -> Result<Vec<usize>, Error> {
    // A heading that names the topic says best where it is spoken of.
    let floor = ranked[first].score - REACH;
    let headed = |s: &Scored| s.features[SentenceFeature::TopicInHeading] >= TITLED && s.score >= floor && fitting(s);
    let first = if headed(&ranked[first]) { first } else { ranked.iter().position(headed).unwrap_or(first) };
    let best = ranked[first].clone();
    let mut keys = section(view, probe, &best)?;
    let mut most = MAX_LINES;
    if keys.is_empty() {
        keys = list(view, &best)?;
        most = MAX_ITEMS;
    }
    let mut telling = 0;
    for key in &keys {
        telling += usize::from(says_something(view.passage(key.0)?.sentence_text(key.1)));
    }
    if telling < FEWEST {
        keys.clear();
    }
    let mut places: HashMap<Key, usize> = ranked.iter().enumerate().map(|(at, s)| (s.key(), at)).collect();
    if keys.is_empty() {
        keys = paragraph(view, &best)?;
        most = MAX_LINES;
    }
    let mut chosen: Vec<usize> = Vec::new();
    for key in keys {
        let at = match places.get(&key) {
            Some(at) => *at,
            None => {
                let passage = view.passage(key.0)?;
                let score = ranked.last().map_or(0.0, |last| last.score);
                ranked.push(Scored { passage, sentence: key.1, score, ..best.clone() });
                places.insert(key, ranked.len() - 1);
                ranked.len() - 1
            }
        };
        if chosen.len() < most && says_something(text_of(&ranked[at])) {
            chosen.push(at);
        }
    }
    let floor = best.score - REACH;
    for at in 0..ranked.len() {
        let scored = &ranked[at];
        if chosen.len() >= most.min(MAX_LINES) || scored.score < floor {
            break;
        }
        let same = scored.passage.record.document.id == best.passage.record.document.id;
        let relevant = scored.features[SentenceFeature::TopicInSentence] >= 0.5
            || scored.features[SentenceFeature::TopicInHeading] >= TITLED;
        let repeats = |other: &usize| overlap(scored, &ranked[*other]) > REPEAT;
        if same && relevant && fitting(scored) && says_something(text_of(scored)) && !chosen.iter().any(repeats) {
            chosen.push(at);
        }
    }
    if chosen.is_empty() {
        chosen.push(first);
    }
    chosen.sort_by_key(|at| ranked[*at].key());
    Ok(chosen)
}

fn text_of(scored: &Scored) -> &str {
    scored.passage.sentence_text(scored.sentence)
}

/// Whether a sentence is more than a heading or the announcement of a list.
fn says_something(sentence: &str) -> bool {
    let sentence = sentence.trim_end();
    sentence.chars().filter(|c| c.is_alphanumeric()).count() >= HEADING && !sentence.ends_with(['：', ':'])
}

/// The sentences under the heading of the best one, where that heading names the topic.
fn section(view: &View, probe: &Probe, best: &Scored) -> Result<Vec<Key>, Error> {
    let path = &best.passage.record.passage.section;
    let names = |heading: &String| {
        let keys = keys(heading);
        probe.topic.coverage(|k| keys.contains(&k)) >= TITLED
    };
    let Some(depth) = path.iter().rposition(names) else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for row in around(best) {
        let passage = view.passage(row)?;
        let section = &passage.record.passage.section;
        if section.len() > depth && section[..=depth] == path[..=depth] {
            out.extend((0..passage.sentences.len()).map(|sentence| (row, sentence)));
        }
    }
    Ok(out)
}

/// The sentences of the paragraph that the best one stands in, across passages of its section; of a long one those from a little
/// before the best on. In the source nothing stands between two sentences of a paragraph.
fn paragraph(view: &View, best: &Scored) -> Result<Vec<Key>, Error> {
    let mut run: Vec<Key> = Vec::new();
    let mut end = None;
    for row in around(best) {
        let passage = view.passage(row)?;
        let record = &passage.record.passage;
        let mut last = end.filter(|_| record.section == best.passage.record.passage.section);
        for (sentence, s) in passage.sentences.iter().enumerate() {
            let joined =
                if sentence == 0 { last == Some(record.source_range.start) } else { last == Some(s.range.start) };
            if !joined {
                if run.contains(&best.key()) {
                    break;
                }
                run.clear();
            }
            run.push((row, sentence));
            last = Some(s.range.end);
        }
        if run.contains(&best.key()) && run.last() != Some(&(row, passage.sentences.len().saturating_sub(1))) {
            break;
        }
        end = Some(record.source_range.end);
    }
    let at = run.iter().position(|key| *key == best.key()).unwrap_or(0);
    let from = if run.len() > MAX_LINES { at.saturating_sub(BEFORE) } else { 0 };
    Ok(run[from..].iter().take(MAX_LINES).copied().collect())
}

/// Rows of the passages of the report that stand around the best sentence.
fn around(best: &Scored) -> Range<u32> {
    let (row, all) = (best.passage.record.row, best.passage.record.document.rows());
    row.saturating_sub(AROUND).max(all.start)..(row + AROUND + 1).min(all.end)
}

/// The first sentences under marked headings that follow the best sentence at once: items that have a heading each.
fn headings(view: &View, best: &Scored) -> Result<Vec<Key>, Error> {
    let (row, end) = (best.passage.record.row, best.passage.record.document.rows().end);
    let mut out: Vec<Key> = Vec::new();
    let mut last: Option<Vec<String>> = None;
    for row in row..end.min(row + 6 * AROUND) {
        let passage = view.passage(row)?;
        let section = &passage.record.passage.section;
        let marked = section.last().is_some_and(|heading| marker(heading).is_some());
        let level = last.as_ref().is_none_or(|last| last.len() == section.len());
        if marked && level && *section != best.passage.record.passage.section {
            if last.as_ref() != Some(section) {
                out.push((row, 0));
                last = Some(section.clone());
            }
        } else if last.is_some() || row > best.passage.record.row + 1 {
            break;
        }
    }
    Ok(out)
}

/// The marked sentences behind the best one, or around it where it is one of them; across passages of the section.
fn list(view: &View, best: &Scored) -> Result<Vec<Key>, Error> {
    let headed = headings(view, best)?;
    if headed.len() >= 3 {
        return Ok(headed);
    }
    let mut run: Vec<(Key, bool)> = Vec::new();
    for row in around(best) {
        let passage = view.passage(row)?;
        if passage.record.passage.section == best.passage.record.passage.section {
            let marked = |s: usize| marker(passage.sentence_text(s)).is_some();
            run.extend((0..passage.sentences.len()).map(|s| ((row, s), marked(s))));
        }
    }
    let Some(at) = run.iter().position(|(key, _)| *key == best.key()) else { return Ok(Vec::new()) };
    // One sentence may stand between the announcement and the list.
    let Some(start) = (at..run.len().min(at + 3)).find(|i| run[*i].1) else { return Ok(Vec::new()) };
    let begin =
        if start == at { run[..at].iter().rposition(|(_, marked)| !marked).map_or(0, |i| i + 1) } else { start };
    let end = run[start..].iter().position(|(_, marked)| !marked).map_or(run.len(), |i| start + i);
    let items = &run[begin..end];
    Ok(if items.len() >= 3 { items.iter().map(|(key, _)| *key).collect() } else { Vec::new() })
}

/// Share of the topic's words that a heading must hold for its list to be the one asked for.
const NAMED: f32 = 0.75;
/// Characters of a list's short answer; the grain of an item shrinks with their number.
const LIST: usize = 380;

/// The numbered sentences (一是…, 二是…, 1.…) of the best passages under a heading that names the topic, in order.
pub(crate) fn numbered(ranked: &[Scored], fitting: impl Fn(&Scored) -> bool) -> Vec<usize> {
    let named = |s: &Scored| s.features[SentenceFeature::TopicInHeading] >= NAMED && fitting(s);
    let Some(first) = ranked.iter().find(|s| named(s)) else { return Vec::new() };
    let (document, heading) = (&first.passage.record.document.id, &first.passage.record.passage.section);
    let mut out: Vec<usize> = (0..ranked.len())
        .filter(|at| {
            let s = &ranked[*at];
            named(s)
                && s.passage.record.document.id == *document
                && s.passage.record.passage.section.first() == heading.first()
                && is_marked(s, 0)
        })
        .collect();
    out.sort_by_key(|at| ranked[*at].key());
    out
}

/// The numbered sentences behind one that names the topic: 今年办好15件民生实事。一是…。二是…。
pub(crate) fn numbered_behind(ranked: &[Scored], fitting: impl Fn(&Scored) -> bool) -> Vec<usize> {
    behind(ranked, fitting, is_marked)
}

/// The sentences behind one that names the topic which begin with a name of the class asked for:
/// 启动城市更新九大工程。环境整治工程，…。风格塑造工程，….
pub(crate) fn headed_behind(ranked: &[Scored], fitting: impl Fn(&Scored) -> bool, class: &str) -> Vec<usize> {
    behind(ranked, fitting, |scored, further| {
        let at = scored.sentence + further;
        let name = |text: &str| {
            let name = text.trim().split(['，', '：', ':']).next().unwrap_or_default();
            name.ends_with(class) && name.chars().count() <= HEADING && name.len() < text.trim().len()
        };
        at < scored.passage.sentences.len() && name(scored.passage.sentence_text(at))
    })
}

/// The marked sentences behind one that names the topic and is followed by such a sentence.
fn behind(
    ranked: &[Scored],
    fitting: impl Fn(&Scored) -> bool,
    is_marked: impl Fn(&Scored, usize) -> bool,
) -> Vec<usize> {
    let leads = |s: &Scored| {
        s.features[SentenceFeature::TopicInSentence] >= NAMED && fitting(s) && !is_marked(s, 0) && is_marked(s, 1)
    };
    let lead = ranked.iter().take(6).find(|s| leads(s));
    let Some(lead) = lead else { return Vec::new() };
    let (row, at) = lead.key();
    let (document, section) = (&lead.passage.record.document.id, &lead.passage.record.passage.section);
    let mut out: Vec<usize> = (0..ranked.len())
        .filter(|i| {
            let s = &ranked[*i];
            let behind = s.key() > (row, at) && s.key().0 <= row + 3;
            behind
                && is_marked(s, 0)
                && s.passage.record.document.id == *document
                && s.passage.record.passage.section == *section
        })
        .collect();
    out.sort_by_key(|i| ranked[*i].key());
    out
}

/// Whether the sentence, or the one `further` behind it in its passage, begins with a list marker.
fn is_marked(scored: &Scored, further: usize) -> bool {
    let at = scored.sentence + further;
    at < scored.passage.sentences.len() && marker(scored.passage.sentence_text(at)).is_some()
}

/// Length in bytes of a list marker at the beginning of a sentence.
fn marker(sentence: &str) -> Option<usize> {
    let text = sentence.trim_start();
    let skipped = sentence.len() - text.len();
    let numeral: usize =
        text.chars().take_while(|c| "一二三四五六七八九十0123456789".contains(*c)).map(char::len_utf8).sum();
    let rest = &text[numeral..];
    let mark = ["是", ".", "．", "、"].iter().find(|m| rest.starts_with(**m))?;
    (numeral > 0).then_some(skipped + numeral + mark.len())
}

/// The items of a numbered list for the short answer.
pub(crate) fn items<'a>(sentences: impl Iterator<Item = &'a str>) -> String {
    let sentences: Vec<&str> = sentences.collect();
    let room = LIST / sentences.len().max(1);
    let item = |s: &&str| {
        let text = s[marker(s).unwrap_or(0)..].trim().trim_end_matches(['。', '；']);
        let clause: String =
            text.split(['，', '；', '。']).next().unwrap_or(text).chars().take(room.saturating_sub(1)).collect();
        clause
    };
    sentences.iter().map(item).collect::<Vec<_>>().join("；")
}

/// The share of units that two sentences have in common, of the shorter one.
fn overlap(a: &Scored, b: &Scored) -> f32 {
    let [x, y] = [a, b].map(|s| &s.passage.sentences[s.sentence].keys);
    let least = x.len().min(y.len());
    if least == 0 { 1.0 } else { x.intersection(y).count() as f32 / least as f32 }
}

/// A sentence short enough for the short answer: its first clauses.
pub(crate) fn shortened(sentence: &str) -> String {
    let sentence = sentence.trim().trim_end_matches(['。', '；', '，']);
    if sentence.chars().count() <= SHORT {
        return sentence.to_string();
    }
    let mut out = String::new();
    for clause in sentence.split_inclusive(['，', '；', '、']) {
        if out.chars().count() + clause.chars().count() > SHORT && !out.is_empty() {
            break;
        }
        out.push_str(clause);
    }
    out.chars().take(SHORT).collect::<String>().trim_end_matches(['，', '；', '、']).to_string()
}

#[cfg(test)]
mod tests {
    use super::{items, shortened};

    #[test]
    fn items_lose_their_markers() {
        assert_eq!(items(["一是配置除颤器1000台。", "二是送戏下乡，免费。"].into_iter()), "配置除颤器1000台；送戏下乡");
    }

    #[test]
    fn long_sentences_end_at_a_clause() {
        let long = "加快建设智能化煤矿，".repeat(20);
        let short = shortened(&long);
        assert!(short.chars().count() <= 60 && short.ends_with("煤矿"), "{short}");
        assert_eq!(shortened("新建煤矿130座。"), "新建煤矿130座");
    }
}
