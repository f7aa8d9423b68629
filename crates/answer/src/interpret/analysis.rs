//! One text with everything that the tables recognise in it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Clock;
use super::asked::{self, Ask};
use super::model::Span;
use super::normalise::regex;
use super::period::{self, Time};
use super::region::{self, Name};
use super::status::{self, Cue};

/// Fills in the masked text: one for each kind, so that patterns can name them.
pub(super) const TIME: char = '\u{1}';
pub(super) const NAME: char = '\u{2}';
/// Not a control character: a quoted name is content, and the rules look at what stands before a question word.
pub(super) const QUOTE: char = '#';
pub(super) const ASK: char = '\u{4}';

/// A normalised text and what stands where. All ranges are bytes of `text`.
#[derive(Debug, Clone)]
pub(super) struct Analysis {
    pub text: String,
    pub clock: Clock,
    /// `text` with times, subject regions, quoted names and question words blanked out, byte for byte.
    pub masked: String,
    pub times: Vec<Span<Time>>,
    /// Every region named, in order.
    pub names: Vec<Span<Name>>,
    /// Which of `names` the question is about; the others are only mentioned.
    pub subjects: Range<usize>,
    pub asks: Vec<Ask>,
    pub cues: Vec<Span<Cue>>,
    /// Between commas and the like.
    pub clauses: Vec<Range<usize>>,
}

static QUOTED: LazyLock<Regex> = LazyLock::new(|| regex("“[^”]*”|《[^》]*》"));

/// What may stand between the members of an enumeration.
pub(super) static JOINT: LazyLock<Regex> =
    LazyLock::new(|| regex("^(?:、|，|和|与|跟|同|及|以及|还有|对比|对|vs|VS)$"));

impl Analysis {
    /// Reads a normalised text.
    pub fn new(text: &str, clock: &Clock) -> Self {
        let mut masked = text.to_string();
        let times = period::find(text, clock);
        for span in &times {
            blank(&mut masked, &span.range, TIME);
        }
        for quoted in QUOTED.find_iter(text) {
            // The marks stay: they part words.
            let inner = quoted.start() + "“".len()..quoted.end() - "”".len();
            if times.iter().all(|t| t.range.end <= inner.start || inner.end <= t.range.start) {
                blank(&mut masked, &inner, QUOTE);
            }
        }
        let names = region::find(&masked);
        let subjects = subjects(&masked, &names);
        for span in &names[subjects.clone()] {
            if !span.value.keep {
                blank(&mut masked, &span.range, NAME);
            }
        }
        let asks = asked::find(&masked);
        for ask in &asks {
            blank(&mut masked, &ask.range, ASK);
        }
        let cues = status::find(&masked);
        let clauses = clauses(&masked, &asks);
        Self { text: text.to_string(), clock: *clock, masked, times, names, subjects, asks, cues, clauses }
    }

    /// The regions that the question is about.
    pub fn subject_names(&self) -> &[Span<Name>] {
        &self.names[self.subjects.clone()]
    }

    /// Question words inside a range.
    pub fn asks_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Ask> {
        let range = range.clone();
        self.asks.iter().filter(move |ask| range.start <= ask.range.start && ask.range.end <= range.end)
    }

    /// Whether the words between two spans only join them.
    pub fn joined(&self, first: &Range<usize>, second: &Range<usize>) -> bool {
        self.text.get(first.end..second.start).is_some_and(|between| JOINT.is_match(between))
    }
}

/// Overwrites a range byte for byte.
fn blank(text: &mut String, range: &Range<usize>, with: char) {
    let filler: String = std::iter::repeat_n(with, range.len()).collect();
    text.replace_range(range.clone(), &filler);
}

fn clauses(masked: &str, asks: &[Ask]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for (at, mark) in masked.char_indices().filter(|(_, c)| "，。？；！、".contains(*c)) {
        // "达到多少家、增长多少": 、 parts two questions after values.
        let parts = mark != '、'
            || asks.iter().any(|ask| ask.asked.is_quantity() && start <= ask.range.start && ask.range.end <= at)
                && asks.iter().any(|ask| ask.asked.is_quantity() && ask.range.start > at);
        if !parts {
            continue;
        }
        if start < at {
            out.push(start..at);
        }
        start = at + mark.len_utf8();
    }
    if start < masked.len() {
        out.push(start..masked.len());
    }
    out
}

/// The first province and what is joined to it; the nation only where no province is named.
fn subjects(masked: &str, names: &[Span<Name>]) -> Range<usize> {
    let provinces = names.iter().any(|span| span.value.short != region::NATION && !span.value.keep);
    let is_subject = |span: &Span<Name>| {
        if provinces { span.value.short != region::NATION && !span.value.keep } else { true }
    };
    let Some(first) = names.iter().position(is_subject) else {
        return 0..0;
    };
    let mut end = first + 1;
    while end < names.len() && is_subject(&names[end]) {
        let between = &masked[names[end - 1].range.end..names[end].range.start];
        // One-character names stand next to each other: 晋陕两省.
        if !between.is_empty() && !JOINT.is_match(between) {
            break;
        }
        end += 1;
    }
    first..end
}
