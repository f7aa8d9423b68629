//! Parallel lists: several names, then several values, in the same order (A、B分别达到1、2).

use std::ops::Range;

use wenbao_lang::starts_with;

use super::words::{ACTIONS, SHARED};
use super::{Measure, Scene, longest};

/// What joins the names of a list: marks alone, or marks and words.
const JOINTS: &[&[&str]] = &[&["、"], &["、", "以及", "和", "与"]];

impl Scene<'_> {
    /// Measures of the `group` quantities from `k` on, if they share a list of names.
    pub(super) fn parallel(&self, k: usize, group: usize, done: &[Measure]) -> Option<Vec<Measure>> {
        let segment = self.segment(k);
        let (core, _) = self.core(segment.clone());
        if core.is_empty() {
            // …元，…元，实际增长8.4%和8%: the growth of the last measures.
            if done.len() >= group {
                return Some(done[done.len() - group..].to_vec());
            }
            return self.shared(&self.list_before(segment.start, group)?, None);
        }
        let words = self.text(&core);
        if group == 2
            && !words.contains('、')
            && let Some((before, after)) = words.split_once("城乡")
        {
            return Some(["城镇", "农村"].map(|kind| (format!("{before}{kind}{after}"), None)).to_vec());
        }
        if let Some(list) = self.split(&core, group) {
            return self.shared(&list, None);
        }
        // 16条产业链、18个专业镇营业收入分别增长…: the names are counted themselves.
        if k >= group && self.found[k - group].range.start >= self.clause_start(segment.end) {
            let names: Vec<Measure> = done[k - group..].to_vec();
            let noun = longest(SHARED, |s| words.ends_with(s));
            return Some(names.into_iter().map(|(name, _)| join(&name, noun)).collect());
        }
        // 整顿甲会、乙会、丙会，数量分别压减…: the names stand in the clause before, their noun here.
        self.shared(&self.list_before(segment.start, group)?, Some(&words))
    }

    /// The list of `group` names in the clause that ends before `clause_start`.
    fn list_before(&self, clause_start: usize, group: usize) -> Option<Vec<Range<usize>>> {
        let end = clause_start.checked_sub(1)?;
        let from = self.chars[..end].iter().rposition(|&c| matches!(c, '，' | '；' | '。' | '：')).map_or(0, |i| i + 1);
        let mut list = self.strip_start(from..end);
        while let Some(verb) = longest(ACTIONS, |a| starts_with(&self.chars[list.clone()], a)) {
            list.start += verb.chars().count();
        }
        self.split(&list, group)
    }

    /// `range` as a list of exactly `group` names.
    fn split(&self, range: &Range<usize>, group: usize) -> Option<Vec<Range<usize>>> {
        JOINTS.iter().map(|joints| self.names(range, joints)).find(|names| names.len() == group)
    }

    /// Names of a list, with their ranges; quoted names are not split.
    fn names(&self, range: &Range<usize>, joints: &[&str]) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let (mut from, mut i, mut depth) = (range.start, range.start, 0i32);
        while i < range.end {
            match self.chars[i] {
                '“' | '（' | '《' => depth += 1,
                '”' | '）' | '》' => depth -= 1,
                _ => {}
            }
            let rest = &self.chars[i..range.end];
            match joints.iter().find(|j| depth == 0 && starts_with(rest, j)) {
                Some(joint) => {
                    out.push(from..i);
                    i += joint.chars().count();
                    from = i;
                }
                None => i += 1,
            }
        }
        out.push(from..range.end);
        out.retain(|r| !r.is_empty());
        out
    }

    /// Names with the noun they share: what the last one ends with, or `noun`.
    fn shared(&self, list: &[Range<usize>], noun: Option<&str>) -> Option<Vec<Measure>> {
        let last = self.text(list.last()?);
        // 小麦、稻谷最低收购价平均每斤: what each of them is for follows the noun.
        let bare = last.find("平均每").or_else(|| last.find('每')).map_or(last.as_str(), |at| &last[..at]);
        let noun = noun.or_else(|| longest(SHARED, |s| bare.ends_with(s) && bare.len() > s.len()));
        let first = self.text(list.first()?);
        let name = |range: &Range<usize>| {
            let words = self.text(range);
            // 生产安全事故起数、死亡人数: what the first is of, the second is of too.
            if let Some(of) = first.strip_suffix("起数").filter(|of| !of.is_empty() && words.starts_with("死亡")) {
                return (format!("{of}{words}"), None);
            }
            match join(&words, noun) {
                (joined, _) if joined == words => (words, Some(range.clone())),
                joined => joined,
            }
        };
        Some(list.iter().map(name).collect())
    }
}

/// A name with the noun of its list, unless it has a noun of its own.
fn join(name: &str, noun: Option<&str>) -> Measure {
    match noun {
        Some(noun)
            if !name.contains(noun)
                && !SHARED.iter().any(|own| name.ends_with(own))
                && !name.ends_with(['数', '率', '量', '额', '值']) =>
        {
            (format!("{name}{noun}"), None)
        }
        _ => (name.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_and_values_of_parallel_lists_go_together() {
        for (text, want) in [
            ("城乡居民人均可支配收入分别达到4万元、2万元。", vec!["城镇居民人均可支配收入", "农村居民人均可支配收入"]),
            ("甲、乙最低收购价平均每斤分别提高0.1元和0.2元。", vec!["甲最低收购价", "乙最低收购价平均每斤"]),
            ("安全事故起数、死亡人数分别下降7%、2%。", vec!["安全事故起数", "安全事故死亡人数"]),
            ("5G基站、标准机架分别达到3万个、9万架。", vec!["5G基站", "标准机架"]),
            ("民营经济和普惠小微贷款余额分别增长3%、8%。", vec!["民营经济贷款余额", "普惠小微贷款余额"]),
            ("机场旅客和国际货邮吞吐量分别增长14%、25%。", vec!["机场旅客吞吐量", "国际货邮吞吐量"]),
            ("整顿甲会、乙会、丙会，数量分别压减7%、9%、8%。", vec!["甲会数量", "乙会数量", "丙会数量"]),
            (
                "16条产业链、18个专业镇营业收入分别增长5%、4%。",
                vec!["产业链", "专业镇营业收入", "产业链营业收入", "专业镇营业收入"],
            ),
            ("甲收入5元，乙收入4元，实际增长8%和9%。", vec!["甲收入", "乙收入", "甲收入", "乙收入"]),
        ] {
            let got: Vec<String> = crate::quantity::parse(text).into_iter().map(|q| q.measure).collect();
            assert_eq!(got, want, "{text}");
        }
    }
}
