//! Figures of the server in Prometheus' text format. No figure holds a word of a question.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wenbao_answer::Answer;

use crate::engine::Readiness;
use crate::pool::{Lane, Refused};

use super::App;

/// Upper ends of the histogram's buckets, in seconds.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Counters that only grow, and gauges.
#[derive(Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<Request, u64>>,
    durations: Mutex<BTreeMap<String, Durations>>,
    answers: Mutex<BTreeMap<(String, &'static str), u64>>,
    full: AtomicU64,
    timed_out: AtomicU64,
    failed: AtomicU64,
    running: AtomicU64,
    connections: AtomicU64,
    evicted: AtomicU64,
}

/// Method, route and status.
type Request = (String, String, u16);

#[derive(Default, Clone)]
struct Durations {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    seconds: f64,
}

/// Counts down a gauge when dropped.
pub(crate) struct Running<'a>(&'a AtomicU64);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// A request begins.
    pub fn begun(&self) -> Running<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(&self.running)
    }

    /// A request ended. `route` is the path with its parameters' names, so that there are no more series than routes.
    pub fn ended(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Methods are the client's to invent; series are not.
        let method =
            if matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS") { method } else { "other" };
        *locked(&self.requests).entry((method.into(), route.into(), status)).or_default() += 1;
        let mut durations = locked(&self.durations);
        let durations = durations.entry(route.into()).or_default();
        let seconds = took.as_secs_f64();
        durations.count += 1;
        durations.seconds += seconds;
        for (count, end) in durations.buckets.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= end);
        }
    }

    /// A question was answered, or not.
    pub fn answered(&self, answer: &Answer) {
        let kind = serde_json::to_value(answer.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        let outcome = if answer.abstained { "abstained" } else { "answered" };
        *locked(&self.answers).entry((kind.unwrap_or_default(), outcome)).or_default() += 1;
    }

    /// The pool did not do a job.
    pub fn refused(&self, refused: Refused) {
        let counter = match refused {
            Refused::Full => &self.full,
            Refused::TimedOut(_) => &self.timed_out,
            Refused::Failed => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// How many connections are open now.
    pub fn connections(&self, open: usize) {
        self.connections.store(open as u64, Ordering::Relaxed);
    }

    /// An idle connection made room for a new one.
    pub fn evicted(&self) {
        self.evicted.fetch_add(1, Ordering::Relaxed);
    }

    /// All figures; those of the index only if it could be read.
    pub fn render(&self, app: &App, ready: Option<Readiness>) -> String {
        let mut out = Text::default();
        out.head("wenbao_build_info", "gauge", "The version that runs.");
        out.line("wenbao_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
        out.head("wenbao_http_requests_total", "counter", "Requests by route and status.");
        for ((method, route, status), count) in locked(&self.requests).iter() {
            let labels = [("method", method.as_str()), ("route", route), ("status", &status.to_string())];
            out.line("wenbao_http_requests_total", &labels, *count as f64);
        }
        out.head("wenbao_http_request_duration_seconds", "histogram", "Time until a reply began, by route.");
        for (route, durations) in locked(&self.durations).iter() {
            out.histogram("wenbao_http_request_duration_seconds", ("route", route), durations);
        }
        out.head("wenbao_answers_total", "counter", "Questions by the kind of their answer and whether there was one.");
        for ((kind, outcome), count) in locked(&self.answers).iter() {
            out.line("wenbao_answers_total", &[("kind", kind), ("outcome", outcome)], *count as f64);
        }
        out.head("wenbao_pool_refused_total", "counter", "Jobs that the pool did not do, by reason.");
        for (reason, count) in [("full", &self.full), ("timeout", &self.timed_out), ("defect", &self.failed)] {
            out.line("wenbao_pool_refused_total", &[("reason", reason)], count.load(Ordering::Relaxed) as f64);
        }
        out.head("wenbao_pool_waiting", "gauge", "Jobs that wait, by lane.");
        for (lane, which) in [("question", Lane::Question), ("bulk", Lane::Bulk)] {
            out.line("wenbao_pool_waiting", &[("lane", lane)], app.pool.waiting(which) as f64);
        }
        if let Some(library) = &app.library {
            let jobs = library.jobs.unfinished() as f64;
            out.one("wenbao_jobs_unfinished", "gauge", "Jobs that read documents, or wait to.", jobs);
        }
        let evicted = self.evicted.load(Ordering::Relaxed) as f64;
        out.one("wenbao_connections_evicted_total", "counter", "Idle connections closed to make room.", evicted);
        let gauges = [
            ("wenbao_http_requests_in_flight", "Requests that run.", self.running.load(Ordering::Relaxed) as f64),
            ("wenbao_connections", "Open connections.", self.connections.load(Ordering::Relaxed) as f64),
            ("wenbao_request_bodies_bytes", "Bytes of large request bodies that are held.", app.held() as f64),
        ];
        for (name, help, value) in gauges {
            out.one(name, "gauge", help, value);
        }
        if let Some(ready) = ready {
            out.one("wenbao_documents", "gauge", "Documents of the index.", ready.documents as f64);
            out.one("wenbao_passages", "gauge", "Passages of the index.", ready.passages as f64);
        }
        out.0
    }
}

fn locked<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The text format. Writing to a String cannot fail.
#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.head(name, kind, help);
        self.line(name, &[], value);
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        for (n, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if n == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn histogram(&mut self, name: &str, label: (&str, &str), durations: &Durations) {
        let bucket = format!("{name}_bucket");
        for (count, end) in durations.buckets.iter().zip(BUCKETS) {
            self.line(&bucket, &[label, ("le", &end.to_string())], *count as f64);
        }
        self.line(&bucket, &[label, ("le", "+Inf")], durations.count as f64);
        self.line(&format!("{name}_sum"), &[label], durations.seconds);
        self.line(&format!("{name}_count"), &[label], durations.count as f64);
    }
}
