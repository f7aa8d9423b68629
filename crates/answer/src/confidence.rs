//! What tells a right answer from a wrong one: the signals that the confidence weighs.

use wenbao_index::{Filter, Grain};

use crate::candidate::{Candidate, CandidateFeature, Form};
use crate::cell::{fit_of, may_answer};
use crate::error::Error;
use crate::evidence::{self, Probe, Scored, SentenceFeature};
use crate::features::{features, yes};
use crate::found::Found;
use crate::time::Fit;
use crate::values;
use crate::view::View;
use crate::window::ReadWindow;

features! {
    /// What tells a right answer from a wrong one.
    Signals: Signal {
        /// Always 1.
        Bias = "bias",
        /// The question is in another language: its words and the reports' cannot be compared.
        Foreign = "foreign",
        /// The reader's logit that the window answers such a question.
        ForeignAnswers = "foreign_answers",
        /// Log-odds of the span of such a question.
        ForeignSpan = "foreign_span",
        /// Cosine of its sentence, from .85 on, times 20.
        ForeignCosine = "foreign_cosine",
        /// Score of the candidate taken.
        Score = "score",
        /// How far the next candidate of other words lies below it, at most 4.
        Margin = "margin",
        /// How far the best that is of another time, status or place lies above it, at most 4.
        Barred = "barred",
        /// The reader's logit that its window answers.
        Answers = "answers",
        /// How far the best other window lies below, -4 to 4.
        AnswersMargin = "answers_margin",
        /// Log-odds of its span against none.
        Span = "span",
        /// The same below the best candidate's.
        SpanBelow = "span_below",
        /// Mean logit of being inside the answer.
        Inside = "inside",
        /// It was not read, though others were.
        Unread = "unread",
        /// A value taken where words are asked for, or the other way round.
        OtherKind = "other_kind",
        /// It is a list.
        Items = "items",
        /// It is words.
        Words = "words",
        /// Its unit is the one asked for.
        UnitSame = "unit_same",
        /// Its unit is another than the one expected.
        UnitOther = "unit_other",
        /// Score of its sentence.
        SentenceScore = "sentence_score",
        /// How far the best sentence of another passage lies below, -3 to 3.
        SentenceMargin = "sentence_margin",
        /// Of a value that the rules weighed: its score below the best one's.
        Value = "value",
        /// Its sentence's cosine to the question, from .85 on, times 20.
        Cosine = "cosine",
        /// Share of the topic's units in its sentence, by rarity.
        TopicInSentence = "topic_in_sentence",
        /// The same in passage and headings.
        TopicInPassage = "topic_in_passage",
        /// The same of the units that the corpus knows.
        TopicKnown = "topic_known",
        /// Share of the topic's rarest third in its sentence.
        RareInSentence = "rare_in_sentence",
        /// Longest run of characters shared with the topic, of its length.
        LongestRun = "longest_run",
        /// It is of the very time asked for.
        PeriodSame = "period_same",
        /// It is of another time.
        PeriodApart = "period_apart",
        /// A time is asked for and it says none.
        PeriodUnknown = "period_unknown",
        /// The share of the longest run of the topic, known elsewhere, that its passage lacks.
        RunGap = "run_gap",
        /// The same of its sentence and headings.
        SentenceGap = "sentence_gap",
        /// 1 where a run long enough to be a term is lost by half.
        TermMissing = "term_missing",
        /// What it measures has another head than the topic.
        OtherHead = "other_head",
    }
}

/// The signals of a cell's answer.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn signals(
    view: &View,
    probe: &Probe,
    ranked: &[Scored],
    candidates: &[Candidate],
    read: &[ReadWindow],
    found: Option<&Found>,
) -> Result<Signals, Error> {
    use CandidateFeature as C;
    use SentenceFeature as F;
    use Signal as S;
    let mut out = Signals::default();
    out[S::Bias] = 1.0;
    let winner = candidates.iter().find(|c| c.barred.is_none()).or(candidates.first());
    if let Some(winner) = winner {
        let f = &winner.features;
        let text = winner.text(ranked);
        out[S::Score] = winner.score;
        let rival = candidates.iter().find(|c| c.barred.is_none() && c.text(ranked) != text && !inside(c, winner));
        out[S::Margin] = rival.map_or(4.0, |r| (winner.score - r.score).clamp(0.0, 4.0));
        let barred = candidates.iter().find(|c| c.barred.is_some());
        out[S::Barred] = barred.map_or(0.0, |b| (b.score - winner.score).clamp(0.0, 4.0));
        (out[S::Answers], out[S::Span], out[S::SpanBelow]) = (f[C::Answers], f[C::Span], f[C::SpanBelow]);
        (out[S::Inside], out[S::Unread]) = (f[C::Inside], yes(f[C::Unread] > 0.0 && !read.is_empty()));
        out[S::OtherKind] = f[C::QuantityUnasked] + f[C::WordsUnasked] + f[C::ItemsUnasked] + f[C::NoItems];
        out[S::Items] = yes(matches!(winner.form, Form::Items(_)));
        out[S::Words] = yes(winner.form == Form::Words);
        (out[S::UnitSame], out[S::UnitOther]) = (f[C::UnitSame], f[C::UnitOther]);
        out[S::Value] = f[C::Value];
        if let Some(quantity) = winner.quantity(ranked) {
            out[S::OtherHead] = yes(values::other_head(&probe.question_chars, &probe.cell.topic, &quantity.measure));
        }
        let row = ranked[winner.sentence].passage.record.row;
        let others = read.iter().filter(|r| r.window.passage.record.row != row).map(ReadWindow::answers);
        let best = others.fold(f32::MIN, f32::max);
        out[S::AnswersMargin] = winner.answers.map_or(0.0, |own| ((own - best) / 2.0).clamp(-4.0, 4.0));
    }
    let first = found
        .filter(|found| !found.more.is_empty() || found.certain || winner.is_none())
        .map(|found| found.sentence)
        .or(winner.map(|w| w.sentence));
    let Some(best) = first.and_then(|at| ranked.get(at)).or(ranked.first()) else { return Ok(out) };
    out[S::SentenceScore] = best.score;
    // What is of another time or place rivals nothing.
    let rival = ranked.iter().find(|s| s.passage.record.row != best.passage.record.row && may_answer(probe, s));
    out[S::SentenceMargin] = rival.map_or(2.0, |r| (best.score - r.score).clamp(-3.0, 3.0));
    out[S::Cosine] = (best.cosine - 0.85) * 20.0;
    out[S::TopicInSentence] = best.features[F::TopicInSentence];
    out[S::TopicInPassage] = best.features[F::TopicInPassage];
    out[S::RareInSentence] = best.features[F::RareInSentence];
    out[S::LongestRun] = best.features[F::LongestRun];
    if probe.foreign {
        (out[S::SentenceScore], out[S::SentenceMargin], out[S::Value]) = (0.0, 0.0, 0.0);
        out[S::Foreign] = 1.0;
        (out[S::ForeignAnswers], out[S::ForeignSpan], out[S::ForeignCosine]) =
            (out[S::Answers], out[S::Span], out[S::Cosine]);
    }
    if let Some(period) = &probe.cell.period {
        match fit_of(best, winner.and_then(|w| w.quantity(ranked)), period) {
            Fit::Same => out[S::PeriodSame] = 1.0,
            Fit::Apart => out[S::PeriodApart] = 1.0,
            Fit::Unknown => out[S::PeriodUnknown] = 1.0,
            _ => {}
        }
    }
    let passage = &best.passage;
    out[S::TopicKnown] =
        probe.topic.known_coverage(&view.rarity, |k| passage.keys.contains(&k) || passage.heading_keys.contains(&k));
    let gaps = run_gaps(view, probe, ranked, best)?;
    (out[S::RunGap], out[S::TermMissing], out[S::SentenceGap]) = (gaps.passage, gaps.term, gaps.sentence);
    Ok(out)
}

/// Whether two candidates of one sentence share most of their words: neither speaks against the other.
fn inside(a: &Candidate, b: &Candidate) -> bool {
    let shared = a.range.end.min(b.range.end).saturating_sub(a.range.start.max(b.range.start));
    a.sentence == b.sentence && shared * 2 > a.range.len().min(b.range.len())
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
    let hits = view.snapshot.search_text(Grain::Sentence, &probe.terms, 8, &Filter::default())?;
    view.snapshot.expect(&hits.iter().map(|hit| hit.row).collect::<Vec<_>>())?;
    for hit in hits {
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
