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
/// - `quiet`: whether nothing may be cited,
/// - `cites`: verbatim pieces of the reports that must stand in cited passages.
pub fn faults(expect: &Value, answer: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if expect["quiet"] == true && answer["citations"].as_array().is_some_and(|cited| !cited.is_empty()) {
        faults.push("cites something".to_owned());
    }
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

/// Numbers of an answer's text that stand in no quote, are not said to be computed, and were not in the question. Years and the
/// titles of documents are no values; an abstention may name what the nearest passages say.
pub fn unproved(answer: &Value) -> Vec<String> {
    let mut known = numbers(&fold(text(&answer["question"])));
    let mut add = |words: &str| known.extend(numbers(&fold(words)));
    citations(answer).for_each(|(citation, _)| add(text(&citation["quote"])));
    for value in answer["values"].as_array().into_iter().flatten().filter(|value| !value["computed"].is_null()) {
        // A step of several lines ("268 − 118") is read number by number.
        text(&value["computed"]).split_whitespace().for_each(&mut add);
        add(&value["value"].to_string());
    }
    for passage in answer["passages"].as_array().into_iter().flatten() {
        // A document without a title is named by its file.
        add(text(&passage["document"]["title"]));
        add(text(&passage["document"]["path"]));
        if answer["abstained"] == true {
            add(text(&passage["text"]));
        }
    }
    let year = |number: &String| number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
    let mut said = numbers(&fold(text(&answer["answer"])));
    said.extend(numbers(&fold(without_marks(text(&answer["text"])).as_str())));
    said.into_iter().filter(|number| !known.contains(number) && !year(number)).collect()
}

/// A text without its citation marks: [1].
fn without_marks(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        rest = if digits > 0 && after[digits..].starts_with(']') {
            &after[digits + 1..]
        } else {
            out.push('[');
            after
        };
    }
    out + rest
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
            // 2.00 and 2 are one number.
            let even = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
            found.insert(even.to_owned());
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
    fn a_number_is_quoted_computed_or_unproved() {
        let mut given = answer();
        given["question"] = "2024年比2023年多几座".into();
        assert_eq!(unproved(&given), ["118", "150"], "nothing says that they are computed");
        given["values"] = json!([{ "value": 150.0, "computed": "268 − 118" }]);
        assert_eq!(unproved(&given), Vec::<String>::new());
        given["text"] = "另有7座。[1]".into();
        assert_eq!(unproved(&given), ["7"]);
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
