//! What may be the answer of a cell: the values, times, lists and stretches of words of the best sentences, each with all that
//! rules and the reader know of it.

use std::collections::HashMap;
use std::ops::Range;

use wenbao_report::Quantity;

use crate::cell::{Missing, fit_of, mismatch};
use crate::evidence::{Probe, Scored};
use crate::extract;
use crate::features::{Linear, Weighing, features, yes};
use crate::interpret::Asked;
use crate::time::Fit;
use crate::units::{UnitFit, unit_fit};
use crate::values::ScoredValue;
use crate::window::ReadWindow;

features! {
    /// What is known of a candidate answer. Logits of the reader are scaled to about -4 to 4.
    CandidateFeatures: CandidateFeature {
        /// Score of its sentence below the best one's.
        Sentence = "sentence",
        /// Of a quantity that the rules weighed: its score below the best one's.
        Value = "value",
        /// The same two where the question is in another language: the rules know little of it.
        ForeignSentence = "foreign_sentence",
        /// See [`CandidateFeature::ForeignSentence`].
        ForeignValue = "foreign_value",
        /// The rules did not weigh it.
        Unweighed = "unweighed",
        /// The reader did not see it.
        Unread = "unread",
        /// The reader's logit that its window answers.
        Answers = "answers",
        /// The same below the best window's.
        AnswersBelow = "answers_below",
        /// Log-odds of the span against none.
        Span = "span",
        /// The same below the best candidate's.
        SpanBelow = "span_below",
        /// Mean logit of being inside the answer.
        Inside = "inside",
        /// What its window marks as inside the answer and it leaves out, ln(1 + characters).
        LeftOut = "left_out",
        /// It is the very span that the reader likes best.
        First = "first",
        /// A value, and one is asked for.
        Quantity = "quantity",
        /// A value, and none is asked for.
        QuantityUnasked = "quantity_unasked",
        /// A time, and one is asked for.
        Time = "time",
        /// Words, and a value is asked for.
        WordsUnasked = "words_unasked",
        /// A list, and one is asked for.
        Items = "items",
        /// A list, and none is asked for.
        ItemsUnasked = "items_unasked",
        /// It is one item of what a list is asked for.
        NoItems = "no_items",
        /// How far a list has as many items as are asked for.
        Count = "count",
        /// Its unit is the one asked for.
        UnitSame = "unit_same",
        /// Its unit has the dimension asked for, or counts as what is asked for does.
        UnitKin = "unit_kin",
        /// Its unit is another than the one expected.
        UnitOther = "unit_other",
        /// It is of the very time asked for.
        PeriodSame = "period_same",
        /// It is of a time that holds, or is held by, that asked for.
        PeriodNear = "period_near",
        /// Its time is not known, or none is asked for.
        PeriodOpen = "period_open",
        /// The question says it itself.
        InQuestion = "in_question",
        /// Its length, ln(1 + characters/10).
        Length = "length",
    }
}

/// What a candidate is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// A value: the number of a quantity of the sentence.
    Quantity(usize),
    /// A date or a span of time.
    Time,
    /// Words.
    Words,
    /// Items of a list, in positions of the sentence.
    Items(Vec<Range<usize>>),
}

/// A candidate answer.
pub(crate) struct Candidate {
    /// Index into the ranked sentences.
    pub sentence: usize,
    /// Where it stands in its sentence.
    pub range: Range<usize>,
    /// What it is.
    pub form: Form,
    /// What is known of it.
    pub features: CandidateFeatures,
    /// The weighted sum.
    pub score: f32,
    /// Why it cannot answer, whatever its score: told once, here.
    pub barred: Option<Missing>,
    /// What its window says, where it was read.
    pub answers: Option<f32>,
    /// The few words around a value that the reader takes with it: "连续45年", "全国第5位".
    pub extent: Option<Range<usize>>,
}

impl Candidate {
    /// The quantity, where it is one.
    pub fn quantity<'a>(&self, ranked: &'a [Scored]) -> Option<&'a Quantity> {
        let Form::Quantity(number) = self.form else { return None };
        let scored = &ranked[self.sentence];
        scored.passage.record.passage.sentences[scored.sentence].quantities.get(number)
    }

    /// Its words, verbatim.
    pub fn text<'a>(&self, ranked: &'a [Scored]) -> &'a str {
        ranked[self.sentence].text(&self.range)
    }
}

/// Spans of each window that the reader proposes.
const SPANS: usize = 4;

/// What the rules put so far below the best is no worse for being further: the reader may know better.
const FAR: f32 = 4.0;

/// Values of the rules that stand as candidates without being read.
const UNREAD: usize = 8;

/// All candidates, best first.
pub(crate) fn candidates(
    probe: &Probe,
    ranked: &[Scored],
    values: &[ScoredValue],
    read: &[ReadWindow],
    weights: &Linear,
) -> Vec<Candidate> {
    let mut pool = Pool { probe, ranked, found: Vec::new() };
    let place: HashMap<(u32, usize), usize> = ranked.iter().enumerate().map(|(i, s)| (s.key(), i)).collect();
    let weighed: HashMap<(usize, usize), f32> = values.iter().map(|v| ((v.sentence, v.quantity), v.score)).collect();
    for (number, window) in read.iter().enumerate() {
        for sentence in window.window.sentences.clone() {
            if let Some(&at) = place.get(&(window.window.passage.record.row, sentence)) {
                pool.of_sentence(at, Some(number));
            }
        }
        for (range, _) in window.best_spans(SPANS) {
            pool.span(&place, number, window, &range);
        }
        pool.read_items(&place, number, window);
    }
    for value in values.iter().take(UNREAD) {
        pool.push(value.sentence, value.quantity, None);
    }
    if read.is_empty() {
        for at in 0..ranked.len().min(UNREAD) {
            pool.of_sentence(at, None);
        }
    }
    pool.describe(&weighed, read);
    let weighing = Weighing::of::<CandidateFeatures>(weights);
    let mut out: Vec<Candidate> = pool.found.into_iter().map(|(candidate, _)| candidate).collect();
    for candidate in &mut out {
        candidate.score = weighing.sum(&candidate.features);
    }
    out.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (a.sentence, a.range.start).cmp(&(b.sentence, b.range.start)))
    });
    out
}

/// Whether a question names what it may be answered with (公办还是民办); words of any other are no answer to it.
fn chooses(text: &str) -> bool {
    ["还是", "或者", "哪个", "哪一个", "谁"].iter().any(|word| text.contains(word))
}

/// Candidates while they are gathered, each with the window that it was read in.
struct Pool<'a> {
    probe: &'a Probe<'a>,
    ranked: &'a [Scored],
    found: Vec<(Candidate, Option<usize>)>,
}

impl Pool<'_> {
    fn add(&mut self, sentence: usize, range: Range<usize>, form: Form, window: Option<usize>) {
        let known = |(c, _): &(Candidate, _)| c.sentence == sentence && c.range == range;
        if range.is_empty()
            || self
                .found
                .iter()
                .any(|f| known(f) && matches!(f.0.form, Form::Items(_)) == matches!(form, Form::Items(_)))
        {
            return;
        }
        let features = CandidateFeatures::default();
        let candidate =
            Candidate { sentence, range, form, features, score: 0.0, barred: None, answers: None, extent: None };
        self.found.push((candidate, window));
    }

    fn push(&mut self, sentence: usize, quantity: usize, window: Option<usize>) {
        let scored = &self.ranked[sentence];
        let quantities = &scored.passage.record.passage.sentences[scored.sentence].quantities;
        if let Some(found) = quantities.get(quantity) {
            let range = scored.passage.sentences[scored.sentence].within(&found.range);
            self.add(sentence, range, Form::Quantity(quantity), window);
        }
    }

    /// Values, times and lists of a sentence.
    fn of_sentence(&mut self, at: usize, window: Option<usize>) {
        let scored = &self.ranked[at];
        let count = scored.passage.record.passage.sentences[scored.sentence].quantities.len();
        for quantity in 0..count {
            self.push(at, quantity, window);
        }
        let asked = self.probe.cell.asked;
        if matches!(asked, Asked::Time | Asked::Duration | Asked::Any | Asked::Manner) {
            for range in extract::time::time_spans(&scored.passage.sentences[scored.sentence].chars) {
                self.add(at, range, Form::Time, window);
            }
        }
        if (asked == Asked::List || self.probe.count.is_some_and(|n| n > 1))
            && let Some((span, items)) = extract::list::list(self.probe, scored)
        {
            self.add(at, span.range, Form::Items(items), window);
        }
    }

    /// A span that the reader proposes, without the marks at its ends.
    fn span(&mut self, place: &HashMap<(u32, usize), usize>, number: usize, window: &ReadWindow, range: &Range<usize>) {
        let passage = &window.window.passage;
        let within = |s: &usize| passage.sentences[*s].range.contains(&range.start);
        let Some(sentence) = window.window.sentences.clone().find(within) else { return };
        let Some(&at) = place.get(&(passage.record.row, sentence)) else { return };
        let view = &passage.sentences[sentence];
        let mut range = view.within(range);
        // A part of a value is that value, which is there already.
        let quantities = &passage.record.passage.sentences[sentence].quantities;
        if quantities.iter().map(|q| view.within(&q.range)).any(|q| q.start <= range.start && range.end <= q.end) {
            return;
        }
        let idle = |c: char| c.is_whitespace() || matches!(c, '，' | '。' | '；' | '、' | '：' | ',' | ';' | ':');
        while !range.is_empty() && idle(view.chars[range.start]) {
            range.start += 1;
        }
        while !range.is_empty() && idle(view.chars[range.end - 1]) {
            range.end -= 1;
        }
        let range = with_both_marks(&view.chars, range);
        let words: String = view.chars[range.clone()].iter().collect();
        if !self.probe.cell.text.contains(&words) || chooses(&self.probe.cell.text) {
            self.add(at, range, Form::Words, Some(number));
        }
    }

    /// The items that the reader marks, where they are several in one sentence.
    fn read_items(&mut self, place: &HashMap<(u32, usize), usize>, number: usize, window: &ReadWindow) {
        let passage = &window.window.passage;
        let items = window.items();
        for sentence in window.window.sentences.clone() {
            let Some(&at) = place.get(&(passage.record.row, sentence)) else { continue };
            let view = &passage.sentences[sentence];
            let own = items.iter().filter(|r| view.range.contains(&r.start));
            let own = own.map(|r| with_both_marks(&view.chars, view.within(r)));
            let own: Vec<Range<usize>> =
                own.filter(|r| view.chars[r.clone()].iter().any(|c| c.is_alphanumeric())).collect();
            if let [first, .., last] = own.as_slice() {
                let range = first.start..last.end;
                self.add(at, range, Form::Items(own), Some(number));
            }
        }
    }

    /// Fills in everything known of the candidates.
    fn describe(&mut self, weighed: &HashMap<(usize, usize), f32>, read: &[ReadWindow]) {
        use CandidateFeature as F;
        let (probe, ranked) = (self.probe, self.ranked);
        let cell = probe.cell;
        let top = ranked.first().map_or(0.0, |s| s.score);
        let best_value = weighed.values().copied().fold(f32::MIN, f32::max);
        let best_window = read.iter().map(ReadWindow::answers).fold(f32::MIN, f32::max);
        let question: String = probe.question_chars.iter().collect();
        let listed = cell.asked == Asked::List || probe.count.is_some_and(|n| n > 1);
        let spans: Vec<Option<f32>> = self.found.iter().map(|(c, w)| read_span(ranked, c, *w, read)).collect();
        let best_span = spans.iter().flatten().copied().fold(f32::MIN, f32::max);
        for ((candidate, window), span) in self.found.iter_mut().zip(&spans) {
            let scored = &ranked[candidate.sentence];
            let quantity = candidate.quantity(ranked);
            candidate.barred = mismatch(probe, scored, quantity);
            let mut f = CandidateFeatures::default();
            let (sentence, weighed_as) =
                if probe.foreign { (F::ForeignSentence, F::ForeignValue) } else { (F::Sentence, F::Value) };
            f[sentence] = (scored.score - top).max(-FAR);
            let value = match candidate.form {
                Form::Quantity(number) => weighed.get(&(candidate.sentence, number)),
                _ => None,
            };
            match value {
                Some(value) => f[weighed_as] = (value - best_value).max(-FAR),
                None => f[F::Unweighed] = yes(!probe.foreign),
            }
            match (window.and_then(|w| read.get(w)), span) {
                (Some(window), Some(span)) => {
                    candidate.answers = Some(window.answers());
                    f[F::Answers] = (window.answers() / 2.0).clamp(-4.0, 4.0);
                    f[F::AnswersBelow] = ((window.answers() - best_window) / 2.0).max(-4.0);
                    f[F::Span] = (span / 6.0).clamp(-4.0, 4.0);
                    f[F::SpanBelow] = ((span - best_span) / 3.0).max(-6.0);
                    f[F::First] = yes(*span >= best_span);
                    let parts = parts(ranked, candidate);
                    f[F::Inside] = inside(&parts, window).map_or(0.0, |x| (x / 2.0).clamp(-4.0, 4.0));
                    f[F::LeftOut] = (window.marked_outside(&parts) as f32).ln_1p();
                    candidate.extent = extent(ranked, candidate, window);
                }
                _ => f[F::Unread] = 1.0,
            }
            let wanted = cell.asked.is_quantity();
            match &candidate.form {
                // What kind is asked for is not known; why and how something is may be told in any.
                _ if matches!(cell.asked, Asked::Any | Asked::Manner | Asked::Overview) => {}
                Form::Quantity(_) => f[if wanted { F::Quantity } else { F::QuantityUnasked }] = 1.0,
                Form::Time => f[F::Time] = yes(matches!(cell.asked, Asked::Time | Asked::Duration)),
                Form::Words => f[F::WordsUnasked] = yes(wanted),
                Form::Items(items) => {
                    f[if listed { F::Items } else { F::ItemsUnasked }] = 1.0;
                    f[F::Count] = probe.count.map_or(0.5, |n| yes(n == items.len()));
                }
            }
            f[F::NoItems] = yes(listed && !matches!(candidate.form, Form::Items(_)));
            if let Some(quantity) = quantity
                && !cell.units.is_empty()
            {
                match unit_fit(&cell.units, quantity) {
                    UnitFit::Same | UnitFit::Also => f[F::UnitSame] = 1.0,
                    UnitFit::Dimension | UnitFit::Count | UnitFit::Open => f[F::UnitKin] = 1.0,
                    UnitFit::None => f[F::UnitOther] = 1.0,
                }
            }
            match cell.period.as_ref().map(|asked| fit_of(scored, quantity, asked)) {
                Some(Fit::Same) => f[F::PeriodSame] = 1.0,
                Some(Fit::Ends | Fit::Within | Fit::Holds) => f[F::PeriodNear] = 1.0,
                Some(Fit::Apart) => {}
                Some(Fit::Unknown) | None => f[F::PeriodOpen] = 1.0,
            }
            let chars = &scored.passage.sentences[scored.sentence].chars[candidate.range.clone()];
            let words: String = chars.iter().collect();
            f[F::InQuestion] = yes(question.contains(&words));
            f[F::Length] = (chars.len() as f32 / 10.0).ln_1p();
            candidate.features = f;
        }
    }
}

/// Marks that stand on both sides of a name; a sentence's characters are folded to half width.
const MARKS: [(char, char); 4] = [('“', '”'), ('《', '》'), ('(', ')'), ('「', '」')];

/// Marks that belong to the name between them.
const OF_NAMES: [(char, char); 3] = [('“', '”'), ('《', '》'), ('「', '」')];

/// A range of a sentence that has the second mark of a pair with the first: taken in where it stands beside the range, else the
/// lone one left out. What stands between marks of a name takes them with it.
fn with_both_marks(chars: &[char], mut range: Range<usize>) -> Range<usize> {
    for (open, close) in MARKS {
        let count = |mark: char| chars[range.clone()].iter().filter(|c| **c == mark).count();
        let (opened, closed) = (count(open), count(close));
        if opened > closed {
            if chars.get(range.end) == Some(&close) {
                range.end += 1;
            } else if chars[range.start] == open {
                range.start += 1;
            }
        } else if closed > opened {
            if range.start > 0 && chars[range.start - 1] == open {
                range.start -= 1;
            } else if chars[range.end - 1] == close {
                range.end -= 1;
            }
        }
    }
    let around = (range.start > 0).then(|| (chars[range.start - 1], chars.get(range.end).copied().unwrap_or_default()));
    if !range.is_empty() && around.is_some_and(|pair| OF_NAMES.contains(&pair)) {
        range.start -= 1;
        range.end += 1;
    }
    range
}

/// The reader's log-odds of a candidate's span. A value takes those of a span that hardly differs from it: whether "over" and
/// "about" belong to it is a matter of taste.
fn read_span(ranked: &[Scored], candidate: &Candidate, window: Option<usize>, read: &[ReadWindow]) -> Option<f32> {
    let window = read.get(window?)?;
    let scored = &ranked[candidate.sentence];
    let offset = scored.passage.sentences[scored.sentence].range.start;
    let at = |r: &Range<usize>| r.start + offset..r.end + offset;
    let own = window.span(&at(&candidate.range))?;
    match &candidate.form {
        Form::Quantity(_) | Form::Time => {
            let whole = at(&candidate.range);
            let alike = |r: &Range<usize>| {
                let shared = r.end.min(whole.end).saturating_sub(r.start.max(whole.start));
                shared * 5 >= 3 * r.len().max(whole.len())
            };
            let near = window.best_spans(SPANS).into_iter().filter(|(r, _)| alike(r)).map(|(_, score)| score);
            Some(near.fold(own, f32::max))
        }
        Form::Words => Some(own),
        Form::Items(items) => {
            let scores: Vec<f32> = items.iter().filter_map(|r| window.span(&at(r))).collect();
            Some(scores.iter().sum::<f32>() / scores.len().max(1) as f32)
        }
    }
}

/// Characters that a value takes with it at most.
const EXTENT: usize = 8;

/// Verbs that lead to a value and are no part of it.
const LEADING: &[char] = &['达', '到', '至', '为', '是', '有', '增', '减', '升', '降', '成', '了', '在', '于'];

/// The reader's best span of the window, if it holds a value or time and little more: no other number, no verb before it, no mark of
/// a clause.
fn extent(ranked: &[Scored], candidate: &Candidate, window: &ReadWindow) -> Option<Range<usize>> {
    let quantity = candidate.quantity(ranked);
    let unchanged = quantity.is_some_and(|q| q.text == "持平");
    if !matches!(candidate.form, Form::Quantity(_) | Form::Time) || unchanged {
        return None;
    }
    let scored = &ranked[candidate.sentence];
    let view = &scored.passage.sentences[scored.sentence];
    let (best, _) = window.best_spans(1).into_iter().next().filter(|(best, _)| view.range.contains(&best.start))?;
    let (own, best) = (&candidate.range, with_both_marks(&view.chars, view.within(&best)));
    let holds =
        best.start <= own.start && own.end <= best.end && (own.len() + 1..=own.len() + EXTENT).contains(&best.len());
    let (before, behind) = (view.chars.get(best.start..own.start)?, view.chars.get(own.end..best.end)?);
    let words = |c: &char| c.is_alphanumeric() && !c.is_numeric() || "/()".contains(*c);
    // What the value is of is said beside it: 覆盖率65%.
    let lead: String = before.iter().collect();
    let named = !lead.is_empty() && quantity.is_some_and(|q| q.measure.ends_with(&lead));
    let adds = before.iter().chain(behind).all(words) && !before.iter().any(|c| LEADING.contains(c));
    (holds && adds && !named).then_some(best)
}

/// Where the parts of a candidate stand in its passage: the items of a list, else all of it.
fn parts(ranked: &[Scored], candidate: &Candidate) -> Vec<Range<usize>> {
    let scored = &ranked[candidate.sentence];
    let offset = scored.passage.sentences[scored.sentence].range.start;
    let at = |r: &Range<usize>| r.start + offset..r.end + offset;
    match &candidate.form {
        Form::Items(items) => items.iter().map(at).collect(),
        _ => vec![at(&candidate.range)],
    }
}

/// Mean logit of being inside the answer, over a candidate's parts.
fn inside(parts: &[Range<usize>], window: &ReadWindow) -> Option<f32> {
    let inside: Vec<f32> = parts.iter().filter_map(|r| window.inside(r)).collect();
    (!inside.is_empty()).then(|| inside.iter().sum::<f32>() / inside.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_with_its_other_half() {
        let chars: Vec<char> = "以“谁创新谁受益”为导向，入选《中国》名录".chars().collect();
        let text = |range: Range<usize>| chars[with_both_marks(&chars, range)].iter().collect::<String>();
        assert_eq!(text(1..8), "“谁创新谁受益”");
        assert_eq!(text(2..9), "“谁创新谁受益”");
        assert_eq!(text(1..6), "谁创新谁");
        assert_eq!(text(4..9), "新谁受益");
        assert_eq!(text(15..18), "《中国》");
        assert_eq!(text(2..8), "“谁创新谁受益”");
    }
}
