//! Where a reply ends before its own end: at a stop sequence, or at the client's limit of tokens.

use super::citations::Cited;
use super::reply::Finish;

/// The client's limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Most tokens, counted by the embedding model's tokenizer; none for as many as there are.
    pub max_tokens: Option<usize>,
    /// The reply ends before the first of these.
    pub stop: Vec<String>,
}

impl Cut {
    /// Shortens a text, and drops the sources whose marks went with it.
    pub fn apply(&self, cited: &mut Cited, count_tokens: &dyn Fn(&str) -> usize) -> Finish {
        let stop = self.stop.iter().filter_map(|stop| cited.text.find(stop.as_str())).min();
        if let Some(at) = stop {
            cited.text.truncate(at);
        }
        let mut finish = Finish::Stop;
        if let Some(most) = self.max_tokens
            && count_tokens(&cited.text) > most
        {
            cited.text.truncate(longest(&cited.text, most, count_tokens));
            finish = Finish::Length;
        }
        let length = cited.text.chars().count();
        if let Some(broken) = cited.sources.iter().find(|s| s.mark[0] < length && length < s.mark[1]) {
            // Half a mark is no mark; nothing of it is left.
            cited.text = cited.text.chars().take(broken.mark[0]).collect();
        }
        let length = cited.text.chars().count();
        cited.sources.retain(|source| source.mark[1] <= length);
        finish
    }
}

/// The length in bytes of the longest beginning that has at most so many tokens.
fn longest(text: &str, most: usize, count_tokens: &dyn Fn(&str) -> usize) -> usize {
    let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    let fitting = ends.partition_point(|&end| count_tokens(&text[..end]) <= most);
    fitting.checked_sub(1).map_or(0, |last| ends[last])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::citations::Source;

    fn source(start: usize) -> Source {
        Source { title: "t".into(), url: "u".into(), quote: "q".into(), mark: [start, start + 3] }
    }

    fn cut(max_tokens: Option<usize>, stop: &[&str]) -> (String, usize, Finish) {
        let mut cited = Cited { text: "甲乙[1]丙[2]".into(), sources: vec![source(2), source(6)] };
        let cut = Cut { max_tokens, stop: stop.iter().map(|&s| s.into()).collect() };
        let finish = cut.apply(&mut cited, &|text| text.chars().count());
        (cited.text, cited.sources.len(), finish)
    }

    #[test]
    fn a_reply_ends_at_its_limits_and_never_within_a_mark() {
        assert_eq!(cut(None, &[]), ("甲乙[1]丙[2]".into(), 2, Finish::Stop));
        assert_eq!(cut(Some(9), &[]), ("甲乙[1]丙[2]".into(), 2, Finish::Stop));
        assert_eq!(cut(Some(8), &[]), ("甲乙[1]丙".into(), 1, Finish::Length));
        assert_eq!(cut(Some(4), &[]), ("甲乙".into(), 0, Finish::Length));
        assert_eq!(cut(Some(1), &[]), ("甲".into(), 0, Finish::Length));
        assert_eq!(cut(None, &["丙", "没有"]), ("甲乙[1]".into(), 1, Finish::Stop));
        assert_eq!(cut(Some(2), &["丙"]), ("甲乙".into(), 0, Finish::Length));
    }
}
