//! Pieces in a question's order to a gloss in Chinese order.
//!
//! A question is cut into *segments*: noun phrases with the verbs around them. Within a segment, "A of B" becomes BA. A verb that
//! Chinese puts before its object goes before the segment that follows it, or, where none follows (the object was the question's
//! first phrase), before the one it follows. Time, region and plan-or-result words go to the front; the question phrase goes last.

use super::lexicon::{Asked, Class};
use super::piece::Piece;
use super::{Gloss, GlossTerm, Language};

/// "and" inside a chunk, until it is read out: words may end in 和 themselves ("碳中和").
const AND: char = '\u{1}';

/// A noun phrase with what is said of it.
#[derive(Debug, Default)]
struct Segment {
    before: Vec<String>,
    /// Chunks in the source's order; joined in reverse.
    chunks: Vec<String>,
    after: Vec<String>,
    /// The measure word of the last noun that has one.
    measure: Option<&'static str>,
    /// It begins after an auxiliary verb, as a subject of a question does.
    inverted: bool,
    /// Its last noun is an English plural.
    plural: bool,
    /// What it is the object of ("which mine").
    asked: Option<Asked>,
}

impl Segment {
    fn is_empty(&self) -> bool {
        self.chunks.iter().all(String::is_empty)
    }

    /// Whether it is the plural of something that is not measured and is asked for with "what".
    fn asks_things(&self) -> bool {
        self.asked == Some(Asked::What) && self.plural && !self.is_empty() && !is_amount(&self.noun_phrase())
    }

    fn noun_phrase(&self) -> String {
        let mut phrase = String::new();
        for chunk in self.chunks.iter().rev() {
            let chunk = chunk.trim_end_matches(AND).replace(AND, "和");
            // "average wage of workers" names the workers once.
            if phrase.chars().count() >= 2 && chunk.contains(&phrase) {
                phrase.clear();
            }
            phrase.push_str(&chunk);
        }
        phrase
    }

    fn push(&mut self, word: &str) {
        if self.chunks.is_empty() {
            self.chunks.push(String::new());
        }
        if let Some(chunk) = self.chunks.last_mut()
            && (word.chars().count() < 2 || !chunk.contains(word))
        {
            if chunk.chars().count() >= 2 && word.contains(chunk.as_str()) {
                chunk.clear();
            }
            chunk.push_str(word);
        }
    }
}

/// The parts of the Chinese question, and the look-ups.
#[derive(Debug, Default)]
struct Parts {
    times: Vec<String>,
    places: Vec<String>,
    province: bool,
    statuses: Vec<String>,
    goals: Vec<String>,
    segments: Vec<Segment>,
    ask: Option<(Asked, String)>,
    terms: Vec<GlossTerm>,
    unknown: Vec<String>,
}

/// Puts the pieces together.
pub(super) fn assemble(language: Language, pieces: Vec<Piece>) -> Gloss {
    let mut parts = Parts::default();
    parts.collect(pieces);
    let text = parts.text();
    Gloss { language, text, terms: parts.terms, unknown: parts.unknown }
}

fn push_new(list: &mut Vec<String>, word: &str) {
    if !word.is_empty() && !list.iter().any(|known| known == word) {
        list.push(word.to_owned());
    }
}

impl Parts {
    fn segment(&mut self) -> &mut Segment {
        if self.segments.is_empty() {
            self.segments.push(Segment::default());
        }
        let last = self.segments.len() - 1;
        &mut self.segments[last]
    }

    /// Ends the segment, so that the next noun begins another.
    fn cut(&mut self, inverted: bool) {
        let segment = self.segment();
        if segment.is_empty() && segment.before.is_empty() {
            segment.inverted |= inverted;
        } else {
            self.segments.push(Segment { inverted, ..Segment::default() });
        }
    }

    fn collect(&mut self, pieces: Vec<Piece>) {
        // A verb cuts before the next noun, not before a link: "the increase in output" stays together.
        let mut verb = false;
        for (at, piece) in pieces.iter().enumerate() {
            if is_place_kind(piece) && beside_place(&pieces, at) {
                continue;
            }
            let piece = piece.clone();
            match piece {
                Piece::Term { source, targets, class } => {
                    let target = targets.first().cloned().unwrap_or_default();
                    let province = matches!(class, Class::Province(_));
                    match class {
                        Class::Province(_) | Class::City => {
                            self.province |= province && target != "全国";
                            push_new(&mut self.places, &target);
                        }
                        Class::StatusBefore => push_new(&mut self.statuses, &target),
                        Class::StatusAfter => push_new(&mut self.goals, &target),
                        Class::Before => {
                            if !self.segment().is_empty() {
                                self.cut(false);
                            }
                            push_new(&mut self.segment().before, &target);
                            verb = false;
                        }
                        Class::After => {
                            push_new(&mut self.segment().after, &target);
                            verb = true;
                        }
                        // "home units": a bare counter says nothing about the topic.
                        Class::Unit if COUNTERS.contains(&target.as_str()) => {}
                        _ => {
                            if verb {
                                self.cut(false);
                                verb = false;
                            }
                            let segment = self.segment();
                            segment.push(&target);
                            segment.plural = source.ends_with('s') && !source.ends_with("ss");
                            // "students in schools" counts students.
                            if let Class::Noun(measure) = class
                                && segment.chunks.len() <= 1
                            {
                                segment.measure = measure.or(segment.measure);
                            }
                        }
                    }
                    if !province {
                        self.terms.push(GlossTerm { source, target: targets });
                    }
                }
                Piece::Time(time) => push_new(&mut self.times, &time),
                Piece::Literal(text) => self.segment().push(&text),
                Piece::Ask(asked, words) => {
                    let segment = self.segment();
                    if !segment.is_empty() {
                        self.cut(false);
                    }
                    self.segment().asked = Some(asked);
                    if self.ask.is_none() || self.ask.as_ref().is_some_and(|(asked, _)| *asked == Asked::YesNo) {
                        self.ask = Some((asked, words));
                    }
                }
                Piece::Link => {
                    verb = false;
                    let segment = self.segment();
                    if segment.chunks.last().is_some_and(|chunk| !chunk.is_empty()) {
                        segment.chunks.push(String::new());
                    }
                }
                Piece::And => {
                    if let Some(chunk) = self.segment().chunks.last_mut()
                        && !chunk.is_empty()
                        && !chunk.ends_with(AND)
                    {
                        chunk.push(AND);
                    }
                }
                Piece::Auxiliary => self.cut(true),
                Piece::Break => self.cut(false),
                Piece::Unknown(word) => self.unknown.push(word),
            }
        }
        self.reorder();
    }

    /// Puts verbs without an object of their own before the phrase they follow, and a subject before an object that was asked first.
    fn reorder(&mut self) {
        for at in (1..self.segments.len()).rev() {
            if self.segments[at].is_empty() {
                let verbs = std::mem::take(&mut self.segments[at]);
                let target = &mut self.segments[at - 1];
                let before: Vec<String> =
                    verbs.before.into_iter().filter(|verb| !target.before.contains(verb)).collect();
                target.before.splice(0..0, before);
                target.after.extend(verbs.after);
                self.segments.remove(at);
            }
        }
        if self.segments.len() >= 2
            && self.segments[0].asked.is_some()
            && self.segments[1].inverted
            && self.segments[1].before.is_empty()
        {
            // The verb that came to stand with the subject governs the object.
            let after = std::mem::take(&mut self.segments[1].after);
            self.segments[0].after.extend(after);
            self.segments.swap(0, 1);
        }
    }

    fn text(&self) -> String {
        let mut text = self.times.join("和");
        // Beside a province the nation is what it is ranked in or a part of.
        let nation = self.province && self.places.iter().any(|place| place == "全国");
        let places: Vec<&str> =
            self.places.iter().map(String::as_str).filter(|place| !nation || *place != "全国").collect();
        text.push_str(&places.join("和"));
        text.push_str(&self.statuses.concat());
        let mut which = None;
        let mut topic = String::new();
        for segment in &self.segments {
            let phrase = segment.noun_phrase();
            // "какой рост": an amount is not one of several.
            let amount = segment.after.iter().chain([&phrase]).any(|words| is_amount(words));
            let asks_which = matches!(segment.asked, Some(Asked::Which | Asked::List)) && which.is_none() && !amount;
            // A noun phrase may begin with its verb ("接待游客").
            for verb in segment.before.iter().filter(|verb| !phrase.starts_with(verb.as_str())) {
                topic.push_str(verb);
            }
            if asks_which {
                which = Some(phrase.clone());
                topic.push_str(&which_of(segment, &phrase));
            } else if !topic.contains(&phrase) || phrase.chars().count() < 2 {
                topic.push_str(&phrase);
            }
            for verb in &segment.after {
                if !topic.ends_with(verb.as_str()) {
                    topic.push_str(verb);
                }
            }
        }
        for goal in &self.goals {
            if !topic.ends_with(goal.as_str()) {
                topic.push_str(goal);
            }
        }
        let ranked = matches!(&self.ask, Some((_, words)) if words == "第几");
        if nation && (ranked || topic.ends_with('占')) {
            topic.push_str("全国");
        }
        if self.province {
            topic = topic.replace("国内生产总值", "地区生产总值");
        }
        text.push_str(&topic);
        text.push_str(&self.question(&topic, which.is_some()));
        text
    }

    fn question(&self, topic: &str, which: bool) -> String {
        let measure = self.segments.iter().find(|s| s.asked == Some(Asked::Many)).and_then(|s| s.measure);
        match &self.ask {
            None => String::new(),
            Some((Asked::Many, unit)) if unit.is_empty() => format!("多少{}", measure.unwrap_or("")),
            Some((Asked::Many, unit)) => format!("多少{unit}"),
            Some((Asked::Rate, _)) => "百分之多少".to_owned(),
            Some((Asked::What, _)) if CHANGES.iter().any(|end| topic.ends_with(end)) => "多少".to_owned(),
            // "What measures will support employment": the measures are asked for, not the employment.
            Some((Asked::What, _)) if self.segments.iter().any(Segment::asks_things) => "有哪些".to_owned(),
            Some((Asked::What, _)) if is_amount(topic) => "是多少".to_owned(),
            Some((Asked::What, _)) if self.segments.iter().any(|s| s.asked == Some(Asked::What) && s.plural) => {
                "有哪些".to_owned()
            }
            Some((Asked::What, _)) => "是什么".to_owned(),
            Some((Asked::Which | Asked::List, words)) if which => words.clone(),
            Some((Asked::Which | Asked::List, _)) if CHANGES.iter().any(|end| topic.ends_with(end)) => {
                "多少".to_owned()
            }
            Some((Asked::Which, _)) if is_amount(topic) => "是多少".to_owned(),
            Some((Asked::Which, _)) => "是哪个".to_owned(),
            Some((Asked::List, _)) => "有哪些".to_owned(),
            Some((Asked::Fixed, words)) => words.clone(),
            Some((Asked::YesNo, _)) => "吗".to_owned(),
        }
    }
}

/// Measure words that are no words of the topic.
const COUNTERS: &[&str] = &["个", "台", "套", "张", "座", "家", "项", "条", "所", "名", "件", "次"];

/// Kinds of places: "Shanxi province" is one place.
const PLACE_KINDS: &[&str] = &["省份", "城市", "市", "自治区", "区", "县", "地区"];

fn is_place_kind(piece: &Piece) -> bool {
    matches!(piece, Piece::Term { targets, class: Class::Noun(_), .. } if targets.first().is_some_and(|t| PLACE_KINDS.contains(&t.as_str())))
}

/// Whether the piece stands with the name of a place, and is not asked for ("which city").
fn beside_place(pieces: &[Piece], at: usize) -> bool {
    let place =
        |piece: Option<&Piece>| matches!(piece, Some(Piece::Term { class: Class::Province(_) | Class::City, .. }));
    let before = at.checked_sub(1).and_then(|before| pieces.get(before));
    // "which city", "which Chinese city"
    let asked = |at: Option<usize>| matches!(at.and_then(|at| pieces.get(at)), Some(Piece::Ask(..)));
    let asked = asked(at.checked_sub(1)) || place(before) && asked(at.checked_sub(2));
    !asked && (place(before) || place(pieces.get(at + 1)))
}

/// "哪个机场", "哪三个机场", "哪些机场".
fn which_of(segment: &Segment, phrase: &str) -> String {
    let number: String = phrase.chars().take_while(|c| "一二三四五六七八九十两".contains(*c)).collect();
    if !number.is_empty() {
        return format!("哪{number}个{}", &phrase[number.len()..]);
    }
    let several = segment.asked == Some(Asked::List) || segment.plural;
    format!("{}{phrase}", if several { "哪些" } else { "哪个" })
}

/// Ends of phrases that say a change, which is asked for without 是.
const CHANGES: &[&str] = &["占", "增长", "下降", "减少", "增加", "提高", "上涨", "达到", "超过"];

/// Ends of Chinese phrases that are measured in numbers.
const AMOUNTS: &[&str] = &[
    "量",
    "值",
    "额",
    "率",
    "比重",
    "占比",
    "收入",
    "支出",
    "面积",
    "里程",
    "人数",
    "目标",
    "增速",
    "涨幅",
    "增幅",
    "降幅",
    "数量",
    "投资",
    "规模",
    "指数",
    "价格",
    "标准",
    "增长",
    "下降",
    "减少",
    "增加",
    "提高",
    "上涨",
    "达到",
    "超过",
    "人口",
    "总数",
    "数",
    "余额",
    "存款",
    "贷款",
    "赤字",
    "幅度",
    "比例",
    "能耗",
    "装机",
    "强度",
    "浓度",
    "长度",
    "产能",
    "成本",
    "资金",
    "金额",
    "就业",
    "寿命",
    "天数",
    "范围",
    "区间",
    "预算",
    "补助",
    "进出口",
    "出口",
    "进口",
    "外资",
    "储备",
    "密度",
    "水平",
    "总产",
    "单产",
    "盖度",
    "债务",
    "费用",
    "利润",
    "营收",
    "供给",
    "消费",
];

fn is_amount(topic: &str) -> bool {
    AMOUNTS.iter().any(|end| topic.ends_with(end))
}
