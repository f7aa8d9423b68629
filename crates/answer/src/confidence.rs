//! What tells a right answer from a wrong one: the signals that the confidence weighs.

use wenbao_index::{Filter, Grain};

use crate::cell::{fit_of, mismatch};
use crate::error::Error;
use crate::evidence::{self, Probe, Scored};
use crate::extract::name::{self, ScoredName};
use crate::found::Found;
use crate::time::Fit;
use crate::values::{self, ScoredValue};
use crate::view::View;

/// What tells a right answer from a wrong one, for the confidence.
pub const SIGNALS: [&str; 25] = [
    "bias",
    "sentence_score",
    "sentence_margin",
    "value_score",
    "value_margin",
    "cosine",
    "topic_in_sentence",
    "topic_in_passage",
    "rare_in_sentence",
    "measure_recall",
    "longest_run",
    "period_same",
    "period_apart",
    "words",
    "topic_known",
    "run_gap",
    "measure_precision",
    "clause_question",
    "clause",
    "term_missing",
    "sentence_gap",
    "form",
    "topic_astray",
    "name_margin",
    "other_head",
];

/// The signals of a cell's answer, in the order of [`SIGNALS`].
pub(crate) fn signals(
    view: &View,
    probe: &Probe,
    ranked: &[Scored],
    values: &[ScoredValue],
    names: &[ScoredName],
    found: Option<&Found>,
) -> Result<[f32; SIGNALS.len()], Error> {
    let mut out = [0.0; SIGNALS.len()];
    out[0] = 1.0;
    out[21] = found.map_or(0.0, |found| found.form);
    out[23] = name::margin(names);
    // The first that could answer at all: what stands above it is of another time or place.
    let value =
        values.iter().find(|v| mismatch(probe, &ranked[v.sentence], Some(v.of(ranked))).is_none()).or(values.first());
    let first = match value {
        Some(value) => Some(&ranked[value.sentence]),
        None => found
            .map(|found| &ranked[found.sentence])
            .or_else(|| ranked.iter().find(|s| mismatch(probe, s, None).is_none()))
            .or(ranked.first()),
    };
    let Some(best) = first else { return Ok(out) };
    out[1] = best.score;
    // What is of another time or place rivals nothing.
    let rival =
        ranked.iter().find(|s| s.passage.record.row != best.passage.record.row && mismatch(probe, s, None).is_none());
    out[2] = rival.map_or(2.0, |r| (best.score - r.score).clamp(-3.0, 3.0));
    if let Some(value) = value {
        out[3] = value.score;
        let quantity = value.of(ranked);
        let rival = values.iter().find(|v| {
            v.of(ranked).text != quantity.text && mismatch(probe, &ranked[v.sentence], Some(v.of(ranked))).is_none()
        });
        out[4] = rival.map_or(3.0, |r| (value.score - r.score).clamp(-3.0, 3.0));
        out[9] = value.features[4];
        out[16] = value.features[5];
        out[17] = value.features[29];
        out[18] = value.features[7];
        let other = values::other_head(&probe.question_chars, &probe.cell.topic, &value.of(ranked).measure);
        out[24] = f32::from(u8::from(other));
        // The topic stands in the sentence, but not where the value does: it is another value's.
        out[22] = (best.feature("topic_in_sentence") - value.features[4].max(value.features[7])).max(0.0);
    }
    out[5] = (best.cosine - 0.85) * 20.0;
    out[6] = best.feature("topic_in_sentence");
    out[7] = best.feature("topic_in_passage");
    out[8] = best.feature("rare_in_sentence");
    out[10] = best.feature("longest_run");
    if let Some(period) = &probe.cell.period {
        match fit_of(best, value.map(|v| v.of(ranked)), period) {
            Fit::Same => out[11] = 1.0,
            Fit::Apart => out[12] = 1.0,
            _ => {}
        }
    }
    out[13] = f32::from(u8::from(values.is_empty()));
    let passage = &best.passage;
    out[14] =
        probe.topic.known_coverage(&view.rarity, |k| passage.keys.contains(&k) || passage.heading_keys.contains(&k));
    let gaps = run_gaps(view, probe, ranked, best)?;
    (out[15], out[19], out[20]) = (gaps.passage, gaps.term, gaps.sentence);
    Ok(out)
}

/// How far the winner lacks the topic's very words where the reports have them elsewhere: a term that the reports use is
/// missing here, where a paraphrase is missing everywhere.
struct RunGaps {
    /// The share of the longest run of the topic that the winner's passage lacks.
    passage: f32,
    /// The same of the winner's sentence and headings.
    sentence: f32,
    /// 1 where a run long enough to be a term is lost by half.
    term: f32,
}

/// A run of the topic of so many characters is a term of the reports: 城镇调查失业率, 进出口总值.
const TERM: usize = 5;

fn run_gaps(view: &View, probe: &Probe, ranked: &[Scored], winner: &Scored) -> Result<RunGaps, Error> {
    let topic = &probe.topic_chars;
    let mut best =
        ranked.iter().map(|s| evidence::longest_run(topic, &s.passage.sentences[s.sentence].chars)).max().unwrap_or(0);
    for hit in view.snapshot.search_text(Grain::Sentence, &probe.terms, 8, &Filter::default())? {
        let passage = view.passage(hit.row)?;
        if let Some(sentence) = hit.sentence.and_then(|s| passage.sentences.get(usize::from(s))) {
            best = best.max(evidence::longest_run(topic, &sentence.chars));
        }
    }
    if best < 3 {
        return Ok(RunGaps { passage: 0.0, sentence: 0.0, term: 0.0 });
    }
    let headings: Vec<char> = winner.passage.record.passage.section.join("，").chars().collect();
    let headed = evidence::longest_run(topic, &headings);
    let own = evidence::longest_run(topic, &winner.passage.sentences[winner.sentence].chars).max(headed);
    let around =
        winner.passage.sentences.iter().map(|s| evidence::longest_run(topic, &s.chars)).max().unwrap_or(0).max(headed);
    let gap = |own: usize| best.saturating_sub(own) as f32 / best as f32;
    Ok(RunGaps { passage: gap(around), sentence: gap(own), term: f32::from(u8::from(best >= TERM && own * 2 <= best)) })
}
