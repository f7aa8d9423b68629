//! Questions that want to know what the reports say about something: the relevant sentences of several passages, in the
//! order of the report, each cited, without repeats.

use std::collections::{HashMap, HashSet};

use crate::evidence::{Scored, SentenceFeature};

/// Sentences that an overview quotes at most.
const MAX_SENTENCES: usize = 8;
/// How far below the best sentence one may score and still belong.
const REACH: f32 = 7.0;
/// Share of units above which a sentence repeats another.
const REPEAT: f32 = 0.6;
/// Characters of a sentence that the short answer takes.
const SHORT: usize = 60;

/// Sentences of one passage that an overview quotes at most.
const PER_PASSAGE: usize = 3;
/// A sentence of fewer characters is a heading that runs into the text: it names the topic and says nothing of it.
const HEADING: usize = 15;

/// The sentences of an overview, as indices into the ranked ones, in the order in which the reports have them. What stands
/// under a heading that names the topic belongs to it, whatever its own words are.
pub(crate) fn sentences(ranked: &[Scored], fitting: impl Fn(&Scored) -> bool) -> Vec<usize> {
    let Some(first) = ranked.iter().position(&fitting) else { return Vec::new() };
    let floor = ranked[first].score - REACH;
    let mut chosen: Vec<usize> = Vec::new();
    let mut rows: HashMap<u32, usize> = HashMap::new();
    for (at, scored) in ranked.iter().enumerate().skip(first) {
        if chosen.len() == MAX_SENTENCES || scored.score < floor {
            break;
        }
        let relevant = scored.features[SentenceFeature::TopicInSentence] >= 0.5
            || scored.features[SentenceFeature::TopicInPassage] >= 0.6
            || scored.features[SentenceFeature::TopicInHeading] >= 0.4;
        let length = scored.passage.sentences[scored.sentence].chars.iter().filter(|c| c.is_alphanumeric()).count();
        let repeats = |other: &usize| overlap(scored, &ranked[*other]) > REPEAT;
        let taken = rows.entry(scored.passage.record.row).or_default();
        if fitting(scored) && relevant && length >= HEADING && *taken < PER_PASSAGE && !chosen.iter().any(repeats) {
            chosen.push(at);
            *taken += 1;
        }
    }
    if chosen.is_empty() {
        chosen.push(first);
    }
    chosen.sort_by_key(|at| ranked[*at].key());
    chosen
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
    let keys = |s: &Scored| -> HashSet<u64> { s.passage.sentences[s.sentence].keys.clone() };
    let (x, y) = (keys(a), keys(b));
    let least = x.len().min(y.len());
    if least == 0 { 1.0 } else { x.intersection(&y).count() as f32 / least as f32 }
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
