//! Questions, up to where the models are asked: their language, their typing errors, what they ask, with turns before.

use wenbao_answer::interpret::{Clock, Query, Speller, follow_up, interpret, small_talk};
use wenbao_answer::language::in_chinese;

use crate::Target;

/// Characters of the longest question that is read.
const LONGEST: usize = 2_000;

/// Reads a question. Lines are turns of one conversation, the last is the question.
pub struct Questions {
    clock: Clock,
    speller: Speller,
}

impl Questions {
    pub fn new() -> Self {
        let corpus =
            "森林覆盖率提高一个百分点，新建智能化煤矿130座，粮食总产量达到297.1亿斤，居民人均可支配收入增长5%左右。";
        let clock = Clock::fixed(jiff::civil::date(2025, 6, 1));
        Self { clock, speller: Speller::new(std::iter::repeat_n(corpus, 20)) }
    }
}

impl Target for Questions {
    fn seeds(&self) -> Vec<Vec<u8>> {
        [
            "2025年山西新建智能化煤矿多少座",
            "2024年和2025年山西、陕西的粮食产量分别是多少，哪个高",
            "去年城镇新增就业完成目标了吗？比计划多多少",
            "到“十四五”末森林复盖率要提高几个百分点",
            "列出2025年的重点任务",
            "新建智能化煤矿多少座\n那去年呢\n陕西呢",
            "How many intelligent coal mines will Shanxi build in 2025?",
            "山西省二〇二五年GDP增长目标是百分之多少",
            "你好",
            "把1.45亿千瓦换算成万千瓦",
        ]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect()
    }

    fn run(&self, input: &[u8]) -> Result<bool, String> {
        let text: String = String::from_utf8_lossy(input).chars().take(LONGEST).collect();
        let mut turns: Vec<&str> = text.lines().collect();
        let Some(last) = turns.pop() else { return Ok(false) };
        let of = |text: &str| interpret(&self.speller.correct(&in_chinese(text).text), &self.clock);
        let history: Vec<Query> = turns.iter().rev().take(6).rev().map(|turn| of(turn)).collect();
        let query =
            if history.is_empty() { of(last) } else { follow_up(&history, &in_chinese(last).text, &self.clock) };
        let _ = small_talk(last);
        if query.cells.is_empty() { Err("a question without a cell".to_owned()) } else { Ok(true) }
    }
}
