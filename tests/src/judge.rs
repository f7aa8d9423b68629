//! Whether an answer is what a careful person would have said: the questions of `tests/questions/*.jsonl`.

use std::collections::BTreeSet;

use serde_json::Value;

/// Characters that a short answer may have; a passage is no answer.
const SHORT: usize = 60;

/// What is wrong with `answer` (the JSON contract), measured by the question's `expect`; empty if it is as expected.
///
/// `expect` has
/// - `kind`: the kinds that are right,
/// - `answer`: accepted short answers: of a yes-or-no question how it may begin, of any other what it must hold, and no
///   other number beside it; missing where any will do,
/// - `abstained`: whether it must say that the reports do not know; missing where both are fair,
/// - `contains`: what the text must hold, each a string or a list of which one is enough,
/// - `cites`: verbatim pieces of the reports that must stand in cited passages.
pub fn faults(expect: &Value, answer: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let kind = text(&answer["kind"]);
    if !texts(&expect["kind"]).contains(&kind) {
        faults.push(format!("kind is {kind}"));
    }
    let abstained = answer["abstained"] == true;
    if expect["abstained"].as_bool().is_some_and(|wanted| wanted != abstained) {
        faults.push(if abstained { "abstained" } else { "did not abstain" }.to_owned());
    }
    let (short, accepted) = (text(&answer["answer"]), texts(&expect["answer"]));
    if !abstained && !accepted.is_empty() {
        let right = if texts(&expect["kind"]).contains(&"yes_no") {
            accepted.iter().any(|wanted| fold(short).starts_with(&fold(wanted)))
        } else {
            accepted.iter().any(|wanted| holds(short, wanted))
                && numbers(short).is_subset(&numbers(&accepted.join(" ")))
        };
        if !right || short.chars().count() > SHORT {
            faults.push(format!("answer is {short:?}"));
        }
    }
    for wanted in expect["contains"].as_array().into_iter().flatten() {
        if !texts(wanted).iter().any(|wanted| holds(text(&answer["text"]), wanted)) {
            faults.push(format!("no {wanted} in the text"));
        }
    }
    let cited: Vec<String> = citations(answer).map(|(_, passage)| fold(passage)).collect();
    for wanted in texts(&expect["cites"]) {
        if !cited.iter().any(|passage| passage.contains(&fold(wanted))) {
            faults.push(format!("{wanted:?} is not cited"));
        }
    }
    faults
}

/// Quotes of an answer that do not stand where they say, or not in any of the `reports`.
pub fn false_quotes(answer: &Value, reports: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (citation, passage) in citations(answer) {
        let quote = text(&citation["quote"]);
        let end = |at: usize| citation["quote_range"][at].as_u64().unwrap_or_default() as usize;
        let marked: String = passage.chars().skip(end(0)).take(end(1).saturating_sub(end(0))).collect();
        if quote.is_empty()
            || marked != quote
            || !reports.iter().any(|report| squeeze(report).contains(&squeeze(quote)))
        {
            wrong.push(quote.to_owned());
        }
    }
    wrong
}

/// Each citation with the text of its passage.
fn citations(answer: &Value) -> impl Iterator<Item = (&Value, &str)> {
    let passage =
        |citation: &Value| text(&answer["passages"][citation["passage"].as_u64().unwrap_or(u64::MAX) as usize]["text"]);
    answer["citations"].as_array().into_iter().flatten().map(move |citation| (citation, passage(citation)))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A string as a list of one, a list of strings as it is.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Without white space, with one kind of minus, in lower case.
fn fold(text: &str) -> String {
    squeeze(text).replace(['−', '－'], "-").to_lowercase()
}

/// Whether `text` says `wanted`, and not as part of a longer number: 8% is not in 10.8%.
fn holds(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (fold(text), fold(wanted));
    let begins = wanted.starts_with(|c: char| c.is_ascii_digit());
    let ends = wanted.ends_with(|c: char| c.is_ascii_digit());
    text.match_indices(&wanted).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut rest = text[at + wanted.len()..].chars();
        let (after, beyond) = (rest.next(), rest.next());
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let longer_before = begins && (digit(before) || before == Some('.'));
        // A full stop in an English sentence ends it, and goes on a number only before a digit.
        let longer_after =
            ends && (digit(after) || (after == Some('.') && digit(beyond)) || matches!(after, Some('万' | '亿')));
        !longer_before && !longer_after
    })
}

/// The numbers of a text, years aside.
fn numbers(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = (rest[..end].trim_end_matches('.'), &rest[end..]);
        if !(number.len() == 4 && behind.starts_with('年')) {
            found.insert(number.to_owned());
        }
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({
            "kind": "number", "abstained": false, "answer": "150座", "text": "相差150座（计算：268 − 118 = 150）。[1]",
            "passages": [{ "text": "能源革命走深走实。智能化煤矿累计达到268座。" }],
            "citations": [{ "passage": 0, "quote": "智能化煤矿累计达到268座", "quote_range": [9, 22] }],
        })
    }

    #[test]
    fn what_is_as_expected_has_no_fault_and_what_is_not_is_named() {
        let right = json!({
            "kind": ["number"], "abstained": false, "answer": ["150座"],
            "contains": ["268-118", ["没有", "相差"]], "cites": ["累计达到268座"],
        });
        assert_eq!(faults(&right, &answer()), Vec::<String>::new());
        let wrong = json!({
            "kind": ["yes_no"], "abstained": true, "answer": ["50座"], "contains": ["68 − 118"], "cites": ["118座"],
        });
        assert_eq!(faults(&wrong, &answer()).len(), 5, "{:#?}", faults(&wrong, &answer()));
    }

    #[test]
    fn a_number_is_not_part_of_a_longer_one_nor_beside_another() {
        for (text, wanted, expected) in
            [("10.8%", "8%", false), ("5%左右", "5%", true), ("47万人", "47", false), ("It is 47.", "47", true)]
        {
            assert_eq!(holds(text, wanted), expected, "{wanted} in {text}");
        }
        let expect = json!({ "kind": ["number"], "answer": ["150座"], "contains": [], "cites": [] });
        for (short, right) in [("150座", true), ("2024年150座", true), ("150座，130座", false)] {
            let mut given = answer();
            given["answer"] = short.into();
            assert_eq!(faults(&expect, &given).is_empty(), right, "{short}");
        }
    }

    #[test]
    fn quotes_must_stand_where_they_say_and_in_a_report() {
        let report = "能源革命走深走实。智能化煤矿累计达到268座。".to_owned();
        assert_eq!(false_quotes(&answer(), std::slice::from_ref(&report)), Vec::<String>::new());
        assert_eq!(false_quotes(&answer(), &["别的报告".to_owned()]).len(), 1);
        let mut moved = answer();
        moved["citations"][0]["quote_range"] = json!([8, 21]);
        assert_eq!(false_quotes(&moved, &[report]).len(), 1);
    }
}
