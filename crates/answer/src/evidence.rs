//! From a question's cell to ranked sentences: candidates from both grains of both indexes, each scored with what
//! is known of its words, its time, its status, its place and its values.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wenbao_index::{DocumentRecord, Filter, Grain, Search, terms};
use wenbao_report::{Quantity, Region, Status};

use crate::error::Error;
use crate::features::{Weighing, features, yes};
use crate::grams::{Weighted, fold_char};
use crate::interpret::{Asked, Cell, Query, spelled_out};
use crate::model::Restriction;
use crate::projection::QuestionVector;
use crate::time::{Fit, fit};
use crate::units::{UnitFit, unit_fit};
use crate::values::clause_around;
use crate::view::{PassageView, View, slice};

features! {
    /// What is known of a candidate sentence. Cosines and BM25 scores are taken relative to the best candidate, since
    /// their absolute values depend on the question more than on the sentence.
    SentenceFeatures: SentenceFeature {
        /// Cosine of the sentence, below the best one's, times 20.
        DenseSentence = "dense_sentence",
        /// Cosine of the passage, likewise.
        DensePassage = "dense_passage",
        /// As dense_sentence, of the question's vector moved to where such questions are answered.
        AimedSentence = "aimed_sentence",
        /// As dense_passage, likewise.
        AimedPassage = "aimed_passage",
        /// BM25 of the sentence, of the best one's.
        LexicalSentence = "lexical_sentence",
        /// BM25 of the passage, likewise.
        LexicalPassage = "lexical_passage",
        /// Share of the topic's units in the sentence, by rarity.
        TopicInSentence = "topic_in_sentence",
        /// The same in passage and headings.
        TopicInPassage = "topic_in_passage",
        /// The same in the headings.
        TopicInHeading = "topic_in_heading",
        /// Share of the whole question's units in the sentence.
        QuestionInSentence = "question_in_sentence",
        /// Share of the topic's rarest third.
        RareInSentence = "rare_in_sentence",
        /// Longest run of characters shared with the topic, of its length.
        LongestRun = "longest_run",
        /// It speaks of the very time asked for.
        PeriodSame = "period_same",
        /// Its time ends where that asked for does.
        PeriodEnds = "period_ends",
        /// Its time lies within that asked for.
        PeriodWithin = "period_within",
        /// Its time holds that asked for.
        PeriodHolds = "period_holds",
        /// It says no time.
        PeriodUnknown = "period_unknown",
        /// The year asked for stands in its words.
        YearInWords = "year_in_words",
        /// Plan or result, as asked.
        StatusMatch = "status_match",
        /// A plan where a result is asked for, or the other way round.
        StatusMismatch = "status_mismatch",
        /// Its document is about the region.
        RegionMatch = "region_match",
        /// Share of the places named that stand in it.
        PlaceInSentence = "place_in_sentence",
        /// The same in its passage.
        PlaceInPassage = "place_in_passage",
        /// It has a value in the very unit.
        UnitSame = "unit_same",
        /// It has one of the same dimension, or no unit is asked for.
        UnitDimension = "unit_dimension",
        /// It has one that counts other things.
        UnitCount = "unit_count",
        /// Best share of the topic in what one of its values measures.
        ValueMeasure = "value_measure",
        /// Share of what the question quotes that stands in it.
        Quoted = "quoted",
        /// Share of the question's numbers that stand in it.
        Number = "number",
        /// It has words of time where one is asked for.
        TimeWords = "time_words",
        /// It has an enumeration long enough where one is asked for.
        Enumeration = "enumeration",
        /// It has the class of the name asked for.
        HeadWord = "head_word",
        /// Its length, ln(1 + characters/60).
        Length = "length",
        /// Length of its document, at most 1.
        DocumentLength = "document_length",
    }
}

/// A scored candidate.
#[derive(Clone)]
pub(crate) struct Scored {
    /// The passage it is in.
    pub passage: Arc<PassageView>,
    /// Its number in that passage.
    pub sentence: usize,
    /// What is known of it.
    pub features: SentenceFeatures,
    /// The weighted sum.
    pub score: f32,
    /// Its cosine to the question.
    pub cosine: f32,
}

/// What another translation counts beside the first.
const EXPANSION_WEIGHT: f32 = 0.6;

/// How many hits are taken from each index and grain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth {
    /// Passages from each index.
    pub passages: usize,
    /// Sentences from each index.
    pub sentences: usize,
}

impl Default for Depth {
    fn default() -> Self {
        Self { passages: 30, sentences: 60 }
    }
}

/// A cell with everything about it that does not depend on the sentence it is compared with.
pub(crate) struct Probe<'a> {
    /// What is asked.
    pub cell: &'a Cell,
    /// The question's vector.
    pub vector: &'a QuestionVector,
    /// The topic's units.
    pub topic: Weighted,
    /// The rarest third of them.
    rare: Weighted,
    /// The whole question's units.
    pub question: Weighted,
    /// The topic's characters, folded.
    pub topic_chars: Vec<char>,
    /// Places that the question names.
    pub places: Vec<String>,
    /// Words of letters and digits in the topic.
    identifiers: Vec<String>,
    /// What stands in quotation marks.
    quoted: Vec<String>,
    /// Numbers that the question itself names: they identify, they do not answer.
    pub numbers: HashSet<String>,
    /// Years asked for, as a report writes them.
    years: Vec<String>,
    /// The class of the name asked for, "哪家医院": what the answer mostly ends in.
    pub head: Option<Vec<char>>,
    /// How many items are asked for.
    pub count: Option<usize>,
    /// The question's characters, folded.
    pub question_chars: Vec<char>,
    /// What stands behind its question word and measure word, folded.
    pub after_question_word: Vec<char>,
    /// Terms for the lexical index, with their weights.
    pub terms: Vec<(String, f32)>,
    /// The question is in another language than the reports.
    pub foreign: bool,
    /// Documents that may answer; `None` where all may.
    filter: Filter,
    region_known: bool,
}

impl<'a> Probe<'a> {
    /// Prepares a cell of a question against one generation of the index.
    /// `restriction` is what the caller narrows the search down to.
    pub fn new(
        query: &'a Query,
        cell: &'a Cell,
        vector: &'a QuestionVector,
        restriction: &Restriction,
        view: &View,
    ) -> Self {
        // The reports write out what people shorten: GDP is 生产总值 there.
        let words = spelled_out(&cell.topic);
        let mut topic = Weighted::new(&words, &view.rarity);
        let senses = senses(cell, &words);
        for (part, others) in &senses {
            for other in others {
                topic.stand_in(part, other, &view.rarity);
            }
        }
        let mut rare = topic.clone();
        rare.units.sort_by(|a, b| b.1.total_cmp(&a.1));
        rare.units.truncate(topic.units.len().div_ceil(3));
        rare.total = rare.units.iter().map(|(_, w)| w).sum();
        let mut weighted: HashMap<String, f32> = HashMap::new();
        for term in terms::terms(&words) {
            weighted.entry(term).or_insert(1.0);
        }
        for term in senses.iter().flat_map(|(_, others)| others) {
            for part in terms::terms(term) {
                weighted.entry(part).or_insert(EXPANSION_WEIGHT);
            }
        }
        let mut terms: Vec<(String, f32)> = weighted.into_iter().collect();
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        let question = if query.cells.len() > 1 { &cell.text } else { &query.text };
        let after_question_word = behind_question_word(question, &cell.units);
        let (filter, region_known) = filter(cell.region.as_ref(), restriction, view);
        Self {
            question: Weighted::new(question, &view.rarity),
            topic_chars: words.chars().map(fold_char).filter(|c| c.is_alphanumeric()).collect(),
            // Of two cities that are compared, each cell has its own.
            places: query
                .places
                .iter()
                .filter(|place| query.cells.len() == 1 || cell.text.contains(place.as_str()))
                .cloned()
                .collect(),
            identifiers: identifiers(&cell.topic),
            quoted: quoted(&query.text),
            numbers: numbers(&query.text),
            years: cell
                .period
                .and_then(|p| p.year_span())
                .map(|(a, b)| if a == b { vec![format!("{a}年")] } else { vec![format!("{a}"), format!("{b}")] })
                .unwrap_or_default(),
            head: cell.class.as_ref().map(|h| h.chars().map(fold_char).collect()),
            count: query.count,
            question_chars: question.chars().map(fold_char).collect(),
            after_question_word,
            terms,
            foreign: query.foreign,
            filter,
            region_known,
            cell,
            vector,
            topic,
            rare,
        }
    }
}

/// Words that stand where the answer would.
const QUESTION_WORDS: &[&str] =
    &["多少", "多长", "多大", "多高", "多久", "多远", "多深", "多快", "几", "哪", "什么", "谁", "何"];

/// Words of letters and digits that identify what is asked about: PM10 is not PM2.5, line 3 is not line 2.
fn identifiers(topic: &str) -> Vec<String> {
    let chars: Vec<char> = topic.chars().map(fold_char).collect();
    let mut words: Vec<String> = chars
        .split(|c| !(c.is_ascii_alphanumeric() || *c == '.'))
        .filter(|word| word.iter().any(char::is_ascii_alphabetic) && word.iter().any(char::is_ascii_digit))
        .map(|word| word.iter().collect())
        .collect();
    // 第四届全国人大 is not the fifth: 四届人大 is what reports say for it.
    for at in 1..chars.len() {
        if chars[at] == '届' {
            let numeral = |c: &char| c.is_ascii_digit() || "一二三四五六七八九十".contains(*c);
            let start = chars[..at].iter().rposition(|c| !numeral(c)).map_or(0, |i| i + 1);
            if start < at {
                words.push(chars[start..=at].iter().collect());
            }
        }
    }
    words
}

impl Probe<'_> {
    /// Whether the question asks by how much something came before its time: 提前了几年, 比计划早了多久.
    pub fn asks_how_early(&self) -> bool {
        self.question_chars.contains(&'早') || self.question_chars.windows(2).any(|w| *w == ['提', '前'])
    }

    /// Whether a passage stands in the report that the question points at, whatever year it speaks of. The year of an open
    /// question that asks neither for plans nor for results names a report too: what it owns up to stands in its review of
    /// the year before.
    pub fn is_of_report(&self, passage: &PassageView) -> bool {
        let year = passage.record.document.meta.year;
        self.cell.whole_report && year == self.cell.report_year
            || self.cell.asked == Asked::Overview
                && self.cell.status.is_none()
                && year.is_some()
                && year == self.cell.period.and_then(|p| p.single_year())
    }

    /// Whether a candidate lacks a word or a place without which it cannot be what is asked about: the word in its
    /// sentence (for a quantity: in its clause or its measure), the place anywhere in its passage or as what its document is
    /// about.
    pub fn misses_identifier(&self, scored: &Scored, quantity: Option<&Quantity>) -> bool {
        let passage = &scored.passage.record.passage;
        let headed = |word: &String| passage.section.iter().any(|h| h.contains(word.as_str()));
        let view = &scored.passage.sentences[scored.sentence];
        let words: String = match quantity {
            None => view.chars.iter().collect(),
            Some(quantity) => {
                let clause = clause_around(&view.chars, &view.within(&quantity.range));
                view.chars[clause]
                    .iter()
                    .chain(quantity.measure.chars().map(fold_char).collect::<Vec<_>>().iter())
                    .collect()
            }
        };
        // PM_2.5: a low mark that stands for small print.
        let words = words.replace('_', "");
        self.identifiers.iter().any(|word| !words.contains(word.as_str()) && !headed(word)) || self.is_elsewhere(scored)
    }

    /// Whether neither a passage nor its document speaks of the places asked about.
    pub fn is_elsewhere(&self, scored: &Scored) -> bool {
        let passage = &scored.passage.record.passage;
        let headed = |word: &String| passage.section.iter().any(|h| h.contains(word.as_str()));
        let record = &scored.passage.record.document;
        let of_place = |place: &String| {
            record.meta.region.as_ref().is_some_and(|r| r.0 == *place)
                || record.meta.title.as_ref().is_some_and(|title| title.contains(place.as_str()))
                || Path::new(&record.path)
                    .file_stem()
                    .is_some_and(|stem| stem.to_string_lossy().contains(place.as_str()))
        };
        let absent = |place: &String| !passage.text.contains(place.as_str()) && !headed(place) && !of_place(place);
        // One name in another language may stand for several places: Suzhou is 苏州 and 宿州.
        match self.foreign {
            true => !self.places.is_empty() && self.places.iter().all(absent),
            false => self.places.iter().any(absent),
        }
    }
}

/// What stands behind the question word, its measure word left out.
fn behind_question_word(text: &str, units: &[String]) -> Vec<char> {
    let fold = |s: &str| s.chars().map(fold_char).collect::<Vec<char>>();
    let Some((at, word)) =
        QUESTION_WORDS.iter().filter_map(|w| text.find(w).map(|at| (at, *w))).min_by_key(|(at, _)| *at)
    else {
        return Vec::new();
    };
    let mut rest = &text[at + word.len()..];
    for multiplier in ["万亿", "亿", "万"] {
        rest = rest.strip_prefix(multiplier).unwrap_or(rest);
    }
    if let Some(unit) = units.iter().find(|u| !u.is_empty() && rest.starts_with(u.as_str())) {
        rest = &rest[unit.len()..];
    } else if word == "哪" {
        // 哪家, 哪个, 哪些, 哪几个: the measure word says nothing of the name.
        rest = rest.trim_start_matches(['几', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十', '些']);
        rest = rest.trim_start_matches(['个', '家', '座', '所', '项', '条', '位', '款', '部', '处', '种', '类']);
    }
    fold(rest)
}

/// Whether a document is one of those, and of one of the kinds, that the caller names, if any.
pub(crate) fn admits(restriction: &Restriction, document: &DocumentRecord) -> bool {
    let Restriction { doc_types, documents, .. } = restriction;
    if !doc_types.is_empty() && !doc_types.contains(&document.meta.doc_type) {
        return false;
    }
    let file = || Path::new(&document.path).file_name().map(|f| f.to_string_lossy());
    documents.is_empty() || documents.iter().any(|name| *name == document.id.0 || file().as_deref() == Some(name))
}

/// What the caller lets pass of any document, without the documents that are named.
pub(crate) fn narrowed(restriction: &Restriction) -> Filter {
    Filter {
        kinds: restriction.doc_types.clone(),
        years: restriction.years,
        undated: restriction.years.is_some(),
        regions: restriction.regions.clone(),
        statuses: match restriction.status {
            Some(Status::Target) => vec![Status::Target],
            Some(_) => vec![Status::Actual, Status::Estimated],
            None => Vec::new(),
        },
        ..Filter::default()
    }
}

/// Restricts the search to what the caller lets pass, and to the documents of the region that the question names. Where the
/// documents are about the whole country, a province's name is a word of the topic.
fn filter(region: Option<&Region>, restriction: &Restriction, view: &View) -> (Filter, bool) {
    let documents = view.snapshot.documents();
    let of_region = |d: &DocumentRecord| region.is_some_and(|region| d.meta.region.as_ref() == Some(region));
    let known = documents.iter().any(|d| of_region(d));
    let wanted = |d: &&std::sync::Arc<DocumentRecord>| (!known || of_region(d)) && admits(restriction, d);
    let named = known || !restriction.documents.is_empty();
    let filter = Filter {
        documents: named.then(|| documents.iter().filter(wanted).map(|d| d.id.clone()).collect()),
        ..narrowed(restriction)
    };
    (filter, known)
}

/// Parts of a cell's topic, written out, for which the reports have other words.
pub(crate) fn senses(cell: &Cell, topic: &str) -> Vec<(String, Vec<String>)> {
    let chars: Vec<char> = topic.chars().collect();
    let mut senses: Vec<(String, Vec<String>)> = crate::thesaurus::senses(topic)
        .into_iter()
        .map(|(range, sense)| (chars[range].iter().collect(), sense.targets.iter().map(ToString::to_string).collect()))
        .collect();
    // The economy grows as its product does: 经济增长5%左右, 国内生产总值增长5%左右.
    if matches!(cell.asked, Asked::Rate(_)) {
        const PRODUCT: [&str; 3] = ["国内生产总值", "地区生产总值", "生产总值"];
        if let Some(name) = PRODUCT.iter().find(|name| topic.contains(**name)) {
            senses.push(((*name).to_string(), vec!["经济增长".to_string()]));
        } else if matches!(topic, "经济" | "整体经济") {
            senses.push((topic.to_string(), vec!["国内生产总值".to_string(), "地区生产总值".to_string()]));
        }
    }
    senses
}

/// What stands in quotation marks or book-title marks.
fn quoted(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['“', '《', '「', '『', '"']) {
        let after = &rest[open..].chars().skip(1).collect::<String>();
        match after.find(['”', '》', '」', '』', '"']) {
            Some(close) if close > 0 => {
                out.push(after[..close].to_string());
                let skip = rest[open..].chars().next().map_or(1, char::len_utf8);
                rest = &rest[(open + skip + close).min(rest.len())..];
            }
            _ => break,
        }
        let skip = rest.chars().next().map_or(0, char::len_utf8);
        rest = &rest[skip..];
    }
    out
}

/// Arabic numbers of a text that are no years.
fn numbers(text: &str) -> HashSet<String> {
    let mut out = HashSet::new();
    let chars: Vec<char> = text.chars().map(fold_char).collect();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len()
            && (chars[at].is_ascii_digit() || (chars[at] == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)))
        {
            at += 1;
        }
        let number: String = chars[start..at].iter().collect();
        let year = number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
        let two_digit_year = number.len() == 2 && chars.get(at) == Some(&'年');
        if !year && !two_digit_year {
            out.insert(number);
        }
    }
    out
}

/// Finds and ranks the sentences that may answer a cell, best first; with it the time that finding them took.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn rank(
    view: &View,
    probe: &Probe,
    weights: &crate::Weights,
    depth: Depth,
) -> Result<(Vec<Scored>, Duration), Error> {
    let started = Instant::now();
    let pool = candidates(view, probe, depth)?;
    let retrieved = started.elapsed();
    let mut scored = score(view, probe, &pool)?;
    let weights = Weighing::of::<SentenceFeatures>(&weights.sentence);
    for candidate in &mut scored {
        candidate.score = weights.sum(&candidate.features);
    }
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.key().cmp(&b.key())));
    Ok((scored, retrieved))
}

impl Scored {
    /// The words at a range of its sentence, verbatim.
    pub fn text(&self, range: &Range<usize>) -> &str {
        let offset = self.passage.sentences[self.sentence].range.start;
        slice(&self.passage.record.passage.text, &(range.start + offset..range.end + offset))
    }

    /// Row and sentence: a stable order among equals.
    pub fn key(&self) -> (u32, usize) {
        (self.passage.record.row, self.sentence)
    }
}

/// BM25 scores by row, and by row and sentence; rows of dense hits have none.
#[derive(Default)]
struct Pool {
    rows: Vec<u32>,
    lexical_passage: HashMap<u32, f32>,
    lexical_sentence: HashMap<(u32, u16), f32>,
}

fn candidates(view: &View, probe: &Probe, depth: Depth) -> Result<Pool, Error> {
    let snapshot = &view.snapshot;
    let mut pool = Pool::default();
    let mut rows = HashSet::new();
    let mut filters = vec![probe.filter.clone()];
    if let Some(span) = probe.cell.period.and_then(|p| p.year_span()).filter(|_| probe.filter.years.is_none()) {
        filters.push(Filter { years: Some(span), ..probe.filter.clone() });
    }
    let grains = [(Grain::Passage, depth.passages), (Grain::Sentence, depth.sentences)];
    let mut searches = Vec::new();
    for filter in &filters {
        for query in [&probe.vector.own, &probe.vector.aimed] {
            searches.extend(grains.map(|(grain, k)| Search::Vectors { grain, query, k, filter }));
        }
        searches.extend(grains.map(|(grain, k)| Search::Text { grain, terms: &probe.terms, k, filter }));
    }
    // All at once: a store elsewhere searches them side by side.
    for (search, hits) in searches.iter().zip(snapshot.search(&searches)?) {
        rows.extend(hits.iter().map(|hit| hit.row));
        let Search::Text { .. } = search else { continue };
        for hit in hits {
            match hit.sentence {
                Some(sentence) => pool.lexical_sentence.insert((hit.row, sentence), hit.score),
                None => pool.lexical_passage.insert(hit.row, hit.score),
            };
        }
    }
    pool.rows = rows.into_iter().collect();
    pool.rows.sort_unstable();
    snapshot.expect(&pool.rows)?;
    Ok(pool)
}

fn inner(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn score(view: &View, probe: &Probe, pool: &Pool) -> Result<Vec<Scored>, Error> {
    use SentenceFeature as F;
    let mut out = Vec::new();
    for &row in &pool.rows {
        let passage = view.passage(row)?;
        let near = |v: &[f32]| (inner(&probe.vector.own, v), inner(&probe.vector.aimed, v));
        let whole = view.snapshot.vector(Grain::Passage, row, 0)?.map_or((0.0, 0.0), |v| near(&v));
        let lexical_passage = pool.lexical_passage.get(&row).copied().unwrap_or(0.0);
        for sentence in 0..passage.sentences.len() {
            let (cosine, aimed) =
                view.snapshot.vector(Grain::Sentence, row, sentence as u16)?.map_or(whole, |v| near(&v));
            let lexical = pool.lexical_sentence.get(&(row, sentence as u16)).copied().unwrap_or(0.0);
            let mut features = SentenceFeatures::default();
            features[F::DenseSentence] = cosine;
            features[F::DensePassage] = whole.0;
            features[F::AimedSentence] = aimed;
            features[F::AimedPassage] = whole.1;
            features[F::LexicalSentence] = lexical;
            features[F::LexicalPassage] = lexical_passage;
            describe(probe, &passage, sentence, &mut features);
            out.push(Scored { passage: passage.clone(), sentence, features, score: 0.0, cosine });
        }
    }
    // Relative to the best: a tenth of cosine is a world apart in this model's narrow cone.
    let best = |name: F| out.iter().map(|c: &Scored| c.features[name]).fold(f32::MIN, f32::max);
    let cosines = [F::DenseSentence, F::DensePassage, F::AimedSentence, F::AimedPassage].map(|name| (name, best(name)));
    let lexical = [F::LexicalSentence, F::LexicalPassage].map(|name| (name, best(name)));
    for candidate in &mut out {
        for (name, top) in cosines {
            candidate.features[name] = ((candidate.features[name] - top) * 20.0).max(-4.0);
        }
        for (name, top) in lexical.into_iter().filter(|(_, top)| *top > 0.0) {
            candidate.features[name] /= top;
        }
    }
    Ok(out)
}

/// Everything about a sentence that does not depend on the other candidates.
fn describe(probe: &Probe, passage: &PassageView, number: usize, features: &mut SentenceFeatures) {
    let sentence = &passage.sentences[number];
    let stored = &passage.record.passage.sentences[number];
    let cell = probe.cell;
    use SentenceFeature as F;
    let in_sentence = |key: u64| sentence.keys.contains(&key);
    features[F::TopicInSentence] = probe.topic.coverage(in_sentence);
    features[F::TopicInPassage] =
        probe.topic.coverage(|k| passage.keys.contains(&k) || passage.heading_keys.contains(&k));
    features[F::TopicInHeading] = probe.topic.coverage(|k| passage.heading_keys.contains(&k));
    features[F::QuestionInSentence] = probe.question.coverage(in_sentence);
    features[F::RareInSentence] = probe.rare.coverage(in_sentence);
    features[F::LongestRun] =
        longest_run(&probe.topic_chars, &sentence.chars) as f32 / probe.topic_chars.len().clamp(4, 12) as f32;
    if let Some(period) = &cell.period {
        // The sentence's own values may speak of another time than the sentence ("达到…" beside "比2015年…").
        let mut best = fit(period, sentence.period.as_ref());
        if best != Fit::Same && stored.quantities.iter().any(|q| fit(period, q.period.as_ref()) == Fit::Same) {
            best = Fit::Same;
        }
        if probe.is_of_report(passage) {
            best = Fit::Same;
        }
        match best {
            Fit::Same => features[F::PeriodSame] = 1.0,
            Fit::Ends => features[F::PeriodEnds] = 1.0,
            Fit::Within => features[F::PeriodWithin] = 1.0,
            Fit::Holds => features[F::PeriodHolds] = 1.0,
            Fit::Unknown => features[F::PeriodUnknown] = 1.0,
            Fit::Apart => {}
        }
        let text = passage.sentence_text(number);
        features[F::YearInWords] =
            yes(!probe.years.is_empty() && probe.years.iter().all(|y| text.contains(y.as_str())));
    }
    if let (Some(asked), Some(status)) = (cell.status, sentence.status) {
        features[F::StatusMatch] = yes(status.is_result() == asked.is_result());
        features[F::StatusMismatch] = yes((status == Status::Target) != (asked == Status::Target));
    }
    if let Some(region) = &cell.region {
        let text = &passage.record.passage.text;
        features[F::RegionMatch] = yes(if probe.region_known {
            passage.record.document.meta.region.as_ref() == Some(region)
        } else {
            text.contains(&region.0)
        });
    }
    if !probe.places.is_empty() {
        let words = passage.sentence_text(number);
        let share = |text: &str| {
            probe.places.iter().filter(|p| text.contains(p.as_str())).count() as f32 / probe.places.len() as f32
        };
        features[F::PlaceInSentence] = share(words);
        features[F::PlaceInPassage] = share(&passage.record.passage.text);
    }
    let numeric = cell.asked.is_quantity();
    if numeric || !cell.units.is_empty() {
        let mut best = UnitFit::None;
        let mut measure = 0.0_f32;
        for (quantity, keys) in stored.quantities.iter().zip(&sentence.measures) {
            let fits = unit_fit(&cell.units, quantity);
            if fits == UnitFit::None {
                continue;
            }
            best = best.max(fits);
            measure = measure.max(probe.topic.coverage(|k| keys.contains(&k)));
        }
        features[F::UnitSame] = yes(best >= UnitFit::Also);
        features[F::UnitDimension] = yes(best == UnitFit::Dimension || best == UnitFit::Open);
        features[F::UnitCount] = yes(best == UnitFit::Count);
        features[F::ValueMeasure] = measure;
    }
    let text = passage.sentence_text(number);
    if !probe.quoted.is_empty() {
        features[F::Quoted] =
            probe.quoted.iter().filter(|q| text.contains(q.as_str())).count() as f32 / probe.quoted.len() as f32;
    }
    if !probe.numbers.is_empty() {
        let words: String = sentence.chars.iter().collect();
        features[F::Number] =
            probe.numbers.iter().filter(|n| words.contains(n.as_str())).count() as f32 / probe.numbers.len() as f32;
    }
    if matches!(cell.asked, Asked::Time | Asked::Duration) {
        features[F::TimeWords] = yes(!crate::extract::time::time_spans(&sentence.chars).is_empty());
    }
    if cell.asked == Asked::List {
        features[F::Enumeration] =
            yes(sentence.chars.iter().filter(|c| matches!(c, '、')).count() + 1 >= probe.count.unwrap_or(2).min(4));
    }
    if let Some(head) = &probe.head {
        features[F::HeadWord] = yes(sentence.chars.windows(head.len().max(1)).any(|w| w == head.as_slice()));
    }
    features[F::Length] = (sentence.chars.len() as f32 / 60.0).ln_1p();
    features[F::DocumentLength] = (passage.record.document.characters as f32 / 10_000.0).min(1.0);
}

/// Length of the longest run of characters that both hold.
pub(crate) fn longest_run(a: &[char], b: &[char]) -> usize {
    let mut row = vec![0_usize; b.len() + 1];
    let mut best = 0;
    for &x in a {
        let mut diagonal = 0;
        for (j, &y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { 0 };
            best = best.max(row[j + 1]);
            diagonal = above;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn the_longest_common_run_is_found() {
        assert_eq!(longest_run(&chars("新建智能化煤矿"), &chars("累计建成智能化煤矿118座")), 5);
        assert_eq!(longest_run(&chars(""), &chars("煤矿")), 0);
    }

    #[test]
    fn quoted_words_and_numbers_of_the_question_are_seen() {
        assert_eq!(quoted("2025年“三改联动”和《黑神话》"), ["三改联动", "黑神话"]);
        let expected: HashSet<String> = ["8", "4", "120"].map(String::from).into_iter().collect();
        assert_eq!(numbers("2025年“8+4”政策，25年的120个项目"), expected);
    }
}
