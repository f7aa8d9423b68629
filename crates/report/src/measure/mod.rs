//! The phrase that a quantity measures: the noun before it (新建煤矿130座), behind it (58个贫困县), shared by a parallel
//! list (A、B分别达到1、2), or said earlier in the sentence (…，年均增长5.5%).

mod parallel;
mod words;

use std::ops::Range;

use wenbao_lang::han::is_han;
use wenbao_lang::{ends_with, starts_with, unit};

use crate::model::Quantity;
use crate::period::Found;
use words::{ACTIONS, BEHIND_STOPS, GLUED, LEADING, NOT_LEADING, SHARED, VALUE_WORDS};

/// A measure: its words, and where they stand if they stand in one place.
pub(crate) type Measure = (String, Option<Range<usize>>);

/// A sentence with its quantities and times: what measures are found in.
pub(crate) struct Scene<'a> {
    pub chars: &'a [char],
    pub found: &'a [Quantity],
    pub times: &'a [Found],
}

/// The measures of all quantities of a sentence, in order.
pub(crate) fn measures(scene: &Scene<'_>) -> Vec<Measure> {
    let count = scene.found.len();
    let mut done: Vec<Measure> = Vec::with_capacity(count);
    while done.len() < count {
        let k = done.len();
        let group = scene.group_length(k);
        let shared = if group >= 2 { scene.parallel(k, group, &done) } else { None };
        match shared {
            Some(shared) => done.extend(shared),
            None => {
                let measure = scene.single(k, &done);
                done.push(measure);
            }
        }
    }
    done
}

fn is_boundary(c: char) -> bool {
    matches!(c, '，' | '；' | '。' | '：' | '！' | '？' | '（' | '）' | '(' | ')' | ';' | '\n' | '…' | ' ')
}

fn is_counted(q: &Quantity) -> bool {
    q.unit.is_empty() || unit::unit(&q.unit).is_some_and(|u| u.dimension().counts())
}

/// Last characters of the adjectives that lists before a noun are made of.
const ADJECTIVES: &str = "强大高好优多足新厚理著广快深全美齐活";

/// Kinds of which the first is measured with its full name and the second with nothing but its own.
const KINDS: &[(&str, &str)] =
    &[("城镇", "农村"), ("城镇", "乡村"), ("城市", "农村"), ("农村", "城镇"), ("农村", "城市")];

/// Words that relate what was measured before to something else: 占全省比重, 快于全国.
const RELATED: &[&str] = &["占", "比", "快于", "高于", "低于", "好于", "慢于"];

/// The longest of `words` for which `fits` holds.
fn longest<'a>(words: &[&'a str], fits: impl Fn(&str) -> bool) -> Option<&'a str> {
    words.iter().copied().filter(|w| fits(w)).max_by_key(|w| w.len())
}

/// The action verb that `words` begins with.
fn leading_action(words: &str) -> Option<&'static str> {
    longest(ACTIONS, |a| words.starts_with(a))
}

impl Scene<'_> {
    fn text(&self, range: &Range<usize>) -> String {
        self.chars[range.clone()].iter().collect()
    }

    /// Where the words before quantity `k` begin: at its clause, or behind the quantity before it.
    fn segment(&self, k: usize) -> Range<usize> {
        let end = self.found[k].range.start;
        let mut start = self.clause_start(end);
        if let Some(previous) = k.checked_sub(1).map(|p| &self.found[p])
            && previous.range.end > start
        {
            // Behind the noun of the quantity before, at the list mark or the word that joins.
            let from = previous.range.end;
            let between = &self.chars[from..end];
            let mark = between.iter().rposition(|&c| c == '、').map(|i| i + 1);
            let joined = ["以及", "和", "与"].iter().any(|w| ends_with(between, w)).then_some(between.len());
            let first = usize::from(matches!(between.first(), Some('和' | '及' | '与')));
            start = from + mark.max(joined).unwrap_or(first);
        }
        start..end
    }

    fn clause_start(&self, end: usize) -> usize {
        let mut start = end;
        let mut brackets = 0;
        while start > 0 {
            let c = self.chars[start - 1];
            // A remark in brackets does not end the clause around it.
            match c {
                '）' | ')' => brackets += 1,
                '（' | '(' if brackets > 0 => brackets -= 1,
                _ if brackets == 0 && is_boundary(c) => break,
                _ => {}
            }
            start -= 1;
        }
        let dash = self.chars[start..end].starts_with(&['—', '—']);
        if dash { start + 2 } else { start }
    }

    /// How many quantities follow each other with nothing but list marks between them, `k` included.
    fn group_length(&self, k: usize) -> usize {
        let mut n = 1;
        while let Some(next) = self.found.get(k + n) {
            let between: String = self.chars[self.found[k + n - 1].range.end..next.range.start].iter().collect();
            if !matches!(between.as_str(), "、" | "和" | "与" | "及" | "以及") || self.found[k].earlier {
                break;
            }
            n += 1;
        }
        n
    }

    /// `range` without value words at its end, and those words; an action verb among them keeps its whole form.
    fn strip_end(&self, mut range: Range<usize>) -> (Range<usize>, String) {
        let mut stripped = String::new();
        loop {
            // …数量2020年达到, 比2015年增长: a time is no part of the name.
            if let Some(time) = self.times.iter().find(|t| t.range.end == range.end && t.range.start > range.start) {
                range.end = time.range.start;
                if matches!(self.chars[range.end - 1], '比' | '较' | '到' | '至') {
                    range.end -= 1;
                }
                continue;
            }
            let Some(word) = VALUE_WORDS.iter().find(|w| ends_with(&self.chars[range.clone()], w)) else { break };
            let action = longest(ACTIONS, |a| a.ends_with(word) && ends_with(&self.chars[range.clone()], a));
            let word = action.unwrap_or(word);
            range.end -= word.chars().count();
            stripped = format!("{word}{stripped}");
        }
        (range, stripped)
    }

    /// `range` without times, region words and guiding verbs at its beginning.
    fn strip_start(&self, mut range: Range<usize>) -> Range<usize> {
        while !range.is_empty() {
            let at = range.start;
            if let Some(time) = self.times.iter().find(|t| t.range.start == at && t.range.end <= range.end) {
                range.start = time.range.end;
                continue;
            }
            let part = &self.chars[range.clone()];
            if matches!(part[0], '—' | '、' | ' ' | '”') {
                range.start += 1;
                continue;
            }
            match LEADING.iter().find(|w| starts_with(part, w)) {
                // 使用, 对外, 从业: the character belongs to a longer word.
                Some(w) if w.chars().count() == 1 && NOT_LEADING.iter().any(|n| starts_with(part, n)) => break,
                Some(w) => range.start += w.chars().count(),
                None => break,
            }
        }
        range
    }

    /// The words before quantity `k` that name something, and the value words between them and the number.
    fn core(&self, segment: Range<usize>) -> (Range<usize>, String) {
        let (core, stripped) = self.strip_end(segment);
        (self.strip_start(core), stripped)
    }

    /// The noun right behind quantity `k`.
    fn behind(&self, k: usize) -> Range<usize> {
        // 6.1万户14.2万名对象: two counts of one noun.
        let mut last = k;
        while self.found.get(last + 1).is_some_and(|next| next.range.start == self.found[last].range.end) {
            last += 1;
        }
        let limit = self.found.get(last + 1).map_or(self.chars.len(), |q| q.range.start);
        let mut start = self.found[last].range.end;
        if self.chars.get(start) == Some(&'的') {
            start += 1;
        }
        let end = self.noun_end(start, limit);
        // 1—2个带动能力强、容量大的产业: the noun stands behind the last 的.
        let adjective = end > start && ADJECTIVES.contains(self.chars[end - 1]);
        if adjective && self.chars.get(end) == Some(&'、') && end < limit {
            let stop = self.chars[end..limit].iter().position(|&c| is_boundary(c)).map_or(limit, |i| end + i);
            if let Some(of) = self.chars[end..stop].iter().rposition(|&c| c == '的') {
                let from = end + of + 1;
                return from..self.noun_end(from, stop);
            }
        }
        start..end
    }

    fn noun_end(&self, start: usize, limit: usize) -> usize {
        let mut end = start;
        let mut quotes = 0i32;
        while end < limit {
            let c = self.chars[end];
            match c {
                '“' | '《' => quotes += 1,
                '”' | '》' => quotes -= 1,
                _ => {}
            }
            let plain = is_han(c)
                || c.is_ascii_alphanumeric()
                || matches!(c, '“' | '”' | '《' | '》' | '+' | '-' | '·' | '—')
                || quotes > 0;
            if !plain || (c == '—' && self.chars.get(end + 1) == Some(&'—')) {
                break;
            }
            // 省级和国家级绿色工厂: two grades of one noun.
            let grades = matches!(c, '和' | '与' | '及') && end > start && self.chars[end - 1] == '级';
            if matches!(c, '和' | '与') && end > start && self.closes_pair(end, limit) {
                end += 1;
                continue;
            }
            if quotes == 0 && !grades && self.stops(end, limit) && !(end > start && self.glued(end)) {
                break;
            }
            end += 1;
        }
        end
    }

    /// 流动站和工作站: whether a short second noun ends the clause.
    fn closes_pair(&self, joint: usize, limit: usize) -> bool {
        const LONGEST: usize = 6;
        let rest = &self.chars[joint + 1..limit];
        let length = rest.iter().position(|&c| is_boundary(c)).unwrap_or(LONGEST + 1);
        (1..=LONGEST).contains(&length)
            && rest[..length].iter().all(|&c| is_han(c))
            && (joint + 1..joint + 1 + length).all(|at| !self.stops(at, limit) || self.glued(at))
    }

    fn stops(&self, at: usize, limit: usize) -> bool {
        BEHIND_STOPS.iter().any(|w| starts_with(&self.chars[at..limit], w))
    }

    fn glued(&self, at: usize) -> bool {
        GLUED.iter().any(|w| starts_with(&self.chars[at..], w))
    }

    /// What quantity `k` measures, taken alone; `done` are the measures before it.
    fn single(&self, k: usize, done: &[Measure]) -> Measure {
        let q = &self.found[k];
        if k > 0 && self.found[k - 1].earlier {
            return done[k - 1].clone();
        }
        let segment = self.segment(k);
        let (core, stripped) = self.core(segment.clone());
        let noun = if q.earlier { 0..0 } else { self.behind(k) };
        let action = leading_action(&stripped);
        let counted = is_counted(q);
        if core.is_empty() {
            if !noun.is_empty() && (counted || action.is_some() || done.is_empty() || stripped.is_empty()) {
                let words = self.whole_noun(k, &noun);
                return match action.or_else(|| self.list_verb(k, &segment, done)) {
                    Some(action) => (format!("{action}{words}"), None),
                    None if words == self.text(&noun) => (words, Some(noun)),
                    None => (words, None),
                };
            }
            // …，年均增长5.5%: said of what was measured before.
            if let Some(last) = done.last().filter(|_| self.goes_on(k)) {
                return last.clone();
            }
            return self.previous_clause(segment.start).unwrap_or((stripped, None));
        }
        let words = self.text(&core);
        if let Some((other, _)) = KINDS.iter().find(|(_, kind)| *kind == words)
            && let Some((before, _)) = done.last().filter(|(m, _)| m.contains(other))
        {
            // 城镇人均居住面积…，农村增加到…: the same of the other kind.
            return (before.replace(other, &words), None);
        }
        if let Some((before, _)) = done.last().filter(|_| RELATED.iter().any(|w| words.starts_with(w))) {
            return (format!("{before}{words}"), None);
        }
        let of_noun = self.chars.get(q.range.end) == Some(&'的');
        let acts = longest(ACTIONS, |a| words.ends_with(a));
        if !noun.is_empty() && (counted || acts.is_some() || of_noun || action.is_some()) {
            let noun_words = self.whole_noun(k, &noun);
            if of_noun && !counted {
                return (format!("{noun_words}{words}"), None);
            }
            // 某研究院建成8个平台: the phrase begins at its verb.
            let verb = acts.unwrap_or(&words);
            return (format!("{verb}{}{noun_words}", action.unwrap_or_default()), None);
        }
        // 实现0.3元/千瓦时电价, 市县80%以上行政审批事项: a short noun right behind belongs to it.
        let closed = self
            .chars
            .get(noun.end)
            .is_none_or(|&c| is_boundary(c) || c == '、' || self.stops(noun.end, self.chars.len()));
        if !noun.is_empty() && noun.len() <= 10 && closed && !counted {
            return (format!("{words}{}", self.text(&noun)), None);
        }
        if let Some(whole) = self.listed(k, &words, &segment, done) {
            return (whole, None);
        }
        (words, Some(core))
    }

    /// A later member of a list takes the verb (新培育甲1599家、乙626家) or the noun (甲营业收入增长10%、乙增长20%) of the
    /// member before.
    fn listed(&self, k: usize, words: &str, segment: &Range<usize>, done: &[Measure]) -> Option<String> {
        let counted = is_counted(&self.found[k]);
        if let Some(verb) = self.list_verb(k, segment, done).filter(|_| counted && leading_action(words).is_none()) {
            return Some(format!("{verb}{words}"));
        }
        let (before, _) = done.last().filter(|_| self.behind_mark(k, segment) && !counted)?;
        let noun = longest(SHARED, |s| before.ends_with(s) && before.len() > s.len())?;
        (!SHARED.iter().any(|s| words.ends_with(s))).then(|| format!("{words}{noun}"))
    }

    fn behind_mark(&self, k: usize, segment: &Range<usize>) -> bool {
        k > 0
            && segment.start > self.found[k - 1].range.end
            && matches!(self.chars[..segment.start].last(), Some('、' | '和' | '与' | '及'))
    }

    /// The verb under which a list goes on.
    fn list_verb(&self, k: usize, segment: &Range<usize>, done: &[Measure]) -> Option<&'static str> {
        let (before, _) = done.last().filter(|_| self.behind_mark(k, segment))?;
        leading_action(before)
    }

    /// 8个国家级、36个省级重点专科: the first borrows the noun of the second.
    fn whole_noun(&self, k: usize, noun: &Range<usize>) -> String {
        let words = self.text(noun);
        let next_follows = self.found.get(k + 1).is_some_and(|n| n.range.start == noun.end + 1);
        if words.ends_with('级') && self.chars.get(noun.end) == Some(&'、') && next_follows {
            let next = self.text(&self.behind(k + 1));
            if let Some((_, rest)) = next.split_once('级') {
                return format!("{words}{rest}");
            }
        }
        words
    }

    /// Whether the clause of quantity `k` goes on about what was measured before it.
    fn goes_on(&self, k: usize) -> bool {
        let Some(previous) = k.checked_sub(1).map(|p| &self.found[p]) else { return false };
        let between = &self.chars[previous.range.end..self.found[k].range.start];
        !between.iter().any(|c| matches!(c, '；' | '。')) && between.iter().filter(|c| **c == '，').count() <= 1
    }

    /// What the clause before names, when the clause of the number names nothing itself.
    fn previous_clause(&self, clause_start: usize) -> Option<Measure> {
        let end = clause_start.checked_sub(1)?;
        let start = self.chars[..end].iter().rposition(|&c| is_boundary(c)).map_or(0, |i| i + 1);
        let (core, _) = self.core(start..end);
        (!core.is_empty()).then(|| (self.text(&core), Some(core)))
    }
}

#[cfg(test)]
mod tests {
    fn measured(text: &str) -> Vec<String> {
        crate::quantity::parse(text).into_iter().map(|q| q.measure).collect()
    }

    #[test]
    fn the_phrase_stands_before_or_behind_the_number() {
        for (text, want) in [
            ("新建智能化煤矿130座。", vec!["新建智能化煤矿"]),
            ("开发区数量由26个增至88个。", vec!["开发区数量", "开发区数量"]),
            ("全省地区生产总值2万亿元，年均增长5%。", vec!["地区生产总值", "地区生产总值"]),
            ("培育30家以上重点上市后备企业。", vec!["培育重点上市后备企业"]),
            ("58个贫困县全部摘帽。", vec!["贫困县"]),
            ("其中外送电量1576亿千瓦时。", vec!["外送电量"]),
            ("投资超过9亿元的甲基地开工建设。", vec!["甲基地投资"]),
            ("新增4对国际友城。", vec!["新增国际友城"]),
            ("6万户14万名监测对象消除风险。", vec!["监测对象", "监测对象"]),
            ("8英寸衬底量产。", vec!["衬底量产"]),
            ("每个县发展1—2个带动力强、容量大的特色产业。", vec!["每个县发展特色产业"]),
            ("培育30个省级和国家级绿色工厂。", vec!["培育省级和国家级绿色工厂"]),
        ] {
            assert_eq!(measured(text), want, "{text}");
        }
    }

    #[test]
    fn members_of_a_list_share_verb_and_noun() {
        for (text, want) in [
            ("新培育甲企业1599家、乙企业626家。", vec!["新培育甲企业", "新培育乙企业"]),
            ("新建8个国家级、36个省级重点专科。", vec!["新建国家级重点专科", "新建省级重点专科"]),
            ("落实145项重点任务和69项政策措施。", vec!["落实重点任务", "落实政策措施"]),
            ("甲产业营业收入增长10%、乙产业增长20%。", vec!["甲产业营业收入", "乙产业营业收入"]),
        ] {
            assert_eq!(measured(text), want, "{text}");
        }
    }
}
