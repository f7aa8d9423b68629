//! Repairs typing errors of a question against the words of the reports: 复盖率 → 覆盖率, 公理 → 公里.
//!
//! A pair of characters that the reports know is never touched. One that they do not know is replaced only where another
//! character of the same sound or shape makes words that they do know; people also ask in words that no report uses, so
//! the proof must be good: a known triple of characters, both neighbours known, or a very frequent pair.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use wenbao_index::terms::is_word;
use wenbao_lang::han::is_han;
use wenbao_report::region;

use super::sounds::{Confusions, Likeness};
use crate::counts::Counts;

/// Knows the corpus's pairs and triples of characters.
#[derive(Debug, Clone, Default)]
pub struct Speller {
    /// How often each packed pair stands in the corpus.
    pairs: Counts,
    /// How often each packed triple does.
    triples: Counts,
    confusions: Arc<Confusions>,
}

/// Characters of grammar: hardly ever mistyped, and next to anything, so that a pair with one proves little.
const GRAMMAR: &str = "的了是有多少几哪谁什么怎吗呢吧啊呀要会能把被给向对为又还也都就各这那其之与和同跟及或而且但个年月日底末初第不没很最更比从到让由时着些按据靠拿";

/// Numerals: a number is no word, and changing one is worse than a typing error.
const NUMERAL: &str = "〇零一二三四五六七八九十百千万亿两半";

/// How people ask, which reports do not say: known beforehand, as if each stood often in the corpus.
const ASKING: &[&str] = &[
    "什么时候",
    "到什么时候",
    "期间",
    "时期",
    "年间",
    "时候",
    "多少公里",
    "多少亿元",
    "多少万元",
    "多少元",
    "多少万人",
    "多少人次",
    "多少亿人次",
    "多少亩",
    "多少万亩",
    "多少吨",
    "多少万吨",
    "多少亿斤",
    "多少个",
    "多少座",
    "多少家",
    "多少户",
    "多少项",
    "多少件",
    "多少台",
    "多少套",
    "多少所",
    "多少处",
    "多少条",
    "多少名",
    "多少平方米",
    "多少立方米",
    "多少千瓦",
    "多少万千瓦",
    "多少亿千瓦时",
    "百分之几",
    "百分之多少",
    "几个百分点",
    "哪些",
    "哪个",
    "哪里",
    "哪一年",
    "哪几个",
    "怎么样",
    "怎么",
    "为什么",
    "叫什么名字",
    "分别是多少",
    "各是多少",
    "目标是多少",
    "是多少",
    "有多少",
    "一共多少",
    "总共",
    "加起来",
    "合起来",
    "比起来",
    "多少钱",
    "多少煤",
    "多少电",
    "多少水",
    "多少树",
    "多少路",
    "多少地",
    "多少天",
    "多少年",
    "多少岁",
    "多少县",
    "多少村",
    "多少车",
    "多少房",
    "多少粮",
    "多少气",
    "多少油",
    "多少票",
    "多少场",
    "多少次",
    "多少倍",
    "多少块",
    "多少位",
    "多少成",
    "多少艘",
    "多少辆",
    "多少架",
    "多少轮",
    "多少期",
    "多少班",
    "多少类",
    "多少种",
    "多少度",
    "多少分",
    "多少米",
    "多少里",
    "多少斤",
    "多少公斤",
    "增长目标",
    "达到多少",
    "完成多少",
    "新增多少",
    "实际完成",
    "计划新建",
    "打算",
    "准备",
    "力争",
    "请问",
    "同比",
    "比上年",
    "去年",
    "今年",
    "明年",
];

/// What counts as proof.
const FREQUENT_PAIR: u32 = 12;

impl Speller {
    /// Reads the corpus once.
    pub fn new<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let (mut pairs, mut triples, mut characters) = (Vec::new(), Vec::new(), HashSet::new());
        let mut add = |text: &str| {
            words(text, &mut |word| match word {
                Word::Character(c) => drop(characters.insert(c)),
                Word::Pair(pair) => pairs.push(pair),
                Word::Triple(triple) => triples.push(triple),
            });
        };
        texts.for_each(&mut add);
        // What the thesaurus knows is said on purpose: 乡下 is no 项下.
        crate::thesaurus::sources().for_each(&mut add);
        for _ in 0..FREQUENT_PAIR {
            ASKING.iter().copied().for_each(&mut add);
        }
        let characters: Vec<char> = characters.into_iter().collect();
        let confusions = Arc::new(Confusions::new(&characters));
        Self { pairs: Counts::of(pairs), triples: Counts::of(triples), confusions }
    }

    /// Reads a text that has come to the corpus.
    pub(crate) fn add(&mut self, text: &str) {
        let Self { pairs, triples, confusions } = self;
        words(text, &mut |word| match word {
            Word::Character(c) if confusions.knows(c) => {}
            Word::Character(c) => Arc::make_mut(confusions).add(c),
            Word::Pair(pair) => pairs.change(pair, 1),
            Word::Triple(triple) => triples.change(triple, 1),
        });
    }

    /// Forgets a text that has gone. Its characters stay: without a pair none of them is ever chosen.
    pub(crate) fn remove(&mut self, text: &str) {
        words(text, &mut |word| match word {
            Word::Character(_) => {}
            Word::Pair(pair) => self.pairs.change(pair, -1),
            Word::Triple(triple) => self.triples.change(triple, -1),
        });
    }

    /// To be called when all that has come and gone is read.
    pub(crate) fn settle(&mut self) {
        self.pairs.settle();
        self.triples.settle();
    }

    /// The question with its typing errors repaired; unchanged where nothing better is known.
    pub fn correct(&self, question: &str) -> String {
        let mut chars: Vec<char> = question.chars().collect();
        // Names of places are known, whatever the corpus holds: 陕西 is no 山西.
        let names: Vec<Range<usize>> = region::find(question).into_iter().map(|(range, _)| range).collect();
        let free = |at: usize| !names.iter().any(|name| name.contains(&at));
        // One error at a time, the best proven first: repairing one may prove the next.
        for _ in 0..8 {
            let best = (0..chars.len())
                .filter(|at| free(*at) && is_han(chars[*at]) && !GRAMMAR.contains(chars[*at]))
                .filter_map(|at| self.repair(&chars, at).map(|(score, c)| (score, at, c)))
                .max_by_key(|(score, at, _)| (*score, std::cmp::Reverse(*at)));
            let Some((_, at, c)) = best else { break };
            chars[at] = c;
        }
        chars.into_iter().collect()
    }

    /// The best character for a place, with how well it is proven; `None` where the one that stands there may stay.
    fn repair(&self, chars: &[char], at: usize) -> Option<(u64, char)> {
        let old = self.around(chars, at, chars[at]);
        // Where it makes a word with one neighbour, what it does not know on the other side is the seam between two words.
        if old.left.or(old.right).is_none() || old.left.unwrap_or(0) > 0 || old.right.unwrap_or(0) > 0 {
            return None;
        }
        // A word of three or four is said on purpose: 加起来 is no 架起来.
        let said = |from: usize, length: usize| {
            let word = chars.get(from..from + length);
            word.is_some_and(|word| is_word(&word.iter().collect::<String>()))
        };
        if (3..=4).any(|length| (at.saturating_sub(length - 1)..=at).any(|from| said(from, length))) {
            return None;
        }
        let (before, after) = (at.checked_sub(1).map(|i| chars[i]), chars.get(at + 1).copied());
        let a_word = [before.map(|b| [b, chars[at]]), after.map(|a| [chars[at], a])]
            .into_iter()
            .flatten()
            .any(|pair| is_word(&pair.iter().collect::<String>()));
        let mut best = None;
        for (c, likeness) in self.confusions.of(chars[at]) {
            if GRAMMAR.contains(c) {
                continue;
            }
            let new = self.around(chars, at, c);
            let (left, right) = (new.left.unwrap_or(0), new.right.unwrap_or(0));
            let both = left > 0 && right > 0;
            // A pair with a word of grammar proves nothing by itself: 点命|的.
            let content = |pair: u32, neighbour: Option<char>| {
                if neighbour.is_some_and(|n| GRAMMAR.contains(n)) { 0 } else { pair }
            };
            let pair = content(left, before).max(content(right, after));
            // Nor does a number that stands before nothing it could count: 多少千|款.
            if NUMERAL.contains(c) && right == 0 {
                continue;
            }
            let proven = match likeness {
                Likeness::Same if NUMERAL.contains(chars[at]) => both && new.triple > 0,
                // 钟点 and 欠款 are words, though no report uses them.
                Likeness::Same if a_word => new.triple > 0 && (pair > 1 || new.triple >= FREQUENT_PAIR),
                Likeness::Same => {
                    new.triple > 0 && pair > 1
                        || new.triple >= FREQUENT_PAIR
                        || both && pair > 3
                        || pair >= FREQUENT_PAIR
                }
                Likeness::Near => !a_word && new.triple > 2 && pair > 5,
            };
            if !proven {
                continue;
            }
            let score = u64::from(new.triple.min(1000)) * 10_000
                + u64::from(both) * 5_000
                + u64::from(pair.min(4000))
                + if likeness == Likeness::Same { 2_000 } else { 0 };
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, c));
            }
        }
        best
    }

    /// What the corpus knows of the place `at` if `c` stood there.
    fn around(&self, chars: &[char], at: usize, c: char) -> Around {
        let han = |i: usize| chars.get(i).copied().filter(|c| is_han(*c));
        let (l2, l1) = (at.checked_sub(2).and_then(han), at.checked_sub(1).and_then(han));
        let (r1, r2) = (han(at + 1), han(at + 2));
        let mut triple = 0;
        let right = r1.map(|r| self.pairs.get(pack(&[c, r])));
        // "多少钱|款": what follows 多少 is proven by it only where nothing else follows, or what follows fits too.
        let loose = matches!(l1, Some('少' | '几')) && right == Some(0);
        for (i, three) in [[l2, l1, Some(c)], [l1, Some(c), r1], [Some(c), r1, r2]].into_iter().enumerate() {
            if let [Some(x), Some(y), Some(z)] = three
                && !(i == 0 && loose)
            {
                triple = triple.max(self.triples.get(pack(&[x, y, z])));
            }
        }
        Around { left: l1.map(|l| self.pairs.get(pack(&[l, c]))), right, triple }
    }
}

/// Counts around a place; `None` where there is no character beside it.
struct Around {
    left: Option<u32>,
    right: Option<u32>,
    triple: u32,
}

/// Up to three characters in one number, 21 bits each.
fn pack(chars: &[char]) -> u64 {
    chars.iter().fold(0, |packed, c| (packed << 21) | u64::from(u32::from(*c)))
}

/// What a text is made of.
enum Word {
    Character(char),
    /// Two characters that follow each other, packed.
    Pair(u64),
    /// Three.
    Triple(u64),
}

/// Calls `each` with the Chinese characters of a text and with the pairs and triples of them.
fn words(text: &str, each: &mut impl FnMut(Word)) {
    let (mut before, mut last) = (None, None);
    for c in text.chars() {
        if !is_han(c) {
            // "1.3 万": spaces that a layout put in part no word, anything else does.
            if c != ' ' {
                (before, last) = (None, None);
            }
            continue;
        }
        each(Word::Character(c));
        if let Some(b) = last {
            each(Word::Pair(pack(&[b, c])));
            if let Some(a) = before {
                each(Word::Triple(pack(&[a, b, c])));
            }
        }
        (before, last) = (last, Some(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small corpus in our own words: every word that the cases turn on, often enough to be proof.
    fn speller() -> Speller {
        let sentences = [
            "森林覆盖率提高一个百分点，地区生产总值增长百分之六，粮食作物播种面积稳定。",
            "改造雨污分流管网三千公里，新建口袋公园，建成海外仓，接待游客八亿人次。",
            "贫困人口全部脱贫，扶贫标准提高，财政补助增加，增值税起征点提高，规模以上工业企业。",
            "居民医保财政补助标准提高，高新技术企业数量增加，新建充电桩，深化三项制度改革。",
        ];
        Speller::new(std::iter::repeat_n(sentences, 15).flatten())
    }

    #[test]
    fn words_that_sound_or_look_like_the_reports_are_repaired() {
        let speller = speller();
        for (typed, meant) in [
            ("山西gdp增涨目标", "山西gdp增长目标"),
            ("雨污分流要改造多少公理", "雨污分流要改造多少公里"),
            ("森林复盖率要题高几个百分点", "森林覆盖率要提高几个百分点"),
            ("新增口袋公圆几个", "新增口袋公园几个"),
            ("粮食播种面基要保住多少", "粮食播种面积要保住多少"),
            ("建成海外苍一共几个", "建成海外仓一共几个"),
            ("接待游客超多少忆人次", "接待游客超多少亿人次"),
            ("多少贫困人囗脱贫", "多少贫困人口脱贫"),
            ("扶贫标淮提到人均多少员", "扶贫标准提到人均多少元"),
            ("财正补助又曾加多少元", "财政补助又增加多少元"),
            ("什么时侯完成", "什么时候完成"),
            ("小规摸纳税人增直税起征点", "小规模纳税人增值税起征点"),
        ] {
            assert_eq!(speller.correct(typed), meant);
        }
    }

    #[test]
    fn what_is_written_right_stays_though_no_report_says_it() {
        let speller = speller();
        for question in [
            "陕西和山西各有多少座",
            "农民平均一人一年到手多少钱",
            "给多少家农户翻修茅房",
            "有几个县甩掉了穷帽子",
            "错开钟点轮着用的车位有多少个",
            "追回了多少欠款",
            "覆盖率是多少",
            "2025年新建充电桩12345个",
            "谁来主持大会",
            "",
            "?!",
        ] {
            assert_eq!(speller.correct(question), question);
        }
    }

    #[test]
    fn an_empty_corpus_changes_nothing() {
        let speller = Speller::new(std::iter::empty());
        assert_eq!(speller.correct("森林复盖率题高"), "森林复盖率题高");
    }
}
