//! Yes-or-no, overview, computed and follow-up questions over the samples, with what a careful person would answer.
//!
//! The questions and what is expected of their answers lie in `tests/questions/*.jsonl`; how an answer is judged says
//! [`wenbao_tests::judge`]. Every question that is not as expected is printed (`--nocapture` shows them also where the
//! floor holds).

use serde_json::{Value, json};
use wenbao_tests::{Server, Wenbao, judge, root};

// Right answers of 24 that each kind must have at least. A floor is what is reached, less one: raise it as the answerer
// improves. Three were lowered, when reading took the place of phrases learned from questions like these; computed values
// and yes or no once more when the reader was trained further.
const YES_NO: usize = 17;
const OVERVIEW: usize = 19;
const COMPUTED: usize = 16;
const FOLLOW_UP: usize = 21;
const SMALL_TALK: usize = 23;

#[test]
fn yes_or_no() {
    check("yes_no", YES_NO, batch);
}

#[test]
fn overviews() {
    check("overview", OVERVIEW, batch);
}

#[test]
fn computed_values() {
    check("computed", COMPUTED, batch);
}

#[test]
fn follow_ups() {
    check("follow_up", FOLLOW_UP, conversations);
}

#[test]
fn small_talk_and_what_is_beyond_the_reports() {
    check("small_talk", SMALL_TALK, batch);
}

/// `make eval` leaves its answers in target/eval; where there are any, nothing in them may be unproved. Tables count their own rows:
/// `make eval-many` holds their cells and counts against what was read by hand.
#[test]
fn what_make_eval_was_answered_is_proved() {
    let folder = root().join("target/eval");
    for entry in std::fs::read_dir(&folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "jsonl") || path.ends_with("many.jsonl") {
            continue;
        }
        let content = std::fs::read_to_string(&path).expect("answers");
        let unproved = |line: &str| {
            let answer: Value = serde_json::from_str(line).expect("an answer a line");
            let wrong = judge::unproved(&answer);
            (!wrong.is_empty()).then(|| format!("{}: {wrong:?}: {}", answer["id"], answer["text"]))
        };
        let wrong: Vec<String> = content.lines().filter_map(unproved).collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
    }
}

/// Asks the questions of a file and judges the answers.
#[track_caller]
fn check(name: &str, floor: usize, ask: impl Fn(&str, &[Value]) -> Vec<Value>) {
    let path = file(name);
    let content = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{path}: {error}: {line}"));
    let questions: Vec<Value> = content.lines().map(read).collect();
    let reports = samples();
    for piece in questions.iter().flat_map(|question| question["expect"]["cites"].as_array().into_iter().flatten()) {
        let piece = piece.as_str().unwrap();
        assert!(reports.iter().any(|report| report.contains(piece)), "{path}: no sample says {piece:?}");
    }

    let answers = ask(&path, &questions);
    assert_eq!(answers.len(), questions.len(), "one answer a question");
    let (mut right, mut false_quotes, mut unproved) = (0, Vec::new(), Vec::new());
    for (question, answer) in questions.iter().zip(&answers) {
        let faults = judge::faults(&question["expect"], answer);
        if faults.is_empty() {
            right += 1;
        } else {
            let turns = question.get("turns").map(|turns| format!("{turns} ")).unwrap_or_default();
            let (id, asked) = (&question["id"], &question["question"]);
            println!("{id} {turns}{asked}: {}; it said {}", faults.join("; "), answer["text"]);
        }
        let wrong = judge::false_quotes(answer, &reports);
        false_quotes.extend(wrong.into_iter().map(|quote| format!("{}: {quote}", question["id"])));
        unproved.extend(judge::unproved(answer).into_iter().map(|number| format!("{}: {number}", question["id"])));
    }
    println!("{name}: {right} of {} right, floor {floor}", questions.len());
    assert_eq!(false_quotes, Vec::<String>::new(), "quotes are verbatim");
    assert_eq!(unproved, Vec::<String>::new(), "every number is quoted or computed");
    assert!(right >= floor, "{name}: {right} of {} right, {floor} at least are expected", questions.len());
}

/// By `ask --batch`, which takes the file as it is.
fn batch(path: &str, _: &[Value]) -> Vec<Value> {
    let ran = Wenbao::samples().run(["ask", "--batch", path, "--json"]);
    ran.succeeds();
    ran.json_lines()
}

/// By the server, each turn with the real replies to those before it.
fn conversations(_: &str, questions: &[Value]) -> Vec<Value> {
    let server = Server::start(&Wenbao::samples());
    let ask = |question: &Value, history: &[Value]| {
        let reply = server.post("/api/v1/ask", &json!({ "question": question, "history": history }));
        assert_eq!(reply.status, 200, "{question}: {reply:?}");
        reply.json()
    };
    let converse = |question: &Value| {
        let mut history = Vec::new();
        for turn in question["turns"].as_array().expect("a follow-up has turns before it") {
            let reply = ask(turn, &history);
            history.push(json!({ "role": "user", "content": turn }));
            history.push(json!({ "role": "assistant", "content": reply["text"] }));
        }
        ask(&question["question"], &history)
    };
    questions.iter().map(converse).collect()
}

fn file(name: &str) -> String {
    root().join("tests/questions").join(name).with_extension("jsonl").to_string_lossy().into_owned()
}

/// The samples as they are.
fn samples() -> Vec<String> {
    let folder = std::fs::read_dir(root().join("samples")).expect("the samples");
    folder.map(|entry| std::fs::read_to_string(entry.expect("a sample").path()).expect("a sample is text")).collect()
}
