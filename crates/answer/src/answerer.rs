//! The way of a question: read, embed, find, take out, prove, say.

use std::sync::Arc;
use std::time::Instant;

use wenbao_embed::{Embedder, Role};
use wenbao_index::Store;
use wenbao_report::{Region, Trend};

use crate::cell::{self, CellAnswer, Means};
use crate::compose;
use crate::error::Error;
use crate::evidence;
use crate::explain;
use crate::interpret::{self, Asked, Clock, Combine, Query};
use crate::language::{self, Language};
use crate::many::{self, Many};
use crate::model::{Answer, Kind, Question, Restriction, Searched, TableRequest, Timings};
use crate::projection::QuestionVector;
use crate::view::{self, View};
use crate::views::Views;
use crate::weights::Weights;
use crate::window::Reads;

impl Question {
    /// A longer question is refused: it is no question, and reading it would hold up the others.
    pub const MAX_CHARS: usize = 2_000;
    /// Passages returned where the caller does not say.
    pub const DEFAULT_TOP_K: usize = 5;

    /// A question without history, with default options.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// Answers questions from one index. Shared by threads; every call blocks on computing, so async callers run it on
/// threads of their own.
pub struct Answerer {
    store: Arc<dyn Store>,
    embedder: Arc<Embedder>,
    reader: Option<Arc<dyn Reads>>,
    clock: Clock,
    weights: Weights,
    views: Views,
    /// Of parts of the store.
    parts: Views,
}

/// A question as read, and the language to answer in.
pub(crate) struct Reading {
    pub query: Query,
    pub language: Language,
}

impl Answerer {
    /// An answerer over a store, with the embedder that its vectors were made with.
    pub fn new(store: Arc<dyn Store>, embedder: Arc<Embedder>, clock: Clock) -> Self {
        let weights = Weights::shipped().clone();
        let (views, parts) = (Views::default(), Views::default());
        Self { store, embedder, reader: None, clock, weights, views, parts }
    }

    /// The same with a reader; without one, rules alone tie the question to a value.
    pub fn with_reader(mut self, reader: Option<Arc<dyn Reads>>) -> Self {
        self.reader = reader;
        self
    }

    /// The same with other weights: for fitting them and for ablations.
    pub fn with_weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// The newest generation of the index with its statistics, made anew only when the index changed.
    pub(crate) fn view(&self) -> Result<Arc<View>, Error> {
        self.views.get(|| Ok(self.store.newest()?), View::new)
    }

    /// What a question is answered from: all, or what can be reached where it asks for that.
    fn view_for(&self, question: &Question) -> Result<Arc<View>, Error> {
        if !question.partial {
            return self.view();
        }
        let reachable = self.store.reachable()?;
        // What is whole again has its statistics already.
        if reachable.unreachable().is_empty() {
            return self.view();
        }
        self.parts.get(|| Ok(Arc::clone(&reachable)), View::new)
    }

    /// Reads a question, with the turns before it.
    pub(crate) fn read(&self, view: &View, question: &Question) -> Result<Reading, Error> {
        let length = question.text.chars().count();
        if question.text.trim().is_empty() {
            return Err(Error::EmptyQuestion);
        }
        if length > Question::MAX_CHARS {
            return Err(Error::LongQuestion(length));
        }
        let read = language::in_chinese(&question.text);
        let text = view.speller.correct(&read.text);
        // Greetings and texts that are no questions are nothing to go on from.
        let recent = question.recent();
        let turns: Vec<_> = recent
            .iter()
            .enumerate()
            .filter(|(_, turn)| turn.from_user && turn.text.chars().count() <= Question::MAX_CHARS)
            .filter(|(_, turn)| interpret::small_talk(&turn.text).is_none() && !interpret::beyond(&turn.text))
            .map(|(at, turn)| {
                let mut read = language::in_chinese(&turn.text);
                // "是多少" after "哪个省最低": of the place that the reply names.
                let reply = recent.get(at + 1).filter(|reply| !reply.from_user);
                if let Some(whole) = reply.and_then(|reply| interpret::with_its_place(&read.text, &reply.text, &text)) {
                    read.text = whole;
                }
                (turn.text.as_str(), read)
            })
            .collect();
        // A whole question in another language, of which the rules read little, goes on from nothing.
        let whole = !read.language.is_chinese() && !interpret::leans_abroad(&question.text);
        let clock = self.clock_of(view, &question.filter);
        let history: Vec<Query> = turns.iter().map(|(_, read)| interpret::interpret(&read.text, &clock)).collect();
        let mut query = if history.is_empty() || whole {
            interpret::interpret(&text, &clock)
        } else {
            interpret::follow_up(&history, &text, &clock)
        };
        settle(view, &mut query);
        let before = turns.last().filter(|_| !whole);
        if !read.asks && !before.is_some_and(|(_, read)| read.asks) {
            query.asked = Asked::Any;
            query.cells.iter_mut().for_each(|cell| cell.asked = Asked::Any);
        }
        if let ([cell], true) = (query.cells.as_mut_slice(), whole) {
            cell.text.clone_from(&question.text);
        }
        // "And in 2024?": the models read what it goes on from as well.
        if let ([cell], Some((before, _)), false) = (query.cells.as_mut_slice(), before, read.asks) {
            cell.text = format!("{before} {}", question.text);
        }
        if !read.language.is_chinese() {
            // The models read the question itself, not the line that stands for it.
            query.original = question.text.clone();
            query.foreign = true;
        }
        Ok(Reading { query, language: read.language })
    }

    fn means<'a>(&'a self, view: &'a View, restriction: &'a Restriction, windows: [usize; 2]) -> Means<'a> {
        Means { view, reader: self.reader.as_deref(), weights: &self.weights, restriction, windows }
    }

    /// What 去年 counts from: today, or the newest of the documents that the caller names, or of all, where they are years old.
    fn clock_of(&self, view: &View, restriction: &Restriction) -> Clock {
        let documents = view.snapshot.documents().iter().filter(|d| evidence::admits(restriction, d));
        match documents.filter_map(|d| d.meta.year).max() {
            Some(newest) if newest + 1 < self.clock.year() => Clock::in_year(newest),
            _ => self.clock,
        }
    }

    /// What the models see of the question's cells: the question itself where it has only one.
    fn texts<'a>(question: &'a Question, query: &'a Query) -> Vec<&'a str> {
        // What doubts a value is read as the question for it: "突破14亿吨了吗" as "突破多少吨".
        let doubts = |c: &interpret::Cell| !query.foreign && query.asked == Asked::YesNo && c.asked.is_quantity();
        let own = question.history.is_empty() && matches!(query.cells.as_slice(), [only] if !doubts(only));
        if own { vec![question.text.as_str()] } else { query.cells.iter().map(|c| c.text.as_str()).collect() }
    }

    /// Vectors to search with for the question's cells.
    pub(crate) fn vectors(&self, question: &Question, query: &Query) -> Result<Vec<QuestionVector>, Error> {
        self.embedded(&Self::texts(question, query))
    }

    /// Answers a question, with its proof, or says why it cannot be answered.
    ///
    /// # Errors
    /// Technical ones only: an empty or overlong question, an index or a model that cannot be read.
    pub fn ask(&self, question: &Question) -> Result<Answer, Error> {
        let start = Instant::now();
        let view = self.view_for(question)?;
        let mut answer = self.answer(question, &view, start)?;
        answer.unreachable = view.snapshot.unreachable().to_vec();
        Ok(answer)
    }

    fn answer(&self, question: &Question, view: &View, start: Instant) -> Result<Answer, Error> {
        let begun = Instant::now();
        let talk = interpret::small_talk(&question.text);
        let wordless = question.history.is_empty() && interpret::wordless(&question.text);
        if talk.is_some() || wordless || interpret::beyond(&question.text) {
            let language = language::in_chinese(&question.text).language;
            let mut answer = match talk {
                Some(talk) => compose::small_talk(question, view, language, talk)?,
                None => compose::beyond(question, language),
            };
            answer.timings_ms.total = start.elapsed().as_secs_f64() * 1e3;
            return Ok(answer);
        }
        let mut reading = self.read(view, question)?;
        let interpreted = Instant::now();
        match self.over_many(view, question, &reading)? {
            Many::Answered(mut answer) => {
                answer.timings_ms.interpret = (interpreted - begun).as_secs_f64() * 1e3;
                answer.timings_ms.total = start.elapsed().as_secs_f64() * 1e3;
                return Ok(*answer);
            }
            Many::Only(region) => about(&mut reading.query, &region),
            Many::Not => {}
        }
        let vectors = self.vectors(question, &reading.query)?;
        let embedded = Instant::now();
        let cells = self.cells(view, question, &reading, &vectors)?;
        let (reading, cells) = match self.as_one(view, question, &reading, &cells)? {
            Some(better) => better,
            None => (reading, cells),
        };
        let found = Instant::now();
        let retrieve = cells.iter().map(|c| c.retrieved.as_secs_f64() * 1e3).sum::<f64>();
        let explanation = question
            .explain
            .then(|| Box::new(explain::explain(&reading, &cells, &self.weights, self.reader.is_some())));
        let mut answer = compose::compose(question, view, &reading, cells);
        answer.explanation = explanation;
        let ms = |from: Instant, to: Instant| (to - from).as_secs_f64() * 1e3;
        answer.timings_ms = Timings {
            interpret: ms(begun, interpreted),
            embed: ms(interpreted, embedded),
            retrieve,
            rank: (ms(embedded, found) - retrieve).max(0.0),
            extract: ms(found, Instant::now()),
            total: ms(start, Instant::now()),
        };
        Ok(answer)
    }

    /// The answer to a question over many reports, if it is one.
    fn over_many(&self, view: &View, question: &Question, reading: &Reading) -> Result<Many, Error> {
        let means = self.means(view, &question.filter, many::WINDOWS);
        many::answer(&means, &self.clock_of(view, &question.filter), &|texts| self.embedded(texts), question, reading)
    }

    /// A table that is asked for by its parts.
    ///
    /// # Errors
    /// If no indicator or a place that is none is named; and as [`Answerer::ask`].
    pub fn table(&self, request: &TableRequest) -> Result<Answer, Error> {
        let start = Instant::now();
        let view = self.view()?;
        let restriction = Restriction::default();
        let means = self.means(&view, &restriction, many::WINDOWS);
        let mut answer =
            many::request(&means, &self.clock_of(&view, &restriction), &|texts| self.embedded(texts), request)?;
        answer.timings_ms.total = start.elapsed().as_secs_f64() * 1e3;
        Ok(answer)
    }

    /// Vectors to search with for questions.
    fn embedded(&self, texts: &[&str]) -> Result<Vec<QuestionVector>, Error> {
        let vectors = self.embedder.embed(Role::Query, texts)?;
        Ok((0..texts.len()).map(|i| QuestionVector::new(self.embedder.name(), vectors.row(i))).collect())
    }

    /// Answers each cell of a question on its own.
    pub(crate) fn cells(
        &self,
        view: &View,
        question: &Question,
        reading: &Reading,
        vectors: &[QuestionVector],
    ) -> Result<Vec<CellAnswer>, Error> {
        let means = self.means(view, &question.filter, cell::WINDOWS);
        let answer = |cell: &interpret::Cell, text: &str, vector: &QuestionVector| {
            cell::answer(&means, &reading.query, cell, text, vector)
        };
        let texts = Self::texts(question, &reading.query);
        let cells = reading.query.cells.iter().zip(texts).zip(vectors);
        let mut answers = cells.map(|((c, text), v)| answer(c, text, v)).collect::<Result<Vec<_>, _>>()?;
        // The plan is what is to be new, the report gives what there is: the level of the year before is wanted too.
        if reading.query.combine == Some(Combine::Attainment)
            && let ([_, asked], [_, result]) = (reading.query.cells.as_slice(), answers.as_slice())
            && let Some(before) = level_before(asked, result)
            && let Some(vector) = vectors.last()
        {
            let earlier = answer(&before, &before.text, vector)?;
            if earlier.outcome.is_ok() {
                // The level that the report gives is no answer to what is new in it, but the difference of two is.
                if let Some(result) = answers.get_mut(1) {
                    result.confidence = result.confidence.max(earlier.confidence);
                }
                answers.push(earlier);
            }
        }
        Ok(answers)
    }

    /// A question that was taken apart, read and answered as one where its parts give no answer; `None` where that gives none
    /// either. Parts of one time, place and status of which only some are sure give way to a list: not every clause asks for a value
    /// of its own. What is to be computed of several values is none of them, but for a difference, which a report may tell itself.
    /// Without a reader there is nothing that could tie such a question to a text.
    fn as_one(
        &self,
        view: &View,
        question: &Question,
        reading: &Reading,
        cells: &[CellAnswer],
    ) -> Result<Option<(Reading, Vec<CellAnswer>)>, Error> {
        let combine = reading.query.combine;
        let told = matches!(combine, None | Some(Combine::Difference));
        let silent = compose::abstains(reading, cells);
        let scope = |cell: &interpret::Cell| (cell.region.clone(), cell.period, cell.status);
        let one_scope = reading.query.cells.windows(2).all(|pair| scope(&pair[0]) == scope(&pair[1]));
        let partly = one_scope && !cells.iter().all(|cell| compose::sure(cell, reading.language));
        if cells.len() < 2 || !told || !question.history.is_empty() || self.reader.is_none() || !(silent || partly) {
            return Ok(None);
        }
        let mut query = interpret::interpret_as_one(&reading.query.text, &self.clock_of(view, &question.filter));
        settle(view, &mut query);
        query.original.clone_from(&reading.query.original);
        query.foreign = reading.query.foreign;
        let whole = Reading { query, language: reading.language };
        let vectors = self.vectors(question, &whole.query)?;
        let cells = self.cells(view, question, &whole, &vectors)?;
        let found = cells.first().and_then(|cell| cell.outcome.as_ref().ok());
        let is_it = found.is_some_and(|found| {
            (silent || found.kind == Kind::List)
                && (combine.is_none() || matches!(found.trend, Some(Trend::Up | Trend::Down)))
        });
        Ok((is_it && !compose::abstains(&whole, &cells)).then_some((whole, cells)))
    }

    /// The best passages for a query, the question's text, without taking an answer out of them.
    ///
    /// # Errors
    /// As [`Answerer::ask`].
    pub fn search(&self, query: &Question) -> Result<Searched, Error> {
        let view = self.view_for(query)?;
        let reading = self.read(&view, query)?;
        let vectors = self.vectors(query, &reading.query)?;
        let cells = self.cells(&view, query, &reading, &vectors)?;
        let mut passages = compose::ranked_passages(&view, &cells);
        passages.truncate(if query.top_k == 0 { Question::DEFAULT_TOP_K } else { query.top_k });
        Ok(Searched { passages, unreachable: view.snapshot.unreachable().to_vec() })
    }
}

/// Makes a question that names no place one about the only place whose reports speak of it.
fn about(query: &mut Query, region: &Region) {
    query.regions = vec![region.clone()];
    query.cells.iter_mut().for_each(|cell| cell.region = Some(region.clone()));
}

/// What the question alone does not say: the order of its times, which region it is about where reports are of some only, and
/// which units were only guessed.
fn settle(view: &View, query: &mut Query) {
    in_time_order(query);
    about_a_known_region(view, query);
    drop_guessed_units(query);
}

/// "内蒙古送到北京的农产品": where no report is about the region that was read, but one is about another that the question names,
/// the question is about that.
fn about_a_known_region(view: &View, query: &mut Query) {
    let known = |region: &wenbao_report::Region| {
        view.snapshot.documents().iter().any(|d| d.meta.region.as_ref() == Some(region))
    };
    let [only] = query.cells.as_mut_slice() else { return };
    if only.region.as_ref().is_none_or(known) {
        return;
    }
    let mut others: Vec<wenbao_report::Region> =
        wenbao_report::region::find(&only.text).into_iter().map(|(_, region)| region).filter(known).collect();
    others.dedup();
    if let [other] = others.as_slice() {
        only.region = Some(other.clone());
    }
}

/// Words that measure one time against another.
const AGAINST: &[&str] = &["相比", "比怎么样", "对比上", "比起", "比较"];

/// "2023年跟2020年比": what is compared with an earlier time is told from the earlier to the later.
fn in_time_order(query: &mut Query) {
    let against = AGAINST.iter().any(|word| query.text.contains(word));
    let [first, second] = query.cells.as_mut_slice() else { return };
    let year = |c: &interpret::Cell| c.period.and_then(|p| p.year_span());
    if against && first.region == second.region && year(first) > year(second) && year(second).is_some() {
        std::mem::swap(first, second);
    }
}

/// Words of a plan for something new; a level has none of them.
const NEW: &[&str] = &["新建", "新增", "新培育", "新认定", "净增", "新改建", "再建", "增加"];

/// The cell that asks for the level a year before, where the plan is for something new and the result is a level.
fn level_before(asked: &interpret::Cell, result: &CellAnswer) -> Option<interpret::Cell> {
    let found = result.outcome.as_ref().ok()?;
    let is_new = |text: &str| NEW.iter().any(|word| text.contains(word));
    let quote = result.ranked.get(found.sentence).map(|s| view::slice(&s.passage.record.passage.text, &found.quote))?;
    if !is_new(&asked.topic) || is_new(&found.value.label) || is_new(quote) {
        return None;
    }
    let year = asked.period?.single_year()?;
    let topic = NEW.iter().fold(asked.topic.clone(), |topic, word| topic.replace(word, ""));
    Some(interpret::Cell { period: Some(wenbao_report::Period::year(year - 1)), topic, ..asked.clone() })
}

/// A yes-or-no question seldom names the unit; one guessed from a word of the topic ("煤" for 吨) would rule out the answer.
fn drop_guessed_units(query: &mut Query) {
    if query.combine == Some(Combine::Attainment) {
        for cell in &mut query.cells {
            if !cell.units.iter().any(|unit| query.original.contains(unit.as_str())) {
                cell.units.clear();
            }
        }
    }
}
