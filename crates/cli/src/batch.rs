//! Many questions at once: read in order, answered in parallel, printed in order, one line out for every line in.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::output;

/// No line of questions is longer; what follows on the same line is skipped.
const MAX_LINE: u64 = 1 << 20;

/// Lines in flight for each worker: enough that none waits for a slow neighbour, few enough to stay small.
const AHEAD: usize = 8;

/// A line of the input, as far as it could be read.
#[derive(Debug, PartialEq)]
struct Item {
    /// As given: a text, a number, or null.
    id: Value,
    /// The question, or what is wrong with the line.
    question: Result<Asked, String>,
}

/// A question of a line, with what it is narrowed down to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// The question itself.
    pub text: String,
    /// The line's "filter", as given; null without one.
    pub filter: Value,
}

#[derive(Serialize)]
struct Failure<'a> {
    id: &'a Value,
    error: &'a str,
}

#[derive(Serialize)]
struct Success<'a, T> {
    id: &'a Value,
    #[serde(flatten)]
    answer: &'a T,
}

/// Answers each line of `input` with `answer` on `workers` threads and writes the results to `output` in the input's
/// order. At most [`AHEAD`] lines a worker are held at once.
///
/// # Errors
/// If the input cannot be read or the output cannot be written; what was answered before is written.
pub(crate) fn run<T: Serialize>(
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    workers: usize,
    answer: impl Fn(&Asked) -> Result<T, String> + Sync,
) -> io::Result<()> {
    let workers = workers.max(1);
    let ahead = AHEAD * workers;
    // A ticket is a line and the place for its result; the places are emptied in the order of the lines.
    let (tickets, taken) = sync_channel::<(Item, SyncSender<String>)>(ahead);
    let taken = Mutex::new(taken);
    let (taken, answer) = (&taken, &answer);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(move || {
                loop {
                    let next = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((item, place)) = next else { return };
                    // Nobody waits at the place any more if the output broke.
                    let _ = place.send(answer_line(&item, answer));
                }
            });
        }
        let mut places: VecDeque<Receiver<String>> = VecDeque::with_capacity(ahead);
        while let Some(item) = next_item(input)? {
            if places.len() == ahead
                && let Some(oldest) = places.pop_front()
            {
                write_result(output, &oldest)?;
            }
            let (place, result) = sync_channel(1);
            places.push_back(result);
            tickets.send((item, place)).map_err(|_| io::Error::other("the threads that answer are gone"))?;
        }
        drop(tickets);
        for place in &places {
            write_result(output, place)?;
        }
        output.flush()
    })
}

fn write_result(output: &mut dyn Write, place: &Receiver<String>) -> io::Result<()> {
    let line = place.recv().map_err(|_| io::Error::other("a question ended in a defect of the program"))?;
    writeln!(output, "{line}")
}

fn answer_line<T: Serialize>(item: &Item, answer: impl Fn(&Asked) -> Result<T, String>) -> String {
    let result = item.question.clone().and_then(|question| answer(&question)).and_then(|answer| {
        output::to_json(&Success { id: &item.id, answer: &answer }).map_err(|error| error.to_string())
    });
    result.unwrap_or_else(|error| {
        // Two plain fields: this cannot fail, and an empty line would still keep the count.
        output::to_json(&Failure { id: &item.id, error: &error }).unwrap_or_default()
    })
}

/// The next line; `None` at the end of the input.
fn next_item(input: &mut dyn BufRead) -> io::Result<Option<Item>> {
    let mut line = Vec::new();
    if input.take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let bad = |id, problem: String| Ok(Some(Item { id, question: Err(problem) }));
    if line.last() != Some(&b'\n') && line.len() as u64 == MAX_LINE {
        skip_line(input)?;
        return bad(Value::Null, format!("the line is longer than {MAX_LINE} bytes"));
    }
    let Ok(text) = std::str::from_utf8(&line) else {
        return bad(Value::Null, "the line is not UTF-8".into());
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return bad(Value::Null, "the line is empty".into());
    }
    let mut fields = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => {
            return bad(Value::Null, "the line is not a JSON object with \"id\" and \"question\"".into());
        }
        Err(error) => return bad(Value::Null, format!("the line is not JSON: {error}")),
    };
    let id = fields.remove("id").unwrap_or(Value::Null);
    match fields.remove("question") {
        Some(Value::String(text)) => {
            let filter = fields.remove("filter").unwrap_or(Value::Null);
            Ok(Some(Item { id, question: Ok(Asked { text, filter }) }))
        }
        Some(_) => bad(id, "\"question\" is not a text".into()),
        None => bad(id, "the line has no \"question\"".into()),
    }
}

fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn answers(input: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        let answer = |question: &Asked| match question.text.as_str() {
            "" => Err("the question is empty".to_owned()),
            _ => Ok(serde_json::json!({ "answer": question.text.to_uppercase() })),
        };
        run(&mut &input[..], &mut output, 3, answer).unwrap();
        let output = String::from_utf8(output).unwrap();
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn every_line_gets_a_line_whatever_is_wrong_with_it() {
        let mut input = Vec::new();
        input.extend_from_slice("\u{feff}{\"id\": \"a\", \"question\": \"x\", \"more\": 1}\r\n".as_bytes());
        input.extend_from_slice(b"\n{\"id\": 7}\n{\"id\": \"b\", \"question\": 3}\nnot json\n[1]\n\xff\xfe\n");
        input.extend_from_slice(b"{\"id\": \"c\", \"question\": \"\"}\n");
        input.extend_from_slice(&vec![b'x'; 3 << 20]);
        input.extend_from_slice(b"\n{\"question\": \"last\"}");
        let out = answers(&input);
        let ids: Vec<_> = out.iter().map(|line| line["id"].clone()).collect();
        assert_eq!(Value::from(ids), serde_json::json!(["a", null, 7, "b", null, null, null, "c", null, null]));
        assert_eq!(out[0]["answer"], "X");
        assert_eq!(out[9]["answer"], "LAST");
        for line in &out[1..9] {
            assert!(line["error"].is_string(), "{line}");
        }
    }

    #[test]
    fn order_is_kept_though_later_lines_are_done_first() {
        let input: String = (0..100).map(|n| format!("{{\"id\": {n}, \"question\": \"{n}\"}}\n")).collect();
        let mut output = Vec::new();
        let answer = |question: &Asked| {
            let n: u64 = question.text.parse().unwrap();
            std::thread::sleep(Duration::from_millis((n * 7) % 5));
            Ok(serde_json::json!({ "answer": n }))
        };
        run(&mut input.as_bytes(), &mut output, 4, answer).unwrap();
        let ids: Vec<u64> = String::from_utf8(output)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap())
            .collect();
        assert_eq!(ids, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_broken_output_ends_the_run() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let input = "{\"id\": 1, \"question\": \"x\"}\n".repeat(1000);
        let answer = |question: &Asked| Ok(serde_json::json!({ "answer": question.text }));
        let ended = run(&mut input.as_bytes(), &mut Closed, 2, answer);
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
